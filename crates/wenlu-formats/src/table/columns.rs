//! What the columns of a table mean. In: its first rows, or what the caller says. Out: a plan, or
//! the refusal to guess. Must not know: what is done with the cells.

use super::header::{DEEPEST_HEADER, names_columns, roles_of};
use super::roles::{ColumnRole, exact_role, normal, role_of};
use super::sheet::{SheetRow, TableSheet};
use super::signs::{is_ascii_word, is_asked, is_figure, is_label_column};
use crate::{ImportError, ImportLocation, UnnamedColumns, excerpt};
use std::str::FromStr;

use ColumnRole::*;

/// What the columns are, as somebody says who knows the table.
///
/// `question=2,answer=3`: by number from 1, by letter, or by the name in the first row.
/// `header=yes` or `header=no` says whether the first row holds names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableColumns {
    roles: Vec<(ColumnRole, String)>,
    header: Option<bool>,
}

/// What is wrong with `--columns`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ColumnsError(String);

impl FromStr for TableColumns {
    type Err = ColumnsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut columns = Self::default();
        for part in text
            .split([',', '，'])
            .filter(|part| !part.trim().is_empty())
        {
            let Some((name, at)) = part.split_once('=') else {
                let what = format!("{} 要写成 question=2 这样", excerpt(part));
                return Err(ColumnsError(what));
            };
            let (name, at) = (name.trim(), at.trim());
            if ["header", "表头"].contains(&name) {
                columns.header = Some(match at {
                    "yes" | "true" | "有" => true,
                    "no" | "false" | "没有" => false,
                    _ => return Err(ColumnsError("header 只能是 yes 或 no".to_owned())),
                });
                continue;
            }
            let Some(role) = role_of(name) else {
                return Err(ColumnsError(format!(
                    "不知道 {} 是什么列；可以写 question、similar、answer、intent、title、category、id",
                    excerpt(name)
                )));
            };
            columns.roles.push((role, at.to_owned()));
        }
        let has = |role: ColumnRole| columns.roles.iter().any(|(other, _)| *other == role);
        if !(has(Question) || has(Title)) || !(has(Answer) || has(Intent)) {
            let what = "要说明哪一列是 question，和哪一列是 answer 或 intent";
            return Err(ColumnsError(what.to_owned()));
        }
        Ok(columns)
    }
}

/// What the columns of one table mean.
#[derive(Debug)]
pub(crate) struct ColumnPlan {
    roles: Vec<Option<ColumnRole>>,
    /// The names in the table; empty without such a row.
    names: Vec<String>,
    /// How many rows stand above the names.
    pub heading: usize,
    /// Index of the first row that is no name.
    pub first: usize,
    why: &'static str,
}

impl ColumnPlan {
    pub(super) fn of(sheet: &TableSheet, said: Option<&TableColumns>) -> Result<Self, ImportError> {
        if let Some(said) = said {
            return Self::said(sheet, said);
        }
        let above = |at: usize| sheet.rows.iter().take(at).all(|row| row.width() <= 1);
        let header = sheet
            .rows
            .iter()
            .take(DEEPEST_HEADER)
            .position(names_columns);
        match header.filter(|at| above(*at)) {
            Some(at) => Ok(Self::named(&sheet.rows, at)),
            None => Self::unnamed(sheet),
        }
    }

    fn named(rows: &[SheetRow], at: usize) -> Self {
        let names = rows.get(at).map_or(&[][..], |row| &row.cells);
        let mut plan = Self {
            roles: roles_of(names),
            names: names.iter().map(|name| name.trim().to_owned()).collect(),
            heading: at,
            first: at + 1,
            why: "表头",
        };
        plan.leave_unused();
        plan
    }

    /// A column that this kind of table has no use for is one of unknown meaning: what stands in it
    /// is named as lost.
    fn leave_unused(&mut self) {
        let is_used: fn(ColumnRole) -> bool = match self.has(Answer) {
            _ if self.is_ours() => return,
            true => |role| !matches!(role, Sections | Kind | Check),
            false => |role| matches!(role, Question | Intent | Category | Id | Nothing),
        };
        for role in &mut self.roles {
            *role = role.filter(|role| is_used(*role));
        }
    }

    /// Utterances and intents need no names: the intents show what they are.
    fn unnamed(sheet: &TableSheet) -> Result<Self, ImportError> {
        let width = sheet.rows.iter().map(SheetRow::width).max().unwrap_or(0);
        let shows_labels = width == 2 && shows_labels(&sheet.rows);
        let one = sheet.rows.iter().find(|row| row.cells.len() < 2);
        if let Some(row) = one.filter(|_| shows_labels) {
            let what = "这一行只有一列；要写成 句子、意图 两列";
            return Err(ImportLocation::line(&sheet.name, row.line).problem(what));
        }
        // a first row of names that tell of no second column is a row of names nevertheless
        let is_named = sheet.rows.first().is_some_and(|row| {
            let mut cells = row.cells.iter();
            cells.any(|name| exact_role(name).is_some_and(|role| role != Nothing))
        });
        if shows_labels && !is_named {
            return Ok(Self {
                roles: vec![Some(Question), Some(Intent)],
                names: Vec::new(),
                heading: 0,
                first: 0,
                why: "没有表头，右边一列是少数几个短的名字",
            });
        }
        Err(unknown_header(sheet, width))
    }

