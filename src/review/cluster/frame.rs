//! The frame of a question: 怎么, 多少钱, `how do i`. In: a normalised text. Out: what it is about, without
//! the frame, and the words of the frame. Two questions that share a frame alone are not alike: 怎么加盟
//! and 怎么加新地址. Must not know: similarities.

/// The longer before those that they begin with.
const FRAMES: &[&str] = &[
    "怎么办",
    "怎么样",
    "怎么",
    "怎样",
    "咋办",
    "咋",
    "如何",
    "多少钱",
    "多少",
    "多久",
    "多长时间",
    "什么时候",
    "什么样",
    "什么",
    "哪里",
    "哪儿",
    "哪些",
    "哪个",
    "为什么",
    "为何",
    "为啥",
    "可以",
    "可不可以",
    "能不能",
    "能否",
    "有没有",
    "是不是",
    "我想要",
    "我想",
    "我要",
    "想要",
    "需要",
    "你们",
    "我们",
    "请给我",
    "给我",
];
/// Words of letters, which stand between spaces.
const WORDS: &[&str] = &[
    "how", "what", "where", "when", "why", "which", "who", "do", "does", "did", "is", "are", "can",
    "could", "will", "would", "i", "my", "me", "you", "your", "the", "a", "an", "to", "of", "for",
    "in", "on", "it", "much", "many", "long", "want", "need", "there", "be", "am", "s",
];

/// A question without its frame.
pub(super) struct FramedQuestion {
    /// All of it where it is nothing but frame.
    pub subject: String,
    pub frame: Vec<&'static str>,
}

impl FramedQuestion {
    pub(super) fn of(normal: &str) -> Self {
        let mut frame = Vec::new();
        let mut subject = String::with_capacity(normal.len());
        let mut rest = normal;
        while let Some(c) = rest.chars().next() {
            let is_start = subject.is_empty() || subject.ends_with(' ');
            match found(rest, is_start) {
                Some(word) => {
                    frame.push(word);
                    subject.push(' ');
                    rest = &rest[word.len()..];
                }
                None => {
                    subject.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
        }
        let words: Vec<&str> = subject.split_whitespace().collect();
        let subject = match words.is_empty() {
            true => normal.to_owned(),
            false => words.join(" "),
        };
        FramedQuestion { subject, frame }
    }
}

/// The word of the frame with which `rest` begins.
fn found(rest: &str, is_start: bool) -> Option<&'static str> {
    let han = FRAMES.iter().find(|word| rest.starts_with(**word));
    let is_whole = |word: &&&str| {
        rest.strip_prefix(**word)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    han.or_else(|| WORDS.iter().filter(|_| is_start).find(is_whole))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::FramedQuestion;

    #[test]
    fn what_a_question_is_about() {
        for (text, subject, frame) in [
            ("怎么加盟", "加盟", &["怎么"][..]),
            ("加盟费多少钱", "加盟费", &["多少钱"]),
            ("怎么办", "怎么办", &["怎么办"]),
            (
                "how do i reset my password",
                "reset password",
                &["how", "do", "i", "my"],
            ),
            ("island", "island", &[]),
        ] {
            let found = FramedQuestion::of(text);
            assert_eq!((found.subject.as_str(), &found.frame[..]), (subject, frame));
        }
    }
}
