//! What a turn routes. In: a router, and a dialogue that asks it. Out: its answers, and the texts that
//! it was asked about: those alone may be shown to an encoder. Must not know: encoders.

use std::sync::{Mutex, PoisonError};
use wenlu_core::dialogue::TextRouter;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::Routing;
use wenlu_core::router::DecisionReason;
use wenlu_core::router::explanation::Explanation;

/// Texts that are noted, at most: a turn routes one, rarely a second.
const MAX_NOTED: usize = 8;

/// A router that notes what it routes.
pub(super) struct RoutedTexts<'a> {
    router: &'a dyn TextRouter,
    noted: Mutex<Vec<String>>,
}

impl<'a> RoutedTexts<'a> {
    pub(super) fn of(router: &'a dyn TextRouter) -> Self {
        Self {
            router,
            noted: Mutex::default(),
        }
    }

    /// The texts, each once.
    pub(super) fn into_texts(self) -> Vec<String> {
        let noted = self.noted.into_inner();
        noted.unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, text: &str) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() < MAX_NOTED && noted.iter().all(|known| known != text) {
            noted.push(text.to_owned());
        }
    }
}

impl TextRouter for RoutedTexts<'_> {
    fn route(&self, text: &str) -> Routing {
        self.note(text);
        self.router.route(text)
    }

    fn explain(&self, knowledge: &Knowledge, text: &str) -> Option<Explanation> {
        self.note(text);
        self.router.explain(knowledge, text)
    }

    fn content_words(&self, normal: &str) -> Option<Vec<String>> {
        self.router.content_words(normal)
    }

    fn decision_reason(&self, text: &str) -> Option<DecisionReason> {
        self.note(text);
        self.router.decision_reason(text)
    }

    fn texts_to_encode(&self, text: &str) -> Vec<String> {
        self.router.texts_to_encode(text)
    }
}
