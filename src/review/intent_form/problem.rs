//! What is wrong with a form, by field. In: the data files as the form would make them. Out: problems in
//! words for the person who fills it in. Must not know: HTML; how the files are changed.

use super::follow_up_rows;
use super::form::{IntentForm, OpenedForm, SectionRow, one_line};
use super::read::{intent_path, reply_path};
use std::ops::Range;
use wenlu_core::knowledge::IntentKind;
use wenlu_core::knowledge::diagnostic::{Code, Diagnostic, FileTexts};
use wenlu_core::knowledge::files::{DataFiles, validate_files};
use wenlu_core::knowledge::raw::RawIntent;
use wenlu_core::knowledge::unwritten::find_unwritten;
use wenlu_core::knowledge::{parse, schema};
use wenlu_core::model::Lang;

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormField {
    Id,
    Title,
    TitleEn,
    Parent,
    Reply(Lang),
    Examples,
    Not,
    Keywords,
    Related,
    FollowUps,
    Action,
    Sections,
    Tests,
    /// The form as a whole.
    Whole,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormProblem {
    pub field: FormField,
    pub words: String,
}

impl FormProblem {
    pub fn at(field: FormField, words: impl Into<String>) -> Self {
        let words = words.into();
        FormProblem { field, words }
    }
}

/// Characters of a text that is quoted.
const MOST_QUOTED: usize = 30;

/// What keeps the intent from being published: what is missing in the form, and the mistakes in its
/// own files. `files` have the form's change in them.
pub fn problems_of(
    files: &DataFiles,
    id: &str,
    opened: &OpenedForm,
    form: &IntentForm,
) -> Vec<FormProblem> {
    let mut all = missing(opened, form);
    let places = FormPlaces::of(files, id);
    let found = validate_files(files).err();
    let texts = found.as_ref().map(|error| &error.texts);
    for mistake in found.iter().flat_map(|error| error.errors()) {
        let problem = texts.and_then(|texts| places.problem(mistake, texts));
        // an unwritten reply is told in words of its own
        all.extend(problem.filter(|one| !all.contains(one)));
    }
    all.sort_by_key(|problem| problem.field);
    all
}

fn missing(opened: &OpenedForm, form: &IntentForm) -> Vec<FormProblem> {
    let mut all = Vec::new();
    if opened.kind == IntentKind::Answer && !form.acts() && !form.has_reply() {
        let words = "请写答复；中文、英文写一种就可以发布";
        all.push(FormProblem::at(FormField::Reply(Lang::Zh), words));
    }
    let is_half = |line: &&String| follow_up_rows::parts(line).is_none();
    for line in form.follow_ups.iter().filter(is_half) {
        let words =
            format!("“{line}”要写成“要多久 = #小节的名字”：前面是追问的话，后面是答复里的那一节");
        all.push(FormProblem::at(FormField::FollowUps, words));
    }
    let astray = |row: &&SectionRow| row.id.is_empty() && !row.examples.is_empty();
    for row in form.sections.iter().filter(astray) {
        let words = match row.title.as_str() {
            "" => "请写上这几句话属于哪一节：小节的标题".to_owned(),
            title => format!("答复里没有“{title}”这一节：先用“小节”按钮加上，标题要一样"),
        };
        all.push(FormProblem::at(FormField::Sections, words));
    }
    for (lang, reply) in &form.replies {
        if let Some(place) = find_unwritten(reply).filter(|_| !form.acts()) {
            let quoted = quote(reply, &place.span);
            let words = format!("{quoted}这里还没有写完");
            all.push(FormProblem::at(FormField::Reply(*lang), words));
        }
    }
    all
}

/// Where the texts of the intent's file stand.
struct FormPlaces {
    path: String,
    replies: Vec<(String, Lang)>,
    spans: Vec<(Range<usize>, FormField)>,
}

impl FormPlaces {
    fn of(files: &DataFiles, id: &str) -> Self {
        let path = intent_path(id);
        let text = files.text(&path).unwrap_or_default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let parsed = parse::parse(&path, text, &schema::INTENT, &mut Vec::new());
        let raw = RawIntent::read(id, &path, &parsed);
        let one = |text: &Option<parse::SpannedText>, field| {
            text.as_ref().map(|text| (text.span.clone(), field))
        };
        let all = |texts: &[parse::SpannedText], field| -> Vec<_> {
            texts
                .iter()
                .map(|text| (text.span.clone(), field))
                .collect()
        };
        let mut spans: Vec<(Range<usize>, FormField)> = [
            one(&raw.title, FormField::Title),
            one(&raw.title_en, FormField::TitleEn),
            one(&raw.parent, FormField::Parent),
            one(&raw.action, FormField::Action),
        ]
        .into_iter()
        .flatten()
        .collect();
        spans.extend(all(&raw.examples, FormField::Examples));
        spans.extend(all(&raw.not, FormField::Not));
        spans.extend(all(&raw.related, FormField::Related));
        for keyword in &raw.keywords {
            spans.push((keyword.written.span.clone(), FormField::Keywords));
        }
        for (phrase, target) in &raw.follow_ups {
            spans.push((phrase.span.clone(), FormField::FollowUps));
            spans.push((target.span.clone(), FormField::FollowUps));
        }
        for test in &raw.tests {
            spans.push((test.say.span.clone(), FormField::Tests));
            spans.extend(one(&test.shows, FormField::Tests));
        }
        let reply = |lang| (reply_path(id, lang), lang);
        FormPlaces {
            path,
            replies: Lang::ALL.map(reply).to_vec(),
            spans,
        }
    }

    /// `None` for a mistake that has nothing to do with the form.
    fn problem(&self, mistake: &Diagnostic, texts: &FileTexts) -> Option<FormProblem> {
        // said by `missing`
        if matches!(mistake.code, Code::MissingReply | Code::EmptyMenu) {
            return None;
        }
        let places = std::iter::once(&mistake.place).chain(mistake.others.iter().map(|(it, _)| it));
        let found = places.into_iter().find_map(|place| {
            let field = self.field(&place.file, &place.span)?;
            Some((field, place))
        });
        let (field, place) = found?;
        let text = texts.get(&place.file).map_or("", String::as_str);
        let quoted = quote(text, &place.span);
        let help = match &mistake.help {
            Some(help) => format!("。{help}"),
            None => String::new(),
        };
        let words = format!("{quoted}{}{help}", mistake.message);
        Some(FormProblem::at(field, words))
    }

    fn field(&self, file: &str, span: &Range<usize>) -> Option<FormField> {
        if let Some((_, lang)) = self.replies.iter().find(|(path, _)| path == file) {
            return Some(FormField::Reply(*lang));
        }
        if file != self.path {
            return None;
        }
        let touches = |own: &Range<usize>| own.start < span.end && span.start < own.end;
        let found = self.spans.iter().find(|(own, _)| touches(own));
        Some(found.map_or(FormField::Whole, |(_, field)| *field))
    }
}

/// The text at a place, in quotes; empty if there is none.
fn quote(text: &str, span: &Range<usize>) -> String {
    let piece = text.get(span.clone()).unwrap_or_default();
    let line = one_line(piece.trim_matches(['"', '\'']));
    match line.char_indices().nth(MOST_QUOTED) {
        _ if line.is_empty() => String::new(),
        Some((end, _)) => format!("“{}…”：", &line[..end]),
        None => format!("“{line}”："),
    }
}
