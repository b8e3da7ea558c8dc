//! Which part of an intent's reply a typed question gets. In: the intent, the text. Out: the part, or
//! the aspect that none tells. Must not know: the conversation.

use super::manager::DialogueManager;
use super::reading_scores::SAID;
use super::understand::PartAnswer;
use crate::knowledge::Intent;
use crate::model::{Lang, ReplyTarget};
use crate::passage::{AskedMessage, Aspect, AspectSet, PassageRanking, RankedPassage};

/// A part that is less likely than this is not shown instead of the whole reply.
pub(super) const MIN_PART_CONFIDENCE: f32 = 0.35;

/// How sure a section must be that a clause asks for beside another.
const CLEARLY_ASKED: f32 = 0.7;
/// The same for a clause that asks only where or how.
const SURELY_ASKED: f32 = 0.9;
/// A part that is less sure than this gives way to two that are clearly asked for.
const UNSURE: f32 = 0.6;

fn is_clearly_asked(part: &RankedPassage) -> bool {
    let evidence = &part.evidence;
    let tells = evidence.aspects.max(evidence.title_aspects) > 0.0 || evidence.phrase >= SAID;
    part.target.section.is_some() && tells
}

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
        let found = ranking.and_then(|ranking| {
            let part = PartAnswer::of(intent, &ranking);
            self.with_all_asked(intent, lang, message, part, &ranking)
        });
        let own = found.filter(|part| part.target.intent == intent.id);
        AnsweringPart::Shown(own.unwrap_or_else(|| PartAnswer::whole(&intent.id)))
    }

    /// 审多久，结果去哪查: the part with the section that is asked for beside it.
    pub(super) fn with_all_asked(
        &self,
        intent: &Intent,
        lang: Lang,
        message: &AskedMessage,
        part: Option<PartAnswer>,
        ranking: &PassageRanking,
    ) -> Option<PartAnswer> {
        let asked = self.sections_asked(intent, lang, message);
        let [first, second, ..] = asked.as_slice() else {
            return part;
        };
        let best = ranking.best()?;
        let other = match &best.target {
            target if target == first => second,
            target if target == second => first,
            // each is surer of its part than both together
            _ if best.confidence < UNSURE => {
                return Some(PartAnswer {
                    target: first.clone(),
                    second: Some(second.clone()),
                    ..PartAnswer::whole(&intent.id)
                });
            }
            _ => return part,
        };
        part.map(|part| PartAnswer {
            second: Some(other.clone()),
            ..part
        })
    }

    /// The sections that the clauses of a message ask for, each by an aspect of its own.
    fn sections_asked(
        &self,
        intent: &Intent,
        lang: Lang,
        message: &AskedMessage,
    ) -> Vec<ReplyTarget> {
        let mut found: Vec<ReplyTarget> = Vec::new();
        for piece in message.pieces() {
            let piece = self.message(piece);
            let ranking = match piece.asks_aspect() {
                true => self.passages.rank(self.knowledge, intent, lang, &piece),
                false => None,
            };
            let best = ranking
                .as_ref()
                .filter(|ranking| ranking.missing.is_none())
                .and_then(PassageRanking::best);
            // 从哪里 alone asks for hardly any section
            let only_how = ranking.as_ref().is_some_and(|r| r.asked == AspectSet::HOW);
            let fewest = if only_how {
                SURELY_ASKED
            } else {
                CLEARLY_ASKED
            };
            let target = best
                .filter(|best| is_clearly_asked(best) && best.confidence >= fewest)
                .map(|best| &best.target);
            found.extend(target.filter(|target| !found.contains(target)).cloned());
        }
        found
    }

    /// A message, prepared for ranking.
    pub(super) fn message(&self, text: &str) -> AskedMessage {
        self.passages
            .message(text, |normal| self.router.content_words(normal))
    }
}
