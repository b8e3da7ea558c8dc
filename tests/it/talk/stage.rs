//! A fake Telegram, a database, a crowd that talks, and the real binary, which a test starts and ends as it likes.

use super::Way;
use super::crowd::{self, Crowd, Figures};
use super::process::{PATIENCE, Setup};
use crate::database::{Database, Engine};
use fake_telegram::{Call, Fake, Options};
use fastrand::Rng;
use std::sync::Arc;
use std::time::Instant;
use wenlu::store::Store;

pub(super) struct Stage {
    name: String,
    pub rng: Rng,
    way: Way,
    pub fake: Arc<Fake>,
    database: Database,
    pub setup: Setup,
    crowd: Crowd,
    begun: Instant,
}

impl Stage {
    /// The crowd begins to talk; nobody answers yet. `WENLU_SEED` is what all chance comes from.
    pub(super) async fn set(way: Way, engine: Engine) -> Stage {
        let seed = std::env::var("WENLU_SEED")
            .map_or(1, |seed| seed.parse().expect("WENLU_SEED is a number"));
        let fake = Arc::new(Fake::with(Options {
            seed,
            flood: false,
            patience: PATIENCE,
            ..Options::default()
        }));
        let database = Database::new(engine).await;
        let setup = Setup::new(&fake, &database.url, way);
        crowd::write_answers(setup.folder());
        let crowd = Crowd::start(&fake, seed);
        let name = format!("{way:?} on {engine:?}, WENLU_SEED={seed}");
        Stage {
            name,
            rng: Rng::with_seed(seed),
            way,
            fake,
            database,
            setup,
            crowd,
            begun: Instant::now(),
        }
    }

    /// Waits for the next message that is sent.
    pub(super) async fn sends(&self, log: impl Fn() -> String) {
        let before = self.fake.look(|record| record.calls.len());
        let is_one =
            |call: &Call| call.method.eq_ignore_ascii_case("sendMessage") && call.took_effect();
        let sends = self
            .fake
            .until(move |record| record.calls[before..].iter().any(is_one));
        if tokio::time::timeout(PATIENCE / 2, sends).await.is_err() {
            panic!("{}: nothing is sent\n{}", self.name, log());
        }
    }

    /// For whoever watches.
    pub(super) fn say(&self, what: &str) {
        println!("{}: {what} after {:?}", self.name, self.begun.elapsed());
    }

    /// Nobody asks anything more; what is open is answered, and then it is looked at.
    pub(super) async fn end(&mut self, log: impl Fn() -> String) -> Figures {
        self.say("what is open is answered");
        let store = Store::open(&self.database.url).await.unwrap();
        self.crowd.hush(&self.fake, &store, log).await;
        let figures = self.crowd.check(&self.fake, &store, self.way).await;
        self.say(&format!("{figures:?}"));
        assert_eq!(self.fake.look(|record| record.count("deleteWebhook")), 0);
        figures
    }
}
