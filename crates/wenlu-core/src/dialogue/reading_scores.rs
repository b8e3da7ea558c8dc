//! What speaks for each reading of a sentence, and how much. In: the evidence. Out: a score for each
//! reading. Must not know: texts, how the evidence was found, how a reading is answered.

use serde::Serialize;

/// From this on, a phrase is said.
pub(super) const SAID: f32 = 0.7;

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
    /// It does so by more than a word that only joins: it, 上面的.
    pub points_back: bool,
    /// How sure the best part of the open topic is.
    pub part: f32,
    /// The best part is a section.
    pub is_section: bool,
    /// How well the sentence says one of that part's examples.
    pub phrase: f32,
    /// The share of its words that the open topic does not know.
    pub foreign: f32,
    /// It is about a thing that the open topic is not about.
    pub other_thing: bool,
    /// It names a thing by which the open topic is not called.
    pub unnamed_thing: bool,
    /// It asks for something that any topic may have: how long, where.
    pub asks_aspect: bool,
    /// How sure the router is of another topic.
    pub elsewhere: f32,
    /// How likely a gap is.
    pub gap: f32,
    /// It is an example of another topic or of a gap, word for word.
    pub is_example: bool,
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
    /// The same for one of the open topic's words alone, of which a part is as sure as this.
    pub(super) const CERTAIN_BESIDE_PART: f32 = 0.85;
    pub(super) const CERTAIN_PART: f32 = 0.9;
    /// How sure a section must be to stand against a gap, and how much of the gap it takes away.
    pub(super) const SURE_PART: f32 = 0.7;
    pub(super) const KNOWN_BESIDE_GAP: f32 = 0.6;
    /// What a short sentence that names a question of the open menu takes from another topic.
    pub(super) const CHILD_NAMED: f32 = 0.5;
    /// Of a gap: a constant and its probability; less where the sentence only asks for an aspect.
    pub(super) const GAP: [f32; 2] = [0.15, 0.45];
    pub(super) const GAP_OF_ASPECT: f32 = 0.2;
    /// Of words that the open topic does not know, for a full question and for a short one.
    pub(super) const FOREIGN: [f32; 2] = [0.5, 0.45];
    /// Words from which a sentence can be wholly about something else.
    pub(super) const FOREIGN_WORDS: f32 = 3.0;
    /// So many words are a question of its own, whatever joins it to the last one.
    pub(super) const MANY_WORDS: usize = 2;
    /// The share of unknown words from which a longer sentence is about something else.
    pub(super) const MOSTLY: f32 = 0.75;
    pub(super) const HALF: f32 = 0.5;
    /// From this probability on, a gap is certain; what is left beside it of the whole reply, which is
    /// all that answers a sentence of the topic's name.
    pub(super) const CERTAIN_GAP: f32 = 0.95;
    pub(super) const WHOLE_BESIDE_GAP: f32 = 0.6;
    /// Of the best part, of shortness, of a reference back, of a phrase that is said.
    pub(super) const PART: f32 = 0.32;
    pub(super) const BRIEF: f32 = 0.13;
    pub(super) const REFERS: f32 = 0.3;
    pub(super) const PHRASE: f32 = 0.97;
    /// What is left of a part's confidence where a missing aspect is asked for.
    pub(super) const PART_OF_MISSING: f32 = 0.5;
    /// Of an aspect that is missing: a constant and the share of words that the topic knows.
    pub(super) const MISSING: [f32; 2] = [0.2, 0.15];
    /// Of a short sentence after a menu that names one of its questions.
    pub(super) const CHILD: f32 = 0.3;
    /// Of the best question beside the open one.
    pub(super) const SIBLING: f32 = 0.35;
}

