//! What a typed sentence means while a topic is open. In: the sentence, the open topic, where the
//! router would send it. Out: the likeliest reading, with the evidence for each. Must not know: how
//! a reading is answered.

use super::interpret::{ActInterpreter, UserAct};
use super::manager::DialogueManager;
use super::shorthand;
use super::state::{Conversation, DialogueTopic};
use crate::knowledge::{Intent, IntentKind, Knowledge, is_small_talk};
use crate::model::{Decision, Lang, ReplyTarget, Routing};
use crate::passage::{AskedMessage, Aspect, PassageRanking};
use crate::reply::TextSpan;
use crate::text::normalize::normalize;
use crate::text::units::units;
use serde::Serialize;
use std::cell::OnceCell;

/// Units up to which a sentence is short, and from which it is a full question.
const BRIEF: usize = 7;
const FULL: usize = 16;

/// What a sentence may mean while a topic is open, each 0 to 1; the highest is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ReadingScores {
    /// A question of its own, for the router.
    pub question: f32,
    /// About a part of the open topic.
    pub part: f32,
    /// About an aspect that the open topic does not tell.
    pub missing: f32,
    /// About a question beside the open one, below the same menu.
    pub sibling: f32,
}

/// What speaks for each reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ReadingEvidence {
    /// How short the sentence is: 1 is a word or two, 0 a full question.
    pub brief: f32,
    /// It refers back: 那, 呢, it.
    pub refers: bool,
    /// How sure the best part of the open topic is.
    pub part: f32,
    /// The best part is a section.
    pub is_section: bool,
    /// How well the sentence says one of that part's examples.
    pub phrase: f32,
    /// The share of its words that the open topic does not know.
    pub foreign: f32,
    /// It asks for something that any topic may have: how long, where.
    pub asks_aspect: bool,
    /// How sure the router is of another topic.
    pub elsewhere: f32,
    /// How likely a gap is.
    pub gap: f32,
    /// The other topic is small talk.
    pub small_talk: bool,
    /// The number of its words that carry content.
    pub words: usize,
    /// The router would answer it with the open topic.
    pub same_topic: bool,
    /// The best part is a question of the open menu.
    pub is_child: bool,
    /// How sure the best question beside the open one is.
    pub sibling: f32,
}

/// A sentence read in the light of the open topic.
pub(super) struct TopicReading {
    pub evidence: ReadingEvidence,
    pub scores: ReadingScores,
    part: Option<PartAnswer>,
    missing: Option<Aspect>,
    sibling: Option<String>,
}

/// A part of the open topic that answers a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PartAnswer {
    pub target: ReplyTarget,
    /// The sentence that answers, if it stands further down.
    pub lead: Option<Vec<TextSpan>>,
    /// A part that may be meant as well.
    pub second: Option<ReplyTarget>,
    /// It was picked by its button: many steps are shown one at a time.
    pub is_picked: bool,
}

impl PartAnswer {
    /// The whole reply of an intent.
    pub(super) fn whole(intent: &str) -> Self {
        PartAnswer {
            target: ReplyTarget::intent(intent),
            lead: None,
            second: None,
            is_picked: false,
        }
    }
}

impl DialogueManager<'_> {
    /// How a typed text is read while a topic is open: the evidence and the scores; `None` if no
    /// topic is open.
    pub fn read_in_context(
        &self,
        conversation: &Conversation,
        text: &str,
    ) -> Option<(ReadingEvidence, ReadingScores)> {
        let interpreter = ActInterpreter {
            desk: self,
            conversation,
            asked: &OnceCell::new(),
            fresh: true,
        };
        let (topic, intent) = interpreter.open_topic()?;
        let routing = self.router.route(text);
        let reading = interpreter.read(topic, intent, text, &normalize(text), &routing);
        Some((reading.evidence, reading.scores))
    }
}

