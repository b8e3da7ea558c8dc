//! Who a visitor is, as the server of their site signs it: a JSON Web Token of HS256. In: a token,
//! secrets, the time. Out: a [`Visitor`], or why not. How long a wrong signature takes to refuse says
//! nothing about the secret. Must not know: conversations, requests.

use super::EmbedOrigins;
use crate::secret::EmbedSecret;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use wenlu_core::model::Timestamp;
use wenlu_core::text::safe::without_control_chars;

/// Longer ones are not looked at.
const MOST_BYTES: usize = 4_096;
/// Characters of a visitor's id, and of their name.
const MOST_SUBJECT: usize = 128;
const MOST_NAME: usize = 60;
/// A token that holds for longer would stay good after the visitor has signed out.
const LONGEST: i64 = 24 * 3_600;
/// How far the two servers' clocks may be apart, in seconds.
const CLOCKS_APART: i64 = 60;

/// A visitor of a site, as its server knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::channel::web) struct Visitor {
    pub site: String,
    /// The site's own id of them.
    pub subject: String,
    pub name: Option<String>,
}

/// Why a token is not taken. Contains nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenRefusal {
    #[error("WENLU_EMBED_SECRETS is not set where the server runs")]
    NoSecret,
    #[error("`token` is no JSON Web Token: three parts in base64url, separated by dots")]
    Malformed,
    #[error("the token's `alg` must be HS256")]
    Algorithm,
    #[error("the token is signed with another secret than those of WENLU_EMBED_SECRETS")]
    Signature,
    #[error("the token's claims must have `sub` (text), `exp` (seconds since 1970) and `aud`")]
    Claims,
    #[error("the token's `sub` must have 1 to 128 characters")]
    Subject,
    #[error("the token has expired: its `exp` is over")]
    Expired,
    #[error("the token's `exp` is more than 24 hours ahead")]
    TooLong,
    #[error("the token's `aud` must be the origin of the site, one of WENLU_EMBED_ORIGINS")]
    Audience,
}

#[derive(Deserialize)]
struct TokenHeader {
    alg: String,
}

