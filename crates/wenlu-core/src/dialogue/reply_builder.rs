//! Builds replies. In: sentences and documents of the knowledge, in the asker's language. Out: a
//! [`Reply`]. Must not know: the conversation.

use super::button::{ButtonAction, ResolvedTarget, is_feedback_button};
use super::understand::PartAnswer;
use crate::knowledge::{Intent, Knowledge, sentences};
use crate::model::ReplyTarget;
use crate::model::{Button, Lang, Reply};
use crate::reply::{ReplyBlock, ReplyPart, ReplySection, TextSpan};

/// Buttons under a reply beside 有用 and 没解决: for steps and the whole reply, then sections, in the
/// order of the file, and related intents, of which a few are kept however many sections there are.
pub(super) const MOST_BUTTONS: usize = 6;
const RELATED_KEPT: usize = 2;
/// Up to this many steps of a whole reply are shown at once, more are shown one at a time.
const STEPS_AT_ONCE: usize = 3;
/// The same for a section, which answers a question and is shown complete where that is possible.
const STEPS_OF_SECTION: usize = 10;

#[derive(Clone, Copy)]
pub(super) struct ReplyBuilder<'a> {
    pub knowledge: &'a Knowledge,
    pub lang: Lang,
}

impl ReplyBuilder<'_> {
    /// A sentence of the bot, with buttons.
    pub(super) fn say(&self, key: &str, values: &[(&str, &str)], buttons: Vec<Button>) -> Reply {
        let blocks = sentences::sentence_blocks(&self.sentence(key, values));
        Reply {
            lang: self.lang,
            blocks,
            buttons,
            ..Reply::default()
        }
    }

    /// An intent's reply or a section of it, as the answer to a question: the sentence that answers
    /// if it stands further down, then the part, and buttons for more.
    pub(super) fn part_reply(&self, part: &PartAnswer) -> Option<Reply> {
        let target = &part.target;
        let found = target.resolve(self.knowledge, self.lang)?;
        let intent = self.knowledge.intent(&target.intent)?;
        let count = found.part.steps.len();
        let at_once = match found.section {
            Some(_) if !part.is_picked => STEPS_OF_SECTION,
            _ => STEPS_AT_ONCE,
        };
        let cursor = (count > at_once).then_some(0);
        let mut buttons = self.step_buttons(target, found.part, cursor);
        if cursor.is_none() && count > STEPS_AT_ONCE {
            buttons.push(self.button("button_steps", &ButtonAction::Step(target.clone(), 0)));
        }
        let mut blocks: Vec<ReplyBlock> = part.lead.clone().map(paragraph).into_iter().collect();
        if let Some(section) = found.section {
            blocks.push(heading(section));
            buttons.push(self.button(
                "button_full",
                &ButtonAction::Show(ReplyTarget::intent(&target.intent)),
            ));
        }
        blocks.extend(found.part.blocks.iter().cloned());
        let second = part.second.as_ref().filter(|_| cursor.is_none());
        let second = second.and_then(|target| target.resolve(self.knowledge, self.lang));
        let shown: Vec<&str> = [found.section, second.and_then(|found| found.section)]
            .into_iter()
            .flatten()
            .map(|section| section.id.as_str())
            .collect();
        let room = MOST_BUTTONS.saturating_sub(buttons.len());
        buttons.extend(self.next_buttons(intent, &found, &shown, room));
        let mut reply = self.part(found.part, blocks, cursor);
        reply.after.extend(second.map(below).unwrap_or_default());
        Some(Reply { buttons, ..reply })
    }

    /// The first paragraph of a reply or section, with buttons for the whole and for sections.
    pub(super) fn first_paragraph(&self, target: &ReplyTarget) -> Option<Reply> {
        let found = target.resolve(self.knowledge, self.lang)?;
        let intent = self.knowledge.intent(&target.intent)?;
        let whole = ButtonAction::Show(ReplyTarget::intent(&target.intent));
        let mut buttons = vec![self.button("button_full", &whole)];
        let shown: Vec<&str> = found.section.iter().map(|s| s.id.as_str()).collect();
        buttons.extend(self.next_buttons(intent, &found, &shown, MOST_BUTTONS - 1));
        Some(Reply {
            lang: self.lang,
            blocks: found.part.blocks.iter().take(1).cloned().collect(),
            buttons,
            ..Reply::default()
        })
    }

    /// One step (from 0), or all of them.
    pub(super) fn step(&self, target: &ReplyTarget, cursor: Option<usize>) -> Option<Reply> {
        let found = target.resolve(self.knowledge, self.lang)?;
        let mut buttons = self.step_buttons(target, found.part, cursor);
        if cursor.is_none_or(|at| at + 1 == found.part.steps.len()) {
            buttons.extend(self.feedback(&target.intent));
        }
        Some(Reply {
            buttons,
            ..self.part(found.part, vec![], cursor)
        })
    }

    /// A button with a label from the bot's sentences.
    pub(super) fn button(&self, label_key: &str, press: &ButtonAction) -> Button {
        Button {
            label: self.sentence(label_key, &[]),
            data: press.data(self.knowledge),
        }
    }

    /// The label of a button that is no longer on the screen; empty if unknown.
    pub(super) fn label(&self, press: &ButtonAction) -> String {
        let key = match press {
            ButtonAction::Show(target) => {
                let title =
                    |found: ResolvedTarget| found.section.map(|section| section.title.clone());
                let section = target
                    .section
                    .as_ref()
                    .and_then(|_| title(target.resolve(self.knowledge, self.lang)?));
                let intent = || {
                    self.knowledge
                        .intent(&target.intent)
                        .map(|i| i.title_in(self.lang).to_owned())
                };
                return section.or_else(intent).unwrap_or_default();
            }
            // forward or back: depends on the step that was shown
            ButtonAction::Step(..) => return String::new(),
            ButtonAction::AllSteps(_) => "button_all",
            ButtonAction::Solved(_) => "button_solved",
            ButtonAction::Unsolved(_) => "button_unsolved",
            ButtonAction::NoneOfThese => "button_none",
            ButtonAction::Human => "button_human",
            ButtonAction::Bot => "button_bot",
            ButtonAction::Topics => return String::new(),
            ButtonAction::Rate(true) => "button_rate_solved",
            ButtonAction::Rate(false) => "button_rate_unsolved",
            ButtonAction::Comment(Some(_)) => "button_comment",
            ButtonAction::Comment(None) => "button_comment_none",
        };
        self.sentence(key, &[])
    }

    /// Buttons that show the replies of intents; unknown ids are skipped.
    pub(super) fn intents<'i>(&self, ids: impl IntoIterator<Item = &'i String>) -> Vec<Button> {
        let known = ids.into_iter().filter_map(|id| self.knowledge.intent(id));
        known
            .map(|intent| Button {
                label: intent.title_in(self.lang).to_owned(),
                data: ButtonAction::Show(ReplyTarget::intent(&intent.id)).data(self.knowledge),
            })
            .collect()
    }

    pub(super) fn hot_topics(&self) -> Vec<Button> {
        self.intents(&self.knowledge.hot)
    }

    pub(super) fn human_button(&self) -> Button {
        self.button("button_human", &ButtonAction::Human)
    }

    pub(super) fn rating_buttons(&self) -> [Button; 2] {
        [
            self.button("button_rate_solved", &ButtonAction::Rate(true)),
            self.button("button_rate_unsolved", &ButtonAction::Rate(false)),
        ]
    }

    pub(super) fn bot_button(&self) -> Button {
        self.button("button_bot", &ButtonAction::Bot)
    }

    pub(super) fn none_of_these(&self) -> Button {
        self.button("button_none", &ButtonAction::NoneOfThese)
    }

    fn sentence(&self, key: &str, values: &[(&str, &str)]) -> String {
        let sentences = &self.knowledge.sentences;
        sentences
            .get(&self.lang)
            .or_else(|| sentences.get(&Lang::Zh))
            .map_or_else(String::new, |s| s.get(key, values))
    }

    fn part(&self, part: &ReplyPart, blocks: Vec<ReplyBlock>, cursor: Option<usize>) -> Reply {
        let is_end = cursor.is_none_or(|at| at + 1 == part.steps.len());
        let after = if is_end { part.after.clone() } else { vec![] };
        Reply {
            lang: self.lang,
            blocks,
            steps: part.steps.clone(),
            cursor,
            after,
            ..Reply::default()
        }
    }

    fn step_buttons(
        &self,
        target: &ReplyTarget,
        part: &ReplyPart,
        cursor: Option<usize>,
    ) -> Vec<Button> {
        let Some(at) = cursor else { return vec![] };
        let mut buttons = vec![];
        if at > 0 {
            buttons.push(self.button("button_back", &ButtonAction::Step(target.clone(), at - 1)));
        }
        if at + 1 < part.steps.len() {
            buttons.push(self.button("button_next", &ButtonAction::Step(target.clone(), at + 1)));
        }
        buttons.push(self.button("button_all", &ButtonAction::AllSteps(target.clone())));
        buttons
    }

    /// Buttons for the other sections and related questions, at most `most`, and 有用 / 没解决. Small
    /// talk gets no feedback buttons.
    fn next_buttons(
        &self,
        intent: &Intent,
        found: &ResolvedTarget,
        shown: &[&str],
        most: usize,
    ) -> Vec<Button> {
        let others = found
            .document
            .sections
            .iter()
            .filter(|s| !shown.contains(&s.id.as_str()));
        let related = self.intents(&intent.related);
        let kept = most.saturating_sub(related.len().min(RELATED_KEPT));
        let mut buttons: Vec<Button> = others
            .take(kept)
            .map(|section| Button {
                label: section.title.clone(),
                data: ButtonAction::Show(ReplyTarget::section(&intent.id, &section.id))
                    .data(self.knowledge),
            })
            .collect();
        buttons.extend(related);
        buttons.truncate(most);
        if !intent.is_small_talk() {
            buttons.extend(self.feedback(&intent.id));
        }
        buttons
    }

    fn feedback(&self, intent: &str) -> [Button; 2] {
        [
            self.button("button_solved", &ButtonAction::Solved(intent.to_owned())),
            self.button(
                "button_unsolved",
                &ButtonAction::Unsolved(intent.to_owned()),
            ),
        ]
    }
}

