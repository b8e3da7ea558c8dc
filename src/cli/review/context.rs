//! What the commands of `wenlu review` share. In: an open store. Out: the change service with its user; lines on the screen.

/// What the subcommands work with.
use crate::cli::output::print_line;
use crate::clock;
use crate::review::change_service::ChangeService;
use crate::review::review_queue::{self, ReviewQueue};
use crate::settings::{Settings, user_name};
use crate::store::audit::AuditActor;
use crate::store::{Store, StoreError};
use std::process::ExitCode;

pub(super) struct ReviewContext {
    pub(super) store: Store,
    pub(super) change_service: ChangeService,
    pub(super) settings: Settings,
}

impl ReviewContext {
    pub(super) fn by(&self) -> AuditActor {
        AuditActor::user(&user_name(), clock::now())
    }

    pub(super) async fn board(&self) -> Result<ReviewQueue, StoreError> {
        review_queue::load_queue(&self.store, clock::now()).await
    }
}

pub(super) fn no_cluster(id: i64) -> String {
    format!("没有编号 {id} 的未答问题，或已经处理了；编号见 `wenlu review list`")
}

pub(super) fn print(lines: &[String]) -> anyhow::Result<ExitCode> {
    let mut out = anstream::stdout().lock();
    for line in lines {
        if !print_line(&mut out, line)? {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}
