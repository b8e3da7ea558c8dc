//! What a browser on a page of a site would find at a server. In: a site, and where the server is
//! reached. Out: each check, and what came of it. Nothing is asked that would leave a turn behind. Must
//! not know: how the results are shown, the settings.

use reqwest::Client;
use reqwest::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, X_FRAME_OPTIONS,
};
use std::time::Duration;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(5);

/// A check of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteCheck {
    /// The script is there, and other origins may load it.
    Script,
    /// The chat may be shown in a frame of the site's pages.
    Frame,
    /// Pages of the site may call the API.
    Api,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteFinding {
    Passed,
    /// Nobody answered at the address, or not in time.
    Unreachable,
    /// The status, where 200 is right.
    Status(u16),
    /// A header that keeps browsers from it: something between here and the server sets or drops it.
    Header(&'static str),
}

/// Plays the browser on a page of `site`, at the server that is reached at `base`.
///
/// # Errors
///
/// If there is no client for such an address.
pub async fn probe_site(
    base: &Url,
    site: &str,
) -> Result<Vec<(SiteCheck, SiteFinding)>, reqwest::Error> {
    let client = Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let at = |path: &str| {
        let mut url = base.clone();
        url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
        url
    };
    let mut frame = at("/embed");
    frame.query_pairs_mut().append_pair("site", site);
    let mut api = at("/api/v1/suggest");
    api.query_pairs_mut().append_pair("q", "1");
    let script = ask(&client, at("/widget.js"), site, is_loadable).await;
    let frame = ask(&client, frame, site, is_framed).await;
    let api = ask(&client, api, site, is_callable).await;
    Ok(vec![
        (SiteCheck::Script, script),
        (SiteCheck::Frame, frame),
        (SiteCheck::Api, api),
    ])
}

async fn ask(
    client: &Client,
    url: Url,
    site: &str,
    judge: fn(&HeaderMap, &str) -> Option<&'static str>,
) -> SiteFinding {
    let Ok(response) = client.get(url).header("origin", site).send().await else {
        return SiteFinding::Unreachable;
    };
    match (response.status().as_u16(), judge(response.headers(), site)) {
        (200, None) => SiteFinding::Passed,
        (200, Some(header)) => SiteFinding::Header(header),
        (status, _) => SiteFinding::Status(status),
    }
}

fn value<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    let found = headers.get(name).and_then(|value| value.to_str().ok());
    found.unwrap_or_default()
}

/// The header that keeps the script from being loaded.
fn is_loadable(headers: &HeaderMap, _: &str) -> Option<&'static str> {
    const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    if !value(headers, &CONTENT_TYPE).starts_with("text/javascript") {
        return Some("Content-Type");
    }
    (value(headers, &RESOURCE_POLICY) != "cross-origin").then_some("Cross-Origin-Resource-Policy")
}

/// The header that keeps the chat from being shown.
fn is_framed(headers: &HeaderMap, site: &str) -> Option<&'static str> {
    let mut policies = headers.get_all(CONTENT_SECURITY_POLICY).iter();
    // each policy must allow it; a proxy may add one
    let allows = policies.all(|policy| {
        let directives = policy.to_str().unwrap_or_default().split(';');
        let mut ancestors =
            directives.filter_map(|one| one.trim().strip_prefix("frame-ancestors "));
        ancestors.all(|sites| sites.split_ascii_whitespace().any(|one| one == site))
    });
    if !allows || !headers.contains_key(CONTENT_SECURITY_POLICY) {
        return Some("Content-Security-Policy");
    }
    headers
        .contains_key(X_FRAME_OPTIONS)
        .then_some("X-Frame-Options")
}

/// The header that keeps the API from being called.
fn is_callable(headers: &HeaderMap, site: &str) -> Option<&'static str> {
    const ALLOWED: HeaderName = HeaderName::from_static("access-control-allow-origin");
    (value(headers, &ALLOWED) != site).then_some("Access-Control-Allow-Origin")
}
