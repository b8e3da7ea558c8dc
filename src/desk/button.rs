//! The data of buttons. In: a [`ButtonAction`]. Out: at most 64 bytes, and back. The data name an
//! intent, a section or a step in full, so that a button of an earlier turn still works.

use crate::knowledge::Knowledge;
use crate::message::Lang;
use crate::reply::{Document, Part, Section};
use serde::{Deserialize, Serialize};

/// Telegram's limit for the data of a button, the tightest of all channels.
const MAX_BYTES: usize = 64;

/// What a button does when it is pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// An intent's reply, or a section of it.
    Show(Target),
    /// A step, counted from 0.
    Step(Target, usize),
    AllSteps(Target),
    Solved(String),
    Unsolved(String),
    NoneOfThese,
    Human,
    Bot,
    Topics,
}

/// An intent's reply, or one section of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub intent: String,
    pub section: Option<String>,
}

impl Target {
    pub fn intent(id: &str) -> Self {
        Target { intent: id.to_owned(), section: None }
    }

    pub fn section(intent: &str, section: &str) -> Self {
        Target { intent: intent.to_owned(), section: Some(section.to_owned()) }
    }

    /// The document, its section if one is named, and the part to show; `None` if the knowledge has
    /// no such intent or section.
    pub fn find<'k>(&self, knowledge: &'k Knowledge, lang: Lang) -> Option<Found<'k>> {
        let document = knowledge.reply(&self.intent, lang)?;
        let section = match &self.section {
            Some(id) => Some(document.sections.iter().find(|s| s.id == *id)?),
            None => None,
        };
        Some(Found { document, section, part: section.map_or(&document.head, |s| &s.part) })
    }

    fn parse(text: &str, knowledge: &Knowledge) -> Option<Self> {
        let Some((intent, section)) = text.split_once('#') else { return Some(Target::intent(text)) };
        let Some(place) = section.strip_prefix('*') else { return Some(Target::section(intent, section)) };
        let document = knowledge.reply(intent, Lang::Zh)?;
        let section = document.sections.get(place.parse::<usize>().ok()?)?;
        Some(Target::section(intent, &section.id))
    }

    /// Names the section by its id, or by its index (`*2`) if the id would exceed the limit.
    fn data(&self, prefix: &str, knowledge: &Knowledge) -> String {
        let Some(section) = &self.section else { return format!("{prefix}{}", self.intent) };
        let by_name = format!("{prefix}{}#{section}", self.intent);
        if by_name.len() <= MAX_BYTES {
            return by_name;
        }
        let document = knowledge.reply(&self.intent, Lang::Zh);
        let place = document.and_then(|d| d.sections.iter().position(|s| s.id == *section)).unwrap_or_default();
        format!("{prefix}{}#*{place}", self.intent)
    }
}

/// The documents that a [`ReplyTarget`] refers to.
#[derive(Clone, Copy)]
pub struct Found<'k> {
    pub document: &'k Document,
    pub section: Option<&'k Section>,
    pub part: &'k Part,
}

/// The data of a button that moves between steps, for channels that draw these buttons in a row of
/// their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk<'d> {
    /// Counted from 0; `None`: all steps.
    pub step: Option<usize>,
    target: &'d str,
}

impl<'d> Walk<'d> {
    /// `None` for any other button.
    pub fn parse(data: &'d str) -> Option<Self> {
        let (step, target) = data.strip_prefix("p:")?.split_once(':')?;
        let step = if step == "all" { None } else { Some(step.parse::<usize>().ok()?.checked_sub(1)?) };
        Some(Walk { step, target })
    }

    /// The data of a button for another step of the same reply; `None` if too long.
    pub fn to(&self, step: usize) -> Option<String> {
        let data = format!("p:{}:{}", step + 1, self.target);
        (data.len() <= MAX_BYTES).then_some(data)
    }
}

impl Press {
    /// The button's data: at most 64 bytes, as intent ids have at most 48.
    pub fn data(&self, knowledge: &Knowledge) -> String {
        match self {
            Press::Show(target) => target.data("i:", knowledge),
            Press::Step(target, step) => target.data(&format!("p:{}:", step + 1), knowledge),
            Press::AllSteps(target) => target.data("p:all:", knowledge),
            Press::Solved(intent) => format!("yes:{intent}"),
            Press::Unsolved(intent) => format!("no:{intent}"),
            Press::NoneOfThese => "none".to_owned(),
            Press::Human => "human".to_owned(),
            Press::Bot => "bot".to_owned(),
            Press::Topics => "topics".to_owned(),
        }
    }

    /// The action of a button's data; `None` if no button has such data.
    pub fn parse(data: &str, knowledge: &Knowledge) -> Option<Self> {
        match data {
            "none" => return Some(Press::NoneOfThese),
            "human" => return Some(Press::Human),
            "bot" => return Some(Press::Bot),
            "topics" => return Some(Press::Topics),
            _ => {}
        }
        let (verb, object) = data.split_once(':')?;
        match verb {
            "i" => Some(Press::Show(Target::parse(object, knowledge)?)),
            "yes" => Some(Press::Solved(object.to_owned())),
            "no" => Some(Press::Unsolved(object.to_owned())),
            "p" => {
                let Walk { step, target } = Walk::parse(data)?;
                let target = Target::parse(target, knowledge)?;
                Some(step.map_or_else(|| Press::AllSteps(target.clone()), |step| Press::Step(target.clone(), step)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_fits_and_comes_back() {
        let id = "a".repeat(48);
        let section = "s".repeat(40);
        let mut knowledge = Knowledge::default();
        let other = Section { id: "x".into(), ..Section::default() };
        let long = Section { id: section.clone(), ..Section::default() };
        let document = Document { sections: vec![other, long], ..Document::default() };
        knowledge.replies.insert((id.clone(), Lang::Zh), document);
        for press in [
            Press::Show(Target::intent(&id)),
            Press::Show(Target::section(&id, "x")),
            Press::Show(Target::section(&id, &section)),
            Press::Step(Target::section(&id, &section), 11),
            Press::AllSteps(Target::section(&id, &section)),
            Press::Solved(id.clone()),
            Press::Unsolved(id.clone()),
            Press::NoneOfThese,
            Press::Human,
            Press::Bot,
            Press::Topics,
        ] {
            let data = press.data(&knowledge);
            assert!(data.len() <= MAX_BYTES, "{data}");
            assert_eq!(Press::parse(&data, &knowledge), Some(press));
        }
        for junk in ["", "i", "p:0:x", "p:x:y", "i:x#*9", "zz:1", "选我"] {
            assert_eq!(Press::parse(junk, &knowledge), None, "{junk}");
        }
    }
}
