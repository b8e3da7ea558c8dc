//! The settings of WeChat accounts: one by names, or several by a file. In: the settings reader. Out:
//! [`WeixinSettings`]. `Debug` shows no secret. Must not know: how an account is used.

use super::reader::SettingsReader;
use super::weixin_sending::{self, WeixinApiSetting, WeixinPeopleSetting, WeixinSendSetting};
use crate::secret::{AppSecret, EncodingAesKey, WeixinToken};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;
use std::collections::BTreeSet;
use std::path::Path;

/// WeChat is on if there is an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeixinSettings {
    pub accounts: Vec<WeixinAccountSetting>,
    /// The platform's API, the same for all accounts.
    pub api: WeixinApiSetting,
}

/// An account, as its console shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeixinAccountSetting {
    /// `WENLU_WEIXIN_APPID`.
    pub appid: String,
    /// `WENLU_WEIXIN_TOKEN`.
    pub token: WeixinToken,
    /// `WENLU_WEIXIN_AES_KEY` and `WENLU_WEIXIN_AES_KEY_OLD`; none: the plaintext mode.
    pub keys: Vec<EncodingAesKey>,
    /// `WENLU_WEIXIN_PATH`: where the platform delivers.
    pub path: String,
    /// `WENLU_WEIXIN_KIND`.
    pub kind: WeixinKindSetting,
    /// `WENLU_WEIXIN_SECRET`; `None`: the platform's API is not called.
    pub secret: Option<AppSecret>,
    /// `WENLU_WEIXIN_SEND`.
    pub send: WeixinSendSetting,
    /// `WENLU_WEIXIN_KF`.
    pub people: WeixinPeopleSetting,
}

/// What kind of account it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeixinKindSetting {
    /// An official account, subscription or service.
    #[default]
    Account,
    /// The customer service of a mini-program.
    MiniProgram,
}

const APPID: &str = "WENLU_WEIXIN_APPID";
const TOKEN: &str = "WENLU_WEIXIN_TOKEN";
const KEY: &str = "WENLU_WEIXIN_AES_KEY";
const OLD_KEY: &str = "WENLU_WEIXIN_AES_KEY_OLD";
const PATH: &str = "WENLU_WEIXIN_PATH";
const KIND: &str = "WENLU_WEIXIN_KIND";
const ACCOUNTS: &str = "WENLU_WEIXIN_ACCOUNTS";
const DEFAULT_PATH: &str = "/weixin";
const APPID_HELP: &str = "the AppID of the account: wx and 16 letters and digits";
const TOKEN_HELP: &str = "what the account's console calls Token: 3 to 32 letters and digits";
const KEY_HELP: &str = "what the account's console calls EncodingAESKey: 43 letters and digits";
const PATH_HELP: &str = "a path of its own, such as /weixin";
const KIND_HELP: &str = "account or miniprogram";
const TOGETHER_HELP: &str = "WENLU_WEIXIN_APPID and WENLU_WEIXIN_TOKEN go together; the other names of WENLU_WEIXIN_ go with them";
const ACCOUNTS_HELP: &str = "a TOML file with an [[account]] for each: appid, token, and perhaps aes_key, aes_key_old, path, kind, secret, send, kf";
const TWICE_HELP: &str =
    "an appid and a path for each account that no other has, nor Telegram's webhook";
/// The first parts of paths that belong to others.
const TAKEN: &[&str] = &["admin", "api", "healthz", "readyz", "metrics"];

/// The file of `WENLU_WEIXIN_ACCOUNTS`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountsFile {
    account: Vec<AccountEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEntry {
    appid: String,
    token: String,
    aes_key: Option<String>,
    aes_key_old: Option<String>,
    path: Option<String>,
    #[serde(default)]
    kind: WeixinKindSetting,
    secret: Option<String>,
    #[serde(default)]
    send: WeixinSendSetting,
    #[serde(default)]
    kf: WeixinPeopleSetting,
}

impl WeixinSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let mut accounts: Vec<WeixinAccountSetting> = named_account(reader).into_iter().collect();
        accounts.extend(
            reader
                .get(ACCOUNTS, ACCOUNTS_HELP, listed_accounts)
                .into_iter()
                .flatten(),
        );
        let api = WeixinApiSetting::read(reader);
        WeixinSettings { accounts, api }
    }

    /// Each account has an id and a path of its own; `hook`: the path of Telegram's webhook.
    pub(super) fn check_paths(&self, hook: Option<&str>, reader: &mut SettingsReader<'_>) {
        let ids: BTreeSet<_> = self.accounts.iter().map(|account| &account.appid).collect();
        let paths = self.accounts.iter().map(|account| account.path.as_str());
        let paths: BTreeSet<_> = paths.chain(hook).collect();
        let count = self.accounts.len();
        if ids.len() < count || paths.len() < count + usize::from(hook.is_some()) {
            reader.reject(
                if self.accounts.len() > 1 {
                    ACCOUNTS
                } else {
                    PATH
                },
                TWICE_HELP,
            );
        }
    }
}

