//! Server-sent events: which hand-over has changed, and who reads or writes in one. In: `GET
//! /admin/inbox/events`. Out: numbers and names only; the page fetches what it shows. Each event has
//! the number of the change as its id, so that a page that reconnects misses none. Must not know:
//! what was said.

use super::fragments::note_presence;
use super::presence_view::PresenceView;
use crate::admin::auth::sign_in::SESSION_LIMITS;
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::clock;
use crate::http::occupancy::OccupiedPlace;
use crate::store::accounts::AccountRight;
use crate::store::activities::LiveActors;
use crate::store::records::{HandoverRecord, HandoverStage};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often it is checked that the session still holds, and noted that somebody is there.
const CHECK_EVERY: Duration = Duration::from_secs(15);
/// After this time the stream ends, and a page that is still open reconnects.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Events that are read from the store at once.
const AT_ONCE: i64 = 100;

#[derive(Deserialize)]
pub(in crate::admin::pages) struct ChangesQuery {
    /// The last change that the page knows; none: it begins with what changes from now on.
    after: Option<i64>,
}

#[derive(Serialize)]
struct ChangedHandover<'a> {
    id: i64,
    state: HandoverStage,
    assignee: Option<&'a str>,
    seq: i64,
    rev: i64,
}

/// Sends events until the page disconnects or its session ends.
pub(in crate::admin::pages) async fn events(
    State(admin): State<AdminState>,
    user: SignedInUser,
    headers: HeaderMap,
    FormInput(query): FormInput<ChangesQuery>,
) -> Result<impl IntoResponse, AdminError> {
    let client = user.caller.client.parse();
    let client = client.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let place = admin.handover_watch.places.take(client);
    let place = place.map_err(|_| AdminError::Crowded)?;
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let after = match last.or(query.after) {
        Some(after) => after,
        None => admin.store().handover_list().rev().await?,
    };
    let listener = HandoverListener {
        changes: admin.handover_watch.subscribe(),
        actors: admin.handover_watch.actors(),
        told: LiveActors::new(),
        is_behind: true,
        stopping: admin.handover_watch.stopping.clone(),
        user,
        after,
        ready: VecDeque::from([hello(after)]),
        checked: None,
        until: Instant::now() + LONGEST,
        _place: place,
        admin,
    };
    let events = stream::unfold(listener, async |mut listener| {
        Some((Ok::<_, Infallible>(listener.next().await?), listener))
    });
    // a proxy must not hold events back
    Ok(([("x-accel-buffering", "no")], kept_alive(events)))
}

fn kept_alive<S>(events: S) -> Sse<impl Stream<Item = Result<Event, Infallible>>>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}

/// The stream of one page.
struct HandoverListener {
    admin: AdminState,
    user: SignedInUser,
    after: i64,
    ready: VecDeque<Event>,
    changes: watch::Receiver<i64>,
    actors: watch::Receiver<LiveActors>,
    /// What the page was told of who reads and writes.
    told: LiveActors,
    /// Whether hand-overs may have changed that the page was not told of.
    is_behind: bool,
    stopping: watch::Receiver<bool>,
    checked: Option<Instant>,
    until: Instant,
    _place: OccupiedPlace,
}

impl HandoverListener {
    /// The next event; `None` when the server stops, the session has ended or the time is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if *self.stopping.borrow() || Instant::now() >= self.until || !self.may_go_on().await {
                return None;
            }
            self.tell_presence();
            if self.is_behind {
                self.changes.mark_unchanged();
                let changed = self.changed().await;
                // there may be more than are read at once
                self.is_behind = !changed.is_empty();
                for handover in changed {
                    self.after = handover.rev;
                    self.ready.extend(event(&handover));
                }
            }
            if !self.ready.is_empty() {
                continue;
            }
            tokio::select! {
                changed = self.changes.changed() => {
                    changed.ok()?;
                    self.is_behind = true;
                }
                changed = self.actors.changed() => changed.ok()?,
                _ = self.stopping.changed() => {}
                () = tokio::time::sleep(CHECK_EVERY) => self.is_behind = true,
            }
        }
    }

    /// Makes events of who began or stopped to read or write.
    fn tell_presence(&mut self) {
        let now = self.actors.borrow_and_update().clone();
        let names: BTreeSet<&String> = self.told.keys().chain(now.keys()).collect();
        for name in names {
            let (before, live) = (self.told.get(name), now.get(name));
            let Some(number) = live.or(before).map(|live| live.number) else {
                continue;
            };
            let account = &self.user.account.name;
            let [before, told] = [before, live].map(|live| PresenceView::of(number, live, account));
            if before != told {
                let event = Event::default().event("presence").json_data(told);
                self.ready.extend(event);
            }
        }
        self.told = now;
    }

    /// What has changed; nothing if the store fails, which is tried again.
    async fn changed(&self) -> Vec<HandoverRecord> {
        let list = self.admin.store().handover_list();
        let changed = list.changed_since(self.after, AT_ONCE).await;
        changed.unwrap_or_else(|error| {
            let failures = &self.admin.handover_watch.store_failures;
            if let Some(times) = failures.count("changed hand-overs") {
                tracing::warn!(%error, times, "changed hand-overs cannot be read");
            }
            Vec::new()
        })
    }

    /// Whether the account may still see hand-overs; notes that it does.
    async fn may_go_on(&mut self) -> bool {
        if self.checked.is_some_and(|at| at.elapsed() < CHECK_EVERY) {
            return true;
        }
        let (store, now) = (self.admin.store(), clock::now());
        let sessions = store.sessions();
        let token = &self.user.session.token;
        let found = match sessions.find(token, now, SESSION_LIMITS).await {
            Ok(found) => found,
            // nothing is known of the session: the next look decides
            Err(_) => return true,
        };
        let may = found.is_some_and(|(_, account)| account.has(AccountRight::Inbox));
        if may {
            self.checked = Some(Instant::now());
            note_presence(&self.admin, &self.user, now).await;
        }
        may
    }
}

fn hello(rev: i64) -> Event {
    Event::default()
        .event("hello")
        .id(rev.to_string())
        .data(format!("{{\"rev\":{rev}}}"))
}

fn event(handover: &HandoverRecord) -> Option<Event> {
    let event = Event::default()
        .id(handover.rev.to_string())
        .event("handover");
    let changed = ChangedHandover {
        id: handover.number,
        state: handover.stage,
        assignee: handover.assignee.as_deref(),
        seq: handover.seq,
        rev: handover.rev,
    };
    event.json_data(changed).ok()
}
