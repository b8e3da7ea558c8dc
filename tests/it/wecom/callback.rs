//! The address: what is genuine is taken and kept before it is acknowledged, and nothing else.

use super::stage::Stage;
use crate::database::Engine;
use fake_wecom::{Company, CompanyOptions};
use wenlu_core::model::Timestamp;

fn company(change: impl Fn(&mut CompanyOptions)) -> Company {
    let mut options = CompanyOptions::default();
    change(&mut options);
    Company::new(options)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_checks_the_address() {
    let stage = Stage::simple().await;
    assert!(stage.company.check_address(&stage.url(0)).await);
    for other in [
        company(|options| options.token = "other".to_owned()),
        company(|options| options.corp = "wwother".to_owned()),
        company(|options| options.aes_key = options.aes_key.replace("AAEC", "BBEC")),
    ] {
        assert!(!other.check_address(&stage.url(0)).await);
    }
    let plain = reqwest::get(stage.url(0)).await.unwrap();
    assert_eq!(plain.status(), 403);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_genuine_is_refused() {
    let stage = Stage::simple().await;
    let url = stage.url(0);
    let notice = stage.company.notice("ENC");
    let status = async |company: &Company| company.post(&url, &notice).await.unwrap().0;
    assert_eq!(status(&stage.company).await, 200);
    // another Token, another key, another company
    assert_eq!(
        status(&company(|o| o.token = "other".to_owned())).await,
        403
    );
    assert_eq!(
        status(&company(|o| o.corp = "wwother".to_owned())).await,
        403
    );
    let key = company(|o| o.aes_key = o.aes_key.replace("AAEC", "BBEC"));
    assert_eq!(status(&key).await, 403);
    // a copy that is old
    let (mut query, body) = stage.company.request(&notice);
    let old = async |time: &str| {
        let options = stage.company.options();
        let seal = body
            .split("CDATA[")
            .nth(2)
            .unwrap()
            .split("]]>")
            .next()
            .unwrap();
        let mut query = query.clone();
        query[1].1 = time.to_owned();
        query[0].1 = fake_weixin::signature(&[&options.token, time, &query[2].1, seal]);
        stage
            .company
            .post_as(&url, &query, body.clone())
            .await
            .unwrap()
            .0
    };
    let now: u64 = query[1].1.parse().unwrap();
    assert_eq!(old(&(now - 601).to_string()).await, 403);
    assert_eq!(old(&(now + 605).to_string()).await, 403);
    assert_eq!(old(&now.to_string()).await, 200);
    assert_eq!(old("").await, 403);
    // a changed body, none, and one that is too large
    let sent = async |body: String| stage.company.post_as(&url, &query, body).await.unwrap().0;
    assert_eq!(
        sent(body.replace("<Encrypt><![CDATA[", "<Encrypt><![CDATA[A")).await,
        403
    );
    assert_eq!(sent("<xml></xml>".to_owned()).await, 400);
    assert_eq!(sent(String::new()).await, 400);
    assert_eq!(sent("x".repeat(70_000)).await, 413);
    // sealed for this company, and about another, or an account that is none
    for (from, to) in [
        ("ww0123456789abcdef", "wwother"),
        ("wkAccount_0123-a", "../etc"),
    ] {
        let other = notice.replace(from, to);
        assert_eq!(stage.company.post(&url, &other).await.unwrap().0, 400);
    }
    query.clear();
    assert_eq!(
        stage.company.post_as(&url, &query, body).await.unwrap().0,
        403
    );
    let metrics = stage.page("/metrics").await;
    for (reason, least) in [
        ("signature", 2),
        ("replay", 2),
        ("seal", 2),
        ("body", 2),
        ("size", 1),
    ] {
        let series = format!("wenlu_wecom_refused_total{{reason=\"{reason}\"}} ");
        let (_, value) = metrics.split_once(&series).expect("it is counted");
        let value: u32 = value.split_whitespace().next().unwrap().parse().unwrap();
        assert!(value >= least, "{reason}: {value}");
    }
    // others than notices are acknowledged
    let event = notice.replace("kf_msg_or_event", "of_the_future");
    let answer = stage.company.post(&url, &event).await.unwrap();
    assert_eq!(answer, (200, "success".to_owned()));
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_before_still_opens_while_it_is_changed() {
    let options = CompanyOptions::default();
    let old = options.aes_key.replace("AAEC", "BBEC");
    let more = [("WENLU_WECOM_AES_KEY_OLD", old.as_str())];
    let stage = Stage::start(Engine::Sqlite, 1, &more).await;
    assert!(stage.company.check_address(&stage.url(0)).await);
    let before = company(|options| options.aes_key.clone_from(&old));
    assert!(before.check_address(&stage.url(0)).await);
    stage.stop().await;
}

/// Nothing is acknowledged that would be lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_that_cannot_be_kept_is_not_acknowledged() {
    let stage = Stage::simple().await;
    stage.rests().await;
    stage
        .database
        .sql("ALTER TABLE pulls RENAME TO pulls_away")
        .await;
    let notice = stage.company.notice("ENC");
    let answer = stage.company.post(&stage.url(0), &notice).await.unwrap();
    assert_eq!(answer.0, 503);
    stage
        .database
        .sql("ALTER TABLE pulls_away RENAME TO pulls")
        .await;
    assert!(stage.say("wmA", "openid 会变吗").await.contains("都不会变"));
    let channel = format!("wecom:{}", stage.company.options().corp);
    let due = stage.store.pulls().due(&channel, Timestamp(0), 9).await;
    assert_eq!(due.unwrap(), []);
    stage.stop().await;
}
