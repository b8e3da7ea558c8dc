//! Faults: what the bot gets, and whether the call took effect.

use super::{Bot, frozen};
use crate::{Answer, Chaos, Fake, Fault, Options, Rule};
use serde_json::{Value, json};
use std::time::Duration;

/// What a client makes of the next sendMessage, and how many messages there are afterwards.
async fn send(fake: &Fake) -> (String, usize) {
    let bot = Bot::of(fake);
    let request = bot
        .client
        .post(format!("{}/sendMessage", bot.base))
        .json(&json!({"chat_id": 7, "text": "好"}));
    let got = match request.timeout(Duration::from_secs(20)).send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            let kind = response.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned();
            let body = response.bytes().await.unwrap();
            match serde_json::from_slice::<Value>(&body) {
                Ok(body) => format!("{status} {}", body["description"].as_str().unwrap_or("ok")),
                Err(_) => format!("{status} {kind}, no JSON"),
            }
        }
        Err(error) if error.is_timeout() => "nothing".to_owned(),
        Err(_) => "cut off".to_owned(),
    };
    (got, fake.look(|record| record.replies(7).count()))
}

#[tokio::test]
async fn each_fault_with_and_without_effect() {
    let restart = "500 Internal Server Error: restart";
    for (answer, got) in [
        (Answer::Restart, restart),
        (
            Answer::TooManyRequests(5),
            "429 Too Many Requests: retry after 5",
        ),
        (Answer::BadGateway, "502 text/html, no JSON"),
        (Answer::Cut, "cut off"),
        (Answer::Truncated, "200 application/json, no JSON"),
        (Answer::Garbage, "200 application/json, no JSON"),
    ] {
        for (fault, messages) in [(Fault::before(answer), 0), (Fault::after(answer), 1)] {
            let fake = frozen(false);
            fake.user(7).say("好");
            fake.inject(Rule::new(fault));
            assert_eq!(send(&fake).await, (got.to_owned(), messages), "{fault:?}");
            fake.look(|record| assert_eq!(record.calls[0].took_effect(), fault.effect));
            // Once, unless it was to be more often.
            fake.advance(6.0);
            assert_eq!(
                send(&fake).await,
                ("200 ok".to_owned(), messages + 1),
                "{fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_hangs_ends_with_the_client() {
    for effect in [false, true] {
        let fake = frozen(false);
        fake.user(7).say("好");
        fake.inject(Rule::new(Fault {
            effect,
            answer: Answer::Hang,
        }));
        let bot = Bot::of(&fake);
        let request = bot
            .client
            .post(format!("{}/sendMessage", bot.base))
            .json(&json!({"chat_id": 7, "text": "好"}));
        let call = tokio::spawn(request.send());
        fake.until(|record| record.calls.iter().any(|call| call.took_effect() == effect))
            .await;
        call.abort();
        fake.until(|record| record.calls[0].ended.is_some()).await;
        assert_eq!(
            fake.look(|record| record.replies(7).count()),
            usize::from(effect)
        );
    }
}

#[tokio::test]
async fn what_is_slow_is_late() {
    for fault in [
        Fault::before(Answer::Slow(5.0)),
        Fault::after(Answer::Slow(5.0)),
    ] {
        let fake = Fake::with(Options {
            flood: false,
            ..Options::default()
        });
        fake.user(7).say("好");
        fake.inject(Rule::new(fault));
        let began = fake.now();
        assert_eq!(send(&fake).await, ("200 ok".to_owned(), 1));
        assert!(fake.now() > began + 5.0);
    }
}

#[tokio::test]
async fn rules_choose_their_calls() {
    let fake = frozen(false);
    fake.user(7).say("好");
    let bot = Bot::of(&fake);
    fake.inject(
        Rule::new(Fault::before(Answer::Restart))
            .on("SENDMESSAGE")
            .skip(1)
            .times(2),
    );
    let mut seen = Vec::new();
    for method in [
        "getMe",
        "sendMessage",
        "sendMessage",
        "getMe",
        "sendMessage",
        "sendMessage",
    ] {
        let body = bot.call(method, json!({"chat_id": 7, "text": "好"})).await;
        seen.push(body["ok"].as_bool().unwrap());
    }
    assert_eq!(seen, [true, true, false, true, false, true]);
}

#[tokio::test]
async fn chaos_is_the_same_for_the_same_seed() {
    async fn run(seed: u64) -> Vec<bool> {
        let fake = Fake::with(Options {
            seed,
            ..Options::default()
        });
        let faults = vec![
            Fault::before(Answer::Restart),
            Fault::after(Answer::BadGateway),
        ];
        fake.chaos(Some(Chaos { rate: 0.5, faults }));
        let bot = Bot::of(&fake);
        let mut seen = Vec::new();
        for _ in 0..20 {
            seen.push(
                bot.client
                    .get(format!("{}/getMe", bot.base))
                    .send()
                    .await
                    .unwrap()
                    .status()
                    .is_success(),
            );
        }
        fake.chaos(None);
        bot.ok("getMe", json!({})).await;
        seen
    }
    let (first, again, other) = (run(1).await, run(1).await, run(2).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert!(first.contains(&true) && first.contains(&false), "{first:?}");
}
