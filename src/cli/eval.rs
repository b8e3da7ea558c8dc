//! `wenlu eval`: how good the routing is on labelled messages.

use super::{Global, load};
use crate::eval::{Labelled, Outcomes, Report, evaluate, read_tsv};
use crate::router::Router;
use anyhow::Context;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// Labelled messages: utterance<TAB>intent with a header line; `none` is out of scope, several right intents are
    /// joined with `|`. May be given several times
    #[arg(long, value_name = "FILE.tsv", required = true)]
    data: Vec<PathBuf>,
    /// The whole report as one JSON object
    #[arg(long)]
    json: bool,
    /// How many of the worst confusions to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    confusions: usize,
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let knowledge = load(global, None)?;
    let mut rows = Vec::new();
    for file in &args.data {
        rows.extend(read(file)?);
    }
    let started = Instant::now();
    let router = Router::build(&knowledge);
    let built = started.elapsed();
    let talks = std::io::stderr().is_terminal();
    let report = evaluate(&knowledge, &router, &rows, |at| {
        if talks && at % 1000 == 0 {
            anstream::eprint!("\r{at}/{}", rows.len());
            let _ = std::io::stderr().flush();
        }
    });
    if talks {
        anstream::eprint!("\r\x1b[K");
    }
    if args.json {
        anstream::println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        anstream::print!("{}", text(&report, args.confusions));
        anstream::println!("建立用时 {:.2} 秒", built.as_secs_f64());
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<Vec<Labelled>> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("读不了 / cannot read {shown}"))?;
    read_tsv(&text).map_err(|bad| anyhow::anyhow!("{shown}: {bad}"))
}

fn text(report: &Report, confusions: usize) -> String {
    let share = |value: Option<f64>| value.map_or("—".to_owned(), |v| format!("{v:.4}"));
    let mut out = format!(
        "{} 条消息：范围内 {}，范围外 {}\n\n\
         准确率（首选）         {}\n\
         前三命中               {}\n\
         宏平均 F1              {}\n\
         范围外 AUROC           {}\n\
         范围外误报率（95% 召回） {}\n\
         校准误差 ECE           {}\n\n\
         当前阈值 {:.4}\n{}{}",
        report.messages,
        report.in_scope,
        report.out_of_scope,
        share(report.accuracy),
        share(report.top3),
        share(report.macro_f1),
        share(report.auroc),
        share(report.fpr95),
        share(report.calibration_error),
        report.threshold,
        outcomes("范围内", &report.inside),
        outcomes("范围外", &report.outside),
    );
    if !report.confusions.is_empty() && confusions > 0 {
        out.push_str("\n最常混淆\n");
    }
    for confusion in report.confusions.iter().take(confusions) {
        let example = confusion.messages.first().map_or("", String::as_str);
        out.push_str(&format!("  {:>3} × {} → {}  例：{example}\n", confusion.messages.len(), confusion.wanted, confusion.got));
    }
    if !report.unknown_labels.is_empty() {
        out.push_str(&format!("\n数据里有知识库没有的意图：{}\n", report.unknown_labels.join("、")));
    }
    out
}

fn outcomes(name: &str, o: &Outcomes) -> String {
    format!(
        "  {name}：答对 {}，答错 {}，反问命中 {}，反问未中 {}，未答 {}\n",
        o.right, o.wrong, o.offered, o.offered_wrong, o.refused
    )
}
