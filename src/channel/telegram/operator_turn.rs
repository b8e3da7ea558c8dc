//! Handles what an operator does in the group, and the end of a hand-over. In: a message of the
//! inbox. Out: a turn in the asker's conversation, whose calls bring it to the asker; or what the
//! operator is told where nothing of it gets there. Must not know: what askers do, when a call is
//! made.

use super::answer_calls::{self, PersonEdit, PersonMessage};
use super::conversation;
use super::edit_key::content_keys;
use super::intake_outcome::FileIntake;
use super::media::{MediaMessage, attachment_kind};
use super::operator_notes::OperatorNote;
use super::parse::{ChatContext, SlashCommand, UpdateKind};
use super::worker::{TurnWorker, number};
use crate::people::MessageOrigin;
use crate::store::StoreError;
use crate::store::files::FileSender;
use crate::store::records::{HandoverStage, InboxEntry, TurnEffects};
use crate::turn::{BotError, InboxDelivery, TurnAnswer};
use wenlu_core::model::{ConversationId, HandbackReason, IncomingBody, Lang, MessageFile};

impl TurnWorker {
    /// Handles an operator's action in the group, for the conversation that it belongs to.
    pub(super) async fn handle_operator(
        &self,
        conversation: &str,
        scene: &ChatContext,
        what: &UpdateKind,
        waiting: &InboxEntry,
    ) -> Result<(), BotError> {
        if let Some(note) = note_instead(conversation, scene, what) {
            return self.tell(conversation, scene, &note, waiting).await;
        }
        let Ok(id) = ConversationId::parse(conversation) else {
            return self
                .mark_done(conversation, waiting, TurnEffects::default())
                .await;
        };
        match what {
            UpdateKind::Command { .. } => {
                let by = self.end_by_command(conversation).await?;
                self.give_back(conversation, waiting, by, Some(scene)).await
            }
            UpdateKind::Edited { text, is_caption } => {
                self.amend(&id, scene, what, (text, *is_caption), waiting)
                    .await
            }
            _ => match message_of(scene, what) {
                Some((text, own)) => {
                    let once = content_keys(scene, what);
                    let Some(intake) = self.for_page(&id, &own, waiting).await? else {
                        return Ok(());
                    };
                    let deliver = |answered: &TurnAnswer| TurnEffects {
                        once: once.clone(),
                        ..self.effects_for_asker(&id, scene, &own, (answered, &intake))
                    };
                    let body = IncomingBody::FromPerson(text);
                    let file = intake.kept();
                    self.run_turn(&id, waiting, (body, file), Some(scene), &deliver)
                        .await
                }
                None => {
                    self.mark_done(conversation, waiting, self.chat_change(scene, what))
                        .await?;
                    Ok(self.inbox.refresh_group().await?)
                }
            },
        }
    }

    /// `/done`: where one of them talked with the asker, the asker is asked whether it is solved.
    async fn end_by_command(&self, conversation: &str) -> Result<HandbackReason, StoreError> {
        let handover = self.store.handovers().of(conversation).await?;
        let was_taken = handover.is_some_and(|found| found.stage == HandoverStage::Taken);
        Ok(match was_taken {
            true => HandbackReason::Solved,
            false => HandbackReason::Done,
        })
    }

    /// Keeps an operator's picture or file for an asker who cannot be sent a copy of the message;
    /// `None` while it is fetched.
    async fn for_page(
        &self,
        id: &ConversationId,
        own: &PersonMessage,
        waiting: &InboxEntry,
    ) -> Result<Option<FileIntake>, StoreError> {
        match own.media.is_some() && takes_files(id.channel()) {
            true => self.take_in(id, FileSender::Colleague, waiting).await,
            false => Ok(Some(FileIntake::Nothing)),
        }
    }

    /// Tells an operator what became of a message that goes to nobody.
    async fn tell(
        &self,
        conversation: &str,
        scene: &ChatContext,
        note: &OperatorNote,
        waiting: &InboxEntry,
    ) -> Result<(), BotError> {
        let call = note.reply(self.inbox.channel(), scene, conversation);
        let effects = TurnEffects {
            calls: vec![call],
            ..TurnEffects::default()
        };
        self.mark_done(conversation, waiting, effects).await
    }

    /// Brings an operator's edit to the asker. It is no turn: nothing new was said. An edit that
    /// changes no word, such as a reaction, is none.
    async fn amend(
        &self,
        id: &ConversationId,
        scene: &ChatContext,
        what: &UpdateKind,
        (text, is_caption): (&str, bool),
        waiting: &InboxEntry,
    ) -> Result<(), BotError> {
        let once = content_keys(scene, what);
        let mut effects = TurnEffects::default();
        if let Some(message) = scene.message
            && !self.was_said(&once).await?
        {
            let edit = PersonEdit {
                group: scene.chat,
                message,
                text,
                is_caption,
            };
            effects = match conversation::chat_of(id) {
                Some(place) => TurnEffects {
                    calls: answer_calls::amended(self.inbox.channel(), place, id.as_str(), &edit),
                    ..TurnEffects::default()
                },
                None => self.bot.bring_to(id, &[edit.correction()]),
            };
            effects.once = once;
        }
        self.mark_done(id.as_str(), waiting, effects).await
    }

