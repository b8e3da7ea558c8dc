//! What an asker adds to what they said of an answer or of a person, in their next message. In: the state of the
//! conversation, and the message. Out: the comment, which is no question. Must not know: which channels
//! have a form for it instead.

use super::button::ButtonAction;
use super::command;
use super::manager::{DialogueManager, Turn};
use super::state::{CommentAbout, Conversation, HandoverState};
use super::turn_builder::TurnBuilder;
use crate::model::{Button, Incoming, IncomingBody, TurnOutcome};
use crate::text::normalize::normalize;
use std::cell::OnceCell;

/// Characters of a comment that are kept.
const MOST_CHARS: usize = 500;

/// What the message comments on, if the asker was asked for that and says something.
pub(super) fn comment_in<'a>(
    manager: &DialogueManager,
    conversation: &Conversation,
    incoming: &'a Incoming,
) -> Option<(CommentAbout, &'a str)> {
    let IncomingBody::Text(text) = &incoming.body else {
        return None;
    };
    let normal = normalize(text);
    let is_other = |button: &Button| normalize(&button.label) == normal;
    let is_meant = conversation.person != HandoverState::Talking
        && conversation.is_fresh(incoming.at, manager.ttl)
        && !normal.is_empty()
        && command::read(&normal).is_none()
        && !conversation.shown.iter().any(is_other);
    conversation
        .comment
        .filter(|_| is_meant)
        .map(|about| (about, text.as_str()))
}

impl DialogueManager<'_> {
    /// Keeps the comment, and thanks for it.
    pub(super) fn take_comment(
        &self,
        conversation: Conversation,
        (about, text): (CommentAbout, &str),
        incoming: &Incoming,
    ) -> Turn {
        let asked = OnceCell::new();
        let mut turn = TurnBuilder::new(self, conversation, incoming, &asked);
        turn.say("comment_taken", &[], vec![], TurnOutcome::Commented);
        let mut turn = turn.finish();
        turn.comment = Some((about, text.trim().chars().take(MOST_CHARS).collect()));
        turn
    }
}

impl TurnBuilder<'_> {
    /// The button that asks for a comment, where there is no form for one.
    pub(super) fn comment_button(&self, about: CommentAbout) -> Option<Button> {
        let speaker = self.reply_builder();
        let action = ButtonAction::Comment(Some(about));
        self.state
            .comments_in_chat
            .then(|| speaker.button("button_comment", &action))
    }

    /// Asks what was unclear: the next message is the comment.
    pub(super) fn ask_for_comment(&mut self, about: CommentAbout) {
        self.state.comment = Some(about);
        let no = ButtonAction::Comment(None);
        let no = self.reply_builder().button("button_comment_none", &no);
        self.say("comment_asked", &[], vec![no], TurnOutcome::Commented);
    }
}
