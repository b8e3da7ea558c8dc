//! The operators' tours of both READMEs, run line by line as they are printed: in a fresh copy of the project, and in a folder
//! that `wenlu init` made. A server is running meanwhile; in the end it answers with what the tour has written.

use crate::server::{chat_name, said_address};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything may take on a busy machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(120);
const BINARY: &str = env!("CARGO_BIN_EXE_wenlu");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// A README's tour, what is typed where it opens an editor, and what comes of it.
struct Tour {
    readme: &'static str,
    heading: &'static str,
    /// What `$EDITOR FILE…` does to each of its files.
    edit: fn(path: &str, text: String) -> String,
    asked: &'static str,
    answer: &'static str,
    intent: &'static str,
}

const ENGLISH: Tour = Tour {
    readme: "README.md",
    heading: "## A tour for operators: an intent in five minutes\n",
    edit: |path, text| match path {
        "intents/course-signup.toml" => {
            let examples = [
                "线下课怎么报名",
                "想参加你们的线下课程",
                "怎么参加周末的线下课",
                "线下课程报名入口在哪",
                "报名线下课要填什么",
                "线下培训课还能报吗",
                "我想报一个线下班",
                "课程报名链接发我一下",
                "how do I sign up for the offline course",
                "where can I register for the class",
            ];
            let test = "\n[[test]]\nsay = \"你们的线下课程怎么报名参加\"\n";
            with_examples(&text, &examples) + test
        }
        "content/zh/course-signup.md" => {
            "# 怎么报名线下课程\n\n在服务号菜单里点“课程”，选好场次，填写手机号就行。\n".into()
        }
        "content/en/course-signup.md" => {
            "# Signing up for a course\n\nTap Courses in our account's menu.\n".into()
        }
        _ => text,
    },
    asked: "周末的线下课怎么报名",
    answer: "在服务号菜单里点“课程”",
    intent: "course-signup",
};

const CHINESE: Tour = Tour {
    readme: "README.zh.md",
    heading: "### 五分钟加一个意图\n",
    edit: |path, text| {
        match path {
        "intents/oa-migration.toml" => with_examples(&text, &["公众号迁移的步骤是什么"]),
        "content/zh/oa-migration.md" => {
            "# 公众号迁移\n\n由目标公众号的管理员在公众平台发起，双方确认、公证之后由平台审核。\n".into()
        }
        "content/en/oa-migration.md" => {
            "# Moving an official account\n\nThe administrator of the account that is to get the followers starts it.\n"
                .into()
        }
        _ => text,
    }
    },
    asked: "公众号迁移大概多少天能完成",
    answer: "由目标公众号的管理员在公众平台发起",
    intent: "oa-migration",
};

fn with_examples(text: &str, examples: &[&str]) -> String {
    let lines: String = examples
        .iter()
        .map(|example| format!("\n  \"{example}\","))
        .collect();
    assert_eq!(text.matches("\nexamples = [").count(), 1, "{text}");
    text.replacen("\nexamples = [", &format!("\nexamples = [{lines}"), 1)
}

impl Tour {
    /// The lines of the section's `sh` blocks, without their comments.
    fn lines(&self) -> Vec<String> {
        let readme = fs::read_to_string(Path::new(PROJECT).join(self.readme)).unwrap();
        let (_, section) = readme
            .split_once(self.heading)
            .unwrap_or_else(|| panic!("{}: {}", self.readme, self.heading));
        let level = self.heading.split(' ').next().unwrap();
        let next = ["\n## ", "\n### "]
            .into_iter()
            .filter(|next| next.trim().len() <= level.len());
        let end = next
            .filter_map(|next| section.find(next))
            .min()
            .unwrap_or(section.len());
        let (mut inside, mut lines) = (false, Vec::new());
        for line in section[..end].lines().map(str::trim) {
            match line {
                "```sh" => inside = true,
                "```" => inside = false,
                line if inside && !line.is_empty() && !line.starts_with('#') => {
                    lines.push(line.to_owned())
                }
                _ => {}
            }
        }
        assert!(lines.len() > 4, "{}: {lines:?}", self.readme);
        lines
    }

