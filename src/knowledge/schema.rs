//! The form of the data files, defined once: `parse` checks files against it, and [`json_schema`]
//! prints it for editors. In: nothing. Out: [`ValueShape`]s, JSON. Must not know: files, intents.

use super::Sentences;
use crate::message::Lang;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The allowed form of a value.
#[derive(Debug)]
pub enum Shape {
    /// A text with at least one character that is not white space.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    Flag,
    /// A number above 0, at most [`MAX_WEIGHT`].
    Weight,
    /// Any finite number.
    Number,
    /// A finite number above 0.
    Positive,
    /// A number above 0, at most 1.
    Share,
    List(&'static Shape),
    /// A table with arbitrary keys.
    Map(&'static Shape),
    Table(&'static [Field]),
    /// The first shape that has the value's type applies.
    Either(&'static [Shape]),
}

/// A named value of a table.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// The description that editors show, in Chinese.
    pub doc: &'static str,
}

/// Maximum weight of a keyword: more than any set of keywords needs, and low enough to catch a
/// typing error such as 20 for 2.0.
pub const MAX_WEIGHT: f64 = 10.0;
/// Number of characters of a title that fit on a button on a phone.
pub const TITLE_LENGTH: usize = 24;

const TEXTS: Shape = Shape::List(&Shape::Text);

const fn field(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, required: false, doc }
}

/// `intents/<id>.toml`
pub const INTENT: Shape = Shape::Table(&[
    Field { required: true, ..field("title", Shape::Text, "标题，也就是按钮上的文字，最多 24 个字") },
    field("title_en", Shape::Text, "英文标题；没有就用中文标题"),
    field("label", Shape::Text, "别的系统里的名称（导入的数据用），评测和导出时用它"),
    field("parent", Shape::Text, "上级菜单的 id；那个意图要有 menu = true"),
    field("menu", Shape::Flag, "这是一个菜单：只说了话题、没说问题时，列出下面的问题。没有回复文件"),
    field("gap", Shape::Flag, "这是一个缺口：有人问、但目前没有答案的话题。没有回复文件"),
    field("action", Shape::Choice(&["human"]), "回答之外要做的事；human：转人工"),
    field("related", TEXTS, "相关问题的 id，显示在回答下面"),
    field("examples", TEXTS, "例句：大家会怎么问，用他们自己的话，一行一句，越多样越好"),
    field("not", TEXTS, "容易混淆、但不该到这里来的说法"),
    field("keywords", Shape::List(&KEYWORD), "关键词；「甲 + 乙」表示两个都要出现"),
    field(
        "follow_up",
        Shape::Map(&Shape::Text),
        "追问：听到这句话，就给出回复里的那一节，例如 \"要多久\" = \"#how-long\" 或 \"other-id.md#how-long\"",
    ),
    field("test", Shape::List(&TEST), "测试：wenlu check 会逐条问一遍；不要和例句相同"),
]);

const KEYWORD: Shape = Shape::Either(&[
    Shape::Text,
    Shape::Table(&[
        Field { required: true, ..field("any", TEXTS, "其中一个要出现") },
        field("with", TEXTS, "这些全部要同时出现"),
        field("weight", Shape::Weight, "权重，不写就是 1"),
    ]),
]);

const TEST: Shape = Shape::Table(&[
    Field { required: true, ..field("say", Shape::Text, "用户说的话") },
    field("here", Shape::Flag, "应该到这里（true，不写就是 true），还是不该到这里（false）"),
    field(
        "wants",
        Shape::Choice(&["answer", "clarify", "menu", "unknown"]),
        "期望的结果，只在和通常不同时写：answer 直接回答，clarify 给出几个选项，menu 打开菜单，unknown 说不知道",
    ),
]);

/// `intents/lexicon.toml`
pub const LEXICON: Shape = Shape::Table(&[
    field("words", TEXTS, "领域词：分词时不能拆开的词"),
    field("generic", TEXTS, "通用词：只有它们时不能算问了什么"),
    field("filler", TEXTS, "客套和语气词：不含问题"),
    field("synonyms", Shape::List(&TEXTS), "同义词组：每组第一个是标准说法，组内的词可以互换"),
]);

/// `intents/out-of-scope.toml`
pub const OUT_OF_SCOPE: Shape =
    Shape::Table(&[field("examples", TEXTS, "哪个意图都不该回答的话：闲聊、别的行业、别的产品")]);

/// `intents/calibration.toml`, which `wenlu calibrate` writes.
pub const CALIBRATION: Shape = Shape::Table(&[
    Field { required: true, ..field("threshold", Shape::Share, "把握达到多少才回答") },
    field("background", Shape::Flag, "训练时是否加上内置的日常句子，当作范围外的话；不写就是不加"),
    Field { required: true, ..field("bias", Shape::Number, "常数项") },
    Field { required: true, ..field("evidence", EVIDENCE, "每一种依据：均值、离散程度、权重") },
    Field { required: true, ..field("right", RIGHT, "从依据的总分到答对的概率") },
]);

/// The evidence that the router's confidence is made of.
pub const EVIDENCE_NAMES: [&str; 8] = [
    "logit",
    "log_probability",
    "centroid_cosine",
    "coverage",
    "other_mass",
    "class_coverage",
    "class_usual",
    "length",
];

const EVIDENCE: Shape = {
    const FIELDS: [Field; EVIDENCE_NAMES.len()] = {
        let [a, b, c, d, e, f, g, h] = EVIDENCE_NAMES;
        [term(a), term(b), term(c), term(d), term(e), term(f), term(g), term(h)]
    };
    Shape::Table(&FIELDS)
};

const fn term(name: &'static str) -> Field {
    Field { required: true, ..field(name, STANDARDISED, "一种依据") }
}

const STANDARDISED: Shape = Shape::Table(&[
    Field { required: true, ..field("mean", Shape::Number, "均值") },
    Field { required: true, ..field("deviation", Shape::Positive, "离散程度") },
    Field { required: true, ..field("weight", Shape::Number, "权重") },
]);

const RIGHT: Shape = Shape::Table(&[
    Field { required: true, ..field("mean", Shape::Number, "均值") },
    Field { required: true, ..field("deviation", Shape::Positive, "离散程度") },
    Field { required: true, ..field("weight", Shape::Number, "权重") },
    Field { required: true, ..field("bias", Shape::Number, "常数项") },
]);

/// `content/variables.toml`
pub const PHRASES: Shape = Shape::Map(&Shape::Text);

/// `content/<lang>/_bot.toml`: the bot's own sentences. Keys that are left out keep the built-in
/// sentence.
pub fn bot(lang: Lang) -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
        let hot = field("hot", TEXTS, "热门问题的 id：打开对话和答不上来时列出");
        let keys = Sentences::KEYS.iter().map(|(key, _)| field(key, Shape::Text, "机器人自己说的话"));
        std::iter::once(hot).chain(keys).collect()
    });
    // the ids are the same in every language, so they are listed once
    match lang {
        Lang::Zh => &FIELDS,
        Lang::En => FIELDS.get(1..).unwrap_or_default(),
    }
}

