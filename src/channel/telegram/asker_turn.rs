//! Handles what an asker does. In: a message of the inbox. Out: a turn with its calls, or a change
//! of the chat. Must not know: what operators do, when a call is made.

use super::answer_calls;
use super::calls::{self, ChatThread};
use super::edit_key::content_keys;
use super::intake_outcome::FileIntake;
use super::media::{MediaMessage, attachment_kind};
use super::parse::{ChatContext, MediaAttachment, SlashCommand, UpdateKind};
use super::worker::{TurnWorker, number};
use crate::clock;
use crate::people::MessageOrigin;
use crate::store::StoreError;
use crate::store::files::FileSender;
use crate::store::records::{ChatChange, InboxEntry, TurnEffects};
use crate::turn::{Bot, BotError, InboxDelivery, TurnAnswer};
use std::time::Duration;
use wenlu_core::model::{HandbackReason, IncomingBody};
use wenlu_core::text::safe;

/// If an answer takes longer, “typing” is shown.
const TYPING_AFTER: Duration = Duration::from_secs(1);
const TYPING_TIMEOUT: Duration = Duration::from_secs(3);

impl TurnWorker {
    /// Handles an asker's action: a turn, or a change of the chat.
    pub(super) async fn handle_asker(
        &self,
        scene: &ChatContext,
        what: &UpdateKind,
        waiting: &InboxEntry,
    ) -> Result<(), BotError> {
        let conversation = scene.conversation.as_str();
        let Some(body) = body(&self.bot, scene, what) else {
            return self
                .mark_done(conversation, waiting, self.chat_change(scene, what))
                .await;
        };
        let album = album(what).map(|album| (format!("album:{}", scene.chat), album));
        if let Some((channel, id)) = &album
            && !self
                .is_worth_an_answer(conversation, what, channel, id)
                .await?
        {
            return self
                .mark_done(conversation, waiting, TurnEffects::default())
                .await;
        }
        let said = content_keys(scene, what);
        if matches!(what, UpdateKind::Edited { .. }) && self.was_said(&said).await? {
            return self
                .mark_done(conversation, waiting, TurnEffects::default())
                .await;
        }
        let once = album.into_iter().chain(said).collect();
        self.answer_asker(scene, what, waiting, body, once).await
    }

    /// Answers a message by a turn. `once`: the keys by which the message is recognised if it comes
    /// again.
    async fn answer_asker(
        &self,
        scene: &ChatContext,
        what: &UpdateKind,
        waiting: &InboxEntry,
        body: IncomingBody,
        once: Vec<(String, String)>,
    ) -> Result<(), BotError> {
        let (channel, now) = (self.inbox.channel(), clock::now());
        let intake = match what {
            UpdateKind::Attachment(_) => {
                let sender = FileSender::Asker;
                match self.take_in(&scene.conversation, sender, waiting).await? {
                    Some(intake) => intake,
                    None => return Ok(()),
                }
            }
            _ => FileIntake::Nothing,
        };
        // colleagues see the copy in their group
        let conversation = scene.conversation.as_str();
        let is_copied = self.inbox.has_group() && self.is_handed_over(conversation).await?;
        let told = intake.told().filter(|_| !is_copied);
        let deliver = |answered: &TurnAnswer| {
            let mut effects = answer_calls::answer(channel, scene, what, answered, now);
            let told = told.map(|why| answer_calls::in_words(channel, scene, why));
            effects.calls.extend(told);
            effects.once = once.clone();
            // the chat can be written to, as the asker writes
            let back = ChatChange::Back {
                chat: scene.chat.to_string(),
            };
            effects.chats.push((channel.to_owned(), back));
            effects
        };
        let name = name(scene);
        let media = match what {
            UpdateKind::Attachment(attachment) => MediaMessage::of(scene, attachment),
            _ => None,
        };
        let media = media.as_ref().map(MediaMessage::to_ref);
        let delivery = InboxDelivery {
            inbox: waiting.id,
            with: &waiting.with,
            origin: MessageOrigin {
                name: Some(&name),
                media: media.as_ref(),
                is_edit: matches!(what, UpdateKind::Edited { .. }),
                operator: None,
            },
            lang: scene.lang,
            file: intake.kept(),
            plan_calls: &deliver,
        };
        let number = number(waiting);
        let turn =
            self.bot
                .handle_inbox_message(&scene.conversation, &number, body, waiting.at, delivery);
        self.with_typing(scene, turn).await.map(drop)
    }

