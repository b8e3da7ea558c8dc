//! Interprets a message in the state of its conversation. In: the conversation and the message.
//! Out: [`UserAct`]. What refers to the conversation comes first (a choice, a command, a step, a
//! follow-up), else it is a question for the router.

use super::Desk;
use super::button::{Press, Target};
use super::command::{self, Command};
use super::state::{Conversation, Person};
use crate::message::{Attachment, Body, GiveBack, Incoming, Lang};
use crate::router::{Decision, Routing};
use crate::text::{normalize::normalize, similarity::dice};

/// Longer messages are not interpreted: nobody types them, and routing them is slow.
pub const MAX_CHARS: usize = 2_000;
/// From this similarity on, a typed text counts as the label of a button.
const LABEL_SIMILARITY: f32 = 0.75;
/// Characters of a remark about a step; a longer one is a question of its own.
const MAX_STEP_REMARK: usize = 12;

/// What the asker wants in this turn.
#[derive(Debug, PartialEq)]
pub enum Meant {
    Start(Lang),
    Topics,
    Question(Routing),
    /// An intent that was picked by its button or its number.
    Choice(String),
    FollowUp(Target),
    /// One step, counted from 0, or all of them.
    Step(Target, Option<usize>),
    StepFailed(Target, usize),
    /// The reply has no such step; the number of steps that it has.
    NoSuchStep(usize),
    /// There is no such button; the number of buttons that are shown.
    NoSuchChoice(usize),
    NoneOfThese,
    Solved,
    /// The intent whose reply did not help, if the button names it.
    Unsolved(Option<String>),
    Human,
    /// It refers to something that is no longer there.
    Expired,
    Unreadable,
    TooLong,
    Help,
    Attachment(Attachment),
    /// A message for the operator who talks with the asker.
    Relay,
    /// A message of an operator.
    FromPerson(String),
    GiveBack(GiveBack),
}

pub fn understand(desk: &Desk, conversation: &Conversation, incoming: &Incoming) -> Meant {
    let fresh = conversation.is_fresh(incoming.at, desk.ttl);
    let reader = Reader { desk, conversation, fresh };
    let is_silent = desk.people.is_some() && conversation.person == Person::Talking;
    match &incoming.body {
        Body::FromPerson(text) => Meant::FromPerson(text.clone()),
        Body::GiveBack(by) => Meant::GiveBack(*by),
        Body::Start { lang } => Meant::Start(*lang),
        Body::Help => Meant::Help,
        Body::Button(data) if is_silent => reader.pressed_aside(data),
        Body::Text(text) if is_silent => reader.typed_aside(text),
        Body::Attachment(_) if is_silent => Meant::Relay,
        Body::Button(data) => reader.pressed(data),
        Body::Text(text) => reader.typed(text),
        Body::Attachment(kind) => Meant::Attachment(*kind),
    }
}

struct Reader<'a> {
    desk: &'a Desk<'a>,
    conversation: &'a Conversation,
    fresh: bool,
}

