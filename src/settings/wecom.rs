//! The settings of WeCom's customer service (企业微信 微信客服). In: the settings reader. Out:
//! [`WecomSettings`]. `Debug` shows no secret. Must not know: how they are used.

use super::reader::{SettingsReader, duration, number};
use super::weixin::free_path;
use super::weixin_sending::api_url;
use crate::secret::{CorpSecret, EncodingAesKey, WeixinToken};
use std::time::Duration;
use url::Url;

/// A company, as its console shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WecomSettings {
    /// `WENLU_WECOM_CORP_ID`.
    pub corp: String,
    /// `WENLU_WECOM_SECRET`.
    pub secret: CorpSecret,
    /// `WENLU_WECOM_TOKEN`.
    pub token: WeixinToken,
    /// `WENLU_WECOM_AES_KEY` and `WENLU_WECOM_AES_KEY_OLD`.
    pub keys: Vec<EncodingAesKey>,
    /// `WENLU_WECOM_PATH`.
    pub path: String,
    /// `WENLU_WECOM_SERVICERS`.
    pub servicers: WecomServicersSetting,
    /// `WENLU_WECOM_API_URL`.
    pub api: Url,
    /// `WENLU_WECOM_CREDIT`: how many messages may be sent after an asker's, and for how long.
    pub credit: (u32, Duration),
}

/// Who the people are that an asker may ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WecomServicersSetting {
    /// The operators of this server.
    #[default]
    Operators,
    /// Those who take askers from the queue in WeCom.
    Queue,
    /// These people in WeCom.
    Named(Vec<String>),
}

const CORP: &str = "WENLU_WECOM_CORP_ID";
const SECRET: &str = "WENLU_WECOM_SECRET";
const TOKEN: &str = "WENLU_WECOM_TOKEN";
const KEY: &str = "WENLU_WECOM_AES_KEY";
const OLD_KEY: &str = "WENLU_WECOM_AES_KEY_OLD";
const PATH: &str = "WENLU_WECOM_PATH";
const SERVICERS: &str = "WENLU_WECOM_SERVICERS";
const URL: &str = "WENLU_WECOM_API_URL";
const CREDIT: &str = "WENLU_WECOM_CREDIT";
const DEFAULT_PATH: &str = "/wecom";
const DEFAULT_URL: &str = "https://qyapi.weixin.qq.com";
const CORP_HELP: &str = "the id of the company: ww and 16 letters and digits";
const SECRET_HELP: &str = "what the console of 微信客服 calls Secret: 43 letters, digits, _ and -";
const TOKEN_HELP: &str = "what the console calls Token: 3 to 32 letters and digits";
const KEY_HELP: &str = "what the console calls EncodingAESKey: 43 letters and digits";
const PATH_HELP: &str = "a path of its own, such as /wecom";
const SERVICERS_HELP: &str =
    "queue, or the ids of at most 20 people in WeCom, such as zhangsan,lisi";
const URL_HELP: &str =
    "an http or https address without a user, such as https://qyapi.weixin.qq.com";
const CREDIT_HELP: &str = "how much may be sent after an asker's message, such as 5/48h";
const TOGETHER_HELP: &str = "WENLU_WECOM_CORP_ID, WENLU_WECOM_SECRET, WENLU_WECOM_TOKEN and WENLU_WECOM_AES_KEY go together; the other names of WENLU_WECOM_ go with them";
/// As the platform has it.
const MAX_SERVICERS: usize = 20;
/// In seconds.
const LONGEST_CREDIT: u64 = 30 * 24 * 3_600;
const DEFAULT_CREDIT: (u32, Duration) = (5, Duration::from_secs(48 * 3_600));

impl WecomSettings {
    /// `None`: WeCom is not set.
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Option<Self> {
        let corp = reader.get(CORP, CORP_HELP, corp);
        let secret = reader.get(SECRET, SECRET_HELP, CorpSecret::parse);
        let token = reader.get(TOKEN, TOKEN_HELP, WeixinToken::parse);
        let key = reader.get(KEY, KEY_HELP, EncodingAesKey::parse);
        let old_key = reader.get(OLD_KEY, KEY_HELP, EncodingAesKey::parse);
        let path = reader.get(PATH, PATH_HELP, free_path);
        let servicers = reader.get(SERVICERS, SERVICERS_HELP, servicers);
        let api = reader.get(URL, URL_HELP, api_url);
        let credit = reader.get(CREDIT, CREDIT_HELP, credit);
        let all = [
            CORP, SECRET, TOKEN, KEY, OLD_KEY, PATH, SERVICERS, URL, CREDIT,
        ];
        let missing = [CORP, SECRET, TOKEN, KEY]
            .into_iter()
            .find(|name| !reader.is_set(name));
        if let Some(missing) = missing {
            if all.iter().any(|name| reader.is_set(name)) {
                reader.reject(missing, TOGETHER_HELP);
            }
            return None;
        }
        let keys = key.into_iter().chain(old_key).collect();
        Some(WecomSettings {
            corp: corp?,
            secret: secret?,
            token: token?,
            keys,
            path: path.unwrap_or_else(|| DEFAULT_PATH.to_owned()),
            servicers: servicers.unwrap_or_default(),
            api: api.unwrap_or_else(|| Url::parse(DEFAULT_URL).expect("it is an address")),
            credit: credit.unwrap_or(DEFAULT_CREDIT),
        })
    }

