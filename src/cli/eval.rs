//! `wenlu eval`: quality of the routing, measured on labelled messages or by cross-validation on
//! the knowledge's own examples; a recommended threshold; and quality of whole dialogues.

mod dialogues;
mod dialogues_text;
mod text;

use super::context::{GlobalFlags, build_router, load, load_settings, prepare};
use super::output::{err_line, err_text, out_line, out_text};
use super::style::{GOOD, paint};
use crate::settings::{self, Settings};
use anyhow::Context;
use serde::Serialize;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wenlu_core::eval::advice::{AcceptedWrongShare, NoThresholdReason, ThresholdAdvice, advise};
use wenlu_core::eval::page::EvalPage;
use wenlu_core::eval::{
    EvalReport, FoldProgress, LabelledMessage, cross_validate, evaluate, read_tsv,
};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;

#[derive(clap::Args, Debug, Default)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["data", "cross_validate", "dialogues"]))]
pub(super) struct EvalArgs {
    /// Labelled messages: utterance<TAB>intent with a header line; `none` is out of scope, several right intents are
    /// joined with `|`. May be given several times
    #[arg(long, value_name = "FILE.tsv", num_args = 1..)]
    data: Vec<PathBuf>,
    /// Use the knowledge's own examples: each is routed by a router that was built without it
    #[arg(long)]
    cross_validate: bool,
    /// Labelled dialogues: TOML files, or folders of them [default: tests/dialogues]; what each key means is in its README
    #[arg(long, value_name = "DIR|FILE", num_args = 0.., conflicts_with_all = ["accept_wrong", "html"])]
    dialogues: Option<Vec<PathBuf>>,
    #[command(flatten)]
    of_dialogues: dialogues::DialogueArgs,
    /// In how many parts to cut the examples for --cross-validate
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=20), conflicts_with_all = ["data", "dialogues"])]
    folds: u8,
    /// Find the threshold at which at most this share of the answers is wrong: 5%, 5 and 0.05 are the same; a bare number
    /// from 1 on is a percentage. Wrong is an answer of another intent, and any answer to what is out of scope
    #[arg(long, value_name = "SHARE")]
    accept_wrong: Option<AcceptedWrongShare>,
    /// Set that threshold (WENLU_THRESHOLD) in .env of the current folder
    #[arg(long, requires = "accept_wrong")]
    write: bool,
    /// The whole report as one JSON object
    #[arg(long)]
    json: bool,
    /// Write the report, with plots, as one page that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// How many of the worst confusions, wrong answers and intents to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    confusions: usize,
}

/// The output of `--json`.
#[derive(Serialize)]
struct EvalOutput<'a> {
    source: &'a str,
    #[serde(flatten)]
    report: &'a EvalReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'a ThresholdAdvice>,
}

pub(super) fn run(global: &GlobalFlags, args: EvalArgs) -> anyhow::Result<ExitCode> {
    if let Some(paths) = &args.dialogues {
        return dialogues::run(global, paths, &args.of_dialogues, args.json);
    }
    let rows = read_all(&args.data)?;
    let settings = load_settings(global)?;
    let (knowledge, router) = measured(global, &settings, &rows)?;
    let report = measure(&settings, &args, &knowledge, &router, &rows)?;
    let advice = args.accept_wrong.and_then(|accept| advise(&report, accept));
    let source = source(&args);
    if let Some(file) = &args.html {
        let page = EvalPage {
            knowledge: &knowledge,
            report: &report,
            advice: advice.as_ref(),
            source: &source,
        };
        std::fs::write(file, page.html())
            .with_context(|| format!("写不了 / cannot write {}", file.display()))?;
    }
    if args.json {
        let output = EvalOutput {
            source: &source,
            report: &report,
            advice: advice.as_ref(),
        };
        out_line(&serde_json::to_string_pretty(&output)?)?;
    } else {
        out_text(&text::report(&report, &source, args.confusions))?;
        if args.accept_wrong.is_some() {
            out_text(&text::advice(advice.as_ref()))?;
        }
        if let Some(file) = &args.html {
            out_line(&format!("\n已写入 {}", file.display()))?;
        }
    }
    if args.write {
        return write(advice.as_ref(), &knowledge);
    }
    Ok(ExitCode::SUCCESS)
}

