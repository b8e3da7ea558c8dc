//! Whether operators can be called. In: what a channel found out about the place where it tells
//! them. Out: a value for one turn. Must not know: what that place is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use wenlu_core::dialogue::{HandoverDesk, OperatorAvailability};

/// Whether operators can be called now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorReach {
    /// There is nobody who could take a request.
    Nobody,
    /// None of them can be notified, independently of the service hours.
    Unreachable,
    /// In their group.
    Reachable(OperatorAvailability),
    /// A request waits in their list.
    Listed {
        availability: OperatorAvailability,
        /// Whether one of them looks at it.
        is_attended: bool,
        /// Whether those who do not are told.
        is_told: bool,
    },
}

impl OperatorReach {
    pub fn availability(self) -> Option<OperatorAvailability> {
        match self {
            OperatorReach::Nobody | OperatorReach::Unreachable => None,
            OperatorReach::Reachable(availability) | OperatorReach::Listed { availability, .. } => {
                Some(availability)
            }
        }
    }

    /// Where a request goes.
    pub fn desk(self) -> HandoverDesk {
        match self {
            OperatorReach::Nobody => HandoverDesk::Nowhere,
            OperatorReach::Unreachable | OperatorReach::Reachable(_) => HandoverDesk::Group,
            OperatorReach::Listed {
                is_attended,
                is_told,
                ..
            } => HandoverDesk::List {
                is_attended,
                is_told,
            },
        }
    }
}

/// Whether the operators can be notified: set by the channel that notifies them. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct ReachFlag {
    is_lost: Arc<AtomicBool>,
}

impl ReachFlag {
    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Relaxed)
    }

    /// Returns what it was before.
    pub fn set_lost(&self, is_lost: bool) -> bool {
        self.is_lost.swap(is_lost, Relaxed)
    }
}
