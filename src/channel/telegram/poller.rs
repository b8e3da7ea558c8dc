//! Long polling. In: the Bot API. Out: updates in the inbox; the next request confirms them, after
//! they are committed. One process polls for all. Must not know: what an update says.

use super::calls::ALLOWED_UPDATES;
use super::client::BotApiClient;
use super::failure::{CallFailure, UpdatesConflict};
use super::inbox_writer::InboxWriter;
use crate::channel::line::LeaseHolder;
use crate::clock;
use std::time::{Duration, Instant};

/// How long a request waits for an update; the Bot API allows up to 50 s.
const POLL_TIMEOUT: Duration = Duration::from_secs(30);
/// Minimum time between two requests if the server returns empty results at once.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Upper bound of the growing pauses after failures.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Runs until the task is dropped. An aborted request confirms nothing: its updates come again.
pub(super) async fn poll(client: &BotApiClient, intake: &InboxWriter, keeper: &LeaseHolder) {
    let mut pause = Duration::ZERO;
    let mut offset = None;
    loop {
        tokio::time::sleep(pause).await;
        keeper.acquired().await;
        let asked = Instant::now();
        match client
            .get_updates(offset, POLL_TIMEOUT, ALLOWED_UPDATES)
            .await
        {
            Ok(updates) => {
                let is_empty = updates.is_empty();
                let next = updates
                    .iter()
                    .filter_map(|update| update.id)
                    .max()
                    .map(|last| last + 1);
                match intake.accept(updates, clock::now()).await {
                    Ok(()) => {
                        offset = next.or(offset);
                        pause = if is_empty {
                            MIN_POLL_INTERVAL.saturating_sub(asked.elapsed())
                        } else {
                            Duration::ZERO
                        };
                    }
                    Err(error) => {
                        tracing::error!(%error, "updates could not be kept; they are fetched again");
                        pause = longer(pause);
                    }
                }
            }
            Err(failure) => {
                explain(&failure);
                pause = match failure {
                    CallFailure::FloodWait { retry_after } => retry_after,
                    CallFailure::Conflict(UpdatesConflict::WebhookActive)
                    | CallFailure::Unauthorized => MAX_PAUSE,
                    _ => longer(pause),
                };
                // the ids of updates may have started anew in the meantime
                offset = None;
            }
        }
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).clamp(Duration::from_millis(250), MAX_PAUSE)
}

fn explain(failure: &CallFailure) {
    match failure {
        CallFailure::Conflict(UpdatesConflict::WebhookActive) => tracing::error!(
            "a webhook is set for this bot, so that nothing can be polled: set WENLU_TELEGRAM_WEBHOOK to use it, or \
             remove it with the Bot API's deleteWebhook"
        ),
        CallFailure::Conflict(UpdatesConflict::OtherPoller) => {
            tracing::error!(
                "another program polls with this bot's token: only one may; stop it, or use another bot"
            )
        }
        CallFailure::Unauthorized => {
            tracing::error!("Telegram does not accept the token: see TELOXIDE_TOKEN")
        }
        other => tracing::warn!(error = %other, "updates could not be fetched; trying again"),
    }
}