/// The knowledge, and the router that would serve it. If no reply is written yet (as after an
/// import of labelled messages), the intents are measured as if their replies were written.
fn measured(
    global: &GlobalFlags,
    settings: &Settings,
    rows: &[LabelledMessage],
) -> anyhow::Result<(Knowledge, Router)> {
    let knowledge = load(global, None)?;
    let knowledge = if knowledge.lacks_every_reply() {
        err_line(
            "所有意图都还没有写回复：按写好之后来评估 / no reply is written yet; measured as if all were",
        );
        knowledge.as_if_written()
    } else {
        knowledge
    };
    let messages: Vec<String> = rows.iter().map(|row| row.text.clone()).collect();
    let router = build_router(settings, &knowledge);
    prepare(&messages);
    Ok((knowledge, router))
}

fn measure(
    settings: &Settings,
    args: &EvalArgs,
    knowledge: &Knowledge,
    router: &Router,
    rows: &[LabelledMessage],
) -> anyhow::Result<EvalReport> {
    let mut line = EvalProgressLine::new();
    if !args.cross_validate {
        anyhow::ensure!(
            !rows.is_empty(),
            "数据里没有消息 / the data has no messages"
        );
        return Ok(evaluate(knowledge, router, rows, |done| {
            line.show(done, || format!("{done}/{}", rows.len()))
        }));
    }
    let report = cross_validate(
        knowledge,
        usize::from(args.folds),
        router.threshold(),
        |part| build_router(settings, part),
        |p: FoldProgress| {
            line.show(p.done, || {
                format!("第 {}/{} 折，{}/{}", p.fold, p.folds, p.done, p.rows)
            });
        },
    );
    anyhow::ensure!(
        report.messages > 0,
        "知识库里没有例句 / the knowledge has no examples"
    );
    Ok(report)
}

/// Writes the threshold to `.env`. Messages go to standard error, since standard output may be
/// JSON.
fn write(advice: Option<&ThresholdAdvice>, knowledge: &Knowledge) -> anyhow::Result<ExitCode> {
    let why = match advice {
        None => Some("没有一条消息会被回答"),
        Some(advice) if !advice.reachable => Some("没有阈值能做到"),
        Some(advice) => advice.not_learnt.map(NoThresholdReason::sentence),
    };
    let (Some(advice), None) = (advice, why) else {
        err_line(&format!("没有写入 .env：{}", why.unwrap_or_default()));
        return Ok(ExitCode::FAILURE);
    };
    settings::write_threshold(Path::new(".env"), advice.at.threshold)?;
    err_line(&paint(
        GOOD,
        format!(
            "已写入 .env：WENLU_THRESHOLD={}（重新启动后生效）",
            advice.at.threshold
        ),
    ));
    if knowledge.calibration.is_some() {
        err_line("注意：它优先于 intents/calibration.toml 里的阈值，重新校准也不会改变它");
    }
    if settings::environment_sets_threshold() {
        err_line("注意：环境变量里也有 WENLU_THRESHOLD，它优先于 .env");
    }
    Ok(ExitCode::SUCCESS)
}

fn source(args: &EvalArgs) -> String {
    if args.cross_validate {
        return format!("知识库自己的例句，{} 折交叉验证", args.folds);
    }
    let files: Vec<String> = args
        .data
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    files.join("、")
}

fn read_all(files: &[PathBuf]) -> anyhow::Result<Vec<LabelledMessage>> {
    let mut rows = Vec::new();
    for file in files {
        let shown = file.display();
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("读不了 / cannot read {shown}"))?;
        rows.extend(read_tsv(&text).map_err(|bad| anyhow::anyhow!("{shown}: {bad}"))?);
    }
    Ok(rows)
}

/// Progress on one line of standard error, erased at the end; silent unless that is a terminal.
struct EvalProgressLine {
    talks: bool,
}

impl EvalProgressLine {
    fn new() -> Self {
        Self {
            talks: std::io::stderr().is_terminal(),
        }
    }

    fn show(&mut self, done: usize, words: impl FnOnce() -> String) {
        if self.talks && done.is_multiple_of(100) {
            err_text(&format!("\r{}\x1b[K", words()));
        }
    }
}

impl Drop for EvalProgressLine {
    fn drop(&mut self) {
        if self.talks {
            err_text("\r\x1b[K");
        }
    }
}
