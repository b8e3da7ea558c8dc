//! Measures. In: judged messages. Out: the numbers of a report. Must not know: how they are shown.

use super::judged::JudgedMessage;
use super::types::{
    ConfidenceBin, Confusion, CurvePoint, IntentReport, OutcomeCounts, WrongAnswer,
};
use std::collections::BTreeMap;

/// Number of steps between the thresholds 0 and 1 on the curve.
pub(super) const STEPS: u32 = 100;

/// The probability that a message in scope scores above one out of scope; ties count half
/// (Mann–Whitney). `None` if either is missing.
pub(super) fn auroc(inside: &[f64], outside: &[f64]) -> Option<f64> {
    if inside.is_empty() || outside.is_empty() {
        return None;
    }
    let mut all: Vec<(f64, bool)> = inside
        .iter()
        .map(|s| (*s, true))
        .chain(outside.iter().map(|s| (*s, false)))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum) = (0.0, 0.0);
    for tied in all.chunk_by(|a, b| a.0 == b.0) {
        let (ins, outs) = tied.iter().fold((0.0, 0.0), |(i, o), (_, inside)| {
            if *inside { (i + 1.0, o) } else { (i, o + 1.0) }
        });
        sum += ins * (below + outs / 2.0);
        below += outs;
    }
    Some(sum / (inside.len() as f64 * outside.len() as f64))
}

/// The share of out-of-scope messages at or above the score that keeps 95 % of those in scope.
pub(super) fn fpr95(inside: &[f64], outside: &[f64]) -> Option<f64> {
    let mut sorted = inside.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = *sorted.get(sorted.len() / 20)?;
    (!outside.is_empty())
        .then(|| outside.iter().filter(|s| **s >= cut).count() as f64 / outside.len() as f64)
}

/// Ten equal bins of the best candidate's confidence; empty ones are left out.
pub(super) fn reliability(rows: &[&JudgedMessage]) -> Vec<ConfidenceBin> {
    let bin = |step: usize| {
        let within: Vec<&&JudgedMessage> = rows
            .iter()
            .filter(|j| ((j.confidence() * 10.0) as usize).min(9) == step)
            .collect();
        let mean = |sum: f64| sum / within.len() as f64;
        (!within.is_empty()).then(|| ConfidenceBin {
            from: step as f64 / 10.0,
            upto: (step + 1) as f64 / 10.0,
            messages: within.len(),
            confidence: mean(within.iter().map(|j| j.confidence()).sum()),
            right: mean(within.iter().filter(|j| j.right_within(1)).count() as f64),
        })
    };
    (0..10).filter_map(bin).collect()
}

/// Expected calibration error (Guo et al. 2017).
pub(super) fn calibration_error(bins: &[ConfidenceBin]) -> Option<f64> {
    let messages: usize = bins.iter().map(|bin| bin.messages).sum();
    let sum: f64 = bins
        .iter()
        .map(|bin| bin.messages as f64 * (bin.confidence - bin.right).abs())
        .sum();
    (messages > 0).then(|| sum / messages as f64)
}

pub(super) fn curve(inside: &[&JudgedMessage], outside: &[&JudgedMessage]) -> Vec<CurvePoint> {
    let count = |rows: &[&JudgedMessage], threshold: f64| {
        let mut outcomes = OutcomeCounts::default();
        rows.iter()
            .for_each(|row| outcomes.add(row.outcome_at(threshold)));
        outcomes
    };
    let point = |step: u32| {
        let threshold = f64::from(step) / f64::from(STEPS);
        CurvePoint::new(
            threshold,
            count(inside, threshold),
            count(outside, threshold),
        )
    };
    (0..=STEPS).map(point).collect()
}

/// Precision and recall of the best candidate by intent, and the F1 averaged over the intents in
/// the data.
pub(super) fn by_intent(rows: &[&JudgedMessage]) -> (Vec<IntentReport>, Option<f64>) {
    let mut counts: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for row in rows {
        let got = row.routing.candidates.first().map(|c| c.intent.as_str());
        let wanted = got
            .filter(|id| row.wanted.contains(id))
            .or(row.wanted.first().copied())
            .unwrap_or_default();
        counts.entry(wanted).or_default().0 += 1;
        if let Some(got) = got {
            counts.entry(got).or_default().1 += 1;
            counts.entry(got).or_default().2 += usize::from(got == wanted);
        }
    }
    let share = |n: usize, of: usize| (of > 0).then(|| n as f64 / of as f64);
    let f1 = |&(wanted, got, right): &(usize, usize, usize)| {
        2.0 * right as f64 / (wanted + got).max(1) as f64
    };
    let present: Vec<f64> = counts.values().filter(|c| c.0 > 0).map(f1).collect();
    let macro_f1 =
        (!present.is_empty()).then(|| present.iter().sum::<f64>() / present.len() as f64);
    let make = |(intent, (wanted, got, right)): (&str, (usize, usize, usize))| IntentReport {
        intent: intent.to_owned(),
        messages: wanted,
        predicted: got,
        right,
        precision: share(right, got),
        recall: share(right, wanted),
    };
    (counts.into_iter().map(make).collect(), macro_f1)
}

pub(super) fn confusions(rows: &[&JudgedMessage]) -> Vec<Confusion> {
    let mut pairs: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for row in rows.iter().filter(|j| j.answerable && !j.right_within(1)) {
        if let (Some(wanted), Some(got)) = (row.wanted.first(), row.routing.candidates.first()) {
            pairs
                .entry((wanted, got.intent.as_str()))
                .or_default()
                .push(row.text.to_owned());
        }
    }
    let mut all: Vec<Confusion> = pairs
        .into_iter()
        .map(|((wanted, got), messages)| Confusion {
            wanted: wanted.to_owned(),
            got: got.to_owned(),
            messages,
        })
        .collect();
    all.sort_by_key(|c| std::cmp::Reverse(c.messages.len()));
    all
}

/// The wrong answers, those with the highest confidence first.
pub(super) fn wrong_answers(rows: &[JudgedMessage], most: usize) -> Vec<WrongAnswer> {
    let mut all: Vec<WrongAnswer> = rows
        .iter()
        .filter_map(JudgedMessage::wrong_answer)
        .collect();
    all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    all.truncate(most);
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
    fn false_answers_where_19_of_20_are_kept() {
        let inside: Vec<f64> = (0..20).map(|i| 0.05 * f64::from(i)).collect();
        assert_eq!(fpr95(&inside, &[0.04, 0.05, 0.9]), Some(2.0 / 3.0));
        assert_eq!(fpr95(&inside, &[]), None);
    }
}