/// Takes away the last buttons, beside 有用 and 没解决, that are too many.
pub(super) fn drop_surplus(buttons: &mut Vec<Button>) {
    let mut kept = 0;
    buttons.retain(|button| {
        let is_feedback = is_feedback_button(&button.data);
        kept += usize::from(!is_feedback);
        is_feedback || kept <= MOST_BUTTONS
    });
}

/// A second part, which stands below the first: its steps are a list, so that each reply has one
/// sequence of steps.
fn below(found: ResolvedTarget) -> Vec<ReplyBlock> {
    let mut blocks: Vec<ReplyBlock> = found.section.map(heading).into_iter().collect();
    blocks.extend(found.part.blocks.iter().cloned());
    let steps = found.part.steps.iter().map(|step| {
        let texts = step.blocks.iter().filter_map(|block| match block {
            ReplyBlock::Paragraph { spans } | ReplyBlock::Note { spans } => Some(spans.clone()),
            ReplyBlock::List { .. } => None,
        });
        texts.flatten().collect()
    });
    let items: Vec<Vec<TextSpan>> = steps.collect();
    if !items.is_empty() {
        blocks.push(ReplyBlock::List { items });
    }
    blocks.extend(found.part.after.iter().cloned());
    blocks
}

fn heading(section: &ReplySection) -> ReplyBlock {
    paragraph(vec![TextSpan {
        text: section.title.clone(),
        strong: true,
        ..TextSpan::default()
    }])
}

fn paragraph(spans: Vec<TextSpan>) -> ReplyBlock {
    ReplyBlock::Paragraph { spans }
}
