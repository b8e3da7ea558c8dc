//! What a typed sentence means while a topic is open. In: the sentence, the open topic, where the
//! router would send it. Out: the likeliest reading, with the evidence for each. Must not know: how
//! a reading is answered.

use super::interpret::{ActInterpreter, UserAct};
use super::manager::DialogueManager;
use super::reading_scores::{self, ReadingEvidence, ReadingScores, SAID};
use super::shorthand;
use super::state::{Conversation, DialogueTopic};
use crate::knowledge::{FollowUp, Intent, IntentKind, Knowledge, is_small_talk};
use crate::model::{Decision, Lang, ReplyTarget, Routing};
use crate::passage::{AskedMessage, Aspect, AspectSet, PassageRanking, RankedPassage};
use crate::reply::TextSpan;
use crate::text::normalize::normalize;
use crate::text::units::units;
use std::cell::OnceCell;

/// Units up to which a sentence is short, and from which it is a full question.
const BRIEF: usize = 7;
const FULL: usize = 16;
/// Units from which an example says what it is about without the open topic.
const SHORTEST_QUESTION: usize = 5;
/// The share of a correction's words that a question must hold to be named by it.
const MIN_NAMED_BESIDE: f32 = 0.5;

/// From this on, a sentence says an example of a section of the menu that was just shown, unless
/// another topic is as sure as that: of what is nearly the example, and of what is the example.
const SECTION_SAID: f32 = 0.9;
const CLEARLY_ELSEWHERE: [f64; 2] = [0.6, 0.9];

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
    /// The section that a follow-up leads to.
    fn linked(follow_up: &FollowUp) -> Self {
        PartAnswer {
            target: ReplyTarget::section(&follow_up.intent, &follow_up.section),
            ..PartAnswer::whole(&follow_up.intent)
        }
    }

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
    /// The likeliest reading of a sentence that is no command, choice or remark about a step. `meant`:
    /// the same with the right characters.
    pub(super) fn understand(&self, typed: &str, meant: &str) -> UserAct {
        let (text, normal) = (meant, &normalize(meant));
        let routing = self.routing_of(typed, meant);
        if routing.is_elsewhere {
            return UserAct::Question(routing);
        }
        let Some((topic, intent)) = self.open_topic() else {
            // where no intent of the knowledge answers it
            if routing.decision == Decision::Unknown && shorthand::greets(normal) {
                return UserAct::Start(self.conversation.lang);
            }
            let routing = self.about_open_gap(text, normal, routing);
            let untold = self.about_untold(text, &routing);
            return untold.unwrap_or(UserAct::Question(routing));
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

    /// The section of the menu that was just shown whose example or title a sentence says: 都不是 is
    /// one where the menu tells the usual case itself. Unless it is clearly about something else.
    pub(super) fn section_of_menu(&self, text: &str) -> Option<UserAct> {
        let (knowledge, lang) = (self.desk.knowledge, self.conversation.lang);
        let (topic, menu) = self.open_topic()?;
        if menu.kind != IntentKind::Menu || topic.target.section.is_some() {
            return None;
        }
        let message = self.asked.get_or_init(|| self.desk.message(text));
        let ranking = self.desk.passages.rank(knowledge, menu, lang, message)?;
        let phrase = |part: &&RankedPassage| part.evidence.phrase;
        let best = |own: bool| {
            let parts = ranking.parts.iter();
            let parts = parts.filter(|part| own != is_child(knowledge, menu, &part.target));
            parts.max_by(|a, b| phrase(a).total_cmp(&phrase(b)))
        };
        let section = best(true).filter(|part| part.target.section.is_some())?;
        let child = best(false).as_ref().map_or(0.0, phrase);
        let said = section.evidence.phrase;
        if said < SECTION_SAID || child >= said {
            return None;
        }
        let routing = self.desk.router.route(text);
        let is_near = routing.intent.as_deref() == Some(&menu.id);
        let [nearly, exactly] = CLEARLY_ELSEWHERE;
        let certain = if said >= 1.0 { exactly } else { nearly };
        let is_elsewhere = routing.is_elsewhere
            || routing.decision == Decision::Answer && !is_near && routing.confidence >= certain;
        (!is_elsewhere).then(|| {
            UserAct::Part(PartAnswer {
                target: section.target.clone(),
                ..PartAnswer::whole(&menu.id)
            })
        })
    }

    /// Where the router sends a sentence; as it is meant, if it does not know what was typed.
    fn routing_of(&self, typed: &str, meant: &str) -> Routing {
        let routing = self.desk.router.route(typed);
        let is_known =
            |routing: &Routing| matches!(routing.decision, Decision::Answer | Decision::Menu);
        if typed == meant || is_known(&routing) {
            return routing;
        }
        Some(self.desk.router.route(meant))
            .filter(is_known)
            .unwrap_or(routing)
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

    /// 申诉电话给我一个, which was not understood or taken for a request of a person: what the message
    /// is about without the words for what no reply tells.
    fn about_untold(&self, text: &str, routing: &Routing) -> Option<UserAct> {
        let (knowledge, lang) = (self.desk.knowledge, self.conversation.lang);
        let found = routing
            .intent
            .as_deref()
            .and_then(|id| knowledge.intent(id));
        let is_for_person = found.is_some_and(|intent| intent.action.is_some());
        let is_lost = routing.decision == Decision::Unknown && routing.gap.is_none();
        (is_for_person || is_lost).then_some(())?;
        let message = self.asked.get_or_init(|| self.desk.message(text));
        let named = Routing {
            text: routing.text.clone(),
            ..self.desk.router.route(&message.topic_words()?)
        };
        if self.none_tells(&named, message) {
            return Some(UserAct::Question(named));
        }
        // 情况说明书要写多少字: only one reply speaks of it
        let passages = self.desk.passages;
        let intent = is_lost.then(|| passages.only_telling(knowledge, lang, message))??;
        let missing = passages.rank(knowledge, intent, lang, message)?.missing?;
        Some(UserAct::NotCovered(intent.id.clone(), missing))
    }

    /// Whether all that a message may be about lacks an aspect that it asks for.
    fn none_tells(&self, routing: &Routing, message: &AskedMessage) -> bool {
        let (knowledge, lang) = (self.desk.knowledge, self.conversation.lang);
        let lacks = |id: &str| {
            let intent = knowledge
                .intent(id)
                .filter(|intent| !intent.is_small_talk());
            let ranking =
                intent.and_then(|intent| self.desk.passages.rank(knowledge, intent, lang, message));
            ranking.is_some_and(|ranking| ranking.missing.is_some())
        };
        match (routing.decision, routing.intent.as_deref()) {
            (Decision::Answer | Decision::Menu, Some(id)) => lacks(id),
            (Decision::Clarify, _) => {
                let choices = routing.choices.iter();
                !routing.choices.is_empty() && choices.map(String::as_str).all(lacks)
            }
            _ => false,
        }
    }

    /// What is talked about, while the conversation is fresh.
    pub(super) fn open_topic(&self) -> Option<(&DialogueTopic, &Intent)> {
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
        let (knowledge, lang) = (self.desk.knowledge, self.conversation.lang);
        let message = self.asked.get_or_init(|| self.desk.message(text));
        let link = self.desk.passages.link(intent, message);
        let ranking = self.ranking_in_context(topic, intent, message);
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
            points_back: shorthand::points_back(normal),
            other_thing: ranking.as_ref().is_some_and(|r| r.other_thing),
            unnamed_thing: ranking.as_ref().is_some_and(|r| r.unnamed_thing),
            part: best.map_or(0.0, |part| part.confidence),
            is_section: best.is_some_and(|part| part.target.section.is_some()),
            phrase: best.map_or(0.0, |part| part.evidence.phrase),
            foreign,
            asks_aspect: ranking.as_ref().is_some_and(|r| !r.asked.is_empty()),
            elsewhere: self.elsewhere(intent, routing),
            gap: routing.gap_probability as f32,
            is_example: is_example(routing) && units(normal).count() >= SHORTEST_QUESTION,
            small_talk: routing.intent.as_deref().is_some_and(is_small_talk),
            words: message.word_count(),
            same_topic,
            is_child: best.is_some_and(|part| is_child(knowledge, intent, &part.target)),
            sibling: sibling.as_ref().map_or(0.0, |(_, score)| *score),
        };
        let missing = ranking.as_ref().and_then(|ranking| ranking.missing);
        let part = match link {
            Some((follow_up, score)) if score > evidence.phrase => {
                Some(PartAnswer::linked(follow_up))
            }
            _ => ranking.as_ref().and_then(|ranking| {
                let part = PartAnswer::of(intent, ranking);
                self.desk
                    .with_all_asked(intent, lang, message, part, ranking)
            }),
        };
        TopicReading {
            scores: reading_scores::scores(&evidence, missing.is_some()),
            evidence,
            part,
            missing,
            sibling: sibling.map(|(id, _)| id),
        }
    }

    /// The parts of the open topic, those first that the context speaks for.
    fn ranking_in_context(
        &self,
        topic: &DialogueTopic,
        intent: &Intent,
        message: &AskedMessage,
    ) -> Option<PassageRanking> {
        let (knowledge, lang) = (self.desk.knowledge, self.conversation.lang);
        let mut ranking = self.desk.passages.rank(knowledge, intent, lang, message)?;
        // after a menu, words of its own name a question of the menu
        if intent.kind == IntentKind::Menu && message.word_count() > 0 {
            let parts = &mut ranking.parts;
            parts.sort_by_key(|part| !is_child(knowledge, intent, &part.target));
        }
        self.prefer_open_section(topic, message, &mut ranking);
        Some(ranking)
    }

    /// 在哪点, while a section is shown: where and how it is done is told by that section.
    fn prefer_open_section(
        &self,
        topic: &DialogueTopic,
        message: &AskedMessage,
        ranking: &mut PassageRanking,
    ) {
        let only_how = message.word_count() == 0 && ranking.asked == AspectSet::HOW;
        if !only_how || topic.target.section.is_none() {
            return;
        }
        let surest = ranking.best().map_or(0.0, |best| best.confidence);
        let is_open =
            |part: &RankedPassage| part.target == topic.target && part.evidence.aspects > 0.0;
        if let Some(at) = ranking.parts.iter().position(is_open) {
            let mut open = ranking.parts.remove(at);
            open.confidence = surest;
            ranking.parts.insert(0, open);
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
            // it cannot tell the open topic from those beside it
            Decision::Clarify if routing.choices.contains(&open.id) => 0.1,
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
        let says_section = best.target.section.is_some() && best.evidence.phrase >= SAID;
        let is_other =
            best.target.intent != open.id && (best.target.intent != menu.id || says_section);
        is_other.then(|| {
            let named = best.evidence.coverage * (1.0 - ranking.foreign);
            (best.target.intent.clone(), best.confidence * named)
        })
    }

    /// The question of the open menu, or beside the open one, that a correction names.
    pub(super) fn named_beside(&self, text: &str) -> Option<String> {
        let knowledge = self.desk.knowledge;
        let (_, open) = self.open_topic()?;
        let menu = match open.kind {
            IntentKind::Menu => open,
            _ => knowledge.intent(open.parent.as_deref()?)?,
        };
        self.named_below(menu, &open.id, text)
    }

    /// The question of a menu that a text names, other than `open`.
    pub(super) fn named_below(&self, menu: &Intent, open: &str, text: &str) -> Option<String> {
        let knowledge = self.desk.knowledge;
        let message = self.desk.message(text);
        let lang = self.conversation.lang;
        let ranking = self.desk.passages.rank(knowledge, menu, lang, &message)?;
        let mut children = ranking.parts.iter().filter(|part| {
            let id = &part.target.intent;
            id != open && is_child(knowledge, menu, &part.target)
        });
        let best = children.next()?;
        (best.evidence.coverage >= MIN_NAMED_BESIDE).then(|| best.target.intent.clone())
    }
}

/// Whether a part stands for a question of the open menu.
fn is_child(knowledge: &Knowledge, menu: &Intent, target: &ReplyTarget) -> bool {
    let child = knowledge.intent(&target.intent);
    child.is_some_and(|child| child.parent.as_deref() == Some(&menu.id))
}

/// Whether a text is an example of a question that is answered, or of a gap: nothing else is certain.
fn is_example(routing: &Routing) -> bool {
    let is_talk = routing.intent.as_deref().is_some_and(is_small_talk);
    let is_answer = routing.decision == Decision::Answer && routing.confidence >= 1.0;
    routing.gap_probability >= 1.0 || is_answer && !is_talk
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
