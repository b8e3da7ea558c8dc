//! Evaluating. In: a router and labelled messages. Out: a [`Report`]. Must not know: files, printing.
//!
//! A label is an intent's id, or the name that other systems give it; `none` is out of scope; several right ones are
//! joined with `|`. A menu's or a gap's id counts as a label like any other: it is met by what the bot did.

use crate::knowledge::{Kind, Knowledge};
use crate::router::{Decision, Router, Routing};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The label of a message that no intent should answer.
pub const NONE: &str = "none";

/// One labelled message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    pub text: String,
    /// Right intents; `none` among them: may also go unanswered.
    pub labels: Vec<String>,
}

/// What a router did with labelled messages. Shares are of the rows they speak of, 0 to 1; `None`: no such rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    pub messages: usize,
    pub in_scope: usize,
    pub out_of_scope: usize,
    /// Best candidate right, of the messages whose label has a reply.
    pub accuracy: Option<f64>,
    /// One of the three best right.
    pub top3: Option<f64>,
    pub macro_f1: Option<f64>,
    /// Area under the ROC curve of the best candidate's confidence, in scope against out of scope.
    pub auroc: Option<f64>,
    /// Share of out-of-scope messages above the confidence that keeps 95 % of those in scope.
    pub fpr95: Option<f64>,
    /// Expected calibration error of the confidence over ten equal bins, in scope (Guo et al. 2017).
    pub calibration_error: Option<f64>,
    pub threshold: f64,
    /// At the current threshold, in scope.
    pub inside: Outcomes,
    /// At the current threshold, out of scope: `right` is unanswered.
    pub outside: Outcomes,
    pub intents: Vec<IntentReport>,
    /// Most frequent first.
    pub confusions: Vec<Confusion>,
    /// Labels in the data that the knowledge does not have: every message with one counts as wrong.
    pub unknown_labels: Vec<String>,
    pub curve: Vec<CurvePoint>,
}

/// What the asker got.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcomes {
    pub right: usize,
    pub wrong: usize,
    /// A question back, or a menu, with the right one among the choices.
    pub offered: usize,
    /// A question back, or a menu, without it.
    pub offered_wrong: usize,
    pub refused: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IntentReport {
    pub intent: String,
    pub messages: usize,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    pub wanted: String,
    pub got: String,
    pub messages: Vec<String>,
}

/// What would happen if the threshold were this.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    pub threshold: f64,
    /// Share of in-scope messages whose best candidate is right and reaches the threshold.
    pub right: f64,
    pub wrong: f64,
    /// Share of out-of-scope messages that reach it.
    pub false_answers: f64,
}

/// A line of a TSV that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct BadRow {
    pub line: usize,
    pub problem: &'static str,
}

/// Reads `utterance<TAB>intent` with a header line; further columns are ignored.
pub fn read_tsv(tsv: &str) -> Result<Vec<Labelled>, BadRow> {
    let mut rows = Vec::new();
    for (at, line) in tsv.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim_end_matches('\r');
        let bad = |problem| BadRow { line: at + 1, problem };
        if line.is_empty() {
            continue;
        }
        let (text, rest) = line.split_once('\t').ok_or(bad("expected utterance<TAB>intent, and there is no tab"))?;
        let label = rest.split('\t').next().unwrap_or_default();
        if at == 0 && (text, label) == ("utterance", "intent") {
            continue;
        }
        let labels: Vec<String> = label.split('|').map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
        if text.trim().is_empty() {
            return Err(bad("the utterance is empty"));
        }
        if labels.is_empty() {
            return Err(bad("the intent is empty; out of scope is `none`"));
        }
        rows.push(Labelled { text: text.to_owned(), labels });
    }
    Ok(rows)
}

/// Routes every message and counts.
pub fn evaluate(knowledge: &Knowledge, router: &Router, rows: &[Labelled], mut progress: impl FnMut(usize)) -> Report {
    let ids: BTreeMap<&str, &str> = knowledge
        .intents
        .iter()
        .flat_map(|i| [(i.id.as_str(), i.id.as_str()), (i.label.as_deref().unwrap_or(&i.id), i.id.as_str())])
        .collect();
    let judged: Vec<Judged> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            progress(at);
            Judged::new(knowledge, &ids, row, router.route(&row.text))
        })
        .collect();
    report(&judged, router.threshold())
}

/// One message with what became of it.
struct Judged<'a> {
    text: &'a str,
    /// Ids of the right intents; unknown labels as they stand.
    wanted: BTreeSet<&'a str>,
    unknown_labels: Vec<&'a str>,
    none: bool,
    /// Some right intent has a reply of its own.
    answerable: bool,
    routing: Routing,
}

