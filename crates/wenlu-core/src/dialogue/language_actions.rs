//! A request for another language. In: the language. Out: the turn that says again, in it, what is on
//! the screen. Must not know: how the language was found out.

use super::button::ButtonAction;
use super::turn_builder::TurnBuilder;
use super::understand::PartAnswer;
use crate::model::{Button, Lang, Reply, TurnOutcome};

impl TurnBuilder<'_> {
    /// Says the choices or the answer again in `lang`; without either, what the bot can do.
    pub(super) fn switch_language(&mut self, lang: Lang) {
        self.state.lang = lang;
        self.recall_question();
        if self.state.choosing && !self.state.shown.is_empty() {
            self.choosing = true;
            let buttons = self.shown_again();
            return self.say("clarify", &[], buttons, TurnOutcome::Clarified);
        }
        match self.answer_again() {
            Some(reply) => {
                let topic = self.state.topic.as_ref();
                self.entry.intent = topic.map(|topic| topic.target.intent.clone());
                self.push_reply(reply, TurnOutcome::FollowUp);
            }
            None => self.say_help(),
        }
    }

    /// The open answer as it was shown last, as far as that is known.
    fn answer_again(&self) -> Option<Reply> {
        let topic = self.state.topic.as_ref()?;
        let builder = self.reply_builder();
        let target = &topic.target;
        if topic.step.is_some_and(|step| step > 0) {
            return builder.step(target, topic.step);
        }
        builder.part_reply(&PartAnswer {
            target: target.clone(),
            lead: None,
            second: None,
            is_picked: true,
        })
    }

    /// The buttons on the screen, with their labels in the language of the conversation.
    fn shown_again(&self) -> Vec<Button> {
        let builder = self.reply_builder();
        let again = |button: &Button| {
            let action = ButtonAction::parse(&button.data, self.manager.knowledge)?;
            let label = builder.label(&action);
            (!label.is_empty()).then(|| Button {
                label,
                data: button.data.clone(),
            })
        };
        self.state.shown.iter().filter_map(again).collect()
    }
}
