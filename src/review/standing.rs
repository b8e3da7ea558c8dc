//! Failing tests that people accept. In: an edit's verdict or failing tests; from the store, the
//! publications and the accepted tests. Out: the verdict, in which failing tests of deliberately
//! published files (an undo above all) no longer refuse them; and the failing tests that nobody has
//! accepted. Must not know: the disk, which knowledge serves.

use super::change_service::{ChangeError, change_of};
use crate::store::accepted::{AcceptedTest, TestAcceptance};
use crate::store::{Store, StoreError};
use std::collections::BTreeSet;
use wenlu_core::check::FailedTest;
use wenlu_core::check::edit::EditVerdict;
use wenlu_core::knowledge::diagnostic::{Code, Diagnostic};
use wenlu_core::knowledge::files::{DataFiles, FileRole};

/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 300;

/// Why a text is not accepted as a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    #[error("还没有写理由 / no reason was given")]
    Empty,
    #[error(
        "理由最长 {LONGEST_REASON} 个字，这里有 {0} 个，请写短一些 / at most {LONGEST_REASON} characters, {0} were given"
    )]
    TooLong(usize),
}

/// A reason as it was entered, trimmed.
pub fn reason_of(written: &str) -> Result<String, ReasonError> {
    let reason = written.trim();
    match reason.chars().count() {
        0 => Err(ReasonError::Empty),
        length if length > LONGEST_REASON => Err(ReasonError::TooLong(length)),
        _ => Ok(reason.to_owned()),
    }
}

/// Moves failing tests from the verdict's own failures to its published ones, if their intent was
/// published so: every file of the intent that differs between `base` and `edited` is as its latest
/// publication left it. In the same way, files that were all taken out by publications are no
/// mistake.
pub async fn accept_published(
    store: &Store,
    base: &DataFiles,
    edited: &DataFiles,
    verdict: &mut EditVerdict,
) -> Result<(), ChangeError> {
    let intents: BTreeSet<&str> = verdict
        .own_failures
        .iter()
        .map(|failed| failed.intent.as_str())
        .collect();
    let mut stand = BTreeSet::new();
    for intent in intents {
        if stands_as_published(store, &files_of(intent, base, edited), edited).await? {
            stand.insert(intent.to_owned());
        }
    }
    let (stands, own): (Vec<_>, Vec<_>) = std::mem::take(&mut verdict.own_failures)
        .into_iter()
        .partition(|failed| stand.contains(&failed.intent));
    verdict.own_failures = own;
    verdict.published_failures.extend(stands);
    let is_emptied = |mistake: &Diagnostic| mistake.code == Code::Emptied;
    if verdict.mistakes.iter().any(is_emptied) {
        let is_intent = |path: &&str| matches!(FileRole::of(path), FileRole::Intent(_));
        let gone = base.differing(edited).into_iter().filter(is_intent);
        if stands_as_published(store, &gone.collect(), edited).await? {
            verdict.mistakes.retain(|mistake| !is_emptied(mistake));
        }
    }
    Ok(())
}

/// The acceptance of failing `tests` for `reason`.
pub fn acceptance(reason: &str, tests: &[FailedTest]) -> TestAcceptance {
    let accepted = |test: &FailedTest| AcceptedTest {
        intent: test.intent.clone(),
        say: test.say().to_owned(),
        answer: test.now.what.clone(),
    };
    TestAcceptance {
        reason: reason.to_owned(),
        tests: tests.iter().map(accepted).collect(),
    }
}

/// The tests of `failing` that nobody has accepted with their current answer.
pub async fn open_failures(
    store: &Store,
    failing: &[FailedTest],
) -> Result<Vec<FailedTest>, StoreError> {
    if failing.is_empty() {
        return Ok(Vec::new());
    }
    let accepted = store.knowledge().accepted_tests().await?;
    let is_accepted = |test: &FailedTest| {
        accepted
            .iter()
            .any(|a| is_about(a, test) && a.answer == test.now.what)
    };
    Ok(failing
        .iter()
        .filter(|test| !is_accepted(test))
        .cloned()
        .collect())
}

/// Deletes the acceptance of tests that pass in what serves now, or no longer exist, so that a
/// later failure counts again. `failing` are the tests that fail. `still_stands` says whether what
/// serves still matches the files: publishing writes the files before the acceptances, so an
/// acceptance found here may belong to files that are not served yet.
pub async fn forget_mended(
    store: &Store,
    failing: &[FailedTest],
    still_stands: impl FnOnce() -> bool,
) -> Result<(), StoreError> {
    let mut mended = store.knowledge().accepted_tests().await?;
    mended.retain(|accepted| !failing.iter().any(|test| is_about(accepted, test)));
    if mended.is_empty() || !still_stands() {
        return Ok(());
    }
    store.knowledge().forget_accepted(mended).await
}

fn is_about(accepted: &AcceptedTest, test: &FailedTest) -> bool {
    accepted.intent == test.intent && accepted.say == test.say()
}

/// The files of an intent that differ between `base` and `edited`.
fn files_of<'a>(intent: &str, base: &'a DataFiles, edited: &'a DataFiles) -> BTreeSet<&'a str> {
    let is_own = |path: &&str| match FileRole::of(path) {
        FileRole::Intent(id) | FileRole::Reply(_, id) => id == intent,
        _ => false,
    };
    base.differing(edited).into_iter().filter(is_own).collect()
}

/// Whether each of these files is as the latest publication that wrote it left it, however long
/// ago.
async fn stands_as_published(
    store: &Store,
    paths: &BTreeSet<&str>,
    edited: &DataFiles,
) -> Result<bool, ChangeError> {
    for path in paths {
        let Some(stored) = store.reviews().latest_publication_of(path).await? else {
            return Ok(false);
        };
        let change = change_of(&stored)?;
        let Some(file) = change.files.iter().find(|file| file.path == *path) else {
            return Ok(false);
        };
        if file.after.as_deref() != edited.text(path) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_neither_nothing_nor_a_letter() {
        assert_eq!(reason_of(" 就该这样\n"), Ok("就该这样".to_owned()));
        assert_eq!(reason_of(" \n"), Err(ReasonError::Empty));
        let (longest, longer) = ("好".repeat(LONGEST_REASON), "好".repeat(LONGEST_REASON + 1));
        assert_eq!(reason_of(&longest), Ok(longest.clone()));
        assert_eq!(reason_of(&longer), Err(ReasonError::TooLong(301)));
        assert!(
            ReasonError::TooLong(301)
                .to_string()
                .starts_with("理由最长 300 个字，这里有 301 个")
        );
    }
}
