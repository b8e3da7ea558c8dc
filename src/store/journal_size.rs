//! The size of the journal beside its limit. In: bytes. Out: whether somebody should know, and how
//! much has to go. Must not know: what is in the journal.

/// It is said when all but one of so many parts are used.
const WARNED_PARTS: u64 = 4;
/// One of so many parts is made free.
const SPARE_PARTS: u64 = 10;
/// More than one part in so many does not go without a person.
const HELD_SHARE: u64 = 4;
/// The size of the journal, with conversations and kept answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalSize {
    pub bytes: u64,
    /// `None`: it has no limit.
    pub max: Option<u64>,
}

impl JournalSize {
    /// Whether three quarters of the limit are used, so that somebody should know.
    pub fn is_near(self) -> bool {
        self.max
            .is_some_and(|max| self.bytes >= max / WARNED_PARTS * (WARNED_PARTS - 1))
    }

    /// Whether it is above its limit.
    pub fn is_over(self) -> bool {
        self.excess() > 0
    }

    /// Whether so much is above the limit that a person has to agree.
    pub fn needs_person(self) -> bool {
        self.excess().saturating_mul(HELD_SHARE) > self.bytes
    }

    /// How much has to go: a tenth more than is above the limit, so that not every turn brings the
    /// next deletion.
    pub(super) fn excess(self) -> u64 {
        match self.max {
            Some(max) if self.bytes > max => self.bytes - (max - max / SPARE_PARTS),
            _ => 0,
        }
    }
}
