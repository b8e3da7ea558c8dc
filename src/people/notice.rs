//! What the operators are told of a turn. In: the turn. Out: a [`HandoverNotice`]: plain texts, as
//! people wrote them. Must not know: channels, markup.

use super::origin::{MediaRef, MessageOrigin};
use super::transcript::EarlierTurn;
use crate::store::records::{AskerPage, HandoverRecord, HandoverStage};
use wenlu_core::dialogue::HandoverEvent;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::{ConversationId, HandbackReason, JournalEntry, Reply, TurnOutcome};

/// Earlier turns that a notice tells of.
const MOST_LINES: usize = 8;

/// A turn of a conversation with a hand-over.
pub struct HandoverTurn<'a> {
    pub conversation: &'a ConversationId,
    /// The id of its message, if it has one.
    pub message: Option<&'a str>,
    /// What it changes; `None`: nothing.
    pub event: Option<HandoverEvent>,
    pub entry: &'a JournalEntry,
    /// What the asker is told.
    pub replies: &'a [Reply],
    /// The turns before this one, oldest first; filled only when a hand-over opens.
    pub earlier: Vec<EarlierTurn<'a>>,
    /// The hand-over as it was stored before this turn.
    pub before: Option<HandoverRecord>,
    pub knowledge: &'a Knowledge,
    pub origin: MessageOrigin<'a>,
    /// The asker's name, as their site signed it.
    pub signed_name: Option<String>,
    /// On which page of a site they are.
    pub page: Option<&'a AskerPage>,
    /// The operator who does it from the list.
    pub operator: Option<ListOperator<'a>>,
    /// The id of the file that comes with it.
    pub file: Option<&'a str>,
}

/// An operator who does something from the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListOperator<'a> {
    pub account: &'a str,
    /// Who held the hand-over, as far as they saw.
    pub seen: Option<&'a str>,
    /// Why they close it.
    pub reason: &'a str,
}

impl HandoverTurn<'_> {
    /// The operator who acts, as the others know them.
    pub(super) fn operator_name(&self) -> &str {
        let in_list = self.operator.map(|operator| operator.account);
        in_list.or(self.origin.operator).unwrap_or("telegram")
    }

    /// The operator who held it before.
    pub(super) fn holder(&self) -> Option<&str> {
        let before = self.before.as_ref();
        before
            .filter(|before| before.stage == HandoverStage::Taken)
            .and_then(|before| before.assignee.as_deref())
    }
}

/// What the operators are told.
#[derive(Clone, Debug, PartialEq)]
pub struct HandoverNotice {
    pub conversation: ConversationId,
    /// The asker's name; `None` for somebody on the web page, who can be sent text only.
    pub asker: Option<String>,
    /// Whether they have a thread of their own about the conversation.
    pub has_thread: bool,
    /// Whether what they write goes to the asker at once; else with the asker's next message.
    pub is_sent_at_once: bool,
    pub event: NoticeEvent,
}

/// What became of an operator's words that were not delivered when they were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryTrouble {
    /// They wait for the asker's next message.
    Waits,
    /// The asker cannot be written to any more.
    AskerGone,
    /// The asker's service does not take them.
    Refused,
}

impl DeliveryTrouble {
    /// As the transcript has it.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            DeliveryTrouble::Waits => {
                "现在不能主动给客人发消息：上面的话已存好，客人发来下一条消息时一起送到"
            }
            DeliveryTrouble::AskerGone => "上面的话没有送到：客人已经不再关注，消息送不到了",
            DeliveryTrouble::Refused => {
                "上面的话没有送到：客人那边的平台不接受这条内容，请换个说法再发"
            }
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            DeliveryTrouble::Waits => "waits",
            DeliveryTrouble::AskerGone => "gone",
            DeliveryTrouble::Refused => "refused",
        }
    }
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
    /// Another of them wrote to the asker, from the list.
    Answered { by: String, text: String },
    /// Another of them has taken it from the list.
    Taken { by: String },
    /// The one who had taken it is gone, and the asker waits.
    Released { by: String },
    /// The hand-over ended.
    Closed(HandbackReason),
    /// What one of them wrote was not delivered.
    NotDelivered(DeliveryTrouble),
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
    pub(super) fn of(turn: &HandoverTurn, is_sent_at_once: bool) -> Option<Self> {
        let by = || turn.operator_name().to_owned();
        let event = match turn.event? {
            HandoverEvent::Opened => NoticeEvent::Opened {
                question: question(turn),
                lines: lines(turn),
            },
            HandoverEvent::Relayed => NoticeEvent::Relayed {
                line: NoticeLine::of(turn.entry, turn.knowledge),
                media: turn.origin.media.cloned(),
                is_edit: turn.origin.is_edit,
            },
            HandoverEvent::Answered if turn.operator.is_some() => NoticeEvent::Answered {
                by: by(),
                text: turn.entry.text.clone(),
            },
            HandoverEvent::Taken if turn.operator.is_some() => NoticeEvent::Taken { by: by() },
            HandoverEvent::Released => NoticeEvent::Released {
                by: turn.holder().unwrap_or("同事").to_owned(),
            },
            HandoverEvent::Answered
            | HandoverEvent::Taken
            | HandoverEvent::Closed(HandbackReason::Unreachable) => return None,
            HandoverEvent::Closed(by) => NoticeEvent::Closed(by),
        };
        let before = turn.before.as_ref();
        Some(HandoverNotice {
            conversation: turn.conversation.clone(),
            asker: turn.origin.name.map(str::to_owned),
            has_thread: before.is_some_and(|before| before.thread.is_some()),
            is_sent_at_once,
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
    pub(super) fn of(entry: &JournalEntry, knowledge: &Knowledge) -> Option<Self> {
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
pub(super) fn question(turn: &HandoverTurn) -> Option<String> {
    let before = turn.earlier.iter().rev().map(|earlier| &earlier.row.entry);
    std::iter::once(turn.entry)
        .chain(before)
        .find_map(|entry| entry.question.clone())
}

fn lines(turn: &HandoverTurn) -> Vec<NoticeLine> {
    let skipped = turn.earlier.len().saturating_sub(MOST_LINES);
    let before = turn.earlier.iter().skip(skipped);
    let before = before.map(|earlier| &earlier.row.entry);
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