impl Reader<'_> {
    /// During a hand-over, buttons for steps and for the hand-over itself still work; any other
    /// button is passed on to the operator.
    fn pressed_aside(&self, data: &str) -> Meant {
        match Press::parse(data, self.desk.knowledge) {
            Some(Press::Step(..) | Press::AllSteps(_) | Press::Human | Press::Bot) => self.pressed(data),
            // not passed on either: it asks for the bot
            Some(Press::Topics) => Meant::Help,
            _ => Meant::Relay,
        }
    }

    /// During a hand-over, only requests for a person or for the bot are recognised. Numbers are
    /// not: 1 may answer the operator.
    fn typed_aside(&self, text: &str) -> Meant {
        let normal = normalize(text);
        let meant = self.label(&normal).or_else(|| self.command(&normal));
        meant.filter(|meant| matches!(meant, Meant::Human | Meant::GiveBack(_))).unwrap_or(Meant::Relay)
    }

    fn pressed(&self, data: &str) -> Meant {
        let Some(press) = Press::parse(data, self.desk.knowledge) else { return Meant::Expired };
        match press {
            Press::Show(target) => self.show(target),
            Press::Step(target, step) => self.step(target, Some(step)),
            Press::AllSteps(target) => self.step(target, None),
            Press::Solved(_) => Meant::Solved,
            Press::Unsolved(intent) => Meant::Unsolved(Some(intent)),
            Press::NoneOfThese if self.fresh => Meant::NoneOfThese,
            Press::NoneOfThese => Meant::Expired,
            Press::Human => Meant::Human,
            Press::Bot => Meant::GiveBack(GiveBack::Asker),
            Press::Topics => Meant::Topics,
        }
    }

    fn typed(&self, text: &str) -> Meant {
        if text.chars().nth(MAX_CHARS).is_some() {
            return Meant::TooLong;
        }
        let normal = normalize(text);
        if normal.is_empty() {
            return Meant::Unreadable;
        }
        self.numbered(&normal)
            .or_else(|| self.label(&normal))
            .or_else(|| self.command(&normal))
            .or_else(|| self.step_remark(&normal))
            .or_else(|| self.nearly_label(&normal))
            .unwrap_or_else(|| self.follow_up_or_question(text, &normal))
    }

    /// `2`, `第二个`: the button with this number.
    fn numbered(&self, normal: &str) -> Option<Meant> {
        let number = command::choice(normal)?;
        let shown = &self.conversation.shown;
        match shown.get(number - 1) {
            None if shown.is_empty() => None,
            _ if !self.fresh => Some(Meant::Expired),
            Some(button) => Some(self.pressed(&button.data)),
            None => Some(Meant::NoSuchChoice(shown.len())),
        }
    }

    /// The button whose label was typed.
    fn label(&self, normal: &str) -> Option<Meant> {
        let button = self.conversation.shown.iter().find(|b| normalize(&b.label) == normal)?;
        Some(self.pressed(&button.data))
    }

    /// The only button whose label is similar to the text or contains it, if the asker was asked to
    /// choose.
    fn nearly_label(&self, normal: &str) -> Option<Meant> {
        if !(self.fresh && self.conversation.choosing && normal.chars().count() > 1) {
            return None;
        }
        let mut alike = self.conversation.shown.iter().filter(|button| {
            let label = normalize(&button.label);
            label.contains(normal) || dice(&label, normal) >= LABEL_SIMILARITY
        });
        let button = alike.next()?;
        alike.next().is_none().then(|| self.pressed(&button.data))
    }

    fn command(&self, normal: &str) -> Option<Meant> {
        let command = command::read(normal)?;
        let talking = self.conversation.question.is_some() || self.conversation.topic.is_some();
        match command {
            Command::Next => Some(self.move_step(|at| at + 1)),
            Command::Back => Some(self.move_step(|at| at.saturating_sub(1))),
            Command::AllSteps => Some(self.all_steps()),
            Command::Human => Some(Meant::Human),
            Command::Topics => Some(Meant::Topics),
            Command::Help => Some(Meant::Help),
            Command::Bot => Some(Meant::GiveBack(GiveBack::Asker)),
            Command::Solved if talking => Some(Meant::Solved),
            Command::Unsolved if talking && self.fresh => Some(Meant::Unsolved(None)),
            Command::NoneOfThese if !self.conversation.shown.is_empty() => {
                Some(if self.fresh { Meant::NoneOfThese } else { Meant::Expired })
            }
            Command::Solved | Command::Unsolved | Command::NoneOfThese => None,
        }
    }

    /// A remark about a step: 第3步, 第3步失败了.
    fn step_remark(&self, normal: &str) -> Option<Meant> {
        let (number, said) = command::step(normal)?;
        let topic = self.conversation.topic.as_ref()?;
        if said.chars().count() > MAX_STEP_REMARK
            || topic.target.find(self.desk.knowledge, Lang::Zh)?.part.steps.is_empty()
        {
            return None;
        }
        if !self.fresh {
            return Some(Meant::Expired);
        }
        let step = number - 1;
        Some(match self.step(topic.target.clone(), Some(step)) {
            Meant::Step(target, _) if command::is_trouble(said) => Meant::StepFailed(target, step),
            other => other,
        })
    }

    fn all_steps(&self) -> Meant {
        match self.conversation.topic.as_ref().filter(|_| self.fresh) {
            Some(topic) if self.steps_of(&topic.target) > 0 => self.step(topic.target.clone(), None),
            Some(topic) => self.step(Target::intent(&topic.target.intent), None),
            None => Meant::Expired,
        }
    }

    /// Moves from the current step to the one that `to` computes.
    fn move_step(&self, to: impl Fn(usize) -> usize) -> Meant {
        let Some(topic) = self.conversation.topic.as_ref().filter(|_| self.fresh) else { return Meant::Expired };
        let whole = Target::intent(&topic.target.intent);
        match topic.step {
            Some(at) => self.step(topic.target.clone(), Some(to(at))),
            // a section without steps is shown: continue with the steps of the whole reply, from
            // the first
            None if self.steps_of(&topic.target) == 0 && self.steps_of(&whole) > 0 => self.step(whole, Some(0)),
            // all steps, if there are any, are shown already
            None => Meant::NoSuchStep(self.steps_of(&topic.target)),
        }
    }

    fn step(&self, target: Target, step: Option<usize>) -> Meant {
        match self.steps_of(&target) {
            0 => Meant::NoSuchStep(0),
            count if step.is_some_and(|s| s >= count) => Meant::NoSuchStep(count),
            _ => Meant::Step(target, step),
        }
    }

    fn show(&self, target: Target) -> Meant {
        let knowledge = self.desk.knowledge;
        match target.section {
            Some(_) if target.find(knowledge, self.conversation.lang).is_some() => Meant::FollowUp(target),
            None if knowledge.intent(&target.intent).is_some() => Meant::Choice(target.intent),
            _ => Meant::Expired,
        }
    }

    fn steps_of(&self, target: &Target) -> usize {
        target.find(self.desk.knowledge, self.conversation.lang).map_or(0, |found| found.part.steps.len())
    }

    /// A follow-up if the text has nothing beside the phrase, or the router is not sure of another
    /// intent; else a question.
    fn follow_up_or_question(&self, text: &str, normal: &str) -> Meant {
        let routing = self.desk.router.route(text);
        let Some(topic) = self.conversation.topic.as_ref().filter(|_| self.fresh) else {
            return Meant::Question(routing);
        };
        let elsewhere = routing.gap.is_some()
            || routing.decision == Decision::Answer && routing.intent.as_ref() != Some(&topic.target.intent);
        let found = self.desk.knowledge.intent(&topic.target.intent);
        let found = found.and_then(|intent| self.desk.follow_ups.find(intent, normal));
        match found.filter(|f| f.target.find(self.desk.knowledge, self.conversation.lang).is_some()) {
            Some(found) if found.is_exact || !elsewhere => Meant::FollowUp(found.target),
            _ => Meant::Question(routing),
        }
    }
}
