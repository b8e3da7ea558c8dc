//! What the bot tells Telegram about itself at the start: its webhook above all, whatever becomes of the rest.

use super::{Bot, Way};
use crate::database::{Database, Engine};
use fake_telegram::{Answer, Fake, Fault, Options, Rule};

async fn quiet() -> (Fake, Database) {
    let fake = Fake::with(Options {
        flood: false,
        ..Options::default()
    });
    (fake, Database::new(Engine::Sqlite).await)
}

/// Somebody asks and is answered `count` times so far.
async fn is_answered(fake: &Fake, count: usize) {
    fake.user(7).say("多谢啦");
    fake.until(|record| record.replies(7).count() == count)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_are_limited_refused_or_unknown_keep_no_webhook_from_being_set() {
    for answer in [
        Answer::TooManyRequests(490),
        Answer::ForbiddenPage,
        Answer::InternalError,
        Answer::Hang,
    ] {
        let (fake, database) = quiet().await;
        fake.inject(
            Rule::new(Fault::before(answer))
                .on("setMyCommands")
                .times(usize::MAX),
        );
        let bot = Bot::start(&fake, &database.url, Way::Webhook, &[]).await;
        is_answered(&fake, 1).await;
        bot.stop().await;
    }
}

/// The bot does without commands that are refused again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_are_refused_for_good_are_given_up() {
    let (fake, database) = quiet().await;
    fake.inject(
        Rule::new(Fault::before(Answer::ForbiddenPage))
            .on("setMyCommands")
            .times(usize::MAX),
    );
    let bot = Bot::start(&fake, &database.url, Way::Polling, &[]).await;
    fake.until(|record| record.count("setMyCommands") == 5)
        .await;
    is_answered(&fake, 1).await;
    bot.stop().await;
    assert_eq!(fake.look(|record| record.count("setMyCommands")), 5);
}

/// A webhook that is limited for a while is set all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_is_limited_is_set_when_it_may() {
    let (fake, database) = quiet().await;
    for answer in [
        Answer::TooManyRequestsFor(0.5),
        Answer::InternalError,
        Answer::BadGateway,
    ] {
        fake.inject(Rule::new(Fault::before(answer)).on("setWebhook"));
    }
    let bot = Bot::start(&fake, &database.url, Way::Webhook, &[]).await;
    is_answered(&fake, 1).await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_was_changed_takes_effect() {
    let (fake, database) = quiet().await;
    for (count, secret) in ["first", "second", "", "first"].into_iter().enumerate() {
        let secret = [("WENLU_TELEGRAM_SECRET", secret)];
        let bot = Bot::start(&fake, &database.url, Way::Webhook, &secret).await;
        is_answered(&fake, count + 1).await;
        bot.stop().await;
    }
}

/// Two processes with different secrets: whichever sends has Telegram use its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_that_takes_over_sets_its_own_webhook() {
    let (fake, database) = quiet().await;
    let start = async |secret: &'static str| {
        let secret = [("WENLU_TELEGRAM_SECRET", secret)];
        Bot::start(&fake, &database.url, Way::Webhook, &secret).await
    };
    let old = start("old").await;
    fake.until(|record| record.count("setWebhook") > 0).await;
    let new = start("new").await;
    old.stop().await;
    is_answered(&fake, 1).await;
    new.stop().await;
}
