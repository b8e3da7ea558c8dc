//! Figures of the last thirty days, for the overview. In: counts of the store. Out: tiles, bars and
//! tables.

use crate::admin::AdminState;
use crate::admin::html::{self, text};
use crate::admin::plot::PlotBar;
use crate::store::ratings::RatingCounts;
use crate::store::stats::{IntentTraffic, OutcomeCount, QuestionCount, QuestionOutcome, median};
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use wenlu_core::labels::percent;
use wenlu_core::model::{Timestamp, TurnOutcome};

const DAYS: i32 = 30;
/// Intents in the table of solved rates.
const INTENTS: usize = 12;
/// Outcomes of a question, in the order in which the chart stacks them.
pub(super) const SERIES: [&str; 4] = ["回答", "反问", "没答上来", "转人工"];

pub(super) fn tiles(
    bars: &[PlotBar],
    traffic: &[IntentTraffic],
    waits: &[i64],
    ratings: RatingCounts,
) -> Markup {
    let sum = |series: usize| {
        bars.iter()
            .filter_map(|bar| bar.counts.get(series))
            .sum::<u64>()
    };
    let [answered, clarified, silent, people] = [0, 1, 2, 3].map(sum);
    let asked = (answered + clarified + silent).max(1) as f64;
    let part = |count: u64| percent(count as f64 / asked);
    let all = traffic
        .iter()
        .fold(IntentTraffic::default(), |sum, one| IntentTraffic {
            solved: sum.solved + one.solved,
            unsolved: sum.unsolved + one.unsolved,
            ..sum
        });
    let tile = |label: &str, value: String, more: String| {
        html! { div { dt { (label) } dd { b { (value) } small { (more) } } } }
    };
    html! {
        dl.tiles {
            (tile("提问", (answered + clarified + silent).to_string(), format!("最近 {DAYS} 天")))
            (tile("回答", part(answered), format!("{answered} 次")))
            (tile("反问", part(clarified), format!("{clarified} 次")))
            (tile("没答上来", part(silent), format!("{silent} 次")))
            (tile("转人工", people.to_string(), format!("次，最近 {DAYS} 天")))
            (tile("解决率", all.solved_rate().map_or_else(|| "—".to_owned(), percent), format!("{} 人说过有没有用", all.solved + all.unsolved)))
            (tile("等人的时间", median(waits).map_or_else(|| "—".to_owned(), span), "中位数".to_owned()))
            @if ratings.asked > 0 {
                (tile("人工解决率", ratings.solved_rate().map_or_else(|| "—".to_owned(), percent), format!("问了 {} 人，{} 人回答", ratings.asked, ratings.solved + ratings.unsolved)))
            }
        }
    }
}

pub(super) fn questions(top: &[QuestionCount]) -> Markup {
    html! {
        ol.tally {
            @for QuestionCount { what, count } in top {
                li { a href=(link(what)) { (text(what)) } span.number { (count) " 次" } }
            }
        }
    }
}

pub(super) fn solved(admin: &AdminState, traffic: &[IntentTraffic]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="各个意图的解决率" {
            table {
                thead { tr { th scope="col" { "意图" } th.number scope="col" { "出现" } th scope="col" { "解决率" } } }
                tbody {
                    @for one in traffic.iter().take(INTENTS) {
                        tr { td { (html::intent_link(admin, &one.intent)) } td.number { (one.shown) } td { (html::share(one.solved_rate())) } }
                    }
                }
            }
        }
        @if traffic.is_empty() { p.soft { "还没有哪个意图被问到。" } }
    }
}

/// The journal's search for a text.
fn link(what: &str) -> String {
    format!(
        "/admin/journal?{}",
        form_urlencoded::Serializer::new(String::new())
            .append_pair("text", what)
            .finish()
    )
}

/// The last `DAYS` days up to today, each with the time at which it begins.
pub(super) fn days(admin: &AdminState, now: Timestamp) -> Vec<(Date, Timestamp)> {
    let zone = &admin.config.timezone;
    let today = jiff::Timestamp::from_millisecond(now.0)
        .unwrap_or_default()
        .to_zoned_datetime(zone.clone())
        .date();
    let begins = |date: Date| {
        date.to_zoned_datetime(zone.clone())
            .ok()
            .map(|at| (date, Timestamp(at.timestamp().as_millisecond())))
    };
    (0..DAYS)
        .rev()
        .filter_map(|ago| today.checked_sub(ago.days()).ok().and_then(begins))
        .collect()
}

pub(super) fn bars(days: &[(Date, Timestamp)], outcomes: &[OutcomeCount]) -> Vec<PlotBar> {
    let mut bars: Vec<PlotBar> = days
        .iter()
        .map(|(date, _)| PlotBar {
            label: date.strftime("%m-%d").to_string(),
            counts: vec![0; SERIES.len()],
        })
        .collect();
    for counted in outcomes {
        let day = days
            .partition_point(|(_, from)| *from <= counted.at)
            .checked_sub(1);
        if let Some((bar, series)) = day
            .and_then(|day| bars.get_mut(day))
            .zip(series(counted.outcome))
            && let Some(count) = bar.counts.get_mut(series)
        {
            *count += counted.count;
        }
    }
    bars
}

/// Index of an outcome in [`SERIES`]; `None` if it is not the answer to a question.
fn series(outcome: TurnOutcome) -> Option<usize> {
    Some(match QuestionOutcome::of(outcome)? {
        QuestionOutcome::Answered => 0,
        QuestionOutcome::Clarified => 1,
        QuestionOutcome::Unknown => 2,
        QuestionOutcome::Human => 3,
    })
}

fn span(millis: i64) -> String {
    match millis / 1_000 {
        seconds @ ..60 => format!("{seconds} 秒"),
        seconds @ 60..3_600 => format!("{} 分钟", seconds / 60),
        seconds => format!("{:.1} 小时", seconds as f64 / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_words() {
        assert_eq!(
            [span(59_999), span(60_000), span(5_400_000)],
            ["59 秒", "1 分钟", "1.5 小时"]
        );
    }
}
