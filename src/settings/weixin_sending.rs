//! The settings of sending to WeChat's askers: what an account may, and the platform's API. In: the
//! settings reader. Out: [`WeixinSendingSetting`], [`WeixinApiSetting`]. Must not know: how anything
//! is sent.

use super::reader::{SettingsReader, duration, number};
use crate::secret::AppSecret;
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// How answers and people's words reach an asker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeixinSendSetting {
    /// Inside the request that delivers a message, only.
    #[default]
    Passive,
    /// Also as customer-service messages, which a verified account may send.
    Active,
}

/// Who the people are that an asker may ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeixinPeopleSetting {
    /// The operators of this server.
    #[default]
    None,
    /// Those who sit at WeChat's own service tool.
    Transfer,
}

/// What is set of one account by names.
#[derive(Clone, Debug, Default)]
pub(super) struct WeixinSendingSetting {
    pub secret: Option<AppSecret>,
    pub send: Option<WeixinSendSetting>,
    pub people: Option<WeixinPeopleSetting>,
}

impl WeixinSendingSetting {
    pub(super) fn is_set(&self) -> bool {
        self.secret.is_some() || self.send.is_some() || self.people.is_some()
    }
}

/// The platform's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeixinApiSetting {
    /// `WENLU_WEIXIN_API_URL`.
    pub url: Url,
    /// `WENLU_WEIXIN_CREDIT`.
    pub credit: WeixinCreditSetting,
}

/// How many messages may be sent, and for how long, after what an asker did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeixinCreditSetting {
    /// They wrote.
    pub message: (u32, Duration),
    /// They followed the account, scanned a code or pressed a button of its menu.
    pub event: (u32, Duration),
    /// They opened the service of a mini-program.
    pub enter: (u32, Duration),
}

impl Default for WeixinApiSetting {
    fn default() -> Self {
        WeixinApiSetting {
            url: Url::parse(DEFAULT_URL).expect("it is an address"),
            credit: WeixinCreditSetting::default(),
        }
    }
}

/// As the platform's documentation has it.
impl Default for WeixinCreditSetting {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        WeixinCreditSetting {
            message: (5, minutes(48 * 60)),
            event: (3, minutes(1)),
            enter: (2, minutes(1)),
        }
    }
}

const SECRET: &str = "WENLU_WEIXIN_SECRET";
const SEND: &str = "WENLU_WEIXIN_SEND";
const PEOPLE: &str = "WENLU_WEIXIN_KF";
const URL: &str = "WENLU_WEIXIN_API_URL";
const CREDIT: &str = "WENLU_WEIXIN_CREDIT";
const DEFAULT_URL: &str = "https://api.weixin.qq.com";
const SECRET_HELP: &str =
    "what the account's console calls AppSecret: 32 hexadecimal digits; needed to send";
const SEND_HELP: &str = "passive or active";
const PEOPLE_HELP: &str = "none or transfer";
const URL_HELP: &str = "an http or https address without a user, such as https://api.weixin.qq.com";
const CREDIT_HELP: &str =
    "how much may be sent after what, such as message 5/48h, event 3/1m, enter 2/1m";
/// In seconds.
const LONGEST_CREDIT: u64 = 30 * 24 * 3_600;

pub(super) fn read(reader: &mut SettingsReader<'_>) -> WeixinSendingSetting {
    let sending = WeixinSendingSetting {
        secret: reader.get(SECRET, SECRET_HELP, AppSecret::parse),
        send: reader.get(SEND, SEND_HELP, |text| match text {
            "passive" => Some(WeixinSendSetting::Passive),
            "active" => Some(WeixinSendSetting::Active),
            _ => None,
        }),
        people: reader.get(PEOPLE, PEOPLE_HELP, |text| match text {
            "none" => Some(WeixinPeopleSetting::None),
            "transfer" => Some(WeixinPeopleSetting::Transfer),
            _ => None,
        }),
    };
    if sending.send == Some(WeixinSendSetting::Active)
        && sending.secret.is_none()
        && !reader.is_set(SECRET)
    {
        reader.reject(SECRET, SECRET_HELP);
    }
    sending
}

impl WeixinApiSetting {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let default = WeixinApiSetting::default();
        WeixinApiSetting {
            url: reader.get(URL, URL_HELP, api_url).unwrap_or(default.url),
            credit: reader
                .get(CREDIT, CREDIT_HELP, credit)
                .unwrap_or(default.credit),
        }
    }
}

pub(super) fn api_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    (is_web && is_bare).then_some(url)
}

/// What is not named stays as it is.
fn credit(text: &str) -> Option<WeixinCreditSetting> {
    let mut credit = WeixinCreditSetting::default();
    for rule in text.split(',') {
        let (name, amount) = rule.trim().split_once(' ')?;
        let (count, lasts) = amount.trim().split_once('/')?;
        let amount = (
            number(0..=1_000)(count.trim())?,
            duration(1, LONGEST_CREDIT)(lasts.trim())?,
        );
        match name {
            "message" => credit.message = amount,
            "event" => credit.event = amount,
            "enter" => credit.enter = amount,
            _ => return None,
        }
    }
    Some(credit)
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn credit_is_read_as_it_is_written() {
        let read = |text| read_pairs(&[(CREDIT, text)], WeixinApiSetting::read);
        let seconds = Duration::from_secs;
        let older = read("message 20/48h").unwrap().credit;
        assert_eq!(older.message, (20, seconds(172_800)));
        assert_eq!(older.event, WeixinCreditSetting::default().event);
        let all = read("message 5/48h, event 3/1m, enter 2/1m").unwrap();
        assert_eq!(all, WeixinApiSetting::default());
        for bad in [
            "5/48h",
            "message",
            "message 5",
            "message 5/0s",
            "click 3/1m",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        for bad in ["api.weixin.qq.com", "ftp://a", "https://user@a"] {
            assert!(read_pairs(&[(URL, bad)], WeixinApiSetting::read).is_err());
        }
    }
}
