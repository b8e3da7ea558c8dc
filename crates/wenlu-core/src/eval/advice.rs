//! The threshold advisor. In: a report's curve, and the acceptable share of wrong answers. Out: the
//! threshold that keeps to it, and what that costs. Must not know: files, printing.

use super::report::EvalReport;
use super::types::CurvePoint;
use serde::Serialize;
use std::str::FromStr;

/// The share of wrong answers among all answers that is acceptable, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AcceptedWrongShare(f64);

/// The text is not a share from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("要一个从 0% 到 100% 的比例，例如 5%、5 或 0.05 / a share such as 5%, 5 or 0.05")]
pub struct WrongShareError;

/// The recommended threshold, and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThresholdAdvice {
    /// The share that was asked for.
    pub accept_wrong: AcceptedWrongShare,
    /// Whether the share can be kept to; if not, `at` is where the share is lowest.
    pub reachable: bool,
    /// The outcomes at the advised threshold.
    pub at: CurvePoint,
    /// Share of the messages in scope that go unanswered there.
    pub unanswered: f64,
    /// Share of the messages in scope that get a question back or a menu there.
    pub asked_back: f64,
    /// Share of the messages out of scope that are answered there.
    pub answered_outside: f64,
    /// Why no threshold should be chosen from these messages although `at` keeps to the share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_learnt: Option<NoThresholdReason>,
}

/// Why the messages are insufficient to choose a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoThresholdReason {
    /// There are no messages that a threshold should hold back.
    NoOutOfScope,
    /// So few answers that a single wrong one could exceed the share.
    TooFewAnswers,
    /// There is no answer that a threshold could hold back: a threshold of 0, which answers
    /// everything, would do.
    NothingToHoldBack,
}

/// `5%` is a percentage. A bare number below 1 is a share, one from 1 on is a percentage: 0.05 and
/// 5 mean 5 %, 1 means 1 %.
impl FromStr for AcceptedWrongShare {
    type Err = WrongShareError;

    fn from_str(text: &str) -> Result<Self, WrongShareError> {
        let text = text.trim();
        let percent = text.strip_suffix(['%', '％']);
        let number: f64 = percent
            .unwrap_or(text)
            .trim()
            .parse()
            .map_err(|_| WrongShareError)?;
        let share = if percent.is_some() || number >= 1.0 {
            number / 100.0
        } else {
            number
        };
        (0.0..=1.0)
            .contains(&share)
            .then_some(Self(share))
            .ok_or(WrongShareError)
    }
}

impl AcceptedWrongShare {
    /// The share, 0 to 1.
    pub fn share(self) -> f64 {
        self.0
    }
}

impl ThresholdAdvice {
    /// The advice as a sentence for operators.
    pub fn sentence(&self) -> String {
        let percent = |share: f64| format!("{:.1}%", 100.0 * share);
        let wrong = percent(self.at.wrong_share.unwrap_or_default());
        let found = match self.reachable {
            true => format!(
                "要让答案里的错误不超过 {}，阈值取 {:.2}（错误 {wrong}）。",
                percent(self.accept_wrong.0),
                self.at.threshold
            ),
            false => format!(
                "任何阈值都做不到错误不超过 {}；最低是 {wrong}，在阈值 {:.2}。",
                percent(self.accept_wrong.0),
                self.at.threshold
            ),
        };
        let outside = match self.at.outside.total() {
            0 => "数据里没有范围外的消息，看不出误答多少。".to_owned(),
            _ => format!(
                "范围外的消息有 {} 会被误答。",
                percent(self.answered_outside)
            ),
        };
        let (unanswered, asked) = (percent(self.unanswered), percent(self.asked_back));
        let found = match self.not_learnt {
            Some(why) => format!("{}。", why.sentence()),
            None => found,
        };
        format!(
            "{found}那时范围内的问题有 {unanswered} 答“不知道”，{asked} 反问或打开菜单；{outside}"
        )
    }
}

impl NoThresholdReason {
    /// The reason as a sentence for operators.
    pub fn sentence(self) -> &'static str {
        match self {
            NoThresholdReason::NoOutOfScope => {
                "数据里没有范围外的消息（none），学不出该挡住什么，定不出阈值"
            }
            NoThresholdReason::TooFewAnswers => "消息太少，看不出这样小的错误比例，定不出阈值",
            NoThresholdReason::NothingToHoldBack => {
                "阈值为 0 时也不超过这个比例：没有要挡住的，定不出阈值"
            }
        }
    }

    /// `None`: the threshold of `at` can be chosen.
    fn of(at: &CurvePoint, accept: AcceptedWrongShare) -> Option<Self> {
        let answers = (at.inside.answered + at.outside.answered) as f64;
        let enough = if accept.share() > 0.0 {
            1.0 / accept.share()
        } else {
            MIN_ANSWERS
        };
        if at.outside.total() == 0 {
            Some(NoThresholdReason::NoOutOfScope)
        } else if answers < enough {
            Some(NoThresholdReason::TooFewAnswers)
        } else {
            (at.threshold.is_nan() || at.threshold <= 0.0)
                .then_some(NoThresholdReason::NothingToHoldBack)
        }
    }
}

