//! The settings of the operators' pages. In: the settings reader. Out: [`AdminSettings`], and the
//! address at which the pages can be opened. Must not know: the pages.

use super::reader::SettingsReader;
use super::server::{LISTEN_HELP, ServerSettings};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Who reaches the operators' pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminSettings {
    /// `WENLU_ADMIN`.
    pub access: AccessSetting,
    /// `WENLU_ADMIN_LISTEN`: a listener for the pages alone; `None`: they are served beside the
    /// chat page.
    pub listen: Option<SocketAddr>,
}

/// Where a browser opens the operators' pages, as far as the settings can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminAddress {
    /// Nowhere: `WENLU_ADMIN=off`.
    Off,
    /// Nowhere, although they are not off: they are for this machine alone, and what is listened on
    /// is not (an address of the network, or a port behind a trusted proxy).
    Unreachable,
    /// At this address, without a path.
    At(String),
}

/// Where the operators' pages can be reached from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessSetting {
    /// Nowhere.
    Off,
    /// Only from this machine, and not through a proxy.
    #[default]
    Loopback,
    /// Wherever the chat page can be reached from.
    Public,
}

impl AdminSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        AdminSettings {
            access: reader
                .get(
                    "WENLU_ADMIN",
                    "off, loopback or public",
                    AccessSetting::parse,
                )
                .unwrap_or_default(),
            listen: reader.get("WENLU_ADMIN_LISTEN", LISTEN_HELP, |text| text.parse().ok()),
        }
    }

    /// The listener of their own that the pages need.
    pub fn own_listener(&self) -> Option<SocketAddr> {
        self.listen.filter(|_| self.access != AccessSetting::Off)
    }

    /// Where the pages can be opened.
    pub fn address(&self, server: &ServerSettings) -> AdminAddress {
        let local = |address| AdminAddress::At(local_url(address));
        match (self.access, self.listen) {
            (AccessSetting::Off, _) => AdminAddress::Off,
            (AccessSetting::Public, listen) => match &server.public_url {
                Some(url) => AdminAddress::At(url.clone()),
                None => local(listen.unwrap_or(server.listen)),
            },
            (AccessSetting::Loopback, Some(listen)) => local(listen),
            (AccessSetting::Loopback, None) => {
                let is_here = reachable(server.listen).ip().to_canonical().is_loopback();
                match is_here && server.trusted_proxies == 0 {
                    true => local(server.listen),
                    false => AdminAddress::Unreachable,
                }
            }
        }
    }
}

/// Where a browser on this machine finds what listens there.
pub fn local_url(address: SocketAddr) -> String {
    format!("http://{}", reachable(address))
}

/// An address that can be reached from this machine: loopback instead of `0.0.0.0`.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

impl AccessSetting {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "loopback" => Some(Self::Loopback),
            "public" => Some(Self::Public),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::reader::read_pairs;

    #[test]
    fn where_the_pages_are_opened() {
        let at = |address: &str| AdminAddress::At(address.to_owned());
        let own = ("WENLU_ADMIN_LISTEN", "0.0.0.0:8081");
        let (proxied, url) = (
            ("WENLU_TRUSTED_PROXIES", "1"),
            ("WENLU_PUBLIC_URL", "https://bot.example.org/"),
        );
        let public = ("WENLU_ADMIN", "public");
        for (pairs, wanted) in [
            (&[][..], at("http://127.0.0.1:8080")),
            (&[("WENLU_LISTEN", "[::]:80")], at("http://[::1]:80")),
            (&[url], at("http://127.0.0.1:8080")),
            (&[proxied, url], AdminAddress::Unreachable),
            (
                &[("WENLU_LISTEN", "10.0.0.1:80")],
                AdminAddress::Unreachable,
            ),
            (&[proxied, url, own], at("http://127.0.0.1:8081")),
            (&[proxied, url, own, public], at("https://bot.example.org")),
            (&[proxied, public], at("http://127.0.0.1:8080")),
            (&[("WENLU_ADMIN", "off"), own], AdminAddress::Off),
        ] {
            let server = read_pairs(pairs, ServerSettings::read).unwrap();
            let admin = read_pairs(pairs, AdminSettings::read).unwrap();
            assert_eq!(admin.address(&server), wanted, "{pairs:?}");
        }
    }
}
