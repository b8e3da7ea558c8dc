//! Texts that independent libraries sealed, with the seal that this platform uses.

use crate::{Company, CompanyOptions};
use fake_weixin::signature;
use serde_json::Value;

#[test]
fn what_others_sealed_is_opened() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/wechat-seal.json"
    );
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let company = |corp: String, key: &str| {
        Company::new(CompanyOptions {
            corp,
            aes_key: text(&all[key]),
            ..CompanyOptions::default()
        })
    };
    let cases = all["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 36);
    for case in cases {
        let (plain, encrypt) = (text(&case["plain"]), text(&case["encrypt"]));
        for key in ["encoding_aes_key", "encoding_aes_key_nonzero_tail"] {
            let own = company(text(&all["appid"]), key);
            assert_eq!(own.open(&encrypt), Some(plain.clone()));
            let other = company("wwother".to_owned(), key);
            assert_eq!(other.open(&encrypt), None);
        }
        let parts = ["token", "timestamp", "nonce"].map(|name| text(&all[name]));
        let signed = signature(&[&parts[0], &parts[1], &parts[2], &encrypt]);
        assert_eq!(signed, text(&case["msg_signature"]));
    }
}

#[test]
fn what_it_seals_it_opens() {
    let company = Company::new(CompanyOptions::default());
    let (query, body) = company.request("<xml>您好</xml>");
    let seal = body.split("<Encrypt><![CDATA[").nth(1).unwrap();
    let seal = seal.split("]]>").next().unwrap();
    assert_eq!(company.open(seal).as_deref(), Some("<xml>您好</xml>"));
    let options = company.options();
    let signed = signature(&[&options.token, &query[1].1, &query[2].1, seal]);
    assert_eq!(query[0].1, signed);
}
