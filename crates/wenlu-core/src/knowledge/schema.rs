//! The form of the data files, defined once: `parse` checks files against it, and [`json_schema`]
//! prints it for editors. In: nothing. Out: [`ValueShape`]s, JSON. Must not know: files, intents.

use super::sentences::BotSentences;
use crate::model::Lang;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The allowed form of a value.
#[derive(Debug)]
pub enum ValueShape {
    /// A text with at least one character that is not white space.
    Text,
    /// A text that may be empty.
    MaybeEmpty,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A number above 0, at most [`MAX_WEIGHT`].
    Weight,
    /// Any finite number.
    Number,
    /// A finite number above 0.
    Positive,
    /// A number above 0, at most 1.
    Share,
    /// A list of values of one shape.
    List(&'static ValueShape),
    /// A table with arbitrary keys.
    Map(&'static ValueShape),
    /// A table with these fields.
    Table(&'static [TableField]),
    /// The first shape that has the value's type applies.
    Either(&'static [ValueShape]),
}

/// A named value of a table.
#[derive(Debug)]
pub struct TableField {
    /// The key.
    pub name: &'static str,
    /// What its value must look like.
    pub shape: ValueShape,
    /// Whether it must be there.
    pub required: bool,
    /// The description that editors show, in Chinese.
    pub doc: &'static str,
}

/// Maximum weight of a keyword: more than any set of keywords needs, and low enough to catch a
/// typing error such as 20 for 2.0.
pub(crate) const MAX_WEIGHT: f64 = 10.0;
/// Number of characters of a title that fit on a button on a phone.
pub(crate) const TITLE_LENGTH: usize = 24;

const TEXTS: ValueShape = ValueShape::List(&ValueShape::Text);

pub(crate) const fn field(name: &'static str, shape: ValueShape, doc: &'static str) -> TableField {
    TableField {
        name,
        shape,
        required: false,
        doc,
    }
}

/// A field that must be there.
pub(crate) const fn required(
    name: &'static str,
    shape: ValueShape,
    doc: &'static str,
) -> TableField {
    TableField {
        name,
        shape,
        required: true,
        doc,
    }
}

/// `intents/<id>.toml`
pub const INTENT: ValueShape = ValueShape::Table(&[
    required(
        "title",
        ValueShape::Text,
        "标题，也就是按钮上的文字，最多 24 个字",
    ),
    field("title_en", ValueShape::Text, "英文标题；没有就用中文标题"),
    field(
        "label",
        ValueShape::Text,
        "别的系统里的名称（导入的数据用），评测和导出时用它",
    ),
    field(
        "parent",
        ValueShape::Text,
        "上级菜单的 id；那个意图要有 menu = true",
    ),
    field(
        "menu",
        ValueShape::Flag,
        "这是一个菜单：只说了话题、没说问题时，列出下面的问题。可以有回复文件：对下面的问题都成立的话",
    ),
    field(
        "gap",
        ValueShape::Flag,
        "这是一个缺口：有人问、但目前没有答案的话题。没有回复文件",
    ),
    field(
        "action",
        ValueShape::Choice(&["human"]),
        "回答之外要做的事；human：转人工",
    ),
    field(
        "related",
        TEXTS,
        "相关问题的 id，显示在回答下面；在菜单里，先按这里的顺序列出它的问题",
    ),
    field(
        "examples",
        TEXTS,
        "例句：大家会怎么问，用他们自己的话，一行一句，越多样越好",
    ),
    field("not", TEXTS, "容易混淆、但不该到这里来的说法"),
    field(
        "keywords",
        ValueShape::List(&KEYWORD),
        "关键词；「甲 + 乙」表示两个都要出现",
    ),
    field(
        "follow_up",
        ValueShape::Map(&ValueShape::Text),
        "追问：听到这句话，就给出回复里的那一节，例如 \"要多久\" = \"#how-long\" 或 \"other-id.md#how-long\"",
    ),
    field(
        "section",
        ValueShape::Map(&SECTION),
        "回复里各小节的例句：在这个话题里，大家会怎么问到这一节",
    ),
    field(
        "test",
        ValueShape::List(&TEST),
        "测试：wenlu check 会逐条问一遍；不要和例句相同",
    ),
]);

const SECTION: ValueShape = ValueShape::Table(&[required(
    "examples",
    TEXTS,
    "例句：可以只是半句话，例如 [\"要多久\", \"几天有结果\"]",
)]);

const KEYWORD: ValueShape = ValueShape::Either(&[
    ValueShape::Text,
    ValueShape::Table(&[
        required("any", TEXTS, "其中一个要出现"),
        field("with", TEXTS, "这些全部要同时出现"),
        field("weight", ValueShape::Weight, "权重，不写就是 1"),
    ]),
]);

const TEST: ValueShape = ValueShape::Table(&[
    required("say", ValueShape::Text, "用户说的话"),
    field(
        "here",
        ValueShape::Flag,
        "应该到这里（true，不写就是 true），还是不该到这里（false）",
    ),
    field(
        "shows",
        ValueShape::Text,
        "应该先给出回复里的哪一节，例如 \"#how-long\"；\"#\" 表示开头的总说明",
    ),
    field(
        "wants",
        ValueShape::Choice(&["answer", "clarify", "menu", "unknown"]),
        "期望的结果，只在和通常不同时写：answer 直接回答，clarify 给出几个选项，menu 打开菜单，unknown 说不知道",
    ),
]);

/// `intents/lexicon.toml`
pub const LEXICON: ValueShape = ValueShape::Table(&[
    field("words", TEXTS, "领域词：分词时不能拆开的词"),
    field("generic", TEXTS, "通用词：只有它们时不能算问了什么"),
    field("filler", TEXTS, "客套和语气词：不含问题"),
    field(
        "synonyms",
        ValueShape::List(&TEXTS),
        "同义词组：每组第一个是标准说法，组内的词可以互换",
    ),
    field(
        "keep_simplified",
        TEXTS,
        "提问的人写繁体时，回复会转成繁体；这里的词保持简体，让人在平台的页面上找得到：平台的名称、栏目、按钮。引号、【】和链接里的本来就不转",
    ),
    field(
        "elsewhere",
        TEXTS,
        "别的平台和产品的名字：提到它的话问的是它，不拿这里的答复去回答；例句或标题里写到它的意图除外",
    ),
]);

/// `intents/out-of-scope.toml`
pub(crate) const OUT_OF_SCOPE: ValueShape = ValueShape::Table(&[field(
    "examples",
    TEXTS,
    "哪个意图都不该回答的话：闲聊、别的行业、别的产品",
)]);

/// `intents/calibration.toml`, which `wenlu calibrate` writes.
pub(crate) const CALIBRATION: ValueShape = ValueShape::Table(&[
    required("threshold", ValueShape::Share, "把握达到多少才回答"),
    field(
        "background",
        ValueShape::Flag,
        "训练时是否加上内置的日常句子，当作范围外的话；不写就是不加",
    ),
    required("bias", ValueShape::Number, "常数项"),
    required("evidence", EVIDENCE, "每一种依据：均值、离散程度、权重"),
    required("right", RIGHT, "从依据的总分到答对的概率"),
]);

/// The evidence that the router's confidence is made of.
pub(crate) const EVIDENCE_NAMES: [&str; 8] = [
    "logit",
    "log_probability",
    "centroid_cosine",
    "coverage",
    "other_mass",
    "class_coverage",
    "class_usual",
    "length",
];

const EVIDENCE: ValueShape = {
    const FIELDS: [TableField; EVIDENCE_NAMES.len()] = {
        let [a, b, c, d, e, f, g, h] = EVIDENCE_NAMES;
        [
            term(a),
            term(b),
            term(c),
            term(d),
            term(e),
            term(f),
            term(g),
            term(h),
        ]
    };
    ValueShape::Table(&FIELDS)
};

const fn term(name: &'static str) -> TableField {
    required(name, STANDARDISED, "一种依据")
}

const STANDARDISED: ValueShape = ValueShape::Table(&[
    required("mean", ValueShape::Number, "均值"),
    required("deviation", ValueShape::Positive, "离散程度"),
    required("weight", ValueShape::Number, "权重"),
]);

const RIGHT: ValueShape = ValueShape::Table(&[
    required("mean", ValueShape::Number, "均值"),
    required("deviation", ValueShape::Positive, "离散程度"),
    required("weight", ValueShape::Number, "权重"),
    required("bias", ValueShape::Number, "常数项"),
]);

/// `content/<lang>/_replies.toml`
pub(crate) const CANNED_REPLIES: ValueShape = ValueShape::Table(&[field(
    "reply",
    ValueShape::List(&CANNED_REPLY),
    "常用回复：同事接待客人时，输入 / 就能找到",
)]);

const CANNED_REPLY: ValueShape = ValueShape::Table(&[
    TableField {
        required: true,
        ..field("title", ValueShape::Text, "标题，找的时候用它")
    },
    field("tag", ValueShape::Text, "归在哪一类，例如 开头"),
    TableField {
        required: true,
        ..field(
            "text",
            ValueShape::Text,
            "说的话；可以用 content/variables.toml 里的变量，还有 {{ asker }} 客人的称呼、{{ colleague }} 写的人",
        )
    },
]);

/// `content/_brand.toml`
pub(crate) const BRAND: ValueShape = ValueShape::Table(&[
    field(
        "accent",
        ValueShape::Text,
        "浅色页面上按钮和链接的颜色，例如 \"#067d40\"；白字要看得清",
    ),
    field(
        "accent_dark",
        ValueShape::Text,
        "深色页面上按钮和链接的颜色，例如 \"#4cd187\"",
    ),
    field("zh", BRAND_WORDS, "中文页面上的字"),
    field("en", BRAND_WORDS, "英文页面上的字；没写的用中文的"),
]);

const BRAND_WORDS: ValueShape = ValueShape::Table(&[
    field(
        "name",
        ValueShape::Text,
        "名称，最多 16 个字；可以用 content/variables.toml 里的变量",
    ),
    field(
        "subtitle",
        ValueShape::Text,
        "名称下面的一行，说明管什么，最多 32 个字",
    ),
    field(
        "footer",
        ValueShape::Text,
        "输入框下面的一行，最多 120 个字",
    ),
    field(
        "privacy",
        ValueShape::Text,
        "隐私说明的网址，https:// 开头；写了就在输入框下面给出链接",
    ),
]);

/// `content/variables.toml`
pub(crate) const VARIABLES: ValueShape = ValueShape::Map(&ValueShape::MaybeEmpty);

/// `content/<lang>/_bot.toml`: the bot's own sentences. Keys that are left out keep the built-in
/// sentence.
pub fn bot_fields(lang: Lang) -> &'static [TableField] {
    static FIELDS: LazyLock<Vec<TableField>> = LazyLock::new(|| {
        let hot = field("hot", TEXTS, "热门问题的 id：打开对话和答不上来时列出");
        let keys = BotSentences::KEYS
            .iter()
            .map(|(key, _)| field(key, ValueShape::Text, "机器人自己说的话"));
        std::iter::once(hot).chain(keys).collect()
    });
    // the ids are the same in every language, so they are listed once
    match lang {
        Lang::Zh => &FIELDS,
        Lang::En => FIELDS.get(1..).unwrap_or_default(),
    }
}

/// The files for which a schema is printed: the schema's name, and the form.
pub const PRINTED_SCHEMAS: [(&str, &ValueShape); 6] = [
    ("intent", &INTENT),
    ("lexicon", &LEXICON),
    ("out-of-scope", &OUT_OF_SCOPE),
    ("calibration", &CALIBRATION),
    ("replies", &CANNED_REPLIES),
    ("brand", &BRAND),
];

/// The JSON Schema of one kind of file. Draft 7: the newest that Taplo and Even Better TOML read.
pub fn json_schema(title: &str, shape: &ValueShape) -> Value {
    let mut schema = Map::new();
    schema.insert(
        "$schema".into(),
        json!("http://json-schema.org/draft-07/schema#"),
    );
    schema.insert("title".into(), json!(title));
    schema.extend(describe(shape));
    Value::Object(schema)
}

fn describe(shape: &ValueShape) -> Map<String, Value> {
    let value = match shape {
        // a character that is not white space
        ValueShape::Text => json!({ "type": "string", "pattern": "\\S" }),
        ValueShape::MaybeEmpty => json!({ "type": "string" }),
        ValueShape::Choice(words) => json!({ "type": "string", "enum": words }),
        ValueShape::Flag => json!({ "type": "boolean" }),
        ValueShape::Weight => {
            json!({ "type": "number", "exclusiveMinimum": 0, "maximum": MAX_WEIGHT })
        }
        ValueShape::Number => json!({ "type": "number" }),
        ValueShape::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        ValueShape::Share => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
        ValueShape::List(item) => json!({ "type": "array", "items": describe(item) }),
        ValueShape::Map(item) => {
            json!({ "type": "object", "additionalProperties": describe(item) })
        }
        ValueShape::Table(fields) => table(fields),
        ValueShape::Either(shapes) => {
            json!({ "anyOf": shapes.iter().map(describe).collect::<Vec<_>>() })
        }
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn table(fields: &[TableField]) -> Value {
    let property = |field: &TableField| {
        let mut property = describe(&field.shape);
        property.insert("description".into(), json!(field.doc));
        (field.name.to_owned(), Value::Object(property))
    };
    let required: Vec<_> = fields
        .iter()
        .filter(|f| f.required)
        .map(|f| f.name)
        .collect();
    json!({
        "type": "object",
        "properties": fields.iter().map(property).collect::<Map<_, _>>(),
        "required": required,
        "additionalProperties": false,
    })
}
