//! Texts about a draft. In: the draft, its preview, and whether it was published. Out: lines for
//! the terminal, or one JSON object. Must not know: the store, who decides.

use super::act::Fate;
use crate::channel::terminal::harmless;
use crate::check::FailedTest;
use crate::cli::paint::{BAD, FAINT, GOOD, HEADING, paint};
use crate::cli::replay;
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{self, Diagnostic};
use crate::review::change::Change;
use crate::review::preview::Preview;
use crate::review::workshop::{Published, to_be_written};
use crate::store::reviews::StoredChange;

/// Messages shown of each kind.
const SHOWN: usize = 10;

/// The draft's diff and preview.
pub fn described(
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
        ("文件里本来就有的错误，磁盘上的文件因此没有采用：", &seen.mistakes_before),
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

/// A test with another result, with the previous and the present answer.
fn turned(failed: &FailedTest) -> String {
    let place = &failed.diagnostic.place;
    let before = failed.before.as_ref().map_or_else(|| "不明".to_owned(), ToString::to_string);
    let place = paint(FAINT, format!("{}:{}", place.file, place.line));
    format!(
        "  {}　{place}\n    原来：{}\n    现在：{}",
        harmless(failed.say()),
        harmless(&before),
        harmless(&failed.now.to_string())
    )
}

/// The draft, its preview and its publication as JSON.
pub fn object(
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

/// The result: published, or what to do next.
pub fn outcome(stored: &StoredChange, fate: Fate, published: Option<Published>, change: &Change) -> String {
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
