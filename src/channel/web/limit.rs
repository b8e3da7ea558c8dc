//! Rate limits per client. In: the peer's address and the headers of a request. Out: permission, or
//! how long to wait. Memory is bounded: clients share a fixed number of buckets, chosen by a keyed
//! hash, so that nobody can exhaust another's bucket on purpose. Must not know: what is asked for.

use crate::settings::Rate;
use axum::http::HeaderMap;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

/// About 24 bytes per bucket: some 8 MB if all are in use.
const BUCKETS: u64 = 1 << 18;

/// Rate limits, by client.
pub struct Limiter {
    buckets: Option<DefaultKeyedRateLimiter<u32>>,
    hasher: RandomState,
    clock: DefaultClock,
}

impl Limiter {
    /// `factor` times the rate: reading is cheaper than a turn.
    pub fn new(rate: Option<Rate>, factor: NonZeroU32) -> Self {
        let quota = |rate: Rate| {
            Quota::per_minute(rate.per_minute.saturating_mul(factor)).allow_burst(rate.burst.saturating_mul(factor))
        };
        Self {
            buckets: rate.map(|rate| RateLimiter::keyed(quota(rate))),
            hasher: RandomState::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts one request of `client`; the error is how long to wait.
    pub fn check(&self, client: IpAddr) -> Result<(), Duration> {
        let Some(buckets) = &self.buckets else { return Ok(()) };
        let bucket = (self.hasher.hash_one(client) % BUCKETS) as u32;
        buckets.check_key(&bucket).map_err(|until| until.wait_time_from(self.clock.now()))
    }
}

/// The address of the client. Behind `trusted` proxies of our own, it is the `trusted`-th address
/// from the right of `X-Forwarded-For`, which the outermost proxy saw; addresses further left may
/// be forged.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: usize) -> IpAddr {
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let seen = match trusted {
        0 => None,
        _ => chain.len().checked_sub(trusted).and_then(|at| chain.get(at)).and_then(|text| text.parse().ok()),
    };
    network(seen.unwrap_or(peer))
}

/// Reduces an IPv6 address to its /64, which belongs to one client.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: usize) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        client(peer.parse().unwrap(), &headers, trusted).to_string()
    }

    #[test]
    fn forwarded_addresses_count_only_as_far_as_our_own_proxies() {
        for (forwarded, trusted, expected) in [
            (&["6.6.6.6"][..], 0, "10.0.0.1"),
            (&["6.6.6.6, 1.2.3.4"], 1, "1.2.3.4"),
            (&["6.6.6.6, 1.2.3.4", "10.0.0.2"], 2, "1.2.3.4"),
            (&["1.2.3.4"], 2, "10.0.0.1"),
            (&["nonsense"], 1, "10.0.0.1"),
            (&[], 1, "10.0.0.1"),
            (&["2001:db8:1:2:3:4:5:6"], 1, "2001:db8:1:2::"),
            (&["::ffff:1.2.3.4"], 1, "1.2.3.4"),
        ] {
            assert_eq!(seen("10.0.0.1", forwarded, trusted), expected, "{forwarded:?}, {trusted} trusted");
        }
    }

    #[test]
    fn each_client_has_its_own_allowance() {
        let two = NonZeroU32::new(2).unwrap();
        let limiter = Limiter::new(Some(Rate { per_minute: NonZeroU32::MIN, burst: two }), NonZeroU32::MIN);
        let (one, other) = ("1.2.3.4".parse().unwrap(), "5.6.7.8".parse().unwrap());
        assert_eq!([(); 3].map(|()| limiter.check(one).is_ok()), [true, true, false]);
        assert!(limiter.check(one).unwrap_err() > Duration::from_secs(30));
        assert!(limiter.check(other).is_ok());
    }
}
