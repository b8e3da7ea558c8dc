//! Removes markup. In: HTML that we rendered and Telegram refused, possibly invalid. Out: the
//! visible text, with the addresses of links. Must not know: who reads it.

/// The text without tags and with the addresses of links. Nothing else is lost, even if the HTML is
/// invalid.
pub fn strip_tags(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let (mut rest, mut link) = (html, None);
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        words.push_str(before);
        let Some(end) = tag.find('>').filter(|_| is_tag(tag)) else {
            words.push('<');
            rest = &tag[1..];
            continue;
        };
        let name = &tag[1..end];
        if let Some(href) = name.strip_prefix("a href=\"") {
            link = href.strip_suffix('"');
        } else if name == "/a"
            && let Some(address) = link.take().filter(|address| !words.ends_with(address))
        {
            words.extend(["（", address, "）"]);
        }
        rest = &tag[end + 1..];
    }
    words.push_str(rest);
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(words, |words, (entity, meant)| words.replace(entity, meant))
}

fn is_tag(text: &str) -> bool {
    text[1..].starts_with(|next: char| next == '/' || next.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::strip_tags;

    #[test]
    fn nothing_is_lost_but_tags() {
        assert_eq!(
            strip_tags("<b>开 &lt;3&gt; &amp;amp; <i>发</b>"),
            "开 <3> &amp; 发"
        );
        assert_eq!(
            strip_tags("见<a href=\"https://a.example/?b=1&amp;c\">文档</a>。"),
            "见文档（https://a.example/?b=1&c）。"
        );
        assert_eq!(strip_tags("1 < 2，<b"), "1 < 2，<b");
    }
}
