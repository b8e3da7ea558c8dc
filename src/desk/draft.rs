//! Builds the answer of a turn. In: what the asker meant. Out: state, replies and journal entry,
//! changed together: each method is one action of the bot with all that it changes.

use super::button::{Press, Target};
use super::language;
use super::speaker::Speaker;
use super::state::{Conversation, Person, Question, Topic};
use super::understand::MAX_CHARS;
use super::{Desk, Handover, Turn};
use crate::knowledge::{Action, Intent, Kind};
use crate::message::{Attachment, Body, Button, Incoming, Lang, Reply};
use crate::router::{Decision, Routing};
use crate::store::records::{Entry, Outcome, Unanswered};

/// Candidates with less confidence are not offered.
const NEGLIGIBLE: f64 = 0.05;
/// After this many 没解决 in a row, an operator is called.
const PATIENCE: u8 = 2;

pub struct Draft<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) state: Conversation,
    replies: Vec<Reply>,
    /// Whether the buttons of this turn ask the asker to choose.
    choosing: bool,
    pub(super) entry: Entry,
    pub(super) handover: Option<Handover>,
}

impl<'a> Draft<'a> {
    pub fn new(desk: &'a Desk<'a>, mut state: Conversation, incoming: &Incoming) -> Self {
        let entry = Entry {
            at: incoming.at,
            text: as_seen(desk, &state, &incoming.body),
            question: None,
            lang: state.lang,
            decision: None,
            intent: None,
            gap: None,
            confidence: 0.0,
            candidates: vec![],
            knowledge: desk.knowledge.version.clone(),
            outcome: Outcome::Expired,
            unanswered: None,
            handed_over: false,
        };
        if incoming.body.is_from_asker() {
            if !state.is_fresh(incoming.at, desk.ttl) {
                state.choosing = false;
            }
            state.seen_at = incoming.at;
            if desk.people.is_none() {
                // without operators, nobody could end the hand-over
                state.person = Person::None;
            }
        }
        let relays = state.person != Person::None && is_for_people(desk, &incoming.body);
        let handover = relays.then_some(Handover::Relayed);
        Draft { desk, state, replies: vec![], choosing: false, entry, handover }
    }

    pub fn finish(mut self) -> Turn {
        let buttons: Vec<Button> = self.replies.iter().flat_map(|r| &r.buttons).cloned().collect();
        // a turn without buttons leaves the earlier ones on the screen
        if !buttons.is_empty() {
            self.state.shown = buttons;
            self.state.choosing = self.choosing;
        }
        if self.entry.outcome != Outcome::Unknown {
            self.state.misses = 0;
        }
        self.entry.lang = self.state.lang;
        self.entry.handed_over = self.state.handed_over;
        Turn { conversation: self.state, replies: self.replies, entry: self.entry, handover: self.handover }
    }

    /// Starts over; an open hand-over stays open.
    pub fn greet(&mut self, lang: Lang) {
        let Conversation { seen_at, handed_over, person, .. } = self.state;
        self.state = Conversation { lang, seen_at, handed_over, person, ..Conversation::default() };
        if person == Person::Talking {
            return self.say_who_talks(Outcome::Start);
        }
        self.say("welcome", &[], self.speaker().hot_topics(), Outcome::Start);
    }

    /// Says what the bot can do, with topics to start from.
    pub fn say_help(&mut self) {
        if self.state.person == Person::Talking {
            return self.say_who_talks(Outcome::Help);
        }
        self.say("help", &[], self.ways_on(), Outcome::Help);
    }

    pub fn show_topics(&mut self) {
        self.say("topics", &[], self.speaker().hot_topics(), Outcome::Topics);
    }

