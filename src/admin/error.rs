//! Why a page is not shown. In: a cause. Out: a status and a page that says what to do; server
//! errors are logged with their cause.

use super::auth::password::PasswordHashError;
use super::auth::secret::NoEntropy;
use super::html::elements::signed_out_page;
use crate::review::apply::ApplyError;
use crate::review::change_service::ChangeError;
use crate::review::edit::EditError;
use crate::review::standing::ReasonError;
use crate::store::StoreError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

/// What a reviewer has not chosen.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    #[error("no wording was chosen")]
    NoWording,
    #[error("no intent was chosen")]
    NoIntent,
    #[error("nothing to merge or to move")]
    NothingToMove,
}

#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("no such page")]
    NotFound,
    #[error("not with this role")]
    Forbidden,
    #[error("the form was not made for this browser, or not by us")]
    Forged,
    #[error("a form that cannot be read")]
    BadForm,
    #[error("a form that is too large")]
    FormTooLarge,
    #[error("another method than the page takes")]
    WrongMethod,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    #[error(transparent)]
    Hash(#[from] PasswordHashError),
    /// A change could not be drafted or published.
    #[error(transparent)]
    Work(#[from] ChangeError),
    #[error("the draft has mistakes, or breaks tests")]
    Unfit,
    /// No reason was given for changed tests of other intents, or one that is too long.
    #[error(transparent)]
    Reason(#[from] ReasonError),
    #[error("other knowledge serves now than was looked at")]
    KnowledgeChanged,
    /// The review queue is still being computed.
    #[error("not ready yet")]
    QueueNotReady,
    /// Too many event streams are open.
    #[error("too many pages are open")]
    Crowded,
    #[error("work failed")]
    Failed,
    /// What was chosen is not enough.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
}

/// Status, title and advice of a page.
type ErrorParts = (StatusCode, &'static str, &'static str);

const TRY_AGAIN: &str = "请回到刚才的页面，刷新后再试一次。什么都没有改动。";

const BROKEN: ErrorParts = (
    StatusCode::INTERNAL_SERVER_ERROR,
    "出了点问题",
    "请稍后再试；一直这样的话，请看服务的日志。",
);

const STORE_SILENT: ErrorParts = (
    StatusCode::SERVICE_UNAVAILABLE,
    "数据库暂时没有回应",
    "请稍后刷新；一直这样的话，请看服务的日志。",
);

impl AdminError {
    fn parts(&self) -> ErrorParts {
        use StatusCode as S;
        match self {
            Self::NotFound => (
                S::NOT_FOUND,
                "没有这个页面",
                "它可能已经删除，或者地址抄错了。",
            ),
            Self::Forbidden => (
                S::FORBIDDEN,
                "您的角色不能做这件事",
                "需要的话，请管理员调整您的角色。",
            ),
            Self::Forged => (S::FORBIDDEN, "这个表单已经失效", TRY_AGAIN),
            Self::BadForm => (S::BAD_REQUEST, "没能读懂这个请求", TRY_AGAIN),
            Self::FormTooLarge => (
                S::PAYLOAD_TOO_LARGE,
                "内容太长了",
                "请回到刚才的页面，分成几个小一些的文件再保存。什么都没有改动。",
            ),
            Self::WrongMethod => (
                S::METHOD_NOT_ALLOWED,
                "这里不能这样用",
                "请从页面上的按钮进入。",
            ),
            Self::Store(error) => store_parts(error),
            Self::Work(error) => work_parts(error),
            Self::Unfit => (
                S::CONFLICT,
                "这份草稿还不能发布",
                "它有错误，或会让测试不过。请回到草稿，看“影响”里说的是哪一处。",
            ),
            Self::Reason(error) => reason_parts(error),
            Self::KnowledgeChanged => (
                S::CONFLICT,
                "知识刚刚换了版本",
                "请回到概览，看过现在不过的测试，再认可。",
            ),
            Self::Choice(error) => choice_parts(error),
            Self::Crowded => (
                S::SERVICE_UNAVAILABLE,
                "打开的页面太多了",
                "请关掉几个不用的页面，再刷新。",
            ),
            Self::QueueNotReady => (
                S::SERVICE_UNAVAILABLE,
                "还在归类",
                "问题很多，请几秒后再试一次。",
            ),
            Self::NoEntropy(_) | Self::Hash(_) | Self::Failed => BROKEN,
        }
    }
}

fn store_parts(error: &StoreError) -> ErrorParts {
    use StatusCode as S;
    match error {
        StoreError::Conflict => (S::CONFLICT, "有人同时改了它", "请刷新页面，看过之后再改。"),
        _ => STORE_SILENT,
    }
}

fn choice_parts(error: &ChoiceError) -> ErrorParts {
    use StatusCode as S;
    match error {
        ChoiceError::NoWording => (
            S::BAD_REQUEST,
            "没有选任何说法",
            "请回到刚才的页面，至少勾选一种说法。",
        ),
        ChoiceError::NoIntent => (
            S::BAD_REQUEST,
            "没有选意图",
            "请回到刚才的页面，选一个意图；哪个都不像的话，可以新建一个。",
        ),
        ChoiceError::NothingToMove => (
            S::BAD_REQUEST,
            "没有可以合并或移动的",
            "合并要勾至少两类；移动要勾至少一种说法。",
        ),
    }
}

fn reason_parts(error: &ReasonError) -> ErrorParts {
    use StatusCode as S;
    match error {
        ReasonError::TooLong(_) => (
            S::BAD_REQUEST,
            "理由太长了",
            "最多 300 个字。请回到刚才的页面，写短一些，再提交一次。什么都没有改动。",
        ),
        ReasonError::Empty => (
            S::CONFLICT,
            "还没有写理由",
            "别的意图的测试会因此改变。请回到刚才的页面，写明为什么这样是对的，再提交一次。",
        ),
    }
}

fn work_parts(error: &ChangeError) -> ErrorParts {
    use StatusCode as S;
    match error {
        ChangeError::Store(_) | ChangeError::Unreadable(_) | ChangeError::Failed => STORE_SILENT,
        ChangeError::Apply(ApplyError::Outside(_)) => (
            S::CONFLICT,
            "这个文件不在知识文件夹里",
            "它是一个链接，指到知识文件夹之外，所以没有写，什么都没有改动。请在它真正所在的地方改，或把它放进知识文件夹。",
        ),
        ChangeError::Apply(ApplyError::HalfMade(_)) => (
            S::INTERNAL_SERVER_ERROR,
            "文件没有写成，也还没能恢复原样",
            "请检查数据文件夹的权限和磁盘空间；能写之后会先自动恢复，不会留下半份修改。",
        ),
        ChangeError::Apply(_) => (
            S::INTERNAL_SERVER_ERROR,
            "文件没有写成",
            "请检查数据文件夹的权限和磁盘空间；什么都没有改动。",
        ),
        ChangeError::Conflict(_) => (
            S::CONFLICT,
            "有人刚改了同一个文件",
            "请刷新草稿，看过别人的改动再发布。",
        ),
        ChangeError::ReadOnly => (
            S::CONFLICT,
            "内置的知识不能改",
            "现在用的是程序自带的知识。在服务器上运行 wenlu init 文件夹，再用 --root 或 WENLU_ROOT 指给它，就能在这里改了。",
        ),
        ChangeError::Missing => (
            S::NOT_FOUND,
            "没有这个修改",
            "它可能已经删除，或者地址抄错了。",
        ),
        ChangeError::Stale => (
            S::CONFLICT,
            "有人比您快了一步",
            "这份草稿已经发布、放弃或改过，请刷新后再看。",
        ),
        ChangeError::Unresolved(_) => (
            S::CONFLICT,
            "还有两个版本没有选",
            "同一个地方后来又有人改过。请回到草稿，在 <<<<<<< 和 >>>>>>> 之间留下要的，再发布。",
        ),
        ChangeError::Unwritten(_) => (
            S::CONFLICT,
            "回复还没有写",
            "请先把草稿里的占位文字换成真正的回复。",
        ),
        ChangeError::Edit(error) => edit_parts(error),
    }
}

fn edit_parts(error: &EditError) -> ErrorParts {
    use StatusCode as S;
    match error {
        EditError::NoIntent(_) => (
            S::CONFLICT,
            "没有这个意图",
            "它可能刚被改名或删除，请回到刚才的页面，刷新后再选。",
        ),
        EditError::BadId(_) => (
            S::BAD_REQUEST,
            "这个名字不能用",
            "意图的名字用小写英文字母、数字和 -，最多 48 个，例如 refund-time；none、lexicon 这几个保留的名字不行。请回到刚才的页面改一下。",
        ),
        EditError::Exists(_) => (
            S::CONFLICT,
            "已经有这个意图",
            "请换一个名字，或把这些说法加为它的例句。",
        ),
        EditError::NotAGap(_) => (
            S::CONFLICT,
            "它已经有答案了",
            "只有没有资料的话题能改成新的意图。",
        ),
        EditError::NothingToAdd => (
            S::CONFLICT,
            "都已经在文件里了",
            "这些说法那里都有了，没有要改的。",
        ),
        EditError::NotToml(_) | EditError::NotAList { .. } => (
            S::CONFLICT,
            "这个意图的文件现在有误",
            "请先改好它（概览页和 wenlu check 会指出在哪一行），再回来处理。",
        ),
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let (status, title, advice) = self.parts();
        if status.is_server_error() {
            tracing::error!(error = %self, cause = ?std::error::Error::source(&self), "an operators' page failed");
        }
        let body = html! { h1 { (title) } p { (advice) } p { a href="/admin" { "回到概览" } } };
        (status, signed_out_page(title, body)).into_response()
    }
}
