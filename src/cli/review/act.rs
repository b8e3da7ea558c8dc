//! What is done with questions: a draft, what it would change, and the question whether it is to be. `--yes` answers it;
//! where nobody can be asked, the draft is kept for the pages or for `wenlu review publish`.

use super::args::{How, Which};
use super::{Work, print};
use crate::app;
use crate::channel::terminal::harmless;
use crate::check::FailedTest;
use crate::cli::meter::Meter;
use crate::cli::paint::{BAD, FAINT, GOOD, HEADING, paint};
use crate::cli::replay;
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{self, Diagnostic};
use crate::knowledge::files::{Files, validate_files};
use crate::review::change::Change;
use crate::review::edit::Edit;
use crate::review::preview::{Fitness, Preview, preview};
use crate::review::question;
use crate::review::replay::{Asked, Version};
use crate::review::standing::acceptance;
use crate::review::workshop::{Published, WorkError, change_of, to_be_written};
use crate::store::Window;
use crate::store::reviews::StoredChange;
use anyhow::{Context, bail};
use std::io::{BufRead, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;

/// Messages shown of each kind.
const SHOWN: usize = 10;

/// The texts of the questions, and their numbers.
pub async fn chosen(work: &Work, which: &Which) -> anyhow::Result<(Vec<String>, Vec<i64>)> {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    let board = if which.cluster { Some(work.board().await?) } else { None };
    for id in &which.ids {
        match &board {
            Some(board) => {
                let (case, _) = board.find(*id).with_context(|| super::no_cluster(*id))?;
                texts.extend(case.proposed().iter().map(|wording| wording.text.clone()));
                numbers.extend(&case.cluster.questions);
            }
            None => {
                let row = work.store.entry(*id).await?;
                let row = row.with_context(|| format!("没有编号为 {id} 的记录；编号见 `wenlu review list`"))?;
                texts.push(question(&row).to_owned());
                numbers.push(row.id);
            }
        }
    }
    Ok((texts, numbers))
}

/// Drafts `edit`, shows what it would do, and publishes it where that is wanted.
pub async fn act(work: &Work, edit: &Edit, questions: Vec<i64>, how: How) -> anyhow::Result<ExitCode> {
    let id = work.shop.draft(work.by(), edit, questions).await.map_err(said)?;
    decide(work, id, how).await
}

/// The same for a change that takes another one back.
pub async fn undo(work: &Work, id: i64, how: How) -> anyhow::Result<ExitCode> {
    let id = work.shop.draft_undo(work.by(), id).await.map_err(said)?;
    decide(work, id, how).await
}

/// Shows what a draft would do, and publishes it where that is wanted.
pub async fn decide(work: &Work, id: i64, how: How) -> anyhow::Result<ExitCode> {
    let stored = work.store.change(id).await?.ok_or_else(|| said(WorkError::Missing))?;
    let change = change_of(&stored).map_err(said)?;
    if let Some(conflict) = work.shop.conflicts(&change).map_err(said)?.first() {
        anstream::eprintln!("{}", conflict.diff.lines().map(harmless).collect::<Vec<_>>().join("\n"));
        bail!(
            "{} 在起草之后又有人改过（如上），没有发布。在运营页面上重做，或放弃：wenlu review discard {id}",
            conflict.path
        );
    }
    let files = work.shop.files();
    let live = match validate_files(&files) {
        Ok(live) => Some(live.knowledge),
        // whatever stands there, an undo is possible
        Err(_) if stored.undoes.is_some() => None,
        Err(mistakes) => {
            anstream::eprint!("{}", mistakes.render(true));
            bail!("数据文件现在就有误，请先改好 / the data files have mistakes");
        }
    };
    let seen = tried(work, &files, live.as_ref(), &change).await?;
    let mut fate = Fate::of(&stored, &change, &seen);
    if !how.json {
        print(&described(&stored, &change, &seen, live.as_ref(), fate))?;
    }
    let wanted = fate != Fate::Stays && (how.yes || (!how.json && agreed(work, id).await?));
    let reason = match fate {
        Fate::NeedsReason if how.reason.is_some() || (wanted && !how.yes) => reason(how.reason.as_deref())?,
        _ => None,
    };
    if reason.is_some() {
        fate = Fate::MayGoLive;
    }
    let accepted = reason.map(|reason| acceptance(&reason, &seen.verdict.flipped_elsewhere));
    let published = match wanted && fate == Fate::MayGoLive {
        true => Some(work.shop.publish(work.by(), stored.clone(), accepted).await.map_err(said)?),
        false => None,
    };
    print(&match how.json {
        true => vec![object(&stored, &change, &seen, fate, published.as_ref())?],
        false => vec![outcome(&stored, fate, published, &change)],
    })?;
    Ok(if fate == Fate::MayGoLive { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a draft can be published as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    MayGoLive,
    /// Tests of other intents turn, and nobody has said yet why that is right.
    NeedsReason,
    Stays,
}

impl Fate {
    fn of(stored: &StoredChange, change: &Change, seen: &Preview) -> Self {
        let is_unfinished = to_be_written(stored, change).is_some() || change.conflicting().is_some();
        match seen.fitness(stored.undoes.is_some()) {
            _ if is_unfinished => Fate::Stays,
            Fitness::Unfit => Fate::Stays,
            Fitness::Fit => Fate::MayGoLive,
            Fitness::NeedsReason => Fate::NeedsReason,
        }
    }
}

/// Why it is right that tests of other intents turn: as given, or as asked for.
fn reason(given: Option<&str>) -> anyhow::Result<Option<String>> {
    let said = match given {
        Some(given) => Some(given.to_owned()),
        None => ask("别的意图的测试会变。为什么这样是对的？（会记进操作记录；回车 先留着）")?,
    };
    Ok(said.map(|said| said.trim().to_owned()).filter(|said| !said.is_empty()))
}

/// Why something was not done, for the terminal.
pub fn said(error: WorkError) -> anyhow::Error {
    match error {
        WorkError::ReadOnly => anyhow::anyhow!(
            "内置的知识不能改：先 wenlu init 文件夹，再用 --root 指给它 / the built-in knowledge cannot be changed: wenlu init"
        ),
        WorkError::Stale => {
            anyhow::anyhow!("这个修改已经发布、撤销、放弃或改过了；见 `wenlu review changes` / not in that state")
        }
        WorkError::Missing => anyhow::anyhow!("没有这个修改；编号见 `wenlu review changes` / no such change"),
        WorkError::Unresolved(path) => {
            anyhow::anyhow!("{path} 里还有两个版本没有选，请在运营页面上选好 / two versions stand in it, choose one")
        }
        other => other.into(),
    }
}

/// One line; `None` where nobody can be asked.
pub fn ask(prompt: &str) -> anyhow::Result<Option<String>> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Ok(None);
    }
    anstream::print!("{prompt}");
    std::io::stdout().flush()?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

async fn tried(work: &Work, files: &Files, live: Option<&Knowledge>, change: &Change) -> anyhow::Result<Preview> {
    let asked = work.store.asked(Window::default()).await?;
    let asked: Vec<Asked> = asked.into_iter().map(Asked::from).collect();
    let router = live.map(|knowledge| app::router(&work.settings, knowledge));
    let live = live.zip(router.as_ref()).map(|(knowledge, router)| Version { knowledge, router });
    let meter = Meter::new("检查");
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let build = |knowledge: &Knowledge| app::router(&work.settings, knowledge);
    let tell = |_, done: usize, all: usize| meter.show(done as u64, all as u64);
    let seen = preview(files, change, live, &asked, build, threads, &tell);
    meter.clear();
    Ok(seen)
}

fn described(
    stored: &StoredChange,
    change: &Change,
    seen: &Preview,
    live: Option<&Knowledge>,
    fate: Fate,
) -> Vec<String> {
    let mut lines = vec![paint(HEADING, format!("#{} {}", stored.id, harmless(&stored.summary)))];
    let diff = change.diff();
    lines.extend(diff.lines().map(|line| match line.as_bytes().first() {
        Some(b'+') => paint(GOOD, harmless(line)),
        Some(b'-') => paint(BAD, harmless(line)),
        Some(b'@') => paint(FAINT, harmless(line)),
        _ => harmless(line),
    }));
    if let Some((report, live)) = seen.replay.as_ref().zip(live) {
        lines.push(String::new());
        lines.extend(replay::lines(report, live, live, SHOWN));
    }
    let verdict = &seen.verdict;
    let own: Vec<Diagnostic> = verdict.own_failures.iter().map(|failed| failed.diagnostic.clone()).collect();
    let failing = if fate == Fate::Stays {
        "这些测试会不过，所以不能发布："
    } else {
        "撤销以后，这些测试会不过："
    };
    let found = [
        ("文件里本来就有的错误：", &seen.mistakes_before),
        ("这样写不能用：", &verdict.mistakes),
        (failing, &own),
        ("提醒：", &seen.warnings),
    ];
    for (title, all) in found.into_iter().filter(|(_, all)| !all.is_empty()) {
        lines.push(format!("\n{}", paint(HEADING, title)));
        lines.push(diagnostic::render(all, &verdict.texts, true));
    }
    if !verdict.flipped_elsewhere.is_empty() {
        lines.push(format!("\n{}", paint(HEADING, "这份草稿没有动这些意图，但它们的测试会变：")));
        lines.extend(verdict.flipped_elsewhere.iter().map(turned));
    }
    if !verdict.known_failures.is_empty() {
        let title = format!("本来就不过的测试（与这份草稿无关）：{} 条", verdict.known_failures.len());
        lines.push(format!("\n{}", paint(FAINT, title)));
    }
    lines
}

/// A test that turns, with what it was answered before.
fn turned(failed: &FailedTest) -> String {
    let place = &failed.diagnostic.place;
    let before = failed.before.as_ref().map_or_else(|| "不明".to_owned(), ToString::to_string);
    let place = paint(FAINT, format!("{}:{}", place.file, place.line));
    format!(
        "  {}　{place}\n    原来：{}\n    现在：{}",
        harmless(&failed.say),
        harmless(&before),
        harmless(&failed.now.to_string())
    )
}

fn object(
    stored: &StoredChange,
    change: &Change,
    seen: &Preview,
    fate: Fate,
    published: Option<&Published>,
) -> anyhow::Result<String> {
    let published = published.map(|published| {
        let commit = published.commit.as_ref();
        serde_json::json!({
            "version": published.version,
            "commit": commit.and_then(|commit| commit.as_ref().ok()),
            "commit_error": commit.and_then(|commit| commit.as_ref().err()),
        })
    });
    let list = |all: &[Diagnostic]| all.iter().map(Diagnostic::to_json).collect::<Vec<_>>();
    let tests = |all: &[FailedTest]| all.iter().map(FailedTest::to_json).collect::<Vec<_>>();
    let verdict = &seen.verdict;
    Ok(serde_json::to_string(&serde_json::json!({
        "change": stored.id, "summary": stored.summary, "diff": change.diff(), "fit": fate == Fate::MayGoLive,
        "needs_reason": fate == Fate::NeedsReason, "unwritten": to_be_written(stored, change),
        "conflicting": change.conflicting(), "mistakes": list(&verdict.mistakes),
        "mistakes_before": list(&seen.mistakes_before), "failing": tests(&verdict.own_failures),
        "flipped_elsewhere": tests(&verdict.flipped_elsewhere), "failed_before": tests(&verdict.known_failures),
        "warnings": list(&seen.warnings), "replay": seen.replay, "published": published,
    }))?)
}

/// Whether the one at the terminal says yes. A draft that is not wanted is given up.
async fn agreed(work: &Work, id: i64) -> anyhow::Result<bool> {
    match ask("\n发布吗？[y 发布 / d 放弃 / 回车 先留着] ")?.as_deref() {
        Some("y" | "Y" | "yes" | "是") => Ok(true),
        Some("d" | "D") => {
            work.store.discard_draft(work.by(), id).await?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

fn outcome(stored: &StoredChange, fate: Fate, published: Option<Published>, change: &Change) -> String {
    let id = stored.id;
    match published.map(|published| published.commit) {
        Some(None) => format!("已发布。撤销：wenlu review undo {id}"),
        Some(Some(Ok(commit))) => format!("已发布，提交 {commit}。撤销：wenlu review undo {id}"),
        Some(Some(Err(error))) => format!("已发布，但没有提交到 git：{}", harmless(&error)),
        None => left(stored, fate, change),
    }
}

/// What can be done with a draft that was not published.
fn left(stored: &StoredChange, fate: Fate, change: &Change) -> String {
    let id = stored.id;
    match (fate, change.conflicting(), to_be_written(stored, change)) {
        (Fate::MayGoLive, ..) => {
            format!("没有改动。要发布这份草稿：wenlu review publish {id}；不要了：wenlu review discard {id}")
        }
        (Fate::NeedsReason, ..) => format!(
            "没有改动。别的意图的测试会变，要发布就写明为什么这样是对的：wenlu review publish {id} --yes --reason 理由；不要了：wenlu review discard {id}"
        ),
        (Fate::Stays, Some(path), _) => format!(
            "没有改动：{path} 里同一个地方后来又改过，草稿 #{id} 里两个版本都留着。在运营页面的“修改”里选好再发布；或直接改文件，然后放弃这份草稿：wenlu review discard {id}"
        ),
        (Fate::Stays, _, Some(path)) => {
            format!("没有改动：{path} 里还是占位的文字。在运营页面的“修改”里写好草稿 #{id} 再发布。")
        }
        (Fate::Stays, ..) => format!("没有改动：草稿 #{id} 还不能发布。不要了：wenlu review discard {id}"),
    }
}
