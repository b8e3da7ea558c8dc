//! From files to [`Knowledge`]: the whole, or all mistakes in all files at once. In: the files'
//! bytes. Out: [`LoadedKnowledge`] or [`LoadError`]. Pure: `files` does the reading.

use super::content::{self, Replies, Reply, Variables};
use super::diagnostic::{self, Code, Diagnostic, Texts};
use super::files::{Entry, Files, Role, is_id, reserved};
use super::links::Links;
use super::parse::{self, Text};
use super::raw::{RawIntent, RawLexicon};
use super::unwritten::Sign;
use super::{Intent, Knowledge, SavedCalibration, Sentences, conflict_marks, schema, value, wording};
use crate::message::Lang;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Knowledge without errors.
#[derive(Debug)]
pub struct Loaded {
    pub knowledge: Knowledge,
    pub warnings: Vec<Diagnostic>,
    /// The texts that the warnings quote.
    pub texts: Texts,
}

/// All mistakes, and the texts that they quote.
#[derive(Debug, thiserror::Error)]
pub struct LoadError {
    pub diagnostics: Vec<Diagnostic>,
    pub texts: Texts,
}

impl LoadError {
    /// Each mistake with its line and caret.
    pub fn render(&self, color: bool) -> String {
        diagnostic::render(&self.diagnostics, &self.texts, color)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.diagnostics.iter().filter(|d| d.is_error()).count();
        write!(f, "知识文件里有 {errors} 处错误\n\n{}", self.render(false).trim_end())
    }
}

/// Validates `files`. Sentences that are missing are taken from `shipped`, by language. Fails if
/// any diagnostic is an error.
pub fn read(files: &Files, shipped: &BTreeMap<Lang, Sentences>) -> Result<Loaded, LoadError> {
    let mut book = Book::default();
    book.open(files);
    book.parse();
    book.cross_check();
    let Book { mut out, texts, .. } = book;
    diagnostic::settle(&mut out, &texts);
    if out.iter().any(Diagnostic::is_error) {
        return Err(LoadError { diagnostics: out, texts });
    }
    let unwritten = unwritten(&book.intents, &book.replies);
    let intent = |raw: &RawIntent| {
        let text = texts.get(&raw.file).map_or("", String::as_str);
        value::intent(raw, text, unwritten.contains(&raw.id))
    };
    let intents: Vec<Intent> = book.intents.iter().map(intent).collect();
    // intents that cannot be answered yet are not offered
    let hot: Vec<String> = value::texts(book.hot).into_iter().filter(|id| !unwritten.contains(id)).collect();
    let is_shown = |((id, _), reply): &((String, Lang), Reply)| reply.unwritten.is_none() && !unwritten.contains(id);
    let (shown, hidden): (Vec<_>, Vec<_>) = book.replies.into_iter().partition(is_shown);
    let has_code = |reply: &Reply| reply.unwritten.as_ref().is_some_and(|place| place.sign == Sign::ForeignCode);
    let hidden = hidden.into_iter().filter(|(_, reply)| has_code(reply));
    let document = |(key, reply): ((String, Lang), Reply)| (key, reply.document);
    let knowledge = Knowledge {
        hot: if hot.is_empty() { value::usual_topics(&intents) } else { hot },
        intents,
        lexicon: value::lexicon(book.lexicon),
        out_of_scope: value::texts(book.out_of_scope.1),
        calibration: book.calibration,
        replies: shown.into_iter().map(document).collect(),
        unwritten_replies: hidden.map(document).collect(),
        sentences: value::sentences(book.sentences, shipped),
        version: value::version(files),
    };
    Ok(Loaded { knowledge, warnings: out, texts })
}

/// The intents whose Chinese reply is unwritten; the other languages fall back to it. Intents with
/// an action, which hand over to a person, need no reply.
fn unwritten(intents: &[RawIntent], replies: &Replies) -> BTreeSet<String> {
    let answers = intents.iter().filter(|i| i.menu.is_none() && i.gap.is_none() && i.action.is_none());
    let reply = |i: &RawIntent| replies.get(&(i.id.clone(), Lang::Zh));
    answers.filter(|i| reply(i).is_some_and(|reply| reply.unwritten.is_some())).map(|i| i.id.clone()).collect()
}

