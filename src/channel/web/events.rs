//! Server-sent events: messages that a page gets without a request, from operators. In: `GET
//! /api/v1/events`. Out: one reply per event, numbered, so that a page that reconnects misses none; and
//! whether one of them is writing, which has no number.
//! Must not know: who wrote a message.

use super::push_watch::PushSubscriber;
use super::state::{self, WebChannel};
use crate::channel::json::ReplyView;
use crate::http::error::ApiError;
use crate::http::metrics::CountedInGauge;
use crate::http::occupancy::OccupiedPlace;
use crate::store::records::PushedReply;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use serde::Deserialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wenlu_core::model::Reply;

/// After this time without a notice the store is checked anyway: a transaction of another process
/// may have ended after others that began later.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// After this time the stream ends, and a page that is still open reconnects.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Events that are read from the store at once.
const AT_ONCE: i64 = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    conversation: String,
    /// The number of the last event that the page has; a browser that reconnects sends it as
    /// `Last-Event-ID`.
    #[serde(default)]
    after: i64,
}

/// Sends events until the page disconnects.
pub(super) async fn events(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    wanted: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let client = web.admit(&web.reads, peer, &headers)?;
    let Query(wanted) = wanted.map_err(|rejection| ApiError::BadRequest(rejection.body_text()))?;
    let conversation = state::conversation(&wanted.conversation)?;
    web.check_unguessable(&conversation).await?;
    let place = web.streams.take(client).map_err(|crowded| {
        web.api.metrics.stream_refused();
        ApiError::Crowded(crowded)
    })?;
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let after = last.unwrap_or(wanted.after);
    let waiting = EventSubscriber {
        conversation: conversation.as_str().to_owned(),
        after,
        seen: 0,
        is_new: false,
        is_written_to: false,
        ready: VecDeque::new(),
        pushes: web.pushes.subscribe(),
        stopping: web.stopping.clone(),
        until: Instant::now() + LONGEST,
        _place: place,
        _counted: web.api.metrics.open_stream(),
        web,
    };
    let events = stream::unfold(waiting, async |mut waiting| {
        Some((Ok(waiting.next().await?), waiting))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))))
}

/// The stream of one page.
struct EventSubscriber {
    web: Arc<WebChannel>,
    conversation: String,
    after: i64,
    /// Up to which event the store knows that the page has it.
    seen: i64,
    /// Whether an event was sent so lately that the page may not have got it.
    is_new: bool,
    /// What the page was told: whether a colleague is writing.
    is_written_to: bool,
    ready: VecDeque<PushedReply>,
    pushes: PushSubscriber,
    stopping: watch::Receiver<bool>,
    until: Instant,
    /// Both are held until the page disconnects.
    _place: OccupiedPlace,
    _counted: CountedInGauge,
}

impl EventSubscriber {
    /// The next event; `None` when the server stops or the maximum time is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(push) = self.ready.pop_front() {
                self.after = push.id;
                self.is_new = true;
                match event(&push) {
                    Some(event) => return Some(event),
                    // written in a format of an old version
                    None => continue,
                }
            }
            self.pushes.mark_seen();
            match self
                .web
                .api
                .bot
                .store()
                .handovers()
                .pushes(&self.conversation, self.after, AT_ONCE)
                .await
            {
                Ok(found) => self.ready.extend(found),
                Err(error) => {
                    if let Some(times) = self.web.api.store_failures.count("events") {
                        tracing::warn!(%error, times, "events cannot be read");
                    }
                }
            }
            if !self.ready.is_empty() {
                continue;
            }
            let is_written_to = self.pushes.is_written_to(&self.conversation);
            if is_written_to != self.is_written_to {
                self.is_written_to = is_written_to;
                return Some(typing(is_written_to));
            }
            if *self.stopping.borrow() || Instant::now() >= self.until {
                return None;
            }
            if !self.is_new {
                self.note_seen().await;
            }
            tokio::select! {
                () = self.pushes.changed(&self.conversation, self.is_written_to) => {}
                _ = self.stopping.changed() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => self.is_new = false,
            }
        }
    }

    /// The page has all that it names by reconnecting, and what was sent to it as long ago as a
    /// broken connection stays unnoticed.
    async fn note_seen(&mut self) {
        if self.after <= self.seen {
            return;
        }
        let handovers = self.web.api.bot.store().handovers();
        // what is not noted now is kept for longer
        if handovers
            .mark_pushes_seen(&self.conversation, self.after)
            .await
            .is_ok()
        {
            self.seen = self.after;
        }
    }
}

/// Without an id: a page that reconnects is told anew.
fn typing(is_typing: bool) -> Event {
    let told = format!("{{\"typing\":{is_typing}}}");
    Event::default().event("typing").data(told)
}

fn event(push: &PushedReply) -> Option<Event> {
    let reply: Reply = serde_json::from_str(&push.reply).ok()?;
    let event = Event::default().id(push.id.to_string()).event("reply");
    event.json_data(ReplyView::from(reply)).ok()
}
