//! What an import says of itself. In: its result. Out: a text for people, or JSON. Must not know:
//! formats.

use serde_json::json;
use std::fmt::Write;
use std::path::Path;
use wenlu_formats::{ImportNote, ImportedKnowledge, losses};

pub(super) struct ImportReport<'r> {
    pub imported: &'r ImportedKnowledge,
    pub out: Option<&'r Path>,
    pub is_dry_run: bool,
}

/// How many intents a preview shows.
const PREVIEWED: usize = 8;

impl ImportReport<'_> {
    pub(super) fn text(&self) -> String {
        let mut out = found(self.imported);
        if self.is_dry_run {
            out += &self.preview();
        }
        out += &self.summary();
        out
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let imported = self.imported;
        json!({
            "out": self.out.map(|out| out.display().to_string()),
            "dry_run": self.is_dry_run,
            "found": imported.found,
            "intents": imported.intents,
            "menus": imported.menus,
            "examples": imported.examples,
            "replies": imported.replies,
            "out_of_scope": imported.out_of_scope,
            "files": imported.files.keys().collect::<Vec<_>>(),
            "losses": losses(&imported.notes),
            "notes": imported.notes,
        })
    }

    /// The first intents, as a person would look through them.
    fn preview(&self) -> String {
        let files = &self.imported.files;
        let mut out = "前几个意图：\n".to_owned();
        let replies = files
            .iter()
            .filter(|(path, _)| path.starts_with("content/zh/"))
            .take(PREVIEWED);
        for (path, text) in replies {
            let mut lines = text.lines().filter(|line| !line.trim().is_empty());
            let title = lines.next().unwrap_or_default().trim_start_matches("# ");
            let line: String = lines.next().unwrap_or_default().chars().take(50).collect();
            let id = path
                .trim_start_matches("content/zh/")
                .trim_end_matches(".md");
            let _ = writeln!(out, "  {title}（{id}）：{line}");
        }
        out
    }

    fn summary(&self) -> String {
        let ImportedKnowledge {
            intents,
            menus,
            examples,
            replies,
            out_of_scope,
            ..
        } = self.imported;
        let mut out = format!("{intents} 个意图");
        if *menus > 0 {
            let _ = write!(out, "（另有 {menus} 个菜单）");
        }
        let _ = write!(
            out,
            "、{examples} 条例句、{replies} 条回复、{out_of_scope} 条范围外的句子"
        );
        match (self.out, self.is_dry_run) {
            (Some(path), false) => {
                let path = path.display();
                let _ = writeln!(
                    out,
                    "，写入 {path}\n接下来：wenlu check {path}（看看有没有要改的），wenlu serve --root {path}（打开网页就能问）"
                );
            }
            _ => out += "；这是预览，什么都没有写\n",
        }
        out
    }
}

/// What the input was taken for, and why.
pub(super) fn found(imported: &ImportedKnowledge) -> String {
    let Some(found) = &imported.found else {
        return String::new();
    };
    let mut out = format!("识别为 {}：\n", found.format.label());
    for why in &found.why {
        let _ = writeln!(out, "  {why}");
    }
    out
}

/// What was left out or changed, by kind. `all`: where all notes are.
pub(super) fn lost(notes: &[ImportNote], all: Option<&Path>) -> String {
    let counts = losses(notes);
    if counts.is_empty() {
        return "全部带了过来。\n".to_owned();
    }
    let mut out = "没有带过来的和改动过的：\n".to_owned();
    for count in &counts {
        let _ = writeln!(out, "  {}：{} 处", count.label, count.count);
        for note in &count.first {
            let _ = writeln!(out, "    {note}");
        }
    }
    let shown: usize = counts.iter().map(|count| count.first.len()).sum();
    match all {
        Some(path) => {
            let _ = writeln!(out, "  全部 {} 条在 {}", notes.len(), path.display());
        }
        None if shown < notes.len() => {
            out += "  只列了每种的前几处；--notes 文件名 会写下全部\n";
        }
        None => {}
    }
    out
}
