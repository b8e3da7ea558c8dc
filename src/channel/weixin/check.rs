//! What the platform would do in an account's first hour, done to a server from here. In: an account
//! and where its server is reached. Out: each check, and what came of it. Nothing is asked that would
//! leave a turn behind. Must not know: how the results are shown.

use super::config::WeixinAccount;
use super::envelope::SUCCESS;
use crate::channel::tencent::seal::MessageSeal;
use crate::channel::tencent::sign::signature;
use reqwest::{Client, RequestBuilder};
use std::time::Duration;
use url::Url;
use wenlu_core::model::Timestamp;

/// As long as the platform waits.
const PATIENCE: Duration = Duration::from_secs(5);
const ECHO: &str = "wenlu-check-0123456789";

/// A check of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountCheck {
    /// The console's check when the address is saved.
    Address,
    /// What somebody else signed is refused.
    Forged,
    /// A genuine event that needs no answer is acknowledged, sealed if a key is set.
    Delivered,
    /// With a key: the same without its seal is refused.
    Unsealed,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckResult {
    Passed,
    /// Nobody answered at the address, or not in time.
    Unreachable,
    /// The status, where another one is right.
    Status(u16),
    /// The right status, and a body that is not the right one.
    Body,
}

/// Plays the platform for one account.
pub(crate) struct AccountChecker<'a> {
    account: &'a WeixinAccount,
    url: Url,
    client: Client,
    now: Timestamp,
}

impl<'a> AccountChecker<'a> {
    /// `base`: where the server is reached, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// If there is no client for such an address.
    pub(crate) fn new(
        account: &'a WeixinAccount,
        base: &Url,
        now: Timestamp,
    ) -> Result<Self, reqwest::Error> {
        let mut url = base.clone();
        let before = base.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{before}{}", account.path));
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(AccountChecker {
            account,
            url,
            client,
            now,
        })
    }

    /// Where the platform delivers.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The address with which the console checks; it holds for ten minutes and shows no secret.
    pub(crate) fn address_check(&self) -> Url {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .extend_pairs(self.query("echo", &[]))
            .append_pair("echostr", ECHO);
        url
    }

    /// All checks, in the order in which they are worth mending.
    pub(crate) async fn run(&self) -> Vec<(AccountCheck, CheckResult)> {
        let (plain, sealed) = (self.event(), self.sealed_event());
        let has_key = sealed.is_some();
        let (more, body) = sealed.unwrap_or_else(|| (vec![], plain.clone()));
        let mut done = vec![
            (
                AccountCheck::Address,
                self.ask(self.client.get(self.address_check()), 200, ECHO)
                    .await,
            ),
            (
                AccountCheck::Forged,
                self.ask(self.forged(&body), 403, "").await,
            ),
        ];
        let delivered = self.post(&self.query("deliver", &more), body);
        done.push((
            AccountCheck::Delivered,
            self.ask(delivered, 200, SUCCESS).await,
        ));
        if has_key {
            let unsealed = self.post(&self.query("unsealed", &[]), plain);
            done.push((AccountCheck::Unsealed, self.ask(unsealed, 403, "").await));
        }
        done
    }

    fn time(&self) -> String {
        (self.now.0 / 1_000).to_string()
    }

    fn query(&self, nonce: &str, more: &[(&str, String)]) -> Vec<(String, String)> {
        let time = self.time();
        let signed = signature(&self.account.token, &[&time, nonce]);
        let own = [
            ("signature", signed),
            ("timestamp", time),
            ("nonce", nonce.to_owned()),
        ];
        own.iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }

    /// An event that no asker causes and nothing answers.
    fn event(&self) -> String {
        format!(
            "<xml><ToUserName>gh_check</ToUserName><FromUserName>wenlu-check</FromUserName>\
             <CreateTime>{}</CreateTime><MsgType>event</MsgType><Event>wenlu_check</Event></xml>",
            self.time()
        )
    }

    /// The same sealed, with what the query holds then; `None` without a key.
    fn sealed_event(&self) -> Option<(Vec<(&'static str, String)>, String)> {
        let account = self.account;
        let seal = MessageSeal::new(account.keys.clone(), &account.appid);
        let sealed = seal.seal(0, &self.event(), *b"wenlu-check-0000")?;
        let signed = signature(&account.token, &[&self.time(), "deliver", &sealed]);
        let more = vec![
            ("encrypt_type", "aes".to_owned()),
            ("msg_signature", signed),
        ];
        Some((more, format!("<xml><Encrypt>{sealed}</Encrypt></xml>")))
    }

    fn forged(&self, body: &str) -> RequestBuilder {
        let mut query = self.query("forged", &[]);
        if let Some((_, signature)) = query.first_mut() {
            *signature = "0".repeat(40);
        }
        self.post(&query, body.to_owned())
    }

    fn post(&self, query: &[(String, String)], body: String) -> RequestBuilder {
        self.client.post(self.url.clone()).query(query).body(body)
    }

    async fn ask(&self, request: RequestBuilder, status: u16, body: &str) -> CheckResult {
        let Ok(answer) = request.send().await else {
            return CheckResult::Unreachable;
        };
        if answer.status().as_u16() != status {
            return CheckResult::Status(answer.status().as_u16());
        }
        match answer.text().await {
            Ok(text) if text == body => CheckResult::Passed,
            _ => CheckResult::Body,
        }
    }
}
