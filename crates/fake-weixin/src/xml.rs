//! A reader for the flat XML of answers, strict: what is not understood is refused.

/// The fields of `<xml>…</xml>`, in order.
pub(crate) fn fields(text: &str) -> Option<Vec<(String, String)>> {
    let mut rest = text
        .trim()
        .strip_prefix("<xml>")?
        .strip_suffix("</xml>")?
        .trim();
    let mut fields = vec![];
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix('<')?.split_once('>')?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let (value, after) = value(after, &format!("</{name}>"))?;
        fields.push((name.to_owned(), value));
        rest = after.trim_start();
    }
    Some(fields)
}

/// Text and CDATA up to the closing tag, and what follows it.
fn value<'a>(mut rest: &'a str, end: &str) -> Option<(String, &'a str)> {
    let mut value = String::new();
    loop {
        if let Some(after) = rest.strip_prefix(end) {
            return Some((value, after));
        } else if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let (data, after) = data.split_once("]]>")?;
            value.push_str(data);
            rest = after;
        } else if let Some(entity) = rest.strip_prefix('&') {
            let (entity, after) = entity.split_once(';')?;
            value.push(match entity {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                _ => return None,
            });
            rest = after;
        } else {
            let c = rest.chars().next().filter(|c| *c != '<')?;
            value.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
}
