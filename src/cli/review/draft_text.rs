//! Texts about a draft. In: the draft, its preview, and whether it was published. Out: lines for
//! the terminal, or one JSON object. Must not know: the store, who decides.

use super::publish::DraftReadiness;
use crate::channel::terminal::strip_control_chars;
use crate::cli::replay;
use crate::cli::style::{BAD, FAINT, GOOD, HEADING, paint};
use crate::review::change::ChangeSet;
use crate::review::change_service::{PublishedChange, to_be_written};
use crate::review::preview::ChangePreview;
use crate::store::reviews::{CommitState, StoredChange};
use wenlu_core::check::FailedTest;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::diagnostic::{self, Diagnostic};

/// Messages shown of each kind.
const SHOWN: usize = 10;

/// The draft's diff and preview.
pub(super) fn described(
    stored: &StoredChange,
    change: &ChangeSet,
    seen: &ChangePreview,
    live: Option<&Knowledge>,
    fate: DraftReadiness,
) -> Vec<String> {
    let mut lines = vec![paint(
        HEADING,
        format!("#{} {}", stored.id, strip_control_chars(&stored.summary)),
    )];
    lines.extend(change.diff().lines().map(diff_line));
    if let Some((report, live)) = seen.replay.as_ref().zip(live) {
        lines.push(String::new());
        lines.extend(replay::lines(report, live, live, SHOWN));
    }
    lines.extend(findings(seen, fate));
    let verdict = &seen.verdict;
    if !verdict.flipped_elsewhere.is_empty() {
        lines.push(format!(
            "\n{}",
            paint(HEADING, "这份草稿没有动这些意图，但它们的测试会变：")
        ));
        lines.extend(verdict.flipped_elsewhere.iter().map(turned));
    }
    if !verdict.known_failures.is_empty() {
        let title = format!(
            "本来就不过的测试（与这份草稿无关）：{} 条",
            verdict.known_failures.len()
        );
        lines.push(format!("\n{}", paint(FAINT, title)));
    }
    lines
}

/// One line of a diff, in the colour of its kind.
fn diff_line(line: &str) -> String {
    let text = strip_control_chars(line);
    match line.as_bytes().first() {
        Some(b'+') => paint(GOOD, text),
        Some(b'-') => paint(BAD, text),
        Some(b'@') => paint(FAINT, text),
        _ => text,
    }
}

/// Mistakes, failing tests and warnings, each kind under its title.
fn findings(seen: &ChangePreview, fate: DraftReadiness) -> Vec<String> {
    let verdict = &seen.verdict;
    let own: Vec<Diagnostic> = verdict
        .own_failures
        .iter()
        .map(|failed| failed.diagnostic.clone())
        .collect();
    let failing = if fate == DraftReadiness::NotPublishable {
        "这些测试会不过，所以不能发布："
    } else {
        "撤销以后，这些测试会不过："
    };
    let found = [
        (
            "文件里本来就有的错误，磁盘上的文件因此没有采用：",
            &seen.mistakes_before,
        ),
        ("这样写不能用：", &verdict.mistakes),
        (failing, &own),
        ("提醒：", &seen.warnings),
    ];
    let mut lines = Vec::new();
    for (title, all) in found.into_iter().filter(|(_, all)| !all.is_empty()) {
        lines.push(format!("\n{}", paint(HEADING, title)));
        lines.push(diagnostic::render(all, &verdict.texts, true));
    }
    lines
}

/// A test with another result, with the previous and the present answer.
fn turned(failed: &FailedTest) -> String {
    let place = &failed.diagnostic.place;
    let before = failed
        .before
        .as_ref()
        .map_or_else(|| "不明".to_owned(), ToString::to_string);
    let place = paint(FAINT, format!("{}:{}", place.file, place.line));
    format!(
        "  {}　{place}\n    原来：{}\n    现在：{}",
        strip_control_chars(failed.say()),
        strip_control_chars(&before),
        strip_control_chars(&failed.now.to_string())
    )
}

/// The draft, its preview and its publication as JSON.
pub(super) fn draft_json(
    stored: &StoredChange,
    change: &ChangeSet,
    seen: &ChangePreview,
    fate: DraftReadiness,
    published: Option<&PublishedChange>,
) -> anyhow::Result<String> {
    let published = published.map(|published| {
        let (commit, commit_error) = match &published.commit {
            CommitState::None => (None, None),
            CommitState::Committed(id) => (Some(id), None),
            CommitState::Failed(error) => (None, Some(error)),
        };
        serde_json::json!({
            "version": published.version,
            "commit": commit,
            "commit_error": commit_error,
        })
    });
    let list = |all: &[Diagnostic]| all.iter().map(Diagnostic::to_json).collect::<Vec<_>>();
    let tests = |all: &[FailedTest]| all.iter().map(FailedTest::to_json).collect::<Vec<_>>();
    let verdict = &seen.verdict;
    Ok(serde_json::to_string(&serde_json::json!({
        "change": stored.id, "summary": stored.summary, "diff": change.diff(), "fit": fate == DraftReadiness::Publishable,
        "needs_reason": fate == DraftReadiness::NeedsReason, "unwritten": to_be_written(stored, change),
        "conflicting": change.conflicting(), "mistakes": list(&verdict.mistakes),
        "mistakes_before": list(&seen.mistakes_before), "failing": tests(&verdict.own_failures),
        "flipped_elsewhere": tests(&verdict.flipped_elsewhere), "failed_before": tests(&verdict.known_failures),
        "warnings": list(&seen.warnings), "replay": seen.replay, "published": published,
    }))?)
}

/// The result: published, or what to do next.
pub(super) fn outcome(
    stored: &StoredChange,
    fate: DraftReadiness,
    published: Option<PublishedChange>,
    change: &ChangeSet,
) -> String {
    let id = stored.id;
    match published.map(|published| published.commit) {
        Some(CommitState::None) => format!("已发布。撤销：wenlu review undo {id}"),
        Some(CommitState::Committed(commit)) => {
            format!("已发布，提交 {commit}。撤销：wenlu review undo {id}")
        }
        Some(CommitState::Failed(error)) => {
            format!("已发布，但没有提交到 git：{}", strip_control_chars(&error))
        }
        None => left(stored, fate, change),
    }
}

/// What can be done with a draft that was not published.
fn left(stored: &StoredChange, fate: DraftReadiness, change: &ChangeSet) -> String {
    let id = stored.id;
    match (fate, change.conflicting(), to_be_written(stored, change)) {
        (DraftReadiness::Publishable, ..) => {
            format!(
                "没有改动。要发布这份草稿：wenlu review publish {id}；不要了：wenlu review discard {id}"
            )
        }
        (DraftReadiness::NeedsReason, ..) => format!(
            "没有改动。别的意图的测试会变，要发布就写明为什么这样是对的：wenlu review publish {id} --yes --reason 理由；不要了：wenlu review discard {id}"
        ),
        (DraftReadiness::NotPublishable, Some(path), _) => format!(
            "没有改动：{path} 里同一个地方后来又改过，草稿 #{id} 里两个版本都留着。在运营页面的“修改”里选好再发布；或直接改文件，然后放弃这份草稿：wenlu review discard {id}"
        ),
        (DraftReadiness::NotPublishable, _, Some(path)) => {
            format!(
                "没有改动：{path} 里还是占位的文字。在运营页面的“修改”里写好草稿 #{id} 再发布。"
            )
        }
        (DraftReadiness::NotPublishable, ..) => {
            format!("没有改动：草稿 #{id} 还不能发布。不要了：wenlu review discard {id}")
        }
    }
}
