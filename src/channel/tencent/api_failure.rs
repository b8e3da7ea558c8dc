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
    Refused {
        code: i64,
        message: String,
        meaning: RefusalMeaning,
    },
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
    /// The same message was taken before.
    Repeated,
    /// The session with the asker is one in which this cannot be done: a person serves, or it ended.
    WrongState,
    /// The person who was to take over cannot.
    NoServicer,
    /// Nothing can be sent until an operator acts, or the day is over.
    Stopped(SendingFaultKind),
}

/// The codes of a product, and what they mean. Others may pass.
pub(in crate::channel) type RefusalCodes = &'static [(i64, RefusalMeaning)];

impl ApiFailure {
    /// `message`: what the platform says beside the code.
    pub(super) fn refused(code: i64, message: &str, codes: RefusalCodes) -> Self {
        let known = codes.iter().find(|(known, _)| *known == code);
        ApiFailure::Refused {
            code,
            message: message.chars().take(MAX_MESSAGE_CHARS).collect(),
            meaning: known.map_or(RefusalMeaning::Later, |(_, meaning)| *meaning),
        }
    }

    /// `None`: the platform has not refused it.
    pub(crate) fn meaning(&self) -> Option<RefusalMeaning> {
        match self {
            ApiFailure::Refused { meaning, .. } => Some(*meaning),
            _ => None,
        }
    }

    /// Whether what was sent has certainly not arrived.
    pub(in crate::channel) fn has_not_arrived(&self) -> bool {
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

    /// The address that the platform names: `invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist`,
    /// `not allow to access from your ip, from ip: 1.2.3.4`.
    pub(crate) fn address(&self) -> Option<String> {
        let ApiFailure::Refused { message, .. } = self else {
            return None;
        };
        let words = message
            .split([' ', ',', ':'])
            .filter(|word| !word.is_empty());
        let behind = words.clone().skip(1);
        let found = words
            .zip(behind)
            .find(|(word, address)| *word == "ip" && address.parse::<std::net::IpAddr>().is_ok());
        found.map(|(_, address)| address.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: RefusalCodes = &[(
        40_164,
        RefusalMeaning::Stopped(SendingFaultKind::AddressNotListed),
    )];

    fn refused(code: i64, message: &str) -> ApiFailure {
        ApiFailure::refused(code, message, CODES)
    }

    #[test]
    fn the_address_to_be_listed_is_found() {
        for message in [
            "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 66a",
            "not allow to access from your ip, hint: [1700000000_1_a], from ip: 203.0.113.7, more info",
        ] {
            let wanted = (SendingFaultKind::AddressNotListed, "203.0.113.7".to_owned());
            assert_eq!(refused(40_164, message).fault(), Some(wanted));
        }
        let unnamed = refused(40_164, "not in whitelist").fault();
        assert_eq!(unnamed.unwrap().1, "errcode 40164: not in whitelist");
    }

    #[test]
    fn others_may_pass() {
        let unknown = refused(99_999, "");
        assert_eq!(unknown.meaning(), Some(RefusalMeaning::Later));
        assert_eq!(
            (unknown.fault(), ApiFailure::Timeout.meaning()),
            (None, None)
        );
    }
}
