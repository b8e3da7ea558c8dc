//! Output of `wenlu new`: the folder, the files, and what to do next; or the same as one JSON
//! object.

use super::super::output::{err_line, out_line};
use crate::review::change::{ChangeSet, FileChange};
use crate::review::edit::AnsweredGap;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use wenlu_core::check::close::{CloseIntent, Closeness};
use wenlu_core::knowledge::IntentKind;

/// Where the files are written, and how to print the result.
pub(super) struct NewIntentReport {
    /// Absolute.
    pub root: PathBuf,
    json: bool,
}

/// The result.
pub(super) struct CreatedIntent<'a> {
    pub id: &'a str,
    pub kind: IntentKind,
    pub change: &'a ChangeSet,
    pub close: &'a [CloseIntent<'a>],
    /// Whether the existing files could be loaded and compared with.
    pub compared: bool,
    /// The gap that was turned into this intent, and what was taken over.
    pub gap: Option<(&'a str, &'a AnsweredGap)>,
}

impl NewIntentReport {
    pub(super) fn new(root: PathBuf, json: bool) -> Self {
        Self { root, json }
    }

    /// Prints that nothing was written because the same intent exists already.
    pub(super) fn refused(&self, id: &str, close: &[CloseIntent]) -> anyhow::Result<ExitCode> {
        if self.json {
            out_line(&self.object(id, &[], close, Value::Null).to_string())?;
            return Ok(ExitCode::FAILURE);
        }
        out_line(&self.folder())?;
        let same = close.iter().filter(|close| close.why.is_same());
        same.for_each(|close| err_line(&before_writing(id, close)));
        err_line("没有建立任何文件；确实是另一回事，就加上 --anyway");
        Ok(ExitCode::FAILURE)
    }

