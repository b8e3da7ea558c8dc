//! What decides. In: knowledge and a router. Out: an [`AnswerEngine`], replaced as a whole and never
//! changed. Must not know: conversations, the store.

use super::suggestions::SuggestionIndex;
use wenlu_core::dialogue::TextRouter;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::passage::PassageIndex;
use wenlu_core::router::Router;

/// A snapshot of what decides: the knowledge, and what was built from it.
pub struct AnswerEngine {
    pub knowledge: Knowledge,
    pub router: Box<dyn TextRouter>,
    pub passages: PassageIndex,
    pub(crate) suggestions: SuggestionIndex,
}

impl AnswerEngine {
    /// Builds the router from `knowledge`.
    pub fn build(knowledge: Knowledge) -> Self {
        let router = Router::build(&knowledge);
        AnswerEngine::new(knowledge, router)
    }

    /// With another router than the built-in one.
    pub fn new(knowledge: Knowledge, router: impl TextRouter + 'static) -> Self {
        AnswerEngine {
            passages: PassageIndex::of(&knowledge),
            suggestions: SuggestionIndex::build(&knowledge),
            knowledge,
            router: Box::new(router),
        }
    }
}
