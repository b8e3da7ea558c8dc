//! Sections and steps of the reply that the conversation is about. In: which one is asked for. Out: the
//! turn that shows it.

use super::parts::AnsweringPart;
use super::reply_builder;
use super::shorthand;
use super::state::DialogueTopic;
use super::step_request::{self, StepRequest};
use super::turn_builder::TurnBuilder;
use super::understand::PartAnswer;
use crate::knowledge::{Intent, IntentKind};
use crate::model::ReplyTarget;
use crate::model::{Reply, TurnOutcome};

impl TurnBuilder<'_> {
    /// Shows a section: the answer to a follow-up. A section without steps does not change which
    /// step of the reply is current.
    pub(super) fn show_section(&mut self, target: &ReplyTarget) {
        let part = PartAnswer {
            target: target.clone(),
            lead: None,
            second: None,
            is_picked: true,
        };
        let Some(reply) = self.reply_builder().part_reply(&part) else {
            return self.say_expired();
        };
        self.show_part(target.clone(), reply, TurnOutcome::FollowUp);
    }

    /// Shows the part of a reply that answers what was typed.
    pub(super) fn show_answering_part(&mut self, part: &PartAnswer) {
        let target = &part.target;
        let is_menu = self
            .manager
            .knowledge
            .intent(&target.intent)
            .filter(|intent| intent.kind == IntentKind::Menu);
        if let Some(menu) = is_menu {
            return self.show_menu(menu, &[]);
        }
        let Some(reply) = self.reply_builder().part_reply(part) else {
            return self.say_expired();
        };
        self.show_part(target.clone(), reply, TurnOutcome::FollowUp);
    }

    /// 好的: nothing is asked, and the topic stays.
    pub(super) fn acknowledge(&mut self) {
        self.entry.intent = self.state.topic.as_ref().map(|t| t.target.intent.clone());
        self.say("acknowledged", &[], vec![], TurnOutcome::Acknowledged);
    }

    /// Shows the first paragraph of the open reply, with buttons for the rest.
    pub(super) fn shorten(&mut self) {
        let Some(target) = self.state.topic.as_ref().map(|topic| topic.target.clone()) else {
            return self.say_expired();
        };
        let Some(reply) = self.reply_builder().first_paragraph(&target) else {
            return self.say_expired();
        };
        self.entry.intent = Some(target.intent);
        self.push_reply(reply, TurnOutcome::FollowUp);
    }

    /// Shows one step, or all of them.
    pub(super) fn show_step(&mut self, target: &ReplyTarget, step: Option<usize>) {
        let Some(reply) = self.reply_builder().step(target, step) else {
            return self.say_expired();
        };
        self.show_part(target.clone(), reply, TurnOutcome::Step);
    }

    /// Shows the step again and offers an operator.
    pub(super) fn help_with_step(&mut self, target: &ReplyTarget, step: usize) {
        let Some(reply) = self.reply_builder().step(target, Some(step)) else {
            return self.say_expired();
        };
        let number = (step + 1).to_string();
        let lead = self
            .reply_builder()
            .say("step_failed", &[("step", &number)], vec![]);
        let mut buttons = reply.buttons.clone();
        buttons.insert(0, self.reply_builder().human_button());
        reply_builder::drop_surplus(&mut buttons);
        self.show_part(
            target.clone(),
            Reply {
                blocks: lead.blocks,
                buttons,
                ..reply
            },
            TurnOutcome::Step,
        );
    }

    /// 占用名称的申诉，第三步是什么: the step that a full question names.
    pub(super) fn step_asked_for(&self, intent: &Intent) -> Option<(ReplyTarget, usize)> {
        let mut clauses = shorthand::clauses(&self.entry.text);
        let number = clauses.find_map(|clause| match step_request::requested(&clause)? {
            StepRequest::Nth(number) => Some(number),
            _ => None,
        })?;
        let (knowledge, lang) = (self.manager.knowledge, self.state.lang);
        let whole = ReplyTarget::intent(&intent.id);
        let sections = &knowledge.reply(&intent.id, lang)?.sections;
        let sections = sections
            .iter()
            .map(|section| ReplyTarget::section(&intent.id, &section.id));
        let answering = match self.answering_part(intent) {
            AnsweringPart::Shown(part) => Some(part.target),
            AnsweringPart::Missing(_) => None,
        };
        let has_step = |target: &ReplyTarget| {
            let found = target.resolve(knowledge, lang);
            found.is_some_and(|found| found.part.steps.len() >= number)
        };
        let mut targets = answering.into_iter().chain([whole]).chain(sections);
        targets.find(has_step).map(|target| (target, number - 1))
    }

    /// Says how many steps there are, and shows them.
    pub(super) fn count_steps(&mut self, target: &ReplyTarget) {
        let Some(reply) = self.reply_builder().step(target, None) else {
            return self.say_expired();
        };
        let count = reply.steps.len().to_string();
        self.show_step_below(target, reply, "step_count", ("count", &count));
    }

    /// Says which step it is, and shows it.
    pub(super) fn number_step(&mut self, target: &ReplyTarget, step: usize) {
        let Some(reply) = self.reply_builder().step(target, Some(step)) else {
            return self.say_expired();
        };
        let number = (step + 1).to_string();
        self.show_step_below(target, reply, "step_number", ("step", &number));
    }

    fn show_step_below(
        &mut self,
        target: &ReplyTarget,
        reply: Reply,
        key: &str,
        value: (&str, &str),
    ) {
        let blocks = self.reply_builder().say(key, &[value], vec![]).blocks;
        let reply = Reply { blocks, ..reply };
        self.show_part(target.clone(), reply, TurnOutcome::Step);
    }

    pub(super) fn say_no_such_step(&mut self, count: usize) {
        let key = if count == 0 {
            "no_steps"
        } else {
            "no_such_step"
        };
        self.say(
            key,
            &[("count", &count.to_string())],
            vec![],
            TurnOutcome::Step,
        );
    }

    /// A part without steps does not change which step of the same reply is current.
    fn show_part(&mut self, target: ReplyTarget, reply: Reply, outcome: TurnOutcome) {
        self.entry.intent = Some(target.intent.clone());
        self.entry.confidence = 1.0;
        let goes_on = self.state.topic.as_ref().is_some_and(|topic| {
            topic.step.is_some() && topic.target.intent == target.intent && reply.steps.is_empty()
        });
        if !goes_on {
            self.state.open_topic(DialogueTopic {
                target,
                step: reply.cursor,
            });
        }
        self.push_reply(reply, outcome);
    }
}
