//! Shows a reply as the channels do, for the operators' pages, which know no channel. In: a reply. Out: its
//! messages.

use crate::admin::drawn_reply::{DrawnMessage, DrawnReply};
use crate::channel::telegram::html::html_messages;
use crate::channel::weixin::preview_texts;
use wenlu_core::model::Reply;

pub(super) fn drawn_reply(reply: &Reply) -> DrawnReply {
    let messages = html_messages(reply).into_iter();
    let telegram = messages.map(|message| DrawnMessage {
        html: message.html,
        buttons: message
            .keyboard
            .into_iter()
            .map(|row| row.into_iter().map(|button| button.label).collect())
            .collect(),
    });
    DrawnReply {
        telegram: telegram.collect(),
        weixin: preview_texts(reply),
    }
}
