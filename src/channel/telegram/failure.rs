//! Failures of the Bot API. In: error code, description and parameters of a response, or how the
//! connection failed. Out: a [`CallFailure`], and the [`FailureAction`] for it. Must not know:
//! requests, who waits for the call.
//!
//! Failures are recognised by the code and by the beginning of the description, in the wording of
//! Telegram's open-source server.

use serde::{Deserialize, Deserializer};
use std::time::Duration;

/// The pause after a 429 without one: what the Bot API server itself demands while it restarts.
pub const FLOOD_PAUSE: Duration = Duration::from_secs(5);
/// Upper bound for a pause that a server demands, in seconds.
const MAX_WAIT_SECONDS: f64 = 86_400.0;
/// Characters of a description that are kept.
const MAX_DESCRIPTION_CHARS: usize = 300;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFailure {
    #[error("too many requests: retry after {} s", retry_after.as_secs())]
    FloodWait { retry_after: Duration },
    /// The group became a supergroup: calls go to this chat from now on.
    #[error("the group has become the supergroup {to}")]
    Migrated { to: i64 },
    #[error("nobody can be reached there: {0}")]
    Gone(GoneReason),
    #[error("chat not found")]
    ChatNotFound,
    /// The forum topic was deleted or never existed.
    #[error("message thread not found")]
    ThreadNotFound,
    #[error("the topic is closed")]
    TopicClosed,
    /// The message or topic already has the wanted content.
    #[error("not modified")]
    NotModified,
    /// A button press or an inline query waited too long for its answer.
    #[error("the query is too old")]
    QueryTooOld,
    /// The message to edit or to copy does not exist.
    #[error("message not found")]
    MessageNotFound,
    #[error("the message can't be edited")]
    CantBeEdited,
    /// The markup is invalid, such as a tag that is not closed.
    #[error("the marked-up text cannot be read")]
    BadMarkup,
    #[error("the message replied to was not found")]
    ReplyNotFound,
    #[error("conflict: {0}")]
    Conflict(UpdatesConflict),
    /// The token was revoked or is wrong, or the address is not that of a Bot API.
    #[error("the token was not accepted")]
    Unauthorized,
    #[error("the Bot API knows no such method")]
    MethodNotFound,
    /// Any other refusal, with its description.
    #[error("{0}")]
    BadRequest(String),
    #[error(transparent)]
    Transient(#[from] TransientFailure),
}

/// Why nothing can be sent to a chat any more (403).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GoneReason {
    #[error("the user blocked the bot")]
    Blocked,
    #[error("the user's account was deleted")]
    Deactivated,
    #[error("the user never started the bot")]
    NotStarted,
    #[error("the bot was removed from the chat")]
    Kicked,
    #[error("{0}")]
    Other(String),
}

/// Why updates cannot be fetched (409).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdatesConflict {
    #[error("another process polls with this token")]
    OtherPoller,
    #[error("a webhook is set: updates cannot be polled")]
    WebhookActive,
    #[error("a webhook was set while polling")]
    WebhookSet,
    #[error("{0}")]
    Other(String),
}

/// A failure that ends without intervention.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{trouble}{}{cause}", if cause.is_empty() { "" } else { ": " })]
pub struct TransientFailure {
    pub trouble: TransportTrouble,
    pub effect: CallEffect,
    /// For the log; contains neither the token nor what was sent.
    pub cause: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportTrouble {
    #[error("no answer in time")]
    Timeout,
    #[error("no connection")]
    Connect,
    #[error("the name was not resolved")]
    Dns,
    #[error("no TLS connection")]
    Tls,
    #[error("the connection was cut")]
    Cut,
    /// A status that the Bot API did not explain: from a proxy in front of it, or 5xx.
    #[error("HTTP status {0}")]
    Http(u16),
    /// A success response that is not in the format of the Bot API.
    #[error("the answer cannot be read")]
    BadBody,
    #[error("the Bot API restarts")]
    Restart,
    /// The call was not made: what goes with it cannot be read now.
    #[error("the store does not answer")]
    Store,
}

/// Whether a failed call may have had its effect all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEffect {
    /// It did not reach the Bot API, or was rejected.
    None,
    /// It was sent. Repeating it may do it twice.
    Unknown,
}

