//! Charts. In: the numbers of a report. Out: SVG in the colours of the page's style sheet. Must not
//! know: the page.

use super::types::{ConfidenceBin, CurvePoint};
use std::fmt::Write;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 12.0;
const RIGHT: f64 = 468.0;
const BOTTOM: f64 = 258.0;

/// One line of the threshold chart: its name, the CSS class that gives its colour, and its value at
/// a point.
pub(super) struct ChartLine {
    pub name: &'static str,
    pub class: &'static str,
    pub value: fn(&CurvePoint) -> Option<f64>,
}

pub(super) const LINES: [ChartLine; 4] = [
    ChartLine {
        name: "范围内：答对",
        class: "good",
        value: |p| some(p.inside.share(answered_right(p)), p.inside.total()),
    },
    ChartLine {
        name: "范围内：不知道",
        class: "idle",
        value: |p| some(p.inside.share(p.inside.unanswered), p.inside.total()),
    },
    ChartLine {
        name: "范围外：误答",
        class: "odd",
        value: |p| some(p.outside.share(p.outside.answered), p.outside.total()),
    },
    ChartLine {
        name: "答案中的错误",
        class: "bad",
        value: |p| p.wrong_share,
    },
];

/// Number of in-scope messages that were answered rightly; menus that opened rightly are not
/// counted as answers.
fn answered_right(point: &CurvePoint) -> usize {
    point.inside.answered - point.inside.wrong
}

fn some(value: f64, of: usize) -> Option<f64> {
    (of > 0).then_some(value)
}

/// The [`LINES`] over the threshold, with marks at the current threshold and the advised one.
pub(super) fn threshold_curve(curve: &[CurvePoint], now: f64, advised: Option<f64>) -> String {
    let mut svg = frame("阈值", "各种结果所占的比例随阈值的变化");
    for line in &LINES {
        let points = curve
            .iter()
            .filter_map(|p| Some(format!("{:.1},{:.1}", x(p.threshold), y((line.value)(p)?))));
        let _ = write!(
            svg,
            "<polyline class=\"line {}\" points=\"{}\"/>",
            line.class,
            points.collect::<Vec<_>>().join(" ")
        );
    }
    let mut mark = |at: f64, class: &str, name: &str| {
        let side = if at > 0.7 {
            ("end", -5.0)
        } else {
            ("start", 5.0)
        };
        let _ = write!(
            svg,
            "<line class=\"mark {class}\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{TOP}\" y2=\"{BOTTOM}\"/>",
            x(at)
        );
        let height = if class == "now" {
            TOP + 14.0
        } else {
            TOP + 32.0
        };
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{height}\" text-anchor=\"{}\">{name} {at:.2}</text>",
            x(at) + side.1,
            side.0
        );
    };
    mark(now, "now", "现在");
    advised
        .into_iter()
        .for_each(|at| mark(at, "advised", "建议"));
    svg + "</svg>"
}

/// Share of right answers among messages with about the same confidence, with the diagonal of
/// perfect calibration.
pub(super) fn reliability(bins: &[ConfidenceBin]) -> String {
    let mut svg = frame("把握", "每一档把握里实际答对的比例");
    for bin in bins {
        let (left, width) = (x(bin.from) + 1.5, x(bin.upto) - x(bin.from) - 3.0);
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\">\
             <title>把握 {:.1}–{:.1}：{} 条，平均把握 {:.3}，答对 {:.3}</title></rect>\
             <text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            y(bin.right),
            BOTTOM - y(bin.right),
            bin.from,
            bin.upto,
            bin.messages,
            bin.confidence,
            bin.right,
            left + width / 2.0,
            (y(bin.right) - 4.0).max(TOP + 10.0),
            bin.messages,
        );
    }
    let _ = write!(
        svg,
        "<line class=\"honest\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        x(0.0),
        y(0.0),
        x(1.0),
        y(1.0)
    );
    for bin in bins {
        let _ = write!(
            svg,
            "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\"/>",
            x(bin.confidence),
            y(bin.right)
        );
    }
    svg + "</svg>"
}

/// Both axes, from 0 to 1.
fn frame(across: &str, label: &str) -> String {
    let mut svg =
        format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">");
    for tick in 0..=5 {
        let at = f64::from(tick) / 5.0;
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{0:.1}\" y2=\"{0:.1}\"/>\
             <text class=\"small\" x=\"{1}\" y=\"{2:.1}\" text-anchor=\"end\">{3:.0}%</text>\
             <text class=\"small\" x=\"{4:.1}\" y=\"{5}\" text-anchor=\"middle\">{at:.1}</text>",
            y(at),
            LEFT - 6.0,
            y(at) + 4.0,
            100.0 * at,
            x(at),
            BOTTOM + 17.0,
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{across}</text>",
        x(0.5),
        HEIGHT - 6.0
    );
    svg
}

fn x(share: f64) -> f64 {
    LEFT + share * (RIGHT - LEFT)
}

fn y(share: f64) -> f64 {
    BOTTOM - share * (BOTTOM - TOP)
}
