//! The sites that may show the chat. In: the settings reader. Out: [`EmbedSettings`]. `Debug` shows no
//! secret. Must not know: how a site shows it.

use super::reader::{SettingsReader, number};
use crate::secret::EmbedSecret;
use std::num::NonZeroU32;
use url::Url;

/// Which other sites may show the chat in their pages, and what they may tell of their visitors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedSettings {
    /// `WENLU_EMBED_ORIGINS`: origins, lower-case, or `https://*.example.com` for all below that
    /// domain. Empty: none may.
    pub origins: Vec<String>,
    /// `WENLU_EMBED_SECRETS`: what sites sign with who their visitors are; the second one holds
    /// while the first is being changed. Empty: nobody is identified.
    pub secrets: Vec<EmbedSecret>,
    /// `WENLU_EMBED_PAGE`: whether operators see on which page an asker asked for them.
    pub tells_page: bool,
    /// `WENLU_EMBED_RATE_PER_MINUTE`: how many messages may come from one site; `None`: no limit.
    pub rate_per_minute: Option<NonZeroU32>,
}

const ORIGINS_HELP: &str = "origins, separated by commas, such as https://www.example.com or https://*.example.com (at most 100)";
const MOST_ORIGINS: usize = 100;
const SECRETS_HELP: &str = "one or two secrets, separated by a comma, of 32 to 256 letters, such as `openssl rand -base64 32` prints";
const MOST_SECRETS: usize = 2;
const PAGE_HELP: &str = "path or off";
const RATE_HELP: &str = "a whole number; 0 sets no limit";
const DEFAULT_RATE: u32 = 600;
/// Stands for any label while the address is read, since `*` is no host.
const ANY: &str = "any-label";

impl EmbedSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let origins = reader.get("WENLU_EMBED_ORIGINS", ORIGINS_HELP, |text| {
            let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
            let origins: Option<Vec<_>> = parts.map(origin).collect();
            origins.filter(|all| all.len() <= MOST_ORIGINS)
        });
        let secrets = reader.get("WENLU_EMBED_SECRETS", SECRETS_HELP, secrets);
        let page = reader.get("WENLU_EMBED_PAGE", PAGE_HELP, |text| match text {
            "path" => Some(true),
            "off" => Some(false),
            _ => None,
        });
        let rate = reader.get(
            "WENLU_EMBED_RATE_PER_MINUTE",
            RATE_HELP,
            number(0..=1_000_000),
        );
        EmbedSettings {
            origins: origins.unwrap_or_default(),
            secrets: secrets.unwrap_or_default(),
            tells_page: page.unwrap_or(true),
            rate_per_minute: NonZeroU32::new(rate.unwrap_or(DEFAULT_RATE)),
        }
    }
}

fn secrets(text: &str) -> Option<Vec<EmbedSecret>> {
    let parts = text.split(',').map(|part| EmbedSecret::parse(part.trim()));
    let secrets: Option<Vec<_>> = parts.collect();
    secrets.filter(|all| all.len() <= MOST_SECRETS)
}

/// An origin as browsers write it; `*` may stand for the first labels of a domain of at least two.
fn origin(text: &str) -> Option<String> {
    let any = text.matches('*').count();
    let plain = match any {
        0 => text.to_owned(),
        _ => text.replacen("://*.", &format!("://{ANY}."), 1),
    };
    let url = Url::parse(&plain).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let origin = url.origin().ascii_serialization();
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    // a star elsewhere would be taken for a letter
    let is_whole = !plain.contains('*')
        && (any == 0
            || url
                .domain()
                .is_some_and(|domain| domain.matches('.').count() >= 2));
    (is_web && is_bare && is_whole).then(|| origin.replacen(&format!("{ANY}."), "*.", any))
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        for (text, wanted) in [
            (
                "https://Shop.example.com/",
                Some("https://shop.example.com"),
            ),
            (
                "https://shop.example.com:443",
                Some("https://shop.example.com"),
            ),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("https://*.example.com", Some("https://*.example.com")),
            (
                "https://*.example.com:8443",
                Some("https://*.example.com:8443"),
            ),
            ("https://商店.example", Some("https://xn--czrs0t.example")),
            ("https://*.com", None),
            ("https://shop.*.com", None),
            ("https://*.*.example.com", None),
            ("*", None),
            ("https://shop.example.com/page", None),
            ("https://u@shop.example.com", None),
            ("shop.example.com", None),
            ("ftp://shop.example.com", None),
        ] {
            assert_eq!(origin(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn one_bad_origin_is_a_mistake() {
        let read = |text| read_pairs(&[("WENLU_EMBED_ORIGINS", text)], EmbedSettings::read);
        let two = read("https://a.example, https://b.example").unwrap();
        assert_eq!(two.origins, ["https://a.example", "https://b.example"]);
        assert!(read("https://a.example, b.example").is_err());
        assert!(read("").unwrap().origins.is_empty());
    }

    #[test]
    fn a_secret_is_long_and_stays_hidden() {
        let read = |text| read_pairs(&[("WENLU_EMBED_SECRETS", text)], EmbedSettings::read);
        let two = "0123456789abcdef0123456789abcdef, 0123456789abcdef0123456789abcdeg";
        let settings = read(two).unwrap();
        assert_eq!(settings.secrets.len(), 2);
        assert!(!format!("{settings:?}").contains("0123456789"));
        for bad in [
            "short",
            &two[..31],
            &format!("{two},{}", &two[..32]),
            "0123456789abcdef 0123456789abcdef",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let off = read_pairs(&[("WENLU_EMBED_PAGE", "off")], EmbedSettings::read);
        assert!(!off.unwrap().tells_page);
        assert!(read_pairs(&[("WENLU_EMBED_PAGE", "on")], EmbedSettings::read).is_err());
    }
}
