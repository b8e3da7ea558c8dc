//! The dialogue: answers one turn. In: the state of the conversation and the incoming message. Out:
//! the new state, the replies and the journal entry. Pure: no I/O, no clock; time comes with the
//! message. Must not know: channels, SQL, how routing works.

mod answer_actions;
mod button;
mod choice_reading;
pub(crate) mod command;
mod comment;
mod contact;
mod deep_link;
mod feedback_actions;
mod handover;
mod holidays;
pub mod hours;
mod interpret;
mod language;
mod language_actions;
mod language_request;
pub(crate) mod list_place;
mod manager;
mod meant;
mod missing_actions;
mod numerals;
mod ordinal;
mod parts;
mod person_request;
mod reading_scores;
mod references;
mod reply_builder;
mod reply_clock;
mod reply_preview;
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
pub use contact::{CONTACT_MASK, without_contact};
pub use deep_link::deep_link;
pub use handover::person_reply;
pub use holidays::Holidays;
pub use hours::{OperatorAvailability, ServiceHours};
pub use manager::{DialogueManager, HandoverDesk, HandoverEvent, TextRouter, Turn};
pub use reading_scores::{ReadingEvidence, ReadingScores};
pub use reply_clock::ReplyClock;
pub use reply_preview::reply_preview;
pub use search::{SearchResult, search};
pub use state::{
    CommentAbout, ContactState, Conversation, DialogueQuestion, DialogueTopic, HandoverState,
};

use crate::model::{HanScript, Incoming, IncomingBody};
use contact::GivenContact;
use interpret::UserAct;
use std::cell::OnceCell;
use turn_builder::TurnBuilder;

impl DialogueManager<'_> {
    /// Answers one turn: interprets the message in the state of the conversation, then takes the
    /// action for it. How the asker can be reached, once they were asked for it, is taken out first.
    pub fn answer(&self, conversation: Conversation, incoming: &Incoming) -> Turn {
        let conversation = language::heard(self, conversation, &incoming.body);
        let contact = contact_in(&conversation, &incoming.body);
        let comment = comment::comment_in(self, &conversation, incoming);
        let mut turn = match (comment, contact) {
            (Some(comment), _) => self.take_comment(conversation, comment, incoming),
            (_, Some((whole, given))) => self.take_contact(conversation, whole, given, incoming),
            _ => self.act(conversation, incoming),
        };
        if turn.conversation.script == HanScript::Traditional {
            traditional::convert(&mut turn.replies, self.knowledge);
        }
        turn
    }

    /// Keeps how the asker can be reached apart, and answers what else the message says.
    fn take_contact(
        &self,
        conversation: Conversation,
        whole: &str,
        given: GivenContact,
        incoming: &Incoming,
    ) -> Turn {
        let conversation = Conversation {
            contact: ContactState::Left,
            ..conversation
        };
        let rest = Incoming {
            body: IncomingBody::Text(given.rest),
            at: incoming.at,
        };
        let mut turn = match given.is_all {
            true => {
                let asked = OnceCell::new();
                let mut turn = TurnBuilder::new(self, conversation, &rest, &asked);
                turn.thank_for_contact();
                turn.finish()
            }
            false => {
                let mut turn = self.act(conversation, &rest);
                let thanks = turn_builder::contact_thanks(self, &turn.conversation);
                turn.replies.insert(0, thanks);
                turn
            }
        };
        turn.contact = Some(whole.trim().chars().take(contact::MOST_CHARS).collect());
        turn
    }

    fn act(&self, conversation: Conversation, incoming: &Incoming) -> Turn {
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
            UserAct::StepCount(target) => turn.count_steps(&target),
            UserAct::StepNumber(target, step) => turn.number_step(&target, step),
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
            UserAct::Released => turn.release(),
            UserAct::GiveBack(by) => turn.give_back(by),
            UserAct::Rated(solved) => turn.rate(solved),
            UserAct::Comment(Some(about)) => turn.ask_for_comment(about),
            UserAct::Comment(None) => turn.acknowledge(),
        }
        turn.finish()
    }
}

/// The message, and how it says its asker can be reached, if they were asked for that.
fn contact_in<'a>(
    conversation: &Conversation,
    body: &'a IncomingBody,
) -> Option<(&'a str, GivenContact)> {
    match body {
        IncomingBody::Text(text) if conversation.contact == ContactState::Wanted => {
            Some((text.as_str(), contact::given_contact(text)?))
        }
        _ => None,
    }
}
