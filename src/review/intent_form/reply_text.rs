//! A reply file as a field of a form: what stands below the title. In: the file's text, or what was
//! typed. Out: the field, and the file's text with it. Must not know: Markdown but its headings.

use wenlu_core::knowledge::intent_template::IntentTemplate;

/// The part of the file up to the text below its title, and the text as a field shows it. A file that
/// does not begin with its title is shown whole.
pub(super) fn split_reply(file: &str) -> (&str, String) {
    let start = file.strip_prefix('\u{feff}').unwrap_or(file);
    let mark = file.len() - start.len();
    let end = match start.starts_with("# ") {
        true => mark + start.find('\n').map_or(start.len(), |line| line + 1),
        false => mark,
    };
    let (head, body) = file.split_at_checked(end).unwrap_or(("", file));
    (head, field_text(body))
}

/// A text as a field holds it: no empty lines around it, line breaks as on Unix.
pub fn field_text(text: &str) -> String {
    let plain = text.replace("\r\n", "\n");
    let lines = plain.trim_end().trim_start_matches(['\n', '\r']);
    let blank = lines.len() - lines.trim_start_matches([' ', '\n']).len();
    // white space before the first text would be dropped from the second line on only
    let first = lines[..blank].rfind('\n').map_or(0, |line| line + 1);
    lines[first..].to_owned()
}

/// The text of a reply file that says what the field says, on top of the file as it is. `title`: the
/// title of the reply, as it was and as it is to be.
pub(super) fn with_body(before: Option<&str>, body: &str, (was, title): (&str, &str)) -> String {
    let Some(file) = before else {
        return full_reply(title, body);
    };
    let (head, known) = split_reply(file);
    let renamed = match head.trim_start_matches('\u{feff}').trim_end() {
        heading if was != title && heading == full_reply(was, "").trim_end() => {
            head.replacen(heading, full_reply(title, "").trim_end(), 1)
        }
        _ => head.to_owned(),
    };
    if known == body {
        return format!("{renamed}{}", &file[head.len()..]);
    }
    let gap = if head.is_empty() { "" } else { "\n" };
    let made = format!("{}{gap}{body}\n", renamed.replace("\r\n", "\n"));
    match file.contains("\r\n") {
        true => made.replace('\n', "\r\n"),
        false => made,
    }
}

/// A new reply file.
pub fn full_reply(title: &str, body: &str) -> String {
    let starter = IntentTemplate {
        title: Some(title.to_owned()),
        ..IntentTemplate::default()
    };
    starter.reply_with(&format!("{body}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_stays_to_the_byte() {
        for file in [
            "# 甲\n\n正文\n",
            "\u{feff}# 甲\r\n\r\n正文\r\n\r\n",
            "正文",
            "# 甲",
            "",
            "#甲\n\n\n  正文  \n",
        ] {
            let (_, body) = split_reply(file);
            assert_eq!(with_body(Some(file), &body, ("甲", "甲")), file);
        }
    }

    #[test]
    fn the_title_goes_along_where_it_was_the_intents() {
        let named = |file| with_body(Some(file), "新", ("甲", "乙"));
        assert_eq!(named("# 甲\n\n旧\n"), "# 乙\n\n新\n");
        assert_eq!(named("# 别的\r\n\r\n旧\r\n"), "# 别的\r\n\r\n新\r\n");
        assert_eq!(
            with_body(Some("# 甲\n\n旧\n"), "旧", ("甲", "乙")),
            "# 乙\n\n旧\n"
        );
        assert_eq!(with_body(None, "新", ("", "乙")), "# 乙\n\n新\n");
    }
}
