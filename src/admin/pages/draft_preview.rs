//! Preview of a draft: mistakes, failing tests, changed tests of other intents, and messages that
//! would be answered differently.

use crate::admin::AdminState;
use crate::admin::html::{self, text};
use crate::review::preview::{ChangeFitness, ChangePreview, PreviewStage};
use crate::review::replay::{ReplayChange as Moved, ReplayChangeKind, ReplayReport, ReplaySide};
use maud::{Markup, html};
use wenlu_core::check::FailedTest;
use wenlu_core::knowledge::diagnostic::{self, Diagnostic, FileTexts};
use wenlu_core::model::Decision;

/// Messages or tests shown of each kind.
const SHOWN: usize = 12;
/// Warnings shown.
const WARNINGS: usize = 8;

pub(super) fn stage(stage: PreviewStage) -> &'static str {
    match stage {
        PreviewStage::Building => "正在用草稿建一个路由器",
        PreviewStage::Testing => "正在跑每个意图的测试",
        PreviewStage::Comparing => "正在找冲突",
        PreviewStage::Replaying => "正在重放问过的话",
    }
}

/// `is_undo`: the draft undoes another change; failing tests do not block it.
pub(super) fn effect(admin: &AdminState, preview: &ChangePreview, is_undo: bool) -> Markup {
    let verdict = &preview.verdict;
    let failing = verdict.own_failures.len() + verdict.flipped_elsewhere.len();
    html! {
        @if !verdict.mistakes.is_empty() {
            section.card.bad { h2 { "这样写不能用：" (verdict.mistakes.len()) " 处错误" } (quoted(&verdict.mistakes, &verdict.texts)) }
        }
        @if !preview.mistakes_before.is_empty() {
            section.card.bad {
                h2 { "文件里本来就有 " (preview.mistakes_before.len()) " 处错误" }
                p { @if is_undo { "不是这次撤销造成的，撤销照样可以发布；改好它们之后才会生效。" } @else { "不是这份草稿造成的：磁盘上的文件因为它们，现在没有采用。要先改好它们，这份草稿才能发布。" } }
                (quoted(&preview.mistakes_before, &verdict.texts))
            }
        }
        @if let Some(report) = &preview.replay {
            section.card.(if preview.fitness(is_undo) == ChangeFitness::Fit && failing == 0 { "good" } else { "bad" }) {
                h2 { "影响" }
                p.verdict {
                    "多答 " b { (report.answered) } " 次，改变 " b { (report.changed) } " 次，答不上 " b { (report.silent) } " 次"
                    "；测试" @if failing == 0 { "全部通过" } @else { b { (failing) } " 条不过" } "。"
                }
                p.soft { "把问过的 " (report.messages) " 句话（" (report.texts) " 种）都重放了一遍，与现在的回答比较。" }
                @for kind in [ReplayChangeKind::Silent, ReplayChangeKind::Changed, ReplayChangeKind::Answered] { (moved(admin, report, kind)) }
                (reworded(admin, report))
            }
        }
        @if !verdict.own_failures.is_empty() {
            section.card.bad {
                h2 { @if is_undo { "撤销以后，这些测试会不过" } @else { "这些测试会不过，所以不能发布" } }
                @if is_undo { p { "撤销照样可以发布；不过的测试会一直列在概览里，直到改好，或有人认可。" } }
                (quoted(&own_diagnostics(&verdict.own_failures), &verdict.texts))
            }
        }
        @if !verdict.flipped_elsewhere.is_empty() {
            section.card.bad {
                h2 { "别的意图有 " (verdict.flipped_elsewhere.len()) " 条测试会变" }
                p { "这份草稿没有动这些意图，但下面的话会去别处。请看看是不是本来就该这样。" }
                (flipped_tests(&verdict.flipped_elsewhere))
            }
        }
        @if !verdict.known_failures.is_empty() {
            details.card {
                summary { "还有 " (verdict.known_failures.len()) " 条测试本来就不过，与这份草稿无关" }
                (flipped_tests(&verdict.known_failures))
            }
        }
        @if !preview.warnings.is_empty() {
            section.card {
                h2 { (preview.warnings.len()) " 处提醒" }
                (quoted(&telling(&preview.warnings), &verdict.texts))
                @if preview.warnings.len() > WARNINGS {
                    p.soft {
                        "一共：" @for (code, all) in diagnostic::by_code(&preview.warnings) { (code.id()) " " (code.slug()) " " (all.len()) " 处　" }
                        "其余见 wenlu check。"
                    }
                }
            }
        }
    }
}

