//! The state of loading. In: the files' bytes, step by step. Out: raw values of all files, and the
//! mistakes found so far. Must not know: what the values become.

use super::content::{ReplyFiles, Variables};
use super::data_files::{DataFiles, FileContent, FileRole};
use super::diagnostic::{Code, Diagnostic, FileTexts};
use super::links::LinkTargets;
use super::parse::SpannedText;
use super::raw::{RawIntent, RawLexicon};
use super::{
    BotSentences, Brand, CannedReply, SavedCalibration, brand_file, canned_file, conflict_marks,
    content, id_check, parse, phrases, schema,
};
use crate::model::Lang;
use std::collections::{BTreeMap, BTreeSet};

/// The state of loading: everything read so far.
#[derive(Default)]
pub(super) struct KnowledgeBuilder {
    pub(super) out: Vec<Diagnostic>,
    pub(super) texts: FileTexts,
    pub(super) roles: BTreeMap<String, FileRole>,
    /// Sorted by id.
    pub(super) intents: Vec<RawIntent>,
    pub(super) lexicon: RawLexicon,
    pub(super) out_of_scope: (String, Vec<SpannedText>),
    pub(super) calibration: Option<SavedCalibration>,
    pub(super) variables: Variables,
    pub(super) replies: ReplyFiles,
    pub(super) sentences: BTreeMap<Lang, BotSentences>,
    pub(super) hot: Vec<SpannedText>,
    pub(super) brand: Brand,
    pub(super) canned: BTreeMap<Lang, Vec<CannedReply>>,
    /// Files with conflict marks: they are not read any further.
    pub(super) conflicts: BTreeSet<String>,
}

impl KnowledgeBuilder {
    /// Decodes the bytes of all data files.
    pub(super) fn open(&mut self, files: &DataFiles) {
        if !files.has_intents_folder {
            let diagnostic = Diagnostic::new(
                Code::NoIntentsFolder,
                "intents/",
                0..0,
                "没有 intents/ 文件夹",
            );
            self.out
                .push(diagnostic.help(
                    "用 --root 指向有 intents/ 和 content/ 的文件夹；`wenlu init --empty 文件夹` 建好空的文件夹",
                ));
            return;
        }
        for (path, entry) in &files.entries {
            self.open_file(path, entry);
        }
        if !self
            .roles
            .values()
            .any(|role| matches!(role, FileRole::Intent(_)))
        {
            let diagnostic = Diagnostic::new(
                Code::NoIntents,
                "intents/",
                0..0,
                "intents/ 里一个意图也没有，现在什么都答不了",
            );
            self.out
                .push(diagnostic.help("在 /admin/import 上传一张问答表，或用 `wenlu import 表格 --into 文件夹` 导入；也可以用 `wenlu new ID` 写第一个意图"));
        }
    }

    fn open_file(&mut self, path: &str, entry: &FileContent) {
        let role = FileRole::of(path);
        let (code, message, help) = match (entry, &role) {
            (_, FileRole::Ignored) => return,
            (_, FileRole::Unknown) => {
                let message = "这里不该有这个文件，它没有被读取";
                let help =
                    "意图是 intents/<id>.toml，回复是 content/zh/<id>.md 和 content/en/<id>.md";
                let diagnostic = Diagnostic::new(Code::UnknownFile, path, 0..0, message);
                return self.out.push(diagnostic.help(help));
            }
            (FileContent::Bytes(bytes), _) => {
                self.decode(path, bytes);
                self.roles.insert(path.to_owned(), role);
                return;
            }
            (FileContent::TooLarge, _) => (
                Code::TooLarge,
                "文件超过 1 MiB".to_owned(),
                "拆成几个意图，或者删掉重复的例句",
            ),
            (FileContent::Unreadable(why), _) => (
                Code::Unreadable,
                format!("读不了这个文件：{why}"),
                "检查文件的权限，以及它是不是普通文件",
            ),
        };
        self.out
            .push(Diagnostic::new(code, path, 0..0, message).help(help));
        self.roles.insert(path.to_owned(), role);
    }

