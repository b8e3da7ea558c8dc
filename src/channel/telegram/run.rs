//! Assembles and runs the channel. In: its config, the bot, and when to stop. Out: a running channel.
//! Must not know: what any of its parts does.

use super::client::{BotApiClient, BotApiUrlError};
use super::config::TelegramConfig;
use super::courier::TelegramCourier;
use super::file_fetch::FileFetches;
use super::inbox_writer::InboxWriter;
use super::notice_calls::GroupNotices;
use super::operator_group::OperatorGroup;
use super::outbox_dialect::OutboxDialect;
use super::poller;
use super::webhook::{self, WebhookState};
use super::worker::TurnWorker;
use crate::attachment::{AttachmentPolicy, Attachments};
use crate::channel::line::TurnDispatcher;
use crate::channel::line::{LeaseHolder, LineSender};
use crate::hash::hex;
use crate::http::ServiceHealth;
use crate::people::{AskerCourier, TeamGroup};
use crate::store::Store;
use crate::turn::Bot;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The channel, built and not yet running.
pub struct TelegramChannel {
    pub(super) client: Arc<BotApiClient>,
    pub(super) store: Store,
    pub(super) channel: String,
    pub(super) config: TelegramConfig,
    /// What the webhook's deliveries must carry.
    pub(super) secret: Arc<str>,
    pub(super) group: Option<Arc<OperatorGroup>>,
    pub(super) inbox: watch::Sender<Option<Arc<InboxWriter>>>,
}

/// Why the channel cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum TelegramError {
    #[error("TELEGRAM_API_URL or its proxy: {0}")]
    Api(#[from] BotApiUrlError),
}

impl TelegramChannel {
    pub(crate) fn new(config: TelegramConfig, store: Store) -> Result<Self, TelegramError> {
        let TelegramConfig { token, webhook, .. } = &config;
        let secret = webhook.as_ref().and_then(|webhook| webhook.secret.as_ref());
        let secret = match secret {
            Some(secret) => secret.reveal().to_owned(),
            None => derived_secret(token.reveal()),
        };
        let channel = format!("telegram:{}", token.bot());
        let group = config
            .group
            .map(|id| Arc::new(OperatorGroup::new(store.clone(), channel.clone(), id)));
        Ok(TelegramChannel {
            channel,
            group,
            client: Arc::new(BotApiClient::new(
                token.clone(),
                config.api.clone(),
                config.proxy.as_ref(),
            )?),
            store,
            config,
            secret: secret.into(),
            inbox: watch::Sender::new(None),
        })
    }

    /// The operators' group, if one is set.
    pub fn operators(&self) -> Option<TeamGroup> {
        let group = self.group.as_ref()?;
        let notices = GroupNotices {
            channel: self.channel.clone(),
            group: group.configured_chat(),
            takes_files: self.config.files.policy != AttachmentPolicy::Off,
        };
        Some(TeamGroup::new(
            notices.group.to_string(),
            group.reach(),
            notices,
        ))
    }

    /// Who brings what operators say elsewhere to askers on Telegram.
    pub fn courier(&self) -> Box<dyn AskerCourier> {
        let channel = self.channel.clone();
        Box::new(TelegramCourier { channel })
    }

    /// Whether the Bot API answers.
    pub(crate) fn health(&self) -> ServiceHealth {
        self.client.health()
    }

    /// The route of the webhook, if one is set.
    pub fn routes(&self) -> Option<axum::Router> {
        let path = self.config.webhook.as_ref()?.address.path();
        let hook = WebhookState {
            secret: self.secret.clone(),
            inbox: self.inbox.subscribe(),
        };
        Some(webhook::routes(path, hook))
    }

    /// Runs until `stop` has a time: then no more updates are fetched, waiting messages are
    /// answered and calls sent, and it ends at that time at the latest. What is left in inbox and
    /// outbox is handled by the next process.
    pub async fn run(self, bot: Bot, stop: watch::Receiver<Option<Instant>>) {
        let mut stopping = stop.clone();
        let (bench, ends) = TurnDispatcher::new();
        let intake = tokio::select! {
            intake = self.listen(&bench) => intake,
            _ = stopping.wait_for(Option::is_some) => return,
        };
        let worker = Arc::new(TurnWorker {
            bot,
            store: self.store.clone(),
            inbox: intake.clone(),
            client: self.client.clone(),
            attachments: Attachments::new(self.store.clone(), self.config.files),
            fetches: FileFetches::new(),
        });
        // dropping the set at the end aborts the workers
        let mut workers = JoinSet::new();
        for end in ends {
            workers.spawn(worker.clone().run(bench.clone(), end));
        }
        let keeper = self.hold_lease("send");
        let poll = self.hold_lease("poll");
        let dialect = OutboxDialect {
            store: self.store.clone(),
            client: self.client.clone(),
            channel: self.channel.clone(),
            group: self.group.clone(),
            limits: self.config.limits,
        };
        let sender = LineSender {
            dialect: Arc::new(dialect),
            lease_holder: keeper,
            stop,
        };
        let tending = self.tend(&sender.lease_holder, &poll, &intake, &bench, stopping);
        // the sender stops by itself, after the calls of the last answers
        tokio::join!(tending, sender.run());
        poll.release().await;
        sender.lease_holder.release().await;
    }

    /// Holds the lease of the process that does `task` for this bot.
    fn hold_lease(&self, task: &str) -> LeaseHolder {
        let name = format!("{task} {}", self.channel);
        LeaseHolder::start(self.store.clone(), name, self.config.lease)
    }

    /// Fetches updates and looks after the channel until it is told to stop; then waits until the
    /// waiting messages are answered.
    async fn tend(
        &self,
        keeper: &LeaseHolder,
        poll: &LeaseHolder,
        intake: &InboxWriter,
        bench: &TurnDispatcher,
        mut stopping: watch::Receiver<Option<Instant>>,
    ) {
        let fetch = async {
            match self.config.webhook {
                Some(_) => std::future::pending().await,
                None => poller::poll(&self.client, intake, poll).await,
            }
        };
        let upkeep = async {
            tokio::join!(
                self.register(keeper),
                self.wake_abandoned(bench),
                self.watch_silence(keeper, bench, self.config.silence),
                self.watch_group(keeper, bench)
            )
        };
        tokio::select! {
            () = fetch => {}
            _ = upkeep => {}
            _ = stopping.wait_for(Option::is_some) => {}
        }
        // half of the remaining time for waiting messages: the store has to close too
        let now = Instant::now();
        let end = now
            + stopping
                .borrow()
                .map_or(Duration::ZERO, |end| end.saturating_duration_since(now))
                / 2;
        while !bench.is_idle() && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A secret derived from the token: equal in all processes with the token, and unknown to others.
fn derived_secret(token: &str) -> String {
    hex(&Sha256::new()
        .chain_update(b"wenlu webhook ")
        .chain_update(token)
        .finalize())
}
