//! Choices among the buttons on the asker's screen, in whatever words. In: what was typed, and the
//! buttons. Out: the choice. Must not know: how it is answered.

use super::button::ButtonAction;
use super::interpret::{ActInterpreter, UserAct};
use super::list_place::{self, ListPlace};
use super::ordinal;
use super::shorthand;
use crate::knowledge::Intent;
use crate::model::Button;
use crate::text::gram_bag::GramBag;
use crate::text::normalize::{normalize, normalizes_to};
use crate::text::units::units;

/// From this similarity on, a typed text counts as the label of a button.
const LABEL_SIMILARITY: f32 = 0.75;
/// Units of a text that can name a choice by some of its words.
const LONGEST_NAME: usize = 8;

/// What a clause ends with that names a choice.
#[rustfmt::skip]
const CHOICE_MARKS: &[&str] = &[
    "那个", "那种", "那一种", "那项", "那一项", "那类", "那一类", "那条", "那一条", "的那个情况", "那种情况", "的情况", "这种情况", " one",
];

/// What a clause begins with that says which choice it is, and words with which it asks instead.
#[rustfmt::skip]
const CHOICE_HEADS: &[&str] = &["我这个是", "我的是", "我是", "应该是", "就是", "是", "属于"];
#[rustfmt::skip]
const ASKING: &[&str] = &["吗", "么", "什么", "是不是", "是否", "还是", "怎", "如何", "哪", "谁", "呢", "多久", "几"];

impl ActInterpreter<'_> {
    /// `2`, `第二个`, `最后一个`: the button at this place. A number counts all buttons, as they are
    /// numbered; another place counts those that show something.
    pub(super) fn numbered(&self, normal: &str) -> Option<UserAct> {
        let place = list_place::choice(normal)?;
        let shown = &self.conversation.shown;
        let button = match place {
            ListPlace::Nth(_) => shown.get(place.index(shown.len()).unwrap_or(usize::MAX)),
            _ if self.conversation.choosing => self.offered(place),
            _ => return None,
        };
        match button {
            None if shown.is_empty() => None,
            _ if !self.fresh => Some(UserAct::Expired),
            Some(button) => Some(self.pressed(button)),
            None => Some(UserAct::NoSuchChoice(shown.len())),
        }
    }

    /// 第一种，占用名称的: the button at the place that the first clause names, where the others explain it.
    pub(super) fn explained_choice(&self, text: &str) -> Option<UserAct> {
        let is_asked = self.fresh && self.conversation.choosing;
        let mut clauses = shorthand::clauses(text);
        let first = clauses.next().filter(|_| is_asked)?;
        clauses.next()?;
        let place = ordinal::item(&first).or_else(|| list_place::choice(&first))?;
        let button = self.offered(place)?;
        Some(
            match ButtonAction::parse(&button.data, self.desk.knowledge) {
                // its other words may ask for a part of it
                Some(ButtonAction::Show(target)) if target.section.is_none() => {
                    UserAct::Named(target.intent)
                }
                _ => self.pressed(button),
            },
        )
    }

    /// The button at this place among those that show something.
    pub(super) fn offered(&self, place: ListPlace) -> Option<&Button> {
        let offered: Vec<&Button> = self.choices().map(|(button, _)| button).collect();
        offered.get(place.index(offered.len())?).copied()
    }

    /// The buttons that show an intent or a section.
    fn choices(&self) -> impl Iterator<Item = (&Button, ButtonAction)> {
        let shown = self.conversation.shown.iter();
        shown.filter_map(|button| {
            let action = ButtonAction::parse(&button.data, self.desk.knowledge)?;
            matches!(action, ButtonAction::Show(_)).then_some((button, action))
        })
    }

    /// The button whose label was typed.
    pub(super) fn label(&self, normal: &str) -> Option<UserAct> {
        let button = self
            .conversation
            .shown
            .iter()
            .find(|b| normalizes_to(&b.label, normal))?;
        Some(self.pressed(button))
    }

    /// The only button whose label is similar to the text or contains it, if the asker was asked to
    /// choose.
    pub(super) fn nearly_label(&self, normal: &str) -> Option<UserAct> {
        if !(self.fresh && self.conversation.choosing && normal.chars().count() > 1) {
            return None;
        }
        let said = GramBag::as_written(normal);
        let mut alike = self.conversation.shown.iter().filter(|button| {
            let label = normalize(&button.label);
            label.contains(normal)
                || GramBag::as_written(&label).similarity(&said) >= LABEL_SIMILARITY
        });
        let button = alike.next()?;
        alike.next().is_none().then(|| self.pressed(button))
    }

    /// 应该属于名字被占用的那一种: the question of the open menu that a clause names as a choice, however
    /// long it is.
    pub(super) fn marked_choice(&self, text: &str) -> Option<UserAct> {
        let menu = self.menu_of_choices().filter(|_| self.fresh)?;
        let marked = shorthand::clauses(text).find_map(|clause| {
            let ends = CHOICE_MARKS.iter().filter(|mark| clause.ends_with(*mark));
            if let Some(mark) = ends.max_by_key(|mark| mark.len()) {
                return Some(clause.strip_suffix(mark)?.to_owned());
            }
            let named = CHOICE_HEADS
                .iter()
                .find_map(|head| clause.strip_prefix(head));
            let named = named.filter(|_| !ASKING.iter().any(|word| clause.contains(word)));
            Some(named?.to_owned())
        })?;
        let named = self.named_below(menu, "", &marked)?;
        let message = self.desk.message(&marked);
        (message.word_count() > 0).then_some(UserAct::Named(named))
    }

    /// The menu that all choices on the screen are questions of, if the asker was asked to choose.
    fn menu_of_choices(&self) -> Option<&Intent> {
        let knowledge = self.desk.knowledge;
        let mut menus = self.choices().filter_map(|(_, action)| match action {
            ButtonAction::Show(target) => knowledge.intent(&target.intent)?.parent.as_deref(),
            _ => None,
        });
        let first = menus.next().filter(|_| self.conversation.choosing)?;
        let is_same = menus.all(|other| other == first);
        knowledge.intent(first).filter(|_| is_same)
    }

    /// 名字那个: the only choice whose label has all words of the text, under whatever names, if the
    /// asker was asked to choose.
    pub(super) fn named_choice(&self, text: &str, normal: &str) -> Option<UserAct> {
        let is_asked = self.fresh && self.conversation.choosing;
        if !is_asked || units(normal).nth(LONGEST_NAME).is_some() {
            return None;
        }
        let message = self.asked.get_or_init(|| self.desk.message(text));
        // what the menu itself is called picks none of its questions
        let menu = self.menu_of_choices().map(|menu| menu.title.as_str());
        if menu.is_some_and(|title| self.desk.passages.names_all(title, message)) {
            return None;
        }
        let is_named = |(button, _): &(&Button, ButtonAction)| {
            self.desk.passages.names_all(&button.label, message)
        };
        let mut named = self.choices().filter(is_named);
        let (button, action) = named.next()?;
        named.next().is_none().then_some(())?;
        Some(match action {
            // its words may ask for a part of it
            ButtonAction::Show(target) if target.section.is_none() => UserAct::Named(target.intent),
            _ => self.pressed(button),
        })
    }
}
