//! What was said in a conversation, for another device of the asker. In: `GET /api/v1/history`. Out:
//! its last turns, personal data masked: as it was written it stays on the device where that was
//! done. Must not know: whose conversation it is; whoever knows its name reads in it.

use super::state::{WebChannel, conversation};
use crate::channel::json::ReplyView;
use crate::http::error::ApiError;
use crate::store::StoreError;
use crate::store::records::JournalRow;
use crate::turn::TurnAnswer;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use wenlu_core::dialogue::person_reply;
use wenlu_core::model::{ConversationId, Reply, TurnOutcome};

/// Turns that are told.
const MOST_TURNS: i64 = 40;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryQuery {
    conversation: String,
}

#[derive(Debug, Serialize)]
pub(super) struct HistoryView {
    turns: Vec<HistoryTurnView>,
    /// Whether a hand-over is open.
    person: bool,
    /// The number of the last event, for `GET /api/v1/events`.
    heard: i64,
}

#[derive(Debug, Serialize)]
struct HistoryTurnView {
    /// The id of its message; a turn without one has a name of its own.
    id: String,
    /// Milliseconds since 1970.
    at: i64,
    /// What the asker wrote, masked; empty where they wrote nothing.
    text: String,
    replies: Vec<ReplyView>,
}

/// The last turns of a conversation, oldest first.
pub(super) async fn history(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    wanted: Result<Query<HistoryQuery>, QueryRejection>,
) -> Result<Json<HistoryView>, ApiError> {
    web.admit(&web.reads, peer, &headers)?;
    let Query(wanted) = wanted.map_err(|rejection| ApiError::BadRequest(rejection.body_text()))?;
    let conversation = conversation(&wanted.conversation)?;
    web.check_unguessable(&conversation).await?;
    let told = web.history(&conversation).await;
    told.map(Json).map_err(|error| web.api.store_failed(&error))
}

impl WebChannel {
    async fn history(&self, conversation: &ConversationId) -> Result<HistoryView, StoreError> {
        let (store, name) = (self.api.bot.store(), conversation.as_str());
        let (journal, turns, handovers) = (store.journal(), store.turns(), store.handovers());
        let (rows, said, handover, heard) = tokio::try_join!(
            journal.until(name, i64::MAX, MOST_TURNS),
            turns.responses(name, MOST_TURNS),
            handovers.of(name),
            handovers.last_push(name),
        )?;
        // one in a format of an old version is left out
        let mut said: BTreeMap<String, Vec<Reply>> = said
            .into_iter()
            .filter_map(|(message, response)| {
                let answered: TurnAnswer = serde_json::from_str(&response).ok()?;
                Some((message, answered.replies))
            })
            .collect();
        let turns = rows.into_iter().filter_map(|row| {
            let message = row.message.as_deref().unwrap_or_default();
            let replies = said.remove(message).unwrap_or_default();
            turn_view(row, replies)
        });
        Ok(HistoryView {
            turns: turns.collect(),
            person: handover.is_some_and(|handover| handover.open),
            heard,
        })
    }
}

/// `None` for a turn in which nothing was said.
fn turn_view(row: JournalRow, mut replies: Vec<Reply>) -> Option<HistoryTurnView> {
    let mut text = row.entry.text;
    if row.entry.outcome == TurnOutcome::Person {
        replies = vec![person_reply(row.entry.lang, &text)];
        text = String::new();
    }
    // a step changes the message that it belongs to
    let is_step = row.entry.outcome == TurnOutcome::Step;
    let is_silent = is_step || (text.is_empty() && replies.is_empty());
    (!is_silent).then(|| HistoryTurnView {
        id: row.message.unwrap_or_else(|| format!("turn-{}", row.id)),
        at: row.entry.at.0,
        text,
        replies: replies.into_iter().map(ReplyView::from).collect(),
    })
}
