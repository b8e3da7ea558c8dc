//! Labels that operators read about a decision: the Chinese names of outcomes, reasons, features
//! and evidence. In: values. Out: words. Shared by the terminal and the operators' pages; an asker
//! sees none of it.

use crate::router::Decision;
use crate::router::decide::Gate;
use crate::router::explain::{ClassKind, Explanation};
use crate::router::features::Family;
use crate::store::accounts::Role;
use crate::store::audit::Action;
use crate::store::records::{Outcome, Unanswered};
use crate::store::reviews::State;
use crate::text::changes::Rule;

pub fn reason_name(reason: Unanswered) -> &'static str {
    match reason {
        Unanswered::Unknown => "没听懂",
        Unanswered::Gap => "没有资料",
        Unanswered::Clarified => "反问后没有选",
        Unanswered::NoneOfThese => "选了都不是",
        Unanswered::Unsolved => "没解决",
        Unanswered::Repeated => "换了说法再问",
        Unanswered::HandedOver => "随后转人工",
    }
}

pub fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Start => "欢迎",
        Outcome::Topics => "热门问题",
        Outcome::Answered => "回答",
        Outcome::Clarified => "反问",
        Outcome::Menu => "菜单",
        Outcome::Unknown => "没听懂",
        Outcome::Gap => "没有资料",
        Outcome::Step => "步骤",
        Outcome::FollowUp => "追问",
        Outcome::Choice => "所选的回答",
        Outcome::NoneOfThese => "都不是",
        Outcome::Solved => "有用",
        Outcome::Unsolved => "没解决",
        Outcome::Human => "转人工",
        Outcome::Expired => "选项已过期",
        Outcome::Refused => "没有读",
        Outcome::Help => "介绍",
        Outcome::Relayed => "转给同事",
        Outcome::Person => "同事说的",
        Outcome::GivenBack => "交回机器人",
    }
}

pub fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

pub fn outcome(decision: Decision, intent: Option<&str>) -> String {
    match (decision, intent) {
        (Decision::Answer, Some(intent)) => format!("回答 {intent}"),
        (Decision::Menu, Some(intent)) => format!("菜单 {intent}"),
        (Decision::Clarify, _) => "反问".to_owned(),
        _ => "不知道".to_owned(),
    }
}

/// The reason of a decision in words, with its numbers.
pub fn gate(e: &Explanation) -> String {
    gate_text(e.gate, Some(e))
}

/// The same without numbers.
pub fn gate_alone(gate: Gate) -> String {
    gate_text(gate, None)
}

fn gate_text(gate: Gate, explained: Option<&Explanation>) -> String {
    // left out of the brief form
    let detail = |text: String| explained.map_or_else(String::new, |_| format!("：{text}"));
    let worth_asking = explained.map_or_else(|| "程度".to_owned(), |e| format!(" {:.4}", e.limits.clarify));
    let runner_up = explained.and_then(|e| e.runner_up.as_ref());
    let share = runner_up.map_or_else(String::new, |rival| percent(rival.share));
    match gate {
        Gate::Exact => "与例句相同".to_owned(),
        Gate::Topic => "一两个词，说的是菜单的话题，还没有问什么".to_owned(),
        Gate::NoContent => "没有实词".to_owned() + &detail("光凭“怎么”“小程序”这样的词不回答".to_owned()),
        Gate::Unaccounted => "首选的例句里没有这句话的任何实词".to_owned() + &detail("多半只是句式相像".to_owned()),
        Gate::Confident => "把握达到阈值，也没有相近的对手".to_owned(),
        Gate::CloseRival => "把握达到阈值，但第二名太近".to_owned() + &detail(format!("可能性是首选的 {share}")),
        Gate::MenuLikelier => "菜单比首选更有可能，而把握不到阈值，或者菜单明显更有可能".to_owned(),
        Gate::GapLikelier => "没有资料的话题比首选更有可能，而把握不到阈值，或者它明显更有可能".to_owned(),
        Gate::OutOfScopeLikelier => "把握不到阈值，范围外比首选更有可能".to_owned(),
        Gate::EverydayLikelier => "把握达到阈值，但知识库还小，而这更像日常闲话".to_owned(),
        Gate::NearlySure => format!("把握不到阈值，但到了值得反问的{worth_asking}"),
        Gate::BelowThreshold => format!("把握不到阈值，也不到值得反问的{worth_asking}，或另一边更有可能"),
        Gate::NoCandidates => "知识库里没有可以回答的意图".to_owned(),
    }
}

