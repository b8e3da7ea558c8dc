//! The store. In: what turns leave behind, and what channels delivered. Out: conversations,
//! answered messages and the journal; the inbox and the outbox; leases and hand-overs; accounts and
//! sessions; reviewers' changes; the last good knowledge. The only module that knows SQL, for
//! SQLite and PostgreSQL alike. Must not know: routing, replies, channels; a conversation's state
//! and a call's payload are opaque text.
//!
//! [`Store`] is a handle. What can be done with it is in its parts, such as [`Store::turns`], each
//! in the file where its SQL stands.

pub mod accepted;
mod account_changes;
pub mod accounts;
pub mod activities;
pub mod asker_queue;
pub mod attempts;
pub mod audit;
pub mod backlog;
mod batch;
mod changes;
mod chats;
pub mod clusters;
pub mod contacts;
pub mod credits;
pub mod diagnosis;
mod effects;
mod engine;
pub mod erase;
mod erase_backup;
mod error;
pub mod files;
mod group;
mod handover_changes;
pub mod handover_list;
pub mod handover_search;
mod handovers;
mod health;
pub mod identities;
mod inbox;
mod journal;
mod journal_cap;
mod journal_rows;
mod journal_size;
pub mod kept;
pub mod last_done;
mod leases;
pub mod links;
mod location;
mod mentions;
mod migrations;
pub mod notices;
mod opened;
pub mod outbox;
pub mod passive;
mod pools;
pub mod pulls;
pub mod ratings;
mod readiness;
pub mod records;
mod recovery_codes;
mod retention;
pub mod reviews;
mod runtime;
mod seen;
pub mod service_access;
pub mod sessions;
mod snapshot;
pub mod snoozes;
mod source;
pub mod stats;
pub mod sweep_plan;
mod sweep_rules;
mod tables;
mod target;
mod traces;
pub mod transfer;
mod turn_rows;
mod turn_statements;
mod turns;
mod unanswered;
mod upkeep;
mod values;
mod write_failures;

pub use error::{StoreError, TransferError};
pub use handovers::SilenceScope;
pub use health::StoreFault;
pub use journal::{JournalSearch, JournalSince, JournalWindow};
pub use journal_cap::JournalShrink;
pub use journal_size::JournalSize;
pub use leases::Lease;
pub use location::database_file;
pub use retention::SweepResult;
pub use sweep_rules::{ANSWERED_KEPT, SEEN_KEPT};
pub use upkeep::{ClockDoubt, UpkeepReport};

use accounts::AccountStore;
use audit::AuditStore;
use backlog::BacklogStore;
use chats::ChatStore;
use engine::DatabaseEngine;
use erase::ErasureStore;
use files::FileStore;
use handover_list::HandoverListStore;
use handovers::HandoverStore;
use inbox::InboxStore;
use journal::JournalStore;
use kept::KnowledgeStore;
use last_done::LastDoneStore;
use leases::LeaseStore;
use outbox::OutboxStore;
use passive::PassiveStore;
use pulls::PullStore;
use readiness::StoreReadiness;
use retention::RetentionStore;
use reviews::ReviewStore;
use runtime::StoreRuntime;
use sessions::SessionStore;
use stats::StatsStore;
use std::sync::Arc;
use turns::{TurnBatchers, TurnStore};

/// An open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    engine: DatabaseEngine,
    batchers: TurnBatchers,
    runtime: Arc<StoreRuntime>,
}