impl<'a> Judged<'a> {
    fn new(knowledge: &Knowledge, ids: &BTreeMap<&'a str, &'a str>, row: &'a Labelled, routing: Routing) -> Self {
        let labels = || row.labels.iter().map(String::as_str).filter(|l| *l != NONE);
        let wanted: BTreeSet<&str> = labels().map(|l| ids.get(l).copied().unwrap_or(l)).collect();
        Self {
            text: &row.text,
            unknown_labels: labels().filter(|l| !ids.contains_key(l)).collect(),
            none: row.labels.iter().any(|l| l == NONE),
            answerable: wanted.iter().any(|id| knowledge.intent(id).is_none_or(|i| i.kind == Kind::Answer)),
            wanted,
            routing,
        }
    }

    fn confidence(&self) -> f64 {
        self.routing.candidates.first().map_or(0.0, |c| c.confidence)
    }

    fn right_within(&self, n: usize) -> bool {
        self.routing.candidates.iter().take(n).any(|c| self.wanted.contains(c.intent.as_str()))
    }

    fn count(&self, outcomes: &mut Outcomes) {
        let r = &self.routing;
        let met = |id: &Option<String>| id.as_deref().is_some_and(|id| self.wanted.contains(id));
        let slot = match r.decision {
            Decision::Unknown if self.none || met(&r.gap) => &mut outcomes.right,
            Decision::Unknown => &mut outcomes.refused,
            Decision::Answer if met(&r.intent) => &mut outcomes.right,
            Decision::Answer => &mut outcomes.wrong,
            _ if met(&r.intent) => &mut outcomes.right,
            _ if r.choices.iter().any(|c| self.wanted.contains(c.as_str())) => &mut outcomes.offered,
            _ => &mut outcomes.offered_wrong,
        };
        *slot += 1;
    }
}

fn report(judged: &[Judged], threshold: f64) -> Report {
    let inside: Vec<&Judged> = judged.iter().filter(|j| !j.wanted.is_empty()).collect();
    let outside: Vec<&Judged> = judged.iter().filter(|j| j.wanted.is_empty()).collect();
    let answerable: Vec<&Judged> = inside.iter().copied().filter(|j| j.answerable).collect();
    let share = |n: usize, of: usize| (of > 0).then(|| n as f64 / of as f64);
    let mut report = Report {
        messages: judged.len(),
        in_scope: inside.len(),
        out_of_scope: outside.len(),
        accuracy: share(answerable.iter().filter(|j| j.right_within(1)).count(), answerable.len()),
        top3: share(answerable.iter().filter(|j| j.right_within(3)).count(), answerable.len()),
        threshold,
        calibration_error: calibration_error(&answerable),
        ..Report::default()
    };
    inside.iter().for_each(|j| j.count(&mut report.inside));
    outside.iter().for_each(|j| j.count(&mut report.outside));
    let scores = |rows: &[&Judged]| rows.iter().map(|j| j.confidence()).collect::<Vec<_>>();
    report.auroc = auroc(&scores(&answerable), &scores(&outside));
    report.fpr95 = fpr95(&scores(&answerable), &scores(&outside));
    report.curve = curve(&answerable, &outside);
    (report.intents, report.macro_f1) = by_intent(&answerable);
    report.confusions = confusions(&inside);
    let unknown: BTreeSet<&str> = judged.iter().flat_map(|j| j.unknown_labels.iter().copied()).collect();
    report.unknown_labels = unknown.into_iter().map(str::to_owned).collect();
    report
}

