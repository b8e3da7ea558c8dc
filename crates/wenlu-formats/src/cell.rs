//! Text from chat users in exported files. In: a text, or JSON. Out: the same, safe for
//! spreadsheets (no formulas) and terminals (no control characters). Must not know: which file it
//! is for.

use wenlu_core::text::safe::is_display_unsafe;

/// First characters that make a spreadsheet read a cell as a formula; some also accept the
/// full-width forms.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet takes for a formula; invisible characters are replaced by U+FFFD.
pub fn safe_csv_cell(cell: String) -> String {
    let cell: String = cell
        .chars()
        .map(|c| {
            if is_display_unsafe(c) && c != '\r' {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect();
    if is_formula(&cell) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// Whether a spreadsheet would take the cell for a formula.
pub(crate) fn is_formula(cell: &str) -> bool {
    cell.starts_with(FORMULA)
}

/// JSON with invisible characters as `\u` escapes: nothing is lost, and a terminal shows the
/// escapes. Such characters occur inside strings only.
pub fn escape_unseen_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match is_display_unsafe(c) {
            // Invisible characters are all below U+10000, so four digits are enough.
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
        let quoted = |cell: &str| safe_csv_cell(cell.to_owned());
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(quoted(formula), format!("'{formula}"));
        }
        assert_eq!(
            escape_unseen_json("{\"a\":\"\u{202e}\u{9b}注\"}"),
            r#"{"a":"\u202e\u009b注"}"#
        );
        assert_eq!(
            [quoted("注销=1"), quoted(""), quoted("a\u{1b}[31mb")],
            ["注销=1", "", "a\u{fffd}[31mb"]
        );
    }
}
