//! Recovery codes: each stands in for a one-time code, once. In: an account; what was typed. Out: new
//! codes, to be shown once; the hash under which the store keeps one. A code has 79 random bits, so a
//! fast hash over the account and the code is enough: there is nothing to guess.

use super::secret::{NoEntropy, derived};

/// Codes that are made at once.
const CODES: usize = 10;
/// With so few left it is time to make new ones.
pub(crate) const FEW: i64 = 3;
/// Without letters that look like digits, or like each other.
const LETTERS: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";
const LENGTH: usize = 16;
/// Characters between two dashes.
const GROUP: usize = 4;

/// New codes: `abcd-efgh-jkmn-pqrs`.
pub(crate) fn new_codes() -> Result<Vec<String>, NoEntropy> {
    (0..CODES).map(|_| new_code()).collect()
}

fn new_code() -> Result<String, NoEntropy> {
    let mut code = String::new();
    let mut letters = 0;
    while letters < LENGTH {
        let mut byte = [0; 1];
        getrandom::fill(&mut byte).map_err(|_| NoEntropy)?;
        // all letters are equally likely: what is none is drawn again
        let Some(letter) = LETTERS.get(usize::from(byte[0] % 32)) else {
            continue;
        };
        if letters > 0 && letters % GROUP == 0 {
            code.push('-');
        }
        code.push(char::from(*letter));
        letters += 1;
    }
    Ok(code)
}

/// The hash of what was typed, if it can be a code: dashes, spaces and capitals do not matter.
pub(crate) fn hash_of(account: i64, typed: &str) -> Option<String> {
    let letters: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_code =
        letters.len() == LENGTH && letters.bytes().all(|letter| LETTERS.contains(&letter));
    is_code.then(|| derived(&format!("wenlu recovery {account}"), &letters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let codes = new_codes().unwrap();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), CODES);
        for code in &codes {
            assert_eq!(code.len(), 19, "{code}");
            let typed = code.to_uppercase().replace('-', " ");
            let hash = hash_of(7, code).unwrap();
            assert_eq!(hash_of(7, &typed), Some(hash.clone()));
            assert_ne!(hash_of(8, code), Some(hash));
        }
        for bad in ["", "123456", "abcd-efgh-jkmn-pqr1", "abcd-efgh-jkmn"] {
            assert_eq!(hash_of(7, bad), None, "{bad}");
        }
    }
}