    /// Answers a routed question, asks for clarification, or says that the answer is unknown.
    pub fn answer_question(&mut self, routing: Routing) {
        if language::is_told(&self.entry.text, routing.decision) {
            self.state.lang = routing.lang;
        }
        self.entry.question = Some(self.entry.text.clone());
        self.entry.decision = Some(routing.decision);
        self.entry.confidence = routing.confidence;
        self.entry.candidates = routing.candidates.clone();
        let intent = routing.intent.as_deref().and_then(|id| self.desk.knowledge.intent(id));
        if !intent.is_some_and(Intent::is_small_talk) {
            let (text, candidates) = (self.entry.text.clone(), routing.candidates.clone());
            self.state.question = Some(Question { text, candidates, others: others(&routing) });
        }
        match (routing.decision, intent) {
            (Decision::Answer, Some(intent)) => {
                self.show_answer(intent, Outcome::Answered);
                if let Some(second) = routing.also.as_ref().and_then(|c| self.desk.knowledge.intent(&c.intent)) {
                    self.show_reply(second);
                }
            }
            (Decision::Clarify, _) if !routing.choices.is_empty() => self.ask_back(&routing.choices),
            (Decision::Menu, Some(menu)) => self.show_menu(menu, &routing.choices),
            _ => match routing.gap.as_deref().and_then(|id| self.desk.knowledge.intent(id)) {
                Some(gap) => self.admit_gap(gap),
                None => self.admit_unknown(),
            },
        }
    }

    /// Shows an intent that the asker picked from buttons.
    pub fn show_choice(&mut self, id: &str) {
        let Some(intent) = self.desk.knowledge.intent(id) else { return self.say_expired() };
        match &mut self.state.question {
            // the choice settles what the question meant
            Some(question) if self.state.choosing => {
                question.others.retain(|other| other != id);
                self.entry.question = Some(question.text.clone());
            }
            _ => self.state.question = Some(Question { text: self.entry.text.clone(), ..Question::default() }),
        }
        self.entry.confidence = 1.0;
        self.show_answer(intent, Outcome::Choice);
    }

    /// Shows a section: the answer to a follow-up. A section without steps does not change which
    /// step of the reply is current.
    pub fn show_section(&mut self, target: &Target) {
        let Some(reply) = self.speaker().section(target) else { return self.say_expired() };
        let before = self.state.topic.take().filter(|t| reply.steps.is_empty() && t.target.intent == target.intent);
        self.show_part(target.clone(), reply, Outcome::FollowUp);
        self.state.topic = before.or(self.state.topic.take());
    }

    /// Shows one step, or all of them.
    pub fn show_step(&mut self, target: &Target, step: Option<usize>) {
        let Some(reply) = self.speaker().step(target, step) else { return self.say_expired() };
        self.show_part(target.clone(), reply, Outcome::Step);
    }

    /// Shows the step again and offers an operator.
    pub fn help_with_step(&mut self, target: &Target, step: usize) {
        let Some(reply) = self.speaker().step(target, Some(step)) else { return self.say_expired() };
        let number = (step + 1).to_string();
        let lead = self.speaker().say("step_failed", &[("step", &number)], vec![]);
        let mut buttons = reply.buttons.clone();
        buttons.push(self.speaker().human());
        self.show_part(target.clone(), Reply { blocks: lead.blocks, buttons, ..reply }, Outcome::Step);
    }

    pub fn say_no_such_step(&mut self, count: usize) {
        let key = if count == 0 { "no_steps" } else { "no_such_step" };
        self.say(key, &[("count", &count.to_string())], vec![], Outcome::Step);
    }

    pub fn say_no_such_choice(&mut self, count: usize) {
        self.say("no_such_choice", &[("count", &count.to_string())], vec![], Outcome::Expired);
    }

    /// 都不是: asks to rephrase, and offers an operator.
    pub fn ask_for_other_words(&mut self) {
        self.recall_question();
        if self.state.choosing {
            self.entry.unanswered = Some(Unanswered::NoneOfThese);
        }
        self.state.choosing = false;
        let buttons = vec![self.speaker().human()];
        self.say("none_of_these", &[], buttons, Outcome::NoneOfThese);
    }

    pub fn be_glad(&mut self) {
        self.recall_question();
        self.state.unsolved = 0;
        self.entry.intent = self.state.topic.as_ref().map(|t| t.target.intent.clone());
        self.say("solved", &[], vec![], Outcome::Solved);
    }

