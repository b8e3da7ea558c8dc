//! People in WeChat's own service tool take an asker, are done, and the bot has the conversation again.

use super::stage::{Stage, options};
use crate::database::Engine;
use fake_weixin::{ApiFault, Mode, Shown, Verdict};

const TRANSFER: (&str, &str) = ("WENLU_WEIXIN_KF", "transfer");
const ASKER: &str = "oAsker";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tool_takes_an_asker_and_gives_them_back() {
    for (engine, replicas) in [(Engine::Sqlite, 1), (Engine::Postgres, 2)] {
        for mode in [Mode::Plain, Mode::Safe] {
            let stage = Stage::start(engine, options(mode), replicas, &[TRANSFER]).await;
            let (platform, asker) = (&stage.platform, stage.platform.asker(ASKER));
            stage.say(ASKER, "小程序怎么迁移").await;
            assert_eq!(stage.send(&asker.says("转人工")).await, Verdict::Transfer);
            // nobody has come yet: the bot goes on
            assert!(stage.say(ASKER, "openid 会变吗").await.contains("都不会变"));
            let created = platform.takes("li@wenlu", ASKER);
            assert_eq!(stage.send(&created).await, Verdict::Acknowledged);
            // one that was under way reaches the tool as well, and no turn is taken
            let before = stage.store.journal().count().await.unwrap();
            for message in [asker.says("小程序怎么迁移"), asker.sends("image")] {
                assert_eq!(stage.send(&message).await, Verdict::Transfer);
            }
            let given = platform.gives(("li@wenlu", "wang@wenlu"), ASKER);
            assert_eq!(stage.send(&given).await, Verdict::Acknowledged);
            let url = stage.url(0);
            let later = platform.deliver(&[&url], &asker.says("还在吗")).await;
            assert_eq!((later.tries.len(), later.shown), (0, Shown::Transfer));
            assert_eq!(stage.send(&asker.says("还在吗")).await, Verdict::Transfer);
            assert_eq!(stage.store.journal().count().await.unwrap(), before);
            // others are answered, and so is the menu of the account
            assert!(
                stage
                    .say("oOther", "openid 会变吗")
                    .await
                    .contains("都不会变")
            );
            assert!(
                stage
                    .text(&asker.presses("topics"))
                    .await
                    .contains("回复数字")
            );
            let closed = platform.ends("wang@wenlu", ASKER);
            assert_eq!(stage.send(&closed).await, Verdict::Acknowledged);
            // the beginning is delivered once more, late
            assert_eq!(stage.send(&created).await, Verdict::Acknowledged);
            let url = stage.url(0);
            let back = platform
                .deliver(&[&url], &asker.says("openid 会变吗"))
                .await;
            let Shown::Text(text) = back.shown else {
                panic!("{back:?}")
            };
            assert!(text.contains("都不会变"), "{text}");
            stage.stop().await;
        }
    }
}

/// The event of the end was lost: the platform has ended the session by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_whose_end_was_lost_does_not_silence_the_bot_for_ever() {
    let stage = Stage::start(Engine::Sqlite, options(Mode::Safe), 1, &[TRANSFER]).await;
    let created = stage.platform.takes("li@wenlu", ASKER);
    assert_eq!(stage.send(&created).await, Verdict::Acknowledged);
    let message = stage.platform.asker(ASKER).says("openid 会变吗");
    assert_eq!(stage.send(&message).await, Verdict::Transfer);
    stage
        .database
        .sql("UPDATE served_elsewhere SET at = at - 1860000")
        .await;
    assert!(stage.say(ASKER, "openid 会变吗").await.contains("都不会变"));
    stage.stop().await;
}

/// What the bot was about to send is of no use any more while a person talks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_bot_was_about_to_send_is_not_said_between_a_persons_words() {
    let options = options(Mode::Safe);
    let stage = Stage::sending(Engine::Sqlite, options, 1, &[TRANSFER]).await;
    let asker = stage.platform.asker(ASKER);
    // it fails for a while, so that it is still to be sent when the person comes
    (0..8).for_each(|_| stage.platform.fail_next(ApiFault::Status(502)));
    let long = asker.says("把全部规则都发给我看看");
    assert_eq!(stage.send(&long).await, Verdict::Acknowledged);
    let created = stage.platform.takes("li@wenlu", ASKER);
    assert_eq!(stage.send(&created).await, Verdict::Acknowledged);
    stage.rests().await;
    let given_up = stage.store.outbox().count_undelivered().await.unwrap();
    assert_eq!(stage.platform.sent_to(ASKER), [""; 0]);
    assert!(given_up > 1, "{given_up} were given up");
    // the asker's next questions are answered as ever
    let closed = stage.platform.ends("li@wenlu", ASKER);
    assert_eq!(stage.send(&closed).await, Verdict::Acknowledged);
    assert!(stage.say(ASKER, "openid 会变吗").await.contains("都不会变"));
    stage.stop().await;
}
