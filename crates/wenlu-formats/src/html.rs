//! Answers that were written in a web editor. In: HTML. Out: Markdown, and a phrase for each kind of
//! element that Markdown has no place for. Must not know: replies.

use std::collections::BTreeMap;

/// Elements whose content is kept, most of them with their meaning.
const KEPT: [&str; 34] = [
    "a",
    "article",
    "b",
    "blockquote",
    "br",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];
/// Elements of which only the look is lost.
const LOOK: [&str; 8] = ["u", "font", "center", "small", "big", "sub", "sup", "mark"];
/// Elements that are lost with what is in them.
const LOST: [&str; 12] = [
    "script", "style", "iframe", "video", "audio", "object", "embed", "svg", "form", "button",
    "input", "select",
];

/// Whether the text holds an element that browsers know.
pub(crate) fn is_html(text: &str) -> bool {
    elements(text).keys().any(|name| {
        let known = |names: &[&str]| names.contains(&name.as_str());
        known(&KEPT) || known(&LOOK) || known(&LOST)
    })
}

/// Whether the text holds no element but those that mark words, as people put them into Markdown.
pub(crate) fn is_inline(text: &str) -> bool {
    const INLINE: [&str; 13] = [
        "b", "strong", "i", "em", "u", "br", "span", "font", "small", "sub", "sup", "mark", "code",
    ];
    elements(text)
        .keys()
        .all(|name| INLINE.contains(&name.as_str()))
}

/// Markdown in which bold type was marked by elements.
pub(crate) fn bold_as_markdown(text: &str) -> String {
    let mut out = text.to_owned();
    for mark in [
        "<b>",
        "</b>",
        "<strong>",
        "</strong>",
        "<B>",
        "</B>",
        "<STRONG>",
        "</STRONG>",
    ] {
        out = out.replace(mark, "**");
    }
    out
}

/// The text without its comments, which no browser shows; that there were some is added to
/// `changes`. One that is not closed goes to the end, as in a browser.
pub(crate) fn without_comments(text: &str, changes: &mut Vec<String>) -> String {
    let mut parts = text.split("<!--");
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut times = 0usize;
    for part in parts {
        times += 1;
        out += part.split_once("-->").map_or("", |(_, after)| after);
    }
    if times > 0 {
        changes.push(format!("HTML 的注释没有带过来（{times} 处）"));
    }
    out
}

/// Names of characters that editors write in place of the characters.
const NAMED: [(&str, &str); 20] = [
    ("nbsp", " "),
    ("ensp", " "),
    ("emsp", " "),
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("middot", "·"),
    ("bull", "•"),
    ("times", "×"),
    ("yen", "¥"),
    ("rarr", "→"),
];

/// The text with characters in place of their names, such as `&amp;` and `&#39;`.
pub(crate) fn decoded(text: &str) -> String {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let read = part
            .split_once(';')
            .and_then(|(name, after)| Some((character(name)?, after)));
        match read {
            Some((shown, after)) => {
                out += &shown;
                out += after;
            }
            None => {
                out.push('&');
                out += part;
            }
        }
    }
    out
}

/// `nbsp`, `#39`, `#x27`
fn character(name: &str) -> Option<String> {
    let number = match name.strip_prefix(['#']) {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => digits.parse().ok()?,
        },
        None => {
            let found = NAMED.iter().find(|(known, _)| *known == name);
            return found.map(|(_, shown)| (*shown).to_owned());
        }
    };
    let shown = char::from_u32(number).filter(|c| !c.is_control())?;
    Some(match shown {
        '\u{a0}' => " ".to_owned(),
        shown => shown.to_string(),
    })
}

/// The text as Markdown; what it loses is added to `changes`.
pub(crate) fn to_markdown(html: &str, changes: &mut Vec<String>) -> String {
    for (name, times) in elements(html) {
        if LOST.contains(&name.as_str()) {
            changes.push(format!("HTML 的 <{name}> 没有带过来（{times} 处）"));
        } else if LOOK.contains(&name.as_str()) {
            changes.push(format!("HTML 的 <{name}> 只留下文字（{times} 处）"));
        } else if !KEPT.contains(&name.as_str()) {
            changes.push(format!("不认识的 HTML <{name}> 只留下文字（{times} 处）"));
        }
    }
    for (attribute, what) in [("style=", "颜色、字号等样式"), ("onclick=", "点击的动作")]
    {
        if html.to_ascii_lowercase().contains(attribute) {
            changes.push(format!("HTML 的{what}没有带过来"));
        }
    }
    let converter = htmd::HtmlToMarkdown::builder()
        .skip_tags(LOST.to_vec())
        .build();
    converter.convert(html).unwrap_or_else(|_| {
        changes.push("HTML 没有看懂，去掉了标签".to_owned());
        super::blocks::without_tags(html)
    })
}

/// How often each element begins.
fn elements(text: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for part in text.split('<').skip(1) {
        let length = part
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(part.len());
        let (name, rest) = part.split_at(length);
        let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && rest.starts_with([' ', '>', '/', '\n', '\t'])
            && rest.contains('>');
        if is_tag {
            *found.entry(name.to_ascii_lowercase()).or_default() += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_wrote_becomes_markdown_and_names_its_losses() {
        let mut changes = Vec::new();
        let html = "<p style=\"color:red\">先<b>登录</b>：</p><ol><li>打开<a href=\"https://a.b/c\">设置</a></li><li>点<u>退款</u></li></ol><script>x()</script>";
        let markdown = to_markdown(html, &mut changes);
        assert_eq!(
            markdown.trim(),
            "先**登录**：\n\n1.  打开[设置](https://a.b/c)\n2.  点退款"
        );
        assert_eq!(
            changes,
            [
                "HTML 的 <script> 没有带过来（1 处）",
                "HTML 的 <u> 只留下文字（1 处）",
                "HTML 的颜色、字号等样式没有带过来"
            ]
        );
        assert_eq!(
            decoded("三天&nbsp;到账 &amp; 原路&#39;&#x4E2D;，AT&T; a?b=1&copy=2&nbsp"),
            "三天 到账 & 原路'中，AT&T; a?b=1&copy=2&nbsp"
        );
        let mut changes = Vec::new();
        let text = "三天<!-- 内部\n的 -->到账<!-- 没有写完";
        assert_eq!(without_comments(text, &mut changes), "三天到账");
        assert_eq!(changes, ["HTML 的注释没有带过来（2 处）"]);
        assert!(!is_html("金额 <100 的不用审批，a<b>c 也一样吗？1 < 2") || is_html("<b>"));
    }
}
