//! What the platform's API refuses. In: an `errcode`, or what became of the connection. Out: an
//! [`ApiFailure`], and what it means. Must not know: what was sent, when it is tried again.

use crate::store::service_access::SendingFaultKind;

/// The most characters of a message of the platform that are kept: it names the request and, once,
/// an address.
const MAX_MESSAGE_CHARS: usize = 160;

/// Why a call was not answered, or was refused. Neither the token nor what was sent is part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiFailure {
    #[error("errcode {code}: {message}")]
    Refused { code: i64, message: String },
    #[error("no connection")]
    Unreached,
    #[error("no answer in time")]
    Timeout,
    #[error("the connection was cut")]
    Cut,
    #[error("HTTP status {0}")]
    Status(u16),
    #[error("an answer that is none")]
    Unreadable,
    /// The database, where a token is kept, does not answer, or another process holds the lease.
    #[error("the token could not be read or kept")]
    Store,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalMeaning {
    /// The token is over: the same call is made with another one.
    TokenOver,
    /// The same call may be taken later.
    Later,
    /// So many calls were made in this minute.
    MinuteQuota,
    /// The asker may not be written to now.
    NoCredit,
    /// The asker cannot be written to: not following, unknown, or on the black list.
    ChatGone,
    /// What was sent is wrong in itself.
    Mistake,
    /// What was sent says what the platform does not let pass.
    Content,
    /// Nothing can be sent until an operator acts, or the day is over.
    Stopped(SendingFaultKind),
}

use RefusalMeaning as Means;

/// The platform's codes. Others may pass.
const CODES: &[(i64, RefusalMeaning)] = &[
    (-1, Means::Later),
    (40_001, Means::TokenOver),
    (40_014, Means::TokenOver),
    (42_001, Means::TokenOver),
    (41_001, Means::TokenOver),
    (45_009, Means::Stopped(SendingFaultKind::DayQuota)),
    (45_011, Means::MinuteQuota),
    (45_015, Means::NoCredit),
    (45_047, Means::NoCredit),
    (43_004, Means::ChatGone),
    (40_003, Means::ChatGone),
    (43_019, Means::ChatGone),
    (45_002, Means::Mistake),
    (44_004, Means::Mistake),
    (40_033, Means::Mistake),
    (87_014, Means::Content),
    (45_166, Means::Content),
    (48_001, Means::Stopped(SendingFaultKind::NoRight)),
    (48_004, Means::Stopped(SendingFaultKind::NoRight)),
    (40_013, Means::Stopped(SendingFaultKind::Account)),
    (50_002, Means::Stopped(SendingFaultKind::Account)),
    (50_007, Means::Stopped(SendingFaultKind::Account)),
    (40_125, Means::Stopped(SendingFaultKind::Secret)),
    (40_243, Means::Stopped(SendingFaultKind::Secret)),
    (40_164, Means::Stopped(SendingFaultKind::AddressNotListed)),
    (89_501, Means::Stopped(SendingFaultKind::AddressNotListed)),
    (89_503, Means::Stopped(SendingFaultKind::AddressNotListed)),
    (89_506, Means::Stopped(SendingFaultKind::AddressNotListed)),
    (89_507, Means::Stopped(SendingFaultKind::AddressNotListed)),
];

impl ApiFailure {
    /// `message`: what the platform says beside the code.
    pub(super) fn refused(code: i64, message: &str) -> Self {
        ApiFailure::Refused {
            code,
            message: message.chars().take(MAX_MESSAGE_CHARS).collect(),
        }
    }

    /// `None`: the platform has not refused it.
    pub(crate) fn meaning(&self) -> Option<RefusalMeaning> {
        let ApiFailure::Refused { code, .. } = self else {
            return None;
        };
        let known = CODES.iter().find(|(known, _)| known == code);
        Some(known.map_or(Means::Later, |(_, meaning)| *meaning))
    }

    /// Whether what was sent has certainly not arrived.
    pub(super) fn has_not_arrived(&self) -> bool {
        // -1: the platform is busy, and does not say since when
        let is_refusal = matches!(self, ApiFailure::Refused { code, .. } if *code != -1);
        is_refusal || matches!(self, ApiFailure::Unreached | ApiFailure::Store)
    }

    /// Why nothing can be sent, and what an operator has to know of it; `None`: other calls may go
    /// through.
    pub(crate) fn fault(&self) -> Option<(SendingFaultKind, String)> {
        let kind = match self.meaning()? {
            RefusalMeaning::Stopped(kind) => kind,
            RefusalMeaning::TokenOver => SendingFaultKind::Token,
            _ => return None,
        };
        let detail = match (kind, self.address()) {
            (SendingFaultKind::AddressNotListed, Some(address)) => address,
            _ => self.to_string(),
        };
        Some((kind, detail))
    }

    /// The address that the platform names: `invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist`.
    pub(crate) fn address(&self) -> Option<String> {
        let ApiFailure::Refused { message, .. } = self else {
            return None;
        };
        let mut words = message
            .split([' ', ',', ':'])
            .skip_while(|word| *word != "ip");
        let address = words.nth(1)?;
        let is_address = address.parse::<std::net::IpAddr>().is_ok();
        is_address.then(|| address.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_to_be_listed_is_found() {
        let message = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 66a";
        let failure = ApiFailure::refused(40_164, message);
        let wanted = (SendingFaultKind::AddressNotListed, "203.0.113.7".to_owned());
        assert_eq!(failure.fault(), Some(wanted));
        let unnamed = ApiFailure::refused(40_164, "not in whitelist").fault();
        assert_eq!(unnamed.unwrap().1, "errcode 40164: not in whitelist");
    }

    #[test]
    fn each_code_stands_once_and_others_may_pass() {
        for (at, (code, meaning)) in CODES.iter().enumerate() {
            assert!(CODES[..at].iter().all(|(other, _)| other != code), "{code}");
            assert_eq!(ApiFailure::refused(*code, "").meaning(), Some(*meaning));
        }
        let unknown = ApiFailure::refused(99_999, "");
        assert_eq!(unknown.meaning(), Some(RefusalMeaning::Later));
        assert_eq!(
            (unknown.fault(), ApiFailure::Timeout.meaning()),
            (None, None)
        );
    }
}
