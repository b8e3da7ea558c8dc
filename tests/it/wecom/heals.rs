//! Faults end by themselves in an answer: lost notices, failing pulls, dead tokens, a machine that is
//! not on the list, a server that is gone.

use super::stage::Stage;
use crate::database::Engine;
use fake_wecom::CompanyFault;

/// Neither a pull nor a call that is never answered holds up anything for long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_that_never_answers_is_asked_again() {
    let stage = Stage::simple().await;
    stage.say("wmA", "小程序怎么迁移").await;
    for path in ["kf/sync_msg", "kf/send_msg", "gettoken"] {
        if path == "gettoken" {
            stage.company.kill_tokens();
        }
        stage.company.fail_next(path, CompanyFault::Hangs);
        let told = stage.say("wmA", "openid 会变吗").await;
        assert_eq!(told.matches("都不会变").count(), 1, "{path}: {told}");
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_notice_is_made_good() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let stage = Stage::start(engine, 1, &[]).await;
        // by the slow poll, also of an account of which no notice ever came
        stage.company.notifies(false);
        stage.company.customer("wmA").says("openid 会变吗").await;
        assert!(
            stage.company.until_seen("wmA", 1).await[0]
                .text
                .contains("都不会变")
        );
        // by the next one
        stage.company.customer("wmA").says("小程序怎么迁移").await;
        stage.company.notifies(true);
        stage.company.customer("wmB").says("openid 会变吗").await;
        stage.company.until_seen("wmA", 2).await;
        stage.company.until_seen("wmB", 1).await;
        stage.rests().await;
        assert_eq!((stage.turns("wmA").await, stage.turns("wmB").await), (2, 1));
        stage.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_that_fails_is_tried_again() {
    let stage = Stage::simple().await;
    stage.say("wmA", "小程序怎么迁移").await;
    for fault in [
        CompanyFault::Status(502),
        CompanyFault::Code(-1),
        CompanyFault::Code(45_033),
        CompanyFault::Code(95_007),
        CompanyFault::Code(99_999),
    ] {
        stage.company.fail_next("kf/sync_msg", fault);
        assert!(
            stage.say("wmA", "openid 会变吗").await.contains("都不会变"),
            "{fault:?}"
        );
    }
    assert_eq!(stage.turns("wmA").await, 6);
    let metrics = stage.page("/metrics").await;
    assert!(
        !metrics.contains("wenlu_wecom_pulls_total{outcome=\"failed\"} 0"),
        "{metrics}"
    );
    assert!(metrics.contains("wenlu_wecom_pulls_total{outcome=\"ok\"}"));
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_dies_is_renewed_and_nothing_is_said_twice() {
    for (engine, replicas) in [(Engine::Sqlite, 1), (Engine::Postgres, 2)] {
        let stage = Stage::start(engine, replicas, &[]).await;
        let ask = async |at: usize| {
            let told = stage.say("wmA", "openid 会变吗").await;
            assert_eq!(told.matches("都不会变").count(), 1, "{at}: {told}");
            assert_eq!(stage.company.tokens().0, at);
        };
        ask(1).await;
        // 42001, then 40014
        stage.company.age_tokens(7_200);
        ask(2).await;
        stage.company.kill_tokens();
        ask(3).await;
        assert!(stage.page("/readyz").await.contains("\"wecom\":\"ok\""));
        stage.stop().await;
    }
}

/// The server's address is not on the company's list: it is said why, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cuts_the_company_off_is_told_and_ends_by_itself() {
    let stage = Stage::simple().await;
    stage.say("wmA", "小程序怎么迁移").await;
    stage.company.list_address(false);
    stage.company.customer("wmA").says("openid 会变吗").await;
    stage.until_it_is("address_not_listed").await;
    assert!(
        stage
            .page("/metrics")
            .await
            .contains("wenlu_wecom_stopped 1")
    );
    let faults = stage.store.service_access().faults(9).await.unwrap();
    assert_eq!(faults[0].detail, "203.0.113.7");
    stage.company.list_address(true);
    stage.until_it_is("ok").await;
    let seen = stage.company.until_seen("wmA", 2).await;
    assert!(seen[1].text.contains("都不会变"), "{seen:?}");
    stage.rests().await;
    assert!(
        stage
            .page("/metrics")
            .await
            .contains("wenlu_wecom_stopped 0")
    );
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_goes_on_where_one_stopped() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut stage = Stage::start(engine, 2, &[]).await;
        assert!(stage.say("wmA", "openid 会变吗").await.contains("都不会变"));
        stage.stop_first().await;
        assert!(
            stage
                .say("wmA", "小程序怎么迁移")
                .await
                .contains("由原主体")
        );
        stage.stop_first().await;
        // while none runs, messages are kept by the platform
        stage.company.customer("wmA").says("openid 会变吗").await;
        stage.add_replica().await;
        stage.company.until_seen("wmA", 3).await;
        stage.rests().await;
        assert_eq!(stage.turns("wmA").await, 3);
        assert_eq!(stage.company.mistakes(), [""; 0]);
        stage.stop().await;
    }
}

/// What cannot be read does not hold up the rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_set_aside() {
    let stage = Stage::simple().await;
    stage.say("wmA", "小程序怎么迁移").await;
    // a message without a customer, and one of a customer whose id is none
    let event = serde_json::json!({ "event_type": "msg_send_fail", "fail_type": 4 });
    stage.company.event(event).await;
    stage.company.customer("张三").says("在吗").await;
    stage.rests().await;
    assert_eq!(stage.store.inbox().count_quarantined().await.unwrap(), 2);
    assert!(stage.say("wmA", "openid 会变吗").await.contains("都不会变"));
    stage.stop().await;
}
