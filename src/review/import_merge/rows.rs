//! Rows of our own table that was exported, edited and read again. In: rows. Out: the cells that
//! differ, put into the files; a row whose intent has changed since is left alone. Must not know:
//! other tables.

use super::ImportMerger;
use crate::review::edit::{EditError, set_list, set_text};
use wenlu_core::knowledge::IntentKind;
use wenlu_core::knowledge::files::OUT_OF_SCOPE_FILE;
use wenlu_formats::own_table::{
    OUT_OF_SCOPE_ROW, OWN_COLUMNS, OwnColumn, OwnRow, reply_file, section_lines,
};

impl ImportMerger {
    pub(super) fn own_table(&mut self, rows: &[OwnRow]) -> Result<(), EditError> {
        for row in rows {
            let id = row.cell(OwnColumn::Id);
            if id.is_empty() {
                continue;
            }
            let Some(standing) = self.standing.get(id).cloned() else {
                if !row.cell(OwnColumn::Check).is_empty() {
                    self.done.insert(id.to_owned());
                    let what = format!("编号 {id} 的意图已经不在文件夹里，这一行没有用");
                    self.result.collisions.push(what);
                }
                continue;
            };
            if !self.done.insert(id.to_owned()) {
                let what = format!(
                    "编号 {id} 在表里不止一行，第 {} 行没有用；它要是新的意图，请清空“编号”和“校验”",
                    row.line
                );
                self.result.collisions.push(what);
                continue;
            }
            self.row(id, row, &standing)?;
        }
        Ok(())
    }

    fn row(&mut self, id: &str, row: &OwnRow, standing: &OwnRow) -> Result<(), EditError> {
        let edited: Vec<OwnColumn> = OWN_COLUMNS
            .into_iter()
            .filter(|column| !matches!(column, OwnColumn::Id | OwnColumn::Check))
            .filter(|column| row.has(*column) && row.cell(*column) != standing.cell(*column))
            .collect();
        if edited.is_empty() {
            self.result.unchanged += 1;
            return Ok(());
        }
        if row.cell(OwnColumn::Check) != standing.check() {
            let what = format!("{id} 在导出以后又改过（或者“校验”一格变了），这一行没有用");
            self.result.collisions.push(what);
            return Ok(());
        }
        let mut done = Vec::new();
        for column in edited {
            match self.cell(id, row, standing, column)? {
                None => done.push(column.name()),
                Some(why) => {
                    let what = format!("{id} 的“{}”没有改：{why}", column.name());
                    self.result.collisions.push(what);
                }
            }
        }
        if !done.is_empty() {
            let title = standing.cell(OwnColumn::Title);
            let what = format!("{title}（{id}）：{}", done.join("、"));
            self.result.edited.push(what);
        }
        Ok(())
    }