impl ActInterpreter<'_> {
    /// The likeliest reading of a sentence that is no command, choice or remark about a step.
    pub(super) fn understand(&self, text: &str, normal: &str) -> UserAct {
        let routing = self.desk.router.route(text);
        let Some((topic, intent)) = self.open_topic() else {
            return UserAct::Question(self.about_open_gap(text, normal, routing));
        };
        let reading = self.read(topic, intent, text, normal, &routing);
        let ReadingScores {
            question,
            part,
            missing,
            sibling,
        } = reading.scores;
        let best = question.max(part).max(missing).max(sibling);
        if best <= question {
            return UserAct::Question(routing);
        }
        if let Some(aspect) = reading.missing.filter(|_| missing >= best) {
            return UserAct::NotCovered(intent.id.clone(), aspect);
        }
        if let Some(id) = reading.sibling.filter(|_| sibling >= best) {
            return UserAct::Named(id);
        }
        match reading.part {
            Some(part) if is_child(self.desk.knowledge, intent, &part.target) => {
                UserAct::Named(part.target.intent)
            }
            Some(part) => UserAct::Part(part),
            None => UserAct::Question(routing),
        }
    }

    /// After a gap, a sentence that only asks for an aspect (要多久), or asks for one and refers back
    /// (那要多少钱), is about the gap as well.
    fn about_open_gap(&self, text: &str, normal: &str, routing: Routing) -> Routing {
        let topic = self.conversation.topic.as_ref().filter(|_| self.fresh);
        let open = topic.and_then(|topic| self.desk.knowledge.intent(&topic.target.intent));
        let gap = open.filter(|intent| intent.kind == IntentKind::Gap);
        let goes_on = || {
            let message = self.desk.message(text);
            let is_bare = message.word_count() == 0 || shorthand::refers_back(normal);
            is_bare && message.asks_aspect()
        };
        match gap {
            Some(gap) if routing.decision == Decision::Unknown && goes_on() => Routing {
                gap: Some(gap.id.clone()),
                ..routing
            },
            _ => routing,
        }
    }

    /// What is talked about, while the conversation is fresh.
    fn open_topic(&self) -> Option<(&DialogueTopic, &Intent)> {
        let topic = self.conversation.topic.as_ref().filter(|_| self.fresh)?;
        let intent = self.desk.knowledge.intent(&topic.target.intent)?;
        (intent.kind != IntentKind::Gap).then_some((topic, intent))
    }

    /// Reads a sentence in the light of the open topic.
    pub(super) fn read(
        &self,
        topic: &DialogueTopic,
        intent: &Intent,
        text: &str,
        normal: &str,
        routing: &Routing,
    ) -> TopicReading {
        let lang = self.conversation.lang;
        let (knowledge, passages) = (self.desk.knowledge, self.desk.passages);
        let message = self.asked.get_or_init(|| self.desk.message(text));
        let ranking = passages.rank(knowledge, intent, lang, message);
        let link = passages.link(intent, message);
        // after a menu, words of its own name a question of the menu
        let ranking = ranking.map(|mut ranking| {
            if intent.kind == IntentKind::Menu && message.word_count() > 0 {
                let parts = &mut ranking.parts;
                parts.sort_by_key(|part| !is_child(knowledge, intent, &part.target));
            }
            ranking
        });
        let best = ranking.as_ref().and_then(PassageRanking::best);
        let (brief, foreign) = (brevity(normal), ranking.as_ref().map_or(1.0, |r| r.foreign));
        let same_topic = routing.intent.as_deref() == Some(&topic.target.intent);
        // without a word of its own it asks about the open topic
        let may_be_beside = !same_topic && brief > 0.0 && foreign > 0.0;
        let sibling = may_be_beside
            .then(|| self.sibling(intent, lang, message))
            .flatten();
        let evidence = ReadingEvidence {
            brief,
            refers: shorthand::refers_back(normal),
            part: best.map_or(0.0, |part| part.confidence),
            is_section: best.is_some_and(|part| part.target.section.is_some()),
            phrase: best.map_or(0.0, |part| part.evidence.phrase),
            foreign,
            asks_aspect: ranking.as_ref().is_some_and(|r| !r.asked.is_empty()),
            elsewhere: self.elsewhere(intent, routing),
            gap: routing.gap_probability as f32,
            small_talk: routing.intent.as_deref().is_some_and(is_small_talk),
            words: message.word_count(),
            same_topic,
            is_child: best.is_some_and(|part| is_child(knowledge, intent, &part.target)),
            sibling: sibling.as_ref().map_or(0.0, |(_, score)| *score),
        };
        let missing = ranking.as_ref().and_then(|ranking| ranking.missing);
        let part = match link {
            Some((follow_up, score)) if score > evidence.phrase => Some(PartAnswer {
                target: ReplyTarget::section(&follow_up.intent, &follow_up.section),
                lead: None,
                second: None,
                is_picked: false,
            }),
            _ => ranking
                .as_ref()
                .and_then(|ranking| PartAnswer::of(intent, ranking)),
        };
        TopicReading {
            scores: scores(&evidence, missing.is_some()),
            evidence,
            part,
            missing,
            sibling: sibling.map(|(id, _)| id),
        }
    }

    /// How sure the router is that the sentence is about something else than the open topic.
    fn elsewhere(&self, open: &Intent, routing: &Routing) -> f32 {
        let knowledge = self.desk.knowledge;
        let found = routing.intent.as_deref();
        let is_near = |id: &str| {
            id == open.id
                || open.parent.as_deref() == Some(id)
                || knowledge
                    .intent(id)
                    .is_some_and(|i| i.parent.as_deref() == Some(&open.id))
        };
        match routing.decision {
            _ if found == Some(&open.id) => 0.0,
            Decision::Answer => routing.confidence as f32,
            Decision::Menu if found.is_some_and(is_near) => 0.2,
            Decision::Menu => 0.6,
            Decision::Clarify => 0.3,
            Decision::Unknown => 0.0,
        }
    }

    /// The question beside the open one, below the same menu, that a short sentence names.
    fn sibling(&self, open: &Intent, lang: Lang, message: &AskedMessage) -> Option<(String, f32)> {
        let (knowledge, passages) = (self.desk.knowledge, self.desk.passages);
        let menu = knowledge.intent(open.parent.as_deref()?)?;
        let ranking = passages.rank(knowledge, menu, lang, message)?;
        let best = ranking.best()?;
        // a section of the menu itself, if it is asked for in so many words
        let says_section = best.target.section.is_some() && best.evidence.phrase >= weight::SAID;
        let is_other =
            best.target.intent != open.id && (best.target.intent != menu.id || says_section);
        is_other.then(|| {
            let named = best.evidence.coverage * (1.0 - ranking.foreign);
            (best.target.intent.clone(), best.confidence * named)
        })
    }
}