fn named_account(reader: &mut SettingsReader<'_>) -> Option<WeixinAccountSetting> {
    let appid = reader.get(APPID, APPID_HELP, appid);
    let token = reader.get(TOKEN, TOKEN_HELP, WeixinToken::parse);
    let key = reader.get(KEY, KEY_HELP, EncodingAesKey::parse);
    let old_key = reader.get(OLD_KEY, KEY_HELP, EncodingAesKey::parse);
    let path = reader.get(PATH, PATH_HELP, free_path);
    let kind = reader.get(KIND, KIND_HELP, kind);
    let sending = weixin_sending::read(reader);
    let has_more = key.is_some() || old_key.is_some() || path.is_some() || kind.is_some();
    let has_more = has_more || sending.is_set();
    let (Some(appid), Some(token)) = (&appid, &token) else {
        if appid.is_some() != token.is_some() || has_more {
            reader.reject(if appid.is_none() { APPID } else { TOKEN }, TOGETHER_HELP);
        }
        return None;
    };
    if key.is_none() && old_key.is_some() {
        reader.reject(KEY, "the present key, where the one before it is set too");
    }
    Some(WeixinAccountSetting {
        appid: appid.clone(),
        token: token.clone(),
        keys: key.into_iter().chain(old_key).collect(),
        path: path.unwrap_or_else(|| DEFAULT_PATH.to_owned()),
        kind: kind.unwrap_or_default(),
        secret: sending.secret,
        send: sending.send.unwrap_or_default(),
        people: sending.people.unwrap_or_default(),
    })
}

/// `None` if a value of the file is none of an account; the file holds secrets, and is not quoted.
fn listed_accounts(file: &str) -> Option<Vec<WeixinAccountSetting>> {
    let text = std::fs::read_to_string(Path::new(file)).ok()?;
    let listed: AccountsFile = toml::from_str(&text).ok()?;
    listed.account.into_iter().map(listed_account).collect()
}

fn listed_account(entry: AccountEntry) -> Option<WeixinAccountSetting> {
    let optional = |key: Option<String>| match key {
        Some(key) => EncodingAesKey::parse(&key).map(Some),
        None => Some(None),
    };
    let (key, old_key) = (optional(entry.aes_key)?, optional(entry.aes_key_old)?);
    let appid = appid(&entry.appid)?;
    let path = match entry.path {
        Some(written) => free_path(&written)?,
        None => format!("{DEFAULT_PATH}/{appid}"),
    };
    let secret = match &entry.secret {
        Some(secret) => Some(AppSecret::parse(secret)?),
        None => None,
    };
    if entry.send == WeixinSendSetting::Active && secret.is_none() {
        return None;
    }
    Some(WeixinAccountSetting {
        appid,
        token: WeixinToken::parse(&entry.token)?,
        keys: key.into_iter().chain(old_key).collect(),
        path,
        kind: entry.kind,
        secret,
        send: entry.send,
        people: entry.kf,
    })
}

