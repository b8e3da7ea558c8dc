//! A Bot API server for the tests. In: calls of bots, and what the people of a test do. Out: answers as Telegram gives
//! them, refusals above all, and a record of all that happened. It lives in the test's process, on a thread of its own:
//! bots come, die and come back, several may use the token at once, and it remembers.
//!
//! ```text
//! let fake = Fake::start();                    // and a bot with fake.url() and fake.token()
//! fake.user(7).say("小程序怎么注销");
//! fake.until(|record| record.replies(7).count() == 1).await;
//! ```
//!
//! What it enforces it knows from the open-source Bot API server and Telegram's documentation. Where the two leave a
//! number open (flood limits, identifiers, delays) the fake draws it from its seed.

mod answering;
mod clock;
mod delivery;
mod editing;
mod failure;
mod faults;
mod flood;
mod groups;
mod inform;
mod keyboard;
mod message;
mod methods;
mod params;
mod people;
mod polling;
mod queue;
mod record;
mod sending;
mod server;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod topics;
mod webhook;
mod wire;
mod world;

pub use faults::{Answer, Chaos, Fault, Rule};
pub use flood::Limits;
pub use groups::{Channel, Group};
pub use people::Person;
pub use queue::Fate;
pub use record::{Answered, Call, Record};
pub use world::Standing;

use serde_json::{Value, json};
use state::{DAY, Shared};
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use world::Kind;

/// What a test can set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Everything random is drawn from it.
    pub seed: u64,
    /// How long one of Telegram's seconds lasts.
    pub second: Duration,
    /// Whether sending too fast is refused.
    pub flood: bool,
    /// How long [`Fake::until`] waits before it gives up, in real time.
    pub patience: Duration,
}

pub struct Fake {
    shared: Arc<Shared>,
    address: SocketAddr,
    patience: Duration,
    /// Dropped with the fake, and the server ends.
    _life: oneshot::Sender<()>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            seed: 1,
            second: Duration::from_millis(10),
            flood: true,
            patience: Duration::from_secs(30),
        }
    }
}

impl Fake {
    pub fn start() -> Fake {
        Fake::with(Options::default())
    }

    pub fn with(options: Options) -> Fake {
        let shared = Arc::new(Shared::new(options.seed, options.second, options.flood));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (life, ended) = oneshot::channel();
        let served = shared.clone();
        // A thread of its own: a test that waits for a process must not keep Telegram from answering it.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let lines = wire::Lines(tokio::net::TcpListener::from_std(listener).unwrap());
                let router = axum::Router::new()
                    .fallback(server::serve)
                    .with_state(served);
                let serving = axum::serve(
                    lines,
                    router.into_make_service_with_connect_info::<wire::Cut>(),
                );
                tokio::select! {
                    _ = serving.into_future() => {}
                    _ = ended => {}
                }
            });
        });
        Fake {
            shared,
            address,
            patience: options.patience,
            _life: life,
        }
    }

    /// What the bot calls in place of `https://api.telegram.org`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn token(&self) -> String {
        self.shared.quietly(|state| state.token.clone())
    }

    /// Another token, as from @BotFather; the one before is rejected from now on.
    pub fn new_token(&self) -> String {
        self.shared.change(state::State::new_token);
        self.token()
    }

    /// The bot's account: `@wenlu_bot`.
    pub fn bot_id(&self) -> i64 {
        self.shared.quietly(|state| state.bot.id)
    }

    /// A person in their private chat with the bot, which is open once they say something.
    pub fn user(&self, id: i64) -> Person {
        Person::new(&self.shared, id)
    }

    /// A small group; its identifier is `-number`.
    pub fn group(&self, number: i64, title: &str) -> Group {
        Group::new(&self.shared, number, Kind::Group, title)
    }

    /// A supergroup; its identifier is `-1000000000000 - number`, as are those of forums and channels.
    pub fn supergroup(&self, number: i64, title: &str) -> Group {
        Group::new(&self.shared, number, Kind::Supergroup, title)
    }

    /// A supergroup with topics, in which the bot is an administrator.
    pub fn forum(&self, number: i64, title: &str) -> Group {
        Group::new(&self.shared, number, Kind::Forum, title)
    }

    /// A channel in which the bot is an administrator.
    pub fn channel(&self, number: i64, title: &str) -> Channel {
        Channel::new(&self.shared, number, title)
    }

    /// An update of a kind that nobody has heard of yet.
    pub fn unknown_update(&self) -> Option<u32> {
        self.update("quantum_message", json!({"spin": "up", "chat": {"id": 1}}))
    }

    /// An update of a known kind that has not the shape of one.
    pub fn garbage_update(&self) -> Option<u32> {
        self.update(
            "message",
            json!({"message_id": "first", "chat": [], "date": null, "text": {"a": 1}}),
        )
    }

    /// Any update. `None` when it was not queued.
    pub fn update(&self, kind: &str, content: Value) -> Option<u32> {
        self.shared
            .change(|state| state.update(kind, content, DAY, None))
    }

    /// Where webhooks are delivered in place of the registered address, such as `http://127.0.0.1:1234`; the path
    /// stays. What is registered must be https all the same.
    pub fn deliver_to(&self, base: &str) {
        self.shared
            .change(|state| state.webhooks.instead = Some(base.to_owned()));
    }

    /// Makes calls go wrong; rules are asked in the order in which they came.
    pub fn inject(&self, rule: Rule) {
        self.shared.change(|state| state.faults.rules.push(rule));
    }

    /// Makes calls go wrong at random, until `None`.
    pub fn chaos(&self, chaos: Option<Chaos>) {
        self.shared.change(|state| state.faults.chaos = chaos);
    }

    /// The flood limits that this fake drew.
    pub fn limits(&self) -> Option<Limits> {
        self.shared.quietly(|state| state.flood.limits())
    }

    /// Lets so many seconds of Telegram's time pass at once.
    pub fn advance(&self, seconds: f64) {
        self.shared.clock.advance(seconds);
    }

    /// Seconds of Telegram's time since the start.
    pub fn now(&self) -> f64 {
        self.shared.clock.now()
    }

    pub fn look<T>(&self, look: impl FnOnce(&Record) -> T) -> T {
        self.shared.quietly(|state| look(&state.record))
    }

    /// Waits until the record is so. Panics with the whole record when it never is.
    #[track_caller]
    pub fn until(&self, so: impl Fn(&Record) -> bool) -> impl Future<Output = ()> {
        self.find(move |record| so(record).then_some(()))
    }

    /// Waits until something can be found in the record, and gives it.
    #[track_caller]
    pub fn find<T>(&self, find: impl Fn(&Record) -> Option<T>) -> impl Future<Output = T> {
        let asked = Location::caller();
        let deadline = tokio::time::Instant::now() + self.patience;
        async move {
            let mut changes = self.shared.changes();
            loop {
                changes.mark_unchanged();
                if let Some(found) = self.look(&find) {
                    return found;
                }
                if tokio::time::timeout_at(deadline, changes.changed())
                    .await
                    .is_err()
                {
                    panic!(
                        "{asked}: this did not come true:\n{}",
                        self.look(ToString::to_string)
                    );
                }
            }
        }
    }
}
