//! What the platform would do in an account's first hour, done to a server from here. In: an account
//! and where its server is reached. Out: each check, and what came of it. Nothing is asked that would
//! leave a turn behind. Must not know: how the results are shown.

use super::config::WeixinAccount;
use super::envelope::SUCCESS;
use crate::channel::tencent::seal::MessageSeal;
use crate::channel::tencent::sign::signature;
use crate::channel::tencent::{RouteCheck, RouteFinding, RouteProbe, ask, forged};
use url::Url;
use wenlu_core::model::Timestamp;

const ECHO: &str = "wenlu-check-0123456789";

/// Plays the platform for one account.
pub(crate) struct AccountChecker<'a> {
    account: &'a WeixinAccount,
    route: RouteProbe,
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
        Ok(AccountChecker {
            account,
            route: RouteProbe::new(base, &account.path)?,
            now,
        })
    }

    /// Where the platform delivers.
    pub(crate) fn url(&self) -> &Url {
        &self.route.url
    }

    /// The address with which the console checks; it holds for ten minutes and shows no secret.
    pub(crate) fn address_check(&self) -> Url {
        let mut url = self.route.url.clone();
        url.query_pairs_mut()
            .extend_pairs(self.query("echo", &[]))
            .append_pair("echostr", ECHO);
        url
    }

    /// All checks, in the order in which they are worth mending.
    pub(crate) async fn run(&self) -> Vec<(RouteCheck, RouteFinding)> {
        let (plain, sealed) = (self.event(), self.sealed_event());
        let has_key = sealed.is_some();
        let (more, body) = sealed.unwrap_or_else(|| (vec![], plain.clone()));
        let address = self.route.client.get(self.address_check());
        let refused = self
            .route
            .post(&forged(self.query("forged", &[])), body.clone());
        let delivered = self.route.post(&self.query("deliver", &more), body);
        let mut done = vec![
            (RouteCheck::Address, ask(address, 200, ECHO).await),
            (RouteCheck::Forged, ask(refused, 403, "").await),
            (RouteCheck::Delivered, ask(delivered, 200, SUCCESS).await),
        ];
        if has_key {
            let unsealed = self.route.post(&self.query("unsealed", &[]), plain);
            done.push((RouteCheck::Unsealed, ask(unsealed, 403, "").await));
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
}
