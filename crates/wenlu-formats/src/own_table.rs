//! The table that an operator who likes spreadsheets works in. In: data files as texts. Out: a row
//! for each intent, with the cells as they are exported; and rows as they were read again, which
//! differ only in what somebody changed. Must not know: files of spreadsheets.
//!
//! A cell is never a formula: `'` stands before what would be one, and is taken away again.

use super::table::roles::ColumnRole;
use std::collections::BTreeMap;
use toml::{Table, Value};
use wenlu_core::knowledge::IntentKind;
use wenlu_core::knowledge::files::FileRole;
use wenlu_core::text::fnv::fnv1a;

/// The id of the row that lists what no intent should answer.
pub const OUT_OF_SCOPE_ROW: &str = "out-of-scope";

/// How the column [`Kind`] says it.
const MENU: &str = "菜单";
const GAP: &str = "没有资料";

/// A column of the table, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnColumn {
    /// The intent's id.
    Id,
    /// Menu or gap; empty for an intent that answers.
    Kind,
    /// The Chinese title.
    Title,
    /// The English title.
    TitleEn,
    /// Its name in other systems.
    Label,
    /// The title of the menu that it belongs to.
    Category,
    /// The examples, one a line.
    Questions,
    /// The Chinese reply: Markdown without its heading, unless that differs from the title.
    Answer,
    /// The English reply.
    AnswerEn,
    /// `#id: wording` lines: what asks for a section of the reply.
    Sections,
    /// Near misses, one a line.
    Not,
    /// What the row was when it was exported.
    Check,
}

use OwnColumn::*;

/// All columns, in order.
pub const OWN_COLUMNS: [OwnColumn; 12] = [
    Id, Kind, Title, TitleEn, Label, Category, Questions, Answer, AnswerEn, Sections, Not, Check,
];

impl OwnColumn {
    /// Its name in the first row.
    pub fn name(self) -> &'static str {
        match self {
            Id => "编号",
            Kind => "种类",
            Title => "标题",
            TitleEn => "英文标题",
            Label => "意图",
            Category => "分类",
            Questions => "问法",
            Answer => "答案",
            AnswerEn => "英文答案",
            Sections => "分节问法",
            Not => "反例",
            Check => "校验",
        }
    }

    pub(crate) fn role(self) -> ColumnRole {
        match self {
            Id => ColumnRole::Id,
            Kind => ColumnRole::Kind,
            Title => ColumnRole::Title,
            TitleEn => ColumnRole::TitleEn,
            Label => ColumnRole::Intent,
            Category => ColumnRole::Category,
            Questions => ColumnRole::Question,
            Answer => ColumnRole::Answer,
            AnswerEn => ColumnRole::AnswerEn,
            Sections => ColumnRole::Sections,
            Not => ColumnRole::Not,
            Check => ColumnRole::Check,
        }
    }

    /// A column that every table has, even if it is empty.
    pub(crate) fn is_always_there(self) -> bool {
        !matches!(self, TitleEn | Label | AnswerEn | Sections | Not)
    }
}

/// A row of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnRow {
    /// The row of the file that it was read from; 0: of none.
    pub line: usize,
    cells: BTreeMap<OwnColumn, String>,
}

impl OwnRow {
    /// An empty row that was read there.
    pub(crate) fn at(line: usize) -> Self {
        Self {
            line,
            cells: BTreeMap::new(),
        }
    }

    /// The cell; empty if the table lacks the column.
    pub fn cell(&self, column: OwnColumn) -> &str {
        self.cells.get(&column).map_or("", String::as_str)
    }

    /// Whether the table has the column.
    pub fn has(&self, column: OwnColumn) -> bool {
        self.cells.contains_key(&column)
    }

    /// What the intent does when it is chosen.
    pub fn kind(&self) -> IntentKind {
        match self.cell(Kind) {
            MENU => IntentKind::Menu,
            GAP => IntentKind::Gap,
            _ => IntentKind::Answer,
        }
    }

