//! Hand-overs that are put aside: until a time, or until the asker writes; on one server and on two.

use super::inbox::{Asker, act, page_of};
use super::{Browser, House, now};
use crate::database::{Database, Engine, on_both};
use std::time::Duration;
use wenlu::store::accounts::AccountRole;
use wenlu::store::records::{HandoverRecord, HandoverStage};

const TOO_LONG: Duration = Duration::from_secs(30);

/// The hand-over once `is` holds of it.
async fn once(
    asker: &Asker,
    house: &House,
    is: impl Fn(&HandoverRecord) -> bool,
) -> HandoverRecord {
    let begun = std::time::Instant::now();
    loop {
        let found = asker.handover(house).await;
        if is(&found) {
            return found;
        }
        assert!(begun.elapsed() < TOO_LONG, "{found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn taken(asker: &Asker, house: &House, agent: &mut Browser) -> i64 {
    asker.say("转人工").await;
    let number = asker.handover(house).await.number;
    let shown = act(agent, number, "take", &[("seen", "")]).await;
    assert_eq!(shown.status, 303, "{}", shown.body);
    number
}

#[tokio::test]
async fn it_is_aside_until_the_asker_writes() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let asker = Asker::on(&house, "a");
        let number = taken(&asker, &house, &mut agent).await;
        page_of(&mut agent, number).await;
        let bad = act(&mut agent, number, "snooze", &[("until", "forever")]).await;
        assert_eq!(bad.status, 400, "{}", bad.body);
        let done = act(&mut agent, number, "snooze", &[("until", "tomorrow")]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        let until = asker.handover(&house).await.snoozed_until.unwrap();
        let hours = (until.0 - now().0) / 3_600_000;
        assert!((8..34).contains(&hours), "{hours}");
        let list = agent.get("/admin/inbox").await.body;
        assert!(
            list.contains("先放一放的") && list.contains("放到 "),
            "{list}"
        );
        assert!(list.contains("0 位在等，0 位有人接待"), "{list}");
        let page = page_of(&mut agent, number).await;
        assert!(
            page.contains("agent 先放一放：到明天 9:00") && page.contains("现在就接着看"),
            "{page}"
        );
        // another operator cannot
        let mut other = house.signed_in(AccountRole::Operator).await;
        page_of(&mut other, number).await;
        let refused = act(&mut other, number, "snooze", &[("until", "now")]).await;
        assert_eq!(refused.status, 409, "{}", refused.body);

        asker.say("在吗").await;
        let back = asker.handover(&house).await;
        assert_eq!((back.snoozed_until, back.woken_at), (None, None));
        let list = agent.get("/admin/inbox").await.body;
        assert!(
            list.contains("0 位在等，1 位有人接待") && list.contains("等回复"),
            "{list}"
        );
        // and taken back by hand
        act(&mut agent, number, "snooze", &[("until", "2h")]).await;
        assert!(asker.handover(&house).await.snoozed_until.is_some());
        act(&mut agent, number, "snooze", &[("until", "now")]).await;
        assert_eq!(asker.handover(&house).await.snoozed_until, None);
    })
    .await;
}

#[tokio::test]
async fn it_comes_back_by_itself_and_silence_does_not_end_it_meanwhile() {
    on_both(async |database| {
        let values = [("WENLU_HANDOVER_SILENCE", "1m")];
        let house = House::on(&database, &values).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let asker = Asker::on(&house, "a");
        let number = taken(&asker, &house, &mut agent).await;
        act(&mut agent, number, "snooze", &[("until", "asker")]).await;
        // as if hours had passed in silence, and its time were to come in a moment
        let later = now().0 + 1_500;
        database
            .sql(format!("UPDATE handovers SET last_at = 1, snoozed_until = {later}").leak())
            .await;
        let woken = once(&asker, &house, |found| found.woken_at.is_some()).await;
        assert_eq!(
            (woken.stage, woken.snoozed_until),
            (HandoverStage::Taken, None)
        );
        assert!(woken.woken_at.unwrap().0 >= later);
        let list = agent.get("/admin/inbox").await.body;
        assert!(
            list.contains("到时间了") && list.contains("data-waiting=\"1\""),
            "{list}"
        );
        let page = page_of(&mut agent, number).await;
        assert!(page.contains("放一放的时间到了"), "{page}");
        // what is done with it ends that
        act(
            &mut agent,
            number,
            "say",
            &[("text", "我回来了"), ("seq", "999")],
        )
        .await;
        assert_eq!(asker.handover(&house).await.woken_at, None);
    })
    .await;
}

#[tokio::test]
async fn two_servers_bring_it_back_once() {
    let database = Database::new(Engine::Postgres).await;
    let (one, two) = (
        House::on(&database, &[]).await,
        House::on(&database, &[]).await,
    );
    let mut agent = one.signed_in(AccountRole::Agent).await;
    let asker = Asker::on(&two, "a");
    let number = taken(&asker, &one, &mut agent).await;
    let past = now().0 - 1;
    database
        .sql(format!("UPDATE handovers SET snoozed_until = {past}").leak())
        .await;
    once(&asker, &one, |found| found.woken_at.is_some()).await;
    let store = &two.store;
    store
        .snoozes()
        .wake(
            &format!("web:{}", asker.conversation()),
            wenlu_core::model::Timestamp(past),
            now(),
        )
        .await
        .unwrap();
    let page = page_of(&mut agent, number).await;
    assert_eq!(page.matches("放一放的时间到了").count(), 1, "{page}");
}
