//! The settings of the bridge to the team's own servers. In: the settings reader. Out:
//! [`BridgeSettings`]. `Debug` shows no secret. Must not know: how the bridge works.

use super::reader::{SettingsReader, number};
use crate::secret::{BridgeKey, BridgeSecret};
use std::num::NonZeroU32;
use url::Url;

/// The bridge is on if there is a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeSettings {
    /// `WENLU_BRIDGE_KEY` and `WENLU_BRIDGE_KEY_OLD`.
    pub keys: Vec<BridgeKey>,
    /// Where events are delivered; `None`: they wait until they are fetched.
    pub hook: Option<BridgeHookSetting>,
    /// `WENLU_BRIDGE_RATE_PER_MINUTE`: how much all askers together may send; `None`: no limit.
    pub rate_per_minute: Option<NonZeroU32>,
    /// `WENLU_BRIDGE_ATTEMPTS`: how often an event is tried that the receiver does not take while
    /// it takes others.
    pub attempts: i64,
}

/// Where events are delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeHookSetting {
    /// `WENLU_BRIDGE_URL`.
    pub url: Url,
    /// `WENLU_BRIDGE_SECRET` and `WENLU_BRIDGE_SECRET_OLD`.
    pub secrets: Vec<BridgeSecret>,
}

const KEY: &str = "WENLU_BRIDGE_KEY";
const OLD_KEY: &str = "WENLU_BRIDGE_KEY_OLD";
const URL: &str = "WENLU_BRIDGE_URL";
const SECRET: &str = "WENLU_BRIDGE_SECRET";
const OLD_SECRET: &str = "WENLU_BRIDGE_SECRET_OLD";
const RATE: &str = "WENLU_BRIDGE_RATE_PER_MINUTE";
const ATTEMPTS: &str = "WENLU_BRIDGE_ATTEMPTS";
const KEY_HELP: &str = "24 to 200 characters without spaces, such as `openssl rand -hex 32` prints";
pub(super) const URL_HELP: &str =
    "an http or https address without a user, such as https://desk.example.org/wenlu";
pub(super) const SECRET_HELP: &str =
    "whsec_ and 24 to 64 random bytes in base64: echo \"whsec_$(openssl rand -base64 32)\"";
const TOGETHER_HELP: &str = "WENLU_BRIDGE_URL and WENLU_BRIDGE_SECRET go together";
const PRESENT_HELP: &str = "the present one, where the one before it is set too";
const RATE_HELP: &str = "a whole number; 0 sets no limit";
const ATTEMPTS_HELP: &str = "a whole number from 1 to 1000";
const DEFAULT_RATE: u32 = 6_000;
const DEFAULT_ATTEMPTS: i64 = 20;

impl BridgeSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let keys = present_and_old(reader, (KEY, OLD_KEY), KEY_HELP, BridgeKey::parse);
        let secrets = present_and_old(
            reader,
            (SECRET, OLD_SECRET),
            SECRET_HELP,
            BridgeSecret::parse,
        );
        let url = reader.get(URL, URL_HELP, url);
        if reader.is_set(URL) != reader.is_set(SECRET) {
            let missing = if reader.is_set(URL) { SECRET } else { URL };
            reader.reject(missing, TOGETHER_HELP);
        }
        let rate = reader.get(RATE, RATE_HELP, number(0..=1_000_000));
        BridgeSettings {
            keys,
            hook: url
                .filter(|_| !secrets.is_empty())
                .map(|url| BridgeHookSetting { url, secrets }),
            rate_per_minute: NonZeroU32::new(rate.unwrap_or(DEFAULT_RATE)),
            attempts: reader
                .get(ATTEMPTS, ATTEMPTS_HELP, number(1..=1_000))
                .unwrap_or(DEFAULT_ATTEMPTS),
        }
    }
}

/// The value of the first name, and that of the second, which holds while the first is being
/// changed.
pub(super) fn present_and_old<T>(
    reader: &mut SettingsReader<'_>,
    (present, old): (&str, &str),
    allowed: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Vec<T> {
    if !reader.is_set(present) && reader.is_set(old) {
        reader.reject(present, PRESENT_HELP);
    }
    let values = [present, old].map(|name| reader.get(name, allowed, &parse));
    values.into_iter().flatten().collect()
}

pub(super) fn url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let has_user = !url.username().is_empty() || url.password().is_some();
    (is_web && !has_user && url.fragment().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    const KEY_PAIR: (&str, &str) = (KEY, "0123456789abcdef01234567");
    const URL_PAIR: (&str, &str) = (URL, "https://desk.example.org/wenlu?from=bot");
    const SECRET_PAIR: (&str, &str) = (SECRET, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3");

    #[test]
    fn one_or_two_of_each() {
        let none = read_pairs(&[], BridgeSettings::read).unwrap();
        assert_eq!((none.keys.len(), none.hook, none.attempts), (0, None, 20));
        let pairs = [
            KEY_PAIR,
            (OLD_KEY, "abcdefabcdefabcdefabcdef"),
            URL_PAIR,
            SECRET_PAIR,
            (OLD_SECRET, SECRET_PAIR.1),
            (RATE, "0"),
        ];
        let set = read_pairs(&pairs, BridgeSettings::read).unwrap();
        assert_eq!((set.keys.len(), set.rate_per_minute), (2, None));
        assert_eq!(set.hook.unwrap().secrets.len(), 2);
    }

    #[test]
    fn what_is_half_set_or_wrong() {
        for (pairs, names) in [
            (&[(OLD_KEY, KEY_PAIR.1)][..], &[KEY][..]),
            (&[(KEY, "short")], &[KEY]),
            (&[URL_PAIR], &[SECRET]),
            (&[SECRET_PAIR], &[URL]),
            (&[(URL, "ftp://desk.example.org"), SECRET_PAIR], &[URL]),
            (
                &[(URL, "https://me:pass@desk.example.org"), SECRET_PAIR],
                &[URL],
            ),
            (&[URL_PAIR, (SECRET, "hunter2")], &[SECRET]),
            (&[(ATTEMPTS, "0")], &[ATTEMPTS]),
        ] {
            let bad = read_pairs(pairs, BridgeSettings::read).unwrap_err();
            let found: Vec<String> = bad.0.into_iter().map(|bad| bad.name).collect();
            assert_eq!(found, names, "{pairs:?}");
        }
    }
}
