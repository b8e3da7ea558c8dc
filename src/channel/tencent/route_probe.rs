//! Asks a server from here what a platform would ask it. In: where it is reached, a request, and what
//! is right. Out: a [`RouteFinding`]. Must not know: which platform it is, how the results are shown.

use reqwest::{Client, RequestBuilder};
use std::time::Duration;
use url::Url;

/// As long as the platforms wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// A check of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteCheck {
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
pub(crate) enum RouteFinding {
    Passed,
    /// Nobody answered at the address, or not in time.
    Unreachable,
    /// The status, where another one is right.
    Status(u16),
    /// The right status, and a body that is not the right one.
    Body,
}

impl RouteCheck {
    /// As programs read it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            RouteCheck::Address => "address",
            RouteCheck::Forged => "forged",
            RouteCheck::Delivered => "delivered",
            RouteCheck::Unsealed => "unsealed",
        }
    }
}

impl RouteFinding {
    /// As programs read it; `None` where all is well.
    pub(crate) fn problem(&self) -> Option<String> {
        match self {
            RouteFinding::Passed => None,
            RouteFinding::Unreachable => Some("unreachable".to_owned()),
            RouteFinding::Status(status) => Some(format!("status {status}")),
            RouteFinding::Body => Some("body".to_owned()),
        }
    }
}

/// A route of a server.
pub(in crate::channel) struct RouteProbe {
    pub url: Url,
    pub client: Client,
}

impl RouteProbe {
    /// `base`: where the server is reached, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// If there is no client for such an address.
    pub(in crate::channel) fn new(base: &Url, path: &str) -> Result<Self, reqwest::Error> {
        let mut url = base.clone();
        let before = base.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{before}{path}"));
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(RouteProbe { url, client })
    }

    /// What is delivered with this query.
    pub(in crate::channel) fn post(
        &self,
        query: &[(String, String)],
        body: String,
    ) -> RequestBuilder {
        self.client.post(self.url.clone()).query(query).body(body)
    }
}

/// Whether a request is answered with this status and this body.
pub(in crate::channel) async fn ask(
    request: RequestBuilder,
    status: u16,
    body: &str,
) -> RouteFinding {
    let Ok(answer) = request.send().await else {
        return RouteFinding::Unreachable;
    };
    if answer.status().as_u16() != status {
        return RouteFinding::Status(answer.status().as_u16());
    }
    match answer.text().await {
        Ok(text) if text == body => RouteFinding::Passed,
        _ => RouteFinding::Body,
    }
}

/// The same query with a signature that is none.
pub(in crate::channel) fn forged(mut query: Vec<(String, String)>) -> Vec<(String, String)> {
    if let Some((_, signature)) = query.first_mut() {
        *signature = "0".repeat(40);
    }
    query
}
