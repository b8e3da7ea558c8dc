//! What a request about steps means in the conversation. In: the request, the open topic. Out: the step
//! that is wanted. Must not know: how a request is worded, how a step is shown.

use super::command::{self, DialogueCommand};
use super::interpret::{ActInterpreter, UserAct};
use super::shorthand;
use super::step_request::{self, StepRequest};
use super::step_words::StepWords;
use super::understand::PartAnswer;
use crate::knowledge::IntentKind;
use crate::model::{Decision, ReplyTarget};
use crate::passage::{AspectSet, PassageRanking};
use crate::reply::ReplyStep;
use crate::reply::plain_text::blocks_text;
use crate::text::han_script::quoted_ranges;
use crate::text::normalize::normalize;
use crate::text::signs::with_named_signs;
use std::cmp::Reverse;

/// What share of the pieces of a remark a step must hold to be named by it.
const MIN_NAMED: f32 = 0.3;
/// A text of so many words, of which a larger share is none of the topic's, is about no step.
const FEWEST_STRANGE: usize = 3;
const MOST_STRANGE: f32 = 0.5;
/// A section that is said as well as this is meant, and not a step.
const SECTION_SAID: f32 = 0.7;

impl ActInterpreter<'_> {
    /// A step of the open topic, in whatever words it is asked for.
    pub(super) fn requested_step(&self, text: &str, normal: &str) -> Option<UserAct> {
        let topic = self.conversation.topic.as_ref()?;
        let lone = || topic.step.and_then(|_| step_request::lone_ordinal(normal));
        let request = step_request::requested(normal).or_else(lone)?;
        let is_done = matches!(request, StepRequest::Done(..));
        match command::read(normal) {
            // 搞定: done with a step that others follow, else solved
            Some(DialogueCommand::Solved) if is_done && topic.step.is_some() => {}
            // start over: with the steps that are shown, else with the topics
            Some(DialogueCommand::Topics)
                if request == StepRequest::FromFirst && topic.step.is_some() => {}
            Some(_) => return None,
            None => {}
        }
        let target = self.with_steps(&topic.target)?;
        // what names something beside the number may be about another topic
        let names_more = matches!(request, StepRequest::Nth(_)) && step_request::names_more(normal);
        if names_more && self.is_elsewhere(text) {
            return None;
        }
        if !self.fresh {
            return matches!(request, StepRequest::Nth(_)).then_some(UserAct::Expired);
        }
        let shown = topic.step.filter(|_| topic.target == target);
        match request {
            StepRequest::Toward(pieces) => self.step_toward(target, shown, normal, &pieces),
            StepRequest::Done(number, pieces) => {
                self.step_after(target, shown, number, normal, &pieces)
            }
            StepRequest::Failed(number, pieces) => {
                self.failed_step(target, shown, number, text, &pieces)
            }
            StepRequest::Which(pieces) => {
                let at = self.step_named(&target, normal, "", &pieces)?;
                Some(UserAct::StepNumber(target, at))
            }
            plain => Some(self.plain_step(target, shown, plain)),
        }
    }

    /// A request that names nothing of the steps.
    fn plain_step(
        &self,
        target: ReplyTarget,
        shown: Option<usize>,
        request: StepRequest,
    ) -> UserAct {
        let last = self.steps_of(&target).saturating_sub(1);
        match (request, shown) {
            (StepRequest::FromFirst, _) => UserAct::Step(target, Some(0)),
            (StepRequest::Nth(number), _) => self.step(target, Some(number - 1)),
            (StepRequest::Count, _) => UserAct::StepCount(target),
            (StepRequest::Last, _) => UserAct::Step(target, Some(last)),
            (StepRequest::All, _) => self.all_of(target),
            (StepRequest::Back, _) => self.move_step(|at| at.saturating_sub(1)),
            (StepRequest::Next { asks: true }, None) => UserAct::Step(target, None),
            (StepRequest::Again, Some(at)) => UserAct::Step(target, Some(at)),
            (StepRequest::Again, None) => match &self.conversation.topic {
                Some(topic) => UserAct::Part(PartAnswer::shown_again(&topic.target)),
                None => UserAct::Step(target, None),
            },
            _ => self.move_step(|at| at + 1),
        }
    }

    /// The step further on that holds most of `pieces`.
    fn step_toward(
        &self,
        target: ReplyTarget,
        shown: Option<usize>,
        normal: &str,
        pieces: &[String],
    ) -> Option<UserAct> {
        let at = self.step_named(&target, normal, "", pieces)?;
        let is_further = match shown {
            Some(shown) => at > shown,
            // all of them are shown
            None => self.is_shown(&target) && target.section.is_some(),
        };
        is_further.then_some(UserAct::Step(target, Some(at)))
    }

    /// The step after the one that is done.
    fn step_after(
        &self,
        target: ReplyTarget,
        shown: Option<usize>,
        number: Option<usize>,
        normal: &str,
        pieces: &[String],
    ) -> Option<UserAct> {
        if let Some(number) = number {
            return Some(self.step(target, Some(number)));
        }
        let texts = self.step_texts(&target)?;
        let is_shown_label = |at: &usize| {
            let step = texts.get(*at);
            step.is_some_and(|step| step.longest_label_in(normal) > 0)
        };
        // who names a later step has done those before it: 提交以后呢
        let named = match shown.filter(is_shown_label) {
            Some(at) => Some(at),
            None => self.step_named(&target, normal, normal, pieces),
        };
        // where all are shown and none is named, the first is done
        let all = self.is_shown(&target).then_some(0);
        let done = shown.max(named).or(all)?;
        let asked = verbs_in(behind_done(normal));
        let is_asked = |at: &usize| {
            let step = texts.get(*at);
            step.is_some_and(|step| asked.iter().any(|verb| written_as(&step.normal, verb)))
        };
        // 点完投诉还要填什么: the step in which something is filled in
        let after = match shown == Some(done) || !says_only_same(&texts, done, normal) {
            true => done + 1,
            false => done + 2,
        };
        let next = (done + 1..texts.len()).find(is_asked).unwrap_or(after);
        let last = texts.last()?;
        match next < texts.len() {
            true => Some(UserAct::Step(target, Some(next))),
            // of a step in which two things are done, the first
            false if last.has_label_behind(normal) => Some(UserAct::Step(target, Some(done))),
            false => None,
        }
    }

    /// The step that does not work.
    fn failed_step(
        &self,
        target: ReplyTarget,
        shown: Option<usize>,
        number: Option<usize>,
        text: &str,
        pieces: &[String],
    ) -> Option<UserAct> {
        // 举报错了能撤吗: what was done wrong is to be taken back
        let message = self.asked.get_or_init(|| self.desk.message(text));
        if number.is_none() && message.asks_any_of(AspectSet::WITHDRAWAL) {
            return None;
        }
        if let Some(at) = number.map(|number| number - 1) {
            return Some(match self.step(target, Some(at)) {
                UserAct::Step(target, _) => UserAct::StepFailed(target, at),
                other => other,
            });
        }
        if pieces.is_empty() {
            return shown.map(|at| UserAct::StepFailed(target, at));
        }
        let named = self.step_named(&target, &normalize(text), "", pieces);
        // what is not found and named by no step is not found in the one that is shown
        let is_remark = || shorthand::clauses(text).nth(1).is_none();
        let at = named.or_else(|| shown.filter(|_| is_remark()))?;
        let is_about_step =
            !self.says_section(text) && !self.is_elsewhere(text) && !self.is_strange(text);
        is_about_step.then_some(UserAct::StepFailed(target, at))
    }

    fn is_shown(&self, target: &ReplyTarget) -> bool {
        let topic = self.conversation.topic.as_ref();
        topic.is_some_and(|topic| topic.target == *target)
    }

    /// All steps; before those of a section, what the whole reply says about its cases.
    pub(super) fn all_of(&self, target: ReplyTarget) -> UserAct {
        let whole = ReplyTarget::intent(&target.intent);
        let shown = self.conversation.topic.as_ref().map(|topic| &topic.target);
        match target.section.is_some() && shown == Some(&whole) {
            true => UserAct::Part(PartAnswer {
                second: Some(target),
                ..PartAnswer::whole(&whole.intent)
            }),
            false => UserAct::Step(target, None),
        }
    }

    /// Whether the router sends a text to another topic or a gap.
    fn is_elsewhere(&self, text: &str) -> bool {
        let open = self.conversation.topic.as_ref();
        let routing = self.desk.router.route(text);
        let is_open = routing.intent.as_ref() == open.map(|topic| &topic.target.intent);
        routing.gap.is_some() || routing.decision == Decision::Answer && !is_open
    }

    /// Whether most of a text's words are none of the open topic's, and it asks for what that does
    /// not tell.
    fn is_strange(&self, text: &str) -> bool {
        let message = self.asked.get_or_init(|| self.desk.message(text));
        let lang = self.conversation.lang;
        let ranking = self.open_topic().and_then(|(_, intent)| {
            let knowledge = self.desk.knowledge;
            self.desk.passages.rank(knowledge, intent, lang, message)
        });
        let is_untold =
            |ranking: PassageRanking| ranking.missing.is_some() && ranking.foreign > MOST_STRANGE;
        message.word_count() >= FEWEST_STRANGE && ranking.is_some_and(is_untold)
    }

    /// Whether a text asks for a section of the open topic in the words of one of its examples.
    pub(super) fn says_section(&self, text: &str) -> bool {
        let knowledge = self.desk.knowledge;
        let topic = self.conversation.topic.as_ref();
        let Some(intent) = topic.and_then(|topic| knowledge.intent(&topic.target.intent)) else {
            return false;
        };
        let message = self.asked.get_or_init(|| self.desk.message(text));
        let lang = self.conversation.lang;
        let ranking = self.desk.passages.rank(knowledge, intent, lang, message);
        intent.kind == IntentKind::Menu
            || ranking.is_some_and(|ranking| {
                ranking.parts.iter().any(|part| {
                    part.target.section.is_some() && part.evidence.phrase >= SECTION_SAID
                })
            })
    }

    /// The step that a remark names: the one whose button it says, else the one that holds most of
    /// `pieces` and of the verbs of what is said to be `done`; of equal ones the last that is done, or
    /// the first.
    fn step_named(
        &self,
        target: &ReplyTarget,
        remark: &str,
        done: &str,
        pieces: &[String],
    ) -> Option<usize> {
        let steps = self.step_texts(target)?;
        let verbs = verbs_in(before_done(done));
        let held = |step: &str| pieces.iter().filter(|piece| step.contains(*piece)).count();
        let acted = |step: &str| verbs.iter().filter(|verb| written_as(step, verb)).count();
        let scored = steps.iter().enumerate().map(|(at, step)| {
            let said = step.longest_label_in(remark);
            let clicked = said > 0 && clicks(remark) && clicks(&step.normal);
            let (held, acted) = (held(&step.normal), acted(&step.normal));
            let order = match done.is_empty() || said == 0 && verbs.is_empty() {
                true => Reverse(at),
                false => Reverse(steps.len() - at),
            };
            (said, clicked, held, acted, order, at)
        });
        let (said, _, held, acted, _, at) = scored.max()?;
        let is_named = held > 0 && held as f32 >= MIN_NAMED * pieces.len() as f32;
        // a verb alone tells the step of a remark that names nothing else
        let names_more = || StepWords::of(done).names_more(done, pieces);
        (said > 0 || is_named || acted > 0 && !names_more()).then_some(at)
    }

    fn step_texts(&self, target: &ReplyTarget) -> Option<Vec<StepText>> {
        let found = target.resolve(self.desk.knowledge, self.conversation.lang)?;
        Some(found.part.steps.iter().map(StepText::of).collect())
    }
}

