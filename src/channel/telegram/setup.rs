//! Sets the bot up at Telegram. In: the config. Out: who the bot is, its webhook and its commands.
//! Must not know: what is done with an update.

use super::calls::{self, ALLOWED_UPDATES};
use super::client::BOT_CALL_TIMEOUT;
use super::failure::CallFailure;
use super::inbox_writer::InboxWriter;
use super::run::TelegramChannel;
use crate::channel::line::LeaseHolder;
use crate::channel::line::TurnDispatcher;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const MAX_PAUSE: Duration = Duration::from_secs(60);
/// How often the menu of commands may fail until the bot does without.
const MAX_FAILURES: u32 = 5;

impl TelegramChannel {
    /// Asks who the bot is until Telegram answers, as mentions cannot be recognised without that.
    /// Then updates are accepted.
    pub(super) async fn listen(&self, bench: &Arc<TurnDispatcher>) -> Arc<InboxWriter> {
        if let Some(proxy) = &self.config.proxy {
            tracing::info!(%proxy, "calls of the Bot API go through a proxy");
        }
        let me = retry_until_ok("getMe", || self.client.get_me()).await;
        tracing::info!(bot = me.username, "Telegram knows the bot");
        let group = self.group.clone();
        let intake = InboxWriter::new(
            self.store.clone(),
            bench.clone(),
            self.channel.clone(),
            me,
            group,
        );
        let intake = Arc::new(intake);
        self.inbox.send_replace(Some(intake.clone()));
        intake
    }

    /// Registers webhook and commands concurrently, in the process that sends: what is refused or
    /// limited for one does not keep the other waiting. Does not return.
    pub(super) async fn register(&self, keeper: &LeaseHolder) {
        tokio::join!(self.keep_webhook(keeper), self.set_commands(keeper));
        std::future::pending().await
    }

    /// Sets the webhook whenever this process becomes the one that sends: the one before may have set
    /// it with another address or secret.
    async fn keep_webhook(&self, keeper: &LeaseHolder) {
        let Some(webhook) = &self.config.webhook else {
            return;
        };
        let payload = json!({
            "url": webhook.address.as_str(),
            "secret_token": &*self.secret,
            "max_connections": webhook.max_connections,
            "allowed_updates": ALLOWED_UPDATES,
        });
        let mut held = None;
        loop {
            held = Some(keeper.acquired_anew(held.as_ref()).await);
            let set = || self.client.call("setWebhook", &payload, BOT_CALL_TIMEOUT);
            retry_until_ok("setWebhook", set).await;
            tracing::info!(url = %webhook.address, "the webhook is set");
        }
    }

    /// Sets the menu of commands. It is a convenience: where the Bot API refuses or does not know
    /// it, the bot does without.
    async fn set_commands(&self, keeper: &LeaseHolder) {
        keeper.acquired().await;
        for call in calls::set_my_commands() {
            let set = || {
                self.client
                    .call(call.method, &call.payload, BOT_CALL_TIMEOUT)
            };
            while let Err(error) = retry(call.method, MAX_FAILURES, set).await {
                // or else nothing works, and it will later
                if self.client.get_me().await.is_ok() {
                    tracing::warn!(%error, "the menu of commands is not set; nothing depends on it");
                    return;
                }
            }
        }
    }
}

/// Repeats an attempt until it succeeds; failures are logged.
async fn retry_until_ok<T, F: Future<Output = Result<T, CallFailure>>>(
    what: &str,
    attempt: impl Fn() -> F,
) -> T {
    loop {
        if let Ok(done) = retry(what, u32::MAX, &attempt).await {
            return done;
        }
    }
}

/// Repeats an attempt until it succeeds, or fails `most` times; failures are logged. To be asked to
/// wait is no failure, nor is it one that the Bot API cannot be reached.
async fn retry<T, F: Future<Output = Result<T, CallFailure>>>(
    what: &str,
    most: u32,
    attempt: impl Fn() -> F,
) -> Result<T, CallFailure> {
    let mut pause = Duration::from_millis(500);
    let mut failures = 0;
    loop {
        let failure = match attempt().await {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        match &failure {
            CallFailure::FloodWait { retry_after } => pause = *retry_after,
            CallFailure::Unauthorized => {
                tracing::error!("Telegram does not accept the token: see TELOXIDE_TOKEN");
                pause = MAX_PAUSE;
            }
            error => {
                tracing::warn!(%error, method = what, "Telegram did not do it; trying again")
            }
        }
        let waits = matches!(failure, CallFailure::FloodWait { .. });
        failures += u32::from(!waits && !failure.is_unreached());
        if failures >= most {
            return Err(failure);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
