//! The dialogue: answers one turn. In: the state of the conversation and the incoming message. Out:
//! the new state, the replies and the journal entry. Pure: no I/O, no clock; time comes with the
//! message. Must not know: channels, SQL, how routing works.

mod answer_actions;
mod button;
mod choice_reading;
pub(crate) mod command;
mod deep_link;
mod elsewhere;
mod feedback_actions;
mod handover;
pub mod hours;
mod interpret;
mod language;
mod language_actions;
mod language_request;
pub(crate) mod list_place;
mod manager;
mod missing_actions;
mod numerals;
mod ordinal;
mod parts;
mod reading_scores;
mod references;
mod reply_builder;
mod search;
mod shift;
mod shift_text;
mod shorthand;
mod state;
mod step_actions;
mod step_reading;
mod step_request;
mod step_words;
mod traditional;
mod turn_builder;
mod understand;

pub use crate::model::ReplyTarget;
pub use button::{StepButton, is_feedback_button};
pub use deep_link::deep_link;
pub use handover::person_reply;
pub use hours::{OperatorAvailability, ServiceHours};
pub use manager::{DialogueManager, HandoverDesk, HandoverEvent, TextRouter, Turn};
pub use reading_scores::{ReadingEvidence, ReadingScores};
pub use search::{SearchResult, search};
pub use state::{Conversation, DialogueQuestion, DialogueTopic, HandoverState};

use crate::model::{HanScript, Incoming};
use interpret::UserAct;
use std::cell::OnceCell;
use turn_builder::TurnBuilder;

impl DialogueManager<'_> {
    /// Answers one turn: interprets the message in the state of the conversation, then takes the
    /// action for it.
    pub fn answer(&self, conversation: Conversation, incoming: &Incoming) -> Turn {
        let conversation = language::heard(self, conversation, &incoming.body);
        // interpreting and answering rank the same text
        let asked = OnceCell::new();
        let meant = interpret::interpret(self, &conversation, incoming, &asked);
        let mut turn = TurnBuilder::new(self, conversation, incoming, &asked);
        match meant {
            UserAct::Start(lang) => turn.greet(lang),
            UserAct::Topics => turn.show_topics(),
            UserAct::Question(routing) => turn.answer_question(routing),
            UserAct::Choice(intent) => turn.show_choice(&intent),
            UserAct::Section(target) => turn.show_section(&target),
            UserAct::Part(part) => turn.show_answering_part(&part),
            UserAct::NotCovered(intent, aspect) => turn.say_not_covered(&intent, aspect),
            UserAct::Named(intent) => turn.answer_named(&intent),
            UserAct::Acknowledged => turn.acknowledge(),
            UserAct::Shorter => turn.shorten(),
            UserAct::Step(target, step) => turn.show_step(&target, step),
            UserAct::StepFailed(target, step) => turn.help_with_step(&target, step),
            UserAct::NoSuchStep(count) => turn.say_no_such_step(count),
            UserAct::NoSuchChoice(count) => turn.say_no_such_choice(count),
            UserAct::NoneOfThese => turn.ask_to_rephrase(),
            UserAct::Solved => turn.acknowledge_solved(),
            UserAct::Unsolved(intent) => turn.offer_next_best(intent.as_deref()),
            UserAct::Human => turn.hand_over(),
            UserAct::Expired => turn.say_expired(),
            UserAct::Unreadable => turn.ask_for_text(),
            UserAct::TooLong => turn.ask_to_shorten(),
            UserAct::Help => turn.say_help(),
            UserAct::Attachment(kind) => turn.say_attachment_unread(kind),
            UserAct::Language(lang) => turn.switch_language(lang),
            UserAct::Relay => turn.relay(),
            UserAct::FromPerson(text) => turn.pass_to_asker(&text),
            UserAct::Taken => turn.take_over(),
            UserAct::GiveBack(by) => turn.give_back(by),
        }
        let mut turn = turn.finish();
        if turn.conversation.script == HanScript::Traditional {
            traditional::convert(&mut turn.replies, self.knowledge);
        }
        turn
    }
}
