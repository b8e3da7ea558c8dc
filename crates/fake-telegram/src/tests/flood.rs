//! Flood control: its limits, and who does not wait.

use super::{Bot, frozen};
use crate::flood::{Bucket, Flood, Limits};
use crate::{Answer, Fault, Rule};
use fastrand::Rng;
use serde_json::json;

#[test]
fn limits_are_drawn_from_the_seed() {
    let draw = |seed| Limits::draw(&mut Rng::with_seed(seed));
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    for seed in 0..100 {
        let Limits {
            chat,
            group_minute,
            total,
        } = draw(seed);
        assert!(
            (3.0..=5.0).contains(&chat.burst) && (0.8..=1.2).contains(&chat.rate),
            "{chat:?}"
        );
        assert!((16..=24).contains(&group_minute), "{group_minute}");
        assert!((24.0..=36.0).contains(&total.rate), "{total:?}");
    }
}

fn flood() -> Flood {
    let limits = Limits {
        chat: Bucket {
            burst: 3.0,
            rate: 1.0,
        },
        group_minute: 20,
        total: Bucket {
            burst: 30.0,
            rate: 30.0,
        },
    };
    Flood::new(Some(limits))
}

#[test]
fn a_chat_takes_a_burst_and_then_one_a_second() {
    let mut flood = flood();
    let taken: Vec<_> = (0..5).map(|_| flood.take(7, false, 10.0)).collect();
    assert_eq!(taken, [Ok(()), Ok(()), Ok(()), Err(1), Err(1)]);
    assert_eq!(flood.take(8, false, 10.0), Ok(()));
    assert_eq!(flood.early(7, 10.5).unwrap().left, 0.5);
    assert_eq!((flood.early(8, 10.5), flood.early(7, 11.0)), (None, None));
    assert_eq!(flood.take(7, false, 11.0), Ok(()));
    assert_eq!(flood.take(7, false, 11.0), Err(1));
}

#[test]
fn a_group_takes_twenty_a_minute() {
    let mut flood = flood();
    for second in 0..20 {
        assert_eq!(flood.take(-1, true, f64::from(second)), Ok(()));
    }
    assert_eq!(flood.take(-1, true, 20.0), Err(40));
    assert_eq!(flood.take(7, false, 20.0), Ok(()));
    assert_eq!(flood.take(-1, true, 60.5), Ok(()));
}

#[test]
fn all_chats_together_take_thirty_a_second() {
    let mut flood = flood();
    let taken = (0..40)
        .filter(|chat| flood.take(*chat, false, 0.0).is_ok())
        .count();
    assert_eq!(taken, 30);
    assert_eq!(flood.take(99, false, 1.0), Ok(()));
}

#[tokio::test]
async fn who_does_not_wait_is_taken_down() {
    let fake = frozen(true);
    let (user, bot) = (fake.user(7), Bot::of(&fake));
    user.say("好");
    for _ in 0..fake.limits().unwrap().chat.burst as usize {
        bot.send(7, "好").await;
    }
    let send = json!({"chat_id": 7, "text": "好"});
    let refused = bot.call("sendMessage", send.clone()).await;
    let seconds = refused["parameters"]["retry_after"].as_u64().unwrap();
    assert_eq!(
        refused["description"],
        format!("Too Many Requests: retry after {seconds}")
    );
    // At once, it was on its way already; later it did not listen.
    bot.refused("sendMessage", send.clone()).await;
    assert_eq!(fake.look(|record| record.early.len()), 0);
    fake.advance(seconds as f64 - 0.5);
    bot.refused("sendMessage", send.clone()).await;
    fake.look(|record| {
        assert_eq!((record.early.len(), record.early[0].chat), (1, 7));
        assert!(
            (record.early[0].left - 0.5).abs() < 0.01,
            "{:?}",
            record.early
        );
    });
    fake.advance(0.6);
    bot.ok("sendMessage", send).await;
    assert_eq!(fake.look(|record| record.early.len()), 1);
}

#[tokio::test]
async fn an_injected_429_counts_as_well() {
    let fake = frozen(false);
    let bot = Bot::of(&fake);
    for id in [7, 8] {
        fake.user(id).say("好");
    }
    fake.inject(Rule::new(Fault::before(Answer::TooManyRequests(5))).on("sendMessage"));
    let refused = bot
        .refused("sendMessage", json!({"chat_id": 7, "text": "好"}))
        .await;
    assert_eq!(refused, "Too Many Requests: retry after 5");
    bot.send(8, "好").await;
    fake.advance(4.0);
    bot.refused(
        "editMessageText",
        json!({"chat_id": 7, "message_id": 1, "text": "好"}),
    )
    .await;
    fake.advance(1.1);
    bot.send(7, "好").await;
    let early = fake.look(|record| record.early.clone());
    assert_eq!(
        (early.len(), early[0].method.as_str()),
        (1, "editmessagetext")
    );
}
