//! Handles what an operator does in the group, and the end of a hand-over. In: a message of the
//! inbox. Out: a turn in the asker's conversation, whose calls bring it to the asker. Must not
//! know: what askers do, when a call is made.

use super::answer_calls;
use super::conversation;
use super::media::{MediaMessage, attachment_kind};
use super::parse::{ChatContext, SlashCommand, UpdateKind};
use super::worker::{TurnWorker, number};
use crate::people::MessageOrigin;
use crate::store::records::{InboxEntry, TurnEffects};
use crate::turn::{BotError, InboxDelivery, TurnAnswer};
use wenlu_core::model::{ConversationId, HandbackReason, IncomingBody, Lang, Reply};

impl TurnWorker {
    /// Handles an operator's action in the group, for the conversation that it belongs to.
    pub(super) async fn handle_operator(
        &self,
        conversation: &str,
        scene: &ChatContext,
        what: &UpdateKind,
        waiting: &InboxEntry,
    ) -> Result<(), BotError> {
        if let UpdateKind::Command {
            command: SlashCommand::Done,
            ..
        } = what
        {
            return self
                .give_back(conversation, waiting, HandbackReason::Done)
                .await;
        }
        let Some((text, media)) = message_of(scene, what) else {
            self.mark_done(conversation, waiting, self.chat_change(scene, what))
                .await?;
            self.inbox.refresh_group().await?;
            return Ok(());
        };
        let Ok(id) = ConversationId::parse(conversation) else {
            return self
                .mark_done(conversation, waiting, TurnEffects::default())
                .await;
        };
        let deliver = |answered: &TurnAnswer| self.effects_for_asker(&id, scene, media, answered);
        let body = IncomingBody::FromPerson(text);
        self.run_turn(&id, waiting, body, &deliver).await
    }

    /// What brings an operator's message to the asker.
    fn effects_for_asker(
        &self,
        id: &ConversationId,
        scene: &ChatContext,
        media: Option<MediaMessage>,
        answered: &TurnAnswer,
    ) -> TurnEffects {
        let (channel, asker) = (self.inbox.channel(), id.as_str());
        match conversation::chat_of(id) {
            Some(place) => {
                let calls = answer_calls::from_person(channel, place, asker, answered, media);
                TurnEffects {
                    calls,
                    ..TurnEffects::default()
                }
            }
            // others show text only: an operator who sends media is told what arrived
            None => {
                let only = media.map(|_| answer_calls::words_only(channel, scene, id));
                let waits = (id.channel() == conversation::WEIXIN)
                    .then(|| answer_calls::words_wait(channel, scene, asker));
                TurnEffects {
                    calls: only.into_iter().chain(waits).collect(),
                    ..pushed(&answered.replies)
                }
            }
        }
    }

    /// Ends a hand-over: the bot answers again.
    pub(super) async fn give_back(
        &self,
        conversation: &str,
        waiting: &InboxEntry,
        by: HandbackReason,
    ) -> Result<(), BotError> {
        let Ok(id) = ConversationId::parse(conversation) else {
            return self
                .mark_done(conversation, waiting, TurnEffects::default())
                .await;
        };
        let channel = self.inbox.channel();
        let deliver = |answered: &TurnAnswer| match conversation::chat_of(&id) {
            Some(place) => {
                let calls = answer_calls::say_all(channel, place, conversation, &answered.replies);
                TurnEffects {
                    calls,
                    ..TurnEffects::default()
                }
            }
            None => pushed(&answered.replies),
        };
        let body = IncomingBody::Handback(by);
        self.run_turn(&id, waiting, body, &deliver).await
    }

    /// Runs a turn in the conversation of an asker; `plan_calls` brings its replies there.
    async fn run_turn(
        &self,
        id: &ConversationId,
        waiting: &InboxEntry,
        body: IncomingBody,
        plan_calls: &(dyn Fn(&TurnAnswer) -> TurnEffects + Send + Sync),
    ) -> Result<(), BotError> {
        let delivery = InboxDelivery {
            inbox: waiting.id,
            origin: MessageOrigin::default(),
            lang: Lang::default(),
            plan_calls,
        };
        self.bot
            .handle_inbox_message(id, &number(waiting), body, waiting.at, delivery)
            .await
            .map(drop)
    }
}

/// The text of an operator's message, and the media; `None` if there is nothing for the asker.
fn message_of(scene: &ChatContext, what: &UpdateKind) -> Option<(String, Option<MediaMessage>)> {
    match what {
        UpdateKind::Text(text) if !text.trim().is_empty() => Some((text.clone(), None)),
        UpdateKind::Attachment(attachment) => {
            let kind = attachment_kind(attachment.kind).bracketed();
            let text = attachment.caption.clone().unwrap_or(kind);
            Some((text, MediaMessage::of(scene)))
        }
        _ => None,
    }
}

/// The replies as the web page reads them.
fn pushed(replies: &[Reply]) -> TurnEffects {
    let pushes = replies
        .iter()
        .filter_map(|reply| serde_json::to_string(reply).ok())
        .collect();
    TurnEffects {
        pushes,
        ..TurnEffects::default()
    }
}
