//! What the form of an intent holds. In: nothing. Out: the types that the modules beside this one work with.
//! Must not know: files, how a form is filled in.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wenlu_core::knowledge::IntentKind;
use wenlu_core::model::Lang;
use wenlu_core::text::safe::is_display_unsafe;

/// What the form holds. Texts of the intent's file are on one line each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IntentForm {
    pub title: String,
    pub title_en: String,
    /// The id of the menu above; empty: none.
    pub parent: String,
    pub examples: Vec<String>,
    pub not: Vec<String>,
    /// `甲 + 乙`, `甲/乙 + 丙 ×1.5`.
    pub keywords: Vec<String>,
    /// Ids of intents.
    pub related: Vec<String>,
    /// `要多久 = #how-long`.
    pub follow_ups: Vec<String>,
    /// `human`; empty: none.
    pub action: String,
    pub sections: Vec<SectionRow>,
    pub tests: Vec<TestRow>,
    /// The Markdown below the title; a language without a reply is left out.
    pub replies: BTreeMap<Lang, String>,
}

/// A section of the reply, with what askers say to get there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionRow {
    /// Empty for one that is new: it gets the id of the section with that title.
    pub id: String,
    pub title: String,
    pub examples: Vec<String>,
}

/// A test: what is said, and what is expected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRow {
    pub say: String,
    /// Words: `not` (must not come here), `answer`, `clarify`, `menu`, `unknown`, `#section`; empty:
    /// comes here.
    pub expects: String,
}

/// An intent's form, and what the form cannot change.
#[derive(Clone, Debug, Default)]
pub struct OpenedForm {
    pub form: IntentForm,
    pub kind: IntentKind,
}

impl IntentForm {
    /// The reply in that language; empty if there is none.
    pub fn reply(&self, lang: Lang) -> &str {
        self.replies.get(&lang).map_or("", String::as_str)
    }

    /// Whether it hands over to a person, and so may do without a reply.
    pub(super) fn acts(&self) -> bool {
        !self.action.is_empty()
    }

    pub(super) fn has_reply(&self) -> bool {
        self.replies.values().any(|reply| !reply.is_empty())
    }
}

/// A text as a field of one line shows it: without line breaks and invisible characters.
pub fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    line.chars().filter(|c| !is_display_unsafe(*c)).collect()
}

/// The lines of a field that holds one text a line.
pub fn lines_of(field: &str) -> Vec<String> {
    let lines = field.lines().map(one_line);
    lines.filter(|line| !line.is_empty()).collect()
}
