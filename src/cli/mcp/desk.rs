//! What all tools work with. In: settings, a source, an account. Out: the knowledge, the store if
//! there is one, the rights. Must not know: the protocol.

use super::actor::AssistantPrincipal;
use super::current::{CurrentKnowledge, KnowledgeReader};
use super::failure::ToolFailure;
use super::talk::AssistantTalks;
use crate::review::change_service::ChangeService;
use crate::settings::Settings;
use crate::source::KnowledgeSource;
use crate::store::accounts::AccountRight;
use crate::store::audit::AuditActor;
use crate::store::{Store, StoreError};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Everything that a tool may use.
pub(super) struct AssistantDesk {
    pub(super) settings: Arc<Settings>,
    pub(super) source: KnowledgeSource,
    pub(super) reader: KnowledgeReader,
    pub(super) talks: AssistantTalks,
    principal: AssistantPrincipal,
    /// Empty until there is a database: the bot may be started later.
    store: OnceCell<Store>,
}

impl AssistantDesk {
    /// Fails if there is a database that cannot be used, or no such account.
    pub(super) async fn open(
        settings: Settings,
        source: KnowledgeSource,
        account: Option<String>,
    ) -> Result<Self, ToolFailure> {
        let settings = Arc::new(settings);
        let principal = match account {
            Some(name) => AssistantPrincipal::Account(name),
            None => AssistantPrincipal::SystemUser,
        };
        let desk = Self {
            reader: KnowledgeReader::new(source.clone(), settings.clone()),
            settings,
            source,
            talks: AssistantTalks::default(),
            principal,
            store: OnceCell::new(),
        };
        match desk.store().await {
            Ok(_) | Err(ToolFailure::NoStore(_)) => {}
            Err(failure) => return Err(failure),
        }
        desk.with_right(AccountRight::Read).await?;
        Ok(desk)
    }

    /// The bot's database.
    pub(super) async fn store(&self) -> Result<&Store, ToolFailure> {
        let open = || Store::open_existing(self.settings.store.database.reveal());
        let opened: Result<&Store, StoreError> = self.store.get_or_try_init(open).await;
        opened.map_err(ToolFailure::from)
    }

    /// The bot's database, if there is one.
    pub(super) async fn store_if_any(&self) -> Option<Store> {
        self.store().await.ok().cloned()
    }

    /// Who works through the assistant, if the rights allow it.
    pub(super) async fn with_right(&self, right: AccountRight) -> Result<AuditActor, ToolFailure> {
        let store = self.store_if_any().await;
        self.principal.with_right(right, store.as_ref()).await
    }

    /// The knowledge as it is now, for somebody who may read it.
    pub(super) async fn current(&self) -> Result<Arc<CurrentKnowledge>, ToolFailure> {
        self.with_right(AccountRight::Read).await?;
        self.reader.current().await
    }

    /// The store with what drafts changes of the data files, and the author, who may.
    pub(super) async fn drafting(
        &self,
    ) -> Result<(&Store, ChangeService, AuditActor), ToolFailure> {
        let by = self.with_right(AccountRight::Review).await?;
        if self.source == KnowledgeSource::Embedded {
            return Err(ToolFailure::ReadOnly);
        }
        let store = self.store().await?;
        let service = ChangeService::new(
            store.clone(),
            self.source.clone(),
            self.settings.knowledge.git,
        );
        Ok((store, service, by))
    }
}
