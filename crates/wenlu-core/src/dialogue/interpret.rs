//! Interprets a message in the state of its conversation. In: the conversation and the message.
//! Out: [`UserAct`]. What refers to the conversation comes first (a choice, a command, a step, a
//! follow-up), else it is a question for the router.

use super::button::ButtonAction;
use super::command::{self, DialogueCommand};
use super::language_request;
use super::manager::DialogueManager;
use super::shorthand;
use super::state::{CommentAbout, Conversation, HandoverState};
use super::understand::PartAnswer;
use crate::model::ReplyTarget;
use crate::model::Routing;
use crate::model::{AttachmentKind, Button, HandbackReason, Incoming, IncomingBody, Lang};
use crate::passage::{AskedMessage, Aspect};
use crate::text::normalize::{is_cut_short, normalize};
use std::cell::OnceCell;

/// Longer messages are not interpreted: nobody types them, and routing them is slow.
pub(super) const MAX_CHARS: usize = 2_000;
/// What the asker wants in this turn.
#[derive(Debug, PartialEq)]
pub(super) enum UserAct {
    Start(Lang),
    Topics,
    Question(Routing),
    /// An intent that was picked by its button or its number.
    Choice(String),
    /// A section that was picked by its button.
    Section(ReplyTarget),
    /// A part of the open topic that answers what was typed.
    Part(PartAnswer),
    /// An intent, and an aspect that its reply does not tell.
    NotCovered(String, Aspect),
    /// An intent that was named in the asker's own words.
    Named(String),
    /// An acknowledgement: nothing is asked.
    Acknowledged,
    /// The open reply in fewer words.
    Shorter,
    /// One step, counted from 0, or all of them.
    Step(ReplyTarget, Option<usize>),
    StepFailed(ReplyTarget, usize),
    /// All steps, and how many there are.
    StepCount(ReplyTarget),
    /// One step, and which one it is.
    StepNumber(ReplyTarget, usize),
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
    Attachment(AttachmentKind),
    /// A message for the operator who talks with the asker.
    Relay,
    /// To be answered in this language from now on.
    Language(Lang),
    /// A message of an operator.
    FromPerson(String),
    /// An operator takes over.
    Taken,
    /// The operator is gone.
    Released,
    GiveBack(HandbackReason),
    /// Whether an operator solved it.
    Rated(bool),
    /// A comment is to follow, or none is.
    Comment(Option<CommentAbout>),
}

pub(super) fn interpret(
    desk: &DialogueManager,
    conversation: &Conversation,
    incoming: &Incoming,
    asked: &OnceCell<AskedMessage>,
) -> UserAct {
    let fresh = conversation.is_fresh(incoming.at, desk.ttl);
    let reader = ActInterpreter {
        desk,
        conversation,
        asked,
        fresh,
    };
    let is_silent = desk.operators.is_some() && conversation.person == HandoverState::Talking;
    match &incoming.body {
        IncomingBody::FromPerson(text) => UserAct::FromPerson(text.clone()),
        IncomingBody::Taken => UserAct::Taken,
        IncomingBody::Released => UserAct::Released,
        IncomingBody::Handback(by) => UserAct::GiveBack(*by),
        IncomingBody::Start { lang } => UserAct::Start(*lang),
        IncomingBody::Help => UserAct::Help,
        IncomingBody::Text(text) if is_silent => reader.typed_during_handover(text),
        IncomingBody::Attachment(_) if is_silent => UserAct::Relay,
        IncomingBody::Text(text) => reader.typed(text),
        IncomingBody::Attachment(kind) => UserAct::Attachment(*kind),
        IncomingBody::Button(_)
        | IncomingBody::ShowIntent(_)
        | IncomingBody::Topics
        | IncomingBody::Human => {
            let action = ButtonAction::requested(&incoming.body, desk.knowledge);
            match is_silent {
                true => reader.requested_during_handover(action),
                false => reader.requested(action),
            }
        }
    }
}

pub(super) struct ActInterpreter<'a> {
    pub(super) desk: &'a DialogueManager<'a>,
    pub(super) conversation: &'a Conversation,
    /// The incoming text, prepared for ranking once it is needed.
    pub(super) asked: &'a OnceCell<AskedMessage>,
    pub(super) fresh: bool,
}

