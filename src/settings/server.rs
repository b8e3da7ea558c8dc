//! The settings of the HTTP server. In: the settings reader. Out: [`ServerSettings`]. Must not know:
//! what is served.

use super::reader::{SettingsReader, duration, number};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

/// Where the server listens, and what it bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// `WENLU_LISTEN`.
    pub listen: SocketAddr,
    /// `WENLU_RATE_PER_MINUTE`, `WENLU_RATE_BURST`: how much one client may send; `None`: no limit.
    pub rate: Option<RateSetting>,
    /// `WENLU_TRUSTED_PROXIES`: how many of our own proxies are in front; with 0, `X-Forwarded-For`
    /// is ignored.
    pub trusted_proxies: usize,
    /// `WENLU_BODY_LIMIT`: the largest request body, in bytes.
    pub body_limit: usize,
    /// `WENLU_SHUTDOWN_GRACE`: how long running work may take to finish.
    pub shutdown_grace: Duration,
}

/// A steady rate, and the largest burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateSetting {
    pub per_minute: NonZeroU32,
    pub burst: NonZeroU32,
}

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const LISTEN_HELP: &str = "an address and a port, such as 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080";
const RATE_HELP: &str = "a whole number; 0 sets no limit";
const BURST_HELP: &str = "a whole number from 1 to 1000000";
const PROXIES_HELP: &str = "a whole number from 0 to 10";
const BODY_HELP: &str = "bytes, from 1024 to 1048576";
const GRACE_HELP: &str = "a number with s, m, h or d, such as 10s, from 0s to 5m";

impl ServerSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        ServerSettings {
            listen: reader
                .get("WENLU_LISTEN", LISTEN_HELP, |text| text.parse().ok())
                .unwrap_or(LOOPBACK),
            rate: RateSetting::read(reader),
            trusted_proxies: reader
                .get("WENLU_TRUSTED_PROXIES", PROXIES_HELP, number(0..=10))
                .unwrap_or(0),
            body_limit: reader
                .get("WENLU_BODY_LIMIT", BODY_HELP, number(1_024..=1_048_576))
                .unwrap_or(16_384),
            shutdown_grace: reader
                .get("WENLU_SHUTDOWN_GRACE", GRACE_HELP, duration(0, 300))
                .unwrap_or(Duration::from_secs(10)),
        }
    }
}

impl RateSetting {
    fn read(reader: &mut SettingsReader<'_>) -> Option<Self> {
        let per_minute = reader
            .get("WENLU_RATE_PER_MINUTE", RATE_HELP, number(0..=1_000_000))
            .unwrap_or(60);
        let burst = reader
            .get("WENLU_RATE_BURST", BURST_HELP, number(1..=1_000_000))
            .unwrap_or(30);
        Some(RateSetting {
            per_minute: NonZeroU32::new(per_minute)?,
            burst: NonZeroU32::new(burst)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn no_rate_limit_when_zero() {
        let server = read_pairs(&[("WENLU_RATE_PER_MINUTE", "0")], ServerSettings::read);
        assert_eq!(server.unwrap().rate, None);
    }
}