    /// What brings an operator's message to the asker.
    fn effects_for_asker(
        &self,
        id: &ConversationId,
        scene: &ChatContext,
        own: &PersonMessage,
        (answered, intake): (&TurnAnswer, &FileIntake),
    ) -> TurnEffects {
        let (channel, asker) = (self.inbox.channel(), id.as_str());
        match conversation::chat_of(id) {
            Some(place) => {
                let calls = answer_calls::from_person(channel, place, asker, answered, own);
                TurnEffects {
                    calls,
                    ..TurnEffects::default()
                }
            }
            // others show text only: an operator who sends media is told what arrived
            None => {
                let in_weixin = id.channel() == conversation::WEIXIN;
                let is_shown = answered.replies.iter().any(|reply| reply.file.is_some());
                let is_lost = own.media.is_some() && !is_shown;
                let only = is_lost.then_some(match id.channel() {
                    _ if let Some(why) = intake.refusal() => OperatorNote::FileRefused(why),
                    conversation::WEIXIN | conversation::WECOM => OperatorNote::TextOnlyInWeixin,
                    conversation::BRIDGE => OperatorNote::TextOnlyOverBridge,
                    _ => OperatorNote::TextOnly,
                });
                let mut effects = self.bot.bring_to(id, &answered.replies);
                let waits = in_weixin && !effects.pushes.is_empty();
                let notes = only
                    .into_iter()
                    .chain(waits.then_some(OperatorNote::WaitsForAsker));
                let notes = notes.map(|note| note.reply(channel, scene, asker));
                effects.calls.extend(notes);
                effects
            }
        }
    }

    /// Ends a hand-over: the bot answers again. `asked`: the operator's message that asks for it, who
    /// hears if there was nothing to end.
    pub(super) async fn give_back(
        &self,
        conversation: &str,
        waiting: &InboxEntry,
        by: HandbackReason,
        asked: Option<&ChatContext>,
    ) -> Result<(), BotError> {
        let Ok(id) = ConversationId::parse(conversation) else {
            return self
                .mark_done(conversation, waiting, TurnEffects::default())
                .await;
        };
        let channel = self.inbox.channel();
        let deliver = |answered: &TurnAnswer| {
            let before = OperatorNote::DoneBefore;
            if let Some(scene) = asked.filter(|_| answered.replies.is_empty()) {
                return TurnEffects {
                    calls: vec![before.reply(channel, scene, conversation)],
                    ..TurnEffects::default()
                };
            }
            match conversation::chat_of(&id) {
                Some(place) => TurnEffects {
                    calls: answer_calls::say(channel, place, conversation, None, &answered.replies),
                    ..TurnEffects::default()
                },
                None => self.bot.bring_to(&id, &answered.replies),
            }
        };
        let body = IncomingBody::Handback(by);
        self.run_turn(&id, waiting, (body, None), asked, &deliver)
            .await
    }

    /// Runs a turn in the conversation of an asker; `plan_calls` brings its replies there. `scene`:
    /// the operator's message that caused it.
    async fn run_turn(
        &self,
        id: &ConversationId,
        waiting: &InboxEntry,
        (body, file): (IncomingBody, Option<&MessageFile>),
        scene: Option<&ChatContext>,
        plan_calls: &(dyn Fn(&TurnAnswer) -> TurnEffects + Send + Sync),
    ) -> Result<(), BotError> {
        let operator = scene.map(|scene| format!("telegram:{}", scene.user));
        let delivery = InboxDelivery {
            inbox: waiting.id,
            with: &waiting.with,
            origin: MessageOrigin {
                operator: operator.as_deref(),
                ..MessageOrigin::default()
            },
            lang: Lang::default(),
            file,
            plan_calls,
        };
        self.bot
            .handle_inbox_message(id, &number(waiting), body, waiting.at, delivery)
            .await
            .map(drop)
    }
}

/// Whether askers of this channel are shown a file that is kept here.
fn takes_files(channel: &str) -> bool {
    matches!(channel, conversation::WEB | conversation::BRIDGE)
}

/// What the operator is told of a message that reaches no asker. A message without a hand-over is
/// handled under the name of the operator's own place.
fn note_instead(
    conversation: &str,
    scene: &ChatContext,
    what: &UpdateKind,
) -> Option<OperatorNote> {
    let is_nobodys = conversation == scene.conversation.as_str();
    match what {
        UpdateKind::Command {
            command: SlashCommand::Done,
            ..
        } => is_nobodys.then_some(OperatorNote::DoneWhere),
        UpdateKind::Command { command, .. } => {
            Some(OperatorNote::NoCommand(command.name().to_owned()))
        }
        UpdateKind::UnknownCommand(name) => Some(OperatorNote::NoCommand(name.clone())),
        UpdateKind::Edited { text, .. } if text.starts_with(['/', '／']) => {
            Some(OperatorNote::EditedCommand)
        }
        UpdateKind::Text(_) | UpdateKind::Attachment(_) => {
            is_nobodys.then_some(OperatorNote::Nobody)
        }
        _ => None,
    }
}

/// The text of an operator's message, and the message; `None` if there is nothing for the asker.
fn message_of(scene: &ChatContext, what: &UpdateKind) -> Option<(String, PersonMessage)> {
    let own = |media| PersonMessage {
        group: scene.chat,
        message: scene.message,
        media,
    };
    match what {
        UpdateKind::Text(text) if !text.trim().is_empty() => Some((text.clone(), own(None))),
        UpdateKind::Attachment(attachment) => {
            let kind = attachment_kind(attachment.kind).bracketed();
            let text = attachment.text().unwrap_or(kind);
            Some((text, own(MediaMessage::of(scene, attachment))))
        }
        _ => None,
    }
}
