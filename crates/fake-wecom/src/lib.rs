//! WeCom's customer service (微信客服) for the tests. In: what the customers and the servicers of a test
//! do. Out: sealed notices that there are messages, which are kept until they are asked for; and what
//! each customer sees.
//!
//! ```text
//! let company = Company::new(CompanyOptions::default());
//! let api = company.serve().await;             // WENLU_WECOM_API_URL
//! company.notify_at(&["http://127.0.0.1:8080/wecom"]);
//! company.customer("wmAsker").says("小程序怎么注销").await;
//! let seen = company.until_seen("wmAsker", 1).await;
//! ```
//!
//! It refuses what the real one refuses: a token that is dead, a sixth message after the customer's
//! last one or one after 48 hours, a menu that is too long, a `msgid` that was taken before, a message
//! while a person serves, a state that a session cannot change to, a servicer who is not one. It knows
//! nothing of the product: its seal is its own.

mod api;
mod callback;
mod judge;
mod people;
mod session;
#[cfg(test)]
mod tests;
mod token;
mod world;

pub use people::{Customer, ShownMessage};
pub use session::SessionState;
pub use world::CompanyFault;

use std::sync::Arc;
use std::time::Duration;
use world::CompanyWorld;

/// The Secret of the customer service.
pub const CORP_SECRET: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABC-_12";

/// What stands in the console, and how time passes.
#[derive(Clone, Debug)]
pub struct CompanyOptions {
    pub corp: String,
    pub token: String,
    /// 43 characters.
    pub aes_key: String,
    /// The account of the customer service.
    pub account: String,
    /// How long one of the platform's seconds lasts.
    pub second: Duration,
    /// Messages of a page; the real one has up to 1,000.
    pub page: usize,
}

impl Default for CompanyOptions {
    fn default() -> Self {
        CompanyOptions {
            corp: "ww0123456789abcdef".to_owned(),
            token: "wenlu-token".to_owned(),
            aes_key: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".to_owned(),
            account: "wkAccount_0123-a".to_owned(),
            second: Duration::from_secs(1),
            page: 1_000,
        }
    }
}

/// The customer service of a company.
pub struct Company {
    pub(crate) options: CompanyOptions,
    pub(crate) client: reqwest::Client,
    pub(crate) world: Arc<CompanyWorld>,
}

impl Company {
    pub fn new(options: CompanyOptions) -> Company {
        Company {
            world: Arc::new(CompanyWorld::new(&options)),
            options,
            client: reqwest::Client::new(),
        }
    }

    pub fn options(&self) -> &CompanyOptions {
        &self.options
    }

    /// Somebody who writes to the account.
    pub fn customer(&self, id: &str) -> Customer<'_> {
        Customer {
            company: self,
            id: id.to_owned(),
        }
    }
}