#[derive(Deserialize)]
struct TokenClaims {
    sub: String,
    exp: i64,
    aud: TokenAudience,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TokenAudience {
    One(String),
    Several(Vec<String>),
}

/// Reads a token.
pub(in crate::channel::web) fn visitor(
    token: &str,
    secrets: &[EmbedSecret],
    origins: &EmbedOrigins,
    now: Timestamp,
) -> Result<Visitor, TokenRefusal> {
    if secrets.is_empty() {
        return Err(TokenRefusal::NoSecret);
    }
    let claims: TokenClaims = signed_claims(token, secrets)?;
    let now = now.0.div_euclid(1_000);
    if claims.exp < now.saturating_sub(CLOCKS_APART) {
        return Err(TokenRefusal::Expired);
    }
    if claims.exp > now.saturating_add(LONGEST + CLOCKS_APART) {
        return Err(TokenRefusal::TooLong);
    }
    let named = match claims.aud {
        TokenAudience::One(site) => vec![site],
        TokenAudience::Several(sites) => sites,
    };
    let site = named.into_iter().find(|site| origins.allows(site));
    let site = site.ok_or(TokenRefusal::Audience)?;
    let subject = without_control_chars(&claims.sub);
    if !(1..=MOST_SUBJECT).contains(&subject.chars().count()) || subject != claims.sub {
        return Err(TokenRefusal::Subject);
    }
    let name = claims.name.map(|name| shown_name(&name));
    Ok(Visitor {
        site,
        subject,
        name: name.filter(|name| !name.is_empty()),
    })
}

fn shown_name(name: &str) -> String {
    let name = without_control_chars(name);
    name.trim().chars().take(MOST_NAME).collect()
}

/// The claims, once one of the secrets has signed them.
fn signed_claims<T: DeserializeOwned>(
    token: &str,
    secrets: &[EmbedSecret],
) -> Result<T, TokenRefusal> {
    let malformed = TokenRefusal::Malformed;
    if token.len() > MOST_BYTES {
        return Err(malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(malformed)?;
    let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed);
    let (header, claims, signature) = (bytes(header)?, bytes(claims)?, bytes(signature)?);
    let header: TokenHeader = serde_json::from_slice(&header).map_err(|_| malformed)?;
    if header.alg != "HS256" {
        return Err(TokenRefusal::Algorithm);
    }
    if !is_signed(secrets, signed, &signature) {
        return Err(TokenRefusal::Signature);
    }
    serde_json::from_slice(&claims).map_err(|_| TokenRefusal::Claims)
}

/// Whether one of the secrets gives this signature; all are tried.
pub(super) fn is_signed(secrets: &[EmbedSecret], signed: &str, signature: &[u8]) -> bool {
    let is_of = |secret: &EmbedSecret| mac(secret, signed).verify_slice(signature).is_ok();
    secrets
        .iter()
        .map(is_of)
        .fold(false, |one, other| one | other)
}

pub(super) fn mac(secret: &EmbedSecret, signed: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal()).expect("any length is a key");
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp(1_700_000_000_000);
    const SITE: &str = "https://www.shop.example";

    fn secret(text: &str) -> EmbedSecret {
        EmbedSecret::parse(text).unwrap()
    }

    fn token(header: &Value, claims: &Value, secret: &EmbedSecret) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = mac(secret, &signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn what_is_taken_and_what_is_not() {
        let (first, second) = (secret(&"a".repeat(32)), secret(&"b".repeat(32)));
        let (secrets, origins) = (
            [first.clone(), second.clone()],
            EmbedOrigins::new(vec!["https://*.shop.example".to_owned()]),
        );
        let read = |token: &str| visitor(token, &secrets, &origins, NOW);
        let hs256 = json!({"alg": "HS256", "typ": "JWT"});
        let good = json!({"sub": "u42", "exp": 1_700_000_600, "aud": SITE, "name": " 王芳\u{7} ", "plan": "gold"});
        let wanted = Visitor {
            site: SITE.to_owned(),
            subject: "u42".to_owned(),
            name: Some("王芳".to_owned()),
        };
        for secret in &secrets {
            assert_eq!(read(&token(&hs256, &good, secret)), Ok(wanted.clone()));
        }
        let with = |key: &str, value: Value| {
            let mut claims = good.clone();
            claims[key] = value;
            read(&token(&hs256, &claims, &first))
        };
        assert!(with("aud", json!(["https://other.example", SITE])).is_ok());
        assert_eq!(
            with("exp", json!(1_699_999_000)),
            Err(TokenRefusal::Expired)
        );
        assert_eq!(
            with("exp", json!(1_700_090_000)),
            Err(TokenRefusal::TooLong)
        );
        assert_eq!(with("exp", json!("soon")), Err(TokenRefusal::Claims));
        assert_eq!(with("sub", json!("")), Err(TokenRefusal::Subject));
        assert_eq!(with("sub", json!(42)), Err(TokenRefusal::Claims));
        assert_eq!(
            with("aud", json!("https://shop.evil.example")),
            Err(TokenRefusal::Audience)
        );
        let other = token(&hs256, &good, &secret(&"c".repeat(32)));
        assert_eq!(read(&other), Err(TokenRefusal::Signature));
        let none = token(&json!({"alg": "none"}), &good, &first);
        assert_eq!(read(&none), Err(TokenRefusal::Algorithm));
        let unsigned = none.rsplit_once('.').unwrap().0;
        assert_eq!(read(&format!("{unsigned}.")), Err(TokenRefusal::Algorithm));
        for bad in ["", "a.b", "a.b.c", "..", &"x".repeat(5_000)] {
            assert_eq!(read(bad), Err(TokenRefusal::Malformed), "{bad}");
        }
        let refused = visitor(&token(&hs256, &good, &first), &[], &origins, NOW);
        assert_eq!(refused, Err(TokenRefusal::NoSecret));
    }
}
