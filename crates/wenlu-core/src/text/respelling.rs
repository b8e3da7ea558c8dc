//! Words that were typed with wrong characters of the same sound: 转人攻, 培偿. In: the right words, and
//! a text cut into words. Out: the text with the right characters. Must not know: intents, conversations.

use super::normalize::is_han;
use super::pinyin::char_pinyin;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// Characters of the longest word that is looked for.
const LONGEST: usize = 6;
/// From this length on a word is meant, even if what was typed consists of other words (那些材料);
/// from three characters on if only one of them is wrong (谢谢拉).
const SURELY_MEANT: usize = 4;

/// Characters that are words by themselves, so that two of them are seldom one misspelt word.
const OWN_WORDS: &str = "个事在的了我你他她它是有不没就也都还要会能这那和跟上下里去来到说看想做让给把被对从为以因但而或与用时后前\
    大小多少好再又很太最更一二三两几年月日天点次吗呢吧啊呀么什怎样哪啥咋过着得地先请问开\
    写填交传发查找等收改选点按拍拿带备办用要些样种份张条项各每另其些行";

/// How a character sounds, without its tone, and without what many do not tell apart: its beginning
/// where that is z, s or c, with an h or without, and the rest without a g at the end.
type Syllable = (&'static str, &'static str);

/// How a word sounds: a number for each syllable.
type WordSound = SmallVec<[u16; LONGEST]>;

/// Right words by their sound.
#[derive(Debug, Default)]
pub(crate) struct Respeller {
    /// The numbers of the syllables that right words have.
    syllables: FxHashMap<Syllable, u16>,
    by_sound: FxHashMap<WordSound, String>,
    right: FxHashSet<String>,
}

impl Respeller {
    /// Words of one character, of letters, and longer ones than [`LONGEST`] are left out.
    pub(crate) fn of<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut respeller = Respeller::default();
        for word in words {
            let length = word.chars().count();
            if (2..=LONGEST).contains(&length) && word.chars().all(is_han) {
                respeller.right.insert(word.to_owned());
                respeller.learn(word);
            }
        }
        respeller
    }

    fn learn(&mut self, word: &str) {
        let syllables: Option<Vec<Syllable>> = word.chars().map(syllable).collect();
        let number = |syllable: Syllable| {
            let next = u16::try_from(self.syllables.len()).unwrap_or(u16::MAX);
            *self.syllables.entry(syllable).or_insert(next)
        };
        if let Some(syllables) = syllables {
            let sound: WordSound = syllables.into_iter().map(number).collect();
            self.by_sound.entry(sound).or_insert(word.to_owned());
        }
    }

    /// The number of how a character sounds; `None` if no right word has such a syllable.
    fn number(&self, c: char) -> Option<u16> {
        self.syllables.get(&syllable(c)?).copied()
    }

    /// The right word that sounds like the characters of these numbers.
    fn sounding_like(&self, numbers: impl Iterator<Item = Option<u16>>) -> Option<&str> {
        let sound: WordSound = numbers.collect::<Option<_>>()?;
        self.by_sound.get(&sound).map(String::as_str)
    }

    /// `text` with the right characters; `None` if nothing is to be changed. `cut`: the words of a
    /// text that are in a dictionary, and single characters; joined they give the text.
    pub(crate) fn respelled(
        &self,
        text: &str,
        cut: impl Fn(&str) -> Vec<String>,
    ) -> Option<String> {
        if !self.sounds_like_any(text) {
            return None;
        }
        let words = cut(text);
        let (mut out, mut at, mut is_changed) = (String::with_capacity(text.len()), 0, false);
        while let Some(typed) = words.get(at..).filter(|typed| !typed.is_empty()) {
            let as_typed = self.right_words(typed).max(1);
            let found = self.right_word(typed);
            // what is meant consists of words, unlike what was typed
            let is_word = |right: &str| cut(right).len() < right.chars().count();
            let (right, count) = match found {
                Some((right, count)) if (count > as_typed || as_typed == 1) && is_word(right) => {
                    is_changed = true;
                    (right.to_owned(), count)
                }
                _ => (typed.iter().take(as_typed).cloned().collect(), as_typed),
            };
            out.push_str(&right);
            at += count;
        }
        is_changed.then_some(out)
    }

    /// Whether somewhere stands what sounds like a word and is none: most texts have nothing such.
    fn sounds_like_any(&self, text: &str) -> bool {
        let chars: Vec<(char, Option<u16>)> = text.chars().map(|c| (c, self.number(c))).collect();
        let is_wrong = |typed: &[(char, Option<u16>)]| {
            let right = self.sounding_like(typed.iter().map(|(_, number)| *number));
            right.is_some() && {
                let typed: String = typed.iter().map(|(c, _)| c).collect();
                !self.right.contains(&typed)
            }
        };
        (2..=LONGEST).any(|length| chars.windows(length).any(is_wrong))
    }

    /// The longest word that the first words of `typed` sound like, and how many these are.
    fn right_word(&self, typed: &[String]) -> Option<(&str, usize)> {
        let counts = (1..=typed.len().min(LONGEST)).rev();
        counts.into_iter().find_map(|count| {
            let words = typed.get(..count)?;
            let whole = words.concat();
            let length = whole.chars().count();
            let is_known = words.iter().any(|word| word.chars().nth(1).is_some());
            if !(2..=LONGEST).contains(&length) || self.right.contains(&whole) {
                return None;
            }
            let right = self.sounding_like(whole.chars().map(|c| self.number(c)))?;
            let pairs = whole.chars().zip(right.chars());
            let wrong: SmallVec<[(char, char); LONGEST]> =
                pairs.filter(|(typed, right)| typed != right).collect();
            let is_common = |c: char| OWN_WORDS.contains(c);
            // 在注册 is right as it stands, and so is 再注册
            let is_slip = |(typed, right): &(char, char)| !(is_common(*typed) && is_common(*right));
            let is_single = matches!(wrong.as_slice(), [one] if is_slip(one));
            let is_near = length >= SURELY_MEANT || length > 2 && is_single;
            let is_meant = match is_known {
                true => count > 1 && is_near,
                // 还有个事 is right as it stands
                false => length > 2 || !whole.chars().all(is_common),
            };
            is_meant.then_some((right, count))
        })
    }

    /// How many of the first words of `typed` make up a right word, which is not taken apart.
    fn right_words(&self, typed: &[String]) -> usize {
        let counts = (2..=typed.len().min(LONGEST)).rev();
        let is_right = |count: &usize| {
            let words = typed.get(..*count);
            words.is_some_and(|words| self.right.contains(&words.concat()))
        };
        counts.into_iter().find(is_right).unwrap_or(1)
    }
}

