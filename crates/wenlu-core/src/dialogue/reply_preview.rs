//! What an asker will get of a reply that is being written. In: the reply's document and its intent.
//! Out: the reply to the question, and that to a press on each section. Must not know: channels,
//! conversations, the rest of the knowledge.

use super::reply_builder::ReplyBuilder;
use super::understand::PartAnswer;
use crate::knowledge::{BotSentences, Intent, Knowledge};
use crate::model::{Lang, Reply, ReplyTarget};
use crate::reply::ReplyDocument;

/// The whole reply first, then each section as its button shows it. `related`: intents that the
/// intent offers; `sentences` label the buttons.
pub fn reply_preview(
    intent: Intent,
    related: Vec<Intent>,
    document: ReplyDocument,
    lang: Lang,
    sentences: BotSentences,
) -> Vec<Reply> {
    let id = intent.id.clone();
    let whole = PartAnswer::whole(&id);
    let sections = document.sections.iter().map(|section| PartAnswer {
        target: ReplyTarget::section(&id, &section.id),
        is_picked: true,
        ..whole.clone()
    });
    let parts: Vec<PartAnswer> = std::iter::once(whole.clone()).chain(sections).collect();
    let others = related.into_iter().filter(|other| other.id != id);
    let mut intents: Vec<Intent> = others.chain([intent]).collect();
    intents.sort_by(|a, b| a.id.cmp(&b.id));
    let knowledge = Knowledge {
        intents,
        replies: [((id, lang), document)].into(),
        sentences: [(lang, sentences)].into(),
        ..Knowledge::default()
    };
    let builder = ReplyBuilder {
        knowledge: &knowledge,
        lang,
    };
    let replies = parts.iter().filter_map(|part| builder.part_reply(part));
    replies.collect()
}
