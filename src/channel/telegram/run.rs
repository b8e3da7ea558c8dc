//! Assembles and runs the channel. In: settings, the bot, and when to stop. Out: a running channel.
//! Must not know: what any of its parts does.

use super::calls::{self, ALLOWED_UPDATES, Call, Place};
use super::client::{BadApi, Client};
use super::failure::Failure;
use super::group::OperatorsGroup;
use super::intake::Intake;
use super::keeper::Keeper;
use super::pace::Limits;
use super::poller;
use super::sender::Sender;
use super::switchboard::Switchboard;
use super::webhook::{self, Hook};
use super::worker::{Bench, SILENCE, UNREACHABLE, Worker, ending};
use crate::bot::Bot;
use crate::channel::clock;
use crate::desk::ServiceHours;
use crate::message::Timestamp;
use crate::settings;
use crate::store::records::ChatChange;
use crate::store::{Store, StoreError};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// After this time a waiting message is handled by any process: the one that received it may be
/// gone.
const ABANDONED: Duration = Duration::from_secs(2);
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Maximum number of conversations that are woken at once.
const SWEPT: i64 = 1_000;
/// How often, at most, silent hand-overs are searched for.
const SILENCE_EVERY: Duration = Duration::from_secs(5);
/// How often, in seconds, a call is tried in an unreachable operators' group: it may be reachable
/// again without an update that says so.
const PROBE_EVERY: u32 = 30;
/// Timeout of calls that set the bot up.
const PATIENCE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The channel, built and not yet running.
pub struct Telegram {
    client: Arc<Client>,
    store: Store,
    channel: String,
    settings: settings::Telegram,
    secret: Arc<str>,
    limits: Limits,
    group: Option<Arc<OperatorsGroup>>,
    intake: watch::Sender<Option<Arc<Intake>>>,
}

/// How long the channel waits for others.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How long a lease lasts without renewal until another process takes it.
    pub lease: Duration,
    /// How long nobody says anything in a hand-over until the bot takes over again.
    pub silence: Duration,
}

/// Why the channel cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum TelegramError {
    #[error("TELEGRAM_API_URL: {0}")]
    Api(#[from] BadApi),
}

impl Telegram {
    /// `None` if no token is set.
    pub fn new(settings: &settings::Telegram, store: Store, limits: Limits) -> Result<Option<Self>, TelegramError> {
        let Some(token) = settings.token.clone() else { return Ok(None) };
        let secret = match &settings.secret {
            Some(secret) => secret.reveal().to_owned(),
            None => derived_secret(token.reveal()),
        };
        let channel = format!("telegram:{}", token.bot());
        let group = settings.group.map(|id| Arc::new(OperatorsGroup::new(store.clone(), channel.clone(), id)));
        Ok(Some(Telegram {
            channel,
            group,
            client: Arc::new(Client::new(token, settings.api.clone())?),
            store,
            settings: settings.clone(),
            secret: secret.into(),
            limits,
            intake: watch::Sender::new(None),
        }))
    }

    /// The notifier of the operators, if an operators' group is set.
    pub fn switchboard(&self, hours: Option<ServiceHours>) -> Option<Switchboard> {
        Some(Switchboard::new(self.channel.clone(), self.group.clone()?, hours))
    }

    /// The route of the webhook, if one is set.
    pub fn routes(&self) -> Option<axum::Router> {
        let path = self.settings.webhook.as_ref()?.path();
        let hook = Hook { secret: self.secret.clone(), intake: self.intake.subscribe() };
        Some(webhook::routes(path, hook))
    }

