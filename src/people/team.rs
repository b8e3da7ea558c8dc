//! The operators. In: a turn of a conversation with a hand-over. Out: what is committed with it, so
//! that they are told, and read the whole of it. Must not know: how a notice is drawn, when it is
//! sent.

use super::list_watch::ListWatch;
use super::news::HandoverNews;
use super::notice::{DeliveryTrouble, HandoverNotice, HandoverTurn, NoticeEvent, question};
use super::reach::{OperatorReach, ReachFlag};
use super::transcript;
use crate::store::records::{
    AskerPage, HandoverChange, HandoverRecord, NewHandoverMessage, OutboxCall, TranscriptAuthor,
    TurnEffects,
};
use wenlu_core::dialogue::{HandoverEvent, OperatorAvailability, ServiceHours};
use wenlu_core::model::{ConversationId, HandbackReason, Reply, Timestamp};
use wenlu_core::privacy::redact;

/// Draws what the operators are told, on the channel where they read it.
pub trait NoticeDrawer: Send + Sync {
    /// The calls that tell them, in this order.
    fn draw(&self, notice: &HandoverNotice) -> Vec<OutboxCall>;
}

/// Brings what is said without having been asked for to the askers of one channel.
pub trait AskerCourier: Send + Sync {
    /// The calls that bring it; `None` for an asker on another channel.
    fn bring(&self, conversation: &ConversationId, replies: &[Reply]) -> Option<Vec<OutboxCall>>;

    /// Whether the asker's own service has people who take those that ask for one, so that nobody here
    /// does.
    fn passes_on(&self, _: &ConversationId) -> bool {
        false
    }

    /// The calls that tell the service of an asker what became of a hand-over; none where it has no
    /// use for that.
    fn announce(&self, _: &ConversationId, _: HandoverNews<'_>) -> Vec<OutboxCall> {
        vec![]
    }
}

/// The group in which operators are called.
pub struct TeamGroup {
    /// As its channel names it.
    chat: String,
    reach: ReachFlag,
    drawer: Box<dyn NoticeDrawer>,
}

/// The operators who can take over a conversation.
#[derive(Default)]
pub struct OperatorTeam {
    /// `None`: always open.
    hours: Option<ServiceHours>,
    group: Option<TeamGroup>,
    /// The list from which they take hand-overs; `None`: there is none.
    list: Option<ListWatch>,
    /// Whether notices reach those who do not look at it.
    has_notices: bool,
    couriers: Vec<Box<dyn AskerCourier>>,
}

impl TeamGroup {
    /// `reach`: whether they can be told there.
    pub fn new(chat: String, reach: ReachFlag, drawer: impl NoticeDrawer + 'static) -> Self {
        TeamGroup {
            chat,
            reach,
            drawer: Box::new(drawer),
        }
    }
}

impl OperatorTeam {
    /// `hours`: `None` for always open.
    pub fn new(hours: Option<ServiceHours>) -> Self {
        OperatorTeam {
            hours,
            ..OperatorTeam::default()
        }
    }

    pub fn with_group(self, group: Option<TeamGroup>) -> Self {
        OperatorTeam { group, ..self }
    }

    pub fn with_list(self, list: Option<ListWatch>) -> Self {
        OperatorTeam { list, ..self }
    }

    /// Whether notices reach those who do not look at the list.
    pub fn with_notices(self, has_notices: bool) -> Self {
        OperatorTeam {
            has_notices,
            ..self
        }
    }

    /// One for each channel that has a way of its own to its askers.
    pub fn with_couriers(self, couriers: Vec<Box<dyn AskerCourier>>) -> Self {
        OperatorTeam { couriers, ..self }
    }

    /// Whether they have a group and cannot be notified in it, independently of the service hours;
    /// `None` if they have none.
    pub fn are_unreachable(&self) -> Option<bool> {
        self.group.as_ref().map(|group| group.reach.is_lost())
    }

    /// Whether they can be called now.
    pub async fn reach(&self, now: Timestamp) -> OperatorReach {
        let availability = match &self.hours {
            Some(hours) => hours.availability_at(now),
            None => OperatorAvailability::ALWAYS,
        };
        if self.called_in().is_some() {
            return OperatorReach::Reachable(availability);
        }
        let attendance = match &self.list {
            Some(list) => list.look(now).await,
            None => Default::default(),
        };
        match (attendance.has_accounts, &self.group) {
            (true, _) => OperatorReach::Listed {
                availability,
                is_attended: attendance.is_attended,
                is_told: self.has_notices,
            },
            (false, Some(_)) => OperatorReach::Unreachable,
            (false, None) => OperatorReach::Nobody,
        }
    }

    /// The group, if it can be written to.
    fn called_in(&self) -> Option<&TeamGroup> {
        self.group.as_ref().filter(|group| !group.reach.is_lost())
    }

    /// What is committed with a turn, so that they are told of it and can read it.
    pub fn plan(&self, turn: &HandoverTurn) -> TurnEffects {
        let calls = self.tell(turn).unwrap_or_default();
        TurnEffects {
            calls,
            handover: self.change(turn),
            messages: transcript::messages(turn),
            ..TurnEffects::default()
        }
    }

