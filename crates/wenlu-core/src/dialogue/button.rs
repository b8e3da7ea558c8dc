//! The data of buttons. In: a [`ButtonAction`]. Out: at most 64 bytes, and back. The data name an
//! intent, a section or a step in full, so that a button of an earlier turn still works.

use super::state::CommentAbout;
use crate::knowledge::Knowledge;
use crate::model::{IncomingBody, Lang, ReplyTarget};
use crate::reply::{ReplyDocument, ReplyPart, ReplySection};

/// Telegram's limit for the data of a button, the tightest of all channels.
const MAX_DATA_BYTES: usize = 64;

/// What a button does when it is pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ButtonAction {
    /// An intent's reply, or a section of it.
    Show(ReplyTarget),
    /// A step, counted from 0.
    Step(ReplyTarget, usize),
    AllSteps(ReplyTarget),
    Solved(String),
    Unsolved(String),
    NoneOfThese,
    Human,
    Bot,
    Topics,
    /// Whether an operator solved it.
    Rate(bool),
    /// A comment is to follow; `None`: none is.
    Comment(Option<CommentAbout>),
}

impl ReplyTarget {
    /// The document, its section if one is named, and the part to show; `None` if the knowledge has
    /// no such intent or section.
    pub(crate) fn resolve<'k>(
        &self,
        knowledge: &'k Knowledge,
        lang: Lang,
    ) -> Option<ResolvedTarget<'k>> {
        let document = knowledge.reply(&self.intent, lang)?;
        let section = match &self.section {
            Some(id) => Some(document.sections.iter().find(|s| s.id == *id)?),
            None => None,
        };
        Some(ResolvedTarget {
            document,
            section,
            part: section.map_or(&document.head, |s| &s.part),
        })
    }

    fn parse(text: &str, knowledge: &Knowledge) -> Option<Self> {
        let Some((intent, section)) = text.split_once('#') else {
            return Some(ReplyTarget::intent(text));
        };
        let Some(place) = section.strip_prefix('*') else {
            return Some(ReplyTarget::section(intent, section));
        };
        let document = knowledge.reply(intent, Lang::Zh)?;
        let section = document.sections.get(place.parse::<usize>().ok()?)?;
        Some(ReplyTarget::section(intent, &section.id))
    }

    /// Names the section by its id, or by its index (`*2`) if the id would exceed the limit.
    fn data(&self, prefix: &str, knowledge: &Knowledge) -> String {
        let Some(section) = &self.section else {
            return format!("{prefix}{}", self.intent);
        };
        let by_name = format!("{prefix}{}#{section}", self.intent);
        if by_name.len() <= MAX_DATA_BYTES {
            return by_name;
        }
        let document = knowledge.reply(&self.intent, Lang::Zh);
        let place = document
            .and_then(|d| d.sections.iter().position(|s| s.id == *section))
            .unwrap_or_default();
        format!("{prefix}{}#*{place}", self.intent)
    }
}

/// The documents that a [`ReplyTarget`] refers to.
#[derive(Clone, Copy)]
pub(crate) struct ResolvedTarget<'k> {
    pub document: &'k ReplyDocument,
    pub section: Option<&'k ReplySection>,
    pub part: &'k ReplyPart,
}

/// The data of a button that moves between steps, for channels that draw these buttons in a row of
/// their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepButton<'d> {
    /// Counted from 0; `None`: all steps.
    pub step: Option<usize>,
    target: &'d str,
}

impl<'d> StepButton<'d> {
    /// `None` for any other button.
    pub fn parse(data: &'d str) -> Option<Self> {
        let (step, target) = data.strip_prefix("p:")?.split_once(':')?;
        let step = if step == "all" {
            None
        } else {
            Some(step.parse::<usize>().ok()?.checked_sub(1)?)
        };
        Some(StepButton { step, target })
    }

    /// The data of a button for another step of the same reply; `None` if too long.
    pub fn data_for_step(&self, step: usize) -> Option<String> {
        let data = format!("p:{}:{}", step + 1, self.target);
        (data.len() <= MAX_DATA_BYTES).then_some(data)
    }
}

/// Whether a button says that a reply helped, or that it did not: channels draw these two beside
/// each other.
pub fn is_feedback_button(data: &str) -> bool {
    matches!(data.split_once(':'), Some(("yes" | "no", _)))
}