impl Store {
    /// Opens the database that `url` names; creates the file and its tables if they do not exist.
    ///
    /// # Errors
    ///
    /// [`StoreError::Url`] for a URL that names no database; [`StoreError::NoFolder`],
    /// [`StoreError::CannotOpen`], [`StoreError::Corrupt`] or [`StoreError::Unreachable`] for one
    /// that cannot be opened; [`StoreError::Newer`] if a newer version of wenlu wrote it.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        DatabaseEngine::open(url).await.map(Store::on)
    }

    /// As [`Store::open`], for read-only commands: a file that does not exist is not created.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] if the file does not exist; else as [`Store::open`].
    pub async fn open_existing(url: &str) -> Result<Store, StoreError> {
        DatabaseEngine::open_existing(url).await.map(Store::on)
    }

    /// A store in memory, lost when it is dropped.
    ///
    /// # Errors
    ///
    /// If SQLite cannot be started.
    pub async fn in_memory() -> Result<Store, StoreError> {
        DatabaseEngine::in_memory().await.map(Store::on)
    }

    fn on(engine: DatabaseEngine) -> Store {
        Store {
            batchers: TurnBatchers::on(&engine),
            engine,
            runtime: Arc::default(),
        }
    }

    /// Waits for the work that was begun, then closes the database.
    pub async fn close(&self) {
        self.batchers.close().await;
        self.engine.close().await;
    }

    /// What a turn reads and writes.
    pub fn turns(&self) -> TurnStore<'_> {
        TurnStore {
            engine: &self.engine,
            batchers: &self.batchers,
            runtime: &self.runtime,
        }
    }

    /// The journal of all turns, for readers.
    pub fn journal(&self) -> JournalStore<'_> {
        JournalStore {
            engine: &self.engine,
        }
    }

    /// What channels delivered and nobody has answered yet.
    pub fn inbox(&self) -> InboxStore<'_> {
        InboxStore {
            engine: &self.engine,
            runtime: &self.runtime,
        }
    }

    /// The calls that are still to be made.
    pub fn outbox(&self) -> OutboxStore<'_> {
        OutboxStore {
            engine: &self.engine,
            runtime: &self.runtime,
        }
    }

    /// Which chats are gone or have moved.
    pub fn chats(&self) -> ChatStore<'_> {
        ChatStore {
            engine: &self.engine,
        }
    }

    /// What is done in hand-overs just now.
    pub fn activities(&self) -> activities::ActivityStore<'_> {
        activities::ActivityStore {
            engine: &self.engine,
        }
    }

    /// How askers can be reached.
    pub fn contacts(&self) -> contacts::ContactStore<'_> {
        contacts::ContactStore {
            engine: &self.engine,
        }
    }

    /// Who the visitors of sites are.
    pub fn identities(&self) -> identities::IdentityStore<'_> {
        identities::IdentityStore {
            engine: &self.engine,
        }
    }

    /// What askers say of hand-overs.
    pub fn ratings(&self) -> ratings::RatingStore<'_> {
        ratings::RatingStore {
            engine: &self.engine,
        }
    }

    /// Hand-overs that are put aside.
    pub fn snoozes(&self) -> snoozes::SnoozeStore<'_> {
        snoozes::SnoozeStore {
            engine: &self.engine,
        }
    }

    /// What colleagues were told by e-mail or webhook.
    pub fn notices(&self) -> notices::NoticeStore<'_> {
        notices::NoticeStore {
            engine: &self.engine,
            runtime: &self.runtime,
        }
    }

    /// The conversations that operators take part in.
    pub fn handovers(&self) -> HandoverStore<'_> {
        HandoverStore {
            engine: &self.engine,
            runtime: &self.runtime,
        }
    }

    /// The list from which operators take hand-overs.
    pub fn handover_list(&self) -> HandoverListStore<'_> {
        HandoverListStore {
            engine: &self.engine,
        }
    }

    /// Pictures and files that askers and operators sent.
    pub fn files(&self) -> FileStore<'_> {
        FileStore {
            engine: &self.engine,
        }
    }

    /// Answers inside the requests that delivered messages.
    pub fn passive(&self) -> PassiveStore<'_> {
        PassiveStore {
            engine: &self.engine,
            runtime: &self.runtime,
        }
    }

    /// How many messages may be sent to askers, and calls that use it up.
    pub fn credits(&self) -> credits::CreditStore<'_> {
        credits::CreditStore {
            engine: &self.engine,
        }
    }

    /// What services granted, and why nothing can be sent.
    pub fn service_access(&self) -> service_access::ServiceAccessStore<'_> {
        service_access::ServiceAccessStore {
            engine: &self.engine,
        }
    }

    /// Work that only one process at a time does.
    pub fn leases(&self) -> LeaseStore<'_> {
        LeaseStore {
            engine: &self.engine,
        }
    }

    /// Changes of the data files, and clusters of unanswered questions.
    pub fn reviews(&self) -> ReviewStore<'_> {
        ReviewStore {
            engine: &self.engine,
        }
    }

    /// The accounts of the operators' pages, and the links that set their passwords.
    pub fn accounts(&self) -> AccountStore<'_> {
        AccountStore {
            engine: &self.engine,
        }
    }

    /// The sessions of the operators' pages, and sign-in attempts.
    pub fn sessions(&self) -> SessionStore<'_> {
        SessionStore {
            engine: &self.engine,
        }
    }

    /// Who changed what.
    pub fn audit(&self) -> AuditStore<'_> {
        AuditStore {
            engine: &self.engine,
        }
    }

    /// The last good knowledge, and the failing tests that were accepted.
    pub fn knowledge(&self) -> KnowledgeStore<'_> {
        KnowledgeStore {
            engine: &self.engine,
        }
    }

    /// When something was last done that has to be done again and again.
    pub fn last_done(&self) -> LastDoneStore<'_> {
        LastDoneStore {
            engine: &self.engine,
        }
    }

    /// Erases all data of a conversation.
    pub fn erasure(&self) -> ErasureStore<'_> {
        ErasureStore {
            engine: &self.engine,
        }
    }

    /// Deletes what is not kept any longer, and overwrites what was deleted.
    pub fn retention(&self) -> RetentionStore<'_> {
        RetentionStore {
            engine: &self.engine,
            runtime: &self.runtime,
        }
    }

    /// Messages that a service keeps until they are asked for.
    pub fn pulls(&self) -> PullStore<'_> {
        PullStore {
            engine: &self.engine,
            runtime: &self.runtime,
        }
    }

    /// Statistics over the journal.
    pub fn stats(&self) -> StatsStore<'_> {
        StatsStore {
            engine: &self.engine,
        }
    }

    /// What waits and what failed.
    pub fn backlog(&self) -> BacklogStore<'_> {
        BacklogStore {
            engine: &self.engine,
            runtime: &self.runtime,
        }
    }

    /// How many writes of this process failed, by the part of the store that wrote.
    pub fn write_failures(&self) -> Vec<(&'static str, u64)> {
        self.engine.write_failures()
    }

    /// Whether turns can be stored now.
    pub fn readiness(&self) -> StoreReadiness<'_> {
        StoreReadiness {
            engine: &self.engine,
            runtime: &self.runtime,
        }
    }
}
