//! What askers wrote, in files for other programs. In: a text, or JSON. Out: the same, so that no table program runs it and
//! no terminal obeys it. Must not know: what file it is for.

use crate::wording::is_unseen;

/// What makes a table program read a cell as a formula; full-width forms too, which some read alike.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A cell that no table program takes for a formula, with nothing in it that cannot be seen.
pub fn harmless(cell: String) -> String {
    let cell: String =
        cell.chars().map(|c| if is_unseen(c) && c != '\r' { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell }
}

/// JSON in which what cannot be seen is written as its code: nothing is lost, and `cat` shows it as it is. Outside of
/// strings there is none of it.
pub fn visible(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match is_unseen(c) {
            // All of them are below U+10000.
            true => out += &format!("\\u{:04x}", u32::from(c)),
            false => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let quoted = |cell: &str| harmless(cell.to_owned());
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(quoted(formula), format!("'{formula}"));
        }
        assert_eq!(visible("{\"a\":\"\u{202e}\u{9b}注\"}"), r#"{"a":"\u202e\u009b注"}"#);
        assert_eq!([quoted("注销=1"), quoted(""), quoted("a\u{1b}[31mb")], ["注销=1", "", "a\u{fffd}[31mb"]);
    }
}
