//! `wenlu replay DRAFT`: routes the questions of the journal with the live data files and with a
//! draft of them, and shows what would be answered differently.

use super::meter::Meter;
use super::output::print_line;
use super::paint::{BAD, DOUBTFUL, FAINT, GOOD, HEADING, paint};
use super::when::{self, When};
use super::{Global, load, no_journal};
use crate::app;
use crate::channel::terminal::harmless;
use crate::knowledge::Knowledge;
use crate::review::replay::{Asked, Change, Kind, Report, Side, Version, replay};
use crate::router::decide::Gate;
use crate::router::{Decision, Router};
use crate::settings::Settings;
use crate::store::{Store, StoreError, Window};
use crate::wording::gate_alone;
use anstyle::Style;
use anyhow::Context;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
#[command(after_help = MEANING)]
pub struct Args {
    /// Folder with the draft's intents/ and content/
    #[arg(value_name = "DRAFT")]
    draft: PathBuf,
    /// Only what was asked since: 30m, 24h, 7d, 2w, or a day such as 2026-11-01
    #[arg(long, value_name = "WHEN", value_parser = when::parse)]
    since: Option<When>,
    /// Only what was asked before: the same forms
    #[arg(long, value_name = "WHEN", value_parser = when::parse)]
    until: Option<When>,
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

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let settings = super::load_settings(global)?;
    let start = |when: Option<When>| when.map(When::start).transpose();
    let window = Window { since: start(args.since)?, until: start(args.until)? };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asked = match runtime.block_on(asked(&settings, window)) {
        Err(StoreError::Missing(file)) => return no_journal(&file, args.json),
        asked => asked?,
    };
    let live = load(global, None)?;
    let draft = load(global, Some(&args.draft)).with_context(|| format!("草稿 / draft {}", args.draft.display()))?;
    let [before, after] = both(&live, &draft, &settings);
    let (meter, total) = (Meter::new("重放"), asked.len() as u64);
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let (before, after) =
        (Version { knowledge: &live, router: &before }, Version { knowledge: &draft, router: &after });
    let report = replay(&asked, before, after, threads, &|done| meter.show(done as u64, total));
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
    let too_many = args.max_regressions.is_some_and(|most| report.regressions() > most);
    Ok(if too_many { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The report as text, with at most `limit` messages of each kind.
pub(super) fn lines(report: &Report, live: &Knowledge, draft: &Knowledge, limit: usize) -> Vec<String> {
    Page { report, live, draft }.lines(limit)
}

async fn asked(settings: &Settings, window: Window) -> Result<Vec<Asked>, StoreError> {
    let store = Store::open_existing(settings.database.reveal()).await?;
    let asked = store.asked(window).await;
    store.close().await;
    Ok(asked?.into_iter().map(Asked::from).collect())
}

/// Builds both routers in parallel.
fn both(live: &Knowledge, draft: &Knowledge, settings: &Settings) -> [Router; 2] {
    std::thread::scope(|scope| {
        let before = scope.spawn(|| app::router(settings, live));
        let after = app::router(settings, draft);
        [before.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), after]
    })
}

/// The report as text.
struct Page<'a> {
    report: &'a Report,
    live: &'a Knowledge,
    draft: &'a Knowledge,
}

impl Page<'_> {
    fn lines(&self, limit: usize) -> Vec<String> {
        let Report { messages, texts, answered, changed, silent, .. } = self.report;
        if *messages == 0 {
            return vec!["这段时间没有人提问，没有可以重放的消息。".to_owned()];
        }
        let mut lines = vec![
            paint(
                HEADING,
                format!("以前答不上、现在能答 {answered} · 回答变了 {changed} · 以前能答、现在答不上 {silent}"),
            ),
            format!("would now be answered {answered} · changed {changed} · would fall silent {silent}"),
            paint(FAINT, format!("重放了 {messages} 条消息，{texts} 种说法；每个数都是消息的条数")),
        ];
        if !self.report.reworded.is_empty() {
            let intents = self.report.reworded.iter().map(|(id, count)| format!("{}{count} 条", name(id, self.draft)));
            lines.push(format!("去处没变，但回复的文字改了：{}", intents.collect::<Vec<_>>().join("、")));
        }
        for kind in [Kind::Silent, Kind::Changed, Kind::Answered] {
            let (title, style) = heading(kind);
            let changes: Vec<&Change> = self.report.changes.iter().filter(|change| change.kind == kind).collect();
            if changes.is_empty() {
                continue;
            }
            lines.push(format!("\n{}", paint(style, title)));
            lines.extend(changes.iter().take(limit).map(|change| self.change(change)));
            if let Some(more) = changes.len().checked_sub(limit).filter(|more| *more > 0) {
                lines.push(format!("  其余 {more} 种用 --limit 查看"));
            }
        }
        lines
    }

    fn change(&self, change: &Change) -> String {
        let Change { text, count, before, after, .. } = change;
        let (before, after) = (side(before, self.live), side(after, self.draft));
        format!("{count:>4} 次  {}\n         以前：{before}\n         现在：{after}", harmless(text))
    }
}

fn heading(kind: Kind) -> (&'static str, Style) {
    match kind {
        Kind::Silent => ("以前能答、现在答不上", BAD),
        Kind::Changed => ("回答变了", DOUBTFUL),
        Kind::Answered => ("以前答不上、现在能答", GOOD),
    }
}

/// `回答「怎么注销小程序」(close)，把握 0.93：把握达到阈值，也没有相近的对手`
fn side(side: &Side, knowledge: &Knowledge) -> String {
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
        (Decision::Unknown, None) if side.gate == Some(Gate::Exact) => return "没听懂：与范围外的例句相同".to_owned(),
        (Decision::Unknown, None) => {
            let nearest = side.candidates.first().filter(|best| best.confidence > 0.0);
            let nearest = nearest.map(|best| format!("，最接近{}", name(&best.intent, knowledge)));
            format!("没听懂{}", nearest.unwrap_or_default())
        }
    };
    let why = side.gate.map_or_else(String::new, |gate| format!("：{}", gate_alone(gate)));
    format!("{what}，把握 {:.2}{why}", side.confidence)
}

fn name(id: &str, knowledge: &Knowledge) -> String {
    match knowledge.intent(id) {
        Some(intent) => format!("「{}」({id})", harmless(&intent.title)),
        None => id.to_owned(),
    }
}