    /// The lines of a cell that are not empty.
    pub fn lines(&self, column: OwnColumn) -> Vec<String> {
        let lines = self.cell(column).lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// A hash of all cells but the last: tells whether the intent has changed since an export.
    pub fn check(&self) -> String {
        let columns = OWN_COLUMNS.into_iter().filter(|column| *column != Check);
        let hash = fnv1a(columns.flat_map(|column| [self.cell(column).as_bytes(), &[0]]));
        // a letter first, so that no spreadsheet takes it for a number
        format!("v{hash:016x}")
    }

    pub(crate) fn set(&mut self, column: OwnColumn, cell: &str) {
        let text = cell.replace("\r\n", "\n");
        self.cells.insert(column, text.trim().to_owned());
    }
}

/// The rows of data files that load, by id; what is out of scope comes last.
pub fn own_rows(texts: &BTreeMap<String, String>) -> Vec<OwnRow> {
    let intents: BTreeMap<&str, Table> = texts
        .iter()
        .filter_map(|(path, text)| match FileRole::of(path) {
            FileRole::Intent(_) => {
                let id = path.strip_prefix("intents/")?.strip_suffix(".toml")?;
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                Some((id, text.parse().ok()?))
            }
            _ => None,
        })
        .collect();
    let titles: BTreeMap<&str, &str> = intents
        .iter()
        .filter_map(|(id, table)| Some((*id, table.get("title")?.as_str()?)))
        .collect();
    let mut rows: Vec<OwnRow> = intents
        .iter()
        .map(|(id, table)| own_row(id, table, &titles, texts))
        .collect();
    let outside: Option<Table> = texts
        .get("intents/out-of-scope.toml")
        .and_then(|text| text.parse().ok());
    if let Some(table) = outside {
        let mut row = OwnRow::default();
        row.set(Id, OUT_OF_SCOPE_ROW);
        row.set(Title, "范围外的话");
        row.set(Questions, &texts_of(table.get("examples")).join("\n"));
        rows.push(row);
    }
    rows
}

fn own_row(
    id: &str,
    table: &Table,
    titles: &BTreeMap<&str, &str>,
    texts: &BTreeMap<String, String>,
) -> OwnRow {
    let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default();
    let flag = |key: &str| table.get(key).and_then(Value::as_bool) == Some(true);
    let title = text("title");
    let reply = |lang: &str, title: &str| {
        let path = format!("content/{lang}/{id}.md");
        texts
            .get(&path)
            .map_or(String::new(), |reply| without_title(reply, title))
    };
    let mut row = OwnRow::default();
    row.set(Id, id);
    row.set(
        Kind,
        match (flag("menu"), flag("gap")) {
            (true, _) => MENU,
            (_, true) => GAP,
            _ => "",
        },
    );
    row.set(Title, title);
    row.set(TitleEn, text("title_en"));
    row.set(Label, text("label"));
    row.set(
        Category,
        titles.get(text("parent")).copied().unwrap_or_default(),
    );
    row.set(Questions, &texts_of(table.get("examples")).join("\n"));
    row.set(Answer, &reply("zh", title));
    let title_en = Some(text("title_en")).filter(|title| !title.is_empty());
    row.set(AnswerEn, &reply("en", title_en.unwrap_or(title)));
    row.set(Sections, &sections(table));
    row.set(Not, &texts_of(table.get("not")).join("\n"));
    row
}

/// `[section.how-long] examples = ["要多久"]` → `#how-long: 要多久`
fn sections(table: &Table) -> String {
    let parts = table.get("section").and_then(Value::as_table);
    let mut lines = Vec::new();
    for (id, section) in parts.into_iter().flatten() {
        let examples = section
            .as_table()
            .and_then(|section| section.get("examples"));
        lines.extend(
            texts_of(examples)
                .iter()
                .map(|text| format!("#{id}: {text}")),
        );
    }
    lines.join("\n")
}

/// The wordings of each section, as the cell names them.
pub fn section_lines(lines: &[String]) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for line in lines {
        let Some((id, text)) = line
            .strip_prefix('#')
            .and_then(|line| line.split_once([':', '：']))
        else {
            continue;
        };
        let (id, text) = (id.trim().to_owned(), text.trim().to_owned());
        match found.iter_mut().find(|(known, _)| *known == id) {
            Some((_, texts)) => texts.push(text),
            None => found.push((id, vec![text])),
        }
    }
    found
}

/// One wording a line: a line break within one would be two.
fn texts_of(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array);
    let texts = items.into_iter().flatten().filter_map(Value::as_str);
    texts
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// A reply without its heading, if that is the title.
fn without_title(reply: &str, title: &str) -> String {
    let reply = reply.replace("\r\n", "\n");
    let text = reply.trim_start_matches('\u{feff}').trim();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let heading = first.strip_prefix("# ").map(str::trim);
    match heading.is_some_and(|heading| heading == title || heading == super::names::plain(title)) {
        true => rest.trim().to_owned(),
        false => text.to_owned(),
    }
}

/// The Markdown file of a cell.
pub fn reply_file(title: &str, cell: &str) -> String {
    match cell.starts_with("# ") {
        true => format!("{}\n", cell.trim_end()),
        false => format!("# {}\n\n{}\n", super::names::plain(title), cell.trim_end()),
    }
}
