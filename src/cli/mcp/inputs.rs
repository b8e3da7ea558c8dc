//! What the tools take. In: nothing. Out: types with their JSON Schema; the comments are what the
//! assistant reads. Must not know: what is done with them.

use super::failure::ToolFailure;
use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};

/// Characters of one message, as on the chat page.
pub(super) const MAX_MESSAGE: usize = 2_000;
/// Wordings of one draft.
pub(super) const MAX_WORDINGS: usize = 100;
/// Characters of one wording, a title or an id; longer ones are no questions.
pub(super) const MAX_WORDING: usize = 300;
/// Characters of a reply.
pub(super) const MAX_REPLY: usize = 20_000;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct AskInput {
    /// The message, in an asker's words; at most 2000 characters
    pub(super) text: String,
    /// To go on with an earlier conversation: the id that its answer gave. Leave it out to begin a
    /// new one
    pub(super) conversation: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct RouteInput {
    /// Messages, at most 50, each at most 2000 characters
    pub(super) texts: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ExplainInput {
    /// The message, at most 2000 characters
    pub(super) text: String,
    /// What the asker said before it in the same conversation, in order; at most 20 messages
    #[serde(default)]
    pub(super) before: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct SimilarInput {
    /// The sentence, at most 2000 characters
    pub(super) text: String,
    /// How many examples, 1 to 50; 10 if left out
    #[schemars(range(min = 1, max = 50))]
    pub(super) limit: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct CheckInput {
    /// How many findings of each severity, 1 to 100; 20 if left out. All are counted
    #[schemars(range(min = 1, max = 100))]
    pub(super) limit: Option<u32>,
}

/// Which intents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum IntentKindInput {
    /// They have a reply
    Answer,
    /// They offer the questions below them
    Menu,
    /// They are asked about and have no answer yet
    Gap,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ListIntentsInput {
    /// Only intents whose id or title holds this text
    pub(super) query: Option<String>,
    /// Only intents of this kind
    pub(super) kind: Option<IntentKindInput>,
    /// How many to pass over, for the next page
    pub(super) offset: Option<u32>,
    /// How many, 1 to 100; 50 if left out
    #[schemars(range(min = 1, max = 100))]
    pub(super) limit: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct IntentInput {
    /// The intent's id, as list_intents gives it
    pub(super) id: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct LimitInput {
    /// How many, 1 to 50; 10 if left out
    #[schemars(range(min = 1, max = 50))]
    pub(super) limit: Option<u32>,
}

/// What wordings become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WordingUse {
    /// Examples of the intent: messages that it should answer
    Example,
    /// Near misses (`not`) of the intent: they sound like it and it should not answer them
    NearMiss,
    /// Messages that no intent should answer
    OutOfScope,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct DraftWordingsInput {
    /// What the wordings are to be
    pub(super) r#use: WordingUse,
    /// The intent's id; needed unless they are out of scope
    pub(super) intent: Option<String>,
    /// The wordings, in people's own words, at most 100, each at most 300 characters
    pub(super) texts: Vec<String>,
    /// The cluster of unanswered questions that this deals with, by its id: it leaves the list when
    /// a person publishes
    pub(super) cluster: Option<i64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct DraftIntentInput {
    /// The new intent's id: lower-case letters, digits and `-`, at most 48
    pub(super) id: String,
    /// What its button says, in the askers' language
    pub(super) title: String,
    /// The id of the menu that it belongs to
    pub(super) parent: Option<String>,
    /// It has no answer yet: its demand is counted, and the asker is told so
    #[serde(default)]
    pub(super) gap: bool,
    /// Messages that it should answer, in people's own words; 15 or more are good; at most 100
    pub(super) examples: Vec<String>,
    /// The reply in Chinese, as Markdown without its heading; steps are a numbered list. Without
    /// one the draft cannot be published until a person has written it
    pub(super) reply: Option<String>,
    /// The reply in English, if the knowledge has English replies
    pub(super) reply_en: Option<String>,
    /// The cluster of unanswered questions that this deals with, by its id
    pub(super) cluster: Option<i64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct DraftInput {
    /// The draft's number
    pub(super) draft: i64,
}

/// `given`, within `1..=most`; `usual` if there is none.
pub(super) fn limit(given: Option<u32>, usual: usize, most: usize) -> usize {
    given.map_or(usual, |given| {
        usize::try_from(given).unwrap_or(most).clamp(1, most)
    })
}

/// `text`, if it is neither empty nor longer than `most` characters.
pub(super) fn sized<'a>(
    field: &'static str,
    text: &'a str,
    most: usize,
) -> Result<&'a str, ToolFailure> {
    let text = text.trim();
    let why = match text.chars().count() {
        0 => "is empty".to_owned(),
        long if long > most => format!("has {long} characters; at most {most} are taken"),
        _ => return Ok(text),
    };
    Err(ToolFailure::BadInput { field, why })
}

/// The texts, if there are between one and `most` of them, each within `chars` characters.
pub(super) fn sized_list(
    field: &'static str,
    texts: &[String],
    most: usize,
    chars: usize,
) -> Result<Vec<String>, ToolFailure> {
    let why = match texts.len() {
        0 => "is empty".to_owned(),
        many if many > most => format!("has {many} entries; at most {most} are taken"),
        _ => {
            let sized = texts.iter().map(|text| sized(field, text, chars));
            return sized.map(|text| text.map(str::to_owned)).collect();
        }
    };
    Err(ToolFailure::BadInput { field, why })
}
