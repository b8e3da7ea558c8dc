//! Holds a lease. In: its name. Out: the [`Lease`] while this process holds it. Must not know: what
//! is done under it.

use crate::hash::hex;
use crate::store::{Lease, Store};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How many times a lease is renewed within its lifetime.
const RENEWALS_PER_TTL: u32 = 3;

/// Acquires the lease when nobody holds it, and renews it until [`release`](LeaseHolder::release).
pub(in crate::channel) struct LeaseHolder {
    held: watch::Receiver<Option<HeldLease>>,
    task: JoinHandle<()>,
    store: Store,
}

#[derive(Clone)]
struct HeldLease {
    lease: Lease,
    /// By the clock of this process, a little before the lease expires.
    until: Instant,
}

impl LeaseHolder {
    /// `ttl`: after this time without renewal, another process may take the lease.
    pub(in crate::channel) fn start(store: Store, name: String, ttl: Duration) -> LeaseHolder {
        let (tell, held) = watch::channel(None);
        let (keeping, holder) = (store.clone(), holder());
        let task = tokio::spawn(async move {
            loop {
                let begun = Instant::now();
                match keeping.leases().acquire(&name, &holder, ttl).await {
                    Ok(lease) => {
                        let until = begun + ttl - ttl / (2 * RENEWALS_PER_TTL);
                        tell.send_if_modified(|held| {
                            renew(held, lease.map(|lease| HeldLease { lease, until }))
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, lease = name, "the lease could not be prolonged")
                    }
                }
                tokio::time::sleep(ttl / RENEWALS_PER_TTL).await;
            }
        });
        LeaseHolder { held, task, store }
    }

    /// The lease, if this process certainly holds it now.
    pub(in crate::channel) fn current(&self) -> Option<Lease> {
        let held = self.held.borrow();
        held.as_ref()
            .filter(|held| Instant::now() < held.until)
            .map(|held| held.lease.clone())
    }

    /// Waits until the lease is held.
    pub(in crate::channel) async fn acquired(&self) -> Lease {
        self.acquired_anew(None).await
    }

    /// Waits until the lease is held and is not `before`: another process may have held it since.
    pub(in crate::channel) async fn acquired_anew(&self, before: Option<&Lease>) -> Lease {
        let mut held = self.held.clone();
        loop {
            if let Some(lease) = self.current().filter(|lease| Some(lease) != before) {
                return lease;
            }
            if held.changed().await.is_err() {
                // the task is gone because the process is stopping
                std::future::pending::<()>().await;
            }
        }
    }

    /// Releases the lease, so that another process can take it at once.
    pub(in crate::channel) async fn release(self) {
        self.task.abort();
        let held = self.held.borrow().clone();
        if let Some(held) = held
            && let Err(error) = self.store.leases().release(&held.lease).await
        {
            tracing::debug!(%error, "the lease runs out by itself");
        }
    }
}

/// Stores the result of a renewal. Returns whether those who wait must be woken: another holder, a
/// new epoch, or a lease that had expired here. A renewal in time wakes nobody.
fn renew(held: &mut Option<HeldLease>, now: Option<HeldLease>) -> bool {
    let epoch = |held: &Option<HeldLease>| held.as_ref().map(|held| held.lease.epoch);
    let had_run_out = held
        .as_ref()
        .is_some_and(|held| held.until <= Instant::now());
    let is_news = epoch(held) != epoch(&now) || had_run_out;
    *held = now;
    is_news
}

/// A random name for this process among all that share the store.
fn holder() -> String {
    let mut random = [0u8; 12];
    // without random bytes no other secret could be created either
    getrandom::fill(&mut random).expect("the system has random bytes");
    hex(&random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_hears_of_a_prolongation_that_came_late() {
        let store = Store::in_memory().await.unwrap();
        let lease = store
            .leases()
            .acquire("send", "us", Duration::from_secs(5))
            .await
            .unwrap()
            .unwrap();
        let now = Instant::now();
        let held = |until| {
            Some(HeldLease {
                lease: lease.clone(),
                until,
            })
        };
        let later = now + Duration::from_secs(60);
        assert!(renew(&mut None, held(later)));
        assert!(!renew(&mut held(later), held(later)));
        assert!(renew(&mut held(now), held(later)));
        assert!(renew(&mut held(later), None));
    }
}