/// What a caller does about a [`CallFailure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureAction {
    /// Nothing: the wanted state is reached.
    Done,
    /// Give this call up: it would fail again.
    Never,
    /// Make the same call for this chat.
    Elsewhere(i64),
    /// Make the same call again after this time; other calls of the bot should wait too.
    After(Duration),
    /// Make the same call again, with growing pauses.
    Backoff,
    /// No call succeeds until an operator acts (token, address, webhook). Keep the outbox.
    Operator,
}

/// The `parameters` of an error response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ResponseParameters {
    /// Seconds.
    #[serde(default, deserialize_with = "any_number")]
    pub retry_after: Option<u64>,
    #[serde(default)]
    pub migrate_to_chat_id: Option<i64>,
}

impl CallFailure {
    pub fn action(&self) -> FailureAction {
        match self {
            CallFailure::NotModified => FailureAction::Done,
            CallFailure::Migrated { to } => FailureAction::Elsewhere(*to),
            CallFailure::FloodWait { retry_after } => FailureAction::After(*retry_after),
            CallFailure::Transient(_)
            | CallFailure::Conflict(UpdatesConflict::OtherPoller | UpdatesConflict::Other(_)) => {
                FailureAction::Backoff
            }
            CallFailure::Unauthorized
            | CallFailure::Conflict(UpdatesConflict::WebhookActive | UpdatesConflict::WebhookSet) => {
                FailureAction::Operator
            }
            CallFailure::Gone(_)
            | CallFailure::ChatNotFound
            | CallFailure::ThreadNotFound
            | CallFailure::TopicClosed
            | CallFailure::QueryTooOld
            | CallFailure::MessageNotFound
            | CallFailure::CantBeEdited
            | CallFailure::BadMarkup
            | CallFailure::ReplyNotFound
            | CallFailure::MethodNotFound
            | CallFailure::BadRequest(_) => FailureAction::Never,
        }
    }

    /// Whether the call did not reach the Bot API, so that no other call would.
    pub fn is_unreached(&self) -> bool {
        let CallFailure::Transient(TransientFailure {
            trouble, effect, ..
        }) = self
        else {
            return false;
        };
        match trouble {
            TransportTrouble::Connect | TransportTrouble::Dns | TransportTrouble::Tls => true,
            TransportTrouble::Timeout => *effect == CallEffect::None,
            TransportTrouble::Cut
            | TransportTrouble::Http(_)
            | TransportTrouble::BadBody
            | TransportTrouble::Restart
            | TransportTrouble::Store => false,
        }
    }

    /// Whether the call may have had its effect although it failed.
    pub fn effect(&self) -> CallEffect {
        match self {
            CallFailure::Transient(transient) => transient.effect,
            _ => CallEffect::None,
        }
    }

    /// The failure of an error response of the Bot API.
    pub fn read(code: u16, description: &str, parameters: ResponseParameters) -> Self {
        let description: String = description.chars().take(MAX_DESCRIPTION_CHARS).collect();
        match code {
            400 => bad_request(description, parameters),
            401 => CallFailure::Unauthorized,
            403 => CallFailure::Gone(gone(description)),
            // api.telegram.org answers a malformed token with a plain `Not Found`
            404 if starts(&description, "Not Found: method not found") => {
                CallFailure::MethodNotFound
            }
            404 => CallFailure::Unauthorized,
            409 => CallFailure::Conflict(conflict(description)),
            429 => CallFailure::FloodWait {
                retry_after: retry_after(&description, parameters),
            },
            500..=599 => {
                let is_restart = starts(&description, "Internal Server Error: restart");
                let trouble = if is_restart {
                    TransportTrouble::Restart
                } else {
                    TransportTrouble::Http(code)
                };
                TransientFailure {
                    trouble,
                    effect: CallEffect::Unknown,
                    cause: description,
                }
                .into()
            }
            _ => CallFailure::BadRequest(description),
        }
    }

    /// The failure of a response that is not in the format of the Bot API: from a proxy, or damaged
    /// on the way.
    pub fn unexplained(status: u16, retry_after: Option<u64>, cause: String) -> Self {
        let (trouble, effect) = match status {
            429 => {
                return CallFailure::FloodWait {
                    retry_after: retry_after.map_or(FLOOD_PAUSE, Duration::from_secs),
                };
            }
            200..=299 => (TransportTrouble::BadBody, CallEffect::Unknown),
            500..=599 => (TransportTrouble::Http(status), CallEffect::Unknown),
            _ => (TransportTrouble::Http(status), CallEffect::None),
        };
        TransientFailure {
            trouble,
            effect,
            cause,
        }
        .into()
    }
}

