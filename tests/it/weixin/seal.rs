//! The seal, against messages that independent libraries sealed, and against the fake's own seal.

use serde_json::Value;
use wenlu::channel::tencent::seal::{MessageSeal, SealError};
use wenlu::channel::tencent::sign;
use wenlu::secret::{EncodingAesKey, WeixinToken};

const RANDOM: [u8; 16] = *b"0123456789abcdef";
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const OTHER_KEY: &str = "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const APPID: &str = "wx0123456789abcdef";

fn seal(keys: &[&str], receiver: &str) -> MessageSeal {
    let keys = keys.iter().map(|key| EncodingAesKey::parse(key).unwrap());
    MessageSeal::new(keys.collect(), receiver)
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../fixtures/wechat-seal.json")).unwrap()
}

#[test]
fn what_others_sealed_is_opened_and_sealed_alike() {
    let all = vectors();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let [token, appid, time, nonce] =
        ["token", "appid", "timestamp", "nonce"].map(|name| text(&all[name]));
    let token = WeixinToken::parse(&token).unwrap();
    assert_eq!(
        sign::signature(&token, &[&time, &nonce]),
        text(&all["signature"])
    );
    let cases = all["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 36);
    let mut pads = std::collections::BTreeSet::new();
    for name in ["encoding_aes_key", "encoding_aes_key_nonzero_tail"] {
        let seal = seal(&[&text(&all[name])], &appid);
        for case in cases {
            let (plain, encrypt) = (text(&case["plain"]), text(&case["encrypt"]));
            assert_eq!(seal.open(&encrypt).unwrap().text, plain);
            assert_eq!(seal.seal(0, &plain, RANDOM), Some(encrypt.clone()));
            let signed = text(&case["msg_signature"]);
            assert!(sign::is_signed(&token, &[&time, &nonce, &encrypt], &signed));
            assert!(!sign::is_signed(
                &token,
                &[&time, &nonce, &encrypt],
                &signed.to_uppercase()
            ));
            pads.insert(case["pad"].as_u64().unwrap());
        }
    }
    assert_eq!(pads.len(), 32, "every padding is among them");
}

#[test]
fn what_is_sealed_is_opened_whatever_its_length() {
    let ours = seal(&[KEY], APPID);
    for length in 0..200 {
        let plain = "问".repeat(length / 3) + &"x".repeat(length % 3);
        let sealed = ours.seal(0, &plain, RANDOM).unwrap();
        assert_eq!(ours.open(&sealed).unwrap().text, plain);
        let theirs = fake_weixin::opened(KEY, &sealed);
        assert_eq!(theirs, Some((plain.clone(), APPID.to_owned())));
        let theirs = fake_weixin::sealed(KEY, APPID, &RANDOM, &plain);
        assert_eq!(theirs, sealed);
    }
}

#[test]
fn two_keys_open_while_one_is_changed() {
    let both = seal(&[OTHER_KEY, KEY], APPID);
    for (at, key) in [(0, OTHER_KEY), (1, KEY)] {
        let sealed = fake_weixin::sealed(key, APPID, &RANDOM, "你好");
        let opened = both.open(&sealed).unwrap();
        assert_eq!((opened.text.as_str(), opened.key), ("你好", at));
        let answer = both.seal(opened.key, "在", RANDOM).unwrap();
        assert!(fake_weixin::opened(key, &answer).is_some());
    }
}

#[test]
fn what_is_not_for_us_is_not_opened() {
    let ours = seal(&[KEY], APPID);
    let sealed = fake_weixin::sealed(KEY, APPID, &RANDOM, "你好");
    for (sealed, error) in [
        (
            fake_weixin::sealed(OTHER_KEY, APPID, &RANDOM, "你好"),
            SealError::Padding,
        ),
        (
            fake_weixin::sealed(KEY, "wxother", &RANDOM, "你好"),
            SealError::Receiver,
        ),
        (
            fake_weixin::sealed(KEY, "", &RANDOM, "你好"),
            SealError::Receiver,
        ),
        ("*".to_owned(), SealError::Base64),
        (String::new(), SealError::Length),
        ("AAAA".to_owned(), SealError::Length),
        (sealed[..24].to_owned(), SealError::Length),
    ] {
        assert_eq!(ours.open(&sealed), Err(error), "{sealed}");
    }
    assert_eq!(seal(&[], APPID).seal(0, "x", RANDOM), None);
}
