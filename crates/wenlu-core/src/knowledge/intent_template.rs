//! The files of a new intent, with guidance in comments. In: what is known of the intent. Out:
//! paths and texts. Must not know: which files exist, who asked for them.

use super::IntentKind;

/// What is known of an intent that is to be created.
#[derive(Clone, Debug, Default)]
pub struct IntentTemplate {
    /// Its id: the file's name.
    pub id: String,
    /// The label of its button; by default the first example, else the id.
    pub title: Option<String>,
    /// Its title in English, if there is to be one.
    pub title_en: Option<String>,
    /// What the intent will do.
    pub kind: IntentKind,
    /// The id of the menu that it will belong to.
    pub parent: Option<String>,
    /// Examples: messages that people wrote.
    pub examples: Vec<String>,
    /// The folder has `schema/`, so the files name their schema for editors.
    pub with_schema: bool,
    /// An English reply is created too.
    pub in_english: bool,
}

impl IntentTemplate {
    /// All files: paths and texts. A menu and a gap have no reply.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut files = vec![(format!("intents/{}.toml", self.id), self.intent())];
        if self.kind == IntentKind::Answer {
            files.extend(self.replies());
        }
        files
    }

    /// The reply files alone.
    pub fn replies(&self) -> Vec<(String, String)> {
        let in_english = || {
            let title = self.title_en.as_deref().unwrap_or(self.title());
            (format!("content/en/{}.md", self.id), reply(title, REPLY_EN))
        };
        let in_chinese = (
            format!("content/zh/{}.md", self.id),
            reply(self.title(), REPLY_ZH),
        );
        std::iter::once(in_chinese)
            .chain(self.in_english.then(in_english))
            .collect()
    }

    /// A reply file with this Markdown below the title.
    pub fn reply_with(&self, body: &str) -> String {
        reply(self.title(), body)
    }

    fn title(&self) -> &str {
        self.title
            .as_ref()
            .or(self.examples.first())
            .unwrap_or(&self.id)
            .trim()
    }

    fn intent(&self) -> String {
        let quote = |text: &str| toml::Value::from(text.trim()).to_string();
        let mut text = String::new();
        if self.with_schema {
            text += "#:schema ../schema/intent.schema.json\n";
        }
        text += &format!(
            "# 标题，也就是按钮上的文字 / what a button says\ntitle = {}\n",
            quote(self.title())
        );
        match &self.title_en {
            Some(title) => text += &format!("title_en = {}\n", quote(title)),
            None => text += "# title_en = \"…\"\n",
        }
        match &self.parent {
            Some(parent) => text += &format!("parent = {}\n", quote(parent)),
            None => text += "# 上级菜单 / the menu that leads here\n# parent = \"…\"\n",
        }
        match self.kind {
            IntentKind::Menu => {
                text += "# 菜单：列出 parent 是它的问题 / a menu of the questions whose parent it is\nmenu = true\n"
            }
            IntentKind::Gap => text += &format!("{GAP_COMMENT}\ngap = true\n"),
            IntentKind::Answer => {}
        }
        text += EXAMPLES;
        for example in &self.examples {
            text += &format!("  {},\n", quote(example));
        }
        text + "]\n"
            + REST
            + if self.kind == IntentKind::Menu {
                ""
            } else {
                FOLLOW_UP
            }
            + TESTS
    }
}

fn reply(title: &str, body: &str) -> String {
    format!(
        "# {}\n\n{body}",
        title.trim().replace("{{", "{ {").replace(['\n', '\r'], " ")
    )
}

/// The placeholder lines of a new intent's replies.
pub(super) fn reply_lines() -> impl Iterator<Item = &'static str> {
    [REPLY_ZH, REPLY_EN]
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| !line.is_empty())
}

/// The comment above `gap = true`, which is removed together with it.
pub const GAP_COMMENT: &str =
    "# 缺口：有人问，目前没有答案 / people ask this, there is no answer yet";

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

const REPLY_EN: &str =
    "(Write the answer here: first answer the question in a sentence or two, then give the steps.)

1. (first step)
2. (second step)

> Note: (what to watch out for; delete this line if there is nothing)
";
