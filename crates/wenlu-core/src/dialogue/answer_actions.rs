//! Answers to questions. In: a routed question, or an intent that was picked. Out: the turn with its
//! reply, a question back, a menu, or that the answer is unknown. Must not know: how it was routed.

use super::parts::{AnsweringPart, MIN_PART_CONFIDENCE};
use super::state::{DialogueQuestion, DialogueTopic};
use super::turn_builder::TurnBuilder;
use super::understand::PartAnswer;
use crate::knowledge::{Intent, IntentAction, IntentKind, is_small_talk};
use crate::model::ReplyTarget;
use crate::model::{Button, Candidate, Decision, Routing, TurnOutcome, UnansweredReason};
use crate::passage::RankedPassage;
use crate::reply::ReplyBlock;

/// Candidates with less confidence are not offered.
pub(super) const MIN_CONFIDENCE: f64 = 0.05;
/// A section of a menu that tells this share of the asked aspects is shown above its questions.
const SURELY_TOLD: f32 = 0.5;
/// Of the candidates of a message that was not understood, so many may be meant.
const MOST_LIKELY: usize = 2;

impl<'a> TurnBuilder<'a> {
    /// Answers a routed question, asks for clarification, or says that the answer is unknown.
    pub(super) fn answer_question(&mut self, routing: Routing) {
        self.entry.question = Some(self.entry.text.clone());
        self.entry.decision = Some(routing.decision);
        self.entry.confidence = routing.confidence;
        self.entry.candidates = routing.candidates.clone();
        self.entry.scored_by = routing.scored_by;
        let intent = routing
            .intent
            .as_deref()
            .and_then(|id| self.manager.knowledge.intent(id));
        if !intent.is_some_and(Intent::is_small_talk) {
            let (text, candidates) = (self.entry.text.clone(), routing.candidates.clone());
            self.state.question = Some(DialogueQuestion {
                text,
                candidates,
                others: remaining_candidates(&routing),
            });
        }
        // each gets its whole reply: the words of the other would choose the part
        self.has_two_questions = routing.also.is_some();
        match (routing.decision, intent) {
            (Decision::Answer, Some(intent)) => {
                self.show_answer(intent, TurnOutcome::Answered);
                if let Some(second) = routing
                    .also
                    .as_ref()
                    .and_then(|c| self.manager.knowledge.intent(&c.intent))
                {
                    self.show_reply(second);
                }
            }
            (Decision::Clarify, _) if !routing.choices.is_empty() => {
                self.ask_which(&routing.choices)
            }
            (Decision::Menu, Some(menu)) => self.show_menu(menu, &routing.choices),
            _ => match routing
                .gap
                .as_deref()
                .and_then(|id| self.manager.knowledge.intent(id))
            {
                Some(gap) => self.say_gap(gap),
                None => self.say_fallback(),
            },
        }
    }

    /// Shows an intent that the asker picked from buttons.
    pub(super) fn show_choice(&mut self, id: &str) {
        let Some(intent) = self.manager.knowledge.intent(id) else {
            return self.say_expired();
        };
        match &mut self.state.question {
            // the choice settles what the question meant
            Some(question) if self.state.choosing => {
                question.others.retain(|other| other != id);
                self.entry.question = Some(question.text.clone());
            }
            _ => {
                self.state.question = Some(DialogueQuestion {
                    text: self.entry.text.clone(),
                    ..DialogueQuestion::default()
                })
            }
        }
        self.entry.confidence = 1.0;
        self.show_answer(intent, TurnOutcome::Choice);
    }

    fn show_answer(&mut self, intent: &Intent, outcome: TurnOutcome) {
        if intent.action == Some(IntentAction::Human) {
            self.entry.intent = Some(intent.id.clone());
            return self.hand_over();
        }
        match intent.kind {
            IntentKind::Menu => return self.show_menu(intent, &[]),
            IntentKind::Gap => return self.say_gap(intent),
            IntentKind::Answer => {}
        }
        if !self.show_reply(intent) {
            return self.say_fallback();
        }
        self.entry.intent = Some(intent.id.clone());
        if self.entry.unanswered.is_none() {
            self.entry.outcome = outcome;
        }
        if !intent.is_small_talk() && std::mem::replace(&mut self.state.answered, true) {
            // the answer before this one was not complained about
            self.state.unsolved = 0;
        }
    }

    /// Shows the reply, or the part of it that the typed question asks for; says first what it does
    /// not tell. Small talk does not change the topic.
    fn show_reply(&mut self, intent: &Intent) -> bool {
        let is_typed = self.entry.decision.is_some() && !intent.is_small_talk();
        if is_typed && let Some((target, step)) = self.step_asked_for(intent) {
            self.show_step(&target, Some(step));
            return true;
        }
        let part = match is_typed && !self.has_two_questions {
            false => PartAnswer::whole(&intent.id),
            true => match self.answering_part(intent) {
                AnsweringPart::Shown(part) => part,
                AnsweringPart::Missing(aspect) => {
                    self.say_not_covered(&intent.id, aspect);
                    return true;
                }
            },
        };
        let reply = self.reply_builder();
        let Some(reply) = reply.part_reply(&part) else {
            return false;
        };
        if !intent.is_small_talk() {
            self.state.open_topic(DialogueTopic {
                target: part.target,
                step: reply.cursor,
            });
        }
        self.replies.push(reply);
        true
    }

