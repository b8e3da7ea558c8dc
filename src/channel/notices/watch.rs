//! Looks for what is to be told. In: the store, whether an edit is refused, the time. Out: notices in
//! the outbox, together with that they were told. Must not know: how they are delivered.
//!
//! All that is to be told at once goes into one message, so that the limit of an hour delays and
//! loses nothing. Several processes may look: only one of them tells it.

use super::config::{HOOK, MAIL, NoticeConfig, RefusedEdit};
use super::report::{ReportDay, ReportFigures};
use super::words::{
    DueNotices, NoticeWords, WaitingAsker, notice_data, notice_words, report_words,
};
use crate::channel::event_hook::{EventPlace, new_event, new_event_id};
use crate::clock;
use crate::hash::stable_number;
use crate::store::notices::{NoticeKey, UntoldHandover, UntoldKind};
use crate::store::records::OutboxCall;
use crate::store::{Store, StoreError};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::watch::Receiver;
use wenlu_core::model::Timestamp;

/// How often, at most, it looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often, at most, questions are counted.
const COUNT_EVERY: Duration = Duration::from_secs(60);
/// Hand-overs that one message tells of; the others follow in the next.
const MOST_ASKERS: i64 = 20;
const HOUR: Duration = Duration::from_secs(3_600);
/// What could not be delivered for so long, in milliseconds, is told by nobody any more.
const KEPT: i64 = 24 * 3_600_000;

pub(super) struct NoticeWatch {
    store: Store,
    refused: RefusedEdit,
    config: NoticeConfig,
}

/// What a look knows of the one before.
#[derive(Default)]
struct LastLook {
    /// The refused version, and since when it is known.
    refused: Option<(String, Instant)>,
    counted: Option<Instant>,
}

impl NoticeWatch {
    pub(super) fn new(store: Store, refused: RefusedEdit, config: NoticeConfig) -> Self {
        NoticeWatch {
            store,
            refused,
            config,
        }
    }