fn syllable(c: char) -> Option<Syllable> {
    let reading = char_pinyin(c).filter(|_| is_han(c))?;
    let reading = reading.strip_suffix('g').unwrap_or(reading);
    let blunt = |first: &'static str| {
        let rest = reading.strip_prefix(first)?.strip_prefix('h')?;
        Some((first, rest))
    };
    let first = reading.chars().next()?;
    let parts = reading.split_at(first.len_utf8());
    Some(["z", "s", "c"].into_iter().find_map(blunt).unwrap_or(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respelled(text: &str) -> Option<String> {
        let words = [
            "人工",
            "赔偿",
            "通知",
            "公众号",
            "哪些材料",
            "投诉",
            "上步",
            "谢谢啦",
            "格式",
            "再注册",
            "谢谢",
        ];
        let known = [
            "那些",
            "哪些",
            "材料",
            "公众号",
            "通知",
            "他人",
            "公开",
            "事实",
            "人工",
            "赔偿",
            "投诉",
            "谢谢",
            "格式",
            "注册",
        ];
        Respeller::of(words).respelled(text, |text| cut(text, &known))
    }

    /// The longest known words, else single characters.
    fn cut(text: &str, known: &[&str]) -> Vec<String> {
        let (mut all, mut rest) = (Vec::new(), text);
        while let Some(c) = rest.chars().next() {
            let single = &rest[..c.len_utf8()];
            let word = known.iter().copied().find(|word| rest.starts_with(word));
            let word = word.unwrap_or(single);
            all.push(word.to_owned());
            rest = &rest[word.len()..];
        }
        all
    }

    #[test]
    fn wrong_characters_of_the_right_sound() {
        for (text, wanted) in [
            ("转人攻", Some("转人工")),
            ("能培偿么", Some("能赔偿么")),
            ("没看到通之", Some("没看到通知")),
            ("公总号", Some("公众号")),
            ("准备那些材料", Some("准备哪些材料")),
            ("谢谢拉", Some("谢谢啦")),
            ("那些都要", None),
            ("手机上不行", None),
            ("还有个事", None),
            ("我在注册", None),
            ("邮件里写些什么", None),
            ("他人公开", None),
            ("公众号的通知", None),
            ("", None),
        ] {
            assert_eq!(respelled(text).as_deref(), wanted, "{text}");
        }
    }
}