pub fn kind(kind: ClassKind) -> &'static str {
    match kind {
        ClassKind::Answer | ClassKind::OutOfScope => "",
        ClassKind::Menu => "（菜单）",
        ClassKind::Gap => "（没有资料）",
    }
}

pub fn family(family: Family) -> &'static str {
    match family {
        Family::Chars => "字",
        Family::Sounds => "读音",
        Family::UnitPairs => "字对",
        Family::Letters => "字母",
        Family::Stems => "词干",
        Family::Pairs => "词对",
        Family::Concepts => "同义词",
        Family::Keywords => "关键词",
    }
}

pub fn evidence(name: &str) -> &str {
    match name {
        "logit" => "首选的得分",
        "log_probability" => "首选的概率（对数）",
        "centroid_cosine" => "与首选全部例句的相似度",
        "coverage" => "消息里例句见过的部分",
        "class_coverage" => "首选的例句里也有的部分",
        "class_usual" => "首选的例句里常有的部分",
        "length" => "消息说了多少",
        "other_mass" => "菜单、没有资料的话题和范围外所占（对数几率）",
        other => other,
    }
}

pub fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Invisible => "去掉看不见的字符",
        Rule::WidthAndCase => "全角和大写",
        Rule::Simplified => "繁体转简体",
        Rule::Symbols => "去掉表情和符号",
        Rule::Repeats => "缩短重复",
        Rule::Punctuation => "去掉标点和空格",
    }
}

pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "查看者",
        Role::Reviewer => "审阅者",
        Role::Operator => "运营",
        Role::Admin => "管理员",
    }
}

/// What a role may do beyond the role before it.
pub fn role_duty(role: Role) -> &'static str {
    match role {
        Role::Viewer => "看所有页面，试句子",
        Role::Reviewer => "还能处理没答上来的问题、发布和撤销修改、导出对话记录",
        Role::Operator => "还能直接改意图和回复的文件，看操作记录",
        Role::Admin => "还能管理帐号，清除一位客人的全部记录",
    }
}

/// The state of a change.
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Draft => "草稿",
        State::Published => "已发布",
        State::Undone => "已撤销",
        State::Discarded => "已放弃",
    }
}

pub fn action_name(action: Action) -> &'static str {
    match action {
        Action::SignIn => "登录",
        Action::SignInFailed => "登录失败",
        Action::SignOut => "退出",
        Action::AddAccount => "添加帐号",
        Action::SetRole => "改角色",
        Action::Disable => "停用帐号",
        Action::Enable => "启用帐号",
        Action::SetPassword => "设置密码",
        Action::MakeLink => "生成设置密码的链接",
        Action::SecondFactorOn => "开启两步验证",
        Action::SecondFactorOff => "关闭两步验证",
        Action::EndSession => "退出别处的登录",
        Action::Export => "导出对话记录",
        Action::Draft => "起草修改",
        Action::Discard => "放弃草稿",
        Action::Publish => "发布修改",
        Action::Undo => "撤销修改",
        Action::AcceptTests => "认可测试的变化",
        Action::Ignore => "忽略一类问题",
        Action::Unignore => "不再忽略",
        Action::Assign => "指派",
        Action::Erase => "清除一段对话",
    }
}

/// A character that is invisible, moves a terminal's cursor, or reverses the direction of the text;
/// line breaks and tabs are not.
pub fn is_unseen(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
