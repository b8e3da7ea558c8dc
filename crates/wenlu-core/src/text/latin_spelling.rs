//! Words of letters that were typed with a slip: reprot, infrigement, opneid. In: the words that the
//! knowledge uses, and a text. Out: the text with the words that are meant. Must not know: intents,
//! conversations, what a word means.

use rustc_hash::FxHashMap;

/// A word that the knowledge uses so often is spelled right: examples hold errors on purpose.
const FEWEST_USES: u32 = 3;
/// Letters of the shortest word in which two are looked for in the wrong order, and of the shortest
/// that may lack one or have one too many.
const SHORTEST: usize = 4;
const SHORTEST_UNEVEN: usize = 6;
/// Letters of the longest word that is looked at.
const LONGEST: usize = 24;

/// How often each word of letters is used.
#[derive(Debug, Default)]
pub(crate) struct LatinSpeller {
    uses: FxHashMap<String, u32>,
    /// The words that are spelled right, by their first letter.
    right: FxHashMap<u8, Vec<String>>,
}

impl LatinSpeller {
    /// Learns the words of these normalised texts.
    pub(crate) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut speller = LatinSpeller::default();
        for word in texts.into_iter().flat_map(words) {
            match speller.uses.get_mut(word) {
                Some(count) => *count += 1,
                None => {
                    speller.uses.insert(word.to_owned(), 1);
                }
            }
        }
        for (word, count) in &speller.uses {
            if let Some(first) = word.bytes().next().filter(|_| *count >= FEWEST_USES) {
                speller.right.entry(first).or_default().push(word.clone());
            }
        }
        speller.right.values_mut().for_each(|words| words.sort());
        speller
    }

    /// The text with the words that are meant; `None` if nothing is to be changed. Addresses are
    /// never changed.
    pub(crate) fn respelled(&self, text: &str) -> Option<String> {
        if text.contains(['@', '/']) {
            return None;
        }
        let (mut out, mut is_changed) = (String::with_capacity(text.len()), false);
        for piece in text.split_inclusive(|c: char| !c.is_ascii_alphabetic()) {
            let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
            let meant = self.meant(&word.to_ascii_lowercase());
            is_changed |= meant.is_some();
            out.push_str(meant.unwrap_or(word));
            out.push_str(piece.strip_prefix(word).unwrap_or_default());
        }
        is_changed.then_some(out)
    }

    /// The word that one slip makes of `typed`, which is none itself; the one that is used most.
    fn meant(&self, typed: &str) -> Option<&str> {
        let is_looked_at = (SHORTEST..=LONGEST).contains(&typed.len());
        if !is_looked_at || self.uses.contains_key(typed) {
            return None;
        }
        let near = self.right.get(typed.as_bytes().first()?)?.iter();
        // an ending is no slip
        let is_form = |right: &str| typed.starts_with(right) || right.starts_with(typed);
        let near = near.filter(|right| !is_form(right.as_str()));
        let near = near.filter(|right| is_one_slip(typed.as_bytes(), right.as_bytes()));
        let used = |word: &&String| self.uses.get(*word).copied().unwrap_or_default();
        near.max_by_key(used).map(String::as_str)
    }
}

/// The words of letters in a normalised text.
fn words(normal: &str) -> impl Iterator<Item = &str> {
    let all = normal.split(|c: char| !c.is_ascii_lowercase());
    all.filter(|word| !word.is_empty())
}

/// Whether two neighbours stand in the wrong order, or, in a longer word, one letter is missing or
/// too much.
fn is_one_slip(typed: &[u8], right: &[u8]) -> bool {
    let same = typed.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (rest, meant) = (
        typed.get(same..).unwrap_or_default(),
        right.get(same..).unwrap_or_default(),
    );
    let is_swap = match (rest, meant) {
        ([a, b, rest @ ..], [c, d, meant @ ..]) => (a, b) == (d, c) && rest == meant,
        _ => false,
    };
    let is_long = typed.len().min(right.len()) >= SHORTEST_UNEVEN - 1;
    let is_uneven = match (rest, meant) {
        ([_, after @ ..], meant) if typed.len() == right.len() + 1 => after == meant,
        (rest, [_, after @ ..]) if right.len() == typed.len() + 1 => rest == after,
        _ => false,
    };
    is_swap || is_long && is_uneven
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_mended() {
        let text = "report a link, infringement complaint, days; openid appeal ".repeat(3);
        let speller = LatinSpeller::of([text.as_str(), "lnk"]);
        for (typed, wanted) in [
            ("reprot a bad lnik", Some("report a bad link")),
            (
                "infrigement how many dyas",
                Some("infringement how many days"),
            ),
            ("换了opneid吗", Some("换了openid吗")),
            ("Reprot: openid", Some("report: openid")),
            ("appeals", None),
            ("see lnik.example/dyas", None),
            // a word of its own, whatever it resembles
            ("appear", None),
            ("lnk", None),
            ("lin", None),
            ("report", None),
            ("", None),
        ] {
            assert_eq!(speller.respelled(typed).as_deref(), wanted, "{typed}");
        }
    }
}
