//! The hand-over to an operator. In: a turn that asks for one, takes place during one, or ends it.
//! Out: the turn, with what is said and who talks from now on. Must not know: how operators are
//! notified, or how messages reach them.

use super::manager::HandoverDesk;
use super::state::HandoverState;
use super::turn_builder::TurnBuilder;
use super::understand::PartAnswer;
use super::{HandoverEvent, OperatorAvailability};
use crate::knowledge::{IntentAction, sentences};
use crate::model::TurnOutcome;
use crate::model::{Button, HandbackReason, Lang, Reply};

/// What an operator wrote, as the asker is shown it.
pub fn person_reply(lang: Lang, text: &str) -> Reply {
    Reply {
        lang,
        blocks: sentences::sentence_blocks(text),
        from_person: true,
        ..Reply::default()
    }
}

impl TurnBuilder<'_> {
    /// 转人工: calls an operator, once. If none can be reached, the request is noted.
    pub(super) fn hand_over(&mut self) {
        self.recall_question();
        match (self.manager.operators, self.state.person) {
            (None, _) if self.manager.desk == HandoverDesk::Nowhere => {
                self.state.handed_over = true;
                self.say("human_nobody", &[], self.bot_topics(), TurnOutcome::Human);
            }
            (None, _) if self.manager.operators_unreachable => {
                self.state.handed_over = true;
                self.say(
                    "human_unreachable",
                    &[],
                    self.bot_topics(),
                    TurnOutcome::Human,
                );
            }
            (None, _) => self.note_request(),
            (Some(people), HandoverState::None) => {
                self.call_person(people, None, TurnOutcome::Human)
            }
            (Some(people), HandoverState::Waiting) if people.open && self.waits_in_list() => {
                let reply = self.say_in_list("human_again_waiting", "human_again");
                self.push_reply(reply, TurnOutcome::Human);
            }
            // service has begun since the request
            (Some(people), HandoverState::Waiting) if people.open => {
                self.state.person = HandoverState::Talking;
                self.say_operator_talks(TurnOutcome::Human);
            }
            (Some(people), HandoverState::Waiting) => {
                let reply = self.say_waiting_time("human_again_later", "human_again", people);
                self.push_reply(reply, TurnOutcome::Human);
            }
            (Some(_), HandoverState::Talking) => self.say_operator_talks(TurnOutcome::Human),
        }
    }

    /// After too many 没解决: calls an operator and says why. `false` if none can be reached or a
    /// hand-over is open.
    pub(super) fn escalate_unsolved(&mut self) -> bool {
        let people = self
            .manager
            .operators
            .filter(|_| self.state.person == HandoverState::None);
        if let Some(people) = people {
            self.call_person(people, Some("unsolved_human"), TurnOutcome::Unsolved);
        }
        people.is_some()
    }

    /// Says that an operator talks with the asker, and how to get back to the bot.
    pub(super) fn say_operator_talks(&mut self, outcome: TurnOutcome) {
        self.say(
            "human_again_now",
            &[],
            vec![self.reply_builder().bot_button()],
            outcome,
        );
    }

    /// The message is for the operator: the bot says nothing.
    pub(super) fn relay(&mut self) {
        self.entry.outcome = TurnOutcome::Relayed;
        if self.entry.text.trim().is_empty() {
            self.entry.text = "［没有文字］".to_owned();
        }
    }

    /// Passes an operator's message to the asker. From the first one on, the bot is silent.
    pub(super) fn pass_to_asker(&mut self, text: &str) {
        self.state.person = HandoverState::Talking;
        self.state.handed_over = true;
        self.handover = Some(HandoverEvent::Answered);
        let reply = person_reply(self.state.lang, text);
        self.push_reply(reply, TurnOutcome::Person);
    }

    /// An operator takes over: from now on the bot is silent.
    pub(super) fn take_over(&mut self) {
        let has_met = self.state.person == HandoverState::Talking;
        self.state.person = HandoverState::Talking;
        self.state.handed_over = true;
        self.handover = Some(HandoverEvent::Taken);
        self.entry.outcome = TurnOutcome::Taken;
        // of a change among operators the asker need not know
        if !has_met {
            let bot = vec![self.reply_builder().bot_button()];
            self.say("human_taken", &[], bot, TurnOutcome::Taken);
        }
    }

    /// Ends the hand-over. If none is open, the asker who asked for the bot gets the help text, and
    /// the operators are not told.
    pub(super) fn give_back(&mut self, by: HandbackReason) {
        if self.state.person == HandoverState::None {
            return if by == HandbackReason::Asker {
                self.say_help()
            };
        }
        // a request that waits for service to begin does not end because nobody writes at night
        if by == HandbackReason::Silence && self.state.person == HandoverState::Waiting {
            return;
        }
        self.state.person = HandoverState::None;
        // the request stays on record although nobody could be reached
        self.state.handed_over = by == HandbackReason::Unreachable;
        self.state.unsolved = 0;
        self.state.answered = false;
        self.handover = Some(HandoverEvent::Closed(by));
        let (key, buttons) = match by {
            HandbackReason::Done => ("given_back", vec![self.reply_builder().human_button()]),
            HandbackReason::Silence => ("given_back_silence", self.next_actions()),
            HandbackReason::Asker => ("given_back_asker", self.next_actions()),
            HandbackReason::Unreachable => ("human_unreachable", self.bot_topics()),
        };
        self.say(key, &[], buttons, TurnOutcome::GivenBack);
    }

    /// Buttons that help where no operator can be called.
    fn bot_topics(&self) -> Vec<Button> {
        self.reply_builder().hot_topics()
    }

    /// Opens the hand-over; the sentence `why` is said first.
    fn call_person(
        &mut self,
        people: OperatorAvailability,
        why: Option<&str>,
        outcome: TurnOutcome,
    ) {
        self.state.handed_over = true;
        self.state.person = if people.open && !self.waits_in_list() {
            HandoverState::Talking
        } else {
            HandoverState::Waiting
        };
        self.handover = Some(HandoverEvent::Opened);
        let mut reply = match people.open {
            true if self.waits_in_list() => self.say_in_list("human_waiting", "human"),
            true => {
                self.reply_builder()
                    .say("human_now", &[], vec![self.reply_builder().bot_button()])
            }
            false => self.say_waiting_time("human_later", "human", people),
        };
        if let Some(why) = why {
            reply
                .blocks
                .splice(0..0, self.reply_builder().say(why, &[], vec![]).blocks);
        }
        self.push_reply(reply, outcome);
    }

    /// Whether a request waits in a list until an operator takes it.
    fn waits_in_list(&self) -> bool {
        matches!(self.manager.desk, HandoverDesk::List { .. })
    }

    /// The sentence `key` if an operator is looking at the list; else that the request is noted.
    fn say_in_list(&self, key: &str, noted: &str) -> Reply {
        match self.manager.desk {
            HandoverDesk::List { is_attended: true } => self.reply_builder().say(key, &[], vec![]),
            _ => self.say_noted(noted),
        }
    }

    /// That the request is noted: for the first one, `human`, in the knowledge's own words.
    fn say_noted(&self, key: &str) -> Reply {
        let intents = &self.manager.knowledge.intents;
        let own = intents
            .iter()
            .find(|intent| intent.action == Some(IntentAction::Human))
            .filter(|_| key == "human");
        own.and_then(|intent| {
            self.reply_builder()
                .part_reply(&PartAnswer::whole(&intent.id))
        })
        .unwrap_or_else(|| self.reply_builder().say(key, &[], vec![]))
    }

    /// The sentence `key` with the time at which service begins again; `untold` if that is unknown.
    fn say_waiting_time(&self, key: &str, untold: &str, people: OperatorAvailability) -> Reply {
        match people.opens {
            Some(opens) => {
                self.reply_builder()
                    .say(key, &[("when", &opens.in_words(self.state.lang))], vec![])
            }
            None => self.reply_builder().say(untold, &[], vec![]),
        }
    }

    /// No operator can be called: notes the request in the journal and tells the asker so.
    fn note_request(&mut self) {
        let again = std::mem::replace(&mut self.state.handed_over, true);
        let reply = self.say_noted(if again { "human_again" } else { "human" });
        self.push_reply(reply, TurnOutcome::Human);
    }
}