    pub(super) fn answering_part(&self, intent: &Intent) -> AnsweringPart {
        let (lang, message) = (self.state.lang, self.asked_message());
        self.manager.answering_part(intent, lang, message)
    }

    /// Answers with an intent that the asker named in words of their own.
    pub(super) fn answer_named(&mut self, id: &str) {
        let Some(intent) = self.manager.knowledge.intent(id) else {
            return self.say_expired();
        };
        self.entry.question = Some(self.entry.text.clone());
        let (knowledge, lang) = (self.manager.knowledge, self.state.lang);
        let passages = self.manager.passages;
        let ranking = passages.rank(knowledge, intent, lang, self.asked_message());
        // a name alone asks for the whole
        let asks_more = ranking.is_some_and(|ranking| !ranking.asked.is_empty());
        self.entry.decision = asks_more.then_some(Decision::Answer);
        self.entry.confidence = 1.0;
        self.state.question = Some(DialogueQuestion {
            text: self.entry.text.clone(),
            ..DialogueQuestion::default()
        });
        self.show_answer(intent, TurnOutcome::Choice);
    }

    /// Asks which of them is meant. Nobody chooses 打招呼 from a list: where small talk is all there
    /// is, the likeliest is answered.
    fn ask_which(&mut self, choices: &[String]) {
        let knowledge = self.manager.knowledge;
        let intents: Vec<&Intent> = choices
            .iter()
            .filter_map(|id| knowledge.intent(id))
            .collect();
        let offered = |intent: &&&Intent| !intent.is_small_talk() || intent.action.is_some();
        let offered: Vec<&Intent> = intents.iter().filter(offered).copied().collect();
        match (
            intents.first(),
            offered.iter().any(|intent| !intent.is_small_talk()),
        ) {
            (Some(likeliest), false) => self.show_answer(likeliest, TurnOutcome::Answered),
            _ => {
                let ids: Vec<String> = offered.iter().map(|intent| intent.id.clone()).collect();
                self.ask_back(&ids);
            }
        }
    }

    fn ask_back(&mut self, choices: &[String]) {
        self.choosing = true;
        let buttons = self.choices(choices);
        let mut reply = self.reply_builder().say("clarify", &[], buttons);
        let menu = self.shared_menu(choices);
        let known = menu.map_or_else(Vec::new, |menu| self.menu_section(menu));
        // what is asked next refers to these questions
        if let Some(menu) = menu {
            self.state.open_topic(DialogueTopic {
                target: ReplyTarget::intent(&menu.id),
                step: None,
            });
        }
        let first = match known.is_empty() {
            true => self.said_by_none(choices.iter().map(String::as_str)),
            false => known,
        };
        reply.blocks.splice(0..0, first);
        self.push_reply(reply, TurnOutcome::Clarified);
    }

