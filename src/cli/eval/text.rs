//! Text of an evaluation report. In: a report. Out: lines with colours and bars. Must not know:
//! where they are printed.

use crate::channel::terminal::strip_control_chars;
use crate::cli::style::{BAD, DOUBTFUL, FAINT, GOOD, HEADING, NAME, align_left, bar, paint};
use anstyle::Style;
use unicode_width::UnicodeWidthStr;
use wenlu_core::eval::advice::ThresholdAdvice;
use wenlu_core::eval::{
    ConfidenceBin, Confusion, CurvePoint, EvalReport, IntentReport, OutcomeCounts, WrongAnswer,
};

/// Width of a bar in columns.
const BAR: usize = 24;
/// Example messages shown for each confusion.
const MESSAGES: usize = 3;

/// `most`: how many confusions, wrong answers and intents to list.
pub(super) fn report(r: &EvalReport, source: &str, most: usize) -> String {
    let head = format!(
        "{}：{} 条消息，范围内 {}，范围外 {}",
        strip_control_chars(source),
        r.messages,
        r.in_scope,
        r.out_of_scope
    );
    let mut parts = vec![
        vec![paint(HEADING, head)],
        figures(r),
        outcomes(r),
        curve(r),
        reliability(&r.reliability),
    ];
    if most > 0 {
        parts.push(intents(&r.intents, most));
        parts.push(confusions(&r.confusions, most));
        parts.push(wrong_answers(&r.wrong_answers, most));
    }
    if !r.unknown_labels.is_empty() {
        let labels = strip_control_chars(&r.unknown_labels.join("、"));
        parts.push(vec![paint(
            BAD,
            format!("数据里有知识库没有的意图，都算答错：{labels}"),
        )]);
    }
    let shown: Vec<String> = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(|lines| lines.join("\n") + "\n")
        .collect();
    shown.join("\n")
}

pub(super) fn advice(advice: Option<&ThresholdAdvice>) -> String {
    match advice {
        Some(advice) => {
            let style = if advice.reachable && advice.not_learnt.is_none() {
                GOOD
            } else {
                BAD
            };
            format!(
                "\n{}\n{}\n",
                paint(HEADING, "建议的阈值"),
                paint(style, advice.sentence())
            )
        }
        None => format!("\n{}\n", paint(BAD, "没有一条消息会被回答，定不出阈值")),
    }
}

fn figures(r: &EvalReport) -> Vec<String> {
    let figure = |name: &str, value: Option<f64>, style: Style| {
        let drawn = value.map_or_else(String::new, |v| paint(style, bar(v, BAR)));
        format!(
            "{}{:>7}  {drawn}",
            align_left(name, 26),
            value.map_or_else(|| "—".to_owned(), |v| format!("{v:.4}"))
        )
    };
    vec![
        figure("准确率（首选）", r.accuracy, GOOD),
        figure("前三命中", r.top3, GOOD),
        figure("宏平均 F1", r.macro_f1, GOOD),
        figure("范围外 AUROC", r.auroc, GOOD),
        figure("范围外误报（召回 95%）", r.fpr95, BAD),
        figure("校准误差 ECE", r.calibration_error, BAD),
    ]
}

fn outcomes(r: &EvalReport) -> Vec<String> {
    let wrong = r.wrong_share.map_or_else(String::new, |share| {
        format!("，答案中错误 {}", percent(share))
    });
    let mut lines = vec![paint(
        HEADING,
        format!("当前阈值 {:.4}{wrong}", r.threshold),
    )];
    // out of scope, no answer is the right result
    for (name, right, o) in [
        ("范围内", "答对", &r.inside),
        ("范围外", "不知道（对）", &r.outside),
    ] {
        lines.extend(outcome_rows(name, right, o));
    }
    lines
}

fn outcome_rows(name: &str, right: &str, o: &OutcomeCounts) -> Vec<String> {
    let row = |(what, n, style): (&str, usize, Style)| {
        let share = o.share(n);
        format!(
            "  {}{n:>7}{:>8}  {}",
            align_left(&format!("{name} {what}"), 20),
            percent(share),
            paint(style, bar(share, BAR))
        )
    };
    let rows = [
        (right, o.right, GOOD),
        ("答错", o.wrong, BAD),
        ("反问，有正确的", o.offered, DOUBTFUL),
        ("反问，没有", o.offered_wrong, BAD),
        ("不知道", o.refused, DOUBTFUL),
    ];
    rows.into_iter()
        .filter(|(_, n, _)| *n > 0)
        .map(row)
        .collect()
}

/// The outcomes at every tenth of the threshold.
fn curve(r: &EvalReport) -> Vec<String> {
    let row = |p: &CurvePoint| {
        let i = &p.inside;
        let asked = i.total() - i.answered - i.unanswered;
        let share = |n: usize| i.share(n);
        let parts = [
            (GOOD, i.answered - i.wrong, "█"),
            (BAD, i.wrong, "▓"),
            (DOUBTFUL, asked, "▒"),
            (FAINT, i.unanswered, "░"),
        ];
        let drawn: String = stacked(&parts.map(|(_, n, _)| share(n)))
            .iter()
            .zip(parts)
            .map(|(n, (style, _, c))| paint(style, c.repeat(*n)))
            .collect();
        let outside = if p.outside.total() == 0 {
            "—".to_owned()
        } else {
            percent(p.outside.share(p.outside.answered))
        };
        let wrong = p.wrong_share.map_or_else(|| "—".to_owned(), percent);
        format!(
            "  {:>4.2}  {drawn}  {:>6}{wrong:>9}{outside:>9}",
            p.threshold,
            percent(share(i.answered - i.wrong))
        )
    };
    if r.in_scope == 0 {
        return Vec::new();
    }
    let heading = format!(
        "{}  {}",
        paint(HEADING, "换一个阈值会怎样"),
        paint(FAINT, "范围内：█ 答对 ▓ 答错 ▒ 反问或菜单 ░ 不知道")
    );
    let columns = paint(
        FAINT,
        format!(
            "  阈值{}    答对  答案错误 范围外误答",
            " ".repeat(BAR * 2 + 2)
        ),
    );
    let shown = r
        .curve
        .iter()
        .filter(|p| ((p.threshold * 100.0).round() as u32).is_multiple_of(10));
    [heading, columns]
        .into_iter()
        .chain(shown.map(row))
        .collect()
}

