//! `wenlu replay DRAFT`: routes the questions of the journal with the live data files and with a
//! draft of them, and shows what would be answered differently.

use super::context::{GlobalFlags, load, no_journal};
use super::output::print_line;
use super::progress::ProgressMeter;
use super::style::{BAD, DOUBTFUL, FAINT, GOOD, HEADING, paint};
use super::time_arg::{self, TimeArg};
use crate::channel::terminal::strip_control_chars;
use crate::review::parallel::cores;
use crate::review::replay::{
    ReplayChange, ReplayChangeKind, ReplayReport, ReplaySide, ReplayText, ReplayVersion, replay,
    texts_to_replay,
};
use crate::settings::Settings;
use crate::store::{JournalWindow, Store, StoreError};
use anstyle::Style;
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::labels::brief_reason_label;
use wenlu_core::model::Decision;
use wenlu_core::router::DecisionReason;
use wenlu_core::router::Router;

#[derive(clap::Args, Debug)]
#[command(after_help = MEANING)]
pub(super) struct ReplayArgs {
    /// Folder with the draft's intents/ and content/
    #[arg(value_name = "DRAFT")]
    draft: PathBuf,
    /// Only what was asked since: 30m, 24h, 7d, 2w, or a day such as 2026-11-01
    #[arg(long, value_name = "WHEN", value_parser = time_arg::parse)]
    since: Option<TimeArg>,
    /// Only what was asked before: the same forms
    #[arg(long, value_name = "WHEN", value_parser = time_arg::parse)]
    until: Option<TimeArg>,
    /// How many messages to show of each kind
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// The whole report as one JSON object
    #[arg(long)]
    json: bool,
    /// Exit with 1 if more messages than this are answered differently or fall silent; for CI
    #[arg(long, value_name = "N")]
    max_regressions: Option<u64>,
}

pub(super) const MEANING: &str = "\
What is replayed: every question that was typed and routed, each by itself; not steps, choices and follow-ups.
  would now be answered  not understood before, or only asked back; better now
  changed                another answer, other choices, or asked back instead of answered
  would fall silent      answered, a menu or asked back before; not understood now
Regressions are the last two.

Exit codes:
  0  done
  1  more regressions than --max-regressions, or data files with mistakes
  2  wrong usage";

