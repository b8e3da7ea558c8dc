//! The codes with which WeChat's API refuses. Must not know: what is done about them.

use crate::channel::tencent::{RefusalCodes, RefusalMeaning as Means};
use crate::store::service_access::SendingFaultKind;

/// The codes.
pub(super) const CODES: RefusalCodes = &[
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
