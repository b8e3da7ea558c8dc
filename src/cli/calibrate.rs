//! `wenlu calibrate`: fits the calibration to the knowledge, shows what it would change, and writes
//! it to the calibration file.

use super::context::{GlobalFlags, load_settings};
use super::folder;
use super::output::{err_text, out_line, out_text};
use crate::review::apply::apply;
use crate::review::change::{ChangeSet, FileChange};
use anyhow::bail;
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;
use wenlu_core::knowledge::diagnostic::{self, Diagnostic};
use wenlu_core::knowledge::files::{CALIBRATION_FILE, DataFiles, validate_files};
use wenlu_core::knowledge::{IntentTest, Knowledge, SCHEMA_LINE};
use wenlu_core::labels;
use wenlu_core::router::Router;
use wenlu_core::router::refit::{CalibrationFit, ROUNDS_TO_KEEP, refit};

#[derive(clap::Args, Debug, Default)]
pub(super) struct CalibrateArgs {
    /// Put the calibration that fits into intents/calibration.toml
    #[arg(long)]
    write: bool,
    /// One JSON object: both thresholds, how many held-out examples and which tests are decided otherwise
    #[arg(long)]
    json: bool,
}

/// The output of `--json`.
#[derive(Serialize)]
struct CalibrateOutput {
    /// `null` if there is no calibration file, so that the fitted threshold is in use already, or
    /// if the file is unusable.
    saved_threshold: Option<f64>,
    /// The calibration file, and no other file, has mistakes; they are printed to standard error.
    unusable: bool,
    fitted_threshold: f64,
    /// WENLU_THRESHOLD if it is set; it overrides both.
    threshold_in_force: Option<f64>,
    judged: usize,
    decided_otherwise: usize,
    worth_a_look: bool,
    tests: Vec<RecalibratedTest>,
    written: bool,
}

/// A `[[test]]` with another result under the fitted calibration.
#[derive(Serialize)]
struct RecalibratedTest {
    intent: String,
    say: String,
    before: String,
    after: String,
}

