//! The proxy on the way to the Bot API. In: the settings reader, and the address of the Bot API. Out:
//! the proxy that its calls go through, if any. Must not know: how a call is made.
//!
//! The names are those of other programs, and so are the rules: a proxy by the scheme of the address,
//! else one for all, and addresses that are excepted.

use super::reader::SettingsReader;
use crate::secret::ProxyUrl;
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

const HTTPS: &str = "HTTPS_PROXY";
const HTTP: &str = "HTTP_PROXY";
const ALL: &str = "ALL_PROXY";
const NONE: &str = "NO_PROXY";
const PROXY_HELP: &str = "a proxy, such as http://127.0.0.1:7890, or socks5h://USER:PASSWORD@HOST:1080 (http, https, socks5 or socks5h)";

/// The name in lower case by which other programs read the setting `name` as well; `None` if there
/// is none.
pub(super) fn lower_case_twin(name: &str) -> Option<String> {
    [HTTPS, HTTP, ALL, NONE]
        .contains(&name)
        .then(|| name.to_ascii_lowercase())
}

/// The proxy for calls to `api`. `is_used`: else a bad value is no mistake, as it may be meant for
/// other programs.
pub(super) fn proxy_to(
    api: &Url,
    is_used: bool,
    reader: &mut SettingsReader<'_>,
) -> Option<ProxyUrl> {
    let mut read = |name| {
        reader.get(name, PROXY_HELP, |text| match ProxyUrl::parse(text) {
            None if is_used => None,
            read => Some(read),
        })
    };
    let (for_https, for_http, for_all) = (read(HTTPS), read(HTTP), read(ALL));
    let excepted = reader.get(NONE, "addresses", |text| Some(text.to_owned()));
    let own = match api.scheme() {
        "https" => for_https,
        _ => for_http,
    };
    let proxy = own.flatten().or(for_all.flatten())?;
    (!is_loopback(api) && !is_excepted(api, &excepted.unwrap_or_default())).then_some(proxy)
}

/// Whether `list`, the value of `NO_PROXY`, excepts the address.
fn is_excepted(api: &Url, list: &str) -> bool {
    let Ok(address) = api.as_str().parse::<Uri>() else {
        return false;
    };
    // any proxy for all addresses: what it does not take is excepted
    let rules = Matcher::builder().all("http://proxy").no(list).build();
    rules.intercept(&address).is_none()
}

/// This machine is never reached through a proxy.
fn is_loopback(api: &Url) -> bool {
    match api.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    fn shown(api: &str, pairs: &[(&str, &str)]) -> Option<String> {
        let api = Url::parse(api).unwrap();
        let proxy = read_pairs(pairs, |reader| proxy_to(&api, true, reader)).unwrap();
        proxy.map(|proxy| proxy.to_string())
    }

    #[test]
    fn which_proxy_is_used_for_which_address() {
        let (own, all) = (
            ("HTTPS_PROXY", "http://a:1"),
            ("ALL_PROXY", "socks5h://b:2"),
        );
        let telegram = "https://api.telegram.org";
        for (api, pairs, wanted) in [
            (telegram, &[][..], None),
            (telegram, &[own, all], Some("http://a:1")),
            (telegram, &[all], Some("socks5h://b:2")),
            (telegram, &[("HTTP_PROXY", "c:3")], None),
            (
                "http://api.lan:8081",
                &[own, ("HTTP_PROXY", "c:3")],
                Some("http://c:3"),
            ),
            ("http://127.0.0.1:8081", &[all], None),
            ("http://localhost:8081", &[all], None),
            ("http://[::1]:8081", &[all], None),
            (
                telegram,
                &[all, ("NO_PROXY", "example.com,telegram.org")],
                None,
            ),
            (telegram, &[all, ("NO_PROXY", ".telegram.org")], None),
            (telegram, &[all, ("NO_PROXY", "*")], None),
            (
                telegram,
                &[all, ("NO_PROXY", "gram.org, 10.0.0.0/8")],
                Some("socks5h://b:2"),
            ),
            (
                "http://10.1.2.3:8081",
                &[all, ("NO_PROXY", "gram.org, 10.0.0.0/8")],
                None,
            ),
        ] {
            assert_eq!(shown(api, pairs).as_deref(), wanted, "{api} {pairs:?}");
        }
    }

    #[test]
    fn a_bad_value_is_a_mistake_where_it_is_used() {
        let api = Url::parse("https://api.telegram.org").unwrap();
        let read = |is_used| {
            let pairs = [
                ("HTTPS_PROXY", "ftp://u:hunter2@h"),
                ("ALL_PROXY", "http://h:1"),
            ];
            read_pairs(&pairs, |reader| proxy_to(&api, is_used, reader))
        };
        let bad = read(true).unwrap_err();
        assert_eq!(bad.0.len(), 1);
        assert!(!format!("{bad:?} {bad}").contains("hunter2"));
        assert!(read(false).is_ok());
    }
}
