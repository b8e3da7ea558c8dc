//! The ids of Telegram's conversations. In: chats, topics and users. Out: ids, and back. Must not
//! know: what is said in them.

use super::calls::ChatThread;
use wenlu_core::model::ConversationId;

const CHANNEL: &str = "telegram";
/// Supergroups and channels have ids from here downwards.
const FIRST_SUPERGROUP: i64 = -1_000_000_000_000;
/// The chat page.
pub(super) const WEB: &str = "web";
/// The channel whose askers cannot be written to: what people say waits for their next message.
pub(super) const WEIXIN: &str = "weixin";
/// The channel of a company's customer service in WeCom.
pub(super) const WECOM: &str = "wecom";
/// The channel of the team's own services.
pub(super) const BRIDGE: &str = "bridge";

/// A private chat: `telegram:<chat>`.
pub(super) fn in_private(chat: i64) -> ConversationId {
    id(&chat.to_string())
}

/// One member of a group, in one of its topics: `telegram:<chat>.<thread or 0>.<user>`.
pub(super) fn in_group(chat: i64, thread: Option<i32>, user: i64) -> ConversationId {
    id(&format!("{chat}.{}.{user}", thread.unwrap_or(0)))
}

/// What a user types after the name of the bot, in any chat: `telegram:inline.<user>`.
pub(super) fn inline(user: i64) -> ConversationId {
    id(&format!("inline.{user}"))
}

/// The chat of a conversation; `None` if it has none, or takes place on another channel.
pub(super) fn chat_of(conversation: &ConversationId) -> Option<ChatThread> {
    if conversation.channel() != CHANNEL {
        return None;
    }
    let mut parts = conversation.name().split('.');
    let chat = parts.next()?.parse().ok()?;
    let thread = parts
        .next()
        .and_then(|thread| thread.parse().ok())
        .filter(|thread| *thread != 0);
    Some(ChatThread { chat, thread })
}

/// Whether the chat is a group that may become a supergroup, which has another id then.
pub(super) fn is_small_group(chat: i64) -> bool {
    (FIRST_SUPERGROUP + 1..0).contains(&chat)
}

fn id(name: &str) -> ConversationId {
    ConversationId::in_channel(CHANNEL, name).expect("numbers make an id")
}