/// The warnings that say most: of a code that comes often, one is enough.
fn telling(all: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut by_code: Vec<_> = diagnostic::by_code(all).into_iter().collect();
    by_code.sort_by_key(|(_, same)| same.len());
    let most = |same: usize| if same > WARNINGS { 1 } else { same };
    let chosen = by_code
        .iter()
        .flat_map(|(_, same)| same.iter().take(most(same.len())));
    chosen.take(WARNINGS).map(|one| (*one).clone()).collect()
}

/// Failing tests, each with its previous answer, if that was right, and its present one.
pub(super) fn flipped_tests(all: &[FailedTest]) -> Markup {
    html! {
        ul.rows {
            @for failed in all.iter().take(SHOWN) {
                li {
                    div {
                        span.said { (text(failed.say())) }
                        div.soft {
                            @if let Some(before) = &failed.before { "原来：" (text(&before.to_string())) " → 现在：" }
                            (text(&failed.now.to_string()))
                        }
                    }
                    span.soft { code { (failed.diagnostic.place.file) ":" (failed.diagnostic.place.line) } }
                }
            }
        }
        @if all.len() > SHOWN { p.soft { "还有 " (all.len() - SHOWN) " 条，见 wenlu check。" } }
    }
}

fn own_diagnostics(failed: &[FailedTest]) -> Vec<Diagnostic> {
    failed
        .iter()
        .map(|failed| failed.diagnostic.clone())
        .collect()
}

fn quoted(all: &[Diagnostic], texts: &FileTexts) -> Markup {
    html! { pre tabindex="0" aria-label="在哪一行" { (text(&diagnostic::render(all, texts, false))) } }
}

fn moved(admin: &AdminState, report: &ReplayReport, kind: ReplayChangeKind) -> Markup {
    let all: Vec<&Moved> = report
        .changes
        .iter()
        .filter(|moved| moved.kind == kind)
        .collect();
    let title = match kind {
        ReplayChangeKind::Silent => "以前能答，以后答不上",
        ReplayChangeKind::Changed => "回答会变",
        ReplayChangeKind::Answered => "以前答不上，以后能答",
    };
    html! {
        @if !all.is_empty() {
            details open[kind != ReplayChangeKind::Answered || all.len() <= SHOWN] {
                summary { (title) "：" (all.len()) " 种说法" }
                ul.rows {
                    @for moved in all.iter().take(SHOWN) {
                        li {
                            div { span.said { (text(&moved.text)) } div.soft { (side(admin, &moved.before)) " → " (side(admin, &moved.after)) } }
                            span.soft { (moved.count) " 次" }
                        }
                    }
                }
                @if all.len() > SHOWN { p.soft { "还有 " (all.len() - SHOWN) " 种。" } }
            }
        }
    }
}

fn reworded(admin: &AdminState, report: &ReplayReport) -> Markup {
    html! {
        @if !report.reworded.is_empty() {
            p { "去处没变、回复的文字会变：" @for (id, count) in &report.reworded { (html::intent_link(admin, id)) " " (count) " 次　" } }
        }
    }
}

/// Where a message is routed, and with what confidence.
fn side(admin: &AdminState, side: &ReplaySide) -> Markup {
    let place = &side.place;
    html! {
        @match (place.decision, &place.intent, &place.gap) {
            (Decision::Answer, Some(id), _) => { "回答" (html::intent_link(admin, id)) }
            (Decision::Menu, Some(id), _) => { "菜单" (html::intent_link(admin, id)) }
            (Decision::Clarify, ..) => { "反问 " @for id in &place.choices { (html::intent_link(admin, id)) " " } }
            (_, _, Some(gap)) => { "没有资料" (html::intent_link(admin, gap)) }
            _ => "没听懂",
        }
        (format!("（{:.2}）", side.confidence))
    }
}
