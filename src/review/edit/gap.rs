//! Turns a gap into an answering intent. In: the data files and a [`GapAnswer`]. Out: the
//! [`ChangeSet`] that does it: the gap's file without what only a gap may say, templates for the
//! replies, and the new id wherever the gap is named. Everything else stays byte for byte. Must not
//! know: the disk, whether the answer is any good.

use super::list::add_to_list;
use super::spans::{TextEdit, line_end, line_of, quoted, replaced, without_mark};
use super::{EditError, different, intent_file};
use crate::review::change::{ChangeSet, FileChange};
use toml::de::DeTable;
use wenlu_core::knowledge::files::{DataFiles, FileRole, is_intent_id};
use wenlu_core::knowledge::intent_template::IntentTemplate;
use wenlu_core::knowledge::parse::{self, SpannedText, list};
use wenlu_core::knowledge::raw::RawIntent;
use wenlu_core::knowledge::schema::{self, ValueShape};

/// The gap, and what changes.
#[derive(Clone, Debug, Default)]
pub struct GapAnswer {
    pub gap: String,
    /// The id of the intent: the gap's own, or one that is not used yet.
    pub id: String,
    /// `None` keeps the title; the same for `parent`.
    pub title: Option<String>,
    pub parent: Option<String>,
    /// Examples to add.
    pub examples: Vec<String>,
}

/// The change, and what it contains.
#[derive(Clone, Debug)]
pub struct AnsweredGap {
    pub change: ChangeSet,
    pub examples: usize,
    /// The number of tests that expected the gap and now expect the answer.
    pub tests: usize,
    /// The paths of replies that existed already and are not changed.
    pub kept: Vec<String>,
}

/// The change that turns the gap into an answering intent.
pub fn answer_gap(files: &DataFiles, answer: &GapAnswer) -> Result<AnsweredGap, EditError> {
    let path = intent_file(files, &answer.gap)?;
    let before = files
        .text(&path)
        .ok_or_else(|| EditError::NotToml(path.clone()))?;
    let is_renamed = answer.id != answer.gap;
    let target = free_target(files, answer)?;
    let gap = GapText::read(&path, before, answer)?;
    let after = replaced(before, gap.edits);
    let mut changed = vec![FileChange {
        path: target,
        before: (!is_renamed).then(|| before.to_owned()),
        after: Some(with_examples(&path, after, &answer.examples)?),
    }];
    let (added, kept) = new_replies(files, answer, gap.title, gap.title_en);
    changed.extend(added);
    if is_renamed {
        changed.extend(renamed_links(files, answer)?);
        changed.push(FileChange {
            path,
            before: Some(before.to_owned()),
            after: None,
        });
    }
    let summary = format!(
        "把没有资料的话题 {} 改成由意图 {} 回答",
        answer.gap, answer.id
    );
    Ok(AnsweredGap {
        change: ChangeSet {
            files: changed,
            summary,
        },
        examples: gap.examples,
        tests: gap.tests,
        kept,
    })
}

/// The path of the intent's file; it may exist only if the id stays.
fn free_target(files: &DataFiles, answer: &GapAnswer) -> Result<String, EditError> {
    let target = format!("intents/{}.toml", answer.id);
    if !is_intent_id(&answer.id) {
        return Err(EditError::BadId(answer.id.clone()));
    }
    if answer.id != answer.gap && files.entries.contains_key(&target) {
        return Err(EditError::Exists(target));
    }
    Ok(target)
}

/// `text` with the examples that it does not have yet.
fn with_examples(path: &str, text: String, examples: &[String]) -> Result<String, EditError> {
    if examples.is_empty() {
        return Ok(text);
    }
    match add_to_list(path, &text, "examples", |present| {
        different(examples, present)
    }) {
        Err(EditError::NothingToAdd) => Ok(text),
        added => added,
    }
}

/// Templates for the replies that do not exist, and the paths of those that do. The titles are the
/// gap's own.
fn new_replies(
    files: &DataFiles,
    answer: &GapAnswer,
    title: String,
    title_en: Option<String>,
) -> (Vec<FileChange>, Vec<String>) {
    let starter = IntentTemplate {
        id: answer.id.clone(),
        title: Some(answer.title.clone().unwrap_or(title)),
        title_en,
        in_english: files
            .entries
            .keys()
            .any(|path| path.starts_with("content/en/")),
        ..IntentTemplate::default()
    };
    let (mut added, mut kept) = (Vec::new(), Vec::new());
    for (path, text) in starter.replies() {
        match files.entries.contains_key(&path) {
            true => kept.push(path),
            false => added.push(FileChange {
                path,
                before: None,
                after: Some(text),
            }),
        }
    }
    (added, kept)
}

