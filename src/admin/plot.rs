//! Charts. In: numbers. Out: SVG, coloured by classes of the style sheet, and the same numbers as a
//! table for screen readers.

use maud::{Markup, html};

/// One bar: its label, and a count for each series.
pub(super) struct PlotBar {
    pub label: String,
    pub counts: Vec<u64>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 58.0;
const BELOW: f64 = 28.0;
const ABOVE: f64 = 16.0;
/// At most about this many labels below the bars, so that they do not overlap.
const LABELS: usize = 6;

/// A chart of stacked bars; `series` names the entries of `counts`, in the same order.
pub(super) fn stacked(title: &str, series: &[&str], bars: &[PlotBar]) -> Markup {
    let total = |bar: &PlotBar| bar.counts.iter().sum::<u64>();
    let top = axis_top(bars.iter().map(total).max().unwrap_or_default());
    let (step, plot) = (
        (WIDTH - LEFT) / bars.len().max(1) as f64,
        HEIGHT - ABOVE - BELOW,
    );
    let y = |count: u64| ABOVE + plot * (1.0 - count as f64 / top as f64);
    let every = bars.len().div_ceil(LABELS).max(1);
    html! {
        figure.plot {
            figcaption { (title) }
            ul.legend { @for (n, name) in series.iter().enumerate() { li { i.(format!("s{n}")) {} (name) } } }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(format!("{title}，数字见下表")) {
                @for line in [0, top / 2, top] {
                    line.grid x1=(LEFT) x2=(WIDTH) y1=(num(y(line))) y2=(num(y(line))) {}
                    text x=(LEFT - 6.0) y=(num(y(line) + 4.0)) text-anchor="end" { (line) }
                }
                @for (n, bar) in bars.iter().enumerate() {
                    @let x = LEFT + step * n as f64;
                    g {
                        title { (bar.label) "：" @for (name, count) in series.iter().zip(&bar.counts) { (name) " " (count) "　" } }
                        @for (kind, (from, to)) in stack(&bar.counts).into_iter().enumerate().filter(|(_, (from, to))| from < to) {
                            rect.(format!("s{kind}")) x=(num(x + step * 0.12)) y=(num(y(to))) width=(num(step * 0.76))
                                height=(num(y(from) - y(to))) {}
                        }
                    }
                    @if (bars.len() - 1 - n).is_multiple_of(every) {
                        @let last = n + 1 == bars.len();
                        text x=(num(if last { WIDTH } else { x + step / 2.0 })) y=(HEIGHT - 6.0)
                            text-anchor=(if last { "end" } else { "middle" }) { (bar.label) }
                    }
                }
            }
            details {
                summary { "看数字" }
                div.scroll tabindex="0" role="region" aria-label=(title) {
                    table {
                        thead { tr { th scope="col" { "日期" } @for name in series { th.number scope="col" { (name) } } } }
                        tbody {
                            @for bar in bars.iter().rev() {
                                tr { th scope="row" { (bar.label) } @for count in &bar.counts { td.number { (count) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Start and end of each part of a bar.
fn stack(counts: &[u64]) -> Vec<(u64, u64)> {
    let mut below = 0;
    let part = |count: &u64| {
        let from = below;
        below += count;
        (from, below)
    };
    counts.iter().map(part).collect()
}

/// The top of the axis: a round even number of at least `most`.
fn axis_top(most: u64) -> u64 {
    let mut scale = 1;
    loop {
        for step in [2, 4, 6, 10] {
            if step * scale >= most {
                return step * scale;
            }
        }
        scale *= 10;
    }
}

fn num(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_even_round_numbers() {
        let found: Vec<u64> = [0, 1, 2, 3, 7, 10, 11, 41, 60, 61, 999, 1_001]
            .map(axis_top)
            .into();
        assert_eq!(found, [2, 2, 2, 4, 10, 10, 20, 60, 60, 100, 1_000, 2_000]);
    }

    #[test]
    fn parts_stand_on_each_other() {
        assert_eq!(stack(&[3, 0, 2]), [(0, 3), (3, 3), (3, 5)]);
    }
}
