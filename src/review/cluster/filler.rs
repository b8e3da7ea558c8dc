//! What people put around a question: greetings, thanks, urgency. In: a normalised text. Out: the same
//! without it, so that 怎么加盟, 请问怎么加盟 and 怎么加盟，在线等 are one wording. Must not know: any
//! knowledge, whose own list of such words is for routing.

/// In normalised form, the longer before those that they begin with or end in.
const FILLER: &[&str] = &[
    "麻烦问一下",
    "麻烦问下",
    "想咨询一下",
    "想咨询下",
    "想请问一下",
    "我想问一下",
    "我想问问",
    "我想问下",
    "我想问",
    "我想知道",
    "想问一下",
    "想问问",
    "想问下",
    "想知道",
    "请问一下",
    "请问下",
    "请问",
    "请教一下",
    "请教",
    "咨询一下",
    "咨询下",
    "问一下",
    "问下",
    "打扰一下",
    "打扰了",
    "不好意思",
    "你好",
    "您好",
    "大家好",
    "哈喽",
    "有人吗",
    "在不在",
    "客服在吗",
    "客服",
    "小编",
    "亲",
    "在吗",
    "那个",
    "各位",
    "大佬",
    "麻烦了",
    "麻烦",
    "帮我看看",
    "帮忙看看",
    "帮看看",
    "帮忙",
    "求助",
    "求解答",
    "求解",
    "求指点",
    "求回复",
    "求告知",
    "跪求",
    "在线等",
    "很急",
    "十万火急",
    "急",
    "谢谢了",
    "谢谢啦",
    "谢谢您",
    "谢谢你",
    "谢谢",
    "多谢",
    "非常感谢",
    "感谢",
    "谢了",
    "望回复",
    "盼回复",
    "呢",
    "啊",
    "呀",
    "哦",
    "嗯",
    "哈",
    "唉",
    "啦",
    "hello",
    "hi",
    "hey",
    "excuse me",
    "please",
    "thanks a lot",
    "thanks",
    "thank you",
    "urgent",
];
/// A text that would be shorter without it stays as it is.
const LEAST_CHARS: usize = 2;

/// `normal` without what stands around the question.
pub(super) fn without_filler(normal: &str) -> &str {
    let mut rest = normal;
    loop {
        let next = FILLER.iter().fold(rest, |rest, word| {
            off_the_end(off_the_start(rest, word), word)
        });
        if next.len() == rest.len() {
            return rest;
        }
        rest = next;
    }
}

fn off_the_start<'a>(text: &'a str, word: &str) -> &'a str {
    // 急救, 亲子: one character begins other words
    text.strip_prefix(word)
        .filter(|_| word.chars().count() > 1)
        .filter(|rest| is_apart(word, rest.chars().next()))
        .map(str::trim)
        .filter(|rest| rest.chars().count() >= LEAST_CHARS)
        .unwrap_or(text)
}

fn off_the_end<'a>(text: &'a str, word: &str) -> &'a str {
    text.strip_suffix(word)
        .filter(|rest| is_apart(word, rest.chars().next_back()))
        .map(str::trim)
        .filter(|rest| rest.chars().count() >= LEAST_CHARS)
        .unwrap_or(text)
}

/// Whether it cuts no word of letters in two.
fn is_apart(word: &str, neighbour: Option<char>) -> bool {
    !word.is_ascii() || neighbour.is_none_or(|c| !c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{FILLER, without_filler};

    #[test]
    fn what_stands_around_a_question_goes() {
        for (text, wanted) in [
            ("请问怎么加盟在线等", "怎么加盟"),
            ("你好麻烦问下怎么加盟谢谢", "怎么加盟"),
            ("怎么加盟呢", "怎么加盟"),
            ("怎么加盟非常感谢", "怎么加盟"),
            ("怎么加盟十万火急", "怎么加盟"),
            ("怎么加盟麻烦了", "怎么加盟"),
            ("怎么加盟我想问一下", "怎么加盟"),
            ("我想问下怎么加盟", "怎么加盟"),
            ("我想问问怎么加盟", "怎么加盟"),
            ("hi how do i pay please", "how do i pay"),
            ("hikvision", "hikvision"),
            ("客服", "客服"),
            ("谢谢", "谢谢"),
            ("急救电话是多少急", "急救电话是多少"),
        ] {
            assert_eq!(without_filler(text), wanted);
        }
    }

    /// An entry that an earlier one would cut leaves its rest behind: 非常 of 非常感谢.
    #[test]
    fn no_entry_begins_with_or_ends_in_an_earlier_one() {
        for (at, word) in FILLER.iter().enumerate() {
            for earlier in &FILLER[..at] {
                let begins = earlier.chars().count() > 1 && word.starts_with(earlier);
                assert!(
                    !begins && !word.ends_with(earlier),
                    "{earlier} before {word}"
                );
            }
        }
    }
}