/// The files for which a schema is printed: the schema's name, and the form.
pub const PRINTED: [(&str, &Shape); 4] =
    [("intent", &INTENT), ("lexicon", &LEXICON), ("out-of-scope", &OUT_OF_SCOPE), ("calibration", &CALIBRATION)];

/// The JSON Schema of one kind of file. Draft 7: the newest that Taplo and Even Better TOML read.
pub fn json_schema(title: &str, shape: &Shape) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("title".into(), json!(title));
    schema.extend(describe(shape));
    Value::Object(schema)
}

fn describe(shape: &Shape) -> Map<String, Value> {
    let value = match shape {
        // a character that is not white space
        Shape::Text => json!({ "type": "string", "pattern": "\\S" }),
        Shape::Choice(words) => json!({ "type": "string", "enum": words }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Weight => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": MAX_WEIGHT }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        Shape::Share => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
        Shape::List(item) => json!({ "type": "array", "items": describe(item) }),
        Shape::Map(item) => json!({ "type": "object", "additionalProperties": describe(item) }),
        Shape::Table(fields) => table(fields),
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(describe).collect::<Vec<_>>() }),
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn table(fields: &[Field]) -> Value {
    let property = |field: &Field| {
        let mut property = describe(&field.shape);
        property.insert("description".into(), json!(field.doc));
        (field.name.to_owned(), Value::Object(property))
    };
    let required: Vec<_> = fields.iter().filter(|f| f.required).map(|f| f.name).collect();
    json!({
        "type": "object",
        "properties": fields.iter().map(property).collect::<Map<_, _>>(),
        "required": required,
        "additionalProperties": false,
    })
}
