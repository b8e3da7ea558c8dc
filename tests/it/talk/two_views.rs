//! The operators' group and the list on their pages are two views of one hand-over: what is said in one is to be seen in the
//! other, and reaches the asker once.

use super::{Talk, Way};
use crate::admin::{Browser, PASSWORD, Shown, add_account};
use crate::database::Engine;
use fake_telegram::Options;
use wenlu::store::Store;
use wenlu::store::accounts::AccountRole;
use wenlu::store::records::{HandoverRecord, HandoverStage};

pub(super) async fn talk(engine: Engine, settings: &[(&str, &str)]) -> (Talk, Store, Browser) {
    let options = Options {
        flood: false,
        ..Options::default()
    };
    let talk = Talk::start(engine, Way::Polling, options, settings).await;
    let store = Store::open(&talk.database.url).await.unwrap();
    add_account(&store, "ann", AccountRole::Agent).await;
    let mut ann = Browser::at(format!("http://{}", talk.bot.address));
    ann.sign_in("ann", PASSWORD, "").await;
    (talk, store, ann)
}

pub(super) async fn handover(store: &Store) -> HandoverRecord {
    let found = store.handovers().of("telegram:7").await.unwrap();
    found.expect("a hand-over")
}

async fn act(ann: &mut Browser, number: i64, act: &str, text: &str) -> Shown {
    ann.get(&format!("/admin/inbox/{number}")).await;
    let id = format!("{:032x}", fastrand::u128(..));
    let fields = [
        ("id", id.as_str()),
        ("seen", ""),
        ("seq", "99"),
        ("text", text),
        ("reason", "已解决"),
    ];
    ann.post(&format!("/admin/inbox/{number}/{act}"), &fields)
        .await
}

/// How often a chat shows a text.
pub(super) async fn shows(talk: &Talk, chat: i64, text: &str) -> usize {
    let wanted = text.to_owned();
    talk.fake
        .until(move |record| record.replies(chat).any(|m| m.text.contains(&wanted)))
        .await;
    talk.bot.rests().await;
    talk.fake.look(|record| {
        record
            .replies(chat)
            .filter(|m| m.text.contains(text))
            .count()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_group_and_the_list_show_one_hand_over() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (talk, store, mut ann) =
            talk(engine, &[("WENLU_TELEGRAM_GROUP", "-1000000000009")]).await;
        let forum = talk.fake.forum(9, "客服组");
        let (wang, asker) = (
            talk.fake.user(100).named("小王").at(&forum),
            talk.fake.user(7).named("小明"),
        );
        asker.say("转人工");
        assert_eq!(shows(&talk, forum.id, "需要人工").await, 1);
        let waiting = handover(&store).await;
        assert_eq!(waiting.stage, HandoverStage::Waiting);
        assert!(waiting.asker.as_deref().unwrap().contains("小明"));
        let topic = talk.fake.look(|record| {
            let threads = record.replies(forum.id).find_map(|message| message.thread);
            threads.unwrap()
        });
        // what is said in the group takes it, and stands in the list
        wang.within(topic).say("我来看一下");
        assert_eq!(shows(&talk, 7, "同事：我来看一下").await, 1);
        let taken = handover(&store).await;
        assert_eq!(taken.assignee.as_deref(), Some("telegram:100"));
        let page = ann
            .get(&format!("/admin/inbox/{}", taken.number))
            .await
            .body;
        assert_eq!(page.matches("我来看一下").count(), 1, "{page}");
        // who has not taken it cannot write; who takes it over is named in the group
        let refused = act(&mut ann, taken.number, "say", "我也在").await;
        assert!(
            refused.status == 409 && refused.body.contains("telegram:100"),
            "{}",
            refused.body
        );
        ann.get(&format!("/admin/inbox/{}", taken.number)).await;
        let over = [("id", "0123456789abcdef0123"), ("seen", "telegram:100")];
        ann.post(&format!("/admin/inbox/{}/take", taken.number), &over)
            .await;
        assert_eq!(shows(&talk, forum.id, "ann 在后台接手了").await, 1);
        act(&mut ann, taken.number, "note", "只给同事看的话").await;
        act(&mut ann, taken.number, "say", "我接着帮您").await;
        assert_eq!(shows(&talk, 7, "同事：我接着帮您").await, 1);
        assert_eq!(shows(&talk, forum.id, "我接着帮您").await, 1);
        asker.say("谢谢你们");
        assert_eq!(shows(&talk, forum.id, "谢谢你们").await, 1);
        let page = ann
            .get(&format!("/admin/inbox/{}", taken.number))
            .await
            .body;
        assert_eq!(page.matches("谢谢你们").count(), 1, "{page}");
        act(&mut ann, taken.number, "close", "").await;
        assert_eq!(shows(&talk, forum.id, "已交还给机器人").await, 1);
        assert_eq!(handover(&store).await.stage, HandoverStage::Closed);
        talk.fake.look(|record| {
            let all = record.calls.iter().map(|call| format!("{call:?}"));
            assert!(
                !all.collect::<String>().contains("只给同事看的话"),
                "a note was sent"
            );
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_asker_on_telegram_without_a_group_is_answered_from_the_list() {
    let (talk, store, mut ann) = talk(Engine::Sqlite, &[]).await;
    let asker = talk.fake.user(7).named("小明");
    asker.say("转人工");
    shows(&talk, 7, "同事").await;
    let asked = handover(&store).await.seq;
    asker.say("怎么注销");
    let begun = std::time::Instant::now();
    while handover(&store).await.seq <= asked {
        assert!(
            begun.elapsed().as_secs() < 20,
            "what was asked is not in the list"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let waiting = handover(&store).await;
    assert_eq!(
        (waiting.chat.as_str(), waiting.stage),
        ("", HandoverStage::Waiting)
    );
    let page = ann
        .get(&format!("/admin/inbox/{}", waiting.number))
        .await
        .body;
    assert!(page.contains("小明") && page.contains("怎么注销"), "{page}");
    act(&mut ann, waiting.number, "say", "您好，我是小安").await;
    assert_eq!(shows(&talk, 7, "同事：您好，我是小安").await, 1);
    act(&mut ann, waiting.number, "back", "").await;
    talk.bot.rests().await;
    assert_eq!(handover(&store).await.stage, HandoverStage::Closed);
}