/// What is read from a gap's file, and the edits to make in it.
struct GapText {
    title: String,
    title_en: Option<String>,
    examples: usize,
    tests: usize,
    edits: Vec<TextEdit>,
}

impl GapText {
    fn read(path: &str, whole: &str, answer: &GapAnswer) -> Result<Self, EditError> {
        let (text, mark) = without_mark(whole);
        let mut mistakes = Vec::new();
        let parsed = parse::parse(path, text, &schema::INTENT, &mut mistakes);
        if parsed.bad {
            return Err(EditError::NotToml(path.to_owned()));
        }
        let raw = RawIntent::read(&answer.gap, path, &parsed);
        let gap = raw
            .gap
            .ok_or_else(|| EditError::NotAGap(answer.gap.clone()))?;
        let title = raw
            .title
            .ok_or_else(|| EditError::NotToml(path.to_owned()))?;
        let mut edits = vec![(line_of(text, &gap), String::new())];
        if let Some(new) = &answer.title {
            edits.push((title.span.clone(), quoted(new)));
        }
        match (&answer.parent, raw.parent) {
            (Some(new), Some(old)) => edits.push((old.span, quoted(new))),
            (Some(new), None) => {
                let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
                let end = line_end(text, title.span.end);
                let begin = if text.get(..end).is_some_and(|before| before.ends_with('\n')) {
                    ""
                } else {
                    ending
                };
                edits.push((end..end, format!("{begin}parent = {}{ending}", quoted(new))));
            }
            (None, _) => {}
        }
        let tests: Vec<(bool, Option<SpannedText>)> = list(&parsed.table, "test")
            .filter_map(|test| test.get_ref().as_table())
            .map(expectation)
            .collect();
        // a gap's test expects `unknown`; the intent's test expects an answer
        let silent = tests
            .iter()
            .filter_map(|(here, wants)| wants.as_ref().filter(|w| *here && w.value == "unknown"));
        edits.extend(silent.map(|wants| (wants.span.clone(), quoted("answer"))));
        edits
            .iter_mut()
            .for_each(|(span, _)| *span = span.start + mark..span.end + mark);
        Ok(Self {
            title: title.value,
            title_en: raw.title_en.map(|title| title.value),
            examples: raw.examples.len(),
            tests: tests.iter().filter(|(here, _)| *here).count(),
            edits,
        })
    }
}

/// Whether a test expects its own intent, and the decision that it expects.
fn expectation(test: &DeTable) -> (bool, Option<SpannedText>) {
    let here = test
        .get("here")
        .and_then(|value| value.get_ref().as_bool())
        .unwrap_or(true);
    (here, parse::text(test, "wants"))
}

