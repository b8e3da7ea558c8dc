//! Labelled dialogues. In: nothing. Out: what an asker says, and what must hold after each message.
//! Must not know: how it is written down, how it is judged.

use crate::model::Lang;
use serde::Serialize;

/// What an asker says in one conversation, and what must be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledDialogue {
    /// Unique over all files.
    pub id: String,
    /// Whether it is looked at while building.
    pub half: DialogueHalf,
    /// What it is about.
    pub kind: DialogueKind,
    /// How the asker talks: angry, hurried, lost …
    pub voice: Option<String>,
    /// The messages, in order.
    pub turns: Vec<LabelledTurn>,
}

/// A message with what must hold after it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledTurn {
    /// What the asker types.
    pub say: String,
    /// What must hold after it.
    pub wants: TurnWants,
}

/// What must hold after a message. The default expects nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TurnWants {
    /// The topic that is open afterwards is one of these.
    pub intent: Vec<String>,
    /// Each must be shown; of the alternatives inside, any one will do.
    pub fact: Vec<Vec<String>>,
    /// Whether each fact must stand at the beginning of the reply.
    pub early: bool,
    /// Whether the reply must say first that the material is silent on what was asked.
    pub not_said: bool,
    /// What the material is silent on.
    pub aspect: Option<String>,
    /// The question is about something else: one of these is open afterwards.
    pub apart: Vec<String>,
    /// This topic is no longer open.
    pub not_intent: Option<String>,
    /// Whether it is a pleasantry: nothing may be counted as unanswered.
    pub ack: bool,
    /// Whether the asker is, or stays, handed over to a person.
    pub person: bool,
    /// The language of the reply.
    pub lang: Option<Lang>,
    /// The number of the step that is shown, from 1.
    pub step: Option<usize>,
    /// None of these may be shown.
    pub absent: Vec<String>,
}

impl TurnWants {
    /// Whether anything is expected.
    pub fn is_judged(&self) -> bool {
        *self != Self::default()
    }

    /// Whether nothing is expected but a topic, and a language: it only opens the conversation.
    pub(super) fn is_opening(&self) -> bool {
        let opening = Self {
            intent: self.intent.clone(),
            lang: self.lang,
            ..Self::default()
        };
        *self == opening
    }

    /// In one line, with the keys of the file.
    pub fn in_words(&self) -> String {
        let any = |alternatives: &[String]| alternatives.join("|");
        let facts: Vec<String> = self.fact.iter().map(|fact| any(fact)).collect();
        let parts = [
            ("intent", any(&self.intent)),
            ("not_intent", self.not_intent.clone().unwrap_or_default()),
            ("apart", any(&self.apart)),
            ("fact", facts.join(" + ")),
            ("not_said", self.aspect.clone().unwrap_or_default()),
            ("step", self.step.map(|n| n.to_string()).unwrap_or_default()),
            (
                "lang",
                self.lang.map(Lang::tag).unwrap_or_default().to_owned(),
            ),
            ("absent", self.absent.join("、")),
        ];
        let flags = [
            ("early", self.early),
            ("ack", self.ack),
            ("person", self.person),
        ];
        let flags = flags.into_iter().filter(|(_, set)| *set);
        parts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("{key}: {value}"))
            .chain(flags.map(|(key, _)| key.to_owned()))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// Which half of the dialogues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DialogueHalf {
    /// Looked at while building.
    A,
    /// Put aside, and only counted.
    B,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal, $chinese:literal;)*) => {
        /// What a dialogue is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "lowercase")]
        pub enum DialogueKind { $($(#[doc = $doc])* $variant,)* }
        impl DialogueKind {
            /// All kinds.
            pub const ALL: &'static [DialogueKind] = &[$(DialogueKind::$variant,)*];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name,)*];
            /// The name that files use.
            pub fn name(self) -> &'static str { match self { $(DialogueKind::$variant => $name,)* } }
            /// What operators read.
            pub fn chinese(self) -> &'static str { match self { $(DialogueKind::$variant => $chinese,)* } }
            /// The kind with this name.
            pub fn named(name: &str) -> Option<Self> { match name { $($name => Some(DialogueKind::$variant),)* _ => None } }
        }
    };
}

kinds! {
    /// One full question.
    Point = "point", "一个问题";
    /// The later messages are elliptical.
    Follow = "follow", "追问";
    /// A later full question is about something else.
    Apart = "apart", "换了话题";
    /// The material is silent on what is asked.
    Honest = "honest", "资料没有";
    /// Steps.
    Step = "step", "步骤";
    /// Menus, and what is chosen from them in the asker's own words.
    Menu = "menu", "菜单";
    /// Acknowledgements, corrections, a person.
    Talk = "talk", "应答";
    /// The language of the conversation.
    Language = "language", "语言";
}
