//! Decision. In: a message and the trained router. Out: a [`Routing`], by the decision table of the
//! bot. Must not know: how the scores are computed.

use super::clause_verdict::{
    StrippedText, decide_scored, is_small_talk_class, judge, judge_exact, judge_stripped,
    score_text,
};
use super::clauses::{MessageClauses, split_clauses};
use super::elsewhere::unanswered;
use super::routing_builder::build_routing;
use super::trained::Router;
use super::verdict::{ClauseVerdict, DecisionReason, JudgeRule, MAX_CHOICES, RouteOutcome};
use crate::model::Routing;

impl Router {
    /// Routes `text`, as it was typed.
    ///
    /// ```
    /// # use wenlu_core::knowledge::{Intent, Knowledge};
    /// # use wenlu_core::{model::Decision, router::Router};
    /// let intent = |id: &str, examples: [&str; 3]| Intent {
    ///     id: id.to_owned(),
    ///     examples: examples.map(str::to_owned).to_vec(),
    ///     ..Intent::default()
    /// };
    /// let knowledge = Knowledge {
    ///     intents: vec![
    ///         intent("opening-hours", ["几点开门", "周末营业吗", "什么时候关门"]),
    ///         intent("refund", ["怎么退款", "我要退钱", "钱能退回来吗"]),
    ///     ],
    ///     ..Knowledge::default()
    /// };
    /// let routing = Router::build(&knowledge).route("请问几点开门？");
    /// assert_eq!(routing.decision, Decision::Answer);
    /// assert_eq!(routing.intent.as_deref(), Some("opening-hours"));
    /// ```
    pub fn route(&self, text: &str) -> Routing {
        let cut = split_clauses(text);
        route(self, text, &cut, self.rule_of(&cut))
    }

    /// Routes `text` at another threshold.
    pub fn route_at(&self, text: &str, threshold: f64) -> Routing {
        let cut = split_clauses(text);
        route(self, text, &cut, self.rule_of(&cut).at(threshold))
    }

    /// Routes `text` as if there were no encoder.
    pub fn route_without_encoder(&self, text: &str) -> Routing {
        route(self, text, &split_clauses(text), self.lexical_rule())
    }

    /// The rule that decides `text`.
    pub fn decision_reason(&self, text: &str) -> DecisionReason {
        let cut = split_clauses(text);
        let rule = self.rule_of(&cut);
        let routing = route(self, text, &cut, rule);
        reason_of(&judge_message(self, &cut, rule).0, &routing)
    }
}

/// Why a verdict became this routing.
pub(super) fn reason_of(verdict: &ClauseVerdict, routing: &Routing) -> DecisionReason {
    let is_unanswered = matches!(
        verdict.outcome,
        RouteOutcome::Unknown | RouteOutcome::Gap(_)
    );
    match routing.is_elsewhere && !is_unanswered {
        true => DecisionReason::Elsewhere,
        false => verdict.reason,
    }
}

fn route(router: &Router, text: &str, cut: &MessageClauses, rule: JudgeRule) -> Routing {
    let (first, second) = judge_message(router, cut, rule);
    let scored = first.scored.as_ref();
    let source = scored.map_or(rule.source, |scored| scored.rule.source);
    let scored_by = router.has_encoder().then_some(source);
    let routing = Routing {
        scored_by,
        ..build_routing(router, text, &cut.normal, &first, second.as_ref())
    };
    match router.elsewhere.are_meant(&cut.normal, &routing) {
        true => unanswered(routing),
        false => routing,
    }
}

/// Judges the message; the second verdict is that of a second question in it, if there is one.
pub(super) fn judge_message<'a>(
    router: &Router,
    cut: &'a MessageClauses,
    rule: JudgeRule,
) -> (ClauseVerdict<'a>, Option<ClauseVerdict<'a>>) {
    let whole = judge_whole(router, cut, rule);
    if cut.clauses.len() < 2 || whole.confidence >= 1.0 {
        return (whole, None);
    }
    let asking: Vec<&str> = cut
        .clauses
        .iter()
        .filter(|part| part.asks)
        .map(|part| part.text.as_str())
        .collect();
    let mut answered: Vec<ClauseVerdict> = Vec::new();
    for (at, part) in asking.iter().enumerate() {
        let enough = answered.len() == 2;
        let in_vain = answered.len() + asking.len() - at < 2 && !is_undecided(&whole);
        if enough || in_vain {
            break;
        }
        answered.extend(
            judge_answered_clause(router, part, rule)
                .filter(|a| answered.iter().all(|b| a.outcome != b.outcome)),
        );
    }
    let mut answered = answered.into_iter();
    match (answered.next(), answered.next()) {
        (Some(first), Some(second)) => (first, Some(second)),
        (Some(only), None)
            if whole.confidence < only.confidence && can_replace_whole(&whole, &only) =>
        {
            (only, None)
        }
        _ => (whole, None),
    }
}

pub(super) fn judge_whole<'a>(
    router: &Router,
    cut: &'a MessageClauses,
    rule: JudgeRule,
) -> ClauseVerdict<'a> {
    let all = StrippedText::new(router, &cut.normal);
    match &cut.kept {
        None => judge_stripped(router, all, rule),
        Some(kept) => judge_exact(router, all, rule).unwrap_or_else(|| judge(router, kept, rule)),
    }
}

/// Whether the clause's verdict replaces the undecided whole's: its best candidate is among the
/// best three of the whole.
fn can_replace_whole(whole: &ClauseVerdict, part: &ClauseVerdict) -> bool {
    part.ranked
        .first()
        .is_some_and(|p| whole.ranked.iter().take(MAX_CHOICES).any(|w| w.0 == p.0))
        && is_undecided(whole)
}

fn is_undecided(whole: &ClauseVerdict) -> bool {
    matches!(
        whole.outcome,
        RouteOutcome::Unknown | RouteOutcome::Clarify(_)
    )
}

/// The verdict of a clause if it is an answer other than small talk. Scores come first: most
/// clauses are not answered and need no segmentation.
fn judge_answered_clause<'a>(
    router: &Router,
    normal: &'a str,
    rule: JudgeRule,
) -> Option<ClauseVerdict<'a>> {
    let text = StrippedText::new(router, normal);
    let verdict = judge_exact(router, text, rule).or_else(|| {
        let scored = score_text(router, text, rule)
            .filter(|scored| scored.confidence >= scored.rule.threshold)?;
        Some(decide_scored(router, text, scored))
    })?;
    matches!(verdict.outcome, RouteOutcome::Answer(k) if !is_small_talk_class(router, k))
        .then_some(verdict)
}