/// From this many answers on, no wrong one among them is significant.
const MIN_ANSWERS: f64 = 20.0;

/// The lowest threshold on the curve at which at most the share `accept` of the answers is wrong.
/// Wrong are answers of another intent, and all answers to out-of-scope messages. `None`: nothing
/// is answered at any threshold.
pub fn advise(report: &EvalReport, accept: AcceptedWrongShare) -> Option<ThresholdAdvice> {
    let with_share = || {
        report
            .curve
            .iter()
            .filter_map(|point| Some((point, point.wrong_share?)))
    };
    let kept = with_share().find(|(_, share)| *share <= accept.share());
    let (at, share) = kept.or_else(|| with_share().min_by(|a, b| a.1.total_cmp(&b.1)))?;
    Some(ThresholdAdvice {
        accept_wrong: accept,
        reachable: share <= accept.share(),
        not_learnt: NoThresholdReason::of(at, accept).filter(|_| share <= accept.share()),
        unanswered: at.inside.share(at.inside.unanswered),
        asked_back: at
            .inside
            .share(at.inside.total() - at.inside.answered - at.inside.unanswered),
        answered_outside: at.outside.share(at.outside.answered),
        at: at.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::OutcomeCounts;

    #[test]
    fn shares() {
        let read = |text: &str| {
            text.parse::<AcceptedWrongShare>()
                .map(AcceptedWrongShare::share)
        };
        for text in ["5%", "5", "0.05", " 5 % ", "5％"] {
            assert_eq!(read(text), Ok(0.05), "{text}");
        }
        assert_eq!(
            [read("1"), read("0"), read("0.5%"), read("100")],
            [Ok(0.01), Ok(0.0), Ok(0.005), Ok(1.0)]
        );
        assert!(
            ["", "%", "-1", "101", "abc", "NaN", "inf"]
                .iter()
                .all(|text| read(text).is_err())
        );
    }

    #[test]
    fn the_lowest_threshold_that_keeps_to_it() {
        let point = |threshold, right, wrong, refused, outside| {
            let inside = OutcomeCounts {
                right,
                wrong,
                refused,
                unanswered: refused,
                answered: right + wrong,
                ..OutcomeCounts::default()
            };
            let outside = OutcomeCounts {
                wrong: outside,
                right: 4 - outside,
                answered: outside,
                ..OutcomeCounts::default()
            };
            CurvePoint::new(threshold, inside, outside)
        };
        let curve = vec![
            point(0.0, 8, 2, 0, 4),
            point(0.5, 7, 1, 2, 1),
            point(0.7, 6, 0, 4, 1),
            point(1.0, 0, 0, 10, 0),
        ];
        let report = EvalReport {
            curve,
            ..EvalReport::default()
        };
        let advice = |share: &str| advise(&report, share.parse().unwrap()).unwrap();
        assert_eq!(
            (advice("30%").at.threshold, advice("30%").reachable),
            (0.5, true)
        );
        let found = advice("20%");
        assert_eq!(
            (found.at.threshold, found.unanswered, found.answered_outside),
            (0.7, 0.4, 0.25)
        );
        let lowest = advice("1%");
        assert_eq!(
            (lowest.at.threshold, lowest.reachable, lowest.at.wrong_share),
            (0.7, false, Some(1.0 / 7.0))
        );
        assert_eq!(advise(&EvalReport::default(), "5%".parse().unwrap()), None);
    }

    #[test]
    fn nothing_is_learnt_from_what_shows_nothing() {
        let learnt = |threshold: f64, right: usize, outside: (usize, usize), accept: &str| {
            let inside = OutcomeCounts {
                right,
                answered: right,
                ..OutcomeCounts::default()
            };
            let out = OutcomeCounts {
                right: outside.0,
                wrong: outside.1,
                answered: outside.1,
                ..OutcomeCounts::default()
            };
            let report = EvalReport {
                curve: vec![CurvePoint::new(threshold, inside, out)],
                ..EvalReport::default()
            };
            advise(&report, accept.parse().unwrap()).unwrap().not_learnt
        };
        assert_eq!(learnt(0.4, 40, (9, 0), "5%"), None);
        assert_eq!(
            learnt(0.4, 40, (0, 0), "5%"),
            Some(NoThresholdReason::NoOutOfScope)
        );
        assert_eq!(
            learnt(0.4, 19, (9, 0), "5%"),
            Some(NoThresholdReason::TooFewAnswers)
        );
        assert_eq!(
            learnt(0.4, 19, (9, 0), "0%"),
            Some(NoThresholdReason::TooFewAnswers)
        );
        assert_eq!(
            learnt(0.0, 40, (9, 0), "5%"),
            Some(NoThresholdReason::NothingToHoldBack)
        );
        assert_eq!(
            learnt(f64::NAN, 40, (9, 0), "5%"),
            Some(NoThresholdReason::NothingToHoldBack)
        );
        // if the share is exceeded, that is reported instead
        assert_eq!(learnt(0.0, 1, (0, 9), "5%"), None);
    }
}