impl PartAnswer {
    /// What is shown, once more.
    fn shown_again(target: &ReplyTarget) -> Self {
        PartAnswer {
            target: target.clone(),
            ..PartAnswer::whole(&target.intent)
        }
    }
}

/// What follows the last of these is not said to be done.
const DONE_MARKS: &[&str] = &["以后", "之后", "然后", "了", "完", "好"];

/// The part of a remark that says what is done.
fn before_done(remark: &str) -> &str {
    let ends = DONE_MARKS.iter().filter_map(|mark| remark.rfind(mark));
    let done = remark.get(..ends.max().unwrap_or(remark.len()));
    done.unwrap_or(remark)
}

/// The part behind it: what is asked.
fn behind_done(remark: &str) -> &str {
    let ends = DONE_MARKS
        .iter()
        .filter_map(|mark| Some(remark.rfind(mark)? + mark.len()));
    ends.max()
        .and_then(|end| remark.get(end..))
        .unwrap_or_default()
}

/// The verbs in a text, as steps write them.
fn verbs_in(text: &str) -> Vec<&'static [&'static str]> {
    let said = STEP_VERBS.iter().filter(|(said, _)| text.contains(said));
    said.map(|(_, written)| *written).collect()
}

/// How people say what they did, and how steps write it; 点 alone names no step.
const STEP_VERBS: &[(&str, &[&str])] = &[
    ("登", &["登录", "登入"]),
    ("扫", &["扫码", "扫描"]),
    ("填", &["填写", "填入"]),
    ("进", &["进入"]),
    ("选", &["选择"]),
    ("提交", &["提交"]),
    ("确认", &["确认"]),
    ("scan", &["scan"]),
    ("logg", &["log in", "sign in"]),
    ("sign", &["log in", "sign in"]),
    ("fill", &["fill"]),
    ("submit", &["submit"]),
    ("cho", &["choose", "select"]),
    ("select", &["choose", "select"]),
];

