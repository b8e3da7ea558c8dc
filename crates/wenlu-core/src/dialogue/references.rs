//! Sentences that refer to what stands on the asker's screen or was talked about before. In: a normalised
//! text and the conversation. Out: what it refers to, or nothing. Must not know: how it is answered.

use super::command;
use super::interpret::{ActInterpreter, UserAct};
use super::list_place::{self, ListPlace};
use super::ordinal;
use super::person_request;
use super::shorthand;
use super::state::HandoverState;
use super::understand::{PartAnswer, returned_to};
use crate::knowledge::{IntentAction, IntentKind};
use crate::model::{Decision, ReplyTarget};
use crate::reply::plain_text::spans_text;
use crate::reply::{ReplyBlock, ReplyPart, TextSpan};
use crate::text::normalize::normalize;
use crate::text::similarity::dice_similarity;
use crate::text::units::units;

/// Units up to which a sentence can be a remark that a step is done, or that one is waiting.
const SHORT: usize = 12;
/// How well a request for more must say an example of a section for that to be shown as well.
const MIN_MORE_SAID: f32 = 0.3;
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
        let pressed = || self.offered(place).map(|button| self.pressed(button));
        if self.fresh && self.conversation.choosing {
            return pressed();
        }
        let (target, item) = self.listed(place)?;
        // where steps are shown and no list, 第二点 is the second step
        let steps = self.steps_of(&target);
        match (item, place.index(steps)) {
            (Some(item), _) => Some(UserAct::Part(self.detail_of(&target, item))),
            (None, Some(step)) if target == self.shown_target()? => {
                Some(UserAct::Step(target, Some(step)))
            }
            (None, _) => pressed(),
        }
    }

    /// 第三种会怎么处理: the part of the open topic that answers it about that item.
    pub(super) fn question_about_item(&self, normal: &str) -> Option<UserAct> {
        let (place, question) = ordinal::item_in_question(normal)?;
        if self.conversation.choosing {
            return None;
        }
        let (target, item) = self.listed(place)?;
        let item = item?;
        let knowledge = self.desk.knowledge;
        let intent = knowledge.intent(&target.intent)?;
        let message = self
            .desk
            .message(&format!("{} {question}", spans_text(item)));
        let lang = self.conversation.lang;
        let ranking = self.desk.passages.rank(knowledge, intent, lang, &message)?;
        let part = PartAnswer::of(intent, &ranking)?;
        let is_own = part.target.intent == intent.id && part.target.section.is_some();
        is_own.then_some(UserAct::Part(part))
    }

    fn shown_target(&self) -> Option<ReplyTarget> {
        let topic = self.conversation.topic.as_ref();
        topic.map(|topic| topic.target.clone())
    }

    /// The reply or section whose list stands on the screen, else the first with a list, and the item
    /// there; `None` if no topic is open.
    fn listed(&self, place: ListPlace) -> Option<(ReplyTarget, Option<&Vec<TextSpan>>)> {
        let topic = self.conversation.topic.as_ref().filter(|_| self.fresh)?;
        let found = topic
            .target
            .resolve(self.desk.knowledge, self.conversation.lang)?;
        let sections = found.document.sections.iter().map(|section| {
            let target = ReplyTarget::section(&topic.target.intent, &section.id);
            (target, &section.part)
        });
        if !found.part.steps.is_empty() && items_of(found.part).is_empty() {
            return Some((topic.target.clone(), None));
        }
        let with_list = std::iter::once((topic.target.clone(), found.part))
            .chain(sections)
            .map(|(target, part)| (target, items_of(part)))
            .find(|(_, items)| !items.is_empty());
        let Some((target, items)) = with_list else {
            return Some((topic.target.clone(), None));
        };
        let item = place.index(items.len()).and_then(|at| items.get(at));
        Some((target, item.copied()))
    }

    /// The section that an item of a list names, else the item itself.
    fn detail_of(&self, shown: &ReplyTarget, item: &[TextSpan]) -> PartAnswer {
        let (knowledge, lang) = (self.desk.knowledge, self.conversation.lang);
        let named = || {
            let intent = knowledge.intent(&shown.intent)?;
            let text = spans_text(item);
            let message = self.desk.message(&text);
            let ranking = self.desk.passages.rank(knowledge, intent, lang, &message)?;
            let other = |target: &ReplyTarget| target.section.is_some() && target != shown;
            let best = ranking.parts.into_iter().find(|part| other(&part.target))?;
            (best.evidence.coverage >= MIN_NAMED).then_some(best.target)
        };
        let text = normalize(&spans_text(item));
        let is_title = |target: &ReplyTarget| {
            let found = target.resolve(knowledge, lang);
            let section = found.and_then(|found| found.section);
            section.is_some_and(|section| normalize(&section.title).contains(&text))
        };
        match named() {
            Some(target) => PartAnswer {
                lead: (!is_title(&target)).then(|| item.to_vec()),
                target,
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
        let previous = || {
            let recent = self.conversation.recent.last();
            recent.filter(|_| shorthand::names_previous(normal))
        };
        let target = returned_to(self.conversation, title_score).or_else(previous)?;
        Some(UserAct::Named(target.intent.clone()))
    }

    /// 再详细点: the whole of the reply of which a part is shown, unless a section is asked for.
    pub(super) fn lengthened(&self, text: &str, normal: &str) -> Option<UserAct> {
        let (topic, intent) = self.open_topic()?;
        let is_part = intent.kind == IntentKind::Answer && topic.target.section.is_some();
        if !(is_part && shorthand::wants_longer(normal)) || self.says_section(text) {
            return None;
        }
        // and the section that tells where more is told, if there is one
        let ranking = self.desk.rank_parts(intent, self.conversation.lang, text);
        let parts = ranking.map_or_else(Vec::new, |ranking| ranking.parts);
        let more = parts
            .into_iter()
            .find(|part| part.target.section.is_some() && part.evidence.phrase >= MIN_MORE_SAID);
        Some(UserAct::Part(PartAnswer {
            second: more.map(|part| part.target),
            ..PartAnswer::whole(&intent.id)
        }))
    }

    /// 叫你们的人来跟我讲: a person, by the intent that the router knows for it, or by its words.
    pub(super) fn requested_person(&self, text: &str) -> Option<UserAct> {
        person_request::requests_person(text).then_some(())?;
        let routing = self.desk.router.route(text);
        let intent = routing.intent.as_deref();
        let intent = intent.and_then(|id| self.desk.knowledge.intent(id));
        let is_known = intent.is_some_and(|intent| intent.action == Some(IntentAction::Human));
        Some(match is_known && routing.decision == Decision::Answer {
            true => UserAct::Question(routing),
            false => UserAct::Human,
        })
    }

    /// 还要等多久, 急, while a person is awaited: what is known about the wait.
    pub(super) fn still_waiting(&self, normal: &str) -> Option<UserAct> {
        let awaited =
            self.conversation.handed_over || self.conversation.person == HandoverState::Waiting;
        let is_short = units(normal).count() <= SHORT;
        (awaited && is_short && shorthand::asks_about_wait(normal)).then_some(UserAct::Human)
    }

    /// 不是小程序是公众号: the last question with the one word in place of the other. 我说的是小店的: the
    /// question beside the open one that is named, else the last question with these words added. A
    /// full question behind such words is asked anew.
    pub(super) fn corrected(&self, text: &str) -> Option<UserAct> {
        let normal = normalize(text);
        if let Some(other) = self.other_of_menu(&normal) {
            return Some(other);
        }
        let words = command::corrected_words(text);
        let said = command::correction(&normal).or(words.as_deref().map(|right| (None, right)));
        let Some((wrong, right)) = said else {
            let anew = command::corrected_question(text)?;
            self.asked.get_or_init(|| self.desk.message(&anew));
            let routing = self.desk.router.route(&anew);
            return (routing.decision == Decision::Answer).then_some(UserAct::Question(routing));
        };
        let question = self.conversation.question.as_ref().filter(|_| self.fresh)?;
        let said = normalize(&question.text);
        let routed = |text: &str| self.desk.router.route(text);
        if let Some(wrong) = wrong.filter(|wrong| said.contains(wrong)) {
            return Some(UserAct::Question(routed(&said.replace(wrong, right))));
        }
        if let Some(id) = self.named_beside(right) {
            return Some(UserAct::Named(id));
        }
        let routing = routed(&format!("{said} {right}"));
        (routing.decision != Decision::Unknown).then_some(UserAct::Question(routing))
    }

    /// 不对，第二个: after a question of a menu was picked, the other one.
    fn other_of_menu(&self, normal: &str) -> Option<UserAct> {
        let place = list_place::choice(command::after_denial(normal)?)?;
        let (_, open) = self.open_topic()?;
        let menu = open.parent.as_deref()?;
        let children: Vec<&str> = self
            .desk
            .knowledge
            .children(menu)
            .map(|i| i.id.as_str())
            .collect();
        let other = children.get(place.index(children.len())?)?;
        Some(UserAct::Choice((*other).to_owned()))
    }

    /// 好的, 我先去准备材料, 👌: nothing is asked.
    pub(super) fn acknowledged(&self, normal: &str) -> Option<UserAct> {
        let plans = || self.open_topic().is_some() && shorthand::plans(normal);
        (shorthand::acknowledges(normal) || plans()).then_some(UserAct::Acknowledged)
    }

    /// 太长了，说重点: the open reply in fewer words.
    pub(super) fn shortened(&self, normal: &str) -> Option<UserAct> {
        let (_, intent) = self.open_topic()?;
        let is_long = intent.kind == IntentKind::Answer;
        (is_long && shorthand::wants_shorter(normal)).then_some(UserAct::Shorter)
    }

    /// 刚才的菜单再发一遍: the menu that is open, or that of the open topic.
    pub(super) fn menu_again(&self, text: &str) -> Option<UserAct> {
        shorthand::clauses(text)
            .any(|clause| shorthand::wants_menu_again(&clause))
            .then_some(())?;
        let knowledge = self.desk.knowledge;
        let topic = self.conversation.topic.as_ref().filter(|_| self.fresh);
        let open = topic.and_then(|topic| knowledge.intent(&topic.target.intent));
        let menu = open.and_then(|open| match open.kind {
            IntentKind::Menu => Some(open),
            _ => knowledge.intent(open.parent.as_deref()?),
        });
        Some(match menu {
            Some(menu) => UserAct::Choice(menu.id.clone()),
            None => UserAct::Topics,
        })
    }
}
