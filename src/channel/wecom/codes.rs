//! The codes with which WeCom's API refuses. Must not know: what is done about them.

use crate::channel::tencent::{ApiFailure, RefusalCodes, RefusalMeaning as Means};
use crate::store::service_access::SendingFaultKind;

/// The token of a notice is over: messages are pulled without it.
pub(super) const NOTICE_TOKEN: i64 = 95_007;

/// The codes.
pub(super) const CODES: RefusalCodes = &[
    (-1, Means::Later),
    (40_014, Means::TokenOver),
    (42_001, Means::TokenOver),
    (41_001, Means::TokenOver),
    (40_001, Means::Stopped(SendingFaultKind::Secret)),
    (40_013, Means::Stopped(SendingFaultKind::Account)),
    (60_020, Means::Stopped(SendingFaultKind::AddressNotListed)),
    (48_002, Means::Stopped(SendingFaultKind::NoRight)),
    (95_017, Means::Stopped(SendingFaultKind::NoRight)),
    (45_009, Means::MinuteQuota),
    (95_001, Means::NoCredit),
    (95_002, Means::NoCredit),
    (95_013, Means::WrongState),
    (95_016, Means::WrongState),
    (95_018, Means::WrongState),
    (95_014, Means::NoServicer),
    (40_003, Means::NoServicer),
    (60_111, Means::NoServicer),
    (40_096, Means::ChatGone),
    (84_061, Means::ChatGone),
    (95_000, Means::ChatGone),
    (95_004, Means::ChatGone),
    (45_002, Means::Mistake),
    (44_004, Means::Mistake),
    (40_008, Means::Mistake),
    (40_033, Means::Mistake),
    (40_058, Means::Mistake),
    (95_008, Means::Mistake),
    (95_009, Means::Mistake),
];

/// A refusal of a message because one with its id was taken before. No documentation gives its code;
/// our ids are well-formed, so that no other complaint can be about them.
pub(super) fn of_own_id(failure: ApiFailure) -> ApiFailure {
    match failure {
        ApiFailure::Refused {
            code,
            message,
            meaning: Means::Mistake | Means::Later,
        } if message.contains("msgid") => ApiFailure::Refused {
            code,
            message,
            meaning: Means::Repeated,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_once() {
        for (at, (code, _)) in CODES.iter().enumerate() {
            assert!(CODES[..at].iter().all(|(other, _)| other != code), "{code}");
        }
    }
}
