//! `wenlu check`: all mistakes, conflicts and failing tests of the data files. Prints the findings
//! of [`wenlu_core::check`].

use super::context::GlobalFlags;
use super::output::{err_line, err_text, out_line, out_text};
use super::style::{HEADING, paint};
use crate::channel::terminal::strip_control_chars;
use crate::settings::Settings;
use crate::store::kept::read_last_good;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use wenlu_core::check::{CheckReport, CheckStage, CheckedCounts, Finding, FindingGroup, check};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::diagnostic::{self, Code, Diagnostic, FileTexts, Severity};
use wenlu_core::knowledge::files::DataFiles;
use wenlu_core::router::background::ENOUGH_OUT_OF_SCOPE;

#[derive(clap::Args, Debug, Default)]
#[command(after_help = EXIT_CODES)]
pub(super) struct CheckArgs {
    /// Folder that holds intents/ and content/ [default: as --root]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// One JSON array of {code, severity, file, line, column, message, help, group}; group says whether it concerns what
    /// was changed since the last good knowledge: yours, others, or null where none is known
    #[arg(long)]
    json: bool,
    /// Show every note and warning; else notes, and warnings that come often, have one line a code
    #[arg(long)]
    notes: bool,
    /// What else to fail on; notes include warnings
    #[arg(long, value_name = "WHAT")]
    deny: Option<DenyLevel>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum DenyLevel {
    Warnings,
    Notes,
}

pub(super) const EXIT_CODES: &str = "Exit codes:
  0  no errors, and nothing that --deny names
  1  errors (a failing [[test]] is one), or what --deny names
  2  wrong usage";

pub(super) fn run(global: &GlobalFlags, args: CheckArgs) -> anyhow::Result<ExitCode> {
    let settings = super::context::load_settings(global)?;
    let source = super::folder::source(&settings, args.dir.as_deref())?;
    let meter = CheckProgressLine::new();
    let build = |knowledge: &Knowledge| crate::cli::context::build_router(&settings, knowledge);
    let base = last_good(&settings)?;
    let report = check(
        || source.files(),
        base.as_ref(),
        build,
        &|stage, done, total| meter.show(stage, done, total),
    );
    meter.clear();
    if args.json {
        let all: Vec<_> = report.findings.iter().map(Finding::to_json).collect();
        out_line(&serde_json::to_string_pretty(&all)?)?;
    } else {
        let notes = args.notes || matches!(args.deny, Some(DenyLevel::Notes));
        out_line(&summary(&report))?;
        out_text(&findings(&report, notes))?;
    }
    let worst = report
        .findings
        .iter()
        .map(|finding| finding.diagnostic.severity())
        .min();
    let fails = |worst: Severity| match args.deny {
        None => worst == Severity::Error,
        Some(DenyLevel::Warnings) => worst <= Severity::Warning,
        Some(DenyLevel::Notes) => true,
    };
    Ok(if worst.is_some_and(fails) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// How long to wait for the database: it is needed only to group the findings.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// The last good knowledge, if the database has one. Reads only.
fn last_good(settings: &Settings) -> anyhow::Result<Option<DataFiles>> {
    let runtime = super::context::runtime()?;
    let read = read_last_good(settings.store.database.reveal());
    let why = match runtime.block_on(async { tokio::time::timeout(DATABASE_TIMEOUT, read).await }) {
        Ok(Ok(kept)) => return Ok(kept.map(|kept| DataFiles::of_texts(kept.files))),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "没有回应 / no answer".to_owned(),
    };
    err_line(&format!(
        "数据库里上一份正常使用的知识读不到，所以不分“与您的改动有关”和“其他”：{}",
        strip_control_chars(&why)
    ));
    Ok(None)
}

/// All findings by severity, the worst first; within a severity those about changed files first.
/// Notes are one line a code, unless `notes`.
fn findings(report: &CheckReport, notes: bool) -> String {
    let errors = if report.counted.is_some() {
        "测试没有通过"
    } else {
        "错误"
    };
    let mut out = String::new();
    let mut often = Vec::new();
    for (severity, name) in [(Severity::Error, errors), (Severity::Warning, "警告")] {
        let groups = match report.is_grouped() {
            true => vec![
                (format!("与您的改动有关的{name}"), Some(FindingGroup::Yours)),
                (format!("其他{name}"), Some(FindingGroup::Others)),
            ],
            false => vec![(String::new(), None)],
        };
        for (heading, group) in groups {
            let all = report.of(severity, group);
            let (few, many) = match notes || severity == Severity::Error {
                true => (all, Vec::new()),
                false => without_frequent(all),
            };
            out += &section(&heading, &few, &report.texts);
            often.extend(many);
        }
    }
    out += &folded("同样的警告很多，只列出了前几处", &often);
    let all = report.of(Severity::Note, None);
    if notes {
        return out + &section("", &all, &report.texts);
    }
    out + &folded("提示", &all)
}

/// Warnings of one code beyond which only the first are shown one by one: an imported table has the
/// same one for each of its intents.
const FREQUENT: usize = 20;
/// How many of such a code are shown.
const OF_FREQUENT: usize = 3;

/// The findings without the many of one code, and those.
fn without_frequent(all: Vec<&Diagnostic>) -> (Vec<&Diagnostic>, Vec<&Diagnostic>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for found in &all {
        *counts.entry(found.code.id()).or_default() += 1;
    }
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    all.into_iter().partition(|found| {
        let code = found.code.id();
        let nth = seen.entry(code).or_default();
        *nth += 1;
        *nth <= OF_FREQUENT || counts.get(code).is_none_or(|count| *count <= FREQUENT)
    })
}

/// An optional heading, then each finding with its line and caret.
fn section(heading: &str, found: &[&Diagnostic], texts: &FileTexts) -> String {
    if found.is_empty() {
        return String::new();
    }
    let heading = match heading {
        "" => String::new(),
        heading => format!(
            "{}\n\n",
            paint(HEADING, format!("{heading}（{} 处）", found.len()))
        ),
    };
    format!(
        "\n{heading}{}",
        diagnostic::render(found.iter().copied(), texts, true)
            .trim_end_matches('\n')
            .to_owned()
            + "\n"
    )
}

/// Findings as one line a code.
fn folded(heading: &str, notes: &[&Diagnostic]) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let line = |(code, all): (Code, Vec<&Diagnostic>)| {
        let first = all.first().map_or_else(String::new, |d| {
            format!("{}:{}", d.place.file, d.place.line)
        });
        format!(
            "  {} {}：{} 处，第一处在 {first}\n",
            code.id(),
            code.slug(),
            all.len()
        )
    };
    let lines: String = diagnostic::by_code(notes.iter().copied())
        .into_iter()
        .map(line)
        .collect();
    format!(
        "\n{}\n{lines}",
        paint(
            HEADING,
            format!("{heading}（`wenlu check --notes` 逐条列出）")
        )
    )
}

/// `22 个意图、614 条例句、131 条测试：全部通过`
fn summary(report: &CheckReport) -> String {
    let errors = if report.counted.is_some() {
        "条测试没有通过"
    } else {
        "处错误"
    };
    let kinds = [
        (Severity::Error, errors),
        (Severity::Warning, "处警告"),
        (Severity::Note, "处提示"),
    ];
    let counts = kinds.map(|(severity, words)| (report.count(severity), words));
    let found: Vec<String> = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{n} {words}"))
        .collect();
    let found = if found.is_empty() {
        "全部通过".to_owned()
    } else {
        found.join("，")
    };
    match report.counted {
        Some(CheckedCounts {
            intents,
            examples,
            tests,
            unwritten,
            out_of_scope,
        }) => {
            let unwritten = match unwritten {
                0 => String::new(),
                count => format!("\n{count} 个意图还没有写回复，写好之前按缺口处理，不回答"),
            };
            let few = match out_of_scope < ENOUGH_OUT_OF_SCOPE {
                true => format!(
                    "\n范围外的句子只有 {out_of_scope} 条：真实收到过、但谁都不该回答的话，到 {ENOUGH_OUT_OF_SCOPE} 条为好"
                ),
                false => String::new(),
            };
            format!("{intents} 个意图、{examples} 条例句、{tests} 条测试：{found}{unwritten}{few}")
        }
        None => format!("数据文件不能使用：{found}（错误改好之后才会运行测试）"),
    }
}

/// Progress on one line of standard error; silent unless that is a terminal.
struct CheckProgressLine {
    talks: bool,
    last: Mutex<Option<(CheckStage, Instant)>>,
}

/// Least time between two updates, so that the line can be read.
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);

impl CheckProgressLine {
    fn new() -> Self {
        Self {
            talks: std::io::stderr().is_terminal(),
            last: Mutex::new(None),
        }
    }

    fn show(&self, stage: CheckStage, done: usize, total: usize) {
        // another thread is writing the line
        let Some(mut last) = self.last.try_lock().ok().filter(|_| self.talks) else {
            return;
        };
        if last.is_some_and(|(shown, at)| shown == stage && at.elapsed() < REDRAW_INTERVAL) {
            return;
        }
        *last = Some((stage, Instant::now()));
        let share = if total > 1 {
            format!(" {done}/{total}")
        } else {
            String::new()
        };
        err_text(&format!("\r\x1b[K{}{share}……", name(stage)));
    }

    fn clear(&self) {
        if self.talks {
            err_text("\r\x1b[K");
        }
    }
}

fn name(stage: CheckStage) -> &'static str {
    match stage {
        CheckStage::Loading => "读取文件",
        CheckStage::Building => "建立路由",
        CheckStage::Testing => "运行测试",
        CheckStage::Comparing => "比较例句",
        CheckStage::Learning => "复核可疑的例句",
    }
}
