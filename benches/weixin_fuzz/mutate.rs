//! Changes at random, from a seed: messages for the reader, sealed texts for the seal.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fastrand::Rng;
use wenlu::channel::tencent::seal::MessageSeal;
use wenlu::channel::tencent::sign::{is_signed, signature};
use wenlu::channel::wecom::is_pulled_message;
use wenlu::channel::weixin::is_delivered_message;
use wenlu::secret::{EncodingAesKey, WeixinToken};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const APPID: &str = "wx0123456789abcdef";
const MESSAGES: [&str; 5] = [
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oAsker]]></FromUserName>\
     <CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType>\
     <Content><![CDATA[小程序怎么注销😀]]></Content><MsgId>23456789012345678</MsgId></xml>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- a --><xml><a b=\"c\">&lt;&amp;&#65;&#x4e2d;</a><L><i>1</i><i/></L></xml>",
    "{\"ToUserName\":\"gh_1\",\"FromUserName\":\"oAsker\",\"CreateTime\":1700000000,\"MsgType\":\"text\",\"Content\":\"小程序\\u4e2d\",\"n\":[1,{\"a\":null}]}",
    "<xml><Encrypt><![CDATA[4j/AuRx71kQlxVlzbpsMWA==]]></Encrypt></xml>",
    "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml><a>&a;</a></xml>",
];
/// What WeCom's customer service keeps until it is asked for.
const PULLED: [&str; 4] = [
    "{\"msgid\":\"m-1\",\"open_kfid\":\"wk1\",\"external_userid\":\"wm1\",\"send_time\":1700000000,\"origin\":3,\
     \"msgtype\":\"text\",\"text\":{\"content\":\"小程序\\u4e2d😀\",\"menu_id\":\"i:close\"}}",
    "{\"msgid\":\"m-2\",\"open_kfid\":\"wk1\",\"external_userid\":\"wm1\",\"send_time\":1700000000,\"origin\":3,\
     \"msgtype\":\"merged_msg\",\"merged_msg\":{\"item\":[{\"msgtype\":\"text\"}]}}",
    "{\"msgid\":\"m-3\",\"send_time\":1700000000,\"origin\":4,\"msgtype\":\"event\",\"event\":{\"event_type\":\"enter_session\",\
     \"open_kfid\":\"wk1\",\"external_userid\":\"wm1\",\"welcome_code\":\"c\",\"scene_param\":\"i:close\"}}",
    "{\"msgid\":\"m-4\",\"send_time\":1700000000,\"origin\":4,\"msgtype\":\"event\",\"event\":\
     {\"event_type\":\"session_status_change\",\"open_kfid\":\"wk1\",\"external_userid\":\"wm1\",\"change_type\":3}}",
];
/// What a reader of XML or JSON may stumble over.
const TOKENS: [&str; 16] = [
    "<!DOCTYPE",
    "<![CDATA[",
    "]]>",
    "&#",
    "&#xD800;",
    "&amp",
    ";",
    "<xml>",
    "</xml>",
    "<a>",
    "/>",
    "{\"",
    "\\u",
    "[[[[",
    "\u{0}",
    "1e999",
];

/// Reads `count` changed messages; the number that were still messages.
pub(crate) fn fields(seed: u64, count: u64) -> u64 {
    let mut rng = Rng::with_seed(seed);
    let mut read = 0;
    for _ in 0..count {
        let text = changed(&mut rng, &MESSAGES);
        read += u64::from(is_delivered_message(APPID, &text));
    }
    read
}

/// Reads `count` changed messages of WeCom's customer service; the number that were still messages.
pub(crate) fn pulled(seed: u64, count: u64) -> u64 {
    let mut rng = Rng::with_seed(seed);
    let mut read = 0;
    for _ in 0..count {
        let text = changed(&mut rng, &PULLED);
        read += u64::from(is_pulled_message("wk1", &text));
    }
    read
}

/// One of the messages with a few changes.
fn changed(rng: &mut Rng, messages: &[&str]) -> String {
    let mut bytes = messages[rng.usize(..messages.len())].as_bytes().to_vec();
    for _ in 0..rng.usize(1..6) {
        change(rng, &mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One change somewhere.
fn change(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let at = rng.usize(..=bytes.len());
    match rng.u8(..6) {
        0 => bytes.truncate(at),
        1 => drop(bytes.splice(at..at, TOKENS[rng.usize(..TOKENS.len())].bytes())),
        2 if at < bytes.len() => bytes[at] = rng.u8(..),
        3 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(..8),
        4 => {
            let end = (at + rng.usize(..40)).min(bytes.len());
            let piece: Vec<u8> = bytes[at..end].to_vec();
            let to = rng.usize(..=bytes.len());
            drop(bytes.splice(to..to, piece));
        }
        _ => {
            let end = (at + rng.usize(..20)).min(bytes.len());
            bytes.drain(at..end);
        }
    }
    bytes.truncate(1 << 16);
}

/// Opens `count` texts, and panics if one is taken that was not sealed and signed with the secrets.
/// The number that the seal alone opened: CBC hides and does not authenticate, so that a changed bit
/// of a sealed text may go unnoticed in it; the signature is what refuses such a text.
pub(crate) fn seals(seed: u64, count: u64) -> u64 {
    let mut rng = Rng::with_seed(seed);
    let token = WeixinToken::parse("wenlu-token").expect("a token");
    let seal = MessageSeal::new(vec![EncodingAesKey::parse(KEY).expect("a key")], APPID);
    let mut opened = 0;
    for _ in 0..count {
        let plain = MESSAGES[rng.usize(..MESSAGES.len())];
        let sealed = seal
            .seal(0, plain, random(&mut rng))
            .expect("a sealed text");
        let signed = signature(&token, &["1", "2", &sealed]);
        let is_foreign = rng.bool();
        let forged = if is_foreign {
            foreign(&mut rng, plain)
        } else {
            let mut bytes = BASE64_STANDARD.decode(&sealed).expect("base64");
            change(&mut rng, &mut bytes);
            BASE64_STANDARD.encode(bytes)
        };
        let is_open = seal.open(&forged).is_ok();
        opened += u64::from(is_open);
        assert!(!(is_open && is_foreign), "opened without the key: {forged}");
        let is_taken = is_open && is_signed(&token, &["1", "2", &forged], &signed);
        assert!(
            !is_taken || forged == sealed,
            "taken though changed: {forged}"
        );
    }
    opened
}

/// A text that was not sealed with the key for this account.
fn foreign(rng: &mut Rng, plain: &str) -> String {
    let other: [u8; 32] = std::array::from_fn(|_| rng.u8(..));
    let key = BASE64_STANDARD.encode(other);
    let key = EncodingAesKey::parse(key.trim_end_matches('=')).expect("a key");
    let (keys, receiver) = match rng.u8(..3) {
        0 => (vec![key], APPID),
        1 => (
            vec![EncodingAesKey::parse(KEY).expect("a key")],
            "wxanother",
        ),
        _ => {
            let length = 16 * rng.usize(..12);
            let bytes: Vec<u8> = (0..length).map(|_| rng.u8(..)).collect();
            return BASE64_STANDARD.encode(bytes);
        }
    };
    let seal = MessageSeal::new(keys, receiver);
    seal.seal(0, plain, random(rng)).expect("a sealed text")
}

fn random(rng: &mut Rng) -> [u8; 16] {
    std::array::from_fn(|_| rng.u8(..))
}