    /// The menu that all of these questions stand below.
    fn shared_menu(&self, choices: &[String]) -> Option<&'a Intent> {
        let knowledge = self.manager.knowledge;
        let menu_of = |id: &String| {
            let intent = knowledge.intent(id)?;
            match intent.kind {
                IntentKind::Menu => Some(intent),
                _ => knowledge.intent(intent.parent.as_deref()?),
            }
        };
        let menu = menu_of(choices.first()?)?;
        let is_same = |id: &String| menu_of(id).is_some_and(|other| other.id == menu.id);
        choices.iter().all(is_same).then_some(menu)
    }

    /// The section of a menu's reply that was asked for: what it says holds for all questions.
    fn menu_section(&self, menu: &Intent) -> Vec<ReplyBlock> {
        let (knowledge, lang) = (self.manager.knowledge, self.state.lang);
        let passages = self.manager.passages;
        let ranking = passages.rank(knowledge, menu, lang, self.asked_message());
        let own = |target: &ReplyTarget| target.intent == menu.id && target.section.is_some();
        let best = ranking.and_then(|ranking| {
            let told = ranking.missing.is_none();
            let is_best = ranking.best().is_some_and(|best| own(&best.target));
            let mut parts = ranking.parts.into_iter().filter(|part| own(&part.target));
            let is_sure = |part: &RankedPassage| match is_best {
                true => part.confidence >= MIN_PART_CONFIDENCE,
                false => part.evidence.aspects > SURELY_TOLD,
            };
            parts.next().filter(|best| told && is_sure(best))
        });
        let found = best.and_then(|best| {
            best.target
                .resolve(knowledge, lang)
                .map(|found| found.part.blocks.clone())
        });
        found.unwrap_or_default()
    }

    pub(super) fn show_menu(&mut self, menu: &Intent, choices: &[String]) {
        self.choosing = true;
        self.entry.intent = Some(menu.id.clone());
        self.state.open_topic(DialogueTopic {
            target: ReplyTarget::intent(&menu.id),
            step: None,
        });
        let children = || {
            self.manager
                .knowledge
                .children(&menu.id)
                .map(|i| i.id.clone())
                .collect()
        };
        let ids: Vec<String> = if choices.is_empty() {
            children()
        } else {
            choices.to_vec()
        };
        let buttons = self.choices(&ids);
        let values = [("title", menu.title_in(self.state.lang))];
        let mut reply = self.reply_builder().say("menu", &values, buttons);
        let part = self.menu_part(menu);
        reply.blocks.splice(0..0, part);
        self.push_reply(reply, TurnOutcome::Menu);
    }

    /// What holds for all questions of a menu: the section that was asked for, else the head; before
    /// it that none of the replies tells what was asked.
    fn menu_part(&mut self, menu: &Intent) -> Vec<ReplyBlock> {
        let is_typed = self.entry.decision.is_some();
        let (target, missing) = match self.answering_part(menu) {
            AnsweringPart::Shown(part) => (part.target, None),
            AnsweringPart::Missing(aspect) => {
                let aspect = Some(aspect).filter(|_| is_typed);
                (ReplyTarget::intent(&menu.id), aspect)
            }
        };
        let mut blocks = Vec::new();
        if let Some(aspect) = missing {
            self.entry.unanswered = Some(UnansweredReason::NotCovered);
            let lang = self.state.lang;
            let values = [
                ("aspect", aspect.name(lang)),
                ("title", menu.title_in(lang)),
            ];
            blocks = self
                .reply_builder()
                .say("not_covered", &values, vec![])
                .blocks;
        }
        if let Some(found) = target.resolve(self.manager.knowledge, self.state.lang) {
            blocks.extend(found.part.blocks.iter().cloned());
        }
        blocks
    }

    fn choices(&self, ids: &[String]) -> Vec<Button> {
        let mut buttons = self.reply_builder().intents(ids);
        buttons.push(self.reply_builder().none_of_these());
        buttons
    }

    /// A gap: a known topic for which the knowledge has no answer.
    fn say_gap(&mut self, gap: &Intent) {
        self.entry.gap = Some(gap.id.clone());
        self.entry.unanswered = Some(UnansweredReason::Gap);
        // what is asked next refers to it, and no longer to the topic before
        self.state.open_topic(DialogueTopic {
            target: ReplyTarget::intent(&gap.id),
            step: None,
        });
        let speaker = self.reply_builder();
        let mut buttons = speaker.intents(&gap.related);
        self.choosing = !buttons.is_empty();
        let key = if buttons.is_empty() {
            "gap"
        } else {
            "gap_related"
        };
        buttons.push(speaker.human_button());
        self.say(
            key,
            &[("title", gap.title_in(self.state.lang))],
            buttons,
            TurnOutcome::Gap,
        );
    }

    fn say_fallback(&mut self) {
        self.entry.unanswered = Some(UnansweredReason::Unknown);
        let key = match self.state.misses {
            _ if self.manager.knowledge.intents.is_empty() => "nothing_yet",
            0 => "unknown",
            _ => "unknown_again",
        };
        self.state.misses = self.state.misses.saturating_add(1);
        let mut reply = self.reply_builder().say(key, &[], self.next_actions());
        // what it may be about, of which none tells what is asked
        let likely = likely_intents(&self.entry.candidates);
        let open = self.state.topic.as_ref();
        let open = open.map(|topic| topic.target.intent.as_str());
        let first = self.said_by_none(likely.chain(open));
        reply.blocks.splice(0..0, first);
        self.push_reply(reply, TurnOutcome::Unknown);
    }
}

/// The ids of the candidates that may be meant.
fn likely_intents(candidates: &[Candidate]) -> impl Iterator<Item = &str> {
    let likely = candidates.iter().filter(|c| c.confidence >= MIN_CONFIDENCE);
    likely
        .map(|c| c.intent.as_str())
        .filter(|id| !is_small_talk(id))
        .take(MOST_LIKELY)
}

/// Candidates with enough confidence that are not shown in this turn, best first.
fn remaining_candidates(routing: &Routing) -> Vec<String> {
    let shown = |id: &String| {
        routing.intent.as_ref() == Some(id)
            || routing.also.as_ref().is_some_and(|c| c.intent == *id)
            || routing.choices.contains(id)
    };
    let likely = routing
        .candidates
        .iter()
        .filter(|c| c.confidence >= MIN_CONFIDENCE);
    likely
        .map(|c| &c.intent)
        .filter(|id| !shown(id))
        .cloned()
        .collect()
}