/// The state of loading: everything read so far.
#[derive(Default)]
struct Book {
    out: Vec<Diagnostic>,
    texts: Texts,
    roles: BTreeMap<String, Role>,
    /// Sorted by id.
    intents: Vec<RawIntent>,
    lexicon: RawLexicon,
    out_of_scope: (String, Vec<Text>),
    calibration: Option<SavedCalibration>,
    variables: Variables,
    replies: Replies,
    sentences: BTreeMap<Lang, Sentences>,
    hot: Vec<Text>,
    /// Files with conflict marks: they are not read any further.
    conflicts: BTreeSet<String>,
}

const VARIABLES_FILE: &str = "content/variables.toml";
/// The file in which `hot` stands.
const HOT_FILE: &str = "content/zh/_bot.toml";

impl Book {
    /// Decodes the bytes of all data files.
    fn open(&mut self, files: &Files) {
        if !files.has_intents_folder {
            let diagnostic = Diagnostic::new(Code::NoIntentsFolder, "intents/", 0..0, "没有 intents/ 文件夹");
            self.out
                .push(diagnostic.help(
                    "用 --root 指向有 intents/ 和 content/ 的文件夹；`wenlu init --empty 文件夹` 建好空的文件夹",
                ));
            return;
        }
        for (path, entry) in &files.entries {
            let role = Role::of(path);
            match (entry, &role) {
                (_, Role::Ignored) => continue,
                (_, Role::Unknown) => {
                    let diagnostic = Diagnostic::new(Code::UnknownFile, path, 0..0, "这里不该有这个文件，它没有被读取");
                    self.out.push(
                        diagnostic.help("意图是 intents/<id>.toml，回复是 content/zh/<id>.md 和 content/en/<id>.md"),
                    );
                    continue;
                }
                (Entry::Bytes(bytes), _) => self.decode(path, bytes),
                (Entry::TooLarge, _) => {
                    let diagnostic = Diagnostic::new(Code::TooLarge, path, 0..0, "文件超过 1 MiB");
                    self.out.push(diagnostic.help("拆成几个意图，或者删掉重复的例句"));
                }
                (Entry::Unreadable(why), _) => {
                    let diagnostic = Diagnostic::new(Code::Unreadable, path, 0..0, format!("读不了这个文件：{why}"));
                    self.out.push(diagnostic.help("检查文件的权限，以及它是不是普通文件"));
                }
            }
            self.roles.insert(path.clone(), role);
        }
        if !self.roles.values().any(|role| matches!(role, Role::Intent(_))) {
            let diagnostic = Diagnostic::new(Code::NoIntents, "intents/", 0..0, "intents/ 里一个意图也没有");
            self.out.push(diagnostic.help("用 `wenlu new ID` 建立第一个意图"));
        }
    }