    /// 没解决: offers the next candidate if there is one, and an operator; the second time in a
    /// row, an operator is called.
    pub fn offer_next_best(&mut self, about: Option<&str>) {
        let topic = self.state.topic.as_ref().map(|t| t.target.intent.clone());
        let is_last = about.is_none() || about == topic.as_deref();
        if !is_last {
            // the button belongs to an older answer: its question is no longer stored, the title of
            // its intent stands for it
            let title =
                about.and_then(|id| self.desk.knowledge.intent(id)).map(|i| i.title_in(self.state.lang).to_owned());
            self.state.question = title.map(|text| Question { text, ..Question::default() });
        }
        self.recall_question();
        self.entry.intent = about.map(str::to_owned).or(topic);
        self.entry.unanswered = Some(Unanswered::Unsolved);
        self.state.unsolved = self.state.unsolved.saturating_add(1);
        self.state.answered = false;
        if self.state.unsolved >= PATIENCE && self.call_person_unasked() {
            return;
        }
        let others = self.state.question.iter_mut().flat_map(|q| q.others.drain(..)).take(1).collect::<Vec<_>>();
        let speaker = self.speaker();
        let mut buttons = speaker.intents(&others);
        let key = if buttons.is_empty() { "unsolved" } else { "did_you_mean" };
        self.choosing = !buttons.is_empty();
        if self.choosing {
            buttons.push(speaker.none_of_these());
        }
        buttons.push(speaker.human());
        self.say(key, &[], buttons, Outcome::Unsolved);
    }

    pub fn say_expired(&mut self) {
        self.say("expired", &[], self.speaker().hot_topics(), Outcome::Expired);
    }

    pub fn ask_for_words(&mut self) {
        self.say("empty", &[], vec![], Outcome::Refused);
    }

    /// Says that the attachment cannot be read or, during a hand-over, that it is kept for the
    /// operators.
    pub fn admit_unread(&mut self, kind: Attachment) {
        let values = [("kind", kind.name(self.state.lang))];
        match (kind, self.state.person) {
            (Attachment::Sticker, _) => self.say("sticker", &[], vec![], Outcome::Refused),
            (_, Person::None) => self.say("unreadable", &values, vec![self.speaker().human()], Outcome::Refused),
            _ => self.say("unreadable_kept", &values, vec![], Outcome::Relayed),
        }
    }

    pub fn ask_for_fewer_words(&mut self) {
        let kept = self.entry.text.chars().take(MAX_CHARS).collect();
        self.entry.text = kept;
        self.say("too_long", &[("limit", &MAX_CHARS.to_string())], vec![], Outcome::Refused);
    }

    fn show_answer(&mut self, intent: &Intent, outcome: Outcome) {
        if intent.action == Some(Action::Human) {
            self.entry.intent = Some(intent.id.clone());
            return self.hand_over();
        }
        match intent.kind {
            Kind::Menu => return self.show_menu(intent, &[]),
            Kind::Gap => return self.admit_gap(intent),
            Kind::Answer => {}
        }
        if !self.show_reply(intent) {
            return self.admit_unknown();
        }
        self.entry.intent = Some(intent.id.clone());
        self.entry.outcome = outcome;
        if !intent.is_small_talk() && std::mem::replace(&mut self.state.answered, true) {
            // the answer before this one was not complained about
            self.state.unsolved = 0;
        }
    }

    /// Shows the reply, or the section of it that the question asks for. Small talk does not change
    /// the topic.
    fn show_reply(&mut self, intent: &Intent) -> bool {
        let asked = self.entry.decision.and_then(|_| self.desk.follow_ups.within(intent, &self.entry.text));
        let narrow = asked.and_then(|target| Some((self.speaker().section_with_head(&target)?, target)));
        let whole = || Some((self.speaker().whole(intent)?, Target::intent(&intent.id)));
        let Some((reply, target)) = narrow.or_else(whole) else { return false };
        if !intent.is_small_talk() {
            self.state.topic = Some(Topic { target, step: reply.cursor });
        }
        self.replies.push(reply);
        true
    }

    fn show_part(&mut self, target: Target, reply: Reply, outcome: Outcome) {
        self.entry.intent = Some(target.intent.clone());
        self.entry.confidence = 1.0;
        self.state.topic = Some(Topic { target, step: reply.cursor });
        self.put(reply, outcome);
    }

    fn ask_back(&mut self, choices: &[String]) {
        self.choosing = true;
        let buttons = self.choices(choices);
        self.say("clarify", &[], buttons, Outcome::Clarified);
    }

