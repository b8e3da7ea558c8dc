//! Ends silent hand-overs of the list. In: the time. Out: turns that give them back to the bot. Must
//! not know: who took them.

use super::bot::Bot;
use crate::clock;
use std::time::Duration;

/// How often, at most, they are searched for.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Runs until the task is dropped. `silence`: how long nobody says anything until the bot takes over
/// again.
pub async fn watch_silence(bot: Bot, silence: Duration) {
    loop {
        tokio::time::sleep(LOOK_EVERY.min(silence / 4)).await;
        if let Err(error) = bot.end_silent(silence, clock::now()).await {
            tracing::warn!(%error, "it cannot be seen which hand-overs are silent");
        }
    }
}