    /// Puts a cell into the files; or says why not.
    fn cell(
        &mut self,
        id: &str,
        row: &OwnRow,
        standing: &OwnRow,
        column: OwnColumn,
    ) -> Result<Option<&'static str>, EditError> {
        let path = match id {
            OUT_OF_SCOPE_ROW => OUT_OF_SCOPE_FILE.to_owned(),
            id => format!("intents/{id}.toml"),
        };
        let text = Some(row.cell(column)).filter(|cell| !cell.is_empty());
        if id == OUT_OF_SCOPE_ROW && column != OwnColumn::Questions {
            return Ok(Some("范围外只有句子"));
        }
        match column {
            OwnColumn::Id | OwnColumn::Check => {}
            OwnColumn::Kind => return Ok(Some("种类要在文件里改")),
            OwnColumn::Title if text.is_none() => return Ok(Some("标题不能空着")),
            OwnColumn::Title => self.title(id, &path, row, standing)?,
            OwnColumn::TitleEn => {
                self.edit(&path, |before| set_text(&path, before, "title_en", text))?;
            }
            OwnColumn::Label => {
                self.edit(&path, |before| set_text(&path, before, "label", text))?;
            }
            OwnColumn::Category => return self.category(&path, text),
            OwnColumn::Questions => {
                let wanted = row.lines(column);
                self.edit(&path, |before| {
                    set_list(&path, before, &["examples"], &wanted)
                })?;
            }
            OwnColumn::Not => {
                let wanted = row.lines(column);
                self.edit(&path, |before| set_list(&path, before, &["not"], &wanted))?;
            }
            OwnColumn::Sections => return self.sections(&path, row, standing),
            OwnColumn::Answer => return Ok(self.reply(id, "zh", text, row.cell(OwnColumn::Title))),
            OwnColumn::AnswerEn => {
                let title_en = Some(row.cell(OwnColumn::TitleEn)).filter(|title| !title.is_empty());
                let title = title_en.unwrap_or(row.cell(OwnColumn::Title));
                return Ok(self.reply(id, "en", text, title));
            }
        }
        Ok(None)
    }

    /// The title, and the heading of the reply where it was the same.
    fn title(
        &mut self,
        id: &str,
        path: &str,
        row: &OwnRow,
        standing: &OwnRow,
    ) -> Result<(), EditError> {
        let title = row.cell(OwnColumn::Title);
        self.edit(path, |before| set_text(path, before, "title", Some(title)))?;
        let answer = standing.cell(OwnColumn::Answer);
        let reply = format!("content/zh/{id}.md");
        let is_heading = !answer.is_empty() && !answer.starts_with("# ");
        if is_heading
            && row.cell(OwnColumn::Answer) == answer
            && let Some(text) = self.texts.get_mut(&reply)
        {
            let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
            let heading = reply_file(title, "");
            *text = format!("{}\n{rest}", heading.trim_end());
        }
        Ok(())
    }

    fn category(
        &mut self,
        path: &str,
        title: Option<&str>,
    ) -> Result<Option<&'static str>, EditError> {
        let Some(title) = title else {
            self.edit(path, |before| set_text(path, before, "parent", None))?;
            return Ok(None);
        };
        let menu = self
            .standing
            .values()
            .find(|row| row.kind() == IntentKind::Menu && row.cell(OwnColumn::Title) == title);
        let Some(id) = menu.map(|row| row.cell(OwnColumn::Id).to_owned()) else {
            // its menu is made of the table, and then it is moved
            self.moved.push((path.to_owned(), title.to_owned()));
            return Ok(None);
        };
        self.edit(path, |before| set_text(path, before, "parent", Some(&id)))?;
        Ok(None)
    }

    fn sections(
        &mut self,
        path: &str,
        row: &OwnRow,
        standing: &OwnRow,
    ) -> Result<Option<&'static str>, EditError> {
        let lines = row.lines(OwnColumn::Sections);
        let is_line = |line: &String| line.starts_with('#') && line.contains([':', '：']);
        if !lines.iter().all(is_line) {
            return Ok(Some("每一行要写成 #节的编号: 问法"));
        }
        let wanted = section_lines(&lines);
        let now = section_lines(&standing.lines(OwnColumn::Sections));
        let gone = now
            .into_iter()
            .filter(|(id, _)| !wanted.iter().any(|(other, _)| other == id))
            .map(|(id, _)| (id, Vec::new()));
        let all: Vec<(String, Vec<String>)> = wanted.iter().cloned().chain(gone).collect();
        for (id, texts) in &all {
            let field = ["section", id.as_str(), "examples"];
            self.edit(path, |before| set_list(path, before, &field, texts))?;
        }
        Ok(None)
    }

    fn reply(
        &mut self,
        id: &str,
        lang: &str,
        text: Option<&str>,
        title: &str,
    ) -> Option<&'static str> {
        let Some(text) = text else {
            return Some("答案不能在表格里清空");
        };
        let path = format!("content/{lang}/{id}.md");
        self.texts.insert(path, reply_file(title, text));
        None
    }
}
