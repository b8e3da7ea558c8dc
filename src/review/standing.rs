//! What people answer for. In: an edit's verdict or failing tests, and what the store knows of publications and of tests that
//! were accepted. Out: the verdict, with the failing tests of files that somebody published deliberately (an undo above all)
//! among those that refuse nothing; the failing tests that nobody has accepted. Must not know: the disk, who serves.

use super::change::FileChange;
use super::workshop::{WorkError, change_of};
use crate::check::FailedTest;
use crate::check::edit::EditVerdict;
use crate::knowledge::files::{Files, Role};
use crate::store::accepted::{Acceptance, AcceptedTest};
use crate::store::{Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// Publications that are looked at: whoever edits by hand meanwhile does not make an older one a mystery.
const LOOKED_AT: i64 = 50;

/// Moves the own failures of an edit from `base` to `edited` that a publication answers for: each file of the intent that
/// differs reads as the latest publication of it left it.
pub async fn accept_published(
    store: &Store,
    base: &Files,
    edited: &Files,
    verdict: &mut EditVerdict,
) -> Result<(), WorkError> {
    let published = published_files(store).await?;
    let (stands, own): (Vec<_>, Vec<_>) = std::mem::take(&mut verdict.own_failures).into_iter().partition(|failed| {
        files_of(&failed.intent, base, edited)
            .into_iter()
            .all(|path| published.get(path).is_some_and(|text| text.as_deref() == edited.text(path)))
    });
    verdict.own_failures = own;
    verdict.published_failures.extend(stands);
    Ok(())
}

/// Why `tests` are right to fail.
pub fn acceptance(reason: &str, tests: &[FailedTest]) -> Acceptance {
    let accepted = |test: &FailedTest| AcceptedTest {
        intent: test.intent.clone(),
        say: test.say.clone(),
        answer: test.now.what.clone(),
    };
    Acceptance { reason: reason.to_owned(), tests: tests.iter().map(accepted).collect() }
}

/// Those of `failing` that nobody has accepted with the answer that they get.
pub async fn open_failures(store: &Store, failing: &[FailedTest]) -> Result<Vec<FailedTest>, StoreError> {
    if failing.is_empty() {
        return Ok(Vec::new());
    }
    let accepted = store.accepted_tests().await?;
    let is_accepted = |test: &FailedTest| {
        let same = |a: &AcceptedTest| a.intent == test.intent && a.say == test.say && a.answer == test.now.what;
        accepted.iter().any(same)
    };
    Ok(failing.iter().filter(|test| !is_accepted(test)).cloned().collect())
}

/// The files of an intent that an edit changes.
fn files_of<'a>(intent: &str, base: &'a Files, edited: &'a Files) -> BTreeSet<&'a str> {
    let is_own = |path: &&str| match Role::of(path) {
        Role::Intent(id) | Role::Reply(_, id) => id == intent,
        _ => false,
    };
    base.differing(edited).into_iter().filter(is_own).collect()
}

/// How the latest publication of each file left it; `None`: without it.
async fn published_files(store: &Store) -> Result<BTreeMap<String, Option<String>>, WorkError> {
    let mut files = BTreeMap::new();
    for stored in store.published(LOOKED_AT).await? {
        for FileChange { path, after, .. } in change_of(&stored)?.files {
            files.entry(path).or_insert(after);
        }
    }
    Ok(files)
}
