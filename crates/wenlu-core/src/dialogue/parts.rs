//! Which part of an intent's reply a typed question gets. In: the intent, the text. Out: the part, or
//! the aspect that none tells. Must not know: the conversation.

use super::manager::DialogueManager;
use super::understand::{PartAnswer, asked_language};
use crate::knowledge::Intent;
use crate::model::{Lang, ReplyTarget};
use crate::passage::{AskedMessage, Aspect, PassageRanking};

/// A part that is less likely than this is not shown instead of the whole reply.
const MIN_PART_CONFIDENCE: f32 = 0.35;

/// What of a reply a question gets.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AnsweringPart {
    /// No part tells this aspect.
    Missing(Aspect),
    /// This part; the whole reply where none stands out.
    Shown(PartAnswer),
}

impl DialogueManager<'_> {
    /// The parts of an intent's reply as a text asks for them, best first; `None` if the intent has
    /// no reply. `lang`: the language of the conversation.
    pub fn rank_parts(&self, intent: &Intent, lang: Lang, text: &str) -> Option<PassageRanking> {
        let asked = asked_language(text, lang);
        let message = self.message(text);
        self.passages.rank(self.knowledge, intent, asked, &message)
    }

    /// The section of an intent's reply that a text is answered with first; `None` if an aspect
    /// is said to be missing, and an empty section if the whole reply is shown.
    pub fn shown_section(&self, intent: &Intent, lang: Lang, text: &str) -> Option<String> {
        match self.answering_part(intent, lang, text) {
            AnsweringPart::Missing(_) => None,
            AnsweringPart::Shown(part) => Some(part.target.section.unwrap_or_default()),
        }
    }

    pub(super) fn answering_part(&self, intent: &Intent, lang: Lang, text: &str) -> AnsweringPart {
        let ranking = self.rank_parts(intent, lang, text);
        if let Some(aspect) = ranking.as_ref().and_then(|ranking| ranking.missing) {
            return AnsweringPart::Missing(aspect);
        }
        let best = ranking.as_ref().and_then(PassageRanking::best);
        let own = best.filter(|part| {
            part.target.intent == intent.id && part.confidence >= MIN_PART_CONFIDENCE
        });
        AnsweringPart::Shown(match own {
            Some(part) => PartAnswer {
                target: part.target.clone(),
                lead: part.lead.clone(),
            },
            None => PartAnswer {
                target: ReplyTarget::intent(&intent.id),
                lead: None,
            },
        })
    }

    /// A message, prepared for ranking.
    pub(super) fn message(&self, text: &str) -> AskedMessage {
        self.passages
            .message(text, |normal| self.router.content_words(normal))
    }
}
