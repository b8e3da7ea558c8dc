//! The evaluation page. In: a report. Out: one self-contained HTML document without script, font or
//! request. All text from outside is escaped. Must not know: files.

use super::advice::ThresholdAdvice;
use super::charts::{self, LINES};
use super::html::{escape, percent, said, table};
use super::report::EvalReport;
use super::types::{Confusion, IntentReport, WrongAnswer};
use crate::knowledge::Knowledge;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Maximum number of intents in the matrix; beyond it, only those that are confused most are shown.
const MATRIX: usize = 15;
/// Maximum number of confused pairs, and of messages of a pair, that are listed; the rest is only
/// counted.
const PAIRS: usize = 40;
const MESSAGES: usize = 30;

const STYLE: &str = include_str!("page.css");

/// The contents of the page.
pub struct EvalPage<'a> {
    /// Gives the intents' titles, and its version.
    pub knowledge: &'a Knowledge,
    /// What is shown.
    pub report: &'a EvalReport,
    /// The advice that is shown above the curve, if there is one.
    pub advice: Option<&'a ThresholdAdvice>,
    /// Where the messages come from, as text.
    pub source: &'a str,
}

impl EvalPage<'_> {
    /// The whole HTML document.
    pub fn html(&self) -> String {
        let parts = [
            self.head(),
            self.figures(),
            self.advised(),
            self.charts(),
            self.wrong(),
            self.matrix(),
            self.pairs(),
            self.intents(),
        ];
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        format!(
            "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <title>问路评测报告</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
            parts.concat()
        )
    }

    fn head(&self) -> String {
        let r = self.report;
        let mut out = format!(
            "<h1>问路评测报告</h1>\n<p class=\"soft\">{}；{} 条消息，范围内 {}，范围外 {}；知识版本 <code>{}</code></p>\n",
            escape(self.source),
            r.messages,
            r.in_scope,
            r.out_of_scope,
            escape(&self.knowledge.version),
        );
        if !r.unknown_labels.is_empty() {
            let all: Vec<String> = r.unknown_labels.iter().map(|label| escape(label)).collect();
            let _ = writeln!(
                out,
                "<p class=\"advice warn\">数据里有知识库没有的意图，它们都算答错：{}</p>",
                all.join("、")
            );
        }
        out
    }

    fn figures(&self) -> String {
        let r = self.report;
        let figure = |name: &str, value: Option<f64>| {
            format!("<div><b>{}</b><span>{name}</span></div>\n", percent(value))
        };
        let inside = |n: usize| (r.in_scope > 0).then(|| r.inside.share(n));
        let outside = |n: usize| (r.out_of_scope > 0).then(|| r.outside.share(n));
        let all = [
            figure("首选正确（准确率）", r.accuracy),
            figure("前三名里有正确的", r.top3),
            figure("宏平均 F1", r.macro_f1),
            figure("答案中的错误", r.wrong_share),
            figure("范围内：答对", inside(r.inside.right)),
            figure("范围内：答错", inside(r.inside.wrong)),
            figure(
                "范围内：反问",
                inside(r.inside.offered + r.inside.offered_wrong),
            ),
            figure("范围内：不知道", inside(r.inside.refused)),
            figure("范围外：误答", outside(r.outside.answered)),
            figure("范围外 AUROC", r.auroc),
            figure("范围外误报（召回 95% 时）", r.fpr95),
            figure("校准误差 ECE", r.calibration_error),
        ];
        format!("<div class=\"figures\">\n{}</div>\n", all.concat())
    }

    fn advised(&self) -> String {
        self.advice.map_or_else(String::new, |advice| {
            let class = if advice.reachable && advice.not_learnt.is_none() {
                "advice"
            } else {
                "advice warn"
            };
            format!("<p class=\"{class}\">{}</p>\n", escape(&advice.sentence()))
        })
    }

    fn charts(&self) -> String {
        let r = self.report;
        let advised = self
            .advice
            .filter(|a| a.reachable && a.not_learnt.is_none())
            .map(|a| a.at.threshold);
        let keys: String = LINES
            .iter()
            .map(|line| format!("<span class=\"key {}\">{}</span>", line.class, line.name))
            .collect();
        format!(
            "<h2>阈值与把握</h2>\n<div class=\"charts\">\n<figure>{}<figcaption>{keys}<br>阈值越高，答错越少，不知道越多；现在是 {:.4}。</figcaption></figure>\n\
             <figure>{}<figcaption>每一档把握里实际答对的比例，柱上是条数。贴近虚线，说明把握说的是真话；低于虚线是过于自信。</figcaption></figure>\n</div>\n",
            charts::threshold_curve(&r.curve, r.threshold, advised),
            r.threshold,
            charts::reliability(&r.reliability),
        )
    }

    fn wrong(&self) -> String {
        let row = |w: &WrongAnswer| {
            let wanted: Vec<String> = w.wanted.iter().map(|id| self.named(id)).collect();
            let wanted = if wanted.is_empty() {
                "范围外".to_owned()
            } else {
                wanted.join("、")
            };
            format!(
                "<tr><td class=\"n\">{:.3}</td><td>{}</td><td>{wanted}</td><td>{}</td></tr>\n",
                w.confidence,
                said(&w.text),
                self.named(&w.got)
            )
        };
        let rows: String = self.report.wrong_answers.iter().map(row).collect();
        table(
            "答错的消息，把握大的在前",
            &["n 把握", "消息", "应该是", "答成了"],
            &rows,
            "没有答错的消息。",
        )
    }

    /// The intents that are confused most, in the order of the per-intent table.
    fn matrix(&self) -> String {
        let mut mistakes: BTreeMap<&str, usize> = BTreeMap::new();
        for c in &self.report.confusions {
            *mistakes.entry(&c.wanted).or_default() += c.messages.len();
            *mistakes.entry(&c.got).or_default() += c.messages.len();
        }
        let mut chosen: Vec<&str> = mistakes.keys().copied().collect();
        chosen.sort_by_key(|id| (std::cmp::Reverse(mistakes[id]), *id));
        chosen.truncate(MATRIX);
        if chosen.is_empty() {
            return String::new();
        }
        let columns: String = (1..=chosen.len())
            .map(|n| format!("<th>{n}</th>"))
            .collect();
        let rows: String = chosen
            .iter()
            .enumerate()
            .map(|(n, wanted)| self.matrix_row(n + 1, wanted, &chosen))
            .collect();
        let note = if mistakes.len() > chosen.len() {
            format!("只列出最容易混淆的 {MATRIX} 个意图。")
        } else {
            String::new()
        };
        format!(
            "<h2>混淆矩阵</h2>\n<p class=\"soft\">行是应该的意图，列是首选（编号与行相同）。{note}</p>\n\
             <div class=\"scroll\"><table class=\"matrix\"><thead><tr><th></th><th>意图</th>{columns}</tr></thead><tbody>\n{rows}</tbody></table></div>\n"
        )
    }

    fn matrix_row(&self, n: usize, wanted: &str, chosen: &[&str]) -> String {
        let of = self.report.intents.iter().find(|i| i.intent == wanted);
        let (messages, right) = of.map_or((0, 0), |i| (i.messages, i.right));
        let cell = |got: &&str| {
            let wrong = self
                .report
                .confusions
                .iter()
                .find(|c| c.wanted == wanted && c.got == **got);
            let (class, count) = if **got == *wanted {
                ("right", right)
            } else {
                ("wrong", wrong.map_or(0, |c| c.messages.len()))
            };
            if count == 0 {
                "<td></td>".to_owned()
            } else {
                format!(
                    "<td class=\"{class}\" style=\"--s:{:.2}\">{count}</td>",
                    count as f64 / messages.max(1) as f64
                )
            }
        };
        let cells: String = chosen.iter().map(cell).collect();
        format!(
            "<tr><th class=\"n\">{n}</th><td style=\"text-align:left\">{}</td>{cells}</tr>\n",
            self.named(wanted)
        )
    }

    fn pairs(&self) -> String {
        let all = &self.report.confusions;
        if all.is_empty() {
            return String::new();
        }
        let pair = |c: &Confusion| {
            let messages: String = c
                .messages
                .iter()
                .take(MESSAGES)
                .map(|text| format!("<li>{}</li>", said(text)))
                .collect();
            let count = c.messages.len();
            format!(
                "<details><summary>{count} × {} → {}</summary><ul>{messages}</ul></details>\n",
                self.named(&c.wanted),
                self.named(&c.got)
            )
        };
        let pairs: String = all.iter().take(PAIRS).map(pair).collect();
        let more = all.len().saturating_sub(PAIRS);
        let note = if more > 0 {
            format!("<p class=\"soft\">另有 {more} 对没有列出。</p>\n")
        } else {
            String::new()
        };
        format!(
            "<h2>最常混淆的意图</h2>\n<p class=\"soft\">按首选算，不论把握够不够。点开看消息。</p>\n{pairs}{note}"
        )
    }

    fn intents(&self) -> String {
        let mut all: Vec<_> = self.report.intents.iter().collect();
        let f1 = |i: &IntentReport| 2.0 * i.right as f64 / (i.messages + i.predicted).max(1) as f64;
        all.sort_by(|a, b| f1(a).total_cmp(&f1(b)));
        let row = |i: &&IntentReport| {
            format!(
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.3}</td></tr>\n",
                self.named(&i.intent),
                i.messages,
                percent(i.precision),
                percent(i.recall),
                f1(i)
            )
        };
        let rows: String = all.iter().map(row).collect();
        table(
            "各意图，差的在前",
            &["意图", "n 消息", "n 精确率", "n 召回率", "n F1"],
            &rows,
            "没有带意图的消息。",
        )
    }

    fn named(&self, id: &str) -> String {
        let title = self
            .knowledge
            .intent(id)
            .map_or_else(String::new, |intent| format!(" {}", said(&intent.title)));
        format!("<code class=\"id\">{}</code>{title}", escape(id))
    }
}
