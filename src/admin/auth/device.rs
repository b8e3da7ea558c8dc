//! Browsers that have signed in before. In: what a browser's cookie holds, and the account whose name
//! is typed. Out: the name under which that browser's attempts are counted, apart from those of
//! strangers: whoever tries passwords from many addresses locks no account holder out of the browser
//! that they use. Must not know: HTTP.
//!
//! The cookie is a random number and its signature. The key is the account's password hash, so that
//! a new password makes all browsers strangers, and nothing has to be stored.

use super::secret::{AuthSecret, NoEntropy, constant_time_eq, derived};
use crate::store::accounts::Account;
use crate::store::attempts::DEVICE_CLIENT;

/// What the cookie of a browser holds in which `account` has signed in.
pub(crate) fn issue(account: &Account) -> Result<Option<String>, NoEntropy> {
    let number = AuthSecret::new()?;
    Ok(signature(account, number.reveal())
        .map(|signature| format!("{}{signature}", number.reveal())))
}

/// The name under which attempts of this browser for `account` are counted; `None`: it is a stranger.
pub(crate) fn recognise(account: &Account, held: &str) -> Option<String> {
    let (number, signed) = held.split_at_checked(64)?;
    let number = AuthSecret::parse(number)?;
    let known = constant_time_eq(signed, &signature(account, number.reveal())?);
    known.then(|| format!("{DEVICE_CLIENT}{}", number.hash()))
}

/// Hashed twice: what is appended to the first text cannot be signed without the key. `None` if the
/// account has no password, with which nobody could have signed in.
fn signature(account: &Account, number: &str) -> Option<String> {
    let key = &account.password.as_ref()?.0;
    let inner = derived("wenlu device", &format!("{key} {} {number}", account.id));
    Some(derived("wenlu device signature", &inner))
}
