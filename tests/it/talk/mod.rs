//! People who talk with the bot through Telegram: the whole server against the fake Bot API, by long polling and by webhook,
//! on SQLite and on PostgreSQL. What a chat shows in the end is the same for all four, and compared whole.

mod bot;
mod canary;
mod chats;
mod colleague;
mod comment;
mod crowd;
mod faults;
mod files;
mod flood;
mod handover;
mod heals;
mod kill;
mod lost_group;
pub(crate) mod process;
mod proxy;
mod redelivery;
mod relay;
mod setup;
mod stage;
mod stop;
mod two_views;

pub(crate) use bot::{Bot, Way};

use crate::database::{Database, Engine};
use fake_telegram::{Fake, Options};

/// A fake Telegram and a bot that is connected to it.
pub(crate) struct Talk {
    pub fake: Fake,
    pub database: Database,
    pub bot: Bot,
}

impl Talk {
    pub(crate) async fn start(
        engine: Engine,
        way: Way,
        options: Options,
        more: &[(&str, &str)],
    ) -> Talk {
        let (fake, database) = (Fake::with(options), Database::new(engine).await);
        let bot = Bot::start(&fake, &database.url, way, more).await;
        Talk {
            fake,
            database,
            bot,
        }
    }
}

/// The same conversation in all four ways; `talk` gives what is to be seen in the end.
pub(crate) async fn everywhere(
    more: &[(&str, &str)],
    talk: impl AsyncFn(&Talk) -> String,
) -> String {
    let mut seen: Option<String> = None;
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for way in [Way::Polling, Way::Webhook] {
            let it = Talk::start(
                engine,
                way,
                Options {
                    flood: false,
                    ..Options::default()
                },
                more,
            )
            .await;
            let shown = talk(&it).await;
            it.bot.rests().await;
            it.bot.stop().await;
            match &seen {
                None => seen = Some(shown),
                Some(first) => assert_eq!(first, &shown, "{engine:?}, {way:?}"),
            }
        }
    }
    seen.unwrap()
}