impl ButtonAction {
    /// The button's data: at most 64 bytes, as intent ids have at most 48.
    pub(super) fn data(&self, knowledge: &Knowledge) -> String {
        match self {
            ButtonAction::Show(target) => target.data("i:", knowledge),
            ButtonAction::Step(target, step) => target.data(&format!("p:{}:", step + 1), knowledge),
            ButtonAction::AllSteps(target) => target.data("p:all:", knowledge),
            ButtonAction::Solved(intent) => format!("yes:{intent}"),
            ButtonAction::Unsolved(intent) => format!("no:{intent}"),
            ButtonAction::NoneOfThese => "none".to_owned(),
            ButtonAction::Human => "human".to_owned(),
            ButtonAction::Bot => "bot".to_owned(),
            ButtonAction::Topics => "topics".to_owned(),
            ButtonAction::Rate(true) => "rate:yes".to_owned(),
            ButtonAction::Rate(false) => "rate:no".to_owned(),
            ButtonAction::Comment(Some(CommentAbout::Answer)) => "comment:answer".to_owned(),
            ButtonAction::Comment(Some(CommentAbout::Rating)) => "comment:rating".to_owned(),
            ButtonAction::Comment(None) => "comment:none".to_owned(),
        }
    }

    /// The action that a message asks for: a button's, or the same wish in another form. `None` if
    /// it is neither, or no button has such data.
    pub(super) fn requested(body: &IncomingBody, knowledge: &Knowledge) -> Option<Self> {
        match body {
            IncomingBody::Button(data) => ButtonAction::parse(data, knowledge),
            IncomingBody::ShowIntent(id) => Some(ButtonAction::Show(ReplyTarget::intent(id))),
            IncomingBody::Topics => Some(ButtonAction::Topics),
            IncomingBody::Human => Some(ButtonAction::Human),
            _ => None,
        }
    }

    /// The action of a button's data; `None` if no button has such data.
    pub(super) fn parse(data: &str, knowledge: &Knowledge) -> Option<Self> {
        match data {
            "none" => return Some(ButtonAction::NoneOfThese),
            "human" => return Some(ButtonAction::Human),
            "bot" => return Some(ButtonAction::Bot),
            "topics" => return Some(ButtonAction::Topics),
            "rate:yes" => return Some(ButtonAction::Rate(true)),
            "rate:no" => return Some(ButtonAction::Rate(false)),
            "comment:answer" => return Some(ButtonAction::Comment(Some(CommentAbout::Answer))),
            "comment:rating" => return Some(ButtonAction::Comment(Some(CommentAbout::Rating))),
            "comment:none" => return Some(ButtonAction::Comment(None)),
            _ => {}
        }
        let (verb, object) = data.split_once(':')?;
        match verb {
            "i" => Some(ButtonAction::Show(ReplyTarget::parse(object, knowledge)?)),
            "yes" => Some(ButtonAction::Solved(object.to_owned())),
            "no" => Some(ButtonAction::Unsolved(object.to_owned())),
            "p" => {
                let StepButton { step, target } = StepButton::parse(data)?;
                let target = ReplyTarget::parse(target, knowledge)?;
                Some(step.map_or_else(
                    || ButtonAction::AllSteps(target.clone()),
                    |step| ButtonAction::Step(target.clone(), step),
                ))
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
        let other = ReplySection {
            id: "x".into(),
            ..ReplySection::default()
        };
        let long = ReplySection {
            id: section.clone(),
            ..ReplySection::default()
        };
        let document = ReplyDocument {
            sections: vec![other, long],
            ..ReplyDocument::default()
        };
        knowledge.replies.insert((id.clone(), Lang::Zh), document);
        for press in [
            ButtonAction::Show(ReplyTarget::intent(&id)),
            ButtonAction::Show(ReplyTarget::section(&id, "x")),
            ButtonAction::Show(ReplyTarget::section(&id, &section)),
            ButtonAction::Step(ReplyTarget::section(&id, &section), 11),
            ButtonAction::AllSteps(ReplyTarget::section(&id, &section)),
            ButtonAction::Solved(id.clone()),
            ButtonAction::Unsolved(id.clone()),
            ButtonAction::NoneOfThese,
            ButtonAction::Human,
            ButtonAction::Bot,
            ButtonAction::Topics,
            ButtonAction::Rate(true),
            ButtonAction::Rate(false),
            ButtonAction::Comment(Some(CommentAbout::Answer)),
            ButtonAction::Comment(Some(CommentAbout::Rating)),
            ButtonAction::Comment(None),
        ] {
            let data = press.data(&knowledge);
            assert!(data.len() <= MAX_DATA_BYTES, "{data}");
            assert_eq!(ButtonAction::parse(&data, &knowledge), Some(press));
        }
        for junk in ["", "i", "p:0:x", "p:x:y", "i:x#*9", "zz:1", "选我"] {
            assert_eq!(ButtonAction::parse(junk, &knowledge), None, "{junk}");
        }
    }
}
