//! Unwritten replies. In: the text of a reply file. Out: the first place where something is still
//! to be written: a sentence of a template, a reminder such as TODO, or template code of another
//! system. Must not know: intents, languages, what is done about it.
//!
//! Not reported: amounts (`$100`), code in backticks, addresses, our own `{{ variable }}`, a
//! section's `{#id}`.

mod foreign;

pub(super) use foreign::is_instruction;

use super::intent_template;
use std::ops::Range;

/// A place in a reply where something is still to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnwrittenPlace {
    /// Byte range in the reply's text.
    pub span: Range<usize>,
    /// What shows that the reply is not written.
    pub kind: UnwrittenKind,
}

/// What shows that it is unwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnwrittenKind {
    /// A sentence that `wenlu new` or an import put there.
    Template,
    /// TODO, 待补充 and the like.
    Reminder,
    /// A placeholder or template code of another system, which would be shown unchanged.
    ForeignCode,
}

/// The first unwritten place of a reply.
pub fn find_unwritten(reply: &str) -> Option<UnwrittenPlace> {
    let mut start = 0;
    let mut fenced = false;
    for line in reply.split_inclusive('\n') {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        if !fenced && !is_fence {
            let found = in_line(line.trim_end_matches(['\n', '\r']));
            if let Some((span, sign)) = found {
                return Some(UnwrittenPlace {
                    span: start + span.start..start + span.end,
                    kind: sign,
                });
            }
        }
        start += line.len();
    }
    None
}

/// Whether a reply has an unwritten place.
pub fn is_unwritten(reply: &str) -> bool {
    find_unwritten(reply).is_some()
}

/// The placeholder that an import writes for a missing reply.
pub fn import_sentence(title: &str) -> String {
    format!("（请在这里写「{title}」的回复。）\n")
}

/// Beginnings of placeholder sentences that ask for an answer.
const REQUESTS: [&str; 4] = [
    "（请在这里写",
    "（在这里写",
    "(Write the answer here",
    "（请在此写",
];
/// Reminders; those in Latin letters match in any case.
const REMINDERS: [&str; 9] = [
    "TODO",
    "FIXME",
    "TBD",
    "待写",
    "待补",
    "待补充",
    "待完善",
    "待填写",
    "Lorem ipsum",
];
/// Beginnings of a line that says where the answer goes.
const HERE: [&str; 12] = [
    "此处填写",
    "此处请填写",
    "此处写",
    "此处输入",
    "在此填写",
    "请在此填写",
    "在此处填写",
    "请在此处填写",
    "这里填写",
    "在这里填写",
    "请在这里填写",
    "请于此处填写",
];
/// Requests that a step for the asker may begin with too, so that what to write decides.
const FILL_IN: [&str; 5] = ["请填写", "请输入", "请补充", "请编写", "请录入"];
/// What a line of a template asks to write.
const ANSWERS: [&str; 13] = [
    "答案",
    "标准答案",
    "答案内容",
    "回复",
    "标准回复",
    "回复内容",
    "回答",
    "回答内容",
    "答复",
    "答复内容",
    "话术",
    "正文",
    "文案",
];
/// What stands before the word for a placeholder, and after it.
const STAND_INS: ([&str; 6], [&str; 7]) = (
    ["", "此处", "此处为", "此处是", "这里为", "这里是"],
    [
        "占位",
        "占位符",
        "占位文字",
        "占位文本",
        "占位内容",
        "占位回复",
        "占位信息",
    ],
);
/// Values that are one line in square brackets; within a sentence they may be labels of a page.
const VALUES: [&str; 14] = [
    "用户名",
    "用户名称",
    "用户姓名",
    "用户昵称",
    "客户名称",
    "客户姓名",
    "姓名",
    "昵称",
    "称呼",
    "订单号",
    "手机号",
    "公司名",
    "公司名称",
    "链接",
];
/// Characters that may surround a reminder which is the whole line.
const AROUND: &[char] = &[
    ' ', '\t', '\u{3000}', '#', '>', '*', '-', '+', '_', '.', '。', '…', ':', '：', '!', '！', ',',
    '，', '(', ')', '（', '）', '[', ']', '【', '】', '「', '」', '<', '>', '\\', '~',
];