    pub(super) async fn run(self, mut stop: Receiver<Option<Instant>>) {
        let mut last = LastLook::default();
        let pause = LOOK_EVERY.min(self.config.after / 2);
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(Option::is_some) => return,
            }
            match self.look(&mut last, clock::now()).await {
                // another process told it
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => tracing::warn!(%error, "it cannot be seen what is to be told"),
            }
        }
    }

    async fn look(&self, last: &mut LastLook, now: Timestamp) -> Result<(), StoreError> {
        if self.config.is_quiet(now) {
            return Ok(());
        }
        self.report(now).await?;
        let due = self.due(last, now).await?;
        let since = now.before(HOUR);
        let is_due = !due.keys.is_empty();
        if !is_due || self.store.notices().told_since(since).await? >= self.config.per_hour {
            return Ok(());
        }
        let words = notice_words(&due, self.config.pages.as_deref(), now);
        let data = notice_data(&due, self.config.pages.as_deref(), &words);
        let mut calls = self.mails(&words);
        calls.extend(self.event(&data));
        self.tell(due.keys, calls, now).await
    }

    async fn due(&self, last: &mut LastLook, now: Timestamp) -> Result<DueNotices, StoreError> {
        let mut due = DueNotices::default();
        let notices = self.store.notices();
        for untold in self.untold(now).await? {
            due.keys.push(untold.notice());
            due.askers.push(WaitingAsker::of(&untold));
        }
        if let Some(version) = self.refused_for_long(last) {
            let key = NoticeKey {
                kind: "refused",
                key: version.clone(),
                spell: 0,
            };
            if !notices.is_told(&key).await? {
                due.keys.push(key);
                due.refused = Some(version);
            }
        }
        self.count(last, &mut due, now).await?;
        Ok(due)
    }

    /// The hand-overs that are to be told of.
    async fn untold(&self, now: Timestamp) -> Result<Vec<UntoldHandover>, StoreError> {
        let notices = self.store.notices();
        let before = now.before(self.config.after);
        let waiting = notices.untold_handovers(UntoldKind::Waiting, before, MOST_ASKERS);
        let mut untold = waiting.await?;
        let woken = notices.untold_handovers(UntoldKind::Woken, now, MOST_ASKERS);
        untold.extend(woken.await?);
        if let Some(clock) = &self.config.reply_clock {
            let before = now.before(clock.within());
            let longest = notices.untold_handovers(UntoldKind::Overdue, before, MOST_ASKERS);
            let overdue = longest.await?;
            let is_overdue = |one: &UntoldHandover| clock.is_overdue(one.since, now);
            untold.extend(overdue.into_iter().filter(is_overdue));
        }
        Ok(untold)
    }

    /// The data files that have been refused for so long that nobody is just saving them.
    fn refused_for_long(&self, last: &mut LastLook) -> Option<String> {
        let version = (self.refused)();
        if last.refused.as_ref().map(|(known, _)| known) != version.as_ref() {
            last.refused = version.map(|version| (version, Instant::now()));
        }
        let (version, since) = last.refused.as_ref()?;
        (since.elapsed() >= self.config.after).then(|| version.clone())
    }

    /// Tells of each multiple of the limit that is reached, once a day; of none while they become
    /// fewer.
    async fn count(
        &self,
        last: &mut LastLook,
        due: &mut DueNotices,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let pause = COUNT_EVERY.min(self.config.after);
        let is_known = last.counted.is_some_and(|at| at.elapsed() < pause);
        let Some(limit) = self.config.queue.filter(|_| !is_known) else {
            return Ok(());
        };
        last.counted = Some(Instant::now());
        let questions = self.store.backlog().unanswered().await?;
        let reached = questions / limit;
        let key = NoticeKey {
            kind: "queue",
            key: format!("{limit} on {}", self.config.local(now).date()),
            spell: reached,
        };
        if reached > 0 && !self.store.notices().is_told(&key).await? {
            due.keys.push(key);
            due.questions = Some(questions);
        }
        Ok(())
    }

    /// Figures, once a day or a week, by e-mail alone.
    async fn report(&self, now: Timestamp) -> Result<(), StoreError> {
        let Some(day) = ReportDay::due(&self.config, now) else {
            return Ok(());
        };
        if self.config.mail.is_none() || self.store.notices().is_told(&day.notice()).await? {
            return Ok(());
        }
        let figures = ReportFigures::read(&self.store, &day).await?;
        let words = report_words(&day, &figures, self.config.pages.as_deref());
        self.tell(vec![day.notice()], self.mails(&words), now).await
    }

    async fn tell(
        &self,
        keys: Vec<NoticeKey>,
        calls: Vec<OutboxCall>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let notices = self.store.notices();
        notices.tell(keys, new_event_id(), calls, now).await
    }

    /// One for each recipient, so that none waits for another.
    fn mails(&self, words: &NoticeWords) -> Vec<OutboxCall> {
        let mail = self.config.mail.iter();
        let recipients = mail.flat_map(|mail| &mail.to);
        recipients.map(|to| mail_call(to, words)).collect()
    }

    fn event(&self, data: &Value) -> Option<OutboxCall> {
        let hook = self.config.hook.as_ref()?;
        let place = EventPlace {
            channel: HOOK,
            chat: chat_of("hook", hook.url.as_str()),
            conversation: "",
        };
        Some(new_event(place, "notice.created", data, KEPT))
    }
}

fn mail_call(to: &str, words: &NoticeWords) -> OutboxCall {
    let payload = json!({ "to": to, "subject": words.subject, "text": words.text });
    OutboxCall {
        channel: MAIL.to_owned(),
        chat: chat_of("mail", to),
        conversation: String::new(),
        method: "mail".to_owned(),
        payload: payload.to_string(),
        after: json!(new_event_id()).to_string(),
        expires: Some(Timestamp(clock::now().0.saturating_add(KEPT))),
    }
}

/// A hash, so that an address stands nowhere but in the calls to it.
fn chat_of(what: &str, address: &str) -> String {
    let parts = [what.as_bytes(), address.as_bytes()];
    stable_number("chat of notices", &parts).to_string()
}
