//! E-mail of the outbox, as the line hands it in. In: recipient, subject, text. Out: a message at the
//! server that is set, and what its refusal means for the line. Must not know: when it is sent, what
//! it says.
//!
//! A server that cannot be reached, or in which one cannot sign in, holds up all of it; a recipient
//! whom it refuses for now (4xx) waits alone, and one whom it refuses (5xx) is given up.

use super::config::{MAIL, MailRoute, NoticeError};
use crate::channel::event_hook::event_id;
use crate::channel::line::{CallAsSent, LineDialect, LinePolicy, NextStep, SendRates, TokenRate};
use crate::secret::{MailEncryption, MailServer};
use crate::store::records::{OutboxHead, UndeliveredReason};
use crate::store::{Lease, Store, StoreError};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{Address, AsyncTransport as _, Message, Tokio1Executor};
use serde::Deserialize;
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// How the sender is named.
const SENDER: &str = "问路";
/// Longer than the default grace period, as mail servers may be slow: a message that is under way
/// when the process stops may come twice, under the same Message-ID.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest pause of a recipient, in seconds.
const MAX_PAUSE: u32 = 900;
const MAX_ATTEMPTS: i64 = 40;
/// Refusals of whoever signs in, not of a message.
const SIGN_IN: [u16; 4] = [530, 534, 535, 538];

type MailTransport = AsyncSmtpTransport<Tokio1Executor>;

pub(super) struct MailDialect {
    store: Store,
    transport: MailTransport,
    from: Mailbox,
}

/// An e-mail, as the outbox keeps it.
#[derive(Deserialize)]
struct MailPayload {
    to: String,
    subject: String,
    text: String,
}

/// Why a message was not taken. No address and nothing of the message is part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MailFailure {
    #[error("no connection, or no encryption")]
    Unreached,
    #[error("no answer in time")]
    Timeout,
    #[error("SMTP {0}: not signed in")]
    SignIn(u16),
    #[error("SMTP {0}: not now")]
    Later(u16),
    #[error("SMTP {0}: refused")]
    Refused(u16),
    #[error("it cannot be written as an e-mail")]
    Unwritable,
}

/// How fast it is handed in.
#[derive(Clone, Copy, Debug)]
pub(super) struct MailRates;

impl SendRates for MailRates {
    fn over_all(self) -> TokenRate {
        TokenRate {
            every: Duration::from_millis(200),
            burst: 10,
        }
    }

    fn chat(self, _chat: &str) -> TokenRate {
        TokenRate {
            every: Duration::from_secs(1),
            burst: 3,
        }
    }
}

impl MailDialect {
    pub(super) fn new(store: Store, route: &MailRoute) -> Result<Self, NoticeError> {
        let from = route.from.parse::<Address>();
        let from = from.map_err(|error| NoticeError::Mail(error.to_string()))?;
        let transport = transport(&route.server);
        Ok(MailDialect {
            store,
            transport: transport.map_err(|error| NoticeError::Mail(error.to_string()))?,
            from: Mailbox::new(Some(SENDER.to_owned()), from),
        })
    }

    /// `id`: the same for each time it is handed in, so that whoever gets it twice can tell.
    fn message(&self, id: &str, payload: &str) -> Option<Message> {
        let mail: MailPayload = serde_json::from_str(payload).ok()?;
        let to = Mailbox::new(None, mail.to.parse().ok()?);
        let id = format!("<{id}@{}>", self.from.email.domain());
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject)
            .message_id(Some(id))
            .date_now()
            // nobody's absence is to be answered to it; the second is for Exchange
            .raw_header(fixed("Auto-Submitted", "auto-generated"))
            .raw_header(fixed("X-Auto-Response-Suppress", "All"))
            .singlepart(SinglePart::plain(mail.text))
            .ok()
    }
}

fn transport(server: &MailServer) -> Result<MailTransport, SmtpError> {
    let host = server.host.as_str();
    let builder = match server.encryption {
        MailEncryption::Wrapped => MailTransport::relay(host)?,
        MailEncryption::Required => MailTransport::starttls_relay(host)?,
        MailEncryption::Loopback => MailTransport::builder_dangerous(host),
    };
    let builder = builder.port(server.port).timeout(Some(CALL_TIMEOUT));
    Ok(match server.login() {
        Some((name, password)) => builder
            .credentials(Credentials::new(name.to_owned(), password.to_owned()))
            .build(),
        None => builder.build(),
    })
}

impl LineDialect for MailDialect {
    const SERVICE: &'static str = "the mail server";
    type Payload = String;
    /// The message's id.
    type Meaning = String;
    type Answer = ();
    type Failure = MailFailure;
    type Rates = MailRates;

    fn store(&self) -> &Store {
        &self.store
    }

    fn channel(&self) -> &str {
        MAIL
    }

    fn policy(&self) -> LinePolicy {
        LinePolicy {
            second: Duration::from_secs(1),
            call_timeout: CALL_TIMEOUT,
            max_pause: MAX_PAUSE,
            max_attempts: MAX_ATTEMPTS,
        }
    }

    fn rates(&self) -> MailRates {
        MailRates
    }

    fn meaning(&self, head: &OutboxHead) -> String {
        event_id(head)
    }

    async fn prepare(
        &self,
        _lease: &Lease,
        head: &OutboxHead,
        _id: &String,
        _now: Timestamp,
    ) -> Result<Option<CallAsSent<String>>, StoreError> {
        Ok(Some(CallAsSent::as_kept(head)))
    }

    async fn call(
        &self,
        head: &OutboxHead,
        payload: &String,
        patience: Duration,
    ) -> Result<(), MailFailure> {
        let message = self.message(&self.meaning(head), payload);
        let message = message.ok_or(MailFailure::Unwritable)?;
        // its own time-out covers each answer, this one all of them
        match tokio::time::timeout(patience, self.transport.send(message)).await {
            Ok(sent) => sent.map(drop).map_err(|error| failure_of(&error)),
            Err(_) => Err(MailFailure::Timeout),
        }
    }

    /// Whoever refuses a recipient takes others: a server that is not there is another failure.
    async fn takes_others(&self) -> bool {
        true
    }

    fn next_step(&self, failure: &MailFailure) -> NextStep {
        match failure {
            MailFailure::Unreached | MailFailure::Timeout => {
                NextStep::TryAgain { is_unreached: true }
            }
            MailFailure::Later(_) => NextStep::TryAgain {
                is_unreached: false,
            },
            MailFailure::SignIn(_) => NextStep::AwaitOperator,
            MailFailure::Refused(_) | MailFailure::Unwritable => NextStep::Refuse,
        }
    }

    async fn refuse(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        _id: &String,
        failure: &MailFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        tracing::error!(error = %failure, "an e-mail to a colleague was refused");
        let reason = UndeliveredReason::Refused(failure.to_string());
        self.set_aside(lease, head, &reason, now).await
    }
}

fn failure_of(error: &SmtpError) -> MailFailure {
    let status = error.status().map(u16::from);
    match status {
        Some(status) if SIGN_IN.contains(&status) => MailFailure::SignIn(status),
        Some(status @ 400..=499) => MailFailure::Later(status),
        Some(status) => MailFailure::Refused(status),
        None if error.is_timeout() => MailFailure::Timeout,
        None => MailFailure::Unreached,
    }
}

/// A header that says the same in every message.
fn fixed(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