fn in_line(line: &str) -> Option<(Range<usize>, UnwrittenKind)> {
    let words = without_marker(line);
    let whole = || offset(line, words)..offset(line, words) + words.len();
    if words.is_empty() {
        return None;
    }
    if intent_template::reply_lines().any(|sentence| sentence == line.trim())
        || REQUESTS.iter().any(|it| words.starts_with(it))
    {
        return Some((whole(), UnwrittenKind::Template));
    }
    if let Some(note) = reminder(words) {
        let start = offset(line, note);
        return Some((start..start + note.len(), UnwrittenKind::Reminder));
    }
    if is_stand_in(words) {
        return Some((whole(), UnwrittenKind::Reminder));
    }
    let bare = line.trim().trim_matches(AROUND);
    if is_in_brackets(line.trim()) && VALUES.contains(&bare) {
        return Some((whole(), UnwrittenKind::ForeignCode));
    }
    foreign::find_placeholder(line).map(|span| (span, UnwrittenKind::ForeignCode))
}

/// A line's text without the marks of a list, a quote or a heading, and without white space around
/// it.
fn without_marker(line: &str) -> &str {
    let text = line
        .trim()
        .trim_start_matches(['#', '>', '*', '-', '+', ' ']);
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() < text.len() {
        digits.strip_prefix(['.', ')']).unwrap_or(text).trim_start()
    } else {
        text
    }
}

/// A reminder: the whole line, at the beginning of the line with a colon after it, or anywhere in
/// round brackets.
fn reminder(words: &str) -> Option<&str> {
    let bare = words.trim_matches(AROUND);
    let is_filler = after_reminder(bare, "Lorem ipsum").is_some();
    if is_filler
        || REMINDERS
            .iter()
            .filter_map(|word| after_reminder(bare, word))
            .any(is_note)
    {
        return Some(words);
    }
    words
        .char_indices()
        .filter(|(_, c)| matches!(c, '(' | '（'))
        .find_map(|(at, open)| {
            let inner = words.get(at + open.len_utf8()..)?;
            let end = inner.find([')', '）'])?;
            let inside = inner.get(..end)?.trim();
            let noted = REMINDERS
                .iter()
                .filter_map(|word| after_reminder(inside, word));
            noted.into_iter().any(is_note).then_some(inside)
        })
}

/// Whether the line is nothing but a request to write the answer, or says that it only holds the
/// place: `（此处填写答案）`, `[请填写]`, `此处为占位`.
fn is_stand_in(words: &str) -> bool {
    let bare = words.trim_matches(AROUND);
    let wanted = |beginnings: &[&str]| {
        let after = beginnings.iter().find_map(|it| bare.strip_prefix(it))?;
        Some(after.trim_start_matches(AROUND))
    };
    let is_answer = |what: &str| ANSWERS.contains(&what);
    let (befores, names) = STAND_INS;
    wanted(&HERE).is_some_and(|what| what.is_empty() || what == "内容" || is_answer(what))
        || wanted(&FILL_IN)
            .is_some_and(|what| is_answer(what) || what.is_empty() && is_in_brackets(words))
        || befores
            .iter()
            .filter_map(|before| bare.strip_prefix(before))
            .any(|name| names.contains(&name))
}

/// Whether a line, without its escapes, begins and ends with square brackets.
fn is_in_brackets(words: &str) -> bool {
    words.trim_start_matches('\\').starts_with(['[', '【']) && words.ends_with([']', '】'])
}

/// What follows `word` at the beginning of `text`, compared without regard to case.
fn after_reminder<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

/// Whether a reminder may be followed by `rest`: nothing, or a colon, optionally with a name in
/// brackets before it.
fn is_note(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with([':', '：']) || is_owned(rest)
}

/// `TODO(mia): …`
fn is_owned(rest: &str) -> bool {
    rest.strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .is_some_and(|(_, rest)| rest.starts_with([':', '：']))
}

