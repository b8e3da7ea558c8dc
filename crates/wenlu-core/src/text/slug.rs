//! Names of files and sections. In: a title. Out: the same as lower-case letters, digits and `-`: Han
//! characters as pinyin. Must not know: which names are taken, or mean something else.

use super::pinyin::char_pinyin;
use std::borrow::Cow;

/// The longest name, as ids have.
const MOST_CHARS: usize = 48;

/// `退款要多久` → `tui-kuan-yao-duo-jiu`; cut between words; empty if nothing of it can be read.
///
/// ```
/// # use wenlu_core::text::slug::slug;
/// assert_eq!(slug("退款 refund，要多久？"), "tui-kuan-refund-yao-duo-jiu");
/// assert_eq!(slug("？！"), "");
/// ```
pub fn slug(title: &str) -> String {
    let mut words: Vec<Cow<str>> = Vec::new();
    let mut goes_on = false;
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            let c = c.to_ascii_lowercase();
            match words.last_mut().filter(|_| goes_on) {
                Some(word) => word.to_mut().push(c),
                None => words.push(Cow::Owned(c.to_string())),
            }
            goes_on = true;
        } else {
            // ü, which no id can have, is written v
            words.extend(char_pinyin(c).map(|sound| Cow::Owned(sound.replace('ü', "v"))));
            goes_on = false;
        }
    }
    let mut name = String::new();
    for word in words {
        let gap = usize::from(!name.is_empty());
        if name.len() + gap + word.len() > MOST_CHARS {
            let room = MOST_CHARS - name.len();
            // one word that is too long is cut
            name.extend(word.chars().take(if name.is_empty() { room } else { 0 }));
            break;
        }
        name.push_str(if gap == 1 { "-" } else { "" });
        name.push_str(&word);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_cut_between_words_and_never_longer_than_an_id() {
        let long = slug(&"怎么注销".repeat(9));
        assert!(long.len() <= MOST_CHARS && !long.ends_with('-'), "{long}");
        assert!(
            long.split('-')
                .all(|word| ["zen", "me", "zhu", "xiao"].contains(&word))
        );
        assert_eq!(slug(&"a".repeat(60)), "a".repeat(48));
        assert_eq!(slug("女装 2.0"), "nv-zhuang-2-0");
    }
}
