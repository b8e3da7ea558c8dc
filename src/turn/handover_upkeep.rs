//! What follows for hand-overs from time alone. In: the time. Out: turns that give silent ones of the
//! list back to the bot, that hand over again what an operator left, and that bring back what one put
//! aside. Must not know: who took them.

use super::bot::Bot;
use crate::clock;
use std::time::{Duration, Instant};

/// How often, at most, they are searched for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Pages that were open while no process ran need this long, at most, to be seen again.
const RECONNECTED_AFTER: Duration = Duration::from_secs(20);

/// How long who may be away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandoverPatience {
    /// After this long without a word the bot takes over again.
    pub silence: Duration,
    /// After this long without the operator who has taken it, another one may.
    pub away: Duration,
}

/// Runs until the task is dropped.
pub async fn watch_handovers(bot: Bot, patience: HandoverPatience) {
    let HandoverPatience { silence, away } = patience;
    let begun = Instant::now();
    loop {
        tokio::time::sleep(LOOK_EVERY.min(silence / 4).min(away / 4)).await;
        if let Err(error) = bot.end_silent(silence, clock::now()).await {
            tracing::warn!(%error, "it cannot be seen which hand-overs are silent");
        }
        if let Err(error) = bot.wake_snoozed(clock::now()).await {
            tracing::warn!(%error, "it cannot be seen which hand-overs are to be looked at again");
        }
        if begun.elapsed() < RECONNECTED_AFTER.min(away) {
            continue;
        }
        if let Err(error) = bot.release_abandoned(away, clock::now()).await {
            tracing::warn!(%error, "it cannot be seen which hand-overs were left");
        }
    }
}
