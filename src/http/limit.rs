//! Rate limits per client. In: a client's address, or another key of whoever asks. Out: permission, or how long to wait. Memory is bounded: clients share a fixed number of buckets, chosen by a keyed
//! hash, so that nobody can exhaust another's bucket on purpose. Must not know: what is asked for.

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::time::Duration;

/// About 24 bytes per bucket: some 8 MB if all are in use.
const BUCKETS: u64 = 1 << 18;

/// A steady rate, and the largest burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestRate {
    pub per_minute: NonZeroU32,
    pub burst: NonZeroU32,
}

/// Rate limits, by client.
pub(crate) struct ClientLimiter {
    buckets: Option<DefaultKeyedRateLimiter<u32>>,
    hasher: RandomState,
    clock: DefaultClock,
}

impl ClientLimiter {
    /// `factor` times the rate: reading is cheaper than a turn.
    pub(crate) fn new(rate: Option<RequestRate>, factor: NonZeroU32) -> Self {
        let quota = |rate: RequestRate| {
            Quota::per_minute(rate.per_minute.saturating_mul(factor))
                .allow_burst(rate.burst.saturating_mul(factor))
        };
        Self {
            buckets: rate.map(|rate| RateLimiter::keyed(quota(rate))),
            hasher: RandomState::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts one request of `client`; the error is how long to wait.
    pub(crate) fn check(&self, client: impl Hash) -> Result<(), Duration> {
        let Some(buckets) = &self.buckets else {
            return Ok(());
        };
        let bucket = (self.hasher.hash_one(client) % BUCKETS) as u32;
        buckets
            .check_key(&bucket)
            .map_err(|until| until.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_own_allowance() {
        let two = NonZeroU32::new(2).unwrap();
        let limiter = ClientLimiter::new(
            Some(RequestRate {
                per_minute: NonZeroU32::MIN,
                burst: two,
            }),
            NonZeroU32::MIN,
        );
        let (one, other) = ("1.2.3.4", "5.6.7.8");
        assert_eq!(
            [(); 3].map(|()| limiter.check(one).is_ok()),
            [true, true, false]
        );
        assert!(limiter.check(one).unwrap_err() > Duration::from_secs(30));
        assert!(limiter.check(other).is_ok());
    }
}