    /// Runs until `stop` has a time: then no more updates are fetched, waiting messages are
    /// answered and calls sent, and it ends at that time at the latest. What is left in inbox and
    /// outbox is handled by the next process.
    pub async fn run(self, bot: Bot, timing: Timing, stop: watch::Receiver<Option<Instant>>) {
        let mut stopping = stop.clone();
        let (bench, ends) = Bench::new();
        let intake = tokio::select! {
            intake = self.listen(&bench) => intake,
            _ = stopping.wait_for(Option::is_some) => return,
        };
        let mut workers = JoinSet::new();
        let worker =
            Arc::new(Worker { bot, store: self.store.clone(), intake: intake.clone(), client: self.client.clone() });
        for end in ends {
            workers.spawn(worker.clone().run(bench.clone(), end));
        }
        let keeper = Keeper::start(self.store.clone(), format!("send {}", self.channel), timing.lease);
        let poll = Keeper::start(self.store.clone(), format!("poll {}", self.channel), timing.lease);
        let sender = Sender {
            store: self.store.clone(),
            client: self.client.clone(),
            keeper,
            channel: self.channel.clone(),
            group: self.group.clone(),
            limits: self.limits,
            stop,
        };
        let fetch = async {
            match self.settings.webhook {
                Some(_) => std::future::pending().await,
                None => poller::poll(&self.client, &intake, &poll).await,
            }
        };
        let upkeep = async {
            tokio::join!(
                self.register(&sender.keeper),
                self.sweep(&bench),
                self.watch_silence(&sender.keeper, &bench, timing.silence),
                self.mind_group(&sender.keeper, &bench)
            )
        };
        let tending = async {
            tokio::select! {
                () = fetch => {}
                _ = upkeep => {}
                _ = stopping.wait_for(Option::is_some) => {}
            }
            // half of the remaining time for waiting messages: the store has to close too
            let now = Instant::now();
            let end = now + stopping.borrow().map_or(Duration::ZERO, |end| end.saturating_duration_since(now)) / 2;
            while !bench.is_idle() && Instant::now() < end {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        // the sender stops by itself, after the calls of the last answers
        tokio::join!(tending, sender.run());
        poll.let_go().await;
        sender.keeper.let_go().await;
    }

    /// Asks who the bot is until Telegram answers, as mentions cannot be recognised without that.
    /// Then updates are accepted.
    async fn listen(&self, bench: &Arc<Bench>) -> Arc<Intake> {
        let me = trying("getMe", || self.client.get_me()).await;
        tracing::info!(bot = me.username, "Telegram knows the bot");
        let group = self.group.clone();
        let intake = Intake::new(self.store.clone(), bench.clone(), self.channel.clone(), me, group);
        let intake = Arc::new(intake);
        self.intake.send_replace(Some(intake.clone()));
        intake
    }

    /// Registers webhook and commands concurrently, once, in the process that sends. Does not
    /// return.
    async fn register(&self, keeper: &Keeper) {
        keeper.acquired().await;
        let commands = async {
            for call in calls::set_my_commands() {
                self.insist(&call).await;
            }
        };
        tokio::join!(self.set_webhook(), commands);
        std::future::pending().await
    }

    async fn set_webhook(&self) {
        let Some(address) = &self.settings.webhook else { return };
        let payload = json!({
            "url": address.as_str(),
            "secret_token": &*self.secret,
            "max_connections": self.settings.max_connections,
            "allowed_updates": ALLOWED_UPDATES,
        });
        self.insist(&Call { method: "setWebhook", payload }).await;
        tracing::info!(url = %address, "the webhook is set");
    }

    async fn insist(&self, call: &Call) {
        trying(call.method, || self.client.call(call.method, &call.payload, PATIENCE)).await;
    }

    /// Dispatches conversations whose messages have waited too long; at the start, all that wait.
    async fn sweep(&self, bench: &Bench) {
        let mut patience = Duration::ZERO;
        loop {
            match self.store.waiting_since(before(patience), SWEPT).await {
                Ok(conversations) => conversations.into_iter().for_each(|conversation| bench.wake(conversation)),
                Err(error) => tracing::warn!(%error, "it cannot be seen who waits"),
            }
            patience = ABANDONED;
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    /// Ends hand-overs in which nobody has said anything for too long.
    async fn watch_silence(&self, keeper: &Keeper, bench: &Bench, silence: Duration) {
        loop {
            tokio::time::sleep(SILENCE_EVERY.min(silence / 4)).await;
            if keeper.current().is_none() {
                continue;
            }
            if let Err(error) = self.end_silent(bench, silence).await {
                tracing::warn!(%error, "it cannot be seen which hand-overs are silent");
            }
        }
    }

    async fn end_silent(&self, bench: &Bench, silence: Duration) -> Result<(), StoreError> {
        self.end_all(bench, SILENCE, before(silence)).await
    }

    /// Ends the hand-overs in which nothing was said since `before`.
    async fn end_all(&self, bench: &Bench, why: &str, before: Timestamp) -> Result<(), StoreError> {
        for (conversation, last_at) in self.store.silent_handovers(before).await? {
            if self.store.take_in(vec![ending(why, &conversation, last_at)]).await? > 0 {
                bench.wake(conversation);
            }
        }
        Ok(())
    }

    /// Observes the operators' group. While it is unreachable, open hand-overs are ended and the
    /// group is probed.
    async fn mind_group(&self, keeper: &Keeper, bench: &Bench) {
        let Some(group) = &self.group else { return };
        let tick = self.limits.second.max(Duration::from_millis(100));
        for count in 0.. {
            if let Err(error) = self.look_after_group(group, keeper, bench, count % PROBE_EVERY == 0).await {
                tracing::warn!(%error, "the operators' group cannot be looked after");
            }
            tokio::time::sleep(tick).await;
        }
    }

    async fn look_after_group(
        &self,
        group: &OperatorsGroup,
        keeper: &Keeper,
        bench: &Bench,
        probe: bool,
    ) -> Result<(), StoreError> {
        group.look().await?;
        let Some(lease) = keeper.current().filter(|_| group.is_lost()) else { return Ok(()) };
        self.end_all(bench, UNREACHABLE, Timestamp(i64::MAX)).await?;
        let chat = group.now();
        let call = calls::chat_action_typing(Place { chat, thread: None });
        if probe && self.client.call(call.method, &call.payload, PATIENCE).await.is_ok() {
            let back = ChatChange::Back { chat };
            self.store.chat_changed(&lease, &self.channel, back, clock::now()).await?;
            group.look().await?;
        }
        Ok(())
    }
}

/// Repeats an attempt until it succeeds; failures are logged.
async fn trying<T, F: Future<Output = Result<T, Failure>>>(what: &str, attempt: impl Fn() -> F) -> T {
    let mut pause = Duration::from_millis(500);
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(Failure::FloodWait { retry_after }) => pause = retry_after,
            Err(Failure::Unauthorized) => {
                tracing::error!("Telegram does not accept the token: see TELOXIDE_TOKEN");
                pause = LONGEST_PAUSE;
            }
            Err(error) => tracing::warn!(%error, method = what, "Telegram did not do it; trying again"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn before(age: Duration) -> Timestamp {
    let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    Timestamp(clock::now().0.saturating_sub(age).saturating_add(1))
}

/// A secret derived from the token: equal in all processes with the token, and unknown to others.
fn derived_secret(token: &str) -> String {
    let digest = Sha256::new().chain_update(b"wenlu webhook ").chain_update(token).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
