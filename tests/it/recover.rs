//! What a publication leaves behind that was cut short: files that are whole, and all that anybody wrote by hand.

use crate::files::is_root;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use tempfile::TempDir;
use wenlu::review::apply::{ApplyError, apply, conflicts};
use wenlu::review::change::{ChangeSet, FileChange};
use wenlu::review::note::{ChangeNote, NotePurpose, all_aside};
use wenlu::review::recover::{RecoveryOutcome, all_kept, recover};

const CHANGED: &str = "intents/pay.toml";
const NEW: &str = "content/zh/refund.md";
const GONE: &str = "content/en/pay.md";

/// A file is changed, one is new, and one goes.
fn change() -> ChangeSet {
    let file = |path: &str, before: Option<&str>, after: Option<&str>| FileChange {
        path: path.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    let files = vec![
        file(CHANGED, Some("title = \"旧\"\n"), Some("title = \"新\"\n")),
        file(NEW, None, Some("# 退款\n\n三天。\n")),
        file(GONE, Some("# Pay\n"), None),
    ];
    ChangeSet {
        files,
        summary: "把 1 句话加为 pay 的例句".to_owned(),
    }
}

/// A folder in which the first `written` files of [`change`] are as it wants them, with its note.
fn cut_short(written: usize) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let change = change();
    for folder in ["intents", "content/zh", "content/en"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    for (at, file) in change.files.iter().enumerate() {
        let text = if at < written {
            &file.after
        } else {
            &file.before
        };
        if let Some(text) = text {
            fs::write(root.path().join(&file.path), text).unwrap();
        }
    }
    ChangeNote::of(&change, Some(7)).write(root.path()).unwrap();
    root
}

fn read(root: &TempDir, path: &str) -> Option<String> {
    fs::read_to_string(root.path().join(path)).ok()
}

fn is_made(root: &TempDir) -> bool {
    change()
        .files
        .iter()
        .all(|file| read(root, &file.path) == file.after)
}

fn is_not_there(root: &TempDir) -> bool {
    change()
        .files
        .iter()
        .all(|file| read(root, &file.path) == file.before)
}

/// Every name that is hidden: notes, and texts that wait.
fn hidden(root: &TempDir) -> Vec<String> {
    let folders = ["intents", "content/zh", "content/en"].map(|folder| root.path().join(folder));
    let listed = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
    let names = listed.map(|item| item.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

#[test]
fn it_is_made_whole_wherever_it_was_cut() {
    for written in 0..=3 {
        let root = cut_short(written);
        let recovered = recover(root.path()).unwrap().unwrap();
        assert_eq!(
            (recovered.draft, &recovered.ending),
            (Some(7), &RecoveryOutcome::Applied),
            "{written}"
        );
        assert!(is_made(&root), "{written}");
        assert_eq!(hidden(&root), [""; 0], "{written}");
        assert_eq!(recover(root.path()).unwrap(), None);
        // made and not recorded: it can be recorded, and nothing is written again
        assert_eq!(conflicts(root.path(), &change()).unwrap(), []);
        apply(root.path(), &change()).unwrap();
        assert!(is_made(&root), "{written}");
    }
}

#[test]
fn what_was_written_by_hand_since_stays_and_the_rest_is_taken_back() {
    for written in 0..=3 {
        for edited in [CHANGED, NEW, GONE] {
            let root = cut_short(written);
            let by_hand = read(&root, edited).unwrap_or_default() + "# 手工加的\n";
            fs::write(root.path().join(edited), &by_hand).unwrap();
            let recovered = recover(root.path()).unwrap().unwrap();
            let RecoveryOutcome::Conflict { conflicts, note } = recovered.ending else {
                panic!("{written} {edited}")
            };
            assert_eq!(
                conflicts
                    .iter()
                    .map(|c| c.path.as_str())
                    .collect::<Vec<_>>(),
                [edited],
                "{written}"
            );
            assert!(
                conflicts[0].diff.contains("手工加的"),
                "{}",
                conflicts[0].diff
            );
            for file in &change().files {
                let expected = if file.path == edited {
                    Some(by_hand.clone())
                } else {
                    file.before.clone()
                };
                assert_eq!(
                    read(&root, &file.path),
                    expected,
                    "{written} {edited}: {}",
                    file.path
                );
            }
            // nothing waits for it any more, and its texts can still be read
            assert_eq!(recover(root.path()).unwrap(), None);
            assert!(
                fs::read_to_string(note)
                    .unwrap()
                    .contains("title = \\\"新\\\"")
            );
            let aside = all_aside(root.path());
            assert_eq!(
                (aside.len(), aside[0].draft, aside[0].paths.len()),
                (1, Some(7), 3)
            );
        }
    }
}

/// The one that was reported: another change was published, and a line that had been added by hand was gone.
#[test]
fn the_next_publication_does_not_make_it_over_a_hand_edit() {
    let root = cut_short(1);
    fs::write(root.path().join(GONE), "# Pay\n\nBy hand.\n").unwrap();
    let other = ChangeSet {
        files: vec![FileChange {
            path: "intents/other.toml".to_owned(),
            before: None,
            after: Some("title = \"别的\"\n".to_owned()),
        }],
        summary: "别的".to_owned(),
    };
    apply(root.path(), &other).unwrap();
    assert_eq!(read(&root, GONE).unwrap(), "# Pay\n\nBy hand.\n");
    assert_eq!(
        (read(&root, CHANGED).unwrap().as_str(), read(&root, NEW)),
        ("title = \"旧\"\n", None)
    );
    assert_eq!(
        read(&root, "intents/other.toml").unwrap(),
        "title = \"别的\"\n"
    );
}

#[test]
fn half_a_note_changes_nothing_and_is_kept() {
    for spoil in [
        |text: &str| text[..20].to_owned(),
        |text: &str| text.replace("三天", "五天"),
        |_: &str| String::new(),
    ] {
        let root = cut_short(0);
        let note = NotePurpose::Apply.path(root.path());
        fs::write(&note, spoil(&fs::read_to_string(&note).unwrap())).unwrap();
        assert!(matches!(
            recover(root.path()).unwrap().unwrap().ending,
            RecoveryOutcome::Broken { .. }
        ));
        assert!(is_not_there(&root));
        assert_eq!(recover(root.path()).unwrap(), None);
        apply(root.path(), &change()).unwrap();
        assert!(is_made(&root));
    }
    // a version before this one wrote no sum
    let root = cut_short(1);
    fs::write(
        NotePurpose::Apply.path(root.path()),
        serde_json::to_string(&change()).unwrap(),
    )
    .unwrap();
    assert_eq!(
        recover(root.path()).unwrap().unwrap().ending,
        RecoveryOutcome::Applied
    );
}

/// A change that failed is taken back, now or later; it is never made by whoever comes next.
#[test]
fn a_failed_change_is_not_made_later() {
    let root = cut_short(2);
    fs::rename(
        NotePurpose::Apply.path(root.path()),
        NotePurpose::RollBack.path(root.path()),
    )
    .unwrap();
    assert_eq!(
        recover(root.path()).unwrap().unwrap().ending,
        RecoveryOutcome::RolledBack
    );
    assert!(is_not_there(&root));
    assert_eq!(hidden(&root), [""; 0]);

    // it cannot be taken back: its own folder does not let go of the text
    let root = cut_short(0);
    fs::remove_file(NotePurpose::Apply.path(root.path())).unwrap();
    let locked = |mode: u32| {
        fs::set_permissions(
            root.path().join("content/en"),
            fs::Permissions::from_mode(mode),
        )
        .unwrap();
    };
    locked(0o555);
    let refused = apply(root.path(), &change());
    locked(0o755);
    if is_root() {
        // the superuser writes everywhere, so that nothing failed
        refused.unwrap();
        return;
    }
    assert!(matches!(refused, Err(ApplyError::Io { .. })), "{refused:?}");
    assert!(is_not_there(&root));
    assert_eq!(hidden(&root), [""; 0]);
}

#[test]
fn texts_that_wait_are_taken_away_and_a_persons_is_put_back() {
    for (waits, stands, expected, kept) in [
        // as the process wrote it
        (
            "title = \"新\"\n",
            "title = \"旧\"\n",
            "title = \"新\"\n",
            false,
        ),
        // in part, or what somebody had left of the file: nobody knows
        ("title", "title = \"旧\"\n", "title = \"新\"\n", true),
        ("title", "title = \"新\"\n", "title = \"新\"\n", true),
        ("", "title = \"旧\"\n", "title = \"新\"\n", false),
        (
            "title = \"旧\"\n",
            "title = \"新\"\n",
            "title = \"新\"\n",
            false,
        ),
        // saved in the very moment in which the new text took its place
        (
            "title = \"手工\"\n",
            "title = \"新\"\n",
            "title = \"手工\"\n",
            false,
        ),
        // and the file was saved once more since
        (
            "title = \"手工\"\n",
            "title = \"又一次\"\n",
            "title = \"又一次\"\n",
            true,
        ),
    ] {
        let root = cut_short(0);
        fs::write(root.path().join(CHANGED), stands).unwrap();
        fs::write(root.path().join("intents/.pay.toml.4321.tmp"), waits).unwrap();
        recover(root.path()).unwrap().unwrap();
        assert_eq!(read(&root, CHANGED).unwrap(), expected, "{waits} {stands}");
        let left = hidden(&root);
        assert_eq!(
            left.iter().any(|name| name.ends_with(".kept")),
            kept,
            "{left:?}"
        );
        assert!(!left.iter().any(|name| name.ends_with(".tmp")), "{left:?}");
    }
    // without a note, too, and nobody else's
    let root = cut_short(0);
    fs::remove_file(NotePurpose::Apply.path(root.path())).unwrap();
    let names = [
        ".pay.toml.4321.tmp",
        "..wenlu-change.json.99.tmp",
        ".pay.toml.swp",
        ".mine.tmp",
    ];
    for name in names {
        fs::write(root.path().join("intents").join(name), "title").unwrap();
    }
    // what the file itself says
    fs::write(
        root.path().join("intents/.pay.toml.4322.tmp"),
        "title = \"旧\"\n",
    )
    .unwrap();
    assert_eq!(recover(root.path()).unwrap(), None);
    let mut left = hidden(&root);
    left.sort();
    assert_eq!(left, [".mine.tmp", ".pay.toml.1.kept", ".pay.toml.swp"]);
    assert_eq!(
        all_kept(root.path()),
        [Path::new("intents/.pay.toml.1.kept")]
    );
}

#[test]
fn nothing_is_written_where_a_link_leads_out_of_the_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    let outside = elsewhere.path().join("pay.toml");
    fs::write(&outside, "title = \"旧\"\n").unwrap();
    let fresh = || {
        let root = cut_short(0);
        fs::remove_file(NotePurpose::Apply.path(root.path())).unwrap();
        root
    };
    // the file, its folder, or a link to what is not there yet
    let file = fresh();
    fs::remove_file(file.path().join(CHANGED)).unwrap();
    symlink(&outside, file.path().join(CHANGED)).unwrap();
    let folder = fresh();
    fs::remove_dir_all(folder.path().join("content/zh")).unwrap();
    symlink(elsewhere.path(), folder.path().join("content/zh")).unwrap();
    let nothing = fresh();
    symlink(
        elsewhere.path().join("nothing.md"),
        nothing.path().join(NEW),
    )
    .unwrap();
    for root in [&file, &folder, &nothing] {
        let refused = apply(root.path(), &change());
        assert!(
            matches!(refused, Err(ApplyError::Outside(_))),
            "{refused:?}"
        );
        assert_eq!(hidden(root), [""; 0]);
    }
    assert_eq!(fs::read_to_string(&outside).unwrap(), "title = \"旧\"\n");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    // nor is a note, where the folder of notes is the link
    let notes = fresh();
    let intents = notes.path().join("intents");
    fs::remove_dir_all(&intents).unwrap();
    symlink(elsewhere.path(), &intents).unwrap();
    let only_replies = ChangeSet {
        files: change()
            .files
            .into_iter()
            .filter(|file| file.path.starts_with("content/"))
            .collect(),
        ..change()
    };
    let refused = apply(notes.path(), &only_replies);
    assert!(
        matches!(refused, Err(ApplyError::Outside(_))),
        "{refused:?}"
    );
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    // nor is a change brought to an end there that was begun before the link was made
    let root = cut_short(1);
    fs::remove_file(root.path().join(CHANGED)).unwrap();
    symlink(&outside, root.path().join(CHANGED)).unwrap();
    assert!(matches!(
        recover(root.path()).unwrap().unwrap().ending,
        RecoveryOutcome::Conflict { .. }
    ));
    assert_eq!(fs::read_to_string(&outside).unwrap(), "title = \"旧\"\n");
}

/// As Kubernetes lays them out.
#[test]
fn a_link_within_the_folder_is_written_through() {
    let root = cut_short(0);
    fs::remove_file(NotePurpose::Apply.path(root.path())).unwrap();
    fs::create_dir(root.path().join("..1")).unwrap();
    for name in ["intents", "content"] {
        fs::rename(root.path().join(name), root.path().join("..1").join(name)).unwrap();
        symlink(format!("..1/{name}"), root.path().join(name)).unwrap();
    }
    apply(root.path(), &change()).unwrap();
    assert!(is_made(&root));
    assert!(root.path().join("intents").is_symlink());
    assert_eq!(hidden(&root), [""; 0]);
}

#[test]
fn notes_of_conflicts_are_bounded() {
    let root = cut_short(0);
    for number in 0..20 {
        ChangeNote::of(&change(), Some(number))
            .write(root.path())
            .unwrap();
        fs::write(root.path().join(CHANGED), format!("# 手工 {number}\n")).unwrap();
        assert!(matches!(
            recover(root.path()).unwrap().unwrap().ending,
            RecoveryOutcome::Conflict { .. }
        ));
    }
    let numbers: Vec<i64> = all_aside(root.path())
        .iter()
        .filter_map(|aside| aside.draft)
        .collect();
    assert_eq!(numbers, (4..20).collect::<Vec<_>>());
}

/// Nobody may write there: it is no reason not to start.
#[test]
fn a_folder_without_anything_left_behind_is_not_touched() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(recover(root.path()).unwrap(), None);
    assert_eq!(recover(Path::new("/nowhere/at/all")).unwrap(), None);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}
