//! What people read about suggested wordings. In: a wording's source, objection or present answer. Out:
//! words. Must not know: where they are shown.

use super::WordingSource;
use super::rank::{WordingNow, WordingObjection};
use wenlu_core::labels::decision_label;
use wenlu_core::model::Decision;

impl WordingSource {
    /// Where it comes from.
    pub fn label(&self) -> String {
        match self {
            WordingSource::Journal { count, .. } => format!("对话 {count} 次"),
            WordingSource::Pasted => "回复".to_owned(),
            WordingSource::Model => "语言模型".to_owned(),
        }
    }
}

impl WordingNow {
    /// What is done with it today.
    pub fn label(&self) -> String {
        let words = decision_label(self.decision, self.intent.as_deref());
        match self.decision {
            Decision::Answer => format!("{words} {:.2}", self.confidence),
            _ => words,
        }
    }
}

impl WordingObjection {
    /// Why it should not become an example.
    pub fn label(&self) -> String {
        match self {
            WordingObjection::Present => "已经是例句".to_owned(),
            WordingObjection::OfTest => "是一条测试的话，作了例句就测不出什么".to_owned(),
            WordingObjection::NearMiss { example } => format!("和 not 里的“{example}”一样"),
            WordingObjection::OfOther { intent, example } => {
                format!("和 {intent} 的例句“{example}”几乎一样")
            }
            WordingObjection::OutOfScope { example } => {
                format!("和范围外的“{example}”几乎一样")
            }
            WordingObjection::FarFromIntent => {
                "和这个意图的例句没有共同之处，加了也不会更有把握".to_owned()
            }
            WordingObjection::AnsweredElsewhere { intent } => format!("现在由 {intent} 答"),
            WordingObjection::Draws { messages } => {
                format!("会把别的话引到这里来：{}", messages.join("；"))
            }
            WordingObjection::Weakens => "加了它，这个意图的话反而更没把握".to_owned(),
            WordingObjection::BreaksTests { tests } => {
                format!("加了它，这些测试会不过：{}", tests.join("；"))
            }
            WordingObjection::Unusable { mistake } => format!("加了它，文件不能用：{mistake}"),
        }
    }
}
