//! Access checks. In: a request's peer and headers. Out: whether the pages are reachable for it,
//! and whether a change was requested by one of our own pages. Must not know: accounts.

use axum::http::{HeaderMap, HeaderName, header};
use std::net::IpAddr;

/// Where the operators' pages can be reached from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdminAccess {
    /// Nowhere.
    Off,
    /// Only from this machine, and not through a proxy.
    #[default]
    Loopback,
    /// From wherever a listener of their own can be reached, which is not through a proxy. In a
    /// container that listener is not on loopback, and what publishes its port is the boundary.
    OwnListener,
    /// Wherever the chat page can be reached from.
    Public,
}

/// Headers that proxies add. A request with one of them came through a proxy that is not
/// configured, so its loopback address is the proxy's, not the client's.
const PROXIED: [HeaderName; 4] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
];

/// Whether the pages exist for this client.
pub fn is_open(
    access: AdminAccess,
    peer: IpAddr,
    headers: &HeaderMap,
    trusted_proxies: usize,
) -> bool {
    match access {
        AdminAccess::Off => false,
        AdminAccess::Public => true,
        AdminAccess::Loopback => {
            trusted_proxies == 0
                && peer.to_canonical().is_loopback()
                && is_addressed_locally(headers)
        }
        AdminAccess::OwnListener => is_addressed_locally(headers),
    }
}

/// Whether the browser named this machine, and no proxy is between.
fn is_addressed_locally(headers: &HeaderMap) -> bool {
    !PROXIED.iter().any(|name| headers.contains_key(name)) && is_loopback_name(host(headers, 0))
}

/// Whether the request comes from a page of ours (same origin), by the headers Sec-Fetch-Site and
/// Origin. Browsers set both; a page cannot forge them.
pub fn is_same_origin(headers: &HeaderMap, trusted_proxies: usize) -> bool {
    let site = text(headers, HeaderName::from_static("sec-fetch-site"));
    let origin = text(headers, header::ORIGIN);
    match (site, origin) {
        (Some(site), _) if site != "same-origin" => false,
        (_, Some(origin)) => {
            let from = origin.split_once("://").map(|(_, host)| host);
            from.is_some() && from == host(headers, trusted_proxies)
        }
        (site, None) => site.is_some(),
    }
}

/// Whether the browser used HTTPS, as reported by a trusted proxy.
pub fn is_https(headers: &HeaderMap, trusted_proxies: usize) -> bool {
    trusted_proxies > 0
        && text(headers, HeaderName::from_static("x-forwarded-proto")).is_some_and(|p| p == "https")
}

/// The host in the address that the browser requested, with its port.
fn host(headers: &HeaderMap, trusted_proxies: usize) -> Option<&str> {
    let forwarded =
        text(headers, HeaderName::from_static("x-forwarded-host")).filter(|_| trusted_proxies > 0);
    forwarded.or_else(|| text(headers, header::HOST))
}

/// Only `localhost` and loopback addresses: another name could later resolve to this machine (DNS
/// rebinding).
fn is_loopback_name(host: Option<&str>) -> bool {
    let name = host.unwrap_or_default();
    let name = name
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(name, |p| p.0);
    let address = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    name == "localhost" || address.is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_this_machine_unless_a_setting_says_otherwise() {
        use AdminAccess::{Loopback, Off, OwnListener, Public};
        let host = ("host", "localhost:8080");
        for (access, peer, pairs, trusted, open) in [
            (Loopback, "127.0.0.1", &[host][..], 0, true),
            (Loopback, "::1", &[("host", "[::1]:8080")], 0, true),
            (
                Loopback,
                "::ffff:127.0.0.1",
                &[("host", "127.0.0.1")],
                0,
                true,
            ),
            (Loopback, "192.168.1.9", &[host], 0, false),
            (Loopback, "127.0.0.1", &[host], 1, false),
            (
                Loopback,
                "127.0.0.1",
                &[host, ("x-forwarded-for", "1.2.3.4")],
                0,
                false,
            ),
            (
                Loopback,
                "127.0.0.1",
                &[host, ("via", "1.1 nginx")],
                0,
                false,
            ),
            (
                Loopback,
                "127.0.0.1",
                &[("host", "evil.example:8080")],
                0,
                false,
            ),
            (
                Loopback,
                "127.0.0.1",
                &[("host", "localhost.evil.example")],
                0,
                false,
            ),
            (Loopback, "127.0.0.1", &[], 0, false),
            (OwnListener, "172.17.0.1", &[host], 0, true),
            (
                OwnListener,
                "172.17.0.1",
                &[host, ("x-forwarded-for", "1.2.3.4")],
                0,
                false,
            ),
            (
                OwnListener,
                "127.0.0.1",
                &[("host", "evil.example:8081")],
                0,
                false,
            ),
            (Public, "8.8.8.8", &[("host", "bot.example.com")], 1, true),
            (Off, "127.0.0.1", &[host], 0, false),
        ] {
            let found = is_open(access, peer.parse().unwrap(), &headers(pairs), trusted);
            assert_eq!(found, open, "{access:?} {peer} {pairs:?} {trusted}");
        }
    }

    #[test]
    fn a_change_comes_from_a_page_of_ours() {
        let (host, site) = (("host", "bot.example:8080"), "sec-fetch-site");
        for (pairs, trusted, own) in [
            (
                &[
                    host,
                    ("origin", "http://bot.example:8080"),
                    (site, "same-origin"),
                ][..],
                0,
                true,
            ),
            (&[host, ("origin", "http://bot.example:8080")], 0, true),
            (&[host, (site, "same-origin")], 0, true),
            (&[host], 0, false),
            (&[host, ("origin", "null")], 0, false),
            (&[host, ("origin", "null"), (site, "same-origin")], 0, false),
            (&[host, ("origin", "http://evil.example")], 0, false),
            (
                &[
                    host,
                    ("origin", "http://bot.example:8080"),
                    (site, "cross-site"),
                ],
                0,
                false,
            ),
            (
                &[
                    host,
                    ("origin", "http://bot.example:8080"),
                    (site, "same-site"),
                ],
                0,
                false,
            ),
            (&[host, (site, "none")], 0, false),
            (&[host, ("origin", "http://bot.example")], 0, false),
            (
                &[
                    host,
                    ("x-forwarded-host", "bot.cn"),
                    ("origin", "https://bot.cn"),
                ],
                1,
                true,
            ),
            (
                &[
                    host,
                    ("x-forwarded-host", "evil.cn"),
                    ("origin", "https://evil.cn"),
                ],
                0,
                false,
            ),
        ] {
            assert_eq!(
                is_same_origin(&headers(pairs), trusted),
                own,
                "{pairs:?} {trusted}"
            );
        }
    }
}
