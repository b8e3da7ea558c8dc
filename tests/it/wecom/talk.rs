//! Whole conversations: the same on SQLite and PostgreSQL, with one server and with two.

use super::stage::{Stage, shown};
use crate::database::Engine;
use fake_wecom::CompanyFault;
use serde_json::json;
use wenlu::channel::wecom::WECOM_TEXT_LIMIT;
use wenlu_core::model::Timestamp;

/// The same conversation in four ways; `talk` gives what was seen.
async fn everywhere(talk: impl AsyncFn(&Stage) -> String) -> String {
    let mut seen: Option<String> = None;
    for (engine, replicas) in [
        (Engine::Sqlite, 1),
        (Engine::Sqlite, 2),
        (Engine::Postgres, 1),
        (Engine::Postgres, 2),
    ] {
        let stage = Stage::start(engine, replicas, &[]).await;
        let told = talk(&stage).await;
        assert_eq!(stage.company.mistakes(), [""; 0]);
        stage.stop().await;
        match &seen {
            None => seen = Some(told),
            Some(first) => assert_eq!(first, &told, "{engine:?}, {replicas} servers"),
        }
    }
    seen.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_menus_steps_and_feedback() {
    let told = everywhere(async |stage| {
        let mut told = String::new();
        let asker = stage.company.customer("wmAsker_1-a");
        for line in [
            "小程序怎么迁移",
            "［要多久］",
            "注销",
            "［公司没了怎么注销］",
            "没解决",
            "今天天气怎么样",
            "怎么开通支付",
            "多谢啦",
            "1",
            "菜单",
        ] {
            let tapped = line
                .strip_prefix('［')
                .and_then(|rest| rest.strip_suffix('］'));
            let seen = match tapped {
                Some(label) => stage.after(&asker.id, asker.taps(label)).await,
                None => stage.after(&asker.id, asker.says(line)).await,
            };
            told.push_str(&format!("> {line}\n{}\n\n", shown(&seen)));
        }
        told
    });
    insta::assert_snapshot!("questions", told.await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_no_text() {
    let told = everywhere(async |stage| {
        let asker = stage.company.customer("wmAsker");
        let mut told = String::new();
        for kind in [
            "image",
            "voice",
            "video",
            "file",
            "location",
            "link",
            "business_card",
            "miniprogram",
            "channels_shop_product",
        ] {
            let seen = stage.after(&asker.id, asker.sends(kind)).await;
            told.push_str(&format!("> {kind}\n{}\n\n", shown(&seen)));
        }
        // what is no message of the customer is not answered
        let turns = stage.turns(&asker.id).await;
        stage
            .company
            .servicer_says("li", &asker.id, "小程序怎么迁移")
            .await;
        for event in [
            json!({ "event_type": "user_recall_msg", "external_userid": asker.id, "recall_msgid": "m" }),
            json!({ "event_type": "servicer_status_change", "servicer_userid": "li", "status": 1 }),
            json!({ "event_type": "of the future" }),
        ] {
            stage.company.event(event).await;
        }
        stage.rests().await;
        assert_eq!(stage.turns(&asker.id).await, turns);
        assert_eq!(stage.store.inbox().count_quarantined().await.unwrap(), 0);
        told
    });
    insta::assert_snapshot!("no-text", told.await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_the_conversation_is_welcomed_once() {
    let told = everywhere(async |stage| {
        let (one, other) = (
            stage.company.customer("wmOne"),
            stage.company.customer("wmOther"),
        );
        let mut told = shown(&stage.after(&one.id, one.enters("")).await);
        let of_page = stage.after(&other.id, other.enters("i:ids")).await;
        told.push_str(&format!("\n\n> i:ids\n{}", shown(&of_page)));
        assert_eq!(of_page.len(), 1);
        // who is in a session is not
        stage.say(&one.id, "小程序怎么迁移").await;
        assert_eq!(stage.after(&one.id, one.enters("")).await, []);
        told
    });
    insta::assert_snapshot!("welcome", told.await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_comes_in_its_parts() {
    everywhere(async |stage| {
        let asker = stage.company.customer("wmLong");
        let seen = stage
            .after(&asker.id, asker.says("把全部规则都发给我看看"))
            .await;
        assert!((3..=5).contains(&seen.len()), "{} parts", seen.len());
        assert!(seen.iter().all(|part| part.text.len() <= WECOM_TEXT_LIMIT));
        let whole: String = seen.iter().map(|part| part.text.as_str()).collect();
        for at in 1..=12 {
            let link =
                format!("平台规则第 {at} 条（https://mp.weixin.qq.com/rules?id={at}&lang=zh）");
            assert_eq!(whole.matches(&link).count(), 1, "{at}: {whole}");
        }
        let families = whole.matches("👨‍👩‍👧").count();
        assert_eq!(families, whole.matches("怎样理解").count());
        String::new()
    })
    .await;
}

/// Pages are short here, so that many messages come in several.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_messages_at_once_are_answered_once_each_and_in_order() {
    everywhere(async |stage| {
        stage.company.notifies(false);
        let askers = ["wmA", "wmB", "wmC"];
        for _ in 0..2 {
            for id in askers {
                stage.company.customer(id).says("openid 会变吗").await;
                stage.company.customer(id).says("小程序怎么迁移").await;
            }
        }
        stage.company.notifies(true);
        stage.company.notify().await;
        stage.company.notify().await;
        stage.rests().await;
        for id in askers {
            assert_eq!(stage.turns(id).await, 4, "{id}");
            let texts = stage.company.texts_of(id);
            let about = |text: &String| text.contains("都不会变");
            let order: Vec<bool> = texts.iter().map(about).collect();
            assert!(order.iter().step_by(2).all(|ids| *ids), "{texts:?}");
            assert!(order.iter().skip(1).step_by(2).all(|ids| !ids), "{texts:?}");
        }
        String::new()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_before_the_first_run_is_not_answered() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = fake_wecom::Company::new(fake_wecom::CompanyOptions {
            page: 2,
            ..fake_wecom::CompanyOptions::default()
        });
        for text in ["很久以前", "小程序怎么迁移", "昨天的事"] {
            company.customer("wmOld").wrote_before(text, 3_600);
        }
        // the first pull is cut off behind its first page: the rest is history all the same
        company.fail_next("kf/sync_msg", CompanyFault::Passes);
        company.fail_next("kf/sync_msg", CompanyFault::Status(502));
        let mut stage = Stage::of(company, engine, 1, &[]).await;
        assert!(
            stage
                .say("wmOld", "openid 会变吗")
                .await
                .contains("都不会变")
        );
        assert_eq!(stage.turns("wmOld").await, 1);
        // what came while nobody ran is no history
        stage.add_replica().await;
        stage.stop_first().await;
        stage.company.notifies(false);
        stage
            .company
            .customer("wmOld")
            .wrote_before("小程序怎么迁移", 3_600);
        stage.company.until_seen("wmOld", 2).await;
        stage.rests().await;
        assert_eq!(stage.turns("wmOld").await, 2);
        stage.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_erased_leave_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let stage = Stage::start(engine, 1, &[]).await;
        stage.say("wmGone", "小程序怎么迁移").await;
        stage.say("wmStays", "小程序怎么迁移").await;
        stage.company.takes("li", "wmGone").await;
        stage.rests().await;
        let name = stage.conversation("wmGone");
        let traces = stage.store.erasure().traces(&name).await.unwrap();
        let tables: Vec<&str> = traces
            .rows
            .iter()
            .map(|(table, _)| table.as_str())
            .collect();
        for table in ["journal", "conversations", "credits", "served_elsewhere"] {
            assert!(tables.contains(&table), "{tables:?}");
        }
        let by = wenlu::store::audit::AuditActor::terminal(Timestamp(0));
        stage.store.erasure().erase(by, &name).await.unwrap();
        let traces = stage.store.erasure().traces(&name).await.unwrap();
        assert_eq!(traces.rows, []);
        assert_eq!(stage.turns("wmStays").await, 1);
        stage.stop().await;
    }
}
