//! What is not told. In: an aspect that was asked for and that no reply tells. Out: the turn that says so
//! first, then what comes nearest. Must not know: how that was found out.

use super::reading_scores::SAID;
use super::reply_builder;
use super::state::DialogueTopic;
use super::turn_builder::TurnBuilder;
use super::understand::PartAnswer;
use crate::knowledge::{Intent, is_small_talk};
use crate::model::{Reply, TurnOutcome, UnansweredReason};
use crate::passage::{Aspect, PassageRanking};
use crate::reply::ReplyBlock;

/// A part that is less likely than this is not what comes nearest to a question.
const NEAR_CONFIDENCE: f32 = 0.6;

impl TurnBuilder<'_> {
    /// Says that the reply of an intent does not tell an aspect, then what it tells.
    pub(super) fn say_not_covered(&mut self, id: &str, aspect: Aspect) {
        let Some(intent) = self.manager.knowledge.intent(id) else {
            return self.say_expired();
        };
        let lang = self.state.lang;
        let values = [
            ("aspect", aspect.name(lang)),
            ("title", intent.title_in(lang)),
        ];
        let builder = self.reply_builder();
        let said = builder.say("not_covered", &values, vec![]);
        let part = self.nearest_part(intent);
        let reply = match builder.part_reply(&part) {
            Some(reply) => {
                let mut buttons = reply.buttons;
                buttons.insert(0, builder.human_button());
                reply_builder::drop_surplus(&mut buttons);
                Reply {
                    blocks: [said.blocks, reply.blocks].concat(),
                    buttons,
                    ..reply
                }
            }
            None => Reply {
                buttons: vec![builder.human_button()],
                ..said
            },
        };
        self.entry
            .question
            .get_or_insert_with(|| self.entry.text.clone());
        self.entry.intent = Some(id.to_owned());
        self.entry.unanswered = Some(UnansweredReason::NotCovered);
        self.state.open_topic(DialogueTopic {
            target: part.target,
            step: reply.cursor,
        });
        self.push_reply(reply, TurnOutcome::FollowUp);
    }

    /// The section that comes nearest to a question which none answers; the whole reply where none
    /// stands out.
    fn nearest_part(&self, intent: &Intent) -> PartAnswer {
        let (knowledge, lang) = (self.manager.knowledge, self.state.lang);
        let ranking = self
            .manager
            .passages
            .rank(knowledge, intent, lang, self.asked_message());
        let is_near = |ranking: &PassageRanking| {
            let best = ranking.best();
            best.is_some_and(|best| {
                // what it tells of the question, and not words alone
                let tells = best.evidence.aspects > 0.0 || best.evidence.phrase >= SAID;
                tells && best.confidence >= NEAR_CONFIDENCE
            })
        };
        let near = ranking
            .filter(is_near)
            .and_then(|ranking| PartAnswer::of(intent, &ranking));
        near.filter(|part| part.target.intent == intent.id && part.target.section.is_some())
            .unwrap_or_else(|| PartAnswer::whole(&intent.id))
    }

    /// That none of these intents tells the aspect that is asked for.
    pub(super) fn said_by_none<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Vec<ReplyBlock> {
        let (knowledge, lang) = (self.manager.knowledge, self.state.lang);
        let missing = |intent: &Intent| {
            let passages = self.manager.passages;
            let ranking = passages.rank(knowledge, intent, lang, self.asked_message());
            ranking.and_then(|ranking| ranking.missing)
        };
        let missing: Option<Vec<Aspect>> = ids
            .filter(|id| !is_small_talk(id))
            .filter_map(|id| knowledge.intent(id))
            .map(missing)
            .collect();
        match missing.as_deref().and_then(|all| all.first()) {
            Some(aspect) => {
                let values = [("aspect", aspect.name(lang))];
                self.reply_builder().say("not_told", &values, vec![]).blocks
            }
            None => Vec::new(),
        }
    }
}
