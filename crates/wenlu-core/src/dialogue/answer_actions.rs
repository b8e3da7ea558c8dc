//! Answers to questions. In: a routed question, or an intent that was picked. Out: the turn with its
//! reply, a question back, a menu, or that the answer is unknown. Must not know: how it was routed.

use super::button::ReplyTarget;
use super::state::{DialogueQuestion, DialogueTopic};
use super::turn_builder::TurnBuilder;
use crate::knowledge::{Intent, IntentAction, IntentKind};
use crate::model::{Button, Decision, Routing, TurnOutcome, UnansweredReason};

/// Candidates with less confidence are not offered.
pub(super) const MIN_CONFIDENCE: f64 = 0.05;

impl TurnBuilder<'_> {
    /// Answers a routed question, asks for clarification, or says that the answer is unknown.
    pub(super) fn answer_question(&mut self, routing: Routing) {
        self.entry.question = Some(self.entry.text.clone());
        self.entry.decision = Some(routing.decision);
        self.entry.confidence = routing.confidence;
        self.entry.candidates = routing.candidates.clone();
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
                self.ask_back(&routing.choices)
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
        self.entry.outcome = outcome;
        if !intent.is_small_talk() && std::mem::replace(&mut self.state.answered, true) {
            // the answer before this one was not complained about
            self.state.unsolved = 0;
        }
    }

    /// Shows the reply, or the section of it that the question asks for. Small talk does not change
    /// the topic.
    fn show_reply(&mut self, intent: &Intent) -> bool {
        let asked = self.entry.decision.and_then(|_| {
            self.manager
                .follow_ups
                .find_in_question(intent, &self.entry.text)
        });
        let narrow = asked
            .and_then(|target| Some((self.reply_builder().section_with_head(&target)?, target)));
        let whole = || {
            Some((
                self.reply_builder().intent_reply(intent)?,
                ReplyTarget::intent(&intent.id),
            ))
        };
        let Some((reply, target)) = narrow.or_else(whole) else {
            return false;
        };
        if !intent.is_small_talk() {
            self.state.topic = Some(DialogueTopic {
                target,
                step: reply.cursor,
            });
        }
        self.replies.push(reply);
        true
    }

    fn ask_back(&mut self, choices: &[String]) {
        self.choosing = true;
        let buttons = self.choices(choices);
        self.say("clarify", &[], buttons, TurnOutcome::Clarified);
    }

    fn show_menu(&mut self, menu: &Intent, choices: &[String]) {
        self.choosing = true;
        self.entry.intent = Some(menu.id.clone());
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
        self.say(
            "menu",
            &[("title", menu.title_in(self.state.lang))],
            buttons,
            TurnOutcome::Menu,
        );
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
        let key = if self.state.misses == 0 {
            "unknown"
        } else {
            "unknown_again"
        };
        self.state.misses = self.state.misses.saturating_add(1);
        self.say(key, &[], self.next_actions(), TurnOutcome::Unknown);
    }
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
