//! From a name, a password and an optional code to a session. An attempt is counted before it is
//! checked, so that parallel attempts cannot exceed the limit.

use super::password;
use super::second;
use super::secret::Secret;
use crate::admin::{Admin, AdminError};
use crate::store::accounts::Account;
use crate::store::audit::{Action, By};
use crate::store::sessions::{Limits, Session};
use std::time::Duration;

/// A session ends after this time without use (`idle`), and this long after sign-in (`absolute`).
pub const LIMITS: Limits = Limits { idle: Duration::from_secs(2 * 3_600), absolute: Duration::from_secs(12 * 3_600) };
/// Failed attempts allowed within this window: for a name from one address (`PER_PAIR`), from one
/// address (`PER_CLIENT`), for one name (`PER_NAME`).
pub const WINDOW: Duration = Duration::from_secs(15 * 60);
const PER_PAIR: i64 = 5;
const PER_CLIENT: i64 = 20;
const PER_NAME: i64 = 50;
/// Characters of the User-Agent header that are stored.
const AGENT: usize = 120;

/// Why a sign-in is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Wrong name, password or code: deliberately not said which.
    Wrong,
    /// Too many failed attempts.
    TooMany,
}

/// What was typed into the sign-in form.
pub struct Offer<'a> {
    pub name: &'a str,
    pub password: &'a str,
    pub code: &'a str,
}

/// The account that the credentials belong to.
pub async fn prove(admin: &Admin, by: &By, offer: Offer<'_>) -> Result<Result<Account, Refused>, AdminError> {
    let store = admin.store();
    let counted = store.attempt(offer.name, &by.client, by.at, WINDOW).await?;
    if counted.pair > PER_PAIR || counted.client > PER_CLIENT || counted.name > PER_NAME {
        store.forget_attempt(counted.id).await?;
        return Ok(Err(Refused::TooMany));
    }
    let found = store.account(offer.name).await?.filter(|account| !account.disabled);
    let hash = found.as_ref().and_then(|account| account.password.clone()).map(|hash| hash.0);
    let typed = offer.password.to_owned();
    let right = admin.aside(move || password::is_right(&typed, hash.as_deref())).await?;
    let Some(account) = found else { return Ok(Err(Refused::Wrong)) };
    if right && code_is_right(admin, &account, offer.code, by).await? {
        store.forget_attempt(counted.id).await?;
        return Ok(Ok(account));
    }
    let detail = if right { "code" } else { "password" };
    let by = By { actor: account.name.clone(), ..by.clone() };
    store.note(by, Action::SignInFailed, account.name, detail.into()).await?;
    Ok(Err(Refused::Wrong))
}

/// Opens a session of `account`; `agent` is the User-Agent header.
pub async fn open(admin: &Admin, by: By, account: &Account, agent: &str) -> Result<Secret, AdminError> {
    let secret = Secret::new()?;
    let session = Session {
        token: secret.hash(),
        created_at: by.at,
        seen_at: by.at,
        client: by.client.clone(),
        agent: agent.chars().take(AGENT).collect(),
    };
    let by = By { actor: account.name.clone(), ..by };
    admin.store().open_session(by, account.id, session, LIMITS).await?;
    Ok(secret)
}

async fn code_is_right(admin: &Admin, account: &Account, code: &str, by: &By) -> Result<bool, AdminError> {
    let Some(secret) = &account.second else { return Ok(true) };
    match second::step(&secret.0, code, by.at) {
        // each code is accepted once, so that one seen over a shoulder is useless
        Some(step) => Ok(admin.store().use_step(account.id, step).await?),
        None => Ok(false),
    }
}
