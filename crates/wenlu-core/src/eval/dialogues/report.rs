//! Counts judged turns. In: verdicts, one by one. Out: a [`DialogueReport`]. Must not know: how a
//! turn is judged.

use super::judge::{MissClass, NOTHING, TurnVerdict, open_topics};
use super::kinds::{DialogueHalf, DialogueKind, LabelledDialogue};
use super::shown::shown;
use crate::dialogue::Turn;
use crate::knowledge::Knowledge;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a reply that a missed turn quotes.
const QUOTED: usize = 120;
/// Stands for a dialogue without a voice.
const NO_VOICE: &str = "-";

/// How dialogues went.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DialogueReport {
    /// How many dialogues.
    pub dialogues: usize,
    /// Messages of which something is expected.
    pub judged: usize,
    /// Those after which all holds that is expected.
    pub right: usize,
    /// By kind, in the order of [`DialogueKind::ALL`], without openings.
    pub kinds: Vec<KindFigures>,
    /// First messages of longer dialogues of which nothing is expected but a topic: they lead to what
    /// the dialogue is about.
    pub openings: RightCount,
    /// By the way in which the asker talks, the most frequent first.
    pub voices: Vec<VoiceFigures>,
    /// By what went wrong first, the most frequent first.
    pub classes: Vec<ClassCount>,
    /// Each turn that is not as expected, in order.
    pub misses: Vec<MissedTurn>,
    /// Ids that dialogues name and the knowledge does not have.
    pub unknown_intents: Vec<String>,
}

/// How many, and how many of them are right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RightCount {
    /// How many are judged.
    pub judged: usize,
    /// How many of them are right.
    pub right: usize,
}

impl RightCount {
    fn add(&mut self, right: bool) {
        self.judged += 1;
        self.right += usize::from(right);
    }

    /// The share of the right ones; `None` if there are none at all.
    pub fn share(self) -> Option<f64> {
        (self.judged > 0).then(|| self.right as f64 / self.judged as f64)
    }
}

/// The turns of one kind of dialogue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindFigures {
    /// The kind.
    pub kind: DialogueKind,
    /// Whether all holds that is expected.
    pub all: RightCount,
    /// Whether the topic is right.
    pub topic: RightCount,
    /// Whether the facts are shown.
    pub fact: RightCount,
    /// Whether the facts are shown at the beginning.
    pub early: RightCount,
}

/// The turns of askers who talk alike, openings among them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoiceFigures {
    /// As the files name it; `-` where they name none.
    pub voice: String,
    /// Whether all holds that is expected.
    pub all: RightCount,
}

/// How often something went wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassCount {
    /// What went wrong first.
    pub class: MissClass,
    /// In how many turns.
    pub turns: usize,
    /// In how many turns of each kind of dialogue.
    pub kinds: BTreeMap<&'static str, usize>,
}

/// A turn that is not as expected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MissedTurn {
    /// The id of the dialogue.
    pub dialogue: String,
    /// Its half.
    pub half: DialogueHalf,
    /// Its kind.
    pub kind: DialogueKind,
    /// Which message, from 1.
    pub turn: usize,
    /// What went wrong first.
    pub class: MissClass,
    /// What went wrong besides.
    pub also: Vec<MissClass>,
    /// What the asker typed.
    pub say: String,
    /// What is expected, with the keys of the file.
    pub wanted: String,
    /// What is open afterwards; `unknown`: nothing.
    pub open: String,
    /// The beginning of what is shown.
    pub shown: String,
}

#[derive(Default)]
pub(super) struct ReportBuilder {
    report: DialogueReport,
    kinds: BTreeMap<DialogueKind, KindFigures>,
    voices: BTreeMap<String, RightCount>,
    classes: BTreeMap<MissClass, ClassCount>,
}

impl ReportBuilder {
    pub(super) fn count(
        &mut self,
        dialogue: &LabelledDialogue,
        at: usize,
        turn: &Turn,
        verdict: &TurnVerdict,
    ) {
        let Some(labelled) = dialogue.turns.get(at) else {
            return;
        };
        if !labelled.wants.is_judged() {
            return;
        }
        let right = verdict.misses.is_empty();
        self.report.judged += 1;
        self.report.right += usize::from(right);
        let voice = dialogue.voice.as_deref().unwrap_or(NO_VOICE).to_owned();
        self.voices.entry(voice).or_default().add(right);
        if at == 0 && dialogue.turns.len() > 1 && labelled.wants.is_opening() {
            self.report.openings.add(right);
        } else {
            self.count_kind(dialogue.kind, right, verdict);
        }
        let Some((class, also)) = verdict.misses.split_first() else {
            return;
        };
        let count = self.classes.entry(*class).or_insert_with(|| ClassCount {
            class: *class,
            turns: 0,
            kinds: BTreeMap::new(),
        });
        count.turns += 1;
        *count.kinds.entry(dialogue.kind.name()).or_default() += 1;
        let open = open_topics(turn, &labelled.wants).into_iter();
        let open: BTreeSet<String> = open.collect();
        self.report.misses.push(MissedTurn {
            dialogue: dialogue.id.clone(),
            half: dialogue.half,
            kind: dialogue.kind,
            turn: at + 1,
            class: *class,
            also: also.to_vec(),
            say: labelled.say.clone(),
            wanted: labelled.wants.in_words(),
            open: match open.is_empty() {
                true => NOTHING.to_owned(),
                false => open.into_iter().collect::<Vec<_>>().join("+"),
            },
            shown: shown(&turn.replies).chars().take(QUOTED).collect(),
        });
    }

    fn count_kind(&mut self, kind: DialogueKind, right: bool, verdict: &TurnVerdict) {
        let figures = self.kinds.entry(kind).or_insert_with(|| KindFigures {
            kind,
            all: RightCount::default(),
            topic: RightCount::default(),
            fact: RightCount::default(),
            early: RightCount::default(),
        });
        figures.all.add(right);
        verdict.topic.into_iter().for_each(|r| figures.topic.add(r));
        verdict.fact.into_iter().for_each(|r| figures.fact.add(r));
        verdict.early.into_iter().for_each(|r| figures.early.add(r));
    }

    pub(super) fn finish(
        self,
        knowledge: &Knowledge,
        dialogues: &[LabelledDialogue],
    ) -> DialogueReport {
        let voices = self.voices.into_iter();
        let mut voices: Vec<VoiceFigures> = voices
            .map(|(voice, all)| VoiceFigures { voice, all })
            .collect();
        voices.sort_by_key(|figures| std::cmp::Reverse(figures.all.judged));
        let mut classes: Vec<ClassCount> = self.classes.into_values().collect();
        classes.sort_by_key(|count| std::cmp::Reverse(count.turns));
        DialogueReport {
            kinds: self.kinds.into_values().collect(),
            voices,
            classes,
            unknown_intents: unknown_intents(knowledge, dialogues),
            dialogues: dialogues.len(),
            ..self.report
        }
    }
}

fn unknown_intents(knowledge: &Knowledge, dialogues: &[LabelledDialogue]) -> Vec<String> {
    let turns = dialogues.iter().flat_map(|dialogue| &dialogue.turns);
    let named: BTreeSet<&String> = turns
        .flat_map(|turn| {
            let wants = &turn.wants;
            wants
                .intent
                .iter()
                .chain(&wants.apart)
                .chain(&wants.not_intent)
        })
        .collect();
    let unknown = |id: &&&String| knowledge.intent(id).is_none() && id.as_str() != NOTHING;
    named
        .iter()
        .filter(unknown)
        .map(|id| (*id).clone())
        .collect()
}
