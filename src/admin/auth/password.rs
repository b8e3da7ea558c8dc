//! Passwords. In: what was typed. Out: an Argon2id string, or whether it matches one. Hashing takes
//! tens of milliseconds and 19 MiB by design: never do it on a thread that serves
//! requests.

use super::password_hash::PooledArgon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::collections::BTreeSet;
use std::sync::LazyLock;

const SHORTEST: usize = 10;
/// In characters, exclusive: a password has fewer.
const LONGEST: usize = 200;
const FEWEST_DISTINCT: usize = 5;

/// A password that meets the rules. Has no `Debug`, so that it is not logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("密码至少要有 {SHORTEST} 个字符，长一点的一句话最好记")]
    Short,
    #[error("密码最多 {LONGEST} 个字符")]
    Long,
    #[error("密码太容易猜：请用更多不同的字符")]
    TooFewDistinct,
    #[error("密码里不要带帐号名")]
    HoldsName,
}

#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct PasswordHashError(String);

impl Password {
    /// `name` is the account's name, which the password must not contain.
    pub fn parse(text: &str, name: &str) -> Result<Self, WeakPassword> {
        match text.chars().count() {
            ..SHORTEST => Err(WeakPassword::Short),
            LONGEST.. => Err(WeakPassword::Long),
            _ if text.chars().collect::<BTreeSet<_>>().len() < FEWEST_DISTINCT => {
                Err(WeakPassword::TooFewDistinct)
            }
            _ if text.to_lowercase().contains(name) => Err(WeakPassword::HoldsName),
            _ => Ok(Self(text.to_owned())),
        }
    }

    pub fn hash(&self) -> Result<String, PasswordHashError> {
        PooledArgon2
            .hash_password(self.0.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|e| PasswordHashError(e.to_string()))
    }
}

/// Whether `typed` matches `hash`. Without a hash the same work is done, so that response time does
/// not reveal whether the account exists.
pub fn verify(typed: &str, hash: Option<&str>) -> bool {
    static NOBODYS: LazyLock<String> = LazyLock::new(|| {
        Password("nobody's password".into())
            .hash()
            .unwrap_or_default()
    });
    if typed.chars().count() >= LONGEST {
        return false;
    }
    let matches = PasswordHash::new(hash.unwrap_or(&NOBODYS)).is_ok_and(|known| {
        PooledArgon2
            .verify_password(typed.as_bytes(), &known)
            .is_ok()
    });
    matches && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_hash_and_no_other_does() {
        let hash = Password::parse("问路的人都要喝水 2026", "ann")
            .ok()
            .unwrap()
            .hash()
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(verify("问路的人都要喝水 2026", Some(&hash)));
        assert!(!verify("问路的人都要喝水 2027", Some(&hash)));
        assert!(!verify("nobody's password", None));
        assert!(!verify("anything at all", Some("not a hash")));
    }

    #[test]
    fn weak_ones() {
        let refused = |text: &str| Password::parse(text, "ann.li").err();
        assert_eq!(refused("short 9ch"), Some(WeakPassword::Short));
        assert_eq!(refused("aaaaaaaabbbb"), Some(WeakPassword::TooFewDistinct));
        assert_eq!(refused("my Ann.Li 2026"), Some(WeakPassword::HoldsName));
        assert_eq!(refused(&"长".repeat(200)), Some(WeakPassword::Long));
        assert_eq!(refused("客服中心的老地方见面吧"), None);
    }
}