    fn said(sheet: &TableSheet, said: &TableColumns) -> Result<Self, ImportError> {
        let empty = Vec::new();
        let first = sheet.rows.first().map_or(&empty, |row| &row.cells);
        let place = ImportLocation::line(&sheet.name, sheet.rows.first().map_or(0, |row| row.line));
        let mut roles = vec![None; sheet.rows.iter().map(SheetRow::width).max().unwrap_or(0)];
        let mut by_name = false;
        for (role, at) in &said.roles {
            let named = first.iter().position(|name| normal(name) == normal(at));
            by_name |= named.is_some() && number(at).is_none();
            let index = number(at).or(named).filter(|index| *index < roles.len());
            let Some(slot) = index.and_then(|index| roles.get_mut(index)) else {
                let what = format!(
                    "没有第 {at} 列，或者叫 {at} 的列；这张表有 {} 列",
                    roles.len()
                );
                return Err(place.problem(what));
            };
            *slot = Some(*role);
        }
        let asks = roles
            .iter()
            .position(|role| matches!(role, Some(Question | Title)))
            .and_then(|at| first.get(at));
        let is_header = said
            .header
            .unwrap_or_else(|| by_name || asks.is_none_or(|cell| !is_asked(cell)));
        Ok(Self {
            roles,
            names: match is_header {
                true => first.iter().map(|name| name.trim().to_owned()).collect(),
                false => Vec::new(),
            },
            heading: 0,
            first: usize::from(is_header),
            why: match is_header {
                true => "您指定的列，第一行当作表头",
                false => "您指定的列，没有表头",
            },
        })
    }

    pub(super) fn has(&self, role: ColumnRole) -> bool {
        self.at(role).is_some()
    }

    /// The first column of that role.
    pub(super) fn at(&self, role: ColumnRole) -> Option<usize> {
        self.roles.iter().position(|found| *found == Some(role))
    }

    /// All columns of that role.
    pub(super) fn all(&self, role: ColumnRole) -> impl Iterator<Item = usize> + '_ {
        let with_index = self.roles.iter().enumerate();
        with_index
            .filter(move |(_, found)| **found == Some(role))
            .map(|(at, _)| at)
    }

    /// A table that we wrote.
    pub(super) fn is_ours(&self) -> bool {
        self.has(Id) && self.has(Check)
    }

    /// FastGPT writes the names of its first three columns, and wordings in all that follow.
    pub(super) fn goes_on(&self) -> bool {
        let names: Vec<String> = self.names.iter().map(|name| normal(name)).collect();
        names == ["q", "a", "indexes"]
    }

    /// WeChat's table of skills.
    pub(super) fn is_wechat(&self) -> bool {
        let has = |name: &str| self.names.iter().any(|own| normal(own) == name);
        has("技能名称") && has("机器人回答")
    }

    /// The table of QnA Maker.
    pub(super) fn is_qnamaker(&self) -> bool {
        let has = |name: &str| self.names.iter().any(|own| normal(own) == name);
        has("question")
            && has("answer")
            && (has("metadata") || has("qnaid") || has("suggestedquestions"))
    }

    /// The width of the row of names.
    pub(super) fn width(&self) -> Option<usize> {
        let last = self.names.iter().rposition(|name| !name.is_empty());
        last.map(|at| at + 1)
    }

    pub(super) fn name(&self, at: usize) -> String {
        match self.names.get(at).filter(|name| !name.is_empty()) {
            Some(name) => name.clone(),
            None => format!("第 {} 列", at + 1),
        }
    }

    /// The columns with a name that means nothing here.
    pub(super) fn unknown(&self) -> impl Iterator<Item = (usize, String)> + '_ {
        let with_index = self.roles.iter().enumerate();
        with_index
            .filter(|(_, role)| role.is_none())
            .map(|(at, _)| (at, self.name(at)))
    }

    /// What the table was taken for, in one line.
    pub(super) fn found(&self, sheet: &TableSheet, marks: &[String]) -> String {
        let kind = match self.has(Answer) {
            _ if self.is_ours() => "问路自己导出的表格",
            _ if self.is_wechat() => "微信对话开放平台的技能表",
            _ if self.is_qnamaker() => "QnA Maker 的问答表",
            _ if self.goes_on() => "FastGPT 的问答表",
            true => "问答表",
            false => "句子和意图的表",
        };
        let columns: Vec<String> = self
            .roles
            .iter()
            .enumerate()
            .filter_map(|(at, role)| {
                let role = role.filter(|role| *role != Nothing)?;
                Some(format!("{}＝{role}", self.name(at)))
            })
            .collect();
        let marks: String = marks.iter().map(|mark| format!("；{mark}")).collect();
        let (name, how, why) = (&sheet.name, &sheet.how, self.why);
        format!(
            "{name}：{kind}（{how}）。依据：{why}；{}{marks}",
            columns.join("，")
        )
    }
}

