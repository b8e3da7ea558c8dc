//! Builds the answer of a turn. In: what the asker meant. Out: state, replies and journal entry,
//! changed together: each method is one action of the bot with all that it changes. The actions stand
//! in `answer_actions`, `step_actions`, `feedback_actions` and `handover`.

use super::button::ButtonAction;
use super::interpret::MAX_CHARS;
use super::manager::{DialogueManager, HandoverDesk, HandoverEvent, Turn};
use super::reply_builder::{MOST_BUTTONS, ReplyBuilder};
use super::state::{Conversation, HandoverState};
use crate::model::{
    AttachmentKind, Button, Incoming, IncomingBody, JournalEntry, Lang, Reply, TurnOutcome,
};
use crate::passage::AskedMessage;
use std::cell::OnceCell;

pub(super) struct TurnBuilder<'a> {
    pub(super) manager: &'a DialogueManager<'a>,
    /// The text of this turn, prepared for ranking once it is needed.
    pub(super) asked: &'a OnceCell<AskedMessage>,
    pub(super) state: Conversation,
    pub(super) replies: Vec<Reply>,
    /// Whether the buttons of this turn ask the asker to choose.
    pub(super) choosing: bool,
    /// Whether the message asks two questions.
    pub(super) has_two_questions: bool,
    pub(super) entry: JournalEntry,
    pub(super) handover: Option<HandoverEvent>,
    pub(super) rating: Option<bool>,
}

impl<'a> TurnBuilder<'a> {
    pub(super) fn new(
        manager: &'a DialogueManager<'a>,
        mut state: Conversation,
        incoming: &Incoming,
        asked: &'a OnceCell<AskedMessage>,
    ) -> Self {
        let entry = JournalEntry {
            at: incoming.at,
            text: text_as_seen(manager, &state, &incoming.body),
            question: None,
            lang: state.lang,
            decision: None,
            intent: None,
            gap: None,
            confidence: 0.0,
            candidates: vec![],
            knowledge: manager.knowledge.version.clone(),
            outcome: TurnOutcome::Expired,
            unanswered: None,
            handed_over: false,
            scored_by: None,
        };
        if incoming.body.is_from_asker() {
            if !state.is_fresh(incoming.at, manager.ttl) {
                state.choosing = false;
            }
            state.seen_at = incoming.at;
            state.comment = None;
            if manager.operators.is_none() && manager.desk == HandoverDesk::Group {
                // without operators, nobody could end the hand-over
                state.person = HandoverState::None;
            }
        }
        let relays =
            state.person != HandoverState::None && is_for_operators(manager, &incoming.body);
        let handover = relays.then_some(HandoverEvent::Relayed);
        TurnBuilder {
            manager,
            asked,
            state,
            replies: vec![],
            choosing: false,
            has_two_questions: false,
            entry,
            handover,
            rating: None,
        }
    }

    pub(super) fn finish(mut self) -> Turn {
        let buttons: Vec<Button> = self
            .replies
            .iter()
            .flat_map(|r| &r.buttons)
            .cloned()
            .collect();
        // a turn without buttons leaves the earlier ones on the screen
        if !buttons.is_empty() {
            self.state.shown = buttons;
            self.state.choosing = self.choosing;
        }
        if self.entry.outcome != TurnOutcome::Unknown {
            self.state.misses = 0;
        }
        self.entry.lang = self.state.lang;
        self.entry.handed_over = self.state.handed_over;
        Turn {
            conversation: self.state,
            replies: self.replies,
            entry: self.entry,
            handover: self.handover,
            contact: None,
            rating: self.rating,
            comment: None,
        }
    }

    /// Starts over; an open hand-over stays open.
    pub(super) fn greet(&mut self, lang: Lang) {
        let Conversation {
            seen_at,
            handed_over,
            person,
            contact,
            script,
            ..
        } = self.state;
        self.state = Conversation {
            lang,
            seen_at,
            handed_over,
            person,
            contact,
            script,
            ..Conversation::default()
        };
        if person == HandoverState::Talking {
            return self.say_operator_talks(TurnOutcome::Start);
        }
        self.say(
            "welcome",
            &[],
            self.reply_builder().hot_topics(),
            TurnOutcome::Start,
        );
    }

    /// Says what the bot can do, with topics to start from.
    pub(super) fn say_help(&mut self) {
        if self.state.person == HandoverState::Talking {
            return self.say_operator_talks(TurnOutcome::Help);
        }
        self.say("help", &[], self.next_actions(), TurnOutcome::Help);
    }

    pub(super) fn show_topics(&mut self) {
        let key = match self.manager.knowledge.intents.is_empty() {
            true => "nothing_yet",
            false => "topics",
        };
        self.say(
            key,
            &[],
            self.reply_builder().hot_topics(),
            TurnOutcome::Topics,
        );
    }

    pub(super) fn ask_for_text(&mut self) {
        self.say("empty", &[], vec![], TurnOutcome::Refused);
    }

