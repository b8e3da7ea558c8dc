//! The chat on other sites. In: which sites may show it. Out: the script that they load, the chat
//! page for a frame in theirs, who may call the API from a page of another origin, and which visitor
//! of a site asks. Must not know: the settings, what the chat says.

mod probe;
pub(super) mod ticket;
pub(super) mod token;

pub use probe::{SiteCheck, SiteFinding, probe_site};

use super::page;
use crate::attachment::AttachmentPolicy;
use crate::channel::json::FILES_PATH;
use crate::clock;
use crate::http::assets::revalidated;
use crate::http::limit::RequestRate;
use crate::http::middleware::MayBeFramed;
use crate::secret::EmbedSecret;
use crate::turn::Bot;
use axum::Extension;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, options};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use ticket::TicketOffice;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The sites that may show the chat: origins as browsers write them, or `https://*.example.com`.
#[derive(Clone, Debug, Default)]
pub struct EmbedOrigins(Arc<[String]>);

/// What other sites may do.
#[derive(Clone, Debug)]
pub struct EmbedConfig {
    pub origins: EmbedOrigins,
    /// What sites sign with who their visitors are; none: nobody is identified.
    pub secrets: Vec<EmbedSecret>,
    /// Whether operators see on which page an asker asked for them.
    pub tells_page: bool,
    /// How much may come from one site; `None`: no limit.
    pub rate: Option<RequestRate>,
}

/// For how long a browser may use the script without asking whether it has changed.
const SCRIPT_AGE: &str = "public, max-age=300";
/// For how long a browser remembers that a site may call the API.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);
/// Longest origin that is looked at: longer than a host name may be.
const LONGEST_ORIGIN: usize = 300;

/// What pages of other sites may call.
const API_PATHS: [&str; 9] = [
    "/api/v1/messages",
    "/api/v1/conversations",
    "/api/v1/suggest",
    "/api/v1/events",
    "/api/v1/comments",
    "/api/v1/typing",
    "/api/v1/identify",
    "/api/v1/history",
    FILES_PATH,
];

#[derive(Debug, Deserialize)]
pub(super) struct EmbedQuery {
    #[serde(default)]
    site: String,
}

impl EmbedOrigins {
    /// From origins in the form in which browsers send them.
    pub fn new(origins: Vec<String>) -> Self {
        Self(origins.into())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `site`, an origin, may show the chat.
    pub fn allows(&self, site: &str) -> bool {
        site.len() <= LONGEST_ORIGIN && self.0.iter().any(|origin| matches(origin, site))
    }
}

/// `*.` stands for one label or more.
fn matches(origin: &str, site: &str) -> bool {
    let Some((scheme, domain)) = origin.split_once("*.") else {
        return origin == site;
    };
    let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    site.strip_prefix(scheme)
        .and_then(|host| host.strip_suffix(domain))
        .and_then(|labels| labels.strip_suffix('.'))
        .is_some_and(|labels| !labels.is_empty() && labels.chars().all(is_label))
}

/// What the frame's page is made of, beside the chat.
#[derive(Clone)]
struct FrameParts {
    origins: EmbedOrigins,
    tickets: TicketOffice,
    tells_page: bool,
}

/// The script and the frame; nothing if no site may show the chat.
pub(super) fn routes(config: &EmbedConfig, tickets: TicketOffice) -> Router<Bot> {
    if config.origins.is_empty() {
        return Router::new();
    }
    let parts = FrameParts {
        origins: config.origins.clone(),
        tickets,
        tells_page: config.tells_page,
    };
    Router::new()
        .route("/widget.js", get(widget))
        .route("/embed", get(embed))
        .layer(Extension(parts))
}

/// Lets pages of the sites call `api`, without credentials.
pub(super) fn open_to_sites<S>(api: Router<S>, origins: EmbedOrigins) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    if origins.is_empty() {
        return api;
    }
    let api = API_PATHS
        .into_iter()
        .fold(api, |api, path| api.route(path, options(preflight)));
    let allowed = move |origin: &HeaderValue, _: &axum::http::request::Parts| {
        origin.to_str().is_ok_and(|origin| origins.allows(origin))
    };
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allowed))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::CONTENT_TYPE,
            HeaderName::from_static("last-event-id"),
        ])
        .max_age(PREFLIGHT_AGE);
    api.layer(cors)
}

/// The layer answers; the route must only be there.
async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn widget(State(bot): State<Bot>, headers: HeaderMap) -> Response {
    let mut response = revalidated(
        &headers,
        "text/javascript; charset=utf-8",
        page::widget(&bot),
    );
    let others = response.headers_mut();
    others.insert(header::CACHE_CONTROL, HeaderValue::from_static(SCRIPT_AGE));
    others.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    others.insert(CROSS_ORIGIN_RESOURCE_POLICY, CROSS_ORIGIN);
    response
}

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");

/// The chat page for a frame in a page of `site`: the browser refuses to show it in any other.
async fn embed(
    State(bot): State<Bot>,
    Extension(parts): Extension<FrameParts>,
    Extension(files): Extension<AttachmentPolicy>,
    Query(EmbedQuery { site }): Query<EmbedQuery>,
) -> Response {
    let policy = match HeaderValue::try_from(MayBeFramed::policy(&site)) {
        Ok(policy) if parts.origins.allows(&site) => policy,
        _ => return refused().into_response(),
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        // a page that isolates itself may show only what says that it may be shown
        (CROSS_ORIGIN_RESOURCE_POLICY, CROSS_ORIGIN),
        (
            HeaderName::from_static("cross-origin-embedder-policy"),
            HeaderValue::from_static("require-corp"),
        ),
        (header::CONTENT_TYPE, HeaderValue::from_static(page::HTML)),
    ];
    let ticket = parts.tickets.issue(&site, clock::now()).unwrap_or_default();
    let page = if parts.tells_page { "path" } else { "off" };
    // an allowed origin has no character that means anything in HTML, nor has a ticket
    let told = format!("<html data-site=\"{site}\" data-ticket=\"{ticket}\" data-page=\"{page}\" ");
    let framed = page::branded(&bot, files)
        .replacen("<html ", &told, 1)
        .replacen("/chat.js", "/frame.js", 1);
    (headers, Extension(MayBeFramed), framed).into_response()
}

fn refused() -> impl IntoResponse {
    let body = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>不能在这个网站显示</title>\
                <p>这个网站不在 WENLU_EMBED_ORIGINS 里，不能显示客服对话。<br>This site is not in WENLU_EMBED_ORIGINS.</p></html>\n";
    (
        StatusCode::NOT_FOUND,
        [(header::CONTENT_TYPE, page::HTML)],
        body,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_labels_below_the_domain() {
        let allowed = EmbedOrigins::new(vec![
            "https://a.example".to_owned(),
            "https://*.shop.example".to_owned(),
            "https://*.shop.example:8443".to_owned(),
        ]);
        for (site, wanted) in [
            ("https://a.example", true),
            ("https://www.shop.example", true),
            ("https://a.b.shop.example", true),
            ("https://www.shop.example:8443", true),
            ("http://www.shop.example", false),
            ("https://shop.example", false),
            ("https://evilshop.example", false),
            ("https://.shop.example", false),
            ("https://evil.example/.shop.example", false),
            ("https://a\"b.shop.example", false),
            ("https://www.shop.example:8080", false),
            ("https://b.example", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(allowed.allows(site), wanted, "{site}");
        }
    }
}