/// Whether two columns without known names are utterances and intents.
fn shows_labels(rows: &[SheetRow]) -> bool {
    let (mut figures, mut texts) = (0usize, 0usize);
    for row in rows.iter().filter(|row| !row.cell(0).trim().is_empty()) {
        texts += 1;
        figures += usize::from(is_figure(row.cell(0)));
    }
    is_label_column(rows.iter().map(|row| row.cell(1)))
        && !begins_with_names(rows)
        && figures * 2 <= texts
}

/// Whether the first row looks like names of columns that are not known: two words, of which the
/// second is no label of any other row; or a word above numbers.
fn begins_with_names(rows: &[SheetRow]) -> bool {
    let Some((first, below)) = rows.split_first().filter(|(_, below)| !below.is_empty()) else {
        return false;
    };
    let label = first.cell(1).trim();
    let mut labels = below.iter().map(|row| row.cell(1).trim());
    // a row without a label is refused by its own line, which says more
    if labels.clone().any(str::is_empty) {
        return false;
    }
    let is_above_figures = !is_figure(label) && labels.clone().all(is_figure);
    let are_words = is_ascii_word(first.cell(0)) && is_ascii_word(label);
    is_above_figures || are_words && labels.all(|other| other != label)
}

fn unknown_header(sheet: &TableSheet, width: usize) -> ImportError {
    let first = sheet.rows.first();
    let place = ImportLocation::line(&sheet.name, first.map_or(0, |row| row.line));
    if width < 2 {
        let what = match width {
            0 => "里面没有一句带意图的例句，没有可以导入的内容",
            _ => "这张表只有一列；要有问题和答案，或者句子和意图",
        };
        return place.problem(what);
    }
    let cells = |at: usize| {
        sheet
            .rows
            .get(at)
            .map_or(Vec::new(), |row| row.cells.clone())
    };
    let names: Vec<String> = cells(0).iter().take(8).map(|name| excerpt(name)).collect();
    let unclear = (1..=width)
        .zip(cells(0))
        .find(|(_, name)| role_of(name).is_none());
    let at = unclear.map_or(1, |(at, _)| at);
    ImportError {
        columns: Some(Box::new(UnnamedColumns {
            first: cells(0),
            second: cells(1),
        })),
        ..place.problem(format!(
            "第 {at} 列看不出是什么：第一行是 {}，里面认不出问题和答案（或句子和意图）两列。请把表头改成“问题、答案”，\
             或者说明哪一列是什么，例如 --columns question=1,answer=2；第一行不是表头就再加 header=no / \
             unknown header: name the columns, or say which is which with --columns",
            names.join("、")
        ))
    }
}

/// A column by its number from 1, or its letter; the index from 0.
fn number(text: &str) -> Option<usize> {
    if let Ok(number) = text.parse::<usize>() {
        return number.checked_sub(1);
    }
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter @ 'A'..='Z'), None) => Some(letter as usize - 'A' as usize),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{ImportOptions, import_bytes};

    #[test]
    fn a_first_row_of_names_that_are_not_known_is_no_example() {
        for text in [
            "date,amount\n2024-01-01,5\n2024-01-02,6\n",
            "tweet,sentiment\n我很开心,positive\n今天真糟,negative\n不错,positive\n",
            "keyword\tvolume\n退款\t1200\n发票\t800\n",
            "word,freq\n退款,12\n发票,12\n",
            "key,value\nname,shop\ncolor,red\n",
            "评论,评分\n很好,5\n一般,3\n不错,5\n太差,1\n很棒,5\n还行,3\n",
            "2024-01-01,food\n2024-01-02,food\n2024-01-03,rent\n",
            "红地毯,13.5\n蓝地毯,15.0\n",
        ] {
            let read = import_bytes("t.csv", text.into(), ImportOptions::default());
            let fault = read.expect_err(text);
            assert!(fault.columns.is_some(), "{text}: {fault}");
        }
    }

    #[test]
    fn a_row_without_a_label_is_named_by_its_line() {
        for text in ["hi\tgreet\nyo\t \n", "hi,greet\nhey\n"] {
            let read = import_bytes("t.csv", text.into(), ImportOptions::default());
            assert_eq!(read.expect_err(text).place.line, 2, "{text}");
        }
    }

    #[test]
    fn utterances_and_intents_need_no_names() {
        for (text, intents) in [
            ("我要退款,refund\n开发票,invoice\n", 2),
            ("hi,greet\nhello there,greet\nbye,farewell\n", 2),
            ("灯很亮,1\n灯不亮,0\n门很轻,1\n门打不开,0\n", 2),
            (
                "退款多久,退款\n怎么退,退款\n开发票,发票\n发票抬头,发票\n",
                2,
            ),
        ] {
            let read = import_bytes("t.csv", text.into(), ImportOptions::default());
            assert_eq!(read.map(|read| read.intents), Ok(intents), "{text}");
        }
    }
}