    pub(super) fn made(&self, made: &CreatedIntent) -> anyhow::Result<ExitCode> {
        if self.json {
            let gap = made.gap.map_or(Value::Null, |(gap, answered)| {
                json!({"id": gap, "examples": answered.examples, "tests": answered.tests, "kept": answered.kept})
            });
            let mut object = self.object(made.id, &made.change.files, made.close, gap);
            object["next"] = json!(next_step(made));
            out_line(&object.to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut lines = vec![self.folder()];
        lines.extend(
            made.change
                .files
                .iter()
                .map(|file| format!("{} {}", state(file).1, file.path)),
        );
        if let Some((gap, answered)) = made.gap {
            lines.extend(taken_over(gap, made.id, answered));
        }
        lines.extend(made.close.iter().map(|close| after_writing(made, close)));
        if !made.compared {
            lines.push(
                "提示：别的文件有错误或还没有意图，没有和已有的意图比较；`wenlu check` 有全部细节"
                    .to_owned(),
            );
        }
        lines.push(next_step(made));
        out_line(&lines.join("\n"))?;
        Ok(ExitCode::SUCCESS)
    }

    fn folder(&self) -> String {
        format!("知识文件夹 {}", self.root.display())
    }

    fn object(&self, id: &str, files: &[FileChange], close: &[CloseIntent], gap: Value) -> Value {
        let file = |file: &FileChange| json!({"path": file.path, "state": state(file).0});
        let near = |close: &CloseIntent| {
            let (why, text) = match &close.why {
                Closeness::SameName => ("same_name", None),
                Closeness::SameTitle => ("same_title", None),
                Closeness::SameExample { example } => ("same_example", Some(example)),
                Closeness::ComesHere { text } => ("comes_here", Some(text)),
            };
            json!({
                "intent": close.intent.id, "file": file_of(close), "gap": close.intent.kind == IntentKind::Gap,
                "why": why, "text": text,
            })
        };
        json!({
            "folder": self.root.display().to_string(),
            "id": id,
            "files": files.iter().map(file).collect::<Vec<_>>(),
            "close": close.iter().map(near).collect::<Vec<_>>(),
            "gap": gap,
        })
    }
}

/// The state as a code for JSON and as a Chinese word.
fn state(file: &FileChange) -> (&'static str, &'static str) {
    match (&file.before, &file.after) {
        (None, _) => ("created", "已建立"),
        (_, Some(_)) => ("changed", "已修改"),
        (_, None) => ("removed", "已删除"),
    }
}

fn file_of(close: &CloseIntent) -> String {
    format!("intents/{}.toml", close.intent.id)
}

fn named(close: &CloseIntent) -> String {
    let kind = match close.intent.kind {
        IntentKind::Gap => "没有资料的话题，",
        IntentKind::Menu => "菜单，",
        IntentKind::Answer => "",
    };
    format!("「{}」（{kind}{}）", close.intent.title, file_of(close))
}

fn why(close: &CloseIntent) -> String {
    match &close.why {
        Closeness::SameName => "名字只差 gap-".to_owned(),
        Closeness::SameTitle => "标题是一样的".to_owned(),
        Closeness::SameExample { example } => format!("它的例句“{example}”和这句话是一回事"),
        Closeness::ComesHere { text } => format!("“{text}”现在就到那里"),
    }
}

fn before_writing(id: &str, close: &CloseIntent) -> String {
    let there = &close.intent.id;
    let help = match close.intent.kind {
        IntentKind::Gap => {
            format!("要回答它：wenlu new {id} --from-gap {there}（例句和测试都带过来）")
        }
        IntentKind::Menu => format!("要在它下面加问题：换一个名字，加上 --parent {there}"),
        IntentKind::Answer => format!(
            "问的是同一件事，就把新的说法加到 {} 的 examples 里",
            file_of(close)
        ),
    };
    format!("已经有{}：{}\n  {help}", named(close), why(close))
}

fn after_writing(made: &CreatedIntent, close: &CloseIntent) -> String {
    let there = &close.intent.id;
    let help = match (close.intent.kind, made.kind) {
        (IntentKind::Gap, IntentKind::Answer) => {
            let new: Vec<&str> = made
                .change
                .files
                .iter()
                .map(|file| file.path.as_str())
                .collect();
            format!(
                "如果整个话题就是它：rm {}，再 wenlu new {} --from-gap {there}；如果只是其中一部分：把那里相关的例句移过来",
                new.join(" "),
                made.id
            )
        }
        (IntentKind::Menu, _) => format!("要放在它下面，写上 parent = \"{there}\""),
        _ => "如果问的是同一件事，把例句加到那里就行；不是，就在两边的 not 里写上对方的说法"
            .to_owned(),
    };
    format!("提示：已经有{}：{}\n  {help}", named(close), why(close))
}

fn taken_over(gap: &str, id: &str, answered: &AnsweredGap) -> Vec<String> {
    let mut lines = vec![format!(
        "从没有资料的话题 {gap} 带来 {} 条例句，连同它的 not、关键词和注释",
        answered.examples
    )];
    if gap != id {
        lines.push(format!("{gap} 现在叫 {id}；提到它的地方都改了"));
    }
    if answered.tests > 0 {
        let count = answered.tests;
        lines.push(format!(
            "{count} 条测试从“没有资料”改成“由它回答”：答复写好之后，`wenlu check` 会这样检查"
        ));
    }
    lines.extend(
        answered
            .kept
            .iter()
            .map(|path| format!("{path} 本来就有，没有动它")),
    );
    lines
}

fn next_step(made: &CreatedIntent) -> String {
    match (made.kind, made.gap) {
        (IntentKind::Menu, _) => format!(
            "菜单下面至少要有一个问题：wenlu new ID --parent {}",
            made.id
        ),
        (IntentKind::Gap, _) => "接下来：补充例句，然后运行 wenlu check".to_owned(),
        (IntentKind::Answer, Some(_)) => {
            format!(
                "接下来：写好 content/zh/{}.md，然后运行 wenlu check；写好之前它不会上线",
                made.id
            )
        }
        (IntentKind::Answer, None) => {
            "接下来：补充例句，写好回复，然后运行 wenlu check；写好之前它不会上线".to_owned()
        }
    }
}
