//! Who may use the bridge, and how much. In: the headers of a request, and whose conversation it is
//! about. Out: permission, or an [`ApiError`]. Must not know: what is asked for.
//!
//! All askers come from the few addresses of the team's servers, so that no limit goes by address
//! but the one on wrong keys.

use super::config::BridgeConfig;
use crate::http::client::client_address;
use crate::http::error::ApiError;
use crate::http::limit::ClientLimiter;
use crate::secret::BridgeKey;
use axum::http::{HeaderMap, header};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use wenlu_core::model::ConversationId;

const SCHEME: &str = "Bearer ";

pub(super) struct BridgeAccess {
    keys: Vec<BridgeKey>,
    all_askers: ClientLimiter,
    askers: ClientLimiter,
    wrong_keys: ClientLimiter,
    trusted_proxies: usize,
}

impl BridgeAccess {
    pub(super) fn new(config: &BridgeConfig) -> Self {
        let limiter = |rate| ClientLimiter::new(rate, NonZeroU32::MIN);
        BridgeAccess {
            keys: config.keys.clone(),
            all_askers: limiter(config.rate),
            askers: limiter(config.asker_rate),
            wrong_keys: limiter(config.asker_rate),
            trusted_proxies: config.trusted_proxies,
        }
    }

    /// Whether the request shows a key of the bridge. Returns the client's address.
    pub(super) fn authenticate(
        &self,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<IpAddr, ApiError> {
        let client = client_address(peer.ip(), headers, self.trusted_proxies);
        let shown = headers.get(header::AUTHORIZATION);
        let shown = shown.and_then(|value| {
            let (scheme, key) = value.as_bytes().split_at_checked(SCHEME.len())?;
            scheme
                .eq_ignore_ascii_case(SCHEME.as_bytes())
                .then_some(key)
        });
        // each key is compared, whichever is right
        let is_right = shown.is_some_and(|shown| {
            self.keys
                .iter()
                .fold(false, |is_right, key| key.is(shown) | is_right)
        });
        if is_right {
            return Ok(client);
        }
        match self.wrong_keys.check(client) {
            Ok(()) => Err(ApiError::WrongKey),
            Err(retry_after) => Err(ApiError::RateLimited { retry_after }),
        }
    }

    /// Counts a message of an asker.
    pub(super) fn admit(&self, conversation: &ConversationId) -> Result<(), ApiError> {
        let own = self.askers.check(conversation.as_str());
        own.and_then(|()| self.all_askers.check(()))
            .map_err(|retry_after| ApiError::AskerTooFast { retry_after })
    }
}
