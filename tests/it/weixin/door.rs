//! The door: the check of the address, and what is refused at it.

use super::stage::{Stage, options};
use crate::database::Engine;
use fake_weixin::{Fault, Mode, Options, Platform, Verdict, signature};
use reqwest::Client;
use wenlu::clock::now;

/// A request with this query and body; its status.
async fn post(url: &str, query: &[(&str, String)], body: impl Into<String>) -> u16 {
    let sent = Client::new().post(url).query(query).body(body.into());
    let answer = sent.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert!(
        status == 200 || text.is_empty(),
        "a refusal says nothing: {text}"
    );
    status
}

fn changed(
    query: &[(&'static str, String)],
    name: &str,
    value: &str,
) -> Vec<(&'static str, String)> {
    let mut query = query.to_vec();
    let found = query.iter_mut().find(|(known, _)| *known == name).unwrap();
    found.1 = value.to_owned();
    query
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_is_checked_byte_for_byte() {
    for mode in [Mode::Plain, Mode::Safe] {
        let stage = Stage::simple(mode).await;
        assert!(stage.platform.check_address(&stage.url(0)).await);
        let other = Platform::new(Options {
            token: "another".into(),
            ..options(mode)
        });
        assert!(!other.check_address(&stage.url(0)).await);
        let (time, nonce) = ((now().0 / 1_000).to_string(), "9");
        let signed = signature(&["wenlu-token", &time, nonce]);
        let echo = "a b\"<>&%中\n0";
        let query = [
            ("signature", signed.as_str()),
            ("timestamp", &time),
            ("nonce", nonce),
            ("echostr", echo),
        ];
        let answer = Client::new()
            .get(stage.url(0))
            .query(&query)
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.headers()["content-type"],
            "text/plain; charset=utf-8"
        );
        assert_eq!(answer.text().await.unwrap(), echo);
        let bare = reqwest::get(stage.url(0)).await.unwrap();
        assert_eq!(bare.status(), 403);
        stage.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_genuine_is_refused_in_plaintext() {
    let stage = Stage::simple(Mode::Plain).await;
    let url = stage.url(0);
    let message = stage.platform.asker("oDoor").says("在吗");
    let (query, body) = stage.platform.request(&message);
    assert_eq!(post(&url, &query, body.clone()).await, 200);
    assert_eq!(
        post(&url, &changed(&query, "signature", "0"), body.clone()).await,
        403
    );
    assert_eq!(
        post(&url, &changed(&query, "nonce", "0"), body.clone()).await,
        403
    );
    assert_eq!(post(&url, &[], body.clone()).await, 403);
    for seconds in [-601, 605] {
        let time = (now().0 / 1_000 + seconds).to_string();
        let old = changed(&query, "timestamp", &time);
        let signed = signature(&["wenlu-token", &time, &query[2].1]);
        assert_eq!(
            post(&url, &changed(&old, "signature", &signed), body.clone()).await,
            403
        );
    }
    assert_eq!(post(&url, &query, "<xml>").await, 400);
    assert_eq!(
        post(&url, &query, "<xml><MsgType>text</MsgType></xml>").await,
        400
    );
    assert_eq!(
        post(&url, &query, body.replace("oDoor", "o/../Door")).await,
        400
    );
    assert_eq!(post(&url, &query, " ".repeat((1 << 16) + 1)).await, 413);
    // sealed, and no key is set: the log says which setting is missing
    let safe = Platform::new(options(Mode::Compatible));
    let message = safe.asker("oDoor").says("在吗");
    assert_eq!(
        safe.post(&url, &message).await,
        Verdict::Fault(Fault::Status(403))
    );
    let metrics = stage.metrics().await;
    for (reason, count) in [
        ("signature", 3),
        ("replay", 2),
        ("body", 3),
        ("size", 1),
        ("no_key", 1),
    ] {
        let line = format!("wenlu_weixin_refused_total{{reason=\"{reason}\"}} {count}\n");
        assert!(metrics.contains(&line), "{reason}: {metrics}");
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_key_only_what_is_sealed_counts() {
    let stage = Stage::simple(Mode::Safe).await;
    let url = stage.url(0);
    let refused = Verdict::Fault(Fault::Status(403));
    // plain, though genuine: somebody took the seal off
    let plain = Platform::new(options(Mode::Plain));
    assert_eq!(
        plain.post(&url, &plain.asker("oDoor").says("在吗")).await,
        refused
    );
    for options in [
        Options {
            token: "another".into(),
            ..options(Mode::Safe)
        },
        Options {
            aes_key: "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".into(),
            ..options(Mode::Safe)
        },
        Options {
            appid: "wxanother".into(),
            ..options(Mode::Safe)
        },
    ] {
        let other = Platform::new(options);
        assert_eq!(
            other.post(&url, &other.asker("oDoor").says("在吗")).await,
            refused
        );
    }
    // in the compatible mode the plain fields beside the sealed ones are worth nothing
    let compatible = Platform::new(options(Mode::Compatible));
    let message = compatible.asker("oReal").says("小程序怎么迁移");
    let (query, body) = compatible.request(&message);
    let forged = body
        .replace("小程序怎么迁移", "转人工")
        .replace("oReal", "oForged");
    assert_eq!(post(&url, &query, forged).await, 200);
    let rows = stage
        .store
        .journal()
        .until("weixin:wx0123456789abcdef:oReal", i64::MAX, 9);
    assert_eq!(rows.await.unwrap()[0].entry.text, "小程序怎么迁移");
    let (start, _) = body.split_once("<Encrypt>").unwrap();
    assert_eq!(post(&url, &query, format!("{start}</xml>")).await, 403);
    assert_eq!(
        post(&url, &changed(&query, "msg_signature", "0"), body.clone()).await,
        403
    );
    assert_eq!(
        post(&url, &changed(&query, "encrypt_type", "raw"), body).await,
        403
    );
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_keys_count_while_one_is_changed() {
    let old = "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let stage = Stage::start(
        Engine::Sqlite,
        options(Mode::Safe),
        1,
        &[("WENLU_WEIXIN_AES_KEY_OLD", old)],
    )
    .await;
    for key in [old, &options(Mode::Safe).aes_key] {
        let platform = Platform::new(Options {
            aes_key: key.into(),
            ..options(Mode::Safe)
        });
        let verdict = platform
            .post(&stage.url(0), &platform.asker("oKeys").says("菜单"))
            .await;
        assert!(matches!(verdict, Verdict::Text(_)), "{verdict:?}");
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_accounts_each_have_a_door() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let listed = "[[account]]\nappid = \"wxsecond\"\ntoken = \"second\"\n\n\
                  [[account]]\nappid = \"wxmini\"\ntoken = \"mini\"\npath = \"/mini\"\nkind = \"miniprogram\"\n";
    std::fs::write(file.path(), listed).unwrap();
    let more = [("WENLU_WEIXIN_ACCOUNTS", file.path().to_str().unwrap())];
    let stage = Stage::start(Engine::Sqlite, options(Mode::Plain), 1, &more).await;
    let account = |appid: &str, token: &str| {
        Platform::new(Options {
            appid: appid.into(),
            token: token.into(),
            ..options(Mode::Plain)
        })
    };
    let (second, mini) = (account("wxsecond", "second"), account("wxmini", "mini"));
    let at = |path: &str| stage.address(0, path);
    let said = second.asker("oSame").says("菜单");
    assert!(matches!(
        second.post(&at("/weixin/wxsecond"), &said).await,
        Verdict::Text(_)
    ));
    assert_eq!(
        mini.post(&at("/mini"), &mini.asker("oSame").says("在吗"))
            .await,
        Verdict::Transfer
    );
    assert_eq!(
        second.post(&stage.url(0), &said).await,
        Verdict::Fault(Fault::Status(403))
    );
    stage.say("oSame", "菜单").await;
    for appid in ["wxsecond", "wx0123456789abcdef"] {
        let conversation = format!("weixin:{appid}:oSame");
        let rows = stage.store.journal().until(&conversation, i64::MAX, 9);
        assert_eq!(rows.await.unwrap().len(), 1, "{appid}");
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_too_much_is_told_so_and_others_are_not() {
    let more = [("WENLU_RATE_PER_MINUTE", "1"), ("WENLU_RATE_BURST", "2")];
    let stage = Stage::start(Engine::Sqlite, options(Mode::Plain), 1, &more).await;
    let asker = stage.platform.asker("oFast");
    let url = stage.url(0);
    let first = asker.says("菜单");
    let answer = stage.send(&first).await;
    stage.send(&asker.says("菜单")).await;
    let refused = stage.platform.post(&url, &asker.says("菜单")).await;
    assert_eq!(
        refused,
        Verdict::Text("您发送得太快了，请稍等片刻再试。".into())
    );
    // what was answered before is answered again, and nobody else is slowed down
    assert_eq!(stage.send(&first).await, answer);
    assert_eq!(
        stage
            .send(&stage.platform.asker("oSlow").says("菜单"))
            .await,
        answer
    );
    stage.stop().await;
}