    fn decode(&mut self, path: &str, bytes: &[u8]) {
        // Windows editors put a byte order mark first
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            // the span of the replacement character in the decoded text
            let diagnostic = Diagnostic::new(
                Code::NotUtf8,
                path,
                at..at + 3,
                "文件不是 UTF-8 编码，从这里开始读不出来",
            );
            self.out
                .push(diagnostic.help("用编辑器另存为 UTF-8（不要用 GBK 或 ANSI）"));
        }
        let text = String::from_utf8_lossy(bytes).into_owned();
        if let Some(conflict) = conflict_marks::find_conflict(path, &text) {
            self.out.push(conflict);
            self.conflicts.insert(path.to_owned());
        }
        self.texts.insert(path.to_owned(), text);
    }

    /// Parses the texts to raw values.
    pub(super) fn parse(&mut self) {
        let in_conflict = self.conflicts.contains(VARIABLES_FILE);
        if let Some(text) = self.texts.get(VARIABLES_FILE).filter(|_| !in_conflict) {
            self.variables = content::variables(VARIABLES_FILE, text, &mut self.out);
        }
        let roles = std::mem::take(&mut self.roles);
        for (path, role) in &roles {
            self.parse_file(path, role);
        }
        self.roles = roles;
        if in_conflict {
            self.out
                .retain(|mistake| mistake.code != Code::UnknownVariable);
        }
        self.intents.sort_by(|a, b| a.id.cmp(&b.id));
    }

    /// Parses one file. An unreadable file still defines its id, so that links to it are not
    /// reported as broken.
    fn parse_file(&mut self, path: &str, role: &FileRole) {
        let text = self.texts.get(path).map_or("", String::as_str);
        let in_conflict = self.conflicts.contains(path);
        let out = &mut self.out;
        match role {
            FileRole::Intent(id) => self.intents.push(read_intent(id, path, text, out)),
            FileRole::Reply(lang, id) => {
                let reply = match in_conflict {
                    true => content::ReplyFile::unread(path),
                    false => content::reply(path, text, &self.variables, out),
                };
                self.replies.insert((id.clone(), *lang), reply);
            }
            _ if in_conflict => {}
            FileRole::Lexicon => {
                let table = parse::parse(path, text, &schema::LEXICON, out).table;
                self.lexicon = RawLexicon::read(&table);
                phrases::check_lexicon(path, &self.lexicon, out);
            }
            FileRole::OutOfScope => {
                let table = parse::parse(path, text, &schema::OUT_OF_SCOPE, out).table;
                self.out_of_scope = (path.to_owned(), parse::texts(&table, "examples"));
            }
            FileRole::Calibration => {
                let table = parse::parse(path, text, &schema::CALIBRATION, out).table;
                self.calibration = SavedCalibration::read(&table);
            }
            FileRole::Bot(lang) => {
                let (sentences, hot) = content::sentences(path, *lang, text, &self.variables, out);
                self.sentences.insert(*lang, sentences);
                if *lang == Lang::Zh {
                    self.hot = hot;
                }
            }
            FileRole::Brand => {
                let logo = self.brand.logo.take();
                self.brand = brand_file::read(path, text, &self.variables, out);
                self.brand.logo = logo;
            }
            FileRole::Logo => self.brand.logo = brand_file::read_logo(path, text, out),
            FileRole::CannedReplies(lang) => {
                let replies = canned_file::read(path, text, &self.variables, out);
                self.canned.insert(*lang, replies);
            }
            FileRole::Variables | FileRole::Ignored | FileRole::Unknown => {}
        }
    }

    pub(super) fn cross_check(&mut self) {
        let out = &mut self.out;
        id_check::check_ids(&self.intents, out);
        phrases::check(
            &self.intents,
            (&self.out_of_scope.0, &self.out_of_scope.1),
            out,
        );
        content::compare_sections(&self.replies, out);
        let langs: BTreeSet<Lang> = self.replies.keys().map(|(_, lang)| *lang).collect();
        let intents = self.intents.iter().map(|i| (i.id.as_str(), i)).collect();
        LinkTargets {
            intents: &intents,
            replies: &self.replies,
            langs: &langs,
        }
        .check(Some((HOT_FILE, &self.hot)), out);
    }
}

const VARIABLES_FILE: &str = "content/variables.toml";

/// The file in which `hot` stands.
const HOT_FILE: &str = "content/zh/_bot.toml";

/// The raw intent; without values if something in its bytes was wrong.
fn read_intent(id: &str, path: &str, text: &str, out: &mut Vec<Diagnostic>) -> RawIntent {
    let unread = out.iter().any(|d| d.place.file == *path);
    let mut parsed = if unread {
        parse::ParsedTable::unread()
    } else {
        parse::parse(path, text, &schema::INTENT, out)
    };
    parsed.broken |= unread;
    RawIntent::read(id, path, &parsed)
}
