//! An optional encoder beside the words of a message, from outside. Its vectors are of our own making: what sentences
//! mean is a list of words for each topic, some of which no example has.

mod commands;
mod failing;
mod fused;
mod serving;
mod stub;
mod table;

use std::collections::HashMap;
use std::sync::Arc;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::{TextVectors, texts_to_learn, texts_to_score};

/// Says what 小程序怎么迁移 says; no example has the word that matters.
pub(crate) const PARAPHRASE: &str = "我们这边的小程序得搬家";

/// The words of each topic.
const TOPICS: &[&[&str]] = &[
    &["迁移", "过户", "转给", "换主体", "变更主体", "搬家"],
    &["openid", "unionid", "appid", "号变没变"],
    &["小店", "关店"],
    &[
        "公司没了",
        "公司注销",
        "吊销",
        "倒闭",
        "不存在",
        "公司也没了",
        "企业已注销",
        "对公账户",
    ],
    &["支付", "商户号"],
    &["谢"],
    &["人工", "真人", "你们的人"],
    &["天气", "笑话", "高铁", "写首诗", "好吃", "股票"],
];
pub(crate) const DIMENSIONS: usize = 16;

/// What the sentence is about, and a little of its own.
pub(crate) fn meaning(text: &str) -> Vec<f32> {
    // the second half is nearly empty, so that another order is another model
    let mut vector: Vec<f32> = (0..DIMENSIONS)
        .map(|at| if at < TOPICS.len() { 0.2 } else { 0.0 })
        .collect();
    for (topic, words) in TOPICS.iter().enumerate() {
        if words.iter().any(|word| text.contains(word)) {
            vector[topic] += 1.0;
        }
    }
    let mut state = 7u32;
    for byte in text.bytes() {
        state = state.wrapping_mul(31).wrapping_add(u32::from(byte));
    }
    for value in &mut vector {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *value += 0.1 * (state >> 8) as f32 / (1 << 24) as f32;
    }
    vector
}

/// Vectors of the texts that are in it.
pub(crate) struct VectorTable(pub HashMap<String, Arc<[f32]>>);

impl TextVectors for VectorTable {
    fn vector(&self, text: &str) -> Option<Arc<[f32]>> {
        self.0.get(text).cloned()
    }
}

/// Of everything that a router of `knowledge` is trained with, and of `messages`.
pub(crate) fn table(knowledge: &Knowledge, messages: &[&str]) -> VectorTable {
    let said = messages.iter().flat_map(|message| texts_to_score(message));
    let texts = texts_to_learn(knowledge).into_iter().chain(said);
    VectorTable(
        texts
            .map(|text| (text.clone(), meaning(&text).into()))
            .collect(),
    )
}
