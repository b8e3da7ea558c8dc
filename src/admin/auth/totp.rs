//! One-time codes as a second factor (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, as all
//! authenticator apps support). In: a secret, a code, the time. Out: the time step of the code; the
//! store makes sure that each step is used once.

use super::secret::NoEntropy;
use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};
use totp_rs::{Builder, Secret, Totp};
use wenlu_core::model::Timestamp;

/// 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
const ISSUER: &str = "Wenlu";
/// Quiet zone around the QR code, in modules, as its standard requires.
const QUIET: i32 = 4;

/// A new secret, in base32.
pub fn new_secret() -> Result<String, NoEntropy> {
    let mut bytes = vec![0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| NoEntropy)?;
    Ok(Secret::from(bytes).to_base32())
}

/// The time step that `code` belongs to, if it is the current one or the one before or after it.
pub fn matching_step(secret: &str, code: &str, now: Timestamp) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = totp(secret, "")?.check(&code, u64::try_from(now.0 / 1_000).ok()?)?;
    i64::try_from(step).ok()
}

/// The `otpauth://` URL that an authenticator app reads.
pub fn otpauth_url(secret: &str, name: &str) -> Option<String> {
    totp(secret, name)?.to_url().ok()
}

/// The URL as a QR code in SVG.
pub fn qr(address: &str) -> Option<Markup> {
    let code = QrCode::encode_text(address, QrCodeEcc::Medium).ok()?;
    let (size, all) = (code.size(), code.size() + 2 * QUIET);
    let squares = (0..size)
        .flat_map(|y| (0..size).map(move |x| (x, y)))
        .filter(|&(x, y)| code.get_module(x, y));
    let path: String = squares
        .map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET))
        .collect();
    Some(html! {
        svg.qr viewBox=(format!("0 0 {all} {all}")) role="img" aria-label="二维码，内容与下面的密钥相同" shape-rendering="crispEdges" {
            rect width=(all) height=(all) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    })
}

fn totp(secret: &str, name: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    Builder::new()
        .with_secret(secret)
        .with_account_name(name)
        .with_issuer(Some(ISSUER))
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret and two codes of RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = Secret::from(b"12345678901234567890".to_vec()).to_base32();
        assert_eq!(matching_step(&secret, "287082", Timestamp(59_000)), Some(1));
        assert_eq!(
            matching_step(&secret, "081 804", Timestamp(1_111_111_109_000)),
            Some(37_037_036)
        );
        // a step early, a step late, two steps late
        assert_eq!(matching_step(&secret, "287082", Timestamp(29_000)), Some(1));
        assert_eq!(matching_step(&secret, "287082", Timestamp(89_000)), Some(1));
        assert_eq!(matching_step(&secret, "287082", Timestamp(90_000)), None);
        for bad in ["", "28708", "2870822", "abcdef", "２８７０８２"] {
            assert_eq!(
                matching_step(&secret, bad, Timestamp(59_000)),
                None,
                "{bad}"
            );
        }
    }

    #[test]
    fn an_authenticator_reads_it() {
        let secret = new_secret().unwrap();
        let address = otpauth_url(&secret, "ann").unwrap();
        assert_eq!(
            address,
            format!("otpauth://totp/Wenlu:ann?secret={secret}&issuer=Wenlu")
        );
        assert!(qr(&address).unwrap().into_string().contains("<path"));
    }
}