/// The weights of the evidence, found on the half of tests/dialogues that is looked at.
mod weight {
    /// Of another topic that the router answers with small talk, unless it is as sure as this.
    pub(super) const CLEAR_SMALL_TALK: f32 = 0.7;
    pub(super) const SMALL_TALK: f32 = 0.3;
    /// How short a sentence, and how sure a part, must be for it to go on about the topic that the
    /// router would answer anyway; then what a question, a part and a missing aspect count.
    pub(super) const GOES_ON: f32 = 0.5;
    pub(super) const SAME_TOPIC: [f32; 3] = [0.8, 0.9, 1.0];
    /// From this confidence on, another topic is certain.
    pub(super) const CERTAIN: f32 = 0.7;
    /// The same for a sentence that refers back.
    pub(super) const CERTAIN_BESIDE_REFERENCE: f32 = 0.9;
    /// How sure a section must be to stand against a gap, and how much of the gap it takes away.
    pub(super) const SURE_PART: f32 = 0.8;
    pub(super) const KNOWN_BESIDE_GAP: f32 = 0.4;
    /// What a short sentence that names a question of the open menu takes from another topic.
    pub(super) const CHILD_NAMED: f32 = 0.5;
    /// Of a gap: a constant and its probability; less where the sentence only asks for an aspect.
    pub(super) const GAP: [f32; 2] = [0.15, 0.45];
    pub(super) const GAP_OF_ASPECT: f32 = 0.2;
    /// Of words that the open topic does not know, for a full question and for a short one.
    pub(super) const FOREIGN: [f32; 2] = [0.5, 0.45];
    /// Words from which a sentence can be wholly about something else.
    pub(super) const FOREIGN_WORDS: f32 = 3.0;
    /// Of the best part, of shortness, of a reference back, of a phrase that is said.
    pub(super) const PART: f32 = 0.32;
    pub(super) const BRIEF: f32 = 0.13;
    pub(super) const REFERS: f32 = 0.3;
    pub(super) const PHRASE: f32 = 0.97;
    /// From this on, a phrase is said.
    pub(super) const SAID: f32 = 0.7;
    /// Of an aspect that is missing: a constant and the share of words that the topic knows.
    pub(super) const MISSING: [f32; 2] = [0.2, 0.15];
    /// Of a short sentence after a menu that names one of its questions.
    pub(super) const CHILD: f32 = 0.3;
    /// Of the best question beside the open one.
    pub(super) const SIBLING: f32 = 0.35;
}