/// Whether a text says that something is clicked.
fn clicks(text: &str) -> bool {
    ["点", "触", "按", "click", "tap", "press"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether the step after this one has no button but the one that a remark says: 点了投诉 may be said when
/// both are done.
fn says_only_same(steps: &[StepText], done: usize, remark: &str) -> bool {
    let label = |step: &StepText| match step.labels.as_slice() {
        [only] if remark.contains(only.as_str()) => Some(only.clone()),
        _ => None,
    };
    let same = |step: &StepText, label: &String| step.labels.contains(label);
    match (steps.get(done), steps.get(done + 1).and_then(label)) {
        (Some(this), Some(label)) => same(this, &label) && done + 2 < steps.len(),
        _ => false,
    }
}

fn written_as(step: &str, verb: &[&str]) -> bool {
    verb.iter().any(|written| step.contains(written))
}

/// A step as it is compared.
struct StepText {
    normal: String,
    /// What stands in it between quotation marks, in order: the names of buttons.
    labels: Vec<String>,
}

impl StepText {
    fn of(step: &ReplyStep) -> Self {
        let text = blocks_text(&step.blocks);
        let quoted = quoted_ranges(&text).into_iter();
        let labels = quoted.filter_map(|range| text.get(range)).map(normalize);
        let is_name = |label: &String| label.chars().nth(SHORTEST_LABEL - 1).is_some();
        StepText {
            labels: labels.filter(is_name).collect(),
            normal: normalize(&with_named_signs(&text)),
        }
    }

    /// The number of characters of the longest label that a remark says; 0 if it says none.
    fn longest_label_in(&self, remark: &str) -> usize {
        let said = self.labels.iter().filter(|label| remark.contains(*label));
        said.map(|label| label.chars().count()).max().unwrap_or(0)
    }

    /// Whether another label stands behind the one that a remark says.
    fn has_label_behind(&self, remark: &str) -> bool {
        let said = self.labels.iter().rposition(|label| remark.contains(label));
        said.is_some_and(|at| at + 1 < self.labels.len())
    }
}

/// Characters of the shortest name of a button that is told from the words around it.
const SHORTEST_LABEL: usize = 2;
