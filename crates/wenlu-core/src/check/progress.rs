//! How far a check is, and what it is to look at. In: nothing. Out: types that its parts share.

use std::ops::Range;

/// A stage that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckStage {
    /// Reading and validating the files.
    Loading,
    /// Training the router.
    Building,
    /// Routing the messages of all `[[test]]` entries.
    Testing,
    /// Comparing examples with those of other intents.
    Comparing,
    /// Training without each part of the examples in turn.
    Learning,
}

/// Called with a stage, how much of it is done, and its total. Called from several threads.
pub(crate) type CheckProgress<'a> = &'a (dyn Fn(CheckStage, usize, usize) + Sync);

/// Whether the given span of the given file is of interest. Called from several threads.
pub(crate) type ConcernFilter<'a> = &'a (dyn Fn(&str, &Range<usize>) -> bool + Sync);
