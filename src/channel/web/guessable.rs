//! Names of conversations that somebody else could guess. In: the name that a client chose. Out:
//! whether it could be guessed: whoever knows it reads and writes in the conversation. Must not
//! know: which conversations there are.
//!
//! That a name is random cannot be seen from it. What can be seen is that it is not: too short for
//! its alphabet, words, one character over and over, an ascending row.

/// Random bits that a name must be able to hold: nobody finds one of a million conversations by
/// trying a billion names a second for a million years.
const LEAST_BITS: f64 = 96.0;
/// Bits by which its characters, and the steps from one to the next, must be spread: 22 random
/// characters of base64url come to more than 80.
const LEAST_SPREAD: f64 = 45.0;
/// Distinct characters. 29 random digits have fewer once in ten thousand times.
const FEWEST_DISTINCT: usize = 7;
/// Distinct bytes.
const BYTES: usize = 256;

/// Whether the name could be guessed.
pub(super) fn is_guessable(name: &str) -> bool {
    let random = random_part(name);
    let (mut bytes, mut steps) = ([0; BYTES], [0; 2 * BYTES]);
    for byte in &random {
        bytes[usize::from(*byte)] += 1;
    }
    for pair in random.windows(2) {
        steps[BYTES + usize::from(pair[1]) - usize::from(pair[0])] += 1;
    }
    (random.len() as f64) * bits_each(&random) < LEAST_BITS
        || bytes.iter().filter(|count| **count > 0).count() < FEWEST_DISTINCT
        || spread(&bytes) < LEAST_SPREAD
        || spread(&steps) < LEAST_SPREAD
}

/// The characters that may be random: with one case of letters, not the words (parts without a
/// digit beside parts that have some); with both, all of the alphabet of base64url.
fn random_part(name: &str) -> Vec<u8> {
    if has_both_cases(name.as_bytes()) {
        let symbols = name.bytes().filter(|b| !b":.".contains(b));
        return symbols.collect();
    }
    let parts: Vec<&str> = name.split([':', '_', '-', '.']).collect();
    let is_word = |part: &&str| part.bytes().all(|b| b.is_ascii_alphabetic());
    let random = parts
        .iter()
        .filter(|part| parts.len() == 1 || !is_word(part));
    random.flat_map(|part| part.bytes()).collect()
}

fn has_both_cases(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase)
}

/// Bits of one character of the smallest usual alphabet that has them all.
fn bits_each(random: &[u8]) -> f64 {
    let size: f64 = if has_both_cases(random) {
        64.0
    } else if random.iter().all(u8::is_ascii_digit) {
        10.0
    } else if random.iter().all(u8::is_ascii_hexdigit) {
        16.0
    } else {
        36.0
    };
    size.log2()
}

/// The entropy of one item, times the number of items, in bits; from how often there is each.
fn spread(counts: &[u16]) -> f64 {
    let all = f64::from(counts.iter().sum::<u16>());
    let bits = |count: f64| count * (all / count).log2();
    let counts = counts.iter().filter(|count| **count > 0);
    counts.map(|count| bits(f64::from(*count))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_could_think_of() {
        for name in [
            "4f0c2a",
            "c1",
            "me",
            "page-1",
            "user-00000000000000000000000000000042",
            "conversation-1700000000000",
            "order:20261127:000000000000017",
            "13800138000",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789abcdef0123456789abcdef",
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "deadbeefdeadbeefdeadbeefdeadbeef",
            "00000000-0000-0000-0000-000000000000",
            "tour-12345678901234567890",
            // 92 bits
            "9f3b2c7d1e8a4056b7c2d3e",
        ] {
            assert!(is_guessable(name), "{name}");
        }
    }

    #[test]
    fn what_generators_make() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut of = |alphabet: &[u8], length: usize| -> String {
            let letters = std::iter::repeat_with(|| alphabet[random.usize(..alphabet.len())]);
            letters.take(length).map(char::from).collect()
        };
        let base64url = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for _ in 0..2_000 {
            let hex = of(b"0123456789abcdef", 32);
            let uuid = [
                &hex[..8],
                &hex[8..12],
                &hex[12..16],
                &hex[16..20],
                &hex[20..],
            ]
            .join("-");
            for name in [
                format!("shop:{}", uuid.to_uppercase()),
                uuid,
                of(b"0123456789abcdef", 24),
                of(base64url, 22),
                of(b"0123456789abcdefghijklmnopqrstuvwxyz", 20),
                hex,
            ] {
                assert!(!is_guessable(&name), "{name}");
            }
        }
    }
}