fn appid(text: &str) -> Option<String> {
    let is_id = (3..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    is_id.then(|| text.to_owned())
}

/// A path that no part of the server has.
pub(super) fn free_path(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.strip_prefix('/')?.split('/').collect();
    let is_part = |part: &&str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    let is_taken = parts.first().is_some_and(|first| TAKEN.contains(first));
    (parts.iter().all(is_part) && !is_taken).then(|| text.to_owned())
}

fn kind(text: &str) -> Option<WeixinKindSetting> {
    let read: Result<_, ValueError> = WeixinKindSetting::deserialize(text.into_deserializer());
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const KEY_TEXT: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const ID: (&str, &str) = (APPID, "wx0123456789abcdef");
    const SIGNED: (&str, &str) = (TOKEN, "wenlu-token");

    fn read(reader: &mut SettingsReader<'_>) -> WeixinSettings {
        let settings = WeixinSettings::read(reader);
        settings.check_paths(Some("/telegram"), reader);
        settings
    }

    fn bad(pairs: &[(&str, &str)]) -> Vec<String> {
        let bad = read_pairs(pairs, read).unwrap_err();
        bad.0.into_iter().map(|bad| bad.name).collect()
    }

    #[test]
    fn an_account_by_its_names() {
        let none = read_pairs(&[], WeixinSettings::read).unwrap();
        assert_eq!(none, WeixinSettings::default());
        let plain = read_pairs(&[ID, SIGNED], WeixinSettings::read).unwrap();
        assert_eq!(plain.accounts[0].path, "/weixin");
        assert!(plain.accounts[0].keys.is_empty());
        let sealed = [
            ID,
            SIGNED,
            (KEY, KEY_TEXT),
            (OLD_KEY, KEY_TEXT),
            (PATH, "/wx/a_1"),
            (KIND, "miniprogram"),
            ("WENLU_WEIXIN_SECRET", SECRET),
            ("WENLU_WEIXIN_SEND", "active"),
            ("WENLU_WEIXIN_KF", "transfer"),
        ];
        let sealed = read_pairs(&sealed, WeixinSettings::read).unwrap();
        let account = &sealed.accounts[0];
        assert_eq!((account.keys.len(), account.path.as_str()), (2, "/wx/a_1"));
        assert_eq!(account.kind, WeixinKindSetting::MiniProgram);
        assert_eq!(account.send, WeixinSendSetting::Active);
        assert_eq!(account.people, WeixinPeopleSetting::Transfer);
        let shown = format!("{sealed:?}");
        for secret in ["wenlu-token", "AAEC", SECRET] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn what_no_account_has() {
        for (pairs, names) in [
            (&[ID][..], &[TOKEN][..]),
            (&[SIGNED], &[APPID]),
            (&[(KEY, KEY_TEXT)], &[APPID]),
            (&[ID, SIGNED, (OLD_KEY, KEY_TEXT)], &[KEY]),
            (&[ID, SIGNED, (KEY, "short")], &[KEY]),
            (&[ID, SIGNED, (PATH, "/")], &[PATH]),
            (&[ID, SIGNED, (PATH, "/admin/wx")], &[PATH]),
            (&[ID, SIGNED, (PATH, "weixin")], &[PATH]),
            (&[ID, SIGNED, (PATH, "/{any}")], &[PATH]),
            (&[ID, SIGNED, (PATH, "/telegram")], &[PATH]),
            (&[ID, SIGNED, (KIND, "wecom")], &[KIND]),
            (
                &[ID, SIGNED, ("WENLU_WEIXIN_SEND", "active")],
                &["WENLU_WEIXIN_SECRET"],
            ),
            (&[("WENLU_WEIXIN_SECRET", SECRET)], &[APPID]),
            (
                &[ID, SIGNED, ("WENLU_WEIXIN_SEND", "push")],
                &["WENLU_WEIXIN_SEND"],
            ),
            (&[(ACCOUNTS, "/no/such/file")], &[ACCOUNTS]),
        ] {
            assert_eq!(bad(pairs), names, "{pairs:?}");
        }
    }

    #[test]
    fn several_accounts_by_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let listed = (ACCOUNTS, file.path().to_str().unwrap().to_owned());
        let write = |text: &str| std::fs::write(file.path(), text).unwrap();
        let two = "[[account]]\nappid = \"wxa\"\ntoken = \"tokena\"\n\n\
                   [[account]]\nappid = \"wxb\"\ntoken = \"tokenb\"\npath = \"/b\"\nkind = \"miniprogram\"\n";
        write(two);
        let pairs = [ID, SIGNED, (listed.0, listed.1.as_str())];
        let accounts = read_pairs(&pairs, WeixinSettings::read).unwrap().accounts;
        let paths: Vec<_> = accounts
            .iter()
            .map(|account| account.path.as_str())
            .collect();
        assert_eq!(paths, ["/weixin", "/weixin/wxa", "/b"]);
        for wrong in [
            "[[account]]\nappid = \"wxa\"\n".to_owned(),
            format!("{two}\n[[account]]\nappid = \"wxa\"\ntoken = \"tokena\"\npath = \"/c\"\n"),
            format!("{two}\n[[account]]\nappid = \"wxc\"\ntoken = \"tokena\"\npath = \"/b\"\n"),
            format!("{two}secret = \"x\"\n"),
            format!("{two}send = \"active\"\n"),
            format!("{two}unknown = \"x\"\n"),
        ] {
            write(&wrong);
            assert_eq!(bad(&pairs), [ACCOUNTS], "{wrong}");
        }
    }
}
