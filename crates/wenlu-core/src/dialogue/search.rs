//! Searches for intents without a conversation. In: a text. Out: the most likely intents with the
//! beginning of their replies. Must not know: conversations, channels, how results are shown.

use super::answer_actions::MIN_CONFIDENCE;
use super::manager::TextRouter;
use crate::knowledge::{Intent, Knowledge};
use crate::model::{Decision, Lang, Reply};
use std::collections::HashSet;

/// An intent that a text may be about.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchResult {
    /// What the intent is called in the asker's language.
    pub title: String,
    /// The reply without its sections, and without buttons.
    pub reply: Reply,
}

/// The intents that `text` may be about, the likeliest first; the hot topics if it is empty. At most
/// `limit`; small talk is left out.
pub fn search(
    knowledge: &Knowledge,
    router: &dyn TextRouter,
    text: &str,
    lang: Lang,
    limit: usize,
) -> Vec<SearchResult> {
    let ids = match text.trim() {
        "" => knowledge.hot.clone(),
        query => likely_intents(knowledge, router, query),
    };
    ids.iter()
        .filter_map(|id| knowledge.intent(id))
        .filter(|intent| !intent.is_small_talk())
        .filter_map(|intent| search_result(knowledge, intent, lang))
        .take(limit)
        .collect()
}

/// The choices of a clarification first, then the questions of a topic that the query names, then
/// all other candidates.
fn likely_intents(knowledge: &Knowledge, router: &dyn TextRouter, query: &str) -> Vec<String> {
    let routing = router.route(query);
    let topic = routing
        .intent
        .filter(|_| routing.decision == Decision::Menu);
    let of_topic = topic
        .iter()
        .flat_map(|menu| knowledge.children(menu))
        .map(|intent| intent.id.clone());
    let likely = routing
        .candidates
        .iter()
        .filter(|candidate| candidate.confidence >= MIN_CONFIDENCE)
        .map(|candidate| candidate.intent.clone());
    let mut seen = HashSet::new();
    routing
        .choices
        .iter()
        .cloned()
        .chain(of_topic)
        .chain(likely)
        .filter(|id| seen.insert(id.clone()))
        .collect()
}

fn search_result(knowledge: &Knowledge, intent: &Intent, lang: Lang) -> Option<SearchResult> {
    let part = &knowledge.reply(&intent.id, lang)?.head;
    Some(SearchResult {
        title: intent.title_in(lang).to_owned(),
        reply: Reply {
            lang,
            blocks: part.blocks.clone(),
            steps: part.steps.clone(),
            after: part.after.clone(),
            ..Reply::default()
        },
    })
}