    /// The calls that tell the asker's service what became of the hand-over.
    pub fn announce(&self, turn: &HandoverTurn) -> Vec<OutboxCall> {
        let Some(news) = HandoverNews::of(turn) else {
            return vec![];
        };
        let couriers = self.couriers.iter();
        couriers
            .flat_map(|courier| courier.announce(turn.conversation, news))
            .collect()
    }

    /// The calls that tell those in the group.
    fn tell(&self, turn: &HandoverTurn) -> Option<Vec<OutboxCall>> {
        let is_there = turn
            .before
            .as_ref()
            .is_some_and(|before| !before.chat.is_empty());
        let group = match turn.event {
            Some(HandoverEvent::Opened) => self.called_in()?,
            _ => self.group.as_ref().filter(|_| is_there)?,
        };
        let at_once = self.sends_at_once(turn.conversation);
        Some(group.drawer.draw(&HandoverNotice::of(turn, at_once)?))
    }

    /// Whether what operators write goes to the asker at once, on a channel of theirs.
    pub fn sends_at_once(&self, conversation: &ConversationId) -> bool {
        let mut couriers = self.couriers.iter();
        couriers.any(|courier| courier.bring(conversation, &[]).is_some())
    }

    /// Whether people of the asker's own service take those who ask for one.
    pub fn passes_on(&self, conversation: &ConversationId) -> bool {
        let mut couriers = self.couriers.iter();
        couriers.any(|courier| courier.passes_on(conversation))
    }

    /// What tells them that words of theirs were not delivered: those in the group, and those who
    /// read the conversation. `id`: names these words.
    pub fn tell_of_trouble(
        &self,
        handover: &HandoverRecord,
        conversation: &ConversationId,
        (trouble, id): (DeliveryTrouble, &str),
        at: Timestamp,
    ) -> TurnEffects {
        let group = self.group.as_ref().filter(|_| !handover.chat.is_empty());
        let notice = HandoverNotice {
            conversation: conversation.clone(),
            asker: handover.asker.clone(),
            has_thread: handover.thread.is_some(),
            is_sent_at_once: self.sends_at_once(conversation),
            event: NoticeEvent::NotDelivered(trouble),
        };
        let words = trouble.in_words().to_owned();
        TurnEffects {
            calls: group.map_or_else(Vec::new, |group| group.drawer.draw(&notice)),
            messages: vec![NewHandoverMessage {
                id: format!("{}/{id}/{}", conversation.as_str(), trouble.word()),
                at,
                author: TranscriptAuthor::System,
                account: String::new(),
                masked: words.clone(),
                body: words,
                file: None,
            }],
            ..TurnEffects::default()
        }
    }

    fn change(&self, turn: &HandoverTurn) -> Option<HandoverChange> {
        let by = || turn.operator_name().to_owned();
        Some(match turn.event? {
            HandoverEvent::Opened => HandoverChange::Open {
                chat: self
                    .called_in()
                    .map_or_else(String::new, |group| group.chat.clone()),
                asker: turn
                    .signed_name
                    .clone()
                    .or(turn.origin.name.map(str::to_owned)),
                question: question(turn).map(|asked| redact(&asked).text),
                page: turn.page.map(masked_page),
            },
            HandoverEvent::Relayed => HandoverChange::Touch,
            HandoverEvent::Answered => HandoverChange::Answered {
                by: by(),
                only_if_free: turn.operator.is_some(),
            },
            HandoverEvent::Taken => HandoverChange::Taken {
                by: by(),
                seen: turn
                    .operator
                    .and_then(|operator| operator.seen)
                    .map(str::to_owned),
            },
            HandoverEvent::Released => HandoverChange::Released {
                by: turn.holder().unwrap_or_default().to_owned(),
            },
            HandoverEvent::Closed(why) => HandoverChange::Close {
                asks_rating: why == HandbackReason::Solved,
                reason: match (turn.operator, why) {
                    (Some(operator), _) => operator.reason.to_owned(),
                    (None, HandbackReason::Asker) => "客人回到了机器人那里".to_owned(),
                    (None, HandbackReason::Silence) => "好一阵没有人说话".to_owned(),
                    (None, HandbackReason::Done | HandbackReason::Solved) => String::new(),
                    (None, HandbackReason::Unreachable) => "联系不上同事".to_owned(),
                },
            },
        })
    }

    /// What brings replies to an asker who has not asked for them: calls of their channel, or what
    /// their page or next message fetches.
    pub fn bring(&self, conversation: &ConversationId, replies: &[Reply]) -> TurnEffects {
        let mut couriers = self.couriers.iter();
        if let Some(calls) = couriers.find_map(|courier| courier.bring(conversation, replies)) {
            return TurnEffects {
                calls,
                ..TurnEffects::default()
            };
        }
        let pushes = replies
            .iter()
            .filter_map(|reply| serde_json::to_string(reply).ok())
            .collect();
        TurnEffects {
            pushes,
            ..TurnEffects::default()
        }
    }
}

fn masked_page(page: &AskerPage) -> AskerPage {
    AskerPage {
        address: redact(&page.address).text,
        title: redact(&page.title).text,
    }
}