    fn decode(&mut self, path: &str, bytes: &[u8]) {
        // Windows editors put a byte order mark first
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            // the span of the replacement character in the decoded text
            let diagnostic =
                Diagnostic::new(Code::NotUtf8, path, at..at + 3, "文件不是 UTF-8 编码，从这里开始读不出来");
            self.out.push(diagnostic.help("用编辑器另存为 UTF-8（不要用 GBK 或 ANSI）"));
        }
        let text = String::from_utf8_lossy(bytes).into_owned();
        if let Some(conflict) = conflict_marks::find_conflict(path, &text) {
            self.out.push(conflict);
            self.conflicts.insert(path.to_owned());
        }
        self.texts.insert(path.to_owned(), text);
    }

    /// Parses the texts to raw values.
    fn parse(&mut self) {
        let out = &mut self.out;
        let in_conflict = |path: &str| self.conflicts.contains(path);
        if let Some(text) = self.texts.get(VARIABLES_FILE).filter(|_| !in_conflict(VARIABLES_FILE)) {
            self.variables = content::variables(VARIABLES_FILE, text, out);
        }
        for (path, role) in &self.roles {
            // an unreadable file still defines its id, so that links to it are not reported as
            // broken
            let text = self.texts.get(path).map_or("", String::as_str);
            match role {
                Role::Intent(id) => {
                    let unread = out.iter().any(|d| d.place.file == *path);
                    let mut parsed =
                        if unread { parse::Parsed::unread() } else { parse::parse(path, text, &schema::INTENT, out) };
                    parsed.broken |= unread;
                    self.intents.push(RawIntent::read(id, path, &parsed));
                }
                Role::Reply(lang, id) if in_conflict(path) => {
                    self.replies.insert((id.clone(), *lang), content::Reply::unread(path));
                }
                _ if in_conflict(path) => {}
                Role::Lexicon => {
                    self.lexicon = RawLexicon::read(&parse::parse(path, text, &schema::LEXICON, out).table);
                    wording::check_lexicon(path, &self.lexicon, out);
                }
                Role::OutOfScope => {
                    let table = parse::parse(path, text, &schema::OUT_OF_SCOPE, out).table;
                    self.out_of_scope = (path.clone(), parse::texts(&table, "examples"));
                }
                Role::Calibration => {
                    self.calibration =
                        SavedCalibration::read(&parse::parse(path, text, &schema::CALIBRATION, out).table);
                }
                Role::Reply(lang, id) => {
                    let reply = content::reply(path, text, &self.variables, out);
                    self.replies.insert((id.clone(), *lang), reply);
                }
                Role::Bot(lang) => {
                    let (sentences, hot) = content::sentences(path, *lang, text, &self.variables, out);
                    self.sentences.insert(*lang, sentences);
                    if *lang == Lang::Zh {
                        self.hot = hot;
                    }
                }
                Role::Variables | Role::Ignored | Role::Unknown => {}
            }
        }
        if in_conflict(VARIABLES_FILE) {
            out.retain(|mistake| mistake.code != Code::UnknownVariable);
        }
        self.intents.sort_by(|a, b| a.id.cmp(&b.id));
    }

    fn cross_check(&mut self) {
        let out = &mut self.out;
        ids(&self.intents, out);
        wording::check(&self.intents, (&self.out_of_scope.0, &self.out_of_scope.1), out);
        content::compare(&self.replies, out);
        let langs: BTreeSet<Lang> = self.replies.keys().map(|(_, lang)| *lang).collect();
        let intents = self.intents.iter().map(|i| (i.id.as_str(), i)).collect();
        Links { intents: &intents, replies: &self.replies, langs: &langs }.check(Some((HOT_FILE, &self.hot)), out);
    }
}

/// Whether it is the label that stands for no intent in tables of examples.
fn reserved_label(label: &str) -> bool {
    label == crate::eval::NONE
}

fn ids(intents: &[RawIntent], out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &RawIntent> = BTreeMap::new();
    for intent in intents {
        let lower = intent.id.to_lowercase();
        let label = intent.label.as_ref().filter(|label| reserved_label(&label.value));
        if let Some(meaning) = reserved(&intent.id) {
            let message = format!("`{}` 是保留的名字，不能作意图的 id", intent.id);
            let help = format!("{meaning}；给 {0}.toml 和它的回复 {0}.md 换一个名字", intent.id);
            out.push(Diagnostic::new(Code::ReservedId, &intent.file, 0..0, message).help(help));
        } else if let Some(label) = label {
            let message = format!("`{}` 是保留的名字，不能作意图的 label", label.value);
            let help = "在例句表里它表示不属于任何意图，导出之后这个意图就没有了；换一个名字，或者删掉";
            out.push(Diagnostic::new(Code::ReservedId, &intent.file, label.span.clone(), message).help(help));
        }
        if !is_id(&intent.id) && reserved(&intent.id).is_none() {
            let better: String =
                lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(48).collect();
            let better = better.trim_matches('-');
            let help = match is_id(better) {
                true => format!("改名为 {better}.toml：小写英文字母、数字和 `-`，最多 48 个"),
                false => "用小写英文字母、数字和 `-`，最多 48 个".to_owned(),
            };
            let message = format!("文件名 `{}` 不能作意图的 id", intent.id);
            out.push(Diagnostic::new(Code::BadId, &intent.file, 0..0, message).help(help));
        }
        if let Some(first) = seen.insert(lower, intent) {
            let message = format!("id `{}` 和另一个文件只差大小写", intent.id);
            out.push(
                Diagnostic::new(Code::DuplicateId, &intent.file, 0..0, message)
                    .also(&first.file, 0..0, "另一个")
                    .help("有的系统不分大小写，会把它们当成一个文件；改掉其中一个的名字"),
            );
        }
    }
}
