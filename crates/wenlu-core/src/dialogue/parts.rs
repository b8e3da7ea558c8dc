//! Which part of an intent's reply a typed question gets. In: the intent, the text. Out: the part, or
//! the aspect that none tells. Must not know: the conversation.

use super::manager::DialogueManager;
use super::understand::PartAnswer;
use crate::knowledge::Intent;
use crate::model::Lang;
use crate::passage::{AskedMessage, Aspect, PassageRanking};

/// A part that is less likely than this is not shown instead of the whole reply.
pub(super) const MIN_PART_CONFIDENCE: f32 = 0.35;

/// What of a reply a question gets.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AnsweringPart {
    /// No part tells this aspect.
    Missing(Aspect),
    /// This part; the whole reply where none stands out.
    Shown(PartAnswer),
}

impl PartAnswer {
    /// The best part of a reply, with the second if that is nearly as good; `None` if none is likely
    /// enough.
    pub(super) fn of(intent: &Intent, ranking: &PassageRanking) -> Option<Self> {
        let best = ranking
            .best()
            .filter(|part| part.confidence >= MIN_PART_CONFIDENCE)?;
        let second = ranking.close_second().map(|part| part.target.clone());
        Some(PartAnswer {
            target: best.target.clone(),
            lead: best.lead.clone(),
            second: second.filter(|target| target.intent == intent.id),
            is_picked: false,
        })
    }
}

impl DialogueManager<'_> {
    /// The parts of an intent's reply as a text asks for them, best first; `None` if the intent has
    /// no reply. `lang`: the language of the conversation.
    pub fn rank_parts(&self, intent: &Intent, lang: Lang, text: &str) -> Option<PassageRanking> {
        let message = self.message(text);
        self.passages.rank(self.knowledge, intent, lang, &message)
    }

    /// The section of an intent's reply that a text is answered with first; `None` if an aspect
    /// is said to be missing, and an empty section if the whole reply is shown.
    pub fn shown_section(&self, intent: &Intent, lang: Lang, text: &str) -> Option<String> {
        match self.answering_part(intent, lang, &self.message(text)) {
            AnsweringPart::Missing(_) => None,
            AnsweringPart::Shown(part) => Some(part.target.section.unwrap_or_default()),
        }
    }

    pub(super) fn answering_part(
        &self,
        intent: &Intent,
        lang: Lang,
        message: &AskedMessage,
    ) -> AnsweringPart {
        let ranking = self.passages.rank(self.knowledge, intent, lang, message);
        if let Some(aspect) = ranking.as_ref().and_then(|ranking| ranking.missing) {
            return AnsweringPart::Missing(aspect);
        }
        let found = ranking.and_then(|ranking| PartAnswer::of(intent, &ranking));
        let own = found.filter(|part| part.target.intent == intent.id);
        AnsweringPart::Shown(own.unwrap_or_else(|| PartAnswer::whole(&intent.id)))
    }

    /// A message, prepared for ranking.
    pub(super) fn message(&self, text: &str) -> AskedMessage {
        self.passages
            .message(text, |normal| self.router.content_words(normal))
    }
}
