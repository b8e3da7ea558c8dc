//! What an operator is told about a message of theirs that does not get where it was meant to. In:
//! the message, and what became of it. Out: a call. Must not know: why it became so.

use super::calls::{self, BotApiCall, ChatThread};
use super::html::{self, HtmlMessage};
use super::intake_outcome::FileRefusal;
use super::new_call::{OnSent, new_call};
use super::parse::ChatContext;
use crate::store::records::OutboxCall;

/// Characters of a command that are quoted.
const COMMAND_CHARS: usize = 40;

/// What became of an operator's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OperatorNote {
    /// It belongs to no conversation.
    Nobody,
    /// `/done`, and it is unclear of which conversation.
    DoneWhere,
    /// `/done` of a conversation that the bot has already.
    DoneBefore,
    /// It begins like a command, and is none.
    NoCommand(String),
    /// It was edited into a command.
    EditedCommand,
    /// The asker is on the web page, and got its text only.
    TextOnly,
    /// The asker is in WeChat, and gets its text only.
    TextOnlyInWeixin,
    /// The asker is in a service of the team's own, and gets its text only.
    TextOnlyOverBridge,
    /// The asker could be shown its file, and gets its text only.
    FileRefused(FileRefusal),
    /// The asker is in WeChat and gets it with the next message only.
    WaitsForAsker,
    /// The asker cannot be written to.
    Blocked,
    /// No message of theirs: the asker stopped the bot during a hand-over.
    AskerGone,
    /// Telegram did not take it.
    Refused,
}

impl OperatorNote {
    fn html(&self) -> String {
        let text = match self {
            OperatorNote::Nobody => {
                "⚠️ 这条没有送给任何客人：看不出属于哪段对话，也许那段对话已经删除。请在客人的话题里说；没有话题的群，请回复客人的那张卡片。"
            }
            OperatorNote::DoneWhere => {
                "⚠️ 看不出要交还哪段对话。请在客人的话题里发 /done；没有话题的群，请用 /done 回复客人的那张卡片。"
            }
            OperatorNote::DoneBefore => {
                "这段对话已经在机器人手里了。再发消息，客人仍能收到，对话也会重新转到人工。"
            }
            OperatorNote::NoCommand(name) => {
                return format!(
                    "⚠️ 这里没有 /{} 这个命令，也没有发给客人。交还给机器人请发 /done；要对客人说的话，开头请不要用“/”。",
                    html::escape(&html::ellipsize(name, COMMAND_CHARS))
                );
            }
            OperatorNote::EditedCommand => {
                "⚠️ 把一条消息改成命令不起作用，客人那里也没有改。请另发一条。"
            }
            OperatorNote::TextOnly => {
                "⚠️ 客人在网页上，只收得到文字：收到的是说明文字（没有写时是“［图片］”这样一句），图片、文件本身没有送到。请用文字写出来，或发一个链接。"
            }
            OperatorNote::TextOnlyInWeixin => {
                "⚠️ 客人在微信里，只收得到文字：收到的是说明文字（没有写时是“［图片］”这样一句），图片、文件本身没有送到。请用文字写出来，或发一个链接。"
            }
            OperatorNote::TextOnlyOverBridge => {
                "⚠️ 客人在接口接入的渠道里，只收得到文字：收到的是说明文字（没有写时是“［图片］”这样一句），图片、文件本身没有送到。请用文字写出来，或发一个链接。"
            }
            OperatorNote::FileRefused(FileRefusal::Unfit) => {
                "⚠️ 客人只收到了说明文字，图片、文件本身没有送到：只收 8 MB 以内的 JPEG、PNG、WebP、GIF 图片和 PDF。"
            }
            OperatorNote::FileRefused(FileRefusal::TooMany) => {
                "⚠️ 客人只收到了说明文字，图片、文件本身没有送到：已经太多，存不下了。请用文字写出来，或发一个链接。"
            }
            OperatorNote::FileRefused(FileRefusal::NotFetched) => {
                "⚠️ 客人只收到了说明文字，图片、文件本身没有送到：没能从 Telegram 取到。请再发一次。"
            }
            OperatorNote::WaitsForAsker => {
                "⏳ 已存好。公众号不能主动给客人发消息：客人发来下一条消息时，您的话会一起送到。"
            }
            OperatorNote::Blocked => {
                "⚠️ 这条没有送到：客人停用了机器人，现在发什么都送不到，要等客人自己回来。"
            }
            OperatorNote::AskerGone => "⚠️ 客人停用了机器人，消息送不到了。",
            OperatorNote::Refused => {
                "⚠️ 这条没有送到客人那里：Telegram 没有接受。请换个方式再发一次。"
            }
        };
        text.to_owned()
    }

    /// The call that tells it, as a reply to the message of `scene`.
    pub(super) fn reply(
        &self,
        channel: &str,
        scene: &ChatContext,
        conversation: &str,
    ) -> OutboxCall {
        let place = ChatThread {
            chat: scene.chat,
            thread: scene.thread,
        };
        let call = self.to(place, scene.message);
        let chat = Some(scene.chat);
        new_call(channel, chat, conversation, &call, &OnSent::Nothing)
    }

    /// The call that tells it where the operators see the conversation, as a reply to `message`.
    pub(super) fn reply_in(
        &self,
        channel: &str,
        (group, message): (i64, Option<i32>),
        conversation: &str,
    ) -> OutboxCall {
        let place = ChatThread {
            chat: group,
            thread: None,
        };
        let call = self.to(place, message);
        new_call(channel, Some(group), conversation, &call, &OnSent::Tell)
    }

    fn to(&self, place: ChatThread, message: Option<i32>) -> BotApiCall {
        let part = HtmlMessage {
            html: self.html(),
            keyboard: vec![],
            preview: false,
        };
        calls::send_message(place, message, &part)
    }
}