pub(super) fn run(global: &GlobalFlags, args: ReplayArgs) -> anyhow::Result<ExitCode> {
    let settings = super::context::load_settings(global)?;
    let start = |when: Option<TimeArg>| when.map(TimeArg::start).transpose();
    let window = JournalWindow {
        since: start(args.since)?,
        until: start(args.until)?,
    };
    let runtime = super::context::runtime()?;
    let asked = match runtime.block_on(asked(&settings, window)) {
        Err(StoreError::Missing(file)) => return no_journal(&file, args.json),
        asked => asked?,
    };
    let live = load(global, None)?;
    let draft = load(global, Some(&args.draft))
        .with_context(|| format!("草稿 / draft {}", args.draft.display()))?;
    let [before, after] = both(&live, &draft, &settings);
    super::context::prepare(&texts_of(&asked));
    let (meter, total) = (ProgressMeter::new("重放"), asked.len() as u64);
    let threads = cores();
    let (before, after) = (
        ReplayVersion {
            knowledge: &live,
            router: &before,
        },
        ReplayVersion {
            knowledge: &draft,
            router: &after,
        },
    );
    let report = replay(&asked, before, after, threads, &|done| {
        meter.show(done as u64, total)
    });
    meter.clear();
    let lines = if args.json {
        vec![serde_json::to_string_pretty(&report)?]
    } else {
        self::lines(&report, &live, &draft, args.limit)
    };
    let mut out = anstream::stdout().lock();
    for line in lines {
        if !print_line(&mut out, &line)? {
            break;
        }
    }
    let too_many = args
        .max_regressions
        .is_some_and(|most| report.regressions() > most);
    Ok(if too_many {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The report as text, with at most `limit` messages of each kind.
pub(super) fn lines(
    report: &ReplayReport,
    live: &Knowledge,
    draft: &Knowledge,
    limit: usize,
) -> Vec<String> {
    ReplayReportView {
        report,
        live,
        draft,
    }
    .lines(limit)
}

async fn asked(settings: &Settings, window: JournalWindow) -> Result<Vec<ReplayText>, StoreError> {
    let store = Store::open_existing(settings.store.database.reveal()).await?;
    let asked = texts_to_replay(&store, window).await;
    store.close().await;
    asked
}

/// The texts to replay.
pub(in crate::cli) fn texts_of(asked: &[ReplayText]) -> Vec<String> {
    asked.iter().map(|asked| asked.text.clone()).collect()
}

/// Builds both routers in parallel.
fn both(live: &Knowledge, draft: &Knowledge, settings: &Settings) -> [Router; 2] {
    std::thread::scope(|scope| {
        let before = scope.spawn(|| crate::cli::context::build_router(settings, live));
        let after = crate::cli::context::build_router(settings, draft);
        [
            before
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            after,
        ]
    })
}

/// The report as text.
struct ReplayReportView<'a> {
    report: &'a ReplayReport,
    live: &'a Knowledge,
    draft: &'a Knowledge,
}

impl ReplayReportView<'_> {
    fn lines(&self, limit: usize) -> Vec<String> {
        if self.report.messages == 0 {
            return vec!["这段时间没有人提问，没有可以重放的消息。".to_owned()];
        }
        let mut lines = self.totals();
        lines.extend(self.reworded());
        for kind in [
            ReplayChangeKind::Silent,
            ReplayChangeKind::Changed,
            ReplayChangeKind::Answered,
        ] {
            lines.extend(self.changes(kind, limit));
        }
        lines
    }

    fn totals(&self) -> Vec<String> {
        let ReplayReport {
            messages,
            texts,
            answered,
            changed,
            silent,
            ..
        } = self.report;
        vec![
            paint(
                HEADING,
                format!(
                    "以前答不上、现在能答 {answered} · 回答变了 {changed} · 以前能答、现在答不上 {silent}"
                ),
            ),
            format!(
                "would now be answered {answered} · changed {changed} · would fall silent {silent}"
            ),
            paint(
                FAINT,
                format!("重放了 {messages} 条消息，{texts} 种说法；每个数都是消息的条数"),
            ),
        ]
    }

    /// The intents that are found as before and whose reply has another text.
    fn reworded(&self) -> Option<String> {
        let reworded = &self.report.reworded;
        let intents = reworded
            .iter()
            .map(|(id, count)| format!("{}{count} 条", name(id, self.draft)));
        (!reworded.is_empty()).then(|| {
            format!(
                "去处没变，但回复的文字改了：{}",
                intents.collect::<Vec<_>>().join("、")
            )
        })
    }

    /// The messages of one kind, at most `limit`, with a heading; nothing without messages.
    fn changes(&self, kind: ReplayChangeKind, limit: usize) -> Vec<String> {
        let changes: Vec<&ReplayChange> = self
            .report
            .changes
            .iter()
            .filter(|change| change.kind == kind)
            .collect();
        if changes.is_empty() {
            return Vec::new();
        }
        let (title, style) = heading(kind);
        let mut lines = vec![format!("\n{}", paint(style, title))];
        lines.extend(changes.iter().take(limit).map(|change| self.change(change)));
        if let Some(more) = changes.len().checked_sub(limit).filter(|more| *more > 0) {
            lines.push(format!("  其余 {more} 种用 --limit 查看"));
        }
        lines
    }

    fn change(&self, change: &ReplayChange) -> String {
        let ReplayChange {
            text,
            count,
            before,
            after,
            ..
        } = change;
        let (before, after) = (side(before, self.live), side(after, self.draft));
        format!(
            "{count:>4} 次  {}\n         以前：{before}\n         现在：{after}",
            strip_control_chars(text)
        )
    }
}

fn heading(kind: ReplayChangeKind) -> (&'static str, Style) {
    match kind {
        ReplayChangeKind::Silent => ("以前能答、现在答不上", BAD),
        ReplayChangeKind::Changed => ("回答变了", DOUBTFUL),
        ReplayChangeKind::Answered => ("以前答不上、现在能答", GOOD),
    }
}

/// `回答「怎么注销小程序」(close)，把握 0.93：把握达到阈值，也没有相近的对手`
fn side(side: &ReplaySide, knowledge: &Knowledge) -> String {
    let names = |ids: &[String]| ids.iter().map(|id| name(id, knowledge)).collect::<String>();
    let place = &side.place;
    let what = match (place.decision, &place.gap) {
        (Decision::Answer, _) => {
            let ids: Vec<String> = place.intent.iter().chain(&place.also).cloned().collect();
            format!("回答{}", names(&ids))
        }
        (Decision::Menu, _) => format!("菜单{}", names(place.intent.as_slice())),
        (Decision::Clarify, _) => format!("反问{}", names(&place.choices)),
        (Decision::Unknown, Some(gap)) => format!("没有资料{}", name(gap, knowledge)),
        (Decision::Unknown, None) if side.gate == Some(DecisionReason::Exact) => {
            return "没听懂：与范围外的例句相同".to_owned();
        }
        (Decision::Unknown, None) => {
            let nearest = side.candidates.first().filter(|best| best.confidence > 0.0);
            let nearest = nearest.map(|best| format!("，最接近{}", name(&best.intent, knowledge)));
            format!("没听懂{}", nearest.unwrap_or_default())
        }
    };
    let why = side.gate.map_or_else(String::new, |gate| {
        format!("：{}", brief_reason_label(gate))
    });
    format!("{what}，把握 {:.2}{why}", side.confidence)
}

fn name(id: &str, knowledge: &Knowledge) -> String {
    match knowledge.intent(id) {
        Some(intent) => format!("「{}」({id})", strip_control_chars(&intent.title)),
        None => id.to_owned(),
    }
}
