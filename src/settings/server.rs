//! The settings of the HTTP server. In: the settings reader. Out: [`ServerSettings`]. Must not know:
//! what is served.

use super::reader::{SettingsReader, duration, number};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;
use url::Url;

/// Where the server listens, and what it bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// `WENLU_LISTEN`.
    pub listen: SocketAddr,
    /// `WENLU_PUBLIC_URL`: the address under which people reach this server, without a slash at its
    /// end.
    pub public_url: Option<String>,
    /// `WENLU_RATE_PER_MINUTE`, `WENLU_RATE_BURST`: how much one client may send; `None`: no limit.
    pub rate: Option<RateSetting>,
    /// `WENLU_TRUSTED_PROXIES`: how many of our own proxies are in front; with 0, `X-Forwarded-For`
    /// is ignored.
    pub trusted_proxies: usize,
    /// `WENLU_BODY_LIMIT`: the largest request body, in bytes.
    pub body_limit: usize,
    /// Who may hold how many connections, and how long without using them.
    pub connections: ConnectionSettings,
    /// `WENLU_SHUTDOWN_GRACE`: how long running work may take to finish.
    pub shutdown_grace: Duration,
}

/// What connections may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// `WENLU_CONNECTIONS`: how many there are at most.
    pub total: usize,
    /// `WENLU_CONNECTIONS_PER_ADDRESS`: how many one address may hold; not counted behind trusted
    /// proxies, whose connections are those of many clients.
    pub per_address: usize,
    /// `WENLU_STREAMS`: how many event streams there are at most.
    pub streams: usize,
    /// `WENLU_STREAMS_PER_ADDRESS`: how many one client may hold.
    pub streams_per_address: usize,
    /// `WENLU_HEADER_TIMEOUT`: when the headers of the first request must be there.
    pub header_timeout: Duration,
    /// `WENLU_IDLE_TIMEOUT`: how long a connection may be silent between two requests.
    pub idle_timeout: Duration,
}

/// A steady rate, and the largest burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateSetting {
    pub per_minute: NonZeroU32,
    pub burst: NonZeroU32,
}

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
pub(super) const LISTEN_HELP: &str =
    "an address and a port, such as 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080";
const PUBLIC_HELP: &str =
    "an http or https address without a path, such as https://bot.example.org";
const RATE_HELP: &str = "a whole number; 0 sets no limit";
const BURST_HELP: &str = "a whole number from 1 to 1000000";
const PROXIES_HELP: &str = "a whole number from 0 to 10";
const CONNECTIONS_HELP: &str = "a whole number from 1 to 1000000";
const WAIT_HELP: &str = "a number with s, m, h or d, such as 10s, from 1s to 1h";
const BODY_HELP: &str = "bytes, from 1024 to 1048576";
const GRACE_HELP: &str = "a number with s, m, h or d, such as 10s, from 0s to 5m";

impl ServerSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        ServerSettings {
            listen: reader
                .get("WENLU_LISTEN", LISTEN_HELP, |text| text.parse().ok())
                .unwrap_or(LOOPBACK),
            public_url: reader.get("WENLU_PUBLIC_URL", PUBLIC_HELP, public_url),
            rate: RateSetting::read(reader),
            trusted_proxies: reader
                .get("WENLU_TRUSTED_PROXIES", PROXIES_HELP, number(0..=10))
                .unwrap_or(0),
            body_limit: reader
                .get("WENLU_BODY_LIMIT", BODY_HELP, number(1_024..=1_048_576))
                .unwrap_or(16_384),
            connections: ConnectionSettings::read(reader),
            shutdown_grace: reader
                .get("WENLU_SHUTDOWN_GRACE", GRACE_HELP, duration(0, 300))
                .unwrap_or(Duration::from_secs(10)),
        }
    }
}

impl ConnectionSettings {
    /// Behind one address of a mobile network are many people: it may hold what a hundred open pages
    /// need.
    fn read(reader: &mut SettingsReader<'_>) -> Self {
        let mut count = |name, default| {
            reader
                .get(name, CONNECTIONS_HELP, number(1..=1_000_000))
                .unwrap_or(default)
        };
        let (total, per_address) = (
            count("WENLU_CONNECTIONS", 12_000),
            count("WENLU_CONNECTIONS_PER_ADDRESS", 250),
        );
        let (streams, streams_per_address) = (
            count("WENLU_STREAMS", 10_000),
            count("WENLU_STREAMS_PER_ADDRESS", 100),
        );
        let mut wait = |name, default| {
            reader
                .get(name, WAIT_HELP, duration(1, 3_600))
                .unwrap_or(Duration::from_secs(default))
        };
        ConnectionSettings {
            total,
            per_address,
            streams,
            streams_per_address,
            header_timeout: wait("WENLU_HEADER_TIMEOUT", 10),
            // over the 60 s for which nginx keeps its connections: a proxy, not we, closes first
            idle_timeout: wait("WENLU_IDLE_TIMEOUT", 75),
        }
    }
}

/// An address without user, path, query and fragment; as text, without the slash at its end.
fn public_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let origin = url.origin().ascii_serialization();
    let is_plain = text.trim_end_matches('/').to_lowercase() == origin;
    (is_web && is_plain).then_some(origin)
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
    fn a_public_address_is_an_origin() {
        for (text, wanted) in [
            ("https://bot.example.org", Some("https://bot.example.org")),
            (
                "https://Bot.example.org:8443/",
                Some("https://bot.example.org:8443"),
            ),
            ("https://bot.example.org/chat", None),
            ("https://user@bot.example.org", None),
            ("bot.example.org", None),
            ("ftp://bot.example.org", None),
        ] {
            assert_eq!(public_url(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn no_rate_limit_when_zero() {
        let server = read_pairs(&[("WENLU_RATE_PER_MINUTE", "0")], ServerSettings::read);
        assert_eq!(server.unwrap().rate, None);
    }
}
