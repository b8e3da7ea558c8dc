//! `wenlu new`: the files of a new intent, with guidance in them. Never overwrites.

use super::Global;
use crate::knowledge::diagnostic::{self, Code, Diagnostic};
use crate::knowledge::files::{Entry, Source, is_id, validate_files};
use anyhow::{Context, bail};
use std::borrow::Cow;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// The intent's name: lower-case letters, digits and `-`
    id: String,
    /// What its button says [default: the example, else the id]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// A topic that people ask about and that has no answer yet
    #[arg(long, conflicts_with = "menu")]
    gap: bool,
    /// A topic with several questions under it
    #[arg(long)]
    menu: bool,
    /// A message that someone wrote
    #[arg(long, value_name = "TEXT")]
    from_example: Option<String>,
    /// The menu that leads here
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    if !is_id(&args.id) {
        bail!("`{}` 不能作意图的 id：用小写英文字母、数字和 `-`，最多 48 个", args.id);
    }
    let root = global.root.clone().unwrap_or_else(|| PathBuf::from("."));
    let files = args.files(&root);
    if let Some((path, _)) = files.iter().find(|(path, _)| root.join(path).symlink_metadata().is_ok()) {
        bail!("{path} 已经存在，没有改动任何文件");
    }
    if let Some(mistakes) = mistakes(&root, &files) {
        anstream::eprint!("{mistakes}");
        bail!("这样写出来的文件不能使用，没有改动任何文件");
    }
    for (path, text) in &files {
        write_new(&root.join(path), text).with_context(|| format!("写不了 {path}"))?;
        anstream::println!("已建立 {path}");
    }
    anstream::println!("{}", args.next_step());
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// Paths and texts.
    fn files(&self, root: &Path) -> Vec<(String, String)> {
        let mut files = vec![(format!("intents/{}.toml", self.id), self.intent(root))];
        if !self.gap && !self.menu {
            files.push((format!("content/zh/{}.md", self.id), self.reply(REPLY_ZH)));
            if root.join("content/en").is_dir() {
                files.push((format!("content/en/{}.md", self.id), self.reply(REPLY_EN)));
            }
        }
        files
    }

    fn title(&self) -> &str {
        self.title.as_deref().or(self.from_example.as_deref()).unwrap_or(&self.id).trim()
    }

    fn intent(&self, root: &Path) -> String {
        let quote = |text: &str| toml::Value::from(text.trim()).to_string();
        let mut text = String::new();
        if root.join("schema/intent.schema.json").is_file() {
            text += "#:schema ../schema/intent.schema.json\n";
        }
        text += &format!("# 标题，也就是按钮上的文字 / what a button says\ntitle = {}\n", quote(self.title()));
        text += "# title_en = \"…\"\n";
        match &self.parent {
            Some(parent) => text += &format!("parent = {}\n", quote(parent)),
            None => text += "# 上级菜单 / the menu that leads here\n# parent = \"…\"\n",
        }
        match (self.menu, self.gap) {
            (true, _) => {
                text += "# 菜单：列出 parent 是它的问题 / a menu of the questions whose parent it is\nmenu = true\n"
            }
            (_, true) => text += "# 缺口：有人问，目前没有答案 / people ask this, there is no answer yet\ngap = true\n",
            _ => {}
        }
        text += EXAMPLES;
        if let Some(example) = &self.from_example {
            text += &format!("  {},\n", quote(example));
        }
        text + "]\n" + REST + if self.menu { "" } else { FOLLOW_UP } + TESTS
    }

    fn reply(&self, body: &str) -> String {
        format!("# {}\n\n{body}", self.title().replace("{{", "{ {").replace(['\n', '\r'], " "))
    }

    fn next_step(&self) -> String {
        match (self.menu, self.gap) {
            (true, _) => format!("菜单下面至少要有一个问题：wenlu new ID --parent {}", self.id),
            (_, true) => "接下来：补充例句，然后运行 wenlu check".to_owned(),
            _ => "接下来：补充例句，写好回复，然后运行 wenlu check".to_owned(),
        }
    }
}

/// What the loader says about the new files beside those that are there.
fn mistakes(root: &Path, new: &[(String, String)]) -> Option<String> {
    let mut files = Source::Folder(root.to_owned()).files();
    files.has_intents_folder = true;
    for (path, text) in new {
        files.entries.insert(path.clone(), Entry::Bytes(Cow::Owned(text.clone().into_bytes())));
    }
    let error = validate_files(&files).err()?;
    let is_new = |file: &str| new.iter().any(|(path, _)| path == file);
    // a menu is made before its questions
    let counts = |d: &&Diagnostic| {
        d.is_error()
            && d.code != Code::EmptyMenu
            && (is_new(&d.place.file) || d.others.iter().any(|(place, _)| is_new(&place.file)))
    };
    let own: Vec<_> = error.diagnostics.iter().filter(counts).cloned().collect();
    (!own.is_empty()).then(|| diagnostic::render(&own, &error.texts, true))
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

const EXAMPLES: &str = "
# 例句：大家会怎么问，用他们自己的话，一行一句；至少 15 句，长的短的、客气的生气的都要有
# Examples: what people write, in their own words, one a line; 15 or more, short and long, polite and angry
examples = [
";

const REST: &str = "
# 容易混淆、但不该到这里来的话 / near misses that must not come here
# not = [
#   \"…\",
# ]

# 关键词：「甲 + 乙」表示两个都要出现 / keywords: \"a + b\" means both occur
# keywords = [\"甲 + 乙\", { any = [\"甲\", \"乙\"], with = [\"丙\"], weight = 2.0 }]

# 相关问题的 id，显示在回答下面 / ids of related questions
# related = []
";

const FOLLOW_UP: &str = "
# 追问：听到这句话，就给出回复里的那一节 / a phrase said afterwards, and the section it leads to
# [follow_up]
# \"要多久\" = \"#how-long\"
";

const TESTS: &str = "
# 测试：wenlu check 会逐条问一遍，至少 5 条，不要和例句相同
# Tests: asked by `wenlu check`; five or more, none of them an example
# [[test]]
# say = \"…\"
# [[test]]
# say = \"…\"
# here = false
";

const REPLY_ZH: &str = "（在这里写回答：先用一两句话直接回答问题，再写步骤。）

1. （第一步）
2. （第二步）

> 提示：（要注意的事；没有就删掉这一行）
";

const REPLY_EN: &str = "(Write the answer here: first answer the question in a sentence or two, then give the steps.)

1. (first step)
2. (second step)

> Note: (what to watch out for; delete this line if there is nothing)
";
