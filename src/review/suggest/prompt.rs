//! What a language model is asked. In: intents with their examples, and the intents beside them.
//! Out: one prompt, in the language of the knowledge, without personal data. Must not know: which
//! model it is for.

use std::collections::BTreeMap;
use std::fmt::Write;
use wenlu_core::knowledge::{Intent, Knowledge};
use wenlu_core::privacy::redact;
use wenlu_core::router::Router;
use wenlu_core::text::normalize::is_han;

/// Examples, near misses and neighbouring intents that are shown of each intent.
const EXAMPLES: usize = 12;
const NEAR_MISSES: usize = 6;
const NEIGHBOURS: usize = 5;
/// Examples that are routed to find the neighbours.
const ROUTED: usize = 5;

/// The prompt for `count` new wordings of each of the intents.
pub fn prompt(knowledge: &Knowledge, router: &Router, intents: &[&Intent], count: usize) -> String {
    let words = match intents.iter().any(|intent| is_chinese(intent)) {
        true => &CHINESE,
        false => &ENGLISH,
    };
    let mut text = words.task.replace("{count}", &count.to_string());
    text += match intents.len() {
        1 => words.one,
        _ => words.several,
    };
    for intent in intents {
        // writing to a String cannot fail
        let _ = write!(
            text,
            "\n## {}\n{}{}\n",
            intent.id,
            words.topic,
            masked(&intent.title)
        );
        list(
            &mut text,
            words.present,
            intent.examples.iter().take(EXAMPLES),
        );
        let others = neighbours(knowledge, router, intent);
        list(&mut text, words.not, intent.not.iter().take(NEAR_MISSES));
        list(&mut text, words.others, others.iter());
    }
    text
}

struct PromptWords {
    task: &'static str,
    one: &'static str,
    several: &'static str,
    topic: &'static str,
    present: &'static str,
    not: &'static str,
    others: &'static str,
}

const CHINESE: PromptWords = PromptWords {
    task: "你在帮一个客服机器人补充“大家会怎么问”。下面是话题和已经收集到的问法。请为每个话题再写 {count} 句真实的人会发来的问法：\n\
           - 换不同的人来问：长的短的、急的客气的，有口语、省略和少量错别字；\n\
           - 说法要新，不要只把已有的问法改几个字；\n\
           - 只问这个话题，不要写成“不要写成”和“别的话题”里的意思；\n\
           - 不要出现姓名、电话、订单号等个人信息。\n",
    one: "只输出问法，一行一句，不加解释。\n",
    several: "每个话题先照抄它的标题行（## 和编号），下面一行一句，不加解释。\n",
    topic: "话题：",
    present: "已有的问法：",
    not: "不要写成：",
    others: "别的话题：",
};

const ENGLISH: PromptWords = PromptWords {
    task: "You help a support bot with how people ask. Below are topics and the messages collected so far. For each topic \
           write {count} more messages that real people would send:\n\
           - from different people: long and short, hurried and polite, colloquial, with omissions and a few typing errors;\n\
           - new in their wording, not an old message with a few words exchanged;\n\
           - about this topic alone, not about what stands under “Not” and “Other topics”;\n\
           - without names, numbers or other personal data.\n",
    one: "Print the messages alone, one a line, without explanations.\n",
    several: "Begin each topic with its own heading line (## and its id), then one message a line, without explanations.\n",
    topic: "Topic: ",
    present: "Messages so far:",
    not: "Not:",
    others: "Other topics:",
};

fn list<'a>(text: &mut String, title: &str, lines: impl Iterator<Item = &'a String>) {
    for (at, line) in lines.enumerate() {
        if at == 0 {
            let _ = writeln!(text, "{title}");
        }
        let _ = writeln!(text, "- {}", masked(line));
    }
}

fn masked(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    redact(&line).text
}

fn is_chinese(intent: &Intent) -> bool {
    let mut texts = intent.examples.iter().take(EXAMPLES).chain([&intent.title]);
    texts.any(|text| text.chars().any(is_han))
}

/// The titles of the intents that messages of this one come nearest to.
fn neighbours(knowledge: &Knowledge, router: &Router, intent: &Intent) -> Vec<String> {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for text in intent.examples.iter().take(ROUTED).chain([&intent.title]) {
        for candidate in router.route(text).candidates {
            if candidate.intent != intent.id {
                *sums.entry(candidate.intent).or_default() += candidate.confidence;
            }
        }
    }
    let mut sums: Vec<(String, f64)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    let near = sums.into_iter().take(NEIGHBOURS);
    near.filter_map(|(id, _)| Some(knowledge.intent(&id)?.title.clone()))
        .collect()
}
