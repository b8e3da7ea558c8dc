//! The hand-over to an operator. In: a turn that asks for one, takes place during one, or ends it.
//! Out: the turn, with what is said and who talks from now on. Must not know: how operators are
//! notified, or how messages reach them.

use super::manager::HandoverDesk;
use super::state::{ContactState, HandoverState};
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
                self.say_out_of_reach("human_nobody");
            }
            (None, _) if self.manager.operators_unreachable => {
                self.say_out_of_reach("human_unreachable");
            }
            (None, _) => self.note_request(),
            (Some(people), HandoverState::None) => {
                self.call_person(people, None, TurnOutcome::Human)
            }
            (Some(people), HandoverState::Waiting) if people.open => {
                let reply = self.say_where_it_waits("human_again_waiting", "human_again");
                self.push_reply(reply, TurnOutcome::Human);
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

    /// Says why no operator can be called, and asks how the asker can be reached.
    fn say_out_of_reach(&mut self, key: &str) {
        self.state.handed_over = true;
        let topics = self.bot_topics();
        let mut reply = self.reply_builder().say(key, &[], topics);
        self.ask_for_contact(&mut reply);
        self.push_reply(reply, TurnOutcome::Human);
    }

    /// Asks how the asker can be reached, once.
    fn ask_for_contact(&mut self, reply: &mut Reply) {
        if self.state.contact == ContactState::None {
            self.state.contact = ContactState::Wanted;
            let asked = self.reply_builder().say("human_contact", &[], vec![]);
            reply.blocks.extend(asked.blocks);
        }
    }

    /// Says that it is kept how the asker can be reached.
    pub(super) fn thank_for_contact(&mut self) {
        self.say("contact_taken", &[], vec![], TurnOutcome::Relayed);
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
        self.state.contact = self.state.contact.settled();
        self.state.handed_over = true;
        self.handover = Some(HandoverEvent::Answered);
        let reply = person_reply(self.state.lang, text);
        self.push_reply(reply, TurnOutcome::Person);
    }

    /// An operator takes over: from now on the bot is silent.
    pub(super) fn take_over(&mut self) {
        let has_met = self.state.person == HandoverState::Talking;
        self.state.person = HandoverState::Talking;
        self.state.contact = self.state.contact.settled();
        self.state.handed_over = true;
        self.handover = Some(HandoverEvent::Taken);
        self.entry.outcome = TurnOutcome::Taken;
        // of a change among operators the asker need not know
        if !has_met {
            let bot = vec![self.reply_builder().bot_button()];
            self.say("human_taken", &[], bot, TurnOutcome::Taken);
        }
    }

    /// The operator is gone and the asker waits: the bot answers again until another one takes it.
    pub(super) fn release(&mut self) {
        if self.state.person != HandoverState::Talking {
            return;
        }
        self.state.person = HandoverState::Waiting;
        self.handover = Some(HandoverEvent::Released);
        self.say("human_released", &[], vec![], TurnOutcome::Released);
    }

    /// Ends the hand-over. If none is open, the asker who asked for the bot gets the help text, and
    /// the operators are not told.
    pub(super) fn give_back(&mut self, by: HandbackReason) {
        if self.state.person == HandoverState::None {
            return if by == HandbackReason::Asker {
                self.say_help()
            };
        }
        // a request that waits for an operator does not end because nobody has come yet
        if by == HandbackReason::Silence && self.state.person == HandoverState::Waiting {
            return;
        }
        self.state.person = HandoverState::None;
        // the request stays on record although nobody could be reached
        self.state.handed_over = by == HandbackReason::Unreachable;
        self.state.contact = ContactState::None;
        self.state.unsolved = 0;
        self.state.answered = false;
        self.handover = Some(HandoverEvent::Closed(by));
        let (key, buttons) = match by {
            HandbackReason::Solved => return self.ask_for_rating(),
            HandbackReason::Done => ("given_back", vec![self.reply_builder().human_button()]),
            HandbackReason::Silence => ("given_back_silence", self.next_actions()),
            HandbackReason::Asker => ("given_back_asker", self.next_actions()),
            HandbackReason::Unreachable => ("human_unreachable", self.bot_topics()),
        };
        self.say(key, &[], buttons, TurnOutcome::GivenBack);
    }

    /// Says that the operator has ended it, and asks whether it is solved.
    fn ask_for_rating(&mut self) {
        self.state.rating_due = true;
        let speaker = self.reply_builder();
        let mut buttons = speaker.rating_buttons().to_vec();
        buttons.push(speaker.human_button());
        let mut reply = speaker.say("given_back", &[], buttons);
        let asked = speaker.say("rating_asked", &[], vec![]);
        reply.blocks.extend(asked.blocks);
        self.push_reply(reply, TurnOutcome::GivenBack);
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
        self.state.rating_due = false;
        self.state.person = HandoverState::Waiting;
        self.handover = Some(HandoverEvent::Opened);
        let called = match self.manager.desk {
            HandoverDesk::Group => "human_now",
            _ => "human_waiting",
        };
        let mut reply = match people.open {
            true => self.say_where_it_waits(called, "human"),
            false => self.say_waiting_time("human_later", "human", people),
        };
        if !people.open || !self.is_anybody_told() {
            self.ask_for_contact(&mut reply);
        }
        if let Some(why) = why {
            reply
                .blocks
                .splice(0..0, self.reply_builder().say(why, &[], vec![]).blocks);
        }
        self.push_reply(reply, outcome);
    }

    /// The sentence `key` if operators have been called or one is looking at the list; else that the
    /// request is noted.
    fn say_where_it_waits(&self, key: &str, noted: &str) -> Reply {
        match self.manager.desk {
            HandoverDesk::Group
            | HandoverDesk::List {
                is_attended: true, ..
            } => self.reply_builder().say(key, &[], vec![]),
            _ => self.say_noted(noted),
        }
    }

    /// Whether an operator learns of a request now.
    fn is_anybody_told(&self) -> bool {
        match self.manager.desk {
            HandoverDesk::Group => true,
            HandoverDesk::List {
                is_attended,
                is_told,
            } => is_attended || is_told,
            HandoverDesk::Nowhere => false,
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
