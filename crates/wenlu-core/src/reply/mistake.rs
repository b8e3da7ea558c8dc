//! Mistakes in a reply. Must not know: how a reply is parsed.

use pulldown_cmark::Tag;
use std::ops::Range;

/// A mistake in a reply and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyMistake {
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// The first place, if two places conflict.
    pub first: Option<Range<usize>>,
    /// What is wrong.
    pub kind: ReplyMistakeKind,
}

/// What is wrong with a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyMistakeKind {
    /// No first-level heading.
    #[error("回复没有标题")]
    NoTitle,
    /// Something stands before the first-level heading.
    #[error("标题前面还有内容")]
    TitleNotFirst,
    /// More than one first-level heading.
    #[error("有两个一级标题")]
    SecondTitle,
    /// Two sections with this id.
    #[error("小节 `{0}` 写了两次")]
    DuplicateSection(String),
    /// This cannot be a section's id.
    #[error("`{0}` 不能作小节的 id")]
    BadSectionId(String),
    /// More than one ordered list in a part.
    #[error("一个部分里有两个编号列表")]
    SecondSteps,
    /// Markup that replies cannot have; its name.
    #[error("回复里不能用{0}")]
    Unsupported(&'static str),
    /// A link to an address that no channel can open; the address.
    #[error("{}", bad_link(.0))]
    BadLink(String),
    /// A part without content; its name.
    #[error("{0}是空的")]
    EmptyPart(&'static str),
    /// Markup that was not understood and would be shown as text.
    #[error("`{0}` 没有被识别，会原样显示出来")]
    StrayMarkup(&'static str),
}

fn bad_link(address: &str) -> String {
    if address.is_empty() {
        "链接没有地址".to_owned()
    } else {
        format!("`{address}` 不是可以用的链接")
    }
}

/// What an operator calls a Markdown element.
pub(super) fn tag_name(tag: &Tag) -> &'static str {
    match tag {
        Tag::Heading { .. } => "三级和更小的标题",
        Tag::CodeBlock(_) => "代码块（行首缩进四格也算代码块）",
        Tag::HtmlBlock => " HTML",
        Tag::Table(_) => "表格",
        Tag::List(Some(_)) => "列表里的编号列表",
        Tag::List(None) => "列表里的下级列表",
        Tag::BlockQuote(_) => "列表里的引用",
        _ => "这种写法",
    }
}