/// The files that name the gap, with its new id.
fn renamed_links(files: &DataFiles, answer: &GapAnswer) -> Result<Vec<FileChange>, EditError> {
    let mut changed = Vec::new();
    for path in files.entries.keys() {
        let (shape, field) = match FileRole::of(path) {
            FileRole::Intent(id) if id != answer.gap => (&schema::INTENT, "related"),
            FileRole::Bot(lang) => (&ValueShape::Table(schema::bot_fields(lang)), "hot"),
            _ => continue,
        };
        let Some(before) = files.text(path).filter(|text| text.contains(&answer.gap)) else {
            continue;
        };
        let (text, mark) = without_mark(before);
        let parsed = parse::parse(path, text, shape, &mut Vec::new());
        let links = parse::texts(&parsed.table, field)
            .into_iter()
            .filter(|link| link.value == answer.gap);
        let edits: Vec<TextEdit> = links
            .map(|link| {
                (
                    link.span.start + mark..link.span.end + mark,
                    quoted(&answer.id),
                )
            })
            .collect();
        if !edits.is_empty() && parsed.broken {
            return Err(EditError::NotToml(path.clone()));
        }
        if !edits.is_empty() {
            let after = Some(replaced(before, edits));
            changed.push(FileChange {
                path: path.clone(),
                before: Some(before.to_owned()),
                after,
            });
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wenlu_core::knowledge::intent_template::GAP_COMMENT;

    fn files(list: &[(&str, &str)]) -> DataFiles {
        DataFiles::default().with(list.iter().map(|(path, text)| (*path, Some(*text))))
    }

    fn answer(gap: &str, id: &str) -> GapAnswer {
        GapAnswer {
            gap: gap.into(),
            id: id.into(),
            ..GapAnswer::default()
        }
    }

    const GAP: &str = "\u{feff}#:schema x\r\ntitle   = \"发票\" # kept\r\n\
        # 缺口：有人问，目前没有答案 / people ask this, there is no answer yet\r\ngap = true # 等财务\r\n\
        examples = [\r\n  \"怎么开发票\", # 常问\r\n]\r\n\r\n[[test]]\r\nsay = \"发票几天到\"\r\n\
        [[test]]\r\nsay = \"电子发票\"\r\nwants = \"unknown\" # so\r\n[[test]]\r\nsay = \"退款\"\r\nhere = false\r\nwants = \"unknown\"\r\n";

    #[test]
    fn all_that_its_author_wrote_stays() {
        let files = files(&[
            ("intents/gap-invoice.toml", GAP),
            ("content/en/other.md", "# x\n"),
        ]);
        let made = answer_gap(&files, &answer("gap-invoice", "gap-invoice")).unwrap();
        let paths: Vec<_> = made
            .change
            .files
            .iter()
            .map(|file| file.path.as_str())
            .collect();
        assert_eq!(
            paths,
            [
                "intents/gap-invoice.toml",
                "content/zh/gap-invoice.md",
                "content/en/gap-invoice.md"
            ]
        );
        let after = made.change.files[0].after.as_deref().unwrap();
        assert_eq!(
            after,
            GAP.replace(&format!("{GAP_COMMENT}\r\ngap = true "), "")
                .replace("wants = \"unknown\" # so", "wants = \"answer\" # so")
        );
        assert_eq!((made.examples, made.tests), (1, 2));
    }

    #[test]
    fn a_new_name_goes_wherever_the_old_one_stood() {
        let other =
            "title = \"x\"\nrelated = [\"gap-invoice\", \"y\"]\nexamples = [\"gap-invoice\"]\n";
        let hot = "hot = [\"gap-invoice\"]\n";
        let files = files(&[
            ("intents/gap-invoice.toml", GAP),
            ("intents/x.toml", other),
            ("content/zh/_bot.toml", hot),
        ]);
        let mut wanted = answer("gap-invoice", "invoice");
        (wanted.title, wanted.parent) = (Some("开\"发票\"".into()), Some("money".into()));
        wanted.examples = vec!["怎么开发票".into(), "发票在哪里开".into()];
        let made = answer_gap(&files, &wanted).unwrap().change;
        let text = |path: &str| {
            made.files
                .iter()
                .find(|file| file.path == path)
                .and_then(|file| file.after.as_deref())
        };
        assert_eq!(
            text("intents/x.toml"),
            Some(other.replacen("gap-invoice", "invoice", 1).as_str())
        );
        assert_eq!(text("content/zh/_bot.toml"), Some("hot = [\"invoice\"]\n"));
        assert_eq!(
            (
                made.files.last().unwrap().path.as_str(),
                text("intents/gap-invoice.toml")
            ),
            ("intents/gap-invoice.toml", None)
        );
        let intent = text("intents/invoice.toml").unwrap();
        assert!(
            intent.contains("title   = '开\"发票\"' # kept\r\nparent = \"money\"\r\n"),
            "{intent}"
        );
        assert!(
            intent.contains("  \"怎么开发票\", # 常问\r\n  \"发票在哪里开\",\r\n]"),
            "{intent}"
        );
        assert!(
            text("content/zh/invoice.md")
                .unwrap()
                .starts_with("# 开\"发票\"\n")
        );
    }

    #[test]
    fn what_is_no_gap_or_in_the_way() {
        let files = files(&[
            ("intents/gap-invoice.toml", GAP),
            ("intents/tax.toml", "title = \"税\"\n"),
            ("intents/bad.toml", "title = \n"),
        ]);
        let error = |gap: &str, id: &str| answer_gap(&files, &answer(gap, id)).unwrap_err();
        assert_eq!(error("tax", "tax"), EditError::NotAGap("tax".into()));
        assert_eq!(
            error("none-such", "x"),
            EditError::NoIntent("none-such".into())
        );
        assert_eq!(
            error("bad", "x"),
            EditError::NotToml("intents/bad.toml".into())
        );
        assert_eq!(
            error("gap-invoice", "tax"),
            EditError::Exists("intents/tax.toml".into())
        );
        assert_eq!(
            error("gap-invoice", "In Voice"),
            EditError::BadId("In Voice".into())
        );
    }
}
