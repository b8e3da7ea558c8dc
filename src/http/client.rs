//! Who asks. In: the peer's address and the headers of a request. Out: the client's address. Must not
//! know: what is asked for.

use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv6Addr};

/// The address of the client. Behind `trusted` proxies of our own, it is the `trusted`-th address
/// from the right of `X-Forwarded-For`, which the outermost proxy saw; addresses further left may
/// be forged.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: usize) -> IpAddr {
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = forwarded
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let seen = match trusted {
        0 => None,
        _ => chain
            .len()
            .checked_sub(trusted)
            .and_then(|at| chain.get(at))
            .and_then(|text| text.parse().ok()),
    };
    network(seen.unwrap_or(peer))
}

/// Reduces an IPv6 address to its /64, which belongs to one client.
pub(crate) fn network(address: IpAddr) -> IpAddr {
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
        client_address(peer.parse().unwrap(), &headers, trusted).to_string()
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
            assert_eq!(
                seen("10.0.0.1", forwarded, trusted),
                expected,
                "{forwarded:?}, {trusted} trusted"
            );
        }
    }
}