fn bad_request(description: String, parameters: ResponseParameters) -> CallFailure {
    if let Some(to) = parameters.migrate_to_chat_id {
        return CallFailure::Migrated { to };
    }
    let beginnings: [(&[&str], CallFailure); 9] = [
        (
            &["chat not found", "PEER_ID_INVALID"],
            CallFailure::ChatNotFound,
        ),
        (
            &[
                "message thread not found",
                "TOPIC_DELETED",
                "TOPIC_ID_INVALID",
            ],
            CallFailure::ThreadNotFound,
        ),
        (&["TOPIC_CLOSED"], CallFailure::TopicClosed),
        (
            &["message is not modified", "TOPIC_NOT_MODIFIED"],
            CallFailure::NotModified,
        ),
        (
            &["query is too old", "QUERY_ID_INVALID"],
            CallFailure::QueryTooOld,
        ),
        (
            &[
                "message to edit not found",
                "message to copy not found",
                "MESSAGE_ID_INVALID",
            ],
            CallFailure::MessageNotFound,
        ),
        (&["message can't be edited"], CallFailure::CantBeEdited),
        (&["can't parse entities"], CallFailure::BadMarkup),
        // wordings of different server versions
        (
            &[
                "message to be replied not found",
                "replied message not found",
                "reply message not found",
            ],
            CallFailure::ReplyNotFound,
        ),
    ];
    let said = strip(&description, "Bad Request: ");
    let known = beginnings
        .into_iter()
        .find(|(wordings, _)| wordings.iter().any(|w| starts(said, w)));
    known.map_or_else(
        || CallFailure::BadRequest(description.clone()),
        |(_, failure)| failure,
    )
}

fn gone(description: String) -> GoneReason {
    let said = strip(&description, "Forbidden: ");
    let beginnings: [(&[&str], GoneReason); 4] = [
        (&["bot was blocked by the user"], GoneReason::Blocked),
        (&["user is deactivated"], GoneReason::Deactivated),
        (
            &["bot can't initiate conversation with a user"],
            GoneReason::NotStarted,
        ),
        (
            &[
                "bot was kicked from",
                "bot is not a member of",
                "the group chat was deleted",
            ],
            GoneReason::Kicked,
        ),
    ];
    let known = beginnings
        .into_iter()
        .find(|(wordings, _)| wordings.iter().any(|w| starts(said, w)));
    known.map_or_else(|| GoneReason::Other(said.to_owned()), |(_, gone)| gone)
}

fn conflict(description: String) -> UpdatesConflict {
    let said = strip(&description, "Conflict: ");
    match said {
        _ if starts(said, "terminated by other getUpdates request") => UpdatesConflict::OtherPoller,
        _ if starts(said, "terminated by setWebhook request") => UpdatesConflict::WebhookSet,
        _ if starts(said, "can't use getUpdates method while webhook is active") => {
            UpdatesConflict::WebhookActive
        }
        _ => UpdatesConflict::Other(said.to_owned()),
    }
}

fn retry_after(description: &str, parameters: ResponseParameters) -> Duration {
    let told = || seconds(strip(description, "Too Many Requests: retry after "));
    parameters
        .retry_after
        .or_else(told)
        .map_or(FLOOD_PAUSE, Duration::from_secs)
}

/// Parses seconds, rounded up, at most one day; `None` if the text is no time.
pub fn seconds(text: &str) -> Option<u64> {
    let seconds: f64 = text.trim().parse().ok()?;
    // exact, as the value is at most 86,400
    (seconds >= 0.0).then(|| seconds.ceil().min(MAX_WAIT_SECONDS) as u64)
}

/// Parses a number that a proxy may write as `1.5` or `"2"`. Anything else becomes `None`, so that
/// the rest of the response can still be read.
fn any_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(seconds(value.as_str().unwrap_or(&value.to_string())))
}

fn strip<'t>(text: &'t str, prefix: &str) -> &'t str {
    text.strip_prefix(prefix).unwrap_or(text)
}

/// Case-insensitive for ASCII: the server lowers some first letters and not others.
fn starts(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}