/// The scores of the readings.
pub(super) fn scores(evidence: &ReadingEvidence, is_missing: bool) -> ReadingScores {
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
    let is_joined = evidence.words < weight::MANY_WORDS || brief >= 1.0;
    let saving = evidence.points_back || evidence.refers && is_joined;
    let is_wholly_strange = foreign >= 1.0 && evidence.words >= fewest && !saving;
    // 量子力学是什么: the one word that it says is unknown, and no part stands out
    let is_stray = foreign >= 1.0 && evidence.words > 0 && !saving && !is_missing;
    let is_stray = is_stray && phrase < weight::HALF && part < weight::SURE_PART;
    let is_mostly_strange = foreign >= weight::MOSTLY && evidence.words > weight::MANY_WORDS;
    let goes_elsewhere = evidence.gap > 0.0 || evidence.elsewhere > 0.0;
    let is_other = evidence.other_thing && goes_elsewhere;
    let is_strange = is_wholly_strange || is_stray || is_mostly_strange || is_other;
    // a phone number is asked for as a person is
    let is_request = evidence.small_talk && is_missing;
    // unless the open topic has it among its examples too
    let is_said_elsewhere = evidence.is_example && !evidence.points_back && phrase < 1.0;
    if is_said_elsewhere || is_strange && phrase < SAID && !is_request {
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
    // half of its words unknown, nothing that joins it to the topic, and no part that stands out
    let is_faint = !evidence.refers && !evidence.asks_aspect && foreign >= weight::HALF;
    let is_faint = is_faint && part < weight::HALF;
    if is_faint && phrase < SAID {
        return ReadingScores {
            question: 1.0,
            ..ReadingScores::default()
        };
    }
    // what none tells, no part answers, however many words it shares
    let (part, phrase) = match is_missing {
        true => (
            weight::PART_OF_MISSING * part,
            weight::PART_OF_MISSING * phrase,
        ),
        false => (part, phrase),
    };
    // that the topic is named is no answer to what is missing for certain
    let is_gap = is_certain_gap(evidence);
    let context = match is_gap {
        true => weight::WHOLE_BESIDE_GAP * context,
        false => context,
    };
    let beside = weight::SIBLING * sibling + context;
    ReadingScores {
        question: question_score(evidence, is_missing),
        part: (weight::PART * part + context + child).max(weight::PHRASE * phrase * phrase),
        missing: if is_missing { missing } else { 0.0 },
        sibling: if sibling > 0.0 { beside } else { 0.0 },
    }
}

/// Whether a gap is certain, and the open topic has neither a section nor an example for the sentence:
/// 那公众号怎么注销, whose words a reply about the deregistration of something else has as well.
fn is_certain_gap(evidence: &ReadingEvidence) -> bool {
    let least = if evidence.unnamed_thing {
        SAID
    } else {
        weight::HALF
    };
    let is_said = evidence.is_section && evidence.phrase >= least;
    evidence.gap >= weight::CERTAIN_GAP && evidence.words > 0 && !is_said
}

fn question_score(evidence: &ReadingEvidence, is_missing: bool) -> f32 {
    let ReadingEvidence { brief, foreign, .. } = *evidence;
    // small talk asks for no more than it names
    let asks_more = evidence.asks_aspect && evidence.words > 0;
    let is_doubtful = evidence.elsewhere < weight::CLEAR_SMALL_TALK || asks_more || is_missing;
    let doubt = match evidence.small_talk && is_doubtful {
        true => weight::SMALL_TALK,
        false => 1.0,
    };
    // a short sentence whose words the open topic knows is about it, unless another is certain
    let known = brief * (1.0 - foreign);
    let is_told = foreign <= 0.0 && evidence.part >= weight::CERTAIN_PART;
    let certain = match (evidence.refers, is_told) {
        (true, _) => weight::CERTAIN_BESIDE_REFERENCE,
        (_, true) => weight::CERTAIN_BESIDE_PART,
        _ => weight::CERTAIN,
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
    let is_sure = evidence.is_section && evidence.part >= weight::SURE_PART;
    let gap = match is_sure && !is_certain_gap(evidence) {
        true => gap * (1.0 - weight::KNOWN_BESIDE_GAP * known),
        false => gap,
    };
    let [full, short] = weight::FOREIGN;
    let foreign = if evidence.small_talk && is_missing {
        0.0
    } else {
        foreign
    };
    let strange = foreign * (evidence.words as f32 / weight::FOREIGN_WORDS).min(1.0);
    elsewhere.max(gap) + strange * (full + (short - full) * brief)
}
