//! Signatures of events, as Standard Webhooks has them (standardwebhooks.com). In: secrets, and
//! what is delivered. Out: a header. Pure.

use crate::secret::BridgeSecret;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header `webhook-signature`: one signature of id, time (in seconds since 1970) and body for
/// each secret.
pub(super) fn signatures(secrets: &[BridgeSecret], (id, at): (&str, i64), body: &str) -> String {
    let signed = format!("{id}.{at}.{body}");
    let all: Vec<String> = secrets
        .iter()
        .map(|secret| signature(secret, &signed))
        .collect();
    all.join(" ")
}

fn signature(secret: &BridgeSecret, signed: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal()).expect("any length is a key");
    mac.update(signed.as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_example_of_the_specification() {
        let secret = BridgeSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let (at, body) = (1_614_265_330, r#"{"test": 2432232314}"#);
        let wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(
            signatures(std::slice::from_ref(&secret), (id, at), body),
            wanted
        );
        let two = signatures(&[secret.clone(), secret], (id, at), body);
        assert_eq!(two, format!("{wanted} {wanted}"));
    }
}