impl ActInterpreter<'_> {
    /// During a hand-over, buttons for steps and for the hand-over itself still work; any other
    /// button is passed on to the operator.
    fn requested_during_handover(&self, action: Option<ButtonAction>) -> UserAct {
        match action {
            Some(
                ButtonAction::Step(..)
                | ButtonAction::AllSteps(_)
                | ButtonAction::Human
                | ButtonAction::Bot
                | ButtonAction::Rate(_)
                | ButtonAction::Comment(None),
            ) => self.requested(action),
            // not passed on either: it asks for the bot
            Some(ButtonAction::Topics) => UserAct::Help,
            _ => UserAct::Relay,
        }
    }

    /// During a hand-over, only requests for a person or for the bot are recognised. Numbers are
    /// not: 1 may answer the operator.
    fn typed_during_handover(&self, text: &str) -> UserAct {
        let normal = normalize(text);
        let meant = self.label(&normal).or_else(|| self.command(&normal));
        meant
            .filter(|meant| matches!(meant, UserAct::Human | UserAct::GiveBack(_)))
            .unwrap_or(UserAct::Relay)
    }

    pub(super) fn pressed(&self, button: &Button) -> UserAct {
        self.requested(ButtonAction::parse(&button.data, self.desk.knowledge))
    }

    /// `None`: a button that no longer exists.
    fn requested(&self, action: Option<ButtonAction>) -> UserAct {
        let Some(action) = action else {
            return UserAct::Expired;
        };
        match action {
            ButtonAction::Show(target) => self.show(target),
            ButtonAction::Step(target, step) => self.step(target, Some(step)),
            ButtonAction::AllSteps(target) => self.step(target, None),
            ButtonAction::Solved(_) => UserAct::Solved,
            ButtonAction::Unsolved(intent) => UserAct::Unsolved(Some(intent)),
            ButtonAction::NoneOfThese if self.fresh => UserAct::NoneOfThese,
            ButtonAction::NoneOfThese => UserAct::Expired,
            ButtonAction::Human => UserAct::Human,
            ButtonAction::Bot => UserAct::GiveBack(HandbackReason::Asker),
            ButtonAction::Topics => UserAct::Topics,
            ButtonAction::Rate(solved) => UserAct::Rated(solved),
            ButtonAction::Comment(about) => UserAct::Comment(about),
        }
    }

    fn typed(&self, text: &str) -> UserAct {
        if text.chars().nth(MAX_CHARS).is_some() || is_cut_short(text) {
            return UserAct::TooLong;
        }
        let normal = normalize(text);
        if normal.is_empty() {
            return match shorthand::nods(text) && self.open_topic().is_some() {
                true => UserAct::Acknowledged,
                false => UserAct::Unreadable,
            };
        }
        if let Some(lang) = language_request::requested(&normal) {
            return UserAct::Language(lang);
        }
        if let Some((_, question)) = language_request::beside_question(text, &normal) {
            self.asked.get_or_init(|| self.desk.message(&question));
            return self.typed(&question);
        }
        if let Some(rest) = shorthand::without_scolding(text) {
            self.asked.get_or_init(|| self.desk.message(&rest));
            return self.typed(&rest);
        }
        self.read_typed(text)
    }

    /// Reads a text as it is meant, with the right characters.
    fn read_typed(&self, typed: &str) -> UserAct {
        // a number is never meant otherwise
        if let Some(item) = self.list_item(&normalize(typed)) {
            return item;
        }
        let respelled = self.respelled(typed);
        let text = respelled.as_deref().unwrap_or(typed);
        if respelled.is_some() {
            self.asked.get_or_init(|| self.desk.message(text));
        }
        let normal = normalize(text);
        self.list_item(&normal)
            .or_else(|| self.numbered(&normal))
            .or_else(|| self.section_of_menu(text))
            .or_else(|| self.label(&normal))
            .or_else(|| self.explained_choice(text))
            .or_else(|| self.menu_again(text))
            .or_else(|| self.requested_step(text, &normal))
            .or_else(|| self.command(&normal))
            .or_else(|| self.requested_person(text))
            .or_else(|| self.acknowledged(&normal))
            .or_else(|| self.shortened(&normal))
            .or_else(|| self.earlier(&normal))
            .or_else(|| self.nearly_label(&normal))
            .or_else(|| self.named_choice(text, &normal))
            .or_else(|| self.marked_choice(text))
            .or_else(|| self.still_waiting(&normal))
            .or_else(|| self.question_about_item(&normal))
            .or_else(|| self.corrected(text))
            .or_else(|| self.lengthened(text, &normal))
            .unwrap_or_else(|| self.understand(typed, text))
    }

    fn command(&self, normal: &str) -> Option<UserAct> {
        let command = command::read(normal)?;
        let talking = self.conversation.question.is_some() || self.conversation.topic.is_some();
        match command {
            DialogueCommand::Next => Some(self.move_step(|at| at + 1)),
            DialogueCommand::Back => Some(self.move_step(|at| at.saturating_sub(1))),
            DialogueCommand::AllSteps => Some(self.all_steps()),
            DialogueCommand::Human => Some(UserAct::Human),
            DialogueCommand::Topics => Some(UserAct::Topics),
            DialogueCommand::Help => Some(UserAct::Help),
            DialogueCommand::Bot => Some(UserAct::GiveBack(HandbackReason::Asker)),
            DialogueCommand::Solved if talking => Some(UserAct::Solved),
            DialogueCommand::Unsolved if talking && self.fresh => Some(UserAct::Unsolved(None)),
            DialogueCommand::NoneOfThese if !self.conversation.shown.is_empty() => {
                Some(if self.fresh {
                    UserAct::NoneOfThese
                } else {
                    UserAct::Expired
                })
            }
            DialogueCommand::Solved | DialogueCommand::Unsolved | DialogueCommand::NoneOfThese => {
                None
            }
        }
    }

    fn all_steps(&self) -> UserAct {
        match self.conversation.topic.as_ref().filter(|_| self.fresh) {
            Some(topic) => match self.with_steps(&topic.target) {
                Some(target) => self.all_of(target),
                None => UserAct::NoSuchStep(0),
            },
            None => UserAct::Expired,
        }
    }

    /// What is shown, its whole reply, or the first section of that: whichever has steps.
    pub(super) fn with_steps(&self, shown: &ReplyTarget) -> Option<ReplyTarget> {
        let found = shown.resolve(self.desk.knowledge, self.conversation.lang)?;
        let sections = found.document.sections.iter();
        let sections = sections.map(|section| ReplyTarget::section(&shown.intent, &section.id));
        [shown.clone(), ReplyTarget::intent(&shown.intent)]
            .into_iter()
            .chain(sections)
            .find(|target| self.steps_of(target) > 0)
    }

    /// Moves from the current step to the one that `to` computes.
    pub(super) fn move_step(&self, to: impl Fn(usize) -> usize) -> UserAct {
        let Some(topic) = self.conversation.topic.as_ref().filter(|_| self.fresh) else {
            return UserAct::Expired;
        };
        let whole = ReplyTarget::intent(&topic.target.intent);
        match topic.step {
            Some(at) => self.step(topic.target.clone(), Some(to(at))),
            // a part without steps is shown: continue with the steps of the reply, from the first
            None if self.steps_of(&topic.target) == 0 => match self.with_steps(&whole) {
                Some(target) => self.step(target, Some(0)),
                None => UserAct::NoSuchStep(0),
            },
            // all are shown: who goes on has done the first
            None => self.step(topic.target.clone(), Some(to(0))),
        }
    }

    pub(super) fn step(&self, target: ReplyTarget, step: Option<usize>) -> UserAct {
        match self.steps_of(&target) {
            0 => UserAct::NoSuchStep(0),
            count if step.is_some_and(|s| s >= count) => UserAct::NoSuchStep(count),
            _ => UserAct::Step(target, step),
        }
    }

    fn show(&self, target: ReplyTarget) -> UserAct {
        let knowledge = self.desk.knowledge;
        match target.section {
            Some(_) if target.resolve(knowledge, self.conversation.lang).is_some() => {
                UserAct::Section(target)
            }
            None if knowledge.intent(&target.intent).is_some() => UserAct::Choice(target.intent),
            _ => UserAct::Expired,
        }
    }

    pub(super) fn steps_of(&self, target: &ReplyTarget) -> usize {
        target
            .resolve(self.desk.knowledge, self.conversation.lang)
            .map_or(0, |found| found.part.steps.len())
    }
}