/// The probability that a message in scope scores above one out of scope; ties count half (Mann–Whitney).
pub fn auroc(inside: &[f64], outside: &[f64]) -> Option<f64> {
    if inside.is_empty() || outside.is_empty() {
        return None;
    }
    let mut all: Vec<(f64, bool)> = inside.iter().map(|s| (*s, true)).chain(outside.iter().map(|s| (*s, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum) = (0.0, 0.0);
    for tied in all.chunk_by(|a, b| a.0 == b.0) {
        let (ins, outs) = tied.iter().fold((0.0, 0.0), |(i, o), (_, inside)| if *inside { (i + 1.0, o) } else { (i, o + 1.0) });
        sum += ins * (below + outs / 2.0);
        below += outs;
    }
    Some(sum / (inside.len() as f64 * outside.len() as f64))
}

fn fpr95(inside: &[f64], outside: &[f64]) -> Option<f64> {
    let mut sorted = inside.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = *sorted.get(sorted.len() / 20)?;
    (!outside.is_empty()).then(|| outside.iter().filter(|s| **s >= cut).count() as f64 / outside.len() as f64)
}

fn calibration_error(rows: &[&Judged]) -> Option<f64> {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for row in rows {
        let bin = &mut bins[((row.confidence() * 10.0) as usize).min(9)];
        *bin = (bin.0 + 1.0, bin.1 + row.confidence(), bin.2 + f64::from(u8::from(row.right_within(1))));
    }
    let sum: f64 = bins.iter().map(|(_, confidence, right)| (confidence - right).abs()).sum();
    (!rows.is_empty()).then(|| sum / rows.len() as f64)
}

fn curve(inside: &[&Judged], outside: &[&Judged]) -> Vec<CurvePoint> {
    let share = |rows: &[&Judged], hit: &dyn Fn(&Judged) -> bool| {
        rows.iter().filter(|j| hit(j)).count() as f64 / rows.len().max(1) as f64
    };
    let point = |step: u32| {
        let threshold = f64::from(step) / 20.0;
        CurvePoint {
            threshold,
            right: share(inside, &|j| j.confidence() >= threshold && j.right_within(1)),
            wrong: share(inside, &|j| j.confidence() >= threshold && !j.right_within(1)),
            false_answers: share(outside, &|j| j.confidence() >= threshold),
        }
    };
    (1..20).map(point).collect()
}

/// Precision and recall of the best candidate, and their macro-averaged F1 over the intents in the data.
fn by_intent(rows: &[&Judged]) -> (Vec<IntentReport>, Option<f64>) {
    let mut counts: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for row in rows {
        let got = row.routing.candidates.first().map(|c| c.intent.as_str());
        let wanted = got.filter(|id| row.wanted.contains(id)).or(row.wanted.first().copied()).unwrap_or_default();
        counts.entry(wanted).or_default().0 += 1;
        if let Some(got) = got {
            counts.entry(got).or_default().1 += 1;
            counts.entry(got).or_default().2 += usize::from(got == wanted);
        }
    }
    let share = |n: usize, of: usize| (of > 0).then(|| n as f64 / of as f64);
    let f1 = |&(wanted, got, right): &(usize, usize, usize)| 2.0 * right as f64 / (wanted + got).max(1) as f64;
    let present: Vec<f64> = counts.values().filter(|c| c.0 > 0).map(f1).collect();
    let macro_f1 = (!present.is_empty()).then(|| present.iter().sum::<f64>() / present.len() as f64);
    let make = |(intent, (wanted, got, right)): (&str, (usize, usize, usize))| IntentReport {
        intent: intent.to_owned(),
        messages: wanted,
        precision: share(right, got),
        recall: share(right, wanted),
    };
    (counts.into_iter().map(make).collect(), macro_f1)
}

fn confusions(rows: &[&Judged]) -> Vec<Confusion> {
    let mut pairs: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for row in rows.iter().filter(|j| j.answerable && !j.right_within(1)) {
        if let (Some(wanted), Some(got)) = (row.wanted.first(), row.routing.candidates.first()) {
            pairs.entry((wanted, got.intent.as_str())).or_default().push(row.text.to_owned());
        }
    }
    let mut all: Vec<Confusion> = pairs
        .into_iter()
        .map(|((wanted, got), messages)| Confusion { wanted: wanted.to_owned(), got: got.to_owned(), messages })
        .collect();
    all.sort_by_key(|c| std::cmp::Reverse(c.messages.len()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn area_under_the_curve() {
        assert_eq!(auroc(&[0.9, 0.8], &[0.1, 0.2]), Some(1.0));
        assert_eq!(auroc(&[0.5], &[0.5]), Some(0.5));
        assert_eq!(auroc(&[0.1], &[0.9]), Some(0.0));
        assert_eq!(auroc(&[], &[0.9]), None);
    }

    #[test]
    fn tsv() {
        let rows = read_tsv("utterance\tintent\n你好\tsmalltalk-hello\nx\ta|none\tkind\n").unwrap();
        assert_eq!(rows[1], Labelled { text: "x".into(), labels: vec!["a".into(), "none".into()] });
        assert_eq!(read_tsv("a b c").unwrap_err().to_string(), "line 1: expected utterance<TAB>intent, and there is no tab");
        assert_eq!(read_tsv("a\t").unwrap_err().line, 1);
    }
}
