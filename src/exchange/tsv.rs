//! TSV. In: `utterance<TAB>intent` lines. Out: data files: an intent for each label, `none` as out of scope.
//! Must not know: routing.

use super::Imported;
use crate::eval::{BadRow, Labelled, NONE, read_tsv};
use crate::text::normalize::normalize;
use crate::text::pinyin::reading;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

/// Reads a TSV and makes its data files. A label that cannot be a file's name gets an id and stands as `label`.
pub fn import(tsv: &str) -> Result<Imported, BadRow> {
    let rows = read_tsv(tsv)?;
    let mut imported = Imported::default();
    let examples = by_label(&rows, &mut imported.notes);
    let ids = ids(examples.keys().filter(|label| **label != NONE).copied());
    for (label, texts) in &examples {
        if *label == NONE {
            imported.out_of_scope = texts.len();
            imported.files.insert("intents/out-of-scope.toml".into(), format!("{}\n", list("examples", texts)));
            continue;
        }
        let id = &ids[label];
        imported.intents += 1;
        imported.examples += texts.len();
        imported.files.insert(format!("intents/{id}.toml"), intent(label, id, texts));
        let reply = format!("# {0}\n\n（请在这里写「{0}」的回复。）\n", plain(&title(label)));
        imported.files.insert(format!("content/zh/{id}.md"), reply);
    }
    Ok(imported)
}

/// The messages of each label, in order; one that stands twice, however written, only where it stands first.
fn by_label<'a>(rows: &'a [Labelled], notes: &mut Vec<String>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut examples: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut seen: HashMap<String, &str> = HashMap::new();
    for row in rows {
        let [label, more @ ..] = row.labels.as_slice() else { continue };
        if !more.is_empty() {
            notes.push(format!("“{}”有几个意图，只归入第一个：{label}", row.text));
        }
        let normal = normalize(&row.text);
        if normal.is_empty() {
            notes.push(format!("“{}”没有文字，略去", row.text));
            continue;
        }
        match seen.get(&normal) {
            Some(first) if *first == label => notes.push(format!("“{}”在 {label} 里已有，略去", row.text)),
            Some(first) => notes.push(format!("“{}”已归入 {first}，不再归入 {label}", row.text)),
            None => {
                seen.insert(normal, label);
                examples.entry(label).or_default().push(row.text.trim());
            }
        }
    }
    examples
}

fn intent(label: &str, id: &str, texts: &[&str]) -> String {
    let mut out = String::new();
    if label != id {
        let _ = writeln!(out, "label = {}", quoted(label));
    }
    let _ = writeln!(out, "title = {}", quoted(&title(label)));
    let _ = writeln!(out, "{}", list("examples", texts));
    out
}

fn list(key: &str, texts: &[&str]) -> String {
    let lines: String = texts.iter().map(|text| format!("  {},\n", quoted(text))).collect();
    format!("{key} = [\n{lines}]")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// `book_flight` → `book flight`.
fn title(label: &str) -> String {
    let spaced: String = label.chars().map(|c| if "_.-/".contains(c) { ' ' } else { c }).collect();
    let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { label.to_owned() } else { words }
}

/// Without the characters that mean something in Markdown or in a reply.
fn plain(text: &str) -> String {
    text.chars().map(|c| if "*_`[]<>#{}\\!|~&".contains(c) { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// An id for each label: its letters and digits, Han characters by their reading, and a number where two would be the
/// same.
fn ids<'a>(labels: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, String> {
    let mut taken = BTreeSet::from(["lexicon".to_owned(), "out-of-scope".to_owned()]);
    let mut ids = BTreeMap::new();
    for label in labels {
        let base = slug(label);
        let numbered = std::iter::once(base.clone()).chain((2..).map(|n| format!("{base}-{n}")));
        let id = numbered.into_iter().find(|id| !taken.contains(id)).unwrap_or(base);
        taken.insert(id.clone());
        ids.insert(label, id);
    }
    ids
}

fn slug(label: &str) -> String {
    let mut out = String::new();
    for c in label.chars() {
        match reading(c) {
            Some(sound) => out.push_str(&format!("-{}-", ascii(sound))),
            None if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            None => out.push('-'),
        }
    }
    let joined = out.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    // leaves room for a number; all of it is ASCII
    let cut: String = joined.chars().take(42).collect();
    if cut.is_empty() { "intent".to_owned() } else { cut.trim_end_matches('-').to_owned() }
}

fn ascii(sound: &str) -> String {
    sound.chars().map(|c| if c == 'ü' { 'v' } else { c }).filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_ids() {
        let imported = import("utterance\tintent\na\tMake Update\nb\tmake_update\nc\t注销\nd\tnone\nA\t注销\n").unwrap();
        let files: Vec<_> = imported.files.keys().map(String::as_str).collect();
        assert_eq!(
            files,
            [
                "content/zh/make-update-2.md",
                "content/zh/make-update.md",
                "content/zh/zhu-xiao.md",
                "intents/make-update-2.toml",
                "intents/make-update.toml",
                "intents/out-of-scope.toml",
                "intents/zhu-xiao.toml"
            ]
        );
        assert_eq!(
            imported.files["intents/make-update.toml"],
            "label = \"Make Update\"\ntitle = \"Make Update\"\nexamples = [\n  \"a\",\n]\n"
        );
        assert_eq!(imported.notes, ["“A”已归入 Make Update，不再归入 注销"]);
    }
}
