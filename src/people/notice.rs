//! What the operators are told of a turn. In: the turn. Out: a [`HandoverNotice`]: plain texts, as
//! people wrote them. Must not know: channels, markup.

use super::origin::{MediaRef, MessageOrigin};
use crate::store::records::{HandoverRecord, JournalRow};
use wenlu_core::dialogue::HandoverEvent;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::{ConversationId, HandbackReason, JournalEntry, TurnOutcome};

/// A turn that changes a hand-over.
pub struct HandoverTurn<'a> {
    pub conversation: &'a ConversationId,
    pub event: HandoverEvent,
    pub entry: &'a JournalEntry,
    /// The turns before this one, oldest first; filled only when a hand-over opens.
    pub history: &'a [JournalRow],
    /// The hand-over as it was stored before this turn.
    pub before: Option<HandoverRecord>,
    pub knowledge: &'a Knowledge,
    pub origin: MessageOrigin<'a>,
}

/// What the operators are told.
#[derive(Clone, Debug, PartialEq)]
pub struct HandoverNotice {
    pub conversation: ConversationId,
    /// The asker's name; `None` for somebody on the web page, who can be sent text only.
    pub asker: Option<String>,
    /// Whether they have a thread of their own about the conversation.
    pub has_thread: bool,
    pub event: NoticeEvent,
}

#[derive(Clone, Debug, PartialEq)]
pub enum NoticeEvent {
    /// One of them is called.
    Opened {
        /// The last question, if the asker asked one.
        question: Option<String>,
        /// The turns so far, oldest first.
        lines: Vec<NoticeLine>,
    },
    /// The asker wrote.
    Relayed {
        line: NoticeLine,
        media: Option<MediaRef>,
        /// Whether they edited what they wrote before.
        is_edit: bool,
    },
    /// The hand-over ended.
    Closed(HandbackReason),
}

/// What was said in a turn, and what the bot did.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeLine {
    pub is_from_operator: bool,
    /// May be blank.
    pub text: String,
    pub bot: Option<BotDeed>,
}

/// What the bot did in a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BotDeed {
    /// It answered with the reply of this title.
    Answered(String),
    AskedToChoose,
    /// It has nothing about the topic of this title.
    HasNothing(String),
    DidNotKnow,
    WasNoHelp,
}

impl HandoverNotice {
    /// `None` if they are not told: they wrote themselves, or cannot be reached.
    pub(super) fn of(turn: &HandoverTurn) -> Option<Self> {
        let event = match turn.event {
            HandoverEvent::Opened => NoticeEvent::Opened {
                question: question(turn),
                lines: lines(turn),
            },
            HandoverEvent::Relayed => NoticeEvent::Relayed {
                line: NoticeLine::of(turn.entry, turn.knowledge),
                media: turn.origin.media.cloned(),
                is_edit: turn.origin.is_edit,
            },
            HandoverEvent::Answered | HandoverEvent::Closed(HandbackReason::Unreachable) => {
                return None;
            }
            HandoverEvent::Closed(by) => NoticeEvent::Closed(by),
        };
        let before = turn.before.as_ref();
        Some(HandoverNotice {
            conversation: turn.conversation.clone(),
            asker: turn.origin.name.map(str::to_owned),
            has_thread: before.is_some_and(|before| before.thread.is_some()),
            event,
        })
    }
}

impl NoticeLine {
    fn of(entry: &JournalEntry, knowledge: &Knowledge) -> Self {
        NoticeLine {
            is_from_operator: entry.outcome == TurnOutcome::Person,
            text: entry.text.clone(),
            bot: BotDeed::of(entry, knowledge),
        }
    }
}

impl BotDeed {
    fn of(entry: &JournalEntry, knowledge: &Knowledge) -> Option<Self> {
        Some(match entry.outcome {
            TurnOutcome::Answered
            | TurnOutcome::Choice
            | TurnOutcome::FollowUp
            | TurnOutcome::Step => BotDeed::Answered(title(entry.intent.as_deref(), knowledge)),
            TurnOutcome::Clarified | TurnOutcome::Menu => BotDeed::AskedToChoose,
            TurnOutcome::Gap => BotDeed::HasNothing(title(entry.gap.as_deref(), knowledge)),
            TurnOutcome::Unknown => BotDeed::DidNotKnow,
            TurnOutcome::Unsolved => BotDeed::WasNoHelp,
            _ => return None,
        })
    }

    /// In one line.
    pub fn in_words(&self) -> String {
        match self {
            BotDeed::Answered(title) => format!("机器人答了“{title}”"),
            BotDeed::AskedToChoose => "机器人请客人选择".to_owned(),
            BotDeed::HasNothing(title) => format!("机器人没有“{title}”的资料"),
            BotDeed::DidNotKnow => "机器人没有答上来".to_owned(),
            BotDeed::WasNoHelp => "客人说没解决".to_owned(),
        }
    }
}

/// The question of this turn or else of the last one that had any.
fn question(turn: &HandoverTurn) -> Option<String> {
    let before = turn.history.iter().rev().map(|row| &row.entry);
    std::iter::once(turn.entry)
        .chain(before)
        .find_map(|entry| entry.question.clone())
}

fn lines(turn: &HandoverTurn) -> Vec<NoticeLine> {
    let before = turn.history.iter().map(|row| &row.entry);
    before
        .chain(std::iter::once(turn.entry))
        .map(|entry| NoticeLine::of(entry, turn.knowledge))
        .collect()
}

/// Empty if the knowledge has no such intent any more.
fn title(id: Option<&str>, knowledge: &Knowledge) -> String {
    id.and_then(|id| knowledge.intent(id))
        .map_or_else(String::new, |intent| intent.title.clone())
}
