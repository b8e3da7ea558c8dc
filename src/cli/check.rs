//! `wenlu check`: every mistake, conflict and failing test of the data files. Prints what [`crate::check`] finds.

use super::Global;
use super::output::{say, say_text, tell_text};
use crate::check::{Counted, Report, Stage, check};
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{self, Diagnostic, Severity};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

#[derive(clap::Args, Debug, Default)]
#[command(after_help = EXIT_CODES)]
pub struct Args {
    /// Folder that holds intents/ and content/ [default: as --root]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// One JSON array of {code, severity, file, line, column, message, help}
    #[arg(long)]
    json: bool,
    /// What else to fail on; notes include warnings
    #[arg(long, value_name = "WHAT")]
    deny: Option<Deny>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Deny {
    Warnings,
    Notes,
}

pub(super) const EXIT_CODES: &str = "Exit codes:
  0  no errors, and nothing that --deny names
  1  errors (a failing [[test]] is one), or what --deny names
  2  wrong usage";

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let settings = super::load_settings(global)?;
    let source = super::folder::source(&settings, args.dir.as_deref())?;
    let meter = Meter::new();
    let build = |knowledge: &Knowledge| crate::app::router(&settings, knowledge);
    let report = check(&source, build, &|stage, done, total| meter.show(stage, done, total));
    meter.clear();
    if args.json {
        let all: Vec<_> = report.diagnostics.iter().map(Diagnostic::to_json).collect();
        say(&serde_json::to_string_pretty(&all)?)?;
    } else {
        say(&summary(&report))?;
        let rendered = diagnostic::render(&report.diagnostics, &report.texts, true);
        if !rendered.is_empty() {
            say_text(&format!("\n{rendered}"))?;
        }
    }
    let worst = report.diagnostics.iter().map(Diagnostic::severity).min();
    let fails = |worst: Severity| match args.deny {
        None => worst == Severity::Error,
        Some(Deny::Warnings) => worst <= Severity::Warning,
        Some(Deny::Notes) => true,
    };
    Ok(if worst.is_some_and(fails) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// `22 个意图、614 条例句、131 条测试：全部通过`
fn summary(report: &Report) -> String {
    let errors = if report.counted.is_some() { "条测试没有通过" } else { "处错误" };
    let kinds = [(Severity::Error, errors), (Severity::Warning, "处警告"), (Severity::Note, "处提示")];
    let counts = kinds.map(|(severity, words)| (report.count(severity), words));
    let found: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
    let found = if found.is_empty() { "全部通过".to_owned() } else { found.join("，") };
    match report.counted {
        Some(Counted { intents, examples, tests, unwritten }) => {
            let unwritten = match unwritten {
                0 => String::new(),
                count => format!("\n{count} 个意图还没有写回复，写好之前按缺口处理，不回答"),
            };
            format!("{intents} 个意图、{examples} 条例句、{tests} 条测试：{found}{unwritten}")
        }
        None => format!("数据文件不能使用：{found}（错误改好之后才会运行测试）"),
    }
}

/// One line on standard error that says how far it is; silent where nobody looks.
struct Meter {
    talks: bool,
    last: Mutex<Option<(Stage, Instant)>>,
}

/// A line that changes faster cannot be read.
const PAUSE: Duration = Duration::from_millis(100);

impl Meter {
    fn new() -> Self {
        Self { talks: std::io::stderr().is_terminal(), last: Mutex::new(None) }
    }

    fn show(&self, stage: Stage, done: usize, total: usize) {
        // another thread is at it
        let Some(mut last) = self.last.try_lock().ok().filter(|_| self.talks) else { return };
        if last.is_some_and(|(shown, at)| shown == stage && at.elapsed() < PAUSE) {
            return;
        }
        *last = Some((stage, Instant::now()));
        let share = if total > 1 { format!(" {done}/{total}") } else { String::new() };
        tell_text(&format!("\r\x1b[K{}{share}……", name(stage)));
    }

    fn clear(&self) {
        if self.talks {
            tell_text("\r\x1b[K");
        }
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Loading => "读取文件",
        Stage::Building => "建立路由",
        Stage::Testing => "运行测试",
        Stage::Comparing => "比较例句",
        Stage::Learning => "复核可疑的例句",
    }
}
