//! Pieces of HTML for the evaluation page. In: text from outside. Out: the same, escaped, or a table.

/// Text for HTML, element or attribute. Control characters, which HTML does not allow, become
/// U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && !c.is_whitespace() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Text that somebody wrote, isolated so that its writing direction does not affect the rest.
pub(super) fn said(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

/// A table; a column whose name begins with `n ` holds numbers.
pub(super) fn table(heading: &str, columns: &[&str], rows: &str, empty: &str) -> String {
    if rows.is_empty() {
        return format!("<h2>{heading}</h2>\n<p class=\"soft\">{empty}</p>\n");
    }
    let column = |name: &&str| match name.strip_prefix("n ") {
        Some(name) => format!("<th class=\"n\">{name}</th>"),
        None => format!("<th>{name}</th>"),
    };
    let columns: String = columns.iter().map(column).collect();
    format!(
        "<h2>{heading}</h2>\n<div class=\"scroll\"><table><thead><tr>{columns}</tr></thead><tbody>\n{rows}</tbody></table></div>\n"
    )
}

pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |v| format!("{:.1}%", 100.0 * v))
}
