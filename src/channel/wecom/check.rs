//! What the platform would do in a company's first hour, done to a server from here; and the API,
//! asked once. In: the config, and where the server is reached. Out: each check, and what came of it.
//! Nothing is asked that would leave a turn behind. Must not know: how the results are shown.

use super::config::WecomConfig;
use super::run::company_api;
use super::webhook::SUCCESS;
use crate::channel::tencent::seal::MessageSeal;
use crate::channel::tencent::sign::signature;
use crate::channel::tencent::{
    ApiFailure, RouteCheck, RouteFinding, RouteProbe, TencentApiError, ask, forged,
};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;
use wenlu_core::model::Timestamp;

const ECHO: &str = "1616140317555161061";
const RANDOM: [u8; 16] = *b"wenlu-check-0000";

/// Plays the platform.
pub(crate) struct CallbackProbe<'a> {
    config: &'a WecomConfig,
    route: RouteProbe,
    now: Timestamp,
}

/// What the API says of a company.
#[derive(Debug)]
pub(crate) struct CompanyReport {
    /// For how long a token is granted.
    pub token: Result<Duration, ApiFailure>,
    /// `None`: no token, so that nothing more can be known.
    pub accounts: Option<Result<Vec<KfAccount>, ApiFailure>>,
}

/// An account of the customer service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KfAccount {
    pub id: String,
    pub name: String,
}

impl CompanyReport {
    /// Asks the API; each call takes `patience` at most.
    pub(crate) async fn of(
        config: &WecomConfig,
        patience: Duration,
    ) -> Result<Self, TencentApiError> {
        let api = company_api(config)?;
        let (token, lasts) = match api.grant_token(patience).await {
            Ok(granted) => granted,
            Err(failure) => {
                return Ok(CompanyReport {
                    token: Err(failure),
                    accounts: None,
                });
            }
        };
        let (path, body) = (
            "/cgi-bin/kf/account/list",
            json!({ "offset": 0, "limit": 100 }),
        );
        let listed = api.post(path, &token, &body, patience).await;
        Ok(CompanyReport {
            token: Ok(lasts),
            accounts: Some(listed.map(|answer| accounts(&answer))),
        })
    }
}

fn accounts(answer: &Value) -> Vec<KfAccount> {
    let listed = answer["account_list"].as_array().into_iter().flatten();
    let text = |account: &Value, name: &str| account[name].as_str().unwrap_or_default().to_owned();
    listed
        .map(|account| KfAccount {
            id: text(account, "open_kfid"),
            name: text(account, "name"),
        })
        .collect()
}

impl<'a> CallbackProbe<'a> {
    /// `base`: where the server is reached, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// If there is no client for such an address.
    pub(crate) fn new(
        config: &'a WecomConfig,
        base: &Url,
        now: Timestamp,
    ) -> Result<Self, reqwest::Error> {
        Ok(CallbackProbe {
            config,
            route: RouteProbe::new(base, &config.path)?,
            now,
        })
    }

    /// Where the platform delivers.
    pub(crate) fn url(&self) -> &Url {
        &self.route.url
    }

    /// All checks, in the order in which they are worth mending.
    pub(crate) async fn run(&self) -> Vec<(RouteCheck, RouteFinding)> {
        let echo = self.sealed(ECHO);
        let mut query = self.query(&echo);
        query.push(("echostr".to_owned(), echo));
        let address = self.route.client.get(self.route.url.clone()).query(&query);
        let event = format!(
            "<xml><ToUserName>{}</ToUserName><MsgType>event</MsgType><Event>wenlu_check</Event></xml>",
            self.config.corp
        );
        let sealed = self.sealed(&event);
        let body = format!("<xml><Encrypt>{sealed}</Encrypt></xml>");
        let query = self.query(&sealed);
        let delivered = self.route.post(&query, body.clone());
        let refused = self.route.post(&forged(query), body);
        vec![
            (RouteCheck::Address, ask(address, 200, ECHO).await),
            (RouteCheck::Forged, ask(refused, 403, "").await),
            (RouteCheck::Delivered, ask(delivered, 200, SUCCESS).await),
        ]
    }

    fn sealed(&self, text: &str) -> String {
        let seal = MessageSeal::new(self.config.keys.clone(), &self.config.corp);
        seal.seal(0, text, RANDOM).unwrap_or_default()
    }

    fn query(&self, sealed: &str) -> Vec<(String, String)> {
        let (time, nonce) = ((self.now.0 / 1_000).to_string(), "check");
        let signed = signature(&self.config.token, &[&time, nonce, sealed]);
        let own = [
            ("msg_signature", signed),
            ("timestamp", time),
            ("nonce", nonce.to_owned()),
        ];
        own.map(|(name, value)| (name.to_owned(), value)).into()
    }
}
