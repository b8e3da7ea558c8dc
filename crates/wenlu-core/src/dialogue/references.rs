//! Sentences that refer to what stands on the asker's screen or was talked about before. In: a normalised
//! text and the conversation. Out: what it refers to, or nothing. Must not know: how it is answered.

use super::command;
use super::interpret::{ActInterpreter, UserAct};
use super::ordinal::{self, ItemPlace};
use super::shorthand;
use super::state::HandoverState;
use super::understand::{PartAnswer, returned_to};
use crate::model::{Lang, ReplyTarget};
use crate::reply::plain_text::spans_text;
use crate::reply::{ReplyBlock, ReplyPart, TextSpan};
use crate::text::normalize::normalize;
use crate::text::similarity::dice_similarity;
use crate::text::units::units;

/// Units up to which a sentence can be a remark that a step is done, or that one is waiting.
const SHORT: usize = 12;
/// How well an item of a list must name a section for the section to be shown.
const MIN_NAMED: f32 = 0.5;

/// The items of the lists in a part.
fn items_of(part: &ReplyPart) -> Vec<&Vec<TextSpan>> {
    let blocks = part.blocks.iter().chain(&part.after);
    blocks
        .filter_map(|block| match block {
            ReplyBlock::List { items } => Some(items),
            _ => None,
        })
        .flatten()
        .collect()
}

impl ActInterpreter<'_> {
    /// 第三个展开说说: the item of the list that was shown last, or the section that it names; where
    /// none was shown, of the first list of the open topic, or the button with that number.
    pub(super) fn list_item(&self, normal: &str) -> Option<UserAct> {
        let place = ordinal::item(normal)?;
        let topic = self.conversation.topic.as_ref().filter(|_| self.fresh)?;
        let shown = &self.conversation.shown;
        let pressed = || match place {
            ItemPlace::Nth(number) => shown.get(number - 1).map(|button| self.pressed(button)),
            ItemPlace::Last => None,
        };
        if self.conversation.choosing {
            return pressed();
        }
        let lang = self.conversation.lang;
        let found = topic.target.resolve(self.desk.knowledge, lang)?;
        let sections = found.document.sections.iter().map(|section| {
            let target = ReplyTarget::section(&topic.target.intent, &section.id);
            (target, &section.part)
        });
        let item = std::iter::once((topic.target.clone(), found.part))
            .chain(sections)
            .map(|(target, part)| (target, items_of(part)))
            .find(|(_, items)| !items.is_empty())
            .and_then(|(target, items)| {
                let item = match place {
                    ItemPlace::Nth(number) => items.get(number - 1)?,
                    ItemPlace::Last => items.last()?,
                };
                Some(UserAct::Part(self.detail_of(&target, item, lang)))
            });
        item.or_else(pressed)
    }

    /// The section that an item of a list names, else the item itself.
    fn detail_of(&self, shown: &ReplyTarget, item: &[TextSpan], lang: Lang) -> PartAnswer {
        let knowledge = self.desk.knowledge;
        let named = || {
            let intent = knowledge.intent(&shown.intent)?;
            let text = spans_text(item);
            let message = self.desk.message(&text);
            let ranking = self.desk.passages.rank(knowledge, intent, lang, &message)?;
            let other = |target: &ReplyTarget| target.section.is_some() && target != shown;
            let best = ranking.parts.into_iter().find(|part| other(&part.target))?;
            (best.evidence.coverage >= MIN_NAMED).then_some(best.target)
        };
        match named() {
            Some(target) => PartAnswer {
                target,
                lead: None,
                second: None,
                is_picked: false,
            },
            None => PartAnswer {
                target: shown.clone(),
                lead: Some(item.to_vec()),
                second: None,
                is_picked: false,
            },
        }
    }

    /// 回到注销那个: the topic of an earlier turn.
    pub(super) fn earlier(&self, normal: &str) -> Option<UserAct> {
        let named = shorthand::earlier_topic(normal)?;
        let knowledge = self.desk.knowledge;
        let title_score = |target: &ReplyTarget| {
            let Some(intent) = knowledge.intent(&target.intent) else {
                return 0.0;
            };
            let titles = [Some(&intent.title), intent.title_en.as_ref()];
            let contains = |title: &&String| !named.is_empty() && title.contains(&named);
            let is_named = titles.into_iter().flatten().any(|title| contains(&title));
            f32::from(u8::from(is_named)) + dice_similarity(&intent.title, &named)
        };
        let target = returned_to(self.conversation, title_score)?;
        Some(UserAct::Named(target.intent.clone()))
    }

    /// 还要等多久, 急, while a person is awaited: what is known about the wait.
    pub(super) fn still_waiting(&self, normal: &str) -> Option<UserAct> {
        let awaited =
            self.conversation.handed_over || self.conversation.person == HandoverState::Waiting;
        let is_short = units(normal).count() <= SHORT;
        (awaited && is_short && shorthand::asks_about_wait(normal)).then_some(UserAct::Human)
    }

    /// 不是小程序是公众号: the last question with the one word in place of the other.
    pub(super) fn corrected(&self, normal: &str) -> Option<UserAct> {
        let (wrong, right) = command::correction(normal)?;
        let question = self.conversation.question.as_ref().filter(|_| self.fresh)?;
        let said = normalize(&question.text);
        if !said.contains(wrong) {
            return None;
        }
        let routing = self.desk.router.route(&said.replace(wrong, right));
        Some(UserAct::Question(routing))
    }
}
