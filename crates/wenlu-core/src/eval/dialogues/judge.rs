//! Judges one turn. In: what is expected of it, and the turn as it was answered. Out: a
//! [`TurnVerdict`] with each way in which it is not as expected. Must not know: how many there are.

use super::kinds::TurnWants;
use super::not_said::says_not_said;
use super::shown::{ComparedText, is_early, lead, shown};
use crate::dialogue::Turn;
use crate::knowledge::{Knowledge, is_small_talk};
use crate::model::{Lang, TurnOutcome};
use crate::text::han_script::to_simplified;
use crate::text::normalize::is_han;
use serde::Serialize;

/// In the place of an intent's id: nothing is open.
pub(super) const NOTHING: &str = "unknown";

macro_rules! classes {
    ($($(#[doc = $doc:literal])* $variant:ident = $zh:literal;)*) => {
        /// What went wrong in a turn. In this order: an earlier one explains a later one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum MissClass { $($(#[doc = $doc])* $variant,)* }
        impl MissClass {
            /// The name in Chinese.
            pub fn chinese(self) -> &'static str { match self { $(MissClass::$variant => $zh,)* } }
        }
    };
}

classes! {
    /// The bot did not understand.
    Unknown = "没听懂";
    /// The bot named a topic that it knows nothing about.
    Gap = "说成没有资料的话题";
    /// The bot opened a menu or asked back, where it should have answered.
    MenuInstead = "该回答的给了菜单";
    /// The message was taken for a step, a button, help or thanks.
    OtherAct = "当成了别的动作";
    /// Another topic is open.
    WrongTopic = "话题不对";
    /// The topic that was left is still open.
    NotApart = "没有和前面的话题分开";
    /// The reply is in the other language.
    Language = "语言不对";
    /// Nobody was asked to take over.
    Person = "没有转人工";
    /// A pleasantry was counted as unanswered.
    CountedUnanswered = "客套话记成没答上来";
    /// Another step is shown, or none.
    Step = "步骤不对";
    /// The reply does not say first that the material is silent.
    NotSaid = "没有先说资料里没有";
    /// A fact is not shown.
    FactMissing = "话题对，事实没有给出";
    /// A fact is shown, and not at the beginning.
    FactLate = "事实来得晚";
    /// Something is shown that must not be.
    NotAbsent = "给出了不该有的";
}

/// How a turn is beside what is expected of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct TurnVerdict {
    /// Whether the topic is right; `None` if none is expected.
    pub(super) topic: Option<bool>,
    /// Whether all facts are shown.
    pub(super) fact: Option<bool>,
    /// Whether all facts are shown at the beginning.
    pub(super) early: Option<bool>,
    /// In the order of [`MissClass`]; empty: all is as expected.
    pub(super) misses: Vec<MissClass>,
}

pub(super) fn judge(knowledge: &Knowledge, wants: &TurnWants, turn: &Turn) -> TurnVerdict {
    let open = open_topics(turn, wants);
    let mut verdict = TurnVerdict::default();
    let missed = |holds: bool, class| (!holds).then_some(class);
    if !wants.intent.is_empty() {
        let right = is_open(knowledge, turn, &open, &wants.intent);
        verdict.topic = Some(right);
        verdict.misses.extend(missed(right, wrong_topic(turn)));
    }
    let text = ComparedText::of(&shown(&turn.replies));
    if !wants.fact.is_empty() {
        let is_shown = |fact: &Vec<String>| fact.iter().any(|f| text.find(f).is_some());
        let all = wants.fact.iter().all(is_shown);
        verdict.fact = Some(all);
        verdict.misses.extend(missed(all, MissClass::FactMissing));
        if wants.early {
            let early = wants.fact.iter().all(|fact| is_early(&turn.replies, fact));
            verdict.early = Some(early);
            verdict
                .misses
                .extend(missed(early || !all, MissClass::FactLate));
        }
    }
    let step = wants.step.is_none_or(|step| shows_step(turn, step));
    let absent = wants.absent.iter().all(|f| text.find(f).is_none());
    let not_said = !wants.not_said
        || turn.entry.outcome == TurnOutcome::Gap
        || says_not_said(&to_simplified(&lead(&turn.replies)));
    let others = [
        missed(
            wants.lang.is_none_or(|lang| is_in(turn, lang)),
            MissClass::Language,
        ),
        missed(!wants.person || waits_for_person(turn), MissClass::Person),
        missed(
            !wants.ack || !is_unanswered(turn),
            MissClass::CountedUnanswered,
        ),
        missed(step, MissClass::Step),
        missed(not_said, MissClass::NotSaid),
        missed(absent, MissClass::NotAbsent),
        apart(knowledge, wants, turn, &open),
    ];
    verdict.misses.extend(others.into_iter().flatten());
    verdict.misses.sort();
    verdict
}

/// The ids of what the conversation is about after this turn. What was not understood is about
/// nothing, although the topic before it is kept for the next message.
pub(super) fn open_topics(turn: &Turn, wants: &TurnWants) -> Vec<String> {
    let entry = &turn.entry;
    let topic = turn.conversation.topic.as_ref();
    let topic = topic.map(|topic| topic.target.intent.clone());
    match entry.outcome {
        TurnOutcome::Unknown | TurnOutcome::Clarified => Vec::new(),
        TurnOutcome::Gap => entry.gap.iter().cloned().collect(),
        TurnOutcome::Menu => entry.intent.iter().cloned().collect(),
        // thanks leave the topic as it is; where a question is answered so, it is misunderstood
        _ if entry.intent.as_deref().is_some_and(is_small_talk) && !wants.ack && !wants.person => {
            entry.intent.iter().cloned().collect()
        }
        _ => entry.intent.iter().cloned().chain(topic).collect(),
    }
}

/// A menu is open as well if the bot asks which of its questions is meant.
fn is_open(knowledge: &Knowledge, turn: &Turn, open: &[String], wanted: &[String]) -> bool {
    if turn.entry.outcome != TurnOutcome::Clarified {
        return open.iter().any(|id| wanted.contains(id));
    }
    let choices = choices(turn);
    let of_menu = |menu: &&String| {
        let is_child = |id: &&str| {
            let intent = knowledge.intent(id);
            intent.is_some_and(|i| i.parent.as_ref() == Some(*menu) || i.id == **menu)
        };
        !choices.is_empty() && choices.iter().all(is_child)
    };
    wanted.iter().any(|id| of_menu(&id))
}

/// The ids of the intents that the buttons of this turn open.
fn choices(turn: &Turn) -> Vec<&str> {
    let buttons = turn.replies.iter().flat_map(|reply| &reply.buttons);
    buttons
        .filter_map(|button| button.data.strip_prefix("i:"))
        .map(|target| target.split_once('#').map_or(target, |(id, _)| id))
        .collect()
}

fn wrong_topic(turn: &Turn) -> MissClass {
    match turn.entry.outcome {
        TurnOutcome::Unknown => MissClass::Unknown,
        TurnOutcome::Gap => MissClass::Gap,
        TurnOutcome::Menu | TurnOutcome::Clarified => MissClass::MenuInstead,
        TurnOutcome::Answered | TurnOutcome::FollowUp | TurnOutcome::Choice => {
            MissClass::WrongTopic
        }
        _ => MissClass::OtherAct,
    }
}

fn apart(
    knowledge: &Knowledge,
    wants: &TurnWants,
    turn: &Turn,
    open: &[String],
) -> Option<MissClass> {
    let offered = choices(turn);
    let outcome = turn.entry.outcome;
    let is_kept = wants.not_intent.as_ref().is_some_and(|left| {
        let asked_back = outcome == TurnOutcome::Clarified && offered.contains(&left.as_str());
        open.contains(left) || asked_back
    });
    if is_kept {
        return Some(MissClass::NotApart);
    }
    let nothing = wants.apart.iter().any(|id| id == NOTHING) && open.is_empty();
    let right = wants.apart.is_empty() || nothing || is_open(knowledge, turn, open, &wants.apart);
    (!right).then(|| wrong_topic(turn))
}

fn is_in(turn: &Turn, lang: Lang) -> bool {
    let text = shown(&turn.replies);
    let han = text.chars().filter(|c| is_han(*c)).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    turn.replies.iter().all(|reply| reply.lang == lang)
        && match lang {
            Lang::Zh => han > 0,
            Lang::En => latin > han,
        }
}

fn is_unanswered(turn: &Turn) -> bool {
    turn.entry.unanswered.is_some() || turn.entry.outcome == TurnOutcome::Clarified
}

fn waits_for_person(turn: &Turn) -> bool {
    turn.conversation.handed_over && !is_unanswered(turn)
}

fn shows_step(turn: &Turn, number: usize) -> bool {
    let is_asked = |at: Option<usize>| at.is_some_and(|at| at + 1 == number);
    let topic = turn.conversation.topic.as_ref();
    turn.replies.iter().any(|reply| is_asked(reply.cursor))
        || turn.entry.outcome == TurnOutcome::Step && topic.is_some_and(|t| is_asked(t.step))
}
