//! What the asker says about an answer or about choices. In: solved, unsolved, none of these. Out: the turn
//! with what is tried next.

use super::state::{CommentAbout, DialogueQuestion};
use super::turn_builder::TurnBuilder;
use crate::model::{TurnOutcome, UnansweredReason};

/// After this many 没解决 in a row, an operator is called.
const MAX_UNSOLVED: u8 = 2;

impl TurnBuilder<'_> {
    /// 都不是: asks to rephrase, and offers an operator.
    pub(super) fn ask_to_rephrase(&mut self) {
        self.recall_question();
        if self.state.choosing {
            self.entry.unanswered = Some(UnansweredReason::NoneOfThese);
        }
        self.state.choosing = false;
        let buttons = vec![self.reply_builder().human_button()];
        self.say("none_of_these", &[], buttons, TurnOutcome::NoneOfThese);
    }

    pub(super) fn acknowledge_solved(&mut self) {
        self.recall_question();
        self.state.unsolved = 0;
        self.entry.intent = self.state.topic.as_ref().map(|t| t.target.intent.clone());
        self.say("solved", &[], vec![], TurnOutcome::Solved);
    }

    /// 没解决: offers the next candidate if there is one, and an operator; the second time in a
    /// row, an operator is called.
    pub(super) fn offer_next_best(&mut self, about: Option<&str>) {
        let topic = self.state.topic.as_ref().map(|t| t.target.intent.clone());
        let is_last = about.is_none() || about == topic.as_deref();
        if !is_last {
            // the button belongs to an older answer: its question is no longer stored, the title of
            // its intent stands for it
            let title = about
                .and_then(|id| self.manager.knowledge.intent(id))
                .map(|i| i.title_in(self.state.lang).to_owned());
            self.state.question = title.map(|text| DialogueQuestion {
                text,
                ..DialogueQuestion::default()
            });
        }
        self.recall_question();
        self.entry.intent = about.map(str::to_owned).or(topic);
        self.entry.unanswered = Some(UnansweredReason::Unsolved);
        self.state.unsolved = self.state.unsolved.saturating_add(1);
        self.state.answered = false;
        if self.state.unsolved >= MAX_UNSOLVED && self.escalate_unsolved() {
            return;
        }
        let others = self
            .state
            .question
            .iter_mut()
            .flat_map(|q| q.others.drain(..))
            .take(1)
            .collect::<Vec<_>>();
        let speaker = self.reply_builder();
        let mut buttons = speaker.intents(&others);
        let key = if buttons.is_empty() {
            "unsolved"
        } else {
            "did_you_mean"
        };
        self.choosing = !buttons.is_empty();
        if self.choosing {
            buttons.push(speaker.none_of_these());
        }
        buttons.push(speaker.human_button());
        buttons.extend(self.comment_button(CommentAbout::Answer));
        self.say(key, &[], buttons, TurnOutcome::Unsolved);
    }

    /// Whether an operator solved it: counts once, for each time that it was asked.
    pub(super) fn rate(&mut self, solved: bool) {
        if std::mem::take(&mut self.state.rating_due) {
            self.rating = Some(solved);
        }
        let (key, mut buttons) = match solved {
            true => ("rated_solved", vec![]),
            false => ("rated_unsolved", vec![self.reply_builder().human_button()]),
        };
        buttons.extend(self.comment_button(CommentAbout::Rating));
        self.say(key, &[], buttons, TurnOutcome::Rated);
    }

    pub(super) fn say_no_such_choice(&mut self, count: usize) {
        self.say(
            "no_such_choice",
            &[("count", &count.to_string())],
            vec![],
            TurnOutcome::Expired,
        );
    }

    pub(super) fn say_expired(&mut self) {
        self.say(
            "expired",
            &[],
            self.reply_builder().hot_topics(),
            TurnOutcome::Expired,
        );
    }
}
