//! Notices to colleagues who look at nothing of ours: an asker waits, an edit was refused, questions
//! pile up. In: what stands in the store, and whether an edit is refused. Out: e-mail and signed
//! events, each thing told once, and figures. Must not know: what askers wrote.
//!
//! [`watch`] looks what is to be told and puts it into the outbox, in the [`words`] of the
//! [`report`] or the notice; the line brings it, by [`mail`] and as a signed event.

mod config;
mod mail;
mod report;
mod watch;
mod words;

pub use config::NoticeError;
pub(crate) use config::{MailRoute, NoticeConfig, QuietHours, RefusedEdit, ReportRhythm};

use crate::channel::event_hook::{EventDialect, EventReceiver};
use crate::channel::line::{LineDialect, LineSender};
use crate::store::Store;
use config::HOOK;
use mail::MailDialect;
use std::time::{Duration, Instant};
use tokio::sync::watch::Receiver;
use watch::NoticeWatch;

/// Notices, ready to be run.
pub(crate) struct NoticeChannel {
    store: Store,
    watch: NoticeWatch,
    mail: Option<MailDialect>,
    hook: Option<EventReceiver>,
    lease: Duration,
}

impl NoticeChannel {
    /// `None` if nobody is to be told.
    pub(crate) fn new(
        store: Store,
        refused: RefusedEdit,
        config: NoticeConfig,
    ) -> Result<Option<Self>, NoticeError> {
        if config.mail.is_none() && config.hook.is_none() {
            return Ok(None);
        }
        let mail = config.mail.as_ref();
        let mail = mail.map(|route| MailDialect::new(store.clone(), route));
        let hook = config.hook.as_ref().map(EventReceiver::new);
        Ok(Some(NoticeChannel {
            mail: mail.transpose()?,
            hook: hook.transpose()?,
            lease: config.lease,
            watch: NoticeWatch::new(store.clone(), refused, config),
            store,
        }))
    }

    /// Tells until `stop` has a time, and ends at that time at the latest. What is left is told by
    /// the next process.
    pub(crate) async fn run(self, stop: Receiver<Option<Instant>>) {
        let hook = self.hook.map(|receiver| EventDialect {
            channel: HOOK,
            store: self.store,
            receiver,
        });
        tokio::join!(
            self.watch.run(stop.clone()),
            send(self.mail, self.lease, stop.clone()),
            send(hook, self.lease, stop)
        );
    }
}

async fn send<D: LineDialect>(
    dialect: Option<D>,
    lease: Duration,
    stop: Receiver<Option<Instant>>,
) {
    if let Some(dialect) = dialect {
        LineSender::send(dialect, lease, stop).await;
    }
}
