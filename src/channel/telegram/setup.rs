//! Sets the bot up at Telegram. In: the config. Out: who the bot is, its webhook and its commands.
//! Must not know: what is done with an update.

use super::calls::{self, ALLOWED_UPDATES, BotApiCall};
use super::dispatcher::TurnDispatcher;
use super::failure::CallFailure;
use super::inbox_writer::InboxWriter;
use super::lease_holder::LeaseHolder;
use super::run::TelegramChannel;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Timeout of calls that set the bot up.
const SETUP_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_PAUSE: Duration = Duration::from_secs(60);

impl TelegramChannel {
    /// Asks who the bot is until Telegram answers, as mentions cannot be recognised without that.
    /// Then updates are accepted.
    pub(super) async fn listen(&self, bench: &Arc<TurnDispatcher>) -> Arc<InboxWriter> {
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

    /// Registers webhook and commands concurrently, once, in the process that sends. Does not
    /// return.
    pub(super) async fn register(&self, keeper: &LeaseHolder) {
        keeper.acquired().await;
        let commands = async {
            for call in calls::set_my_commands() {
                self.call_until_ok(&call).await;
            }
        };
        tokio::join!(self.set_webhook(), commands);
        std::future::pending().await
    }

    async fn set_webhook(&self) {
        let Some(webhook) = &self.config.webhook else {
            return;
        };
        let payload = json!({
            "url": webhook.address.as_str(),
            "secret_token": &*self.secret,
            "max_connections": webhook.max_connections,
            "allowed_updates": ALLOWED_UPDATES,
        });
        self.call_until_ok(&BotApiCall {
            method: "setWebhook",
            payload,
        })
        .await;
        tracing::info!(url = %webhook.address, "the webhook is set");
    }

    async fn call_until_ok(&self, call: &BotApiCall) {
        retry_until_ok(call.method, || {
            self.client.call(call.method, &call.payload, SETUP_TIMEOUT)
        })
        .await;
    }
}

/// Repeats an attempt until it succeeds; failures are logged.
async fn retry_until_ok<T, F: Future<Output = Result<T, CallFailure>>>(
    what: &str,
    attempt: impl Fn() -> F,
) -> T {
    let mut pause = Duration::from_millis(500);
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(CallFailure::FloodWait { retry_after }) => pause = retry_after,
            Err(CallFailure::Unauthorized) => {
                tracing::error!("Telegram does not accept the token: see TELOXIDE_TOKEN");
                pause = MAX_PAUSE;
            }
            Err(error) => {
                tracing::warn!(%error, method = what, "Telegram did not do it; trying again")
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