    fn show_menu(&mut self, menu: &Intent, choices: &[String]) {
        self.choosing = true;
        self.entry.intent = Some(menu.id.clone());
        let children = || self.desk.knowledge.children(&menu.id).map(|i| i.id.clone()).collect();
        let ids: Vec<String> = if choices.is_empty() { children() } else { choices.to_vec() };
        let buttons = self.choices(&ids);
        self.say("menu", &[("title", menu.title_in(self.state.lang))], buttons, Outcome::Menu);
    }

    fn choices(&self, ids: &[String]) -> Vec<Button> {
        let mut buttons = self.speaker().intents(ids);
        buttons.push(self.speaker().none_of_these());
        buttons
    }

    /// A gap: a known topic for which the knowledge has no answer.
    fn admit_gap(&mut self, gap: &Intent) {
        self.entry.gap = Some(gap.id.clone());
        self.entry.unanswered = Some(Unanswered::Gap);
        let speaker = self.speaker();
        let mut buttons = speaker.intents(&gap.related);
        self.choosing = !buttons.is_empty();
        let key = if buttons.is_empty() { "gap" } else { "gap_related" };
        buttons.push(speaker.human());
        self.say(key, &[("title", gap.title_in(self.state.lang))], buttons, Outcome::Gap);
    }

    fn admit_unknown(&mut self) {
        self.entry.unanswered = Some(Unanswered::Unknown);
        let key = if self.state.misses == 0 { "unknown" } else { "unknown_again" };
        self.state.misses = self.state.misses.saturating_add(1);
        self.say(key, &[], self.ways_on(), Outcome::Unknown);
    }

    /// Buttons for the hot topics and for an operator.
    pub(super) fn ways_on(&self) -> Vec<Button> {
        let mut buttons = self.speaker().hot_topics();
        buttons.push(self.speaker().human());
        buttons
    }

    /// Records that this turn is about the last question of the asker.
    pub(super) fn recall_question(&mut self) {
        if let Some(question) = self.state.question.as_ref().filter(|_| self.entry.question.is_none()) {
            self.entry.question = Some(question.text.clone());
            self.entry.candidates = question.candidates.clone();
        }
    }

    pub(super) fn say(&mut self, key: &str, values: &[(&str, &str)], buttons: Vec<Button>, outcome: Outcome) {
        let reply = self.speaker().say(key, values, buttons);
        self.put(reply, outcome);
    }

    pub(super) fn put(&mut self, reply: Reply, outcome: Outcome) {
        self.replies.push(reply);
        self.entry.outcome = outcome;
    }

    pub(super) fn speaker(&self) -> Speaker<'a> {
        Speaker { knowledge: self.desk.knowledge, lang: self.state.lang }
    }
}

/// The text of the message or, for a button, its label.
fn as_seen(desk: &Desk, state: &Conversation, body: &Body) -> String {
    let data = match body {
        Body::Start { .. } | Body::Help | Body::GiveBack(_) => return String::new(),
        Body::Text(text) | Body::FromPerson(text) => return text.clone(),
        Body::Attachment(kind) => return kind.bracketed(),
        Body::Button(data) => data,
    };
    if let Some(button) = state.shown.iter().find(|b| b.data == *data) {
        return button.label.clone();
    }
    let speaker = Speaker { knowledge: desk.knowledge, lang: state.lang };
    Press::parse(data, desk.knowledge).map_or_else(String::new, |press| speaker.label(&press))
}

/// Whether the operators should see what the asker did. Moving between steps and opening the list
/// of topics concern the bot only.
fn is_for_people(desk: &Desk, body: &Body) -> bool {
    match body {
        Body::Text(_) | Body::Attachment(_) => true,
        Body::Button(data) => {
            let press = Press::parse(data, desk.knowledge);
            !matches!(press, Some(Press::Step(..) | Press::AllSteps(_) | Press::Topics))
        }
        Body::Start { .. } | Body::Help | Body::FromPerson(_) | Body::GiveBack(_) => false,
    }
}

/// Candidates with enough confidence that are not shown in this turn, best first.
fn others(routing: &Routing) -> Vec<String> {
    let shown = |id: &String| {
        routing.intent.as_ref() == Some(id)
            || routing.also.as_ref().is_some_and(|c| c.intent == *id)
            || routing.choices.contains(id)
    };
    let likely = routing.candidates.iter().filter(|c| c.confidence >= NEGLIGIBLE);
    likely.map(|c| &c.intent).filter(|id| !shown(id)).cloned().collect()
}