    /// Says that the attachment cannot be read or, during a hand-over, that it is kept for the
    /// operators.
    pub(super) fn say_attachment_unread(&mut self, kind: AttachmentKind) {
        let values = [("kind", kind.name(self.state.lang))];
        match (kind, self.state.person) {
            (AttachmentKind::Sticker, _) => self.say("sticker", &[], vec![], TurnOutcome::Refused),
            (_, HandoverState::None) => self.say(
                "unreadable",
                &values,
                vec![self.reply_builder().human_button()],
                TurnOutcome::Refused,
            ),
            _ => self.say("unreadable_kept", &values, vec![], TurnOutcome::Relayed),
        }
    }

    pub(super) fn ask_to_shorten(&mut self) {
        let kept = self.entry.text.chars().take(MAX_CHARS).collect();
        self.entry.text = kept;
        self.say(
            "too_long",
            &[("limit", &MAX_CHARS.to_string())],
            vec![],
            TurnOutcome::Refused,
        );
    }

    /// Buttons for the hot topics and for an operator.
    pub(super) fn next_actions(&self) -> Vec<Button> {
        let mut buttons = self.reply_builder().hot_topics();
        buttons.truncate(MOST_BUTTONS - 1);
        buttons.push(self.reply_builder().human_button());
        buttons
    }

    /// Records that this turn is about the last question of the asker.
    pub(super) fn recall_question(&mut self) {
        if let Some(question) = self
            .state
            .question
            .as_ref()
            .filter(|_| self.entry.question.is_none())
        {
            self.entry.question = Some(question.text.clone());
            self.entry.candidates = question.candidates.clone();
        }
    }

    pub(super) fn say(
        &mut self,
        key: &str,
        values: &[(&str, &str)],
        buttons: Vec<Button>,
        outcome: TurnOutcome,
    ) {
        let reply = self.reply_builder().say(key, values, buttons);
        self.push_reply(reply, outcome);
    }

    pub(super) fn push_reply(&mut self, reply: Reply, outcome: TurnOutcome) {
        self.replies.push(reply);
        self.entry.outcome = outcome;
    }

    /// The text of this turn, prepared for ranking.
    pub(super) fn asked_message(&self) -> &'a AskedMessage {
        let prepare = || self.manager.message(&self.entry.text);
        self.asked.get_or_init(prepare)
    }

    pub(super) fn reply_builder(&self) -> ReplyBuilder<'a> {
        ReplyBuilder {
            knowledge: self.manager.knowledge,
            lang: self.state.lang,
        }
    }
}

/// That what the asker wrote of themselves is kept.
pub(super) fn contact_thanks(manager: &DialogueManager, state: &Conversation) -> Reply {
    let speaker = ReplyBuilder {
        knowledge: manager.knowledge,
        lang: state.lang,
    };
    speaker.say("contact_taken", &[], vec![])
}

/// The text of the message or, for a button, its label.
fn text_as_seen(desk: &DialogueManager, state: &Conversation, body: &IncomingBody) -> String {
    match body {
        IncomingBody::Start { .. }
        | IncomingBody::Help
        | IncomingBody::Taken
        | IncomingBody::Released
        | IncomingBody::Handback(_) => String::new(),
        IncomingBody::Text(text) | IncomingBody::FromPerson(text) => text.clone(),
        IncomingBody::Attachment(kind) => kind.bracketed(),
        IncomingBody::Button(data) => label_as_seen(desk, state, body, data),
        IncomingBody::ShowIntent(_) | IncomingBody::Topics | IncomingBody::Human => {
            let action = ButtonAction::requested(body, desk.knowledge);
            let data = action.map(|action| action.data(desk.knowledge));
            label_as_seen(desk, state, body, &data.unwrap_or_default())
        }
    }
}

/// The label of the button with this data on the asker's screen, or what it would be there.
fn label_as_seen(
    desk: &DialogueManager,
    state: &Conversation,
    body: &IncomingBody,
    data: &str,
) -> String {
    if let Some(button) = state.shown.iter().find(|b| b.data == data) {
        return button.label.clone();
    }
    let speaker = ReplyBuilder {
        knowledge: desk.knowledge,
        lang: state.lang,
    };
    ButtonAction::requested(body, desk.knowledge)
        .map_or_else(String::new, |action| speaker.label(&action))
}

/// Whether the operators should see what the asker did. Moving between steps and opening the list
/// of topics concern the bot only.
fn is_for_operators(desk: &DialogueManager, body: &IncomingBody) -> bool {
    match body {
        IncomingBody::Text(_) | IncomingBody::Attachment(_) => true,
        IncomingBody::Button(_)
        | IncomingBody::ShowIntent(_)
        | IncomingBody::Topics
        | IncomingBody::Human => !matches!(
            ButtonAction::requested(body, desk.knowledge),
            Some(
                ButtonAction::Step(..)
                    | ButtonAction::AllSteps(_)
                    | ButtonAction::Topics
                    | ButtonAction::Rate(_)
                    | ButtonAction::Comment(_)
            )
        ),
        IncomingBody::Start { .. }
        | IncomingBody::Help
        | IncomingBody::FromPerson(_)
        | IncomingBody::Taken
        | IncomingBody::Released
        | IncomingBody::Handback(_) => false,
    }
}