/// Converts shares that add up to 1 to column counts that add up to `2 × BAR`.
fn stacked(shares: &[f64]) -> Vec<usize> {
    let width = (2 * BAR) as f64;
    let (mut sum, mut drawn) = (0.0, 0);
    let mut columns = Vec::with_capacity(shares.len());
    for share in shares {
        sum += share;
        let upto = (sum * width).round() as usize;
        columns.push(upto - drawn);
        drawn = upto;
    }
    columns
}

fn reliability(bins: &[ConfidenceBin]) -> Vec<String> {
    let row = |b: &ConfidenceBin| {
        let (style, words) = match b.right - b.confidence {
            gap if gap < -0.1 => (BAD, "过于自信"),
            gap if gap > 0.1 => (DOUBTFUL, "过于谨慎"),
            _ => (GOOD, ""),
        };
        let drawn = paint(style, align_left(&bar(b.right, BAR), BAR));
        format!(
            "  {:.1}–{:.1}{:>7}{:>9.3}{:>9.3}  {drawn}  {words}",
            b.from, b.upto, b.messages, b.confidence, b.right
        )
    };
    if bins.is_empty() {
        return Vec::new();
    }
    let heading = format!(
        "{}  {}",
        paint(HEADING, "把握说的是真话吗"),
        paint(FAINT, "两列相近就是")
    );
    let columns = paint(FAINT, "  把握       条数 平均把握 实际答对");
    [heading, columns.to_owned()]
        .into_iter()
        .chain(bins.iter().map(row))
        .collect()
}

/// The intents with the lowest F1; those with F1 = 1 are left out.
fn intents(all: &[IntentReport], most: usize) -> Vec<String> {
    let f1 = |i: &IntentReport| 2.0 * i.right as f64 / (i.messages + i.predicted).max(1) as f64;
    let mut worst: Vec<&IntentReport> = all.iter().filter(|i| f1(i) < 1.0).collect();
    worst.sort_by(|a, b| f1(a).total_cmp(&f1(b)));
    worst.truncate(most);
    let width = worst
        .iter()
        .map(|i| i.intent.width())
        .max()
        .unwrap_or_default()
        .max(4);
    let share = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), percent);
    let row = |i: &&IntentReport| {
        let drawn = paint(if f1(i) < 0.6 { BAD } else { DOUBTFUL }, bar(f1(i), BAR));
        format!(
            "  {}{:>6}{:>8}{:>8}  {drawn}",
            align_left(&strip_control_chars(&i.intent), width),
            i.messages,
            share(i.precision),
            share(i.recall)
        )
    };
    if worst.is_empty() {
        return Vec::new();
    }
    let heading = format!(
        "{}  {}",
        paint(HEADING, "最差的意图"),
        paint(FAINT, format!("共 {} 个；按首选算，条是 F1", all.len()))
    );
    let columns = paint(
        FAINT,
        format!("  {}  消息  精确率  召回率", align_left("意图", width)),
    );
    [heading, columns]
        .into_iter()
        .chain(worst.iter().map(row))
        .collect()
}

fn confusions(all: &[Confusion], most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for c in all.iter().take(most) {
        let pair = format!(
            "{} → {}",
            paint(NAME, strip_control_chars(&c.wanted)),
            paint(BAD, strip_control_chars(&c.got))
        );
        lines.push(format!("{:>5} × {pair}", c.messages.len()));
        lines.extend(
            c.messages
                .iter()
                .take(MESSAGES)
                .map(|text| format!("          {}", strip_control_chars(text))),
        );
    }
    if !lines.is_empty() {
        lines.insert(
            0,
            format!(
                "{}  {}",
                paint(HEADING, "最常混淆"),
                paint(FAINT, "应该 → 首选，不论把握够不够")
            ),
        );
    }
    lines
}

fn wrong_answers(all: &[WrongAnswer], most: usize) -> Vec<String> {
    let row = |w: &WrongAnswer| {
        let wanted = if w.wanted.is_empty() {
            "范围外".to_owned()
        } else {
            strip_control_chars(&w.wanted.join("|"))
        };
        format!(
            "  {:.3}  {}  {} → {}",
            w.confidence,
            strip_control_chars(&w.text),
            paint(NAME, wanted),
            paint(BAD, strip_control_chars(&w.got))
        )
    };
    let mut lines: Vec<String> = all.iter().take(most).map(row).collect();
    if !lines.is_empty() {
        lines.insert(0, paint(HEADING, "答错的消息，把握大的在前"));
    }
    lines
}

fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_add_up() {
        assert_eq!(
            super::stacked(&[0.333, 0.333, 0.334, 0.0])
                .iter()
                .sum::<usize>(),
            48
        );
        assert_eq!(super::stacked(&[0.01, 0.0, 0.0, 0.99]), [0, 0, 0, 48]);
    }
}