pub(super) fn run(global: &GlobalFlags, args: CalibrateArgs) -> anyhow::Result<ExitCode> {
    let settings = load_settings(global)?;
    let files = folder::source(&settings, None)?.files();
    let (knowledge, unusable) = load_to_calibrate(&files)?;
    let fit = refit(&knowledge, ROUNDS_TO_KEEP);
    let threshold = settings.knowledge.threshold;
    let tests = changed_tests(&knowledge, &fit, threshold);
    if args.write {
        write(
            &folder::writable(&settings)?,
            files.text(CALIBRATION_FILE),
            &fit,
        )?;
    }
    let output = CalibrateOutput {
        saved_threshold: fit.saved.map(|saved| saved.saved_threshold),
        unusable,
        fitted_threshold: fit.fitted.threshold,
        threshold_in_force: threshold,
        judged: fit.saved.map_or(0, |saved| saved.judged),
        decided_otherwise: fit.saved.map_or(0, |saved| saved.decided_otherwise),
        worth_a_look: fit.saved.is_some_and(|saved| saved.is_stale()),
        tests,
        written: args.write,
    };
    if args.json {
        out_line(&serde_json::to_string_pretty(&output)?)?;
    } else {
        out_text(&output.text())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Loads the knowledge. If only the calibration file has mistakes, loads it without that file and
/// returns `true`: this command is what repairs it.
fn load_to_calibrate(files: &DataFiles) -> anyhow::Result<(Knowledge, bool)> {
    let error = match validate_files(files) {
        Ok(loaded) => return Ok((loaded.knowledge, false)),
        Err(error) => error,
    };
    let is_of_calibration = |d: &&Diagnostic| d.place.file == CALIBRATION_FILE;
    if error.errors().all(|d| is_of_calibration(&d))
        && let Ok(loaded) = validate_files(&files.with([(CALIBRATION_FILE, None)]))
    {
        let own: Vec<_> = error
            .diagnostics
            .iter()
            .filter(is_of_calibration)
            .cloned()
            .collect();
        err_text(&diagnostic::render(&own, &error.texts, true));
        return Ok((loaded.knowledge, true));
    }
    err_text(&error.render(true));
    bail!("数据文件有误 / the data files have mistakes")
}

impl CalibrateOutput {
    fn text(&self) -> String {
        let mut text = match self.saved_threshold {
            None if self.unusable => {
                format!(
                    "{CALIBRATION_FILE} 有错误，不能用；按现在的例句校准，阈值是 {:.4}\n",
                    self.fitted_threshold
                )
            }
            None => format!(
                "还没有 {CALIBRATION_FILE}：每次启动时按例句现算，阈值 {:.4}\n",
                self.fitted_threshold
            ),
            Some(saved) => format!(
                "现在的阈值 {saved:.4}；按现在的例句校准是 {:.4}\n{} 条没见过的例句里，有 {} 条的回答与否会变{}\n",
                self.fitted_threshold,
                self.judged,
                self.decided_otherwise,
                if self.worth_a_look {
                    "：值得重新校准"
                } else {
                    "：不必重新校准"
                },
            ),
        };
        if let Some(threshold) = self.threshold_in_force {
            text += &format!("注意：设置了 WENLU_THRESHOLD={threshold}，它优先于校准里的阈值\n");
        }
        for test in &self.tests {
            text += &format!(
                "  测试 {}：{}\n    {} → {}\n",
                test.intent, test.say, test.before, test.after
            );
        }
        if self.saved_threshold.is_some() && self.tests.is_empty() {
            text += "没有一条测试的结果会变\n";
        }
        text += &match self.written {
            true => format!("已写入 {CALIBRATION_FILE}\n"),
            false => format!("写进 {CALIBRATION_FILE}：wenlu calibrate --write\n"),
        };
        text
    }
}

/// Tests with another result under the fitted calibration. `threshold` is WENLU_THRESHOLD, which
/// both routers use.
fn changed_tests(
    knowledge: &Knowledge,
    fit: &CalibrationFit,
    threshold: Option<f64>,
) -> Vec<RecalibratedTest> {
    let recalibrated = Knowledge {
        calibration: Some(fit.fitted.clone()),
        ..knowledge.clone()
    };
    let (mut before, mut after) = (Router::build(knowledge), Router::build(&recalibrated));
    if let Some(threshold) = threshold {
        [&mut before, &mut after]
            .into_iter()
            .for_each(|router| router.set_threshold(threshold));
    }
    let changed = |intent: &str, test: &IntentTest| {
        let (before, after) = (before.route(&test.say), after.route(&test.say));
        let same = (before.decision, &before.intent, &before.gap)
            == (after.decision, &after.intent, &after.gap);
        (!same).then(|| RecalibratedTest {
            intent: intent.to_owned(),
            say: test.say.clone(),
            before: labels::decision_label(before.decision, before.intent.as_deref()),
            after: labels::decision_label(after.decision, after.intent.as_deref()),
        })
    };
    let tests = knowledge
        .intents
        .iter()
        .flat_map(|intent| intent.tests.iter().map(move |test| (intent, test)));
    tests
        .filter_map(|(intent, test)| changed(&intent.id, test))
        .collect()
}

/// Writes the calibration file as all changes to data files are written: atomically, and only if
/// the file is still as in `before`.
fn write(root: &Path, before: Option<&str>, fit: &CalibrationFit) -> anyhow::Result<()> {
    let mut text = fit.fitted.to_toml();
    // without the schema line if the folder has no such schema: editors would report it as missing
    if !root.join("schema/calibration.schema.json").is_file() {
        text = text.replacen(SCHEMA_LINE, "", 1);
    }
    let file = FileChange {
        path: CALIBRATION_FILE.to_owned(),
        before: before.map(str::to_owned),
        after: Some(text),
    };
    apply(
        root,
        &ChangeSet {
            files: vec![file],
            summary: "重新校准".to_owned(),
        },
    )?;
    Ok(())
}
