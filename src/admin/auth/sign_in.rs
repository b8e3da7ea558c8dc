//! From a name, a password and an optional code to a session. An attempt is counted before it is
//! checked, so that parallel attempts cannot exceed the limit.

use super::device;
use super::password;
use super::recovery;
use super::secret::AuthSecret;
use super::totp;
use crate::admin::error::AdminError;
use crate::admin::state::AdminState;
use crate::store::accounts::Account;
use crate::store::attempts::FailedAttempt;
use crate::store::audit::AuditActor;
use crate::store::sessions::{Session, SessionLimits};
use std::time::Duration;

/// A session ends after this time without use (`idle`), and this long after sign-in (`absolute`).
pub const SESSION_LIMITS: SessionLimits = SessionLimits {
    idle: Duration::from_secs(2 * 3_600),
    absolute: Duration::from_secs(12 * 3_600),
};
/// Failed attempts allowed within this window: for a name from one address (`PER_PAIR`), from one
/// address (`PER_CLIENT`), for one name (`PER_NAME`); for a name in a browser where it has signed in
/// before (`PER_DEVICE`).
pub const ATTEMPT_WINDOW: Duration = Duration::from_secs(15 * 60);
const PER_PAIR: i64 = 5;
const PER_CLIENT: i64 = 20;
const PER_NAME: i64 = 50;
const PER_DEVICE: i64 = 10;
/// Characters of the User-Agent header that are stored.
const MAX_AGENT_CHARS: usize = 120;

/// Why a sign-in is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRefusal {
    /// Wrong name, password or code: deliberately not said which.
    Wrong,
    /// Too many failed attempts.
    TooMany,
}

/// What was typed into the sign-in form.
pub struct Credentials<'a> {
    pub name: &'a str,
    pub password: &'a str,
    pub code: &'a str,
    /// What the browser's device cookie holds.
    pub known_by: Option<&'a str>,
}

/// The account that the credentials belong to. `known_by` is what the browser's device cookie holds.
///
/// A name that belongs to nobody takes the same way as any other: one look-up, one hash, one write.
pub async fn check_credentials(
    admin: &AdminState,
    by: &AuditActor,
    offer: Credentials<'_>,
) -> Result<Result<Account, SignInRefusal>, AdminError> {
    let store = admin.store();
    let found = store
        .accounts()
        .find(offer.name)
        .await?
        .filter(|account| !account.disabled);
    let Some(attempt) = begin_attempt(admin, by, &offer, found.as_ref()).await? else {
        return Ok(Err(SignInRefusal::TooMany));
    };
    let hash = found
        .as_ref()
        .and_then(|account| account.password.clone())
        .map(|hash| hash.0);
    let typed = offer.password.to_owned();
    let right = admin
        .run_limited(move || password::verify(&typed, hash.as_deref()))
        .await?;
    if let Some(account) = found.clone()
        && right
        && code_is_right(admin, &account, offer.code, by).await?
    {
        store.sessions().forget_attempt(attempt).await?;
        return Ok(Ok(account));
    }
    let failed = found.map(|account| FailedAttempt {
        by: AuditActor {
            actor: account.name.clone(),
            ..by.clone()
        },
        account: account.name,
        detail: if right { "code" } else { "password" },
    });
    store.sessions().end_attempt(attempt, failed).await?;
    Ok(Err(SignInRefusal::Wrong))
}

/// Counts the attempt; `None` if there were too many. Browsers in which the account has signed in
/// before are counted by themselves: strangers cannot use up their attempts.
async fn begin_attempt(
    admin: &AdminState,
    by: &AuditActor,
    offer: &Credentials<'_>,
    found: Option<&Account>,
) -> Result<Option<i64>, AdminError> {
    let device = found
        .zip(offer.known_by)
        .and_then(|(account, known_by)| device::recognise(account, known_by));
    let is_known = device.is_some();
    let client = device.unwrap_or_else(|| by.client.clone());
    let sessions = admin.store().sessions();
    let counted = sessions
        .record_attempt(offer.name, &client, by.at, ATTEMPT_WINDOW)
        .await?;
    let too_many = match is_known {
        true => counted.pair > PER_DEVICE,
        false => counted.pair > PER_PAIR || counted.client > PER_CLIENT || counted.name > PER_NAME,
    };
    if too_many {
        sessions.forget_attempt(counted.id).await?;
        return Ok(None);
    }
    Ok(Some(counted.id))
}

/// Opens a session of `account`; `agent` is the User-Agent header.
pub async fn open(
    admin: &AdminState,
    by: AuditActor,
    account: &Account,
    agent: &str,
) -> Result<AuthSecret, AdminError> {
    let secret = AuthSecret::new()?;
    let session = Session {
        token: secret.hash(),
        created_at: by.at,
        seen_at: by.at,
        client: by.client.clone(),
        agent: agent.chars().take(MAX_AGENT_CHARS).collect(),
    };
    let by = AuditActor {
        actor: account.name.clone(),
        ..by
    };
    admin
        .store()
        .sessions()
        .open(by, account.id, session)
        .await?;
    Ok(secret)
}

async fn code_is_right(
    admin: &AdminState,
    account: &Account,
    code: &str,
    by: &AuditActor,
) -> Result<bool, AdminError> {
    let Some(secret) = &account.second else {
        return Ok(true);
    };
    match totp::matching_step(&secret.0, code, by.at) {
        // each code is accepted once, so that one seen over a shoulder is useless
        Some(step) => Ok(admin.store().accounts().use_step(account.id, step).await?),
        None => spend_recovery_code(admin, account, code, by).await,
    }
}

/// Whether what was typed is a recovery code that was not used before; it is used up.
async fn spend_recovery_code(
    admin: &AdminState,
    account: &Account,
    typed: &str,
    by: &AuditActor,
) -> Result<bool, AdminError> {
    let Some(hash) = recovery::hash_of(account.id, typed) else {
        return Ok(false);
    };
    let by = AuditActor {
        actor: account.name.clone(),
        ..by.clone()
    };
    let accounts = admin.store().accounts();
    let left = accounts
        .use_recovery_code(by, account.clone(), hash)
        .await?;
    Ok(left.is_some())
}
