//! What a request about steps means in the conversation. In: the request, the open topic. Out: the step
//! that is wanted. Must not know: how a request is worded, how a step is shown.

use super::command::{self, DialogueCommand};
use super::interpret::{ActInterpreter, UserAct};
use super::step_request::{self, StepRequest};
use super::understand::PartAnswer;
use crate::knowledge::IntentKind;
use crate::model::ReplyTarget;
use crate::reply::ReplyStep;
use crate::reply::plain_text::blocks_text;
use crate::text::normalize::normalize;
use crate::text::signs::with_named_signs;
use std::cmp::Reverse;

/// What share of the pieces of a remark a step must hold to be named by it.
const MIN_NAMED: f32 = 0.3;
/// With more pieces than this a remark names something, and its verb alone tells no step.
const FEW_PIECES: usize = 2;
/// A section that is said as well as this is meant, and not a step.
const SECTION_SAID: f32 = 0.7;

impl ActInterpreter<'_> {
    /// A step of the open topic, in whatever words it is asked for.
    pub(super) fn requested_step(&self, text: &str, normal: &str) -> Option<UserAct> {
        let topic = self.conversation.topic.as_ref()?;
        let request = step_request::requested(normal)?;
        let is_done = matches!(request, StepRequest::Done(..));
        match command::read(normal) {
            // 搞定: done with a step that others follow, else solved
            Some(DialogueCommand::Solved) if is_done && topic.step.is_some() => {}
            Some(_) => return None,
            None => {}
        }
        let target = self.with_steps(&topic.target)?;
        if !self.fresh {
            return matches!(request, StepRequest::Nth(_)).then_some(UserAct::Expired);
        }
        let count = self.steps_of(&target);
        let shown = topic.step.filter(|_| topic.target == target);
        let last = count.saturating_sub(1);
        match request {
            StepRequest::FromFirst => Some(UserAct::Step(target, Some(0))),
            StepRequest::Nth(number) => Some(self.step(target, Some(number - 1))),
            StepRequest::Toward(pieces) => {
                let at = self.step_named(&target, "", &pieces)?;
                let is_further = shown.is_some_and(|shown| at > shown);
                is_further.then_some(UserAct::Step(target, Some(at)))
            }
            StepRequest::Last => Some(UserAct::Step(target, Some(last))),
            StepRequest::All => Some(self.all_of(target)),
            StepRequest::Back => Some(self.move_step(|at| at.saturating_sub(1))),
            StepRequest::Next { asks: true } if shown.is_none() => {
                Some(UserAct::Step(target, None))
            }
            StepRequest::Next { .. } => Some(self.move_step(|at| at + 1)),
            StepRequest::Again => Some(match shown {
                Some(at) => UserAct::Step(target, Some(at)),
                None => UserAct::Part(PartAnswer::shown_again(&topic.target)),
            }),
            StepRequest::Done(Some(number), _) => Some(self.step(target, Some(number))),
            StepRequest::Done(None, pieces) => {
                // who names a later step has done those before it: 提交以后呢
                let named = self.step_named(&target, normal, &pieces);
                // where all are shown and none is named, the first is done
                let all = (topic.target == target).then_some(0);
                let next = shown.max(named).or(all)? + 1;
                (next < count).then_some(UserAct::Step(target, Some(next)))
            }
            StepRequest::Failed(Some(number), _) => {
                Some(match self.step(target, Some(number - 1)) {
                    UserAct::Step(target, _) => UserAct::StepFailed(target, number - 1),
                    other => other,
                })
            }
            StepRequest::Failed(None, pieces) if pieces.is_empty() => {
                shown.map(|at| UserAct::StepFailed(target, at))
            }
            StepRequest::Failed(None, pieces) => {
                let at = self.step_named(&target, "", &pieces)?;
                (!self.says_section(text)).then_some(UserAct::StepFailed(target, at))
            }
        }
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

    /// Whether a text asks for a section of the open topic in the words of one of its examples.
    fn says_section(&self, text: &str) -> bool {
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

    /// The step that a remark names: the one that holds most of `pieces`, else
    /// the first with the verb that the remark begins with.
    fn step_named(&self, target: &ReplyTarget, remark: &str, pieces: &[String]) -> Option<usize> {
        let found = target.resolve(self.desk.knowledge, self.conversation.lang)?;
        let steps: Vec<String> = found.part.steps.iter().map(step_text).collect();
        let held = |step: &String| pieces.iter().filter(|piece| step.contains(*piece)).count();
        let best = steps
            .iter()
            .enumerate()
            .map(|(at, step)| (held(step), Reverse(at)))
            .max()?;
        if best.0 > 0 && best.0 as f32 >= MIN_NAMED * pieces.len() as f32 {
            return Some(best.1.0);
        }
        let done = DONE_MARKS.iter().filter_map(|mark| remark.split_once(mark));
        let done = done.map(|(done, _)| done).min_by_key(|done| done.len());
        let done = done.unwrap_or(remark);
        let verb = STEP_VERBS
            .iter()
            .find(|(said, _)| done.contains(said))
            .map(|(_, written)| written)?;
        let first = steps.iter().position(|step| written_as(step, verb));
        first.filter(|_| pieces.len() <= FEW_PIECES)
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

/// What follows these is not said to be done.
const DONE_MARKS: &[&str] = &["以后", "之后", "然后", "了", "完", "好"];
/// How people say what they did, and how steps write it; 点 alone names no step.
const STEP_VERBS: &[(&str, &[&str])] = &[
    ("登", &["登录", "登入"]),
    ("扫", &["扫码", "扫描"]),
    ("填", &["填写", "填入"]),
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

fn written_as(step: &str, verb: &[&str]) -> bool {
    verb.iter().any(|written| step.contains(written))
}

/// A step as it is compared.
fn step_text(step: &ReplyStep) -> String {
    normalize(&with_named_signs(&blocks_text(&step.blocks)))
}