    /// Shows “typing” if the turn takes long.
    async fn with_typing<T>(&self, scene: &ChatContext, turn: impl Future<Output = T>) -> T {
        tokio::pin!(turn);
        tokio::select! {
            answered = &mut turn => return answered,
            () = tokio::time::sleep(TYPING_AFTER) => self.show_typing(scene),
        }
        turn.await
    }

    /// Shows “typing” to the asker. Not essential, so that it is neither stored nor retried.
    fn show_typing(&self, scene: &ChatContext) {
        let call = calls::chat_action_typing(ChatThread {
            chat: scene.chat,
            thread: scene.thread,
        });
        let client = self.client.clone();
        tokio::spawn(async move {
            if let Err(error) = client
                .call(call.method, &call.payload, TYPING_TIMEOUT)
                .await
            {
                tracing::debug!(%error, "typing was not shown");
            }
        });
    }

    /// Whether a message of an album is answered: the first, each with a caption and, during a
    /// hand-over, all.
    async fn is_worth_an_answer(
        &self,
        conversation: &str,
        what: &UpdateKind,
        channel: &str,
        album: &str,
    ) -> Result<bool, StoreError> {
        let says = matches!(what, UpdateKind::Attachment(album) if album.text().is_some());
        Ok(says
            || !self.store.inbox().was_seen(channel, album).await?
            // operators want to see all of it
            || self.is_handed_over(conversation).await?)
    }

    /// Whether a person is expected or takes part.
    pub(super) async fn is_handed_over(&self, conversation: &str) -> Result<bool, StoreError> {
        let handover = self.store.handovers().of(conversation).await?;
        Ok(handover.is_some_and(|handover| handover.open))
    }
}

/// The message for the bot; `None` if the action is no turn.
fn body(bot: &Bot, scene: &ChatContext, what: &UpdateKind) -> Option<IncomingBody> {
    Some(match what {
        UpdateKind::Command {
            command: SlashCommand::Start,
            rest,
        } => bot.deep_link(rest, scene.lang),
        UpdateKind::Command {
            command: SlashCommand::Help,
            ..
        } => IncomingBody::Help,
        UpdateKind::Command {
            command: SlashCommand::Menu,
            ..
        } => IncomingBody::Topics,
        UpdateKind::Command {
            command: SlashCommand::Human,
            ..
        } => IncomingBody::Human,
        UpdateKind::Command {
            command: SlashCommand::Done,
            ..
        } => IncomingBody::Handback(HandbackReason::Asker),
        UpdateKind::Text(text) | UpdateKind::Edited { text, .. } => {
            IncomingBody::Text(safe::without_control_chars(text))
        }
        UpdateKind::Attachment(attachment) => match attachment.text() {
            Some(caption) => IncomingBody::Text(safe::without_control_chars(&caption)),
            None => IncomingBody::Attachment(attachment_kind(attachment.kind)),
        },
        UpdateKind::Press { data, .. } => IncomingBody::Button(data.clone()),
        UpdateKind::Blocked
        | UpdateKind::Unblocked
        | UpdateKind::Removed
        | UpdateKind::Added
        | UpdateKind::MigratedTo(_)
        | UpdateKind::MigratedFrom(_)
        | UpdateKind::UnknownCommand(_)
        | UpdateKind::Service(_) => return None,
    })
}

fn album(what: &UpdateKind) -> Option<String> {
    let UpdateKind::Attachment(MediaAttachment {
        album: Some(album), ..
    }) = what
    else {
        return None;
    };
    Some(album.clone())
}

/// Such as 小明 @xm（Telegram）.
fn name(scene: &ChatContext) -> String {
    let handle = scene
        .username
        .as_ref()
        .map(|username| format!(" @{username}"))
        .unwrap_or_default();
    format!("{}{handle}（Telegram）", scene.name)
}