/// The offset of `part`, which is a slice of `whole`.
fn offset(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize)
        .saturating_sub(whole.as_ptr() as usize)
        .min(whole.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(reply: &str) -> Option<(&str, UnwrittenKind)> {
        find_unwritten(reply).map(|place| {
            (
                reply.get(place.span).expect("a piece of the reply"),
                place.kind,
            )
        })
    }

    #[test]
    fn sentences_of_templates() {
        let zh = "# 标题\n\n（在这里写回答：先用一两句话直接回答问题，再写步骤。）\n";
        assert_eq!(found(zh).map(|f| f.1), Some(UnwrittenKind::Template));
        let half = "# 标题\n\n在设置里改。\n\n1. 打开设置\n2. （第二步）\n";
        assert_eq!(found(half), Some(("（第二步）", UnwrittenKind::Template)));
        let imported = format!(
            "# 退款\r\n\r\n{}",
            import_sentence("退款").replace('\n', "\r\n")
        );
        assert_eq!(
            found(&imported),
            Some(("（请在这里写「退款」的回复。）", UnwrittenKind::Template))
        );
        assert_eq!(
            found("# T\n\n(Write the answer here, please)\n").map(|f| f.1),
            Some(UnwrittenKind::Template)
        );
        assert_eq!(
            found("# 留言\n\n请在这里写下您的问题（在这里写回复更快）。\n"),
            None
        );
    }

    #[test]
    fn notes_to_oneself() {
        for line in [
            "TODO",
            "todo",
            "**TODO**",
            "- TODO: 问一下财务",
            "todo: 问一下财务",
            "Todo：问一下财务",
            "fixme(mia): 数字不对",
            "费用是（tbd: 问财务）元",
            "lorem ipsum dolor sit amet",
            "TODO(mia): ask",
            "> FIXME：数字不对",
            "待补充",
            "（待补充）",
            "【待写】",
            "待补充……",
            "1. 待完善。",
            "## 待写",
            "需要的材料（待补充）",
            "在三天内办好 (TODO)",
            "费用是（TODO：问财务）元",
            "Lorem ipsum dolor sit amet",
        ] {
            assert_eq!(
                found(&format!("# 标题\n\n{line}\n")).map(|f| f.1),
                Some(UnwrittenKind::Reminder),
                "{line}"
            );
        }
        for line in [
            "在“我的 TODO”里可以看到待办。",
            "TODO 清单在左边。",
            "状态是“待补充”时，请补交材料。",
            "待补充的材料会列在页面上。",
            "todo list 在哪里",
            "TODOs are listed on the left.",
        ] {
            assert_eq!(found(&format!("# 标题\n\n{line}\n")), None, "{line}");
        }
    }

    #[test]
    fn lines_that_hold_the_place() {
        for line in [
            "此处填写回复",
            "（此处填写答案）",
            "请填写答案",
            "请在此处填写",
            "[请填写]",
            "\\[请填写\\]",
            "【请填写】",
            "此处为占位",
            "占位符",
        ] {
            assert_eq!(
                found(&format!("# 标题\n\n{line}\n")).map(|f| f.1),
                Some(UnwrittenKind::Reminder),
                "{line}"
            );
        }
        for line in ["[用户名]", "\\[用户名\\]", "【用户名】"] {
            assert_eq!(
                found(&format!("# 标题\n\n{line}\n")),
                Some((line, UnwrittenKind::ForeignCode))
            );
        }
        for line in [
            "1. 请填写手机号",
            "请填写",
            "请填写答案后点“提交”。",
            "在此填写您的姓名和电话",
            "点 [用户名]，再点 [退出]",
            "用户名",
            "- [手机号]",
            "占位置要早到",
            "此处填写的地址会印在发票上",
        ] {
            assert_eq!(found(&format!("# 标题\n\n{line}\n")), None, "{line}");
        }
    }

    #[test]
    fn the_place_is_exact_among_chinese() {
        let reply = "# 标题\n\n您好，{ hero }，欢迎。\n";
        assert_eq!(found(reply), Some(("{ hero }", UnwrittenKind::ForeignCode)));
        assert_eq!(
            found("# 标题\n\n好。\n\n```\n$name {slot} TODO\n```\n"),
            None
        );
    }
}
