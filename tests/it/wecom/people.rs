//! 转人工: people in WeCom take the asker, the bot is silent, and answers again when they are done.

use super::stage::Stage;
use crate::database::Engine;
use fake_wecom::{CompanyFault, SessionState};
use wenlu::store::accounts::AccountRole;

const QUEUE: (&str, &str) = ("WENLU_WECOM_SERVICERS", "queue");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_takes_an_asker_and_gives_them_back() {
    for (engine, replicas) in [(Engine::Sqlite, 1), (Engine::Postgres, 2)] {
        let stage = Stage::start(engine, replicas, &[QUEUE]).await;
        let asker = stage.company.customer("wmA");
        stage.say("wmA", "小程序怎么迁移").await;
        assert!(stage.say("wmA", "转人工").await.contains("转接人工客服"));
        assert_eq!(stage.company.session("wmA"), SessionState::Queued);
        let turns = stage.turns("wmA").await;
        assert_eq!(stage.say("wmA", "openid 会变吗").await, "");
        stage.company.takes("li", "wmA").await;
        stage.company.servicer_says("li", "wmA", "您好").await;
        assert_eq!(stage.say("wmA", "openid 会变吗").await, "");
        assert_eq!(stage.after("wmA", asker.sends("image")).await, []);
        assert_eq!(stage.turns("wmA").await, turns, "the bot says nothing");
        // another asker is answered all the same
        assert!(stage.say("wmB", "openid 会变吗").await.contains("都不会变"));
        stage.company.ends("wmA").await;
        stage.rests().await;
        assert!(stage.say("wmA", "openid 会变吗").await.contains("都不会变"));
        assert_eq!(stage.company.mistakes(), [""; 0]);
        stage.stop().await;
    }
}

/// Where people here are called, somebody in WeCom may take the asker nevertheless: when they are done,
/// nobody here is waited for any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_in_wecom_gives_a_hand_over_here_back() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let stage = Stage::start(engine, 1, &[]).await;
        crate::admin::add_account(&stage.store, "wang", AccountRole::Operator).await;
        stage.say("wmA", "转人工").await;
        let name = stage.conversation("wmA");
        let is_open = async || {
            let handover = stage.store.handovers().of(&name).await.unwrap();
            handover.is_some_and(|handover| handover.open)
        };
        assert!(is_open().await);
        stage.company.takes("li", "wmA").await;
        stage.rests().await;
        assert!(is_open().await);
        stage.company.ends("wmA").await;
        stage.rests().await;
        assert!(!is_open().await);
        let turns = stage.turns("wmA").await;
        assert!(stage.say("wmA", "openid 会变吗").await.contains("都不会变"));
        assert_eq!(stage.turns("wmA").await, turns + 1);
        stage.stop().await;
    }
}

/// What a person is asked, and the end of it, may come in one page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_to_a_person_is_not_answered_later() {
    let stage = Stage::start(Engine::Sqlite, 1, &[QUEUE]).await;
    stage.say("wmA", "转人工").await;
    stage.company.notifies(false);
    stage.company.takes("li", "wmA").await;
    stage.company.customer("wmA").says("小程序怎么迁移").await;
    stage.company.ends("wmA").await;
    stage.company.customer("wmA").says("openid 会变吗").await;
    stage.company.notifies(true);
    stage.company.notify().await;
    stage.rests().await;
    let all = stage.company.texts_of("wmA").concat();
    assert!(
        all.contains("都不会变") && !all.contains("由原主体"),
        "{all}"
    );
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_named_person_takes_an_asker_or_the_next_one_does() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let named = [("WENLU_WECOM_SERVICERS", "away,li")];
        let stage = Stage::start(engine, 1, &named).await;
        // nobody is there: the asker is told so, and the bot goes on
        let told = stage.say("wmA", "转人工").await;
        assert!(
            told.contains("转接人工客服") && told.contains("---"),
            "{told}"
        );
        assert_eq!(stage.company.session("wmA"), SessionState::New);
        assert!(stage.say("wmA", "openid 会变吗").await.contains("都不会变"));
        stage.company.employ("li");
        stage.say("wmA", "转人工").await;
        assert_eq!(stage.company.session("wmA"), SessionState::Served);
        assert_eq!(stage.company.servicer("wmA").as_deref(), Some("li"));
        assert_eq!(stage.say("wmA", "openid 会变吗").await, "");
        stage.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_takes_the_session_unasked_silences_the_bot() {
    let stage = Stage::simple().await;
    stage.say("wmA", "小程序怎么迁移").await;
    // before the bot hears of it, its answer is refused, and not shown later
    stage
        .company
        .fail_next("kf/sync_msg", CompanyFault::Status(502));
    stage.company.notifies(false);
    stage.company.takes("li", "wmA").await;
    stage.company.notifies(true);
    stage.company.notify().await;
    stage.rests().await;
    assert_eq!(stage.say("wmA", "openid 会变吗").await, "");
    stage.company.ends("wmA").await;
    let told = stage.say("wmA", "小程序怎么迁移").await;
    assert!(
        told.contains("由原主体") && !told.contains("都不会变"),
        "{told}"
    );
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_while_a_person_serves_is_dropped() {
    let stage = Stage::simple().await;
    stage.say("wmA", "小程序怎么迁移").await;
    // the platform gives no event of a session that its own rules hand to a person
    stage
        .company
        .fail_next("kf/send_msg", CompanyFault::Code(95_018));
    assert_eq!(stage.say("wmA", "openid 会变吗").await, "");
    // the session was not a person's: the answer was kept for the next message
    let told = stage.say("wmA", "小程序怎么迁移").await;
    assert!(
        told.contains("都不会变") && told.contains("由原主体"),
        "{told}"
    );
    stage.stop().await;
}

/// The event of the end was lost: after a while it is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_of_a_session_is_asked_again_after_a_while() {
    let stage = Stage::start(Engine::Sqlite, 1, &[QUEUE]).await;
    stage.say("wmA", "转人工").await;
    assert_eq!(stage.say("wmA", "openid 会变吗").await, "");
    stage
        .database
        .sql("UPDATE served_elsewhere SET at = at - 1000000000")
        .await;
    // still in the queue
    assert_eq!(stage.say("wmA", "openid 会变吗").await, "");
    stage.company.end_silently("wmA");
    stage
        .database
        .sql("UPDATE served_elsewhere SET at = at - 1000000000")
        .await;
    // as long as that cannot be found out, the bot stays silent
    stage
        .company
        .fail_next("kf/service_state/get", CompanyFault::Status(502));
    assert_eq!(stage.say("wmA", "openid 会变吗").await, "");
    assert!(stage.say("wmA", "openid 会变吗").await.contains("都不会变"));
    stage.stop().await;
}
