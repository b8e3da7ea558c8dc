//! Whose rights an assistant has. In: the name of an account, or none. Out: who drafts, if the
//! rights allow it. Must not know: the tools.

use super::failure::ToolFailure;
use crate::clock;
use crate::settings::user_name;
use crate::store::Store;
use crate::store::accounts::AccountRight;
use crate::store::audit::AuditActor;

/// What stands in the audit log in place of a client's address.
const CLIENT: &str = "mcp";

/// Who works through the assistant.
pub(super) enum AssistantPrincipal {
    /// The system's user, who can do by commands all that the tools can.
    SystemUser,
    /// An account of the operators' pages, with the rights that its role has at the time of each
    /// call.
    Account(String),
}

impl AssistantPrincipal {
    /// Who it is in the audit log, if it has the right.
    pub(super) async fn with_right(
        &self,
        right: AccountRight,
        store: Option<&Store>,
    ) -> Result<AuditActor, ToolFailure> {
        let (name, store) = match (self, store) {
            (Self::SystemUser, _) => {
                let by = AuditActor::user(&user_name(), clock::now());
                return Ok(through_assistant(by));
            }
            (Self::Account(name), None) => return Err(ToolFailure::NoAccount(name.clone())),
            (Self::Account(name), Some(store)) => (name, store),
        };
        let account = store.accounts().find(name).await?;
        let account = account
            .filter(|account| !account.disabled)
            .ok_or_else(|| ToolFailure::NoAccount(name.clone()))?;
        if !account.has(right) {
            return Err(ToolFailure::NotAllowed {
                account: name.clone(),
                role: account.role.word(),
                needed: needed(right),
            });
        }
        Ok(through_assistant(AuditActor {
            actor: account.name,
            client: String::new(),
            at: clock::now(),
        }))
    }
}

fn through_assistant(by: AuditActor) -> AuditActor {
    AuditActor {
        client: CLIENT.to_owned(),
        ..by
    }
}

fn needed(right: AccountRight) -> &'static str {
    match right {
        AccountRight::Read => "one that may see the knowledge: viewer, reviewer, operator or admin",
        _ => "one that may draft changes: reviewer, operator or admin",
    }
}
