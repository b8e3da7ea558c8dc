//! The real binary, killed while it publishes, with edits by hand in between: nothing of them is lost, no file is torn, and
//! a change is whole or not there.
//!
//! `WENLU_KILLS` says how often, `WENLU_SEED` when, and what is edited.

use crate::small;
use fastrand::Rng;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use wenlu::clock;
use wenlu::review::change::{ChangeSet, FileChange};
use wenlu::review::note::{NotePurpose, all_aside};
use wenlu::review::recover::recover;
use wenlu::store::Store;
use wenlu::store::audit::AuditActor;
use wenlu::store::reviews::{ChangeState, NewChange};

/// As many as a run of all tests has time for.
const KILLS: usize = 25;
/// Longer than anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Files that every publication changes, and one that none does.
const CHANGED: [&str; 5] = [
    "intents/moving.toml",
    "intents/closing-shop.toml",
    "intents/out-of-scope.toml",
    "content/zh/moving.md",
    "content/zh/ids.md",
];
const OTHER: &str = "intents/payment.toml";
/// Files that come with one publication and go with the next.
const COMES: [&str; 2] = ["intents/guest.toml", "content/zh/guest.md"];

type Texts = BTreeMap<String, Option<String>>;

struct Shop {
    folder: tempfile::TempDir,
    store: Store,
    rng: Rng,
    /// How long a publication writes, about.
    writes: Duration,
    /// How long a process takes until it writes.
    begins: Duration,
    /// Lines that were written by hand, with their files.
    by_hand: Vec<(String, String)>,
    /// In how many kills what was found.
    found: BTreeMap<&'static str, usize>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_short_again_and_again_while_people_edit() {
    let kills = crate::talk::process::kills(KILLS, 1);
    let seed = std::env::var("WENLU_SEED").map_or_else(
        |_| fastrand::u64(..),
        |seed| seed.parse().expect("a number"),
    );
    println!("WENLU_SEED={seed}");
    let mut shop = Shop::open(seed).await;
    shop.measure().await;
    for number in 1..=kills {
        shop.kill(number).await;
        if number.is_multiple_of(25) || number == kills {
            println!("{number} of {kills} kills: {:?}", shop.found);
        }
    }
    let lost: Vec<_> = shop
        .by_hand
        .iter()
        .filter(|(path, line)| !shop.reads(path).contains(line.as_str()))
        .collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    println!("{} edits by hand, none lost", shop.by_hand.len());
}

