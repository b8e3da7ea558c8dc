//! WeChat's message platform for the tests. In: what the askers of a test do. Out: deliveries as the
//! platform makes them (signed, sealed, up to three times), and what each asker sees in the end.
//!
//! ```text
//! let platform = Platform::new(Options::default());
//! let message = platform.asker("oAsker").says("小程序怎么注销");
//! let shown = platform.deliver(&["http://127.0.0.1:8080/weixin"], &message).await.shown;
//! ```
//!
//! It refuses what the real one refuses: an answer after 5 seconds, one that is neither `success` nor a
//! valid reply, a text that is too long, a reply that is not sealed where it has to be, or with a wrong
//! signature. It knows nothing of the product: its seal is its own.
//!
//! [`Platform::serve_api`] is its API for accounts that send: it grants tokens and lets them die, keeps
//! the credit of each asker, and refuses with the real one's codes.

mod api;
mod credit;
mod deliver;
mod judge;
mod menu;
mod message;
mod seal;
mod service_tool;
#[cfg(test)]
mod tests;
mod token;
mod world;
mod xml;

pub use api::ApiFault;
pub use credit::{CREDITS, CreditRule};
pub use world::{SECRET, SentText};

pub use deliver::{Delivery, Shown};
pub use judge::{Fault, Verdict};
pub use message::{Asker, Body, Message};
pub use seal::{opened, sealed, signature};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use world::ApiWorld;

/// The console's three modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Plain,
    /// Plain fields and the sealed message side by side.
    Compatible,
    Safe,
}

/// What stands in the console, and how time passes.
#[derive(Clone, Debug)]
pub struct Options {
    pub appid: String,
    pub token: String,
    /// 43 characters.
    pub aes_key: String,
    pub mode: Mode,
    /// Whether messages are JSON, as a mini-program may choose.
    pub json: bool,
    /// How long one of the platform's seconds lasts.
    pub second: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            appid: "wx0123456789abcdef".to_owned(),
            token: "wenlu-token".to_owned(),
            aes_key: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".to_owned(),
            mode: Mode::Plain,
            json: false,
            second: Duration::from_secs(1),
        }
    }
}

/// The platform, for one account.
pub struct Platform {
    options: Options,
    client: reqwest::Client,
    /// The last number that was given to a message.
    number: AtomicU64,
    world: Arc<ApiWorld>,
}

impl Platform {
    pub fn new(options: Options) -> Platform {
        Platform {
            world: Arc::new(ApiWorld::new(&options)),
            options,
            client: reqwest::Client::new(),
            number: AtomicU64::new(23_456_789_012_345_000),
        }
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Somebody who writes to the account.
    pub fn asker(&self, openid: &str) -> Asker<'_> {
        Asker {
            platform: self,
            openid: openid.to_owned(),
        }
    }

    /// The account's own name.
    pub fn account(&self) -> String {
        format!("gh_{}", self.options.appid.trim_start_matches("wx"))
    }

    fn next_number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed) + 1
    }
}
