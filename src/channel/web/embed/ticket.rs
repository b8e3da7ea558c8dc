//! Which site shows the frame that asks: requests of the frame come from our own origin. In: a site,
//! then what a request brings. Out: a ticket for the frame's page; the site that it names. Must not
//! know: what is asked for.
//!
//! A ticket tells sites apart, so that one of them cannot use up what the others may send. It lets
//! nobody in: a request without one is answered too, and counts for its client alone.

use super::EmbedOrigins;
use super::token::{is_signed, mac};
use crate::secret::EmbedSecret;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::Mac as _;
use wenlu_core::model::Timestamp;

/// In which header the frame sends its ticket.
const HEADER: &str = "x-wenlu-ticket";
/// A page that is open for longer counts for its client alone.
const HOLDS_MILLIS: i64 = 24 * 3_600_000;

/// Makes and reads tickets.
#[derive(Clone)]
pub(in crate::channel::web) struct TicketOffice {
    origins: EmbedOrigins,
    secrets: Vec<EmbedSecret>,
}

impl TicketOffice {
    /// Without secrets of its own it uses one of this process.
    pub(in crate::channel::web) fn new(origins: EmbedOrigins, secrets: &[EmbedSecret]) -> Self {
        let mut secrets = secrets.to_vec();
        if secrets.is_empty() {
            let mut bytes = [0; 32];
            let random = getrandom::fill(&mut bytes).ok();
            let text = random.map(|()| crate::hash::hex(&bytes));
            secrets.extend(text.and_then(|text| EmbedSecret::parse(&text)));
        }
        TicketOffice { origins, secrets }
    }

    /// A ticket for a frame in a page of `site`; `None` without a secret.
    pub(super) fn issue(&self, site: &str, now: Timestamp) -> Option<String> {
        let signed = signed(now.0.saturating_add(HOLDS_MILLIS), site);
        let signature = mac(self.secrets.first()?, &signed).finalize().into_bytes();
        let parts = [signed.as_bytes(), &signature];
        Some(
            parts
                .map(|part| BASE64_URL_SAFE_NO_PAD.encode(part))
                .join("."),
        )
    }

    /// The site from which a request comes, as far as it can be told.
    pub(in crate::channel::web) fn site(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Option<String> {
        let named = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let of_frame = named(HEADER).and_then(|ticket| self.read(ticket, now));
        let listed = |origin: &&str| self.origins.allows(origin);
        of_frame.or_else(|| {
            let origin = named(header::ORIGIN.as_str()).filter(listed)?;
            Some(origin.to_owned())
        })
    }

    fn read(&self, ticket: &str, now: Timestamp) -> Option<String> {
        let (signed, signature) = ticket.split_once('.')?;
        let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        let (signed, signature) = (String::from_utf8(bytes(signed)?).ok()?, bytes(signature)?);
        if !is_signed(&self.secrets, &signed, &signature) {
            return None;
        }
        let (until, site) = signed.strip_prefix(KIND)?.split_once(' ')?;
        let holds = until.parse::<i64>().is_ok_and(|until| now.0 <= until);
        (holds && self.origins.allows(site)).then(|| site.to_owned())
    }
}

/// Keeps what is signed here apart from all else that the same secret signs.
const KIND: &str = "wenlu frame ";

fn signed(until: i64, site: &str) -> String {
    format!("{KIND}{until} {site}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_ticket_names_its_site_for_a_day() {
        let site = "https://www.shop.example";
        let origins = EmbedOrigins::new(vec![site.to_owned()]);
        let secrets = ["0123456789abcdef", "fedcba9876543210"].map(|half| half.repeat(2));
        let secret = |text: &String| EmbedSecret::parse(text).unwrap();
        let office = TicketOffice::new(origins.clone(), &[secret(&secrets[0])]);
        let now = Timestamp(1_700_000_000_000);
        let ticket = office.issue(site, now).unwrap();
        let told = |office: &TicketOffice, ticket: &str, later: i64| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_str(ticket).unwrap());
            office.site(&headers, Timestamp(now.0 + later))
        };
        assert_eq!(told(&office, &ticket, 0).as_deref(), Some(site));
        assert_eq!(told(&office, &ticket, HOLDS_MILLIS + 1), None);
        assert_eq!(told(&office, &ticket[1..], 0), None);
        let other = TicketOffice::new(origins.clone(), &[secret(&secrets[1])]);
        assert_eq!(told(&other, &ticket, 0), None);
        // while the secret is being changed
        let both = TicketOffice::new(origins, &[secret(&secrets[1]), secret(&secrets[0])]);
        assert_eq!(told(&both, &ticket, 0).as_deref(), Some(site));
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ORIGIN,
            HeaderValue::from_static("https://www.shop.example"),
        );
        assert_eq!(office.site(&headers, now).as_deref(), Some(site));
    }
}
