//! How many files and sockets the process may have open. In: how many connections are wanted. Out:
//! how many there can be, after the limit was raised as far as the system allows. Must not know:
//! connections.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Descriptors for everything but connections: the store's files or connections, the log, watched
/// folders, calls of the Bot API.
const RESERVED: u64 = 128;

/// The number of connections, at most `wanted`, that leave enough descriptors for everything else.
/// Raises the soft limit of this process to the hard one, and warns where that is not enough.
pub(super) fn affordable(wanted: usize) -> usize {
    raise();
    let Some(limit) = getrlimit(Resource::Nofile).current else {
        return wanted;
    };
    let affordable = usize::try_from(below(limit)).unwrap_or(usize::MAX);
    if affordable >= wanted {
        return wanted;
    }
    tracing::warn!(
        limit,
        wanted,
        connections = affordable,
        "the limit of open files is too low for WENLU_CONNECTIONS: fewer are accepted; raise it (LimitNOFILE=, ulimit -n) or set fewer"
    );
    affordable
}

/// Some systems refuse to raise the limit; then it stays.
fn raise() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!(%error, "the limit of open files cannot be raised");
        }
    }
}

/// Of a very low limit half is kept for everything else.
fn below(limit: u64) -> u64 {
    limit.saturating_sub(RESERVED).max(limit / 2).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_left_for_the_store() {
        for (limit, connections) in [(1_048_576, 1_048_448), (1_024, 896), (100, 50), (0, 1)] {
            assert_eq!(below(limit), connections);
        }
    }
}