impl Shop {
    async fn open(seed: u64) -> Shop {
        let folder = small::folder();
        for path in CHANGED {
            let file = folder.path().join(path);
            fs::write(
                &file,
                fs::read_to_string(&file).unwrap() + &version_line(path, 0),
            )
            .unwrap();
        }
        let store = Store::open(&format!(
            "sqlite://{}",
            folder.path().join("wenlu.db").display()
        ))
        .await
        .unwrap();
        let (writes, begins) = (Duration::from_millis(20), Duration::from_millis(500));
        let (by_hand, found) = (Vec::new(), BTreeMap::new());
        Shop {
            folder,
            store,
            rng: Rng::with_seed(seed),
            writes,
            begins,
            by_hand,
            found,
        }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn reads(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    fn texts(&self) -> Texts {
        let all = CHANGED.iter().chain(&COMES).chain([&OTHER]);
        all.map(|path| ((*path).to_owned(), fs::read_to_string(self.path(path)).ok()))
            .collect()
    }

    fn run(&self, args: &[&str]) -> Child {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
        command
            .args(args)
            .current_dir(self.root())
            .env_clear()
            .env("HOME", self.root());
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    fn log(&self) -> String {
        let log = self.reads("log");
        log.get(log.floor_char_boundary(log.len().saturating_sub(4_000))..)
            .unwrap_or_default()
            .to_owned()
    }

    /// A draft that changes all of the files, and what it makes of them.
    async fn draft(&self, number: usize) -> (i64, ChangeSet) {
        let now = self.texts();
        let file = |path: &str| {
            let before = now[path].clone();
            let after = if !COMES.contains(&path) {
                before.as_deref().map(|text| bumped(path, text, number))
            } else if before.is_some() {
                None
            } else {
                Some(guest(path, number))
            };
            FileChange {
                path: path.to_owned(),
                before,
                after,
            }
        };
        let files: Vec<FileChange> = CHANGED
            .iter()
            .chain(&COMES)
            .map(|path| file(path))
            .collect();
        let new = NewChange {
            summary: format!("第 {number} 次"),
            files: serde_json::to_string(&files).unwrap(),
            edit: None,
            questions: Vec::new(),
            undoes: None,
        };
        let id = self
            .store
            .reviews()
            .add_draft(AuditActor::user("test", clock::now()), new)
            .await
            .unwrap();
        (
            id,
            ChangeSet {
                files,
                summary: String::new(),
            },
        )
    }

    fn publish(&self, id: i64) -> Child {
        self.run(&["review", "publish", &id.to_string(), "--yes"])
    }

    /// One publication that nobody disturbs, and how long it took.
    async fn measure(&mut self) {
        let (id, change) = self.draft(1).await;
        let begun = Instant::now();
        let mut child = self.publish(id);
        let wrote = until_noted(self.root(), &mut child, PATIENCE);
        self.begins = begun.elapsed();
        let note = NotePurpose::Apply.path(self.root());
        let written = Instant::now();
        while wrote && note.exists() {
            std::hint::spin_loop();
        }
        self.writes = written.elapsed();
        assert!(child.wait().unwrap().success(), "{}", self.log());
        assert!(
            change
                .files
                .iter()
                .all(|file| self.texts()[&file.path] == file.after),
            "{}",
            self.log()
        );
        println!(
            "begins after {:?}, writes for {:?}",
            self.begins, self.writes
        );
    }

    /// One kill, what is done by hand then, and what must hold after that.
    async fn kill(&mut self, number: usize) {
        let (id, change) = self.draft(number + 1).await;
        let mut child = self.publish(id);
        if self.rng.u8(..5) == 0 {
            let moment = self.begins.mul_f64(self.rng.f64());
            until_noted(self.root(), &mut child, moment);
        } else {
            until_noted(self.root(), &mut child, PATIENCE);
            wait(self.writes.mul_f64(self.rng.f64() * 1.2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let is_half = NotePurpose::Apply.path(self.root()).exists();
        *self
            .found
            .entry(if is_half {
                "half written"
            } else {
                "before or after"
            })
            .or_default() += 1;
        let edited = self.edit_by_hand(number);
        self.come_to_an_end();
        let conflict = is_half
            && change
                .files
                .iter()
                .any(|file| edited.contains_key(&file.path));
        self.look_at_files(&change, &edited, conflict);
        self.look_at_draft(id, &change, !edited.is_empty()).await;
        // half a guest, which somebody kept by editing it, would be a mistake in the files
        if COMES.iter().filter(|path| self.path(path).exists()).count() == 1 {
            COMES
                .iter()
                .for_each(|path| drop(fs::remove_file(self.path(path))));
        }
    }

    /// Now and then somebody edits files that the publication was about, or others.
    fn edit_by_hand(&mut self, number: usize) -> Texts {
        let mut edited = Texts::new();
        for part in 0..self.rng.usize(..3) {
            let now = self.texts();
            let there: Vec<&String> = now
                .iter()
                .filter(|(_, text)| text.is_some())
                .map(|(path, _)| path)
                .collect();
            let Some(path) = self.rng.choice(there).cloned() else {
                continue;
            };
            let line = if path.ends_with(".md") {
                format!("手工 {number}-{part}。")
            } else {
                format!("# 手工 {number}-{part}")
            };
            let text = format!("{}\n{line}\n", now[&path].clone().unwrap_or_default());
            fs::write(self.path(&path), &text).unwrap();
            // what comes with one publication goes with the next
            if !COMES.contains(&path.as_str()) {
                self.by_hand.push((path.clone(), line));
            }
            edited.insert(path, Some(text));
        }
        edited
    }

    /// In each of the ways in which that happens; now and then it is killed in turn.
    fn come_to_an_end(&mut self) {
        while self.rng.u8(..4) == 0 {
            let mut child = self.run(&["review", "list"]);
            wait(self.begins.mul_f64(self.rng.f64()));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        if self.rng.bool() {
            recover(self.root()).unwrap();
        } else {
            assert!(
                self.run(&["review", "list"]).wait().unwrap().success(),
                "{}",
                self.log()
            );
        }
    }

    fn look_at_files(&mut self, change: &ChangeSet, edited: &Texts, conflict: bool) {
        let now = self.texts();
        for (path, text) in edited {
            assert_eq!(
                &now[path],
                text,
                "what was written by hand is lost in {path}\n{}",
                self.log()
            );
        }
        let rest = || {
            change
                .files
                .iter()
                .filter(|file| !edited.contains_key(&file.path))
        };
        let is_made = rest().all(|file| now[&file.path] == file.after);
        let is_not_there = rest().all(|file| now[&file.path] == file.before);
        assert!(
            is_made || is_not_there,
            "a part of it is there: {now:?}\n{}",
            self.log()
        );
        assert!(
            !conflict || is_not_there,
            "written in spite of what was done by hand\n{}",
            self.log()
        );
        let said = if conflict {
            "a conflict"
        } else if is_made {
            "made"
        } else {
            "not there"
        };
        *self.found.entry(said).or_default() += 1;
        let folders = ["intents", "content/zh", "content/en"].map(|folder| self.path(folder));
        let names = folders
            .iter()
            .flat_map(|folder| fs::read_dir(folder).unwrap())
            .map(|item| item.unwrap().file_name());
        let left: Vec<String> = names
            .map(|name| name.into_string().unwrap())
            .filter(|name| name.starts_with('.'))
            .collect();
        assert!(
            left.iter().all(|name| name.starts_with(".wenlu-conflict-")),
            "left behind: {left:?}"
        );
        assert!(all_aside(self.root()).len() <= 16);
    }

    /// What the database says agrees: a draft is published, or can be, or is in the way of what was done by hand.
    async fn look_at_draft(&mut self, id: i64, change: &ChangeSet, is_edited: bool) {
        let now = self.texts();
        let state = self
            .store
            .reviews()
            .change(id)
            .await
            .unwrap()
            .unwrap()
            .state;
        let stands = |text: fn(&FileChange) -> &Option<String>| {
            change
                .files
                .iter()
                .all(|file| now[&file.path] == *text(file))
        };
        if state == ChangeState::Published {
            assert!(
                is_edited || stands(|file| &file.after),
                "published, and not there\n{}",
                self.log()
            );
        } else if stands(|file| &file.after) || stands(|file| &file.before) {
            assert!(
                self.publish(id).wait().unwrap().success(),
                "it cannot be published\n{}",
                self.log()
            );
            assert_eq!(
                self.store
                    .reviews()
                    .change(id)
                    .await
                    .unwrap()
                    .unwrap()
                    .state,
                ChangeState::Published
            );
            *self.found.entry("published again").or_default() += 1;
        } else {
            assert!(is_edited, "a conflict with nobody\n{}", self.log());
            self.store
                .reviews()
                .discard_draft(AuditActor::user("test", clock::now()), id)
                .await
                .unwrap();
        }
    }
}

/// Waits until a publication begins to write, or for so long; whether it does.
fn until_noted(root: &Path, child: &mut Child, patience: Duration) -> bool {
    let (note, begun) = (NotePurpose::Apply.path(root), Instant::now());
    while begun.elapsed() < patience {
        if note.exists() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
    false
}

/// So exactly that it can be a part of a write.
fn wait(duration: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < duration {
        std::thread::yield_now();
    }
}

fn version_line(path: &str, number: usize) -> String {
    if path.ends_with(".md") {
        format!("\n第 {number} 版。\n")
    } else {
        format!("# 第 {number} 版\n")
    }
}

/// The text with another number in its line.
fn bumped(path: &str, text: &str, number: usize) -> String {
    let is_version =
        |line: &str| line.trim_start_matches("# ").starts_with("第 ") && line.contains(" 版");
    let new = version_line(path, number);
    let line = |line: &str| {
        if is_version(line) {
            new.trim().to_owned()
        } else {
            line.to_owned()
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn guest(path: &str, number: usize) -> String {
    if path.ends_with(".md") {
        return format!("# 客人\n\n第 {number} 位。\n");
    }
    "title = \"客人\"\nexamples = [\"今天来的客人是谁\", \"客人名单在哪里\", \"请问客人到了吗\"]\n"
        .to_owned()
}
