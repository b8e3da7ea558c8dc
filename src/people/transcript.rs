//! What operators read of a conversation. In: a turn, and those before a hand-over. Out: messages as
//! text, each also without personal data. Must not know: where they are shown.

use super::notice::{BotDeed, HandoverTurn};
use crate::store::records::{JournalRow, NewHandoverMessage, TranscriptAuthor};
use wenlu_core::dialogue::HandoverEvent;
use wenlu_core::model::{HandbackReason, Reply, Timestamp, TurnOutcome};
use wenlu_core::privacy::redact;
use wenlu_core::reply::plain_text::blocks_text;

/// A turn before the hand-over.
pub struct EarlierTurn<'a> {
    pub row: &'a JournalRow,
    /// What the bot said, where it is still known.
    pub replies: Vec<Reply>,
    /// The id of the file that its message brought.
    pub file: Option<String>,
}

/// The messages of a turn, and of those before it where a hand-over opens.
pub(super) fn messages(turn: &HandoverTurn) -> Vec<NewHandoverMessage> {
    let mut writer = TranscriptWriter {
        conversation: turn.conversation.as_str(),
        messages: vec![],
    };
    for earlier in &turn.earlier {
        writer.earlier(turn, earlier);
    }
    let name = match turn.message {
        Some(message) => message.to_owned(),
        None => format!("at {}", turn.entry.at.0),
    };
    writer.turn(turn, &name);
    writer.messages
}

struct TranscriptWriter<'a> {
    conversation: &'a str,
    messages: Vec<NewHandoverMessage>,
}

impl TranscriptWriter<'_> {
    fn add(
        &mut self,
        (name, at): (&str, Timestamp),
        author: TranscriptAuthor,
        account: &str,
        body: String,
    ) {
        if body.trim().is_empty() {
            return;
        }
        let masked = match author {
            // nothing that the bot says is about the asker
            TranscriptAuthor::Bot | TranscriptAuthor::System => body.clone(),
            _ => redact(&body).text,
        };
        self.messages.push(NewHandoverMessage {
            id: format!("{}/{name}/{}", self.conversation, self.messages.len()),
            at,
            author,
            account: account.to_owned(),
            body,
            masked,
            file: None,
        });
    }

    /// The message that was added last brought this file.
    fn with_file(&mut self, file: Option<&str>) {
        if let Some(last) = self.messages.last_mut().filter(|_| file.is_some()) {
            last.file = file.map(str::to_owned);
        }
    }

    fn earlier(&mut self, turn: &HandoverTurn, earlier: &EarlierTurn) {
        let EarlierTurn { row, replies, file } = earlier;
        let name = format!("turn {}", row.id);
        let place = (name.as_str(), row.entry.at);
        let author = match row.entry.outcome {
            TurnOutcome::Person => TranscriptAuthor::Colleague,
            _ => TranscriptAuthor::Asker,
        };
        self.add(place, author, "", row.entry.text.clone());
        self.with_file(file.as_deref());
        let said: Vec<&Reply> = replies.iter().filter(|reply| !reply.from_person).collect();
        for reply in &said {
            self.add(place, TranscriptAuthor::Bot, "", reply_text(reply));
        }
        if said.is_empty()
            && let Some(deed) = BotDeed::of(&row.entry, turn.knowledge)
        {
            self.add(place, TranscriptAuthor::Bot, "", deed.in_words());
        }
    }

    fn turn(&mut self, turn: &HandoverTurn, name: &str) {
        let place = (name, turn.entry.at);
        let said = turn.entry.text.clone();
        match turn.event {
            Some(HandoverEvent::Answered) => {
                let by = turn.operator_name();
                self.add(place, TranscriptAuthor::Colleague, by, said);
                self.with_file(turn.file);
            }
            Some(HandoverEvent::Taken) => {}
            _ => {
                self.add(place, TranscriptAuthor::Asker, "", said);
                self.with_file(turn.file);
            }
        }
        for reply in turn.replies.iter().filter(|reply| !reply.from_person) {
            self.add(place, TranscriptAuthor::Bot, "", reply_text(reply));
        }
        if let Some(happened) = happened(turn) {
            let by = turn.operator.map_or("", |operator| operator.account);
            self.add(place, TranscriptAuthor::System, by, happened);
        }
    }
}

/// What happened to the hand-over, in words.
fn happened(turn: &HandoverTurn) -> Option<String> {
    let by = turn.operator_name();
    Some(match turn.event? {
        HandoverEvent::Opened => "客人要人工".to_owned(),
        HandoverEvent::Taken => match turn.operator.and_then(|operator| operator.seen) {
            Some(holder) => format!("{by} 从 {holder} 那里接了过来"),
            None => format!("{by} 接手了"),
        },
        HandoverEvent::Released => match turn.holder() {
            Some(holder) => format!("{holder} 离开了，客人在等，重新等待接手"),
            None => "重新等待接手".to_owned(),
        },
        HandoverEvent::Closed(HandbackReason::Done | HandbackReason::Solved) => {
            match turn.operator.map_or("", |operator| operator.reason) {
                "" => format!("{by} 交还给了机器人"),
                reason => format!("{by} 结束了这次人工：{reason}"),
            }
        }
        HandoverEvent::Closed(HandbackReason::Silence) => {
            "好一阵没有人说话，自动交还给了机器人".to_owned()
        }
        HandoverEvent::Closed(HandbackReason::Asker) => "客人回到了机器人那里".to_owned(),
        HandoverEvent::Closed(HandbackReason::Unreachable) => {
            "联系不上同事，交还给了机器人".to_owned()
        }
        HandoverEvent::Relayed | HandoverEvent::Answered => return None,
    })
}

/// A reply as the asker saw it, its steps and buttons included.
fn reply_text(reply: &Reply) -> String {
    let mut lines = vec![blocks_text(&reply.blocks)];
    for (index, step) in reply.steps.iter().enumerate() {
        let text = blocks_text(&step.blocks);
        match reply.cursor {
            Some(shown) if shown != index => {}
            Some(_) => lines.push(format!(
                "第 {} 步（共 {} 步）：{text}",
                index + 1,
                reply.steps.len()
            )),
            None => lines.push(format!("{}. {text}", index + 1)),
        }
    }
    lines.push(blocks_text(&reply.after));
    if !reply.buttons.is_empty() {
        let labels: Vec<&str> = reply.buttons.iter().map(|b| b.label.as_str()).collect();
        lines.push(format!("［按钮：{}］", labels.join("｜")));
    }
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}
