//! Messages that independent libraries sealed.

use crate::seal::{opened, sealed, signature};
use serde_json::Value;

#[test]
fn what_others_sealed_is_opened_and_sealed_alike() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/wechat-seal.json"
    );
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let [token, appid, time, nonce] =
        ["token", "appid", "timestamp", "nonce"].map(|name| text(&all[name]));
    let keys = ["encoding_aes_key", "encoding_aes_key_nonzero_tail"].map(|name| text(&all[name]));
    assert_eq!(signature(&[&token, &time, &nonce]), text(&all["signature"]));
    let cases = all["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 36);
    for case in cases {
        let (plain, encrypt) = (text(&case["plain"]), text(&case["encrypt"]));
        for key in &keys {
            let found = opened(key, &encrypt);
            assert_eq!(found, Some((plain.clone(), appid.clone())));
            assert_eq!(sealed(key, &appid, b"0123456789abcdef", &plain), encrypt);
        }
        let signed = signature(&[&token, &time, &nonce, &encrypt]);
        assert_eq!(signed, text(&case["msg_signature"]));
        let other = "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        assert_eq!(opened(other, &encrypt), None);
    }
}
