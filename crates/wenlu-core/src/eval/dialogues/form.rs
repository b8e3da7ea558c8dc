//! The form of a file of dialogues. In: nothing. Out: its [`ValueShape`].

use super::kinds::DialogueKind;
use crate::knowledge::schema::{ValueShape, field, required};

pub(super) const DIALOGUES: ValueShape = ValueShape::Table(&[required(
    "dialogue",
    ValueShape::List(&DIALOGUE),
    "对话：[[dialogue]]，一段一个",
)]);

const DIALOGUE: ValueShape = ValueShape::Table(&[
    required("id", ValueShape::Text, "名称，所有文件里不能重复"),
    field(
        "half",
        ValueShape::Choice(&["a", "b"]),
        "a 做的时候看，b 留到最后只数数",
    ),
    required(
        "kind",
        ValueShape::Choice(DialogueKind::NAMES),
        "考的是什么",
    ),
    field(
        "voice",
        ValueShape::Text,
        "提问的人怎么说话：angry、hurried、lost……",
    ),
    required("turns", ValueShape::List(&TURN), "按顺序说的话"),
]);

const TURN: ValueShape = ValueShape::Table(&[
    required("say", ValueShape::Text, "提问的人输入的话"),
    field(
        "intent",
        ONE_OR_MORE,
        "这之后在谈哪个意图：一个 id，或者几个都行",
    ),
    field(
        "fact",
        ValueShape::List(&ONE_OR_MORE),
        "必须全部给出的事实；里面的列表是任选其一",
    ),
    field("early", ValueShape::Flag, "每个事实都要在回复的开头"),
    field("not_said", ValueShape::Flag, "资料没有说：回复要先讲明"),
    field("aspect", ValueShape::Text, "资料没有说的是哪一点"),
    field(
        "apart",
        ONE_OR_MORE,
        "问的是别的：这之后是哪个意图，或者 unknown",
    ),
    field("not_intent", ValueShape::Text, "这之后不再谈的意图"),
    field("ack", ValueShape::Flag, "客套话：不能记成没答上来"),
    field("person", ValueShape::Flag, "转了人工，或者仍在等人工"),
    field("lang", ValueShape::Choice(&["zh", "en"]), "回复用的语言"),
    field("step", ValueShape::Number, "给出的是第几步，从 1 数起"),
    field("absent", TEXTS, "回复里不能有的话"),
]);

const TEXTS: ValueShape = ValueShape::List(&ValueShape::Text);
const ONE_OR_MORE: ValueShape = ValueShape::Either(&[ValueShape::Text, TEXTS]);