/// The scores of the readings.
fn scores(evidence: &ReadingEvidence, is_missing: bool) -> ReadingScores {
    let ReadingEvidence {
        brief,
        part,
        phrase,
        foreign,
        sibling,
        ..
    } = *evidence;
    if evidence.same_topic {
        // a full question is asked anew, and the router's answer shows its part; a short sentence
        // goes on about the topic
        let goes_on = brief >= weight::GOES_ON;
        let missing = goes_on && is_missing;
        let part = goes_on && evidence.is_section && part >= weight::GOES_ON;
        return ReadingScores {
            question: weight::SAME_TOPIC[0],
            part: if part { weight::SAME_TOPIC[1] } else { 0.0 },
            missing: if missing { weight::SAME_TOPIC[2] } else { 0.0 },
            sibling: 0.0,
        };
    }
    // one unknown word beside an aspect may be a manner of speaking
    let fewest = 1 + usize::from(evidence.asks_aspect);
    let is_strange = foreign >= 1.0 && evidence.words >= fewest && !evidence.refers;
    if is_strange && phrase < weight::SAID {
        return ReadingScores {
            question: 1.0,
            ..ReadingScores::default()
        };
    }
    let own = 1.0 - foreign;
    let refers = f32::from(u8::from(evidence.refers));
    let context = weight::BRIEF * brief + weight::REFERS * refers;
    let child = if evidence.is_child {
        weight::CHILD * brief * own
    } else {
        0.0
    };
    let missing = weight::MISSING[0] + weight::MISSING[1] * own + context;
    let beside = weight::SIBLING * sibling + context;
    ReadingScores {
        question: question_score(evidence),
        part: (weight::PART * part + context + child).max(weight::PHRASE * phrase * phrase),
        missing: if is_missing { missing } else { 0.0 },
        sibling: if sibling > 0.0 { beside } else { 0.0 },
    }
}

fn question_score(evidence: &ReadingEvidence) -> f32 {
    let ReadingEvidence { brief, foreign, .. } = *evidence;
    let doubt = match evidence.small_talk && evidence.elsewhere < weight::CLEAR_SMALL_TALK {
        true => weight::SMALL_TALK,
        false => 1.0,
    };
    // a short sentence whose words the open topic knows is about it, unless another is certain
    let known = brief * (1.0 - foreign);
    let certain = match evidence.refers {
        true => weight::CERTAIN_BESIDE_REFERENCE,
        false => weight::CERTAIN,
    };
    let context = match evidence.elsewhere >= certain {
        // the menu that was just shown has a question of that name
        true if evidence.is_child => weight::CHILD_NAMED * known,
        true => 0.0,
        false => known,
    };
    let elsewhere = doubt * evidence.elsewhere * (1.0 - context);
    let [constant, slope] = weight::GAP;
    let gap = match (evidence.gap > 0.0, evidence.words) {
        (false, _) => 0.0,
        (true, 0) => weight::GAP_OF_ASPECT * (constant + slope * evidence.gap),
        (true, _) => constant + slope * evidence.gap,
    };
    // a section that answers a sentence of the topic's own words
    let gap = match evidence.is_section && evidence.part >= weight::SURE_PART {
        true => gap * (1.0 - weight::KNOWN_BESIDE_GAP * known),
        false => gap,
    };
    let [full, short] = weight::FOREIGN;
    let strange = foreign * (evidence.words as f32 / weight::FOREIGN_WORDS).min(1.0);
    elsewhere.max(gap) + strange * (full + (short - full) * brief)
}

/// Whether a part stands for a question of the open menu.
fn is_child(knowledge: &Knowledge, menu: &Intent, target: &ReplyTarget) -> bool {
    let child = knowledge.intent(&target.intent);
    child.is_some_and(|child| child.parent.as_deref() == Some(&menu.id))
}

/// How short a sentence is: 1 for a word or two, 0 for a full question.
fn brevity(normal: &str) -> f32 {
    let count = units(normal).count();
    match count {
        ..=BRIEF => 1.0,
        FULL.. => 0.0,
        _ => (FULL - count) as f32 / (FULL - BRIEF) as f32,
    }
}

/// The topic of an earlier turn that a sentence wants back.
pub(super) fn returned_to(
    conversation: &Conversation,
    score: impl Fn(&ReplyTarget) -> f32,
) -> Option<&ReplyTarget> {
    let scored = conversation
        .recent
        .iter()
        .rev()
        .map(|target| (score(target), target));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.0).then_some(best.1)
}