    /// The path is its own; `taken`: those of the other channels.
    pub(super) fn check_path<'a>(
        &self,
        mut taken: impl Iterator<Item = &'a str>,
        reader: &mut SettingsReader<'_>,
    ) {
        if taken.any(|other| other == self.path) {
            reader.reject(PATH, PATH_HELP);
        }
    }
}

fn corp(text: &str) -> Option<String> {
    let is_id = (3..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    is_id.then(|| text.to_owned())
}

fn servicers(text: &str) -> Option<WecomServicersSetting> {
    if text == "queue" {
        return Some(WecomServicersSetting::Queue);
    }
    let is_id = |id: &String| {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-@.".contains(&byte);
        (1..=64).contains(&id.len()) && id.bytes().all(is_known)
    };
    let ids: Vec<String> = text.split(',').map(|id| id.trim().to_owned()).collect();
    let is_list = ids.len() <= MAX_SERVICERS && ids.iter().all(is_id);
    is_list.then_some(WecomServicersSetting::Named(ids))
}

fn credit(text: &str) -> Option<(u32, Duration)> {
    let (count, lasts) = text.split_once('/')?;
    Some((
        number(0..=1_000)(count.trim())?,
        duration(1, LONGEST_CREDIT)(lasts.trim())?,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    const SECRET_TEXT: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABC-_12";
    const ALL: [(&str, &str); 4] = [
        (CORP, "ww0123456789abcdef"),
        (SECRET, SECRET_TEXT),
        (TOKEN, "wenlu-token"),
        (KEY, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
    ];

    fn bad(pairs: &[(&str, &str)]) -> Vec<String> {
        let bad = read_pairs(pairs, WecomSettings::read).unwrap_err();
        bad.0.into_iter().map(|bad| bad.name).collect()
    }

    #[test]
    fn a_company_by_its_names() {
        assert_eq!(read_pairs(&[], WecomSettings::read).unwrap(), None);
        let set = read_pairs(&ALL, WecomSettings::read).unwrap().unwrap();
        assert_eq!((set.path.as_str(), set.credit), ("/wecom", DEFAULT_CREDIT));
        assert_eq!(set.servicers, WecomServicersSetting::Operators);
        let shown = format!("{set:?}");
        for secret in ["wenlu-token", "AAEC", SECRET_TEXT] {
            assert!(!shown.contains(secret), "{shown}");
        }
        let with = |pair| {
            let pairs = [&ALL[..], &[pair]].concat();
            read_pairs(&pairs, WecomSettings::read).unwrap().unwrap()
        };
        let queue = with((SERVICERS, "queue")).servicers;
        assert_eq!(queue, WecomServicersSetting::Queue);
        let named = with((SERVICERS, "zhangsan, li.si")).servicers;
        let ids = vec!["zhangsan".to_owned(), "li.si".to_owned()];
        assert_eq!(named, WecomServicersSetting::Named(ids));
        assert_eq!(with((CREDIT, "20/1h")).credit.0, 20);
    }

    #[test]
    fn what_no_company_has() {
        for at in 0..ALL.len() {
            let mut pairs = ALL.to_vec();
            let (name, _) = pairs.remove(at);
            assert_eq!(bad(&pairs), [name]);
        }
        assert_eq!(bad(&[(PATH, "/wecom")]), [CORP]);
        for pair in [
            (CORP, "ww 1"),
            (SECRET, "short"),
            (KEY, "short"),
            (PATH, "wecom"),
            (PATH, "/admin"),
            (SERVICERS, "张三"),
            (SERVICERS, "a,,b"),
            (CREDIT, "5"),
            (URL, "qyapi"),
        ] {
            let pairs = [&ALL[..], &[pair]].concat();
            assert_eq!(bad(&pairs), [pair.0], "{pair:?}");
        }
    }
}
