//! Whole conversations: the same in plaintext and sealed, on SQLite and PostgreSQL, with one server and
//! with two, and each answer the same however often its message is delivered.

use super::stage::{Stage, options};
use crate::database::Engine;
use fake_weixin::{Body, Mode, Options, Verdict};
use wenlu::channel::weixin::TEXT_LIMIT;

/// The same conversation in four ways; `talk` gives what was seen.
async fn everywhere(talk: impl AsyncFn(&Stage) -> String) -> String {
    let mut seen: Option<String> = None;
    for (engine, mode, replicas) in [
        (Engine::Sqlite, Mode::Plain, 1),
        (Engine::Sqlite, Mode::Safe, 2),
        (Engine::Postgres, Mode::Compatible, 1),
        (Engine::Postgres, Mode::Safe, 2),
    ] {
        let stage = Stage::start(engine, options(mode), replicas, &[]).await;
        let shown = talk(&stage).await;
        stage.stop().await;
        match &seen {
            None => seen = Some(shown),
            Some(first) => assert_eq!(first, &shown, "{engine:?}, {mode:?}, {replicas} servers"),
        }
    }
    seen.unwrap()
}

/// What each line says and is answered with.
async fn script(stage: &Stage, openid: &str, lines: &[&str]) -> String {
    let mut shown = String::new();
    for line in lines {
        let said = stage.say(openid, line).await;
        shown.push_str(&format!("> {line}\n{said}\n\n"));
    }
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_steps_choices_and_feedback() {
    let shown = everywhere(async |stage| {
        let lines = [
            "小程序怎么迁移",
            "1",
            "要多久",
            "注销",
            "第二个",
            "没解决",
            "今天天气怎么样",
            "怎么开通支付",
            "多谢啦",
            "菜单",
        ];
        script(stage, "oAsker_1-a", &lines).await
    });
    insta::assert_snapshot!("questions", shown.await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_no_text() {
    let shown = everywhere(async |stage| {
        let asker = stage.platform.asker("oAsker");
        let mut shown = String::new();
        let messages = [
            ("关注", asker.follows()),
            ("扫码关注", asker.follows_by_code("ids")),
            ("扫码", asker.scans("moving")),
            ("扫别的码", asker.scans("123")),
            ("菜单：人工", asker.presses("human")),
            ("菜单：主题", asker.presses("topics")),
            ("菜单：帮助", asker.presses("help")),
            ("菜单：意图", asker.presses("i:ids")),
            ("进入小程序客服", asker.enters("")),
            ("从页面进入", asker.enters("i:ids")),
            ("语音，有识别", asker.speaks(Some("迁移后 openid 会变吗"))),
            ("语音", asker.speaks(None)),
            ("图片", asker.sends("image")),
            ("视频", asker.sends("video")),
            ("小视频", asker.sends("shortvideo")),
            ("位置", asker.sends("location")),
            ("链接", asker.sends("link")),
            ("小程序卡片", asker.sends("miniprogrampage")),
            ("文件", asker.sends("file")),
        ];
        for (name, message) in messages {
            shown.push_str(&format!("> {name}\n{}\n\n", stage.text(&message).await));
        }
        for other in [
            asker.sends("sticker"),
            asker.event("VIEW", &[("EventKey", "https://a.example")]),
        ] {
            assert_eq!(stage.send(&other).await, Verdict::Acknowledged, "{other:?}");
        }
        let mut nested = asker.event("scancode_push", &[("EventKey", "k")]);
        let list =
            Body::Raw("<ScanType>qrcode</ScanType><ScanResult><![CDATA[1]]></ScanResult>".into());
        nested.fields.push(("ScanCodeInfo".into(), list));
        assert_eq!(stage.send(&nested).await, Verdict::Acknowledged);
        shown
    });
    insta::assert_snapshot!("no-text", shown.await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_comes_in_parts() {
    everywhere(async |stage| {
        let mut parts = vec![stage.say("oLong", "把全部规则都发给我看看").await];
        while parts.last().unwrap().contains("（回复“续”看下一段）") {
            assert!(parts.len() < 9, "it never ends");
            parts.push(stage.say("oLong", "续").await);
        }
        assert!(parts.len() >= 3, "{} parts", parts.len());
        assert!(
            parts.iter().all(|part| part.len() <= TEXT_LIMIT),
            "{parts:?}"
        );
        let whole = parts.join("");
        for at in 1..=12 {
            let link = format!(
                "<a href=\"https://mp.weixin.qq.com/rules?id={at}&lang=zh\">平台规则第 {at} 条</a>"
            );
            assert_eq!(whole.matches(&link).count(), 1, "{at}");
        }
        assert_eq!(
            whole.matches("👨‍👩‍👧").count(),
            whole.matches("怎样理解").count()
        );
        assert!(stage.say("oLong", "续").await.contains("发完了"));
        // what was not asked for is not kept
        stage.say("oLong", "把全部规则都发给我看看").await;
        assert!(!stage.say("oLong", "openid 会变吗").await.contains('续'));
        assert!(stage.say("oLong", "续").await.contains("发完了"));
        // another asker's rest is not this one's
        assert!(stage.say("oOther", "续").await.contains("发完了"));
        String::new()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_an_asker_is_markup() {
    let stage = Stage::simple(Mode::Safe).await;
    for text in [
        "<a href=\"https://evil.example\">点我</a>",
        "]]><Content>x</Content><![CDATA[",
        "&lt;a href=x&gt; &amp; \u{1}\u{8}\u{fffe}\r\n\t 👨‍👩‍👧",
        "&#60;a&#62;",
        "</xml>",
    ] {
        // the platform refuses what is no whole link of ours
        let said = stage.say("oMarkup", text).await;
        assert!(!said.contains("evil.example"), "{said}");
        let row = stage
            .store
            .journal()
            .until("weixin:wx0123456789abcdef:oMarkup", i64::MAX, 1);
        let kept = row.await.unwrap().pop().unwrap().entry.text;
        let without = |text: &str| text.replace(|c: char| c.is_control() || c == ' ', "");
        assert_eq!(without(&kept), without(text));
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_is_read_as_xml_is() {
    let json = Options {
        json: true,
        ..options(Mode::Safe)
    };
    let stage = Stage::start(
        Engine::Sqlite,
        json,
        1,
        &[("WENLU_WEIXIN_KIND", "miniprogram")],
    )
    .await;
    let asker = stage.platform.asker("oMini");
    // a mini-program takes no text here: its own tool gets the message, and what it cannot get is acknowledged
    for kind in ["image", "miniprogrampage"] {
        assert_eq!(stage.send(&asker.sends(kind)).await, Verdict::Transfer);
    }
    assert_eq!(stage.send(&asker.says("在吗")).await, Verdict::Transfer);
    assert_eq!(stage.send(&asker.enters("")).await, Verdict::Acknowledged);
    assert_eq!(
        stage.store.journal().count().await.unwrap(),
        0,
        "no turn is noted that nobody saw"
    );
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_is_answered_once_however_it_is_delivered() {
    let stage = Stage::start(Engine::Postgres, options(Mode::Safe), 2, &[]).await;
    let asker = stage.platform.asker("oTwice");
    let (one, other) = (stage.url(0), stage.url(1));
    for _ in 0..10 {
        let message = asker.says("小程序怎么迁移");
        let (a, b, c) = tokio::join!(
            stage.platform.post(&one, &message),
            stage.platform.post(&other, &message),
            stage.platform.post(&one, &message),
        );
        assert!(matches!(a, Verdict::Text(_)), "{a:?}");
        assert_eq!((&a, &a), (&b, &c));
    }
    let rows = stage
        .store
        .journal()
        .until("weixin:wx0123456789abcdef:oTwice", i64::MAX, 100);
    assert_eq!(rows.await.unwrap().len(), 10);
    // two events of one second differ in what they are about
    let (ids, moving) = (asker.scans("ids"), asker.scans("moving"));
    assert_ne!(stage.text(&ids).await, stage.text(&moving).await);
    stage.stop().await;
}