    fn run(&self, folder: &Path) {
        for line in self.lines() {
            match line.strip_prefix("$EDITOR ") {
                Some(files) => {
                    for file in files.split('#').next().unwrap().split_whitespace() {
                        let path = folder.join(file);
                        let text = fs::read_to_string(&path)
                            .unwrap_or_else(|error| panic!("{line}: {error}"));
                        fs::write(&path, (self.edit)(file, text)).unwrap();
                    }
                }
                None => shell(folder, &line),
            }
        }
    }

    /// Starts a server in a folder that `prepare` has filled, runs the tour there, and asks the server.
    async fn ends_live_after(&self, prepare: impl Fn(&Path)) {
        let (_whole, folder) = place();
        prepare(&folder);
        let server = Served::start(&folder);
        self.run(&folder);
        let begun = Instant::now();
        loop {
            let answered = server.ask(self.asked).await;
            let is_live =
                answered["intent"] == self.intent && answered.to_string().contains(self.answer);
            if is_live {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{answered:#}\n{}", server.log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Runs a line as a shell does, with our `wenlu` in its path.
fn shell(folder: &Path, line: &str) {
    let own = Path::new(BINARY).parent().unwrap();
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", own.display()),
        )
        .env("HOME", folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let [out, err] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "`{line}` fails:\n{out}\n{err}");
}

/// `wenlu serve` in a folder.
struct Served {
    child: Child,
    url: String,
    log: PathBuf,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    fn start(folder: &Path) -> Self {
        let log = folder.join("server.log");
        let mut child = Command::new(BINARY)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(folder)
            .env_clear()
            .env("WENLU_RATE_PER_MINUTE", "0")
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let url = said_address(&mut child);
        Served { child, url, log }
    }

    async fn ask(&self, text: &str) -> Value {
        let message = json!({"conversation": chat_name(&format!("tour-{}", fastrand::u64(..))), "id": "1", "text": text});
        let client = reqwest::Client::new();
        client
            .post(format!("{}/api/v1/messages", self.url))
            .json(&message)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// A folder within one that goes away afterwards: the tours make a draft beside it.
fn place() -> (TempDir, PathBuf) {
    let whole = tempfile::tempdir().unwrap();
    let folder = whole.path().join("mine");
    fs::create_dir(&folder).unwrap();
    (whole, folder)
}

/// The project's files as they are now: those that git knows, or all but what was built.
fn fresh_copy(folder: &Path) {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(PROJECT)
        .output()
        .ok()
        .filter(|output| output.status.success() && !output.stdout.is_empty());
    let paths = match listed {
        Some(listed) => String::from_utf8(listed.stdout)
            .unwrap()
            .split_terminator('\0')
            .map(PathBuf::from)
            .collect(),
        None => all_but_built(Path::new("")),
    };
    for path in paths {
        let (from, to) = (Path::new(PROJECT).join(&path), folder.join(&path));
        // what git knows may have been deleted
        if from.is_file() {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
}

fn all_but_built(under: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(PROJECT).join(under))
        .unwrap()
        .flatten();
    let kept = entries
        .filter(|entry| !["target", ".git"].contains(&&*entry.file_name().to_string_lossy()));
    kept.flat_map(|entry| {
        let path = under.join(entry.file_name());
        if entry.path().is_dir() {
            all_but_built(&path)
        } else {
            vec![path]
        }
    })
    .collect()
}

#[tokio::test]
async fn the_english_tour_in_a_fresh_copy() {
    ENGLISH.ends_live_after(fresh_copy).await;
}

#[tokio::test]
async fn the_english_tour_in_a_folder_of_init() {
    ENGLISH.ends_live_after(init).await;
}

#[tokio::test]
async fn the_chinese_tour_in_a_fresh_copy() {
    CHINESE.ends_live_after(fresh_copy).await;
}

#[tokio::test]
async fn the_chinese_tour_in_a_folder_of_init() {
    CHINESE.ends_live_after(init).await;
}

fn init(folder: &Path) {
    shell(folder, "wenlu init .");
}
