//! The answer as the platform reads it. In: what is answered, and to which message. Out: XML (or JSON,
//! where the platform takes it), sealed if the message was. Must not know: what the text says.

use super::account::DeliveryChecker;
use super::parse::WeixinMessage;
use crate::channel::tencent::sign;
use wenlu_core::model::Timestamp;

/// Acknowledges without an answer; never sealed.
pub(super) const SUCCESS: &str = "success";

/// Stands for [`transfer`] where answers are kept; no text has such a character.
pub(super) const TRANSFER: &str = "\u{1}transfer";

/// A text for the asker: sender and receiver change places.
pub(super) fn text_xml(message: &WeixinMessage, text: &str) -> String {
    let inner = format!("<MsgType>text</MsgType><Content>{}</Content>", escape(text));
    reply_xml(message, &inner)
}

/// The order to pass the message on to the platform's own customer-service tool.
pub(super) fn transfer(message: &WeixinMessage, as_json: bool) -> String {
    if as_json {
        return serde_json::json!({
            "ToUserName": message.asker,
            "FromUserName": message.account,
            "CreateTime": message.created,
            "MsgType": "transfer_customer_service",
        })
        .to_string();
    }
    reply_xml(message, "<MsgType>transfer_customer_service</MsgType>")
}

fn reply_xml(message: &WeixinMessage, inner: &str) -> String {
    let WeixinMessage {
        asker,
        account,
        created,
        ..
    } = message;
    format!(
        "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>{}</CreateTime>{inner}</xml>",
        escape(asker),
        escape(account),
        created,
    )
}

/// Seals an answer with the key that opened the message. `random`: 32 bytes that nobody can guess.
pub(super) fn sealed(
    checker: &DeliveryChecker,
    key: usize,
    answer: &str,
    now: Timestamp,
    random: [u8; 32],
) -> Option<String> {
    let (inner, nonce) = random.split_first_chunk::<16>()?;
    let sealed = checker.seal.as_ref()?.seal(key, answer, *inner)?;
    let (time, nonce) = ((now.0 / 1_000).to_string(), nonce_text(nonce));
    let signature = sign::signature(&checker.token, &[&time, &nonce, &sealed]);
    if answer.starts_with('{') {
        let json = serde_json::json!({
            "Encrypt": sealed, "MsgSignature": signature, "TimeStamp": now.0 / 1_000, "Nonce": nonce,
        });
        return Some(json.to_string());
    }
    Some(format!(
        "<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>\
         <TimeStamp>{time}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    ))
}

/// Ten digits: what the platform itself uses.
fn nonce_text(random: &[u8]) -> String {
    random
        .iter()
        .take(10)
        .map(|byte| char::from(b'0' + byte % 10))
        .collect()
}

/// Text between tags. Not CDATA: `]]>` in a text would end it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // a reader makes a line feed of it
            '\r' => {}
            '\n' | '\t' => escaped.push(c),
            // not allowed in XML, in no form
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}
