//! Similarity of two short texts. In: two texts as typed. Out: 0 to 1. For follow-up phrases, typed
//! button labels and "nearest example"; the router's scores are not made of it.

use super::gram_bag::GramBag;
use super::{normalize::normalize, pinyin::char_pinyin, units::units};

/// Sørensen–Dice coefficient of the units and unit pairs (Dice 1945; on bigrams: Adamson & Boreham
/// 1974), by spelling or by pinyin, whichever is higher; pinyin counts nine tenths. Units are
/// characters and words, not bytes.
pub fn dice_similarity(a: &str, b: &str) -> f32 {
    GramBag::as_written(&normalize(a)).similarity(&GramBag::as_written(&normalize(b)))
}

/// The parts of `text`, as byte spans, whose units occur in `other` too, by spelling or by pinyin.
/// Adjacent ones form one span.
pub(crate) fn shared_spans(text: &str, other: &str) -> Vec<[usize; 2]> {
    let other = normalize(other);
    let mut has: Vec<&str> = Vec::new();
    for unit in units(&other) {
        has.push(unit.text);
        has.extend(
            unit.text
                .chars()
                .next()
                .filter(|_| unit.han)
                .and_then(char_pinyin),
        );
    }
    let mut spans: Vec<[usize; 2]> = Vec::new();
    for unit in units(text) {
        let normal = normalize(unit.text);
        let sound = normal
            .chars()
            .next()
            .filter(|_| unit.han)
            .and_then(char_pinyin);
        if has.contains(&normal.as_str()) || sound.is_some_and(|sound| has.contains(&sound)) {
            let end = unit.start + unit.text.len();
            match spans.last_mut() {
                Some(last) if last[1] == unit.start => last[1] = end,
                _ => spans.push([unit.start, end]),
            }
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::{dice_similarity, shared_spans};

    #[test]
    fn likeness() {
        assert_eq!(dice_similarity("要多久", "要多久？"), 1.0);
        assert!(dice_similarity("祝销小程序", "注销小程序") > 0.85);
        assert!(dice_similarity("需要什么材料", "要什么材料呀") > 0.6);
        assert_eq!(dice_similarity("", "要多久"), 0.0);
        assert!(dice_similarity("天气", "要多久") < 0.01);
    }

    #[test]
    fn shared_parts() {
        let text = "小程序遷移 OpenID 變嗎";
        let parts: Vec<&str> = shared_spans(text, "迁移后openid变没变")
            .iter()
            .map(|s| &text[s[0]..s[1]])
            .collect();
        assert_eq!(parts, ["遷移", "OpenID", "變"]);
        assert_eq!(shared_spans("祝销", "注销"), [[0, 6]]);
        assert_eq!(shared_spans("", "注销"), [[0usize; 2]; 0]);
    }
}
