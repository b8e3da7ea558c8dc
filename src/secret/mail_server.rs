//! The server that takes e-mail. In: an address with a password. Out: a [`MailServer`], whose `Debug`
//! hides the password. Must not know: where it is read, what is sent.

use std::fmt;
use std::net::IpAddr;
use url::{Host, Url};

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailEncryption {
    /// From the beginning: `smtps://`.
    Wrapped,
    /// By STARTTLS, without which nothing is sent: `smtp://`.
    Required,
    /// Not at all: `smtp://` to this machine.
    Loopback,
}

/// Where e-mail is handed in.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub encryption: MailEncryption,
    /// Name and password.
    login: Option<(String, String)>,
}

impl MailServer {
    /// From `smtps://name:password@host:465` or `smtp://name:password@host:587`; `@` within the name
    /// is written `%40`. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
        if !is_bare || url.fragment().is_some() {
            return None;
        }
        // `url` reads hosts of schemes that it does not know as opaque text
        let host = Host::parse(url.host_str()?).ok()?;
        let (encryption, port) = match url.scheme() {
            "smtps" => (MailEncryption::Wrapped, 465),
            "smtp" if is_loopback(&host) => (MailEncryption::Loopback, 25),
            "smtp" => (MailEncryption::Required, 587),
            _ => return None,
        };
        let login = match (decoded(url.username())?, url.password()) {
            (name, None) if name.is_empty() => None,
            (name, Some(password)) if !name.is_empty() => Some((name, decoded(password)?)),
            _ => return None,
        };
        Some(MailServer {
            host: match &host {
                Host::Ipv6(address) => address.to_string(),
                other => other.to_string(),
            },
            port: url.port().unwrap_or(port),
            encryption,
            login,
        })
    }

    /// The name with which one signs in; `None` if one does not.
    pub fn user(&self) -> Option<&str> {
        self.login.as_ref().map(|(name, _)| name.as_str())
    }

    /// Name and password, for signing in only.
    pub(crate) fn login(&self) -> Option<(&str, &str)> {
        let login = self.login.as_ref();
        login.map(|(name, password)| (name.as_str(), password.as_str()))
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
    }
}

/// Without `%xx`.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let login = self.login.as_ref().map(|_| "***");
        f.debug_struct("MailServer")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .field("login", &login)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address() {
        use MailEncryption::{Loopback, Required, Wrapped};
        for (text, host, port, encryption) in [
            (
                "smtps://me:pass@smtp.example.org",
                "smtp.example.org",
                465,
                Wrapped,
            ),
            (
                "smtps://me:pass@smtp.example.org:4650/",
                "smtp.example.org",
                4650,
                Wrapped,
            ),
            (
                "smtp://me:pass@smtp.example.org",
                "smtp.example.org",
                587,
                Required,
            ),
            ("smtp://10.0.0.1:25", "10.0.0.1", 25, Required),
            ("smtp://localhost", "localhost", 25, Loopback),
            ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, Loopback),
            ("smtp://[::1]:2525", "::1", 2525, Loopback),
        ] {
            let server = MailServer::parse(text).unwrap_or_else(|| panic!("{text}"));
            let found = (server.host.as_str(), server.port, server.encryption);
            assert_eq!(found, (host, port, encryption), "{text}");
        }
        for bad in [
            "",
            "smtp.example.org",
            "https://smtp.example.org",
            "smtp://",
            "smtp://me@host",
            "smtp://:pass@host",
            "smtp://host/path",
            "smtp://host?tls=no",
            "smtp://me:p%zz@host",
        ] {
            assert_eq!(MailServer::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn nothing_is_shown() {
        let server = MailServer::parse("smtps://bot%40x.cn:p%40ss@smtp.x.cn").unwrap();
        assert_eq!(server.login(), Some(("bot@x.cn", "p@ss")));
        let shown = format!("{server:?}");
        assert!(
            !shown.contains("p@ss") && !shown.contains("bot@"),
            "{shown}"
        );
    }
}
