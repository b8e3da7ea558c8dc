//! The bot looked at from outside. In: a client, and the operators' group. Out: [`BotApiReport`].
//! Changes nothing: no update is taken, no webhook set, nobody written to. Must not know: what is
//! right and what is wrong with it.

use super::client::BotApiClient;
use super::failure::CallFailure;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// What the Bot API says of the bot.
#[derive(Debug)]
pub struct BotApiReport {
    pub bot: Result<ProbedBot, CallFailure>,
    /// By the clock of the Bot API; `None` if it did not say.
    pub server_time: Option<Timestamp>,
    pub webhook: Result<ProbedWebhook, CallFailure>,
    /// `None` without a group in the settings.
    pub group: Option<Result<ProbedGroup, CallFailure>>,
}

#[derive(Debug, Deserialize)]
pub struct ProbedBot {
    id: i64,
    #[serde(default)]
    pub username: String,
    /// Off, if it sees in groups only what is meant for it.
    #[serde(default)]
    pub can_read_all_group_messages: bool,
}

#[derive(Debug, Deserialize)]
pub struct ProbedWebhook {
    /// Empty: updates are fetched by polling.
    #[serde(default)]
    pub url: String,
    #[serde(default)]
    pub pending_update_count: i64,
    pub last_error_message: Option<String>,
}

#[derive(Debug)]
pub struct ProbedGroup {
    pub is_forum: bool,
    pub standing: BotStanding,
}

/// What the bot may do in the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotStanding {
    /// It is no member.
    Absent,
    /// It is a member and may not write.
    Muted,
    /// It may write.
    Member,
    /// It may write, and make and close topics.
    TopicManager,
}

#[derive(Deserialize)]
struct ProbedChat {
    #[serde(default)]
    is_forum: bool,
}

#[derive(Deserialize)]
struct ProbedMember {
    status: String,
    #[serde(default)]
    can_manage_topics: bool,
    /// Of a restricted member.
    #[serde(default)]
    is_member: bool,
    #[serde(default)]
    can_send_messages: bool,
}

impl BotApiReport {
    /// Each call takes `patience` at most.
    pub async fn make(
        client: &BotApiClient,
        group: Option<i64>,
        patience: Duration,
    ) -> BotApiReport {
        let bot: Result<ProbedBot, _> = ask(client, "getMe", json!({}), patience).await;
        let group = match (&bot, group) {
            (Ok(bot), Some(group)) => Some(look_at(client, group, bot.id, patience).await),
            // nothing can be known of it
            _ => None,
        };
        BotApiReport {
            webhook: ask(client, "getWebhookInfo", json!({}), patience).await,
            server_time: client.server_time(patience).await,
            bot,
            group,
        }
    }
}

async fn look_at(
    client: &BotApiClient,
    group: i64,
    bot: i64,
    patience: Duration,
) -> Result<ProbedGroup, CallFailure> {
    let chat: ProbedChat = ask(client, "getChat", json!({"chat_id": group}), patience).await?;
    let member = json!({"chat_id": group, "user_id": bot});
    let member = ask(client, "getChatMember", member, patience).await?;
    Ok(ProbedGroup {
        is_forum: chat.is_forum,
        standing: standing(&member),
    })
}

fn standing(member: &ProbedMember) -> BotStanding {
    match member.status.as_str() {
        "creator" => BotStanding::TopicManager,
        "administrator" if member.can_manage_topics => BotStanding::TopicManager,
        "administrator" | "member" => BotStanding::Member,
        "restricted" if member.is_member && member.can_send_messages => BotStanding::Member,
        "restricted" if member.is_member => BotStanding::Muted,
        _ => BotStanding::Absent,
    }
}

async fn ask<T: DeserializeOwned>(
    client: &BotApiClient,
    method: &str,
    payload: Value,
    patience: Duration,
) -> Result<T, CallFailure> {
    let result = client.call(method, &payload, patience).await?;
    serde_json::from_value(result).map_err(|error| super::client::unreadable(&error))
}
