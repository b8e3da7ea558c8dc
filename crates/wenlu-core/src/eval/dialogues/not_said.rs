//! Whether a reply says that the material is silent. In: the beginning of a reply. Out: yes or no.
//!
//! The reply says it in its own words, which differ between knowledge folders. A sentence counts that
//! names the material, denies, and has a word for saying: 资料里没有提到, “the material does not say”.

/// What is silent.
const MATERIAL: &[&str] = &[
    "资料",
    "材料",
    "说明",
    "文档",
    "原文",
    "官方",
    "我这里",
    "手头",
    "知识",
    "material",
    "source",
    "information",
    "documentation",
    "guidance",
    "article",
    "i have",
    "we have",
    "my notes",
];
const DENIAL: &[&str] = &[
    "没有",
    "没",
    "未",
    "不包括",
    "不包含",
    "not",
    "n't",
    "n’t",
    "no ",
    "nothing",
    "without",
    "silent",
];
const SAYING: &[&str] = &[
    "说",
    "写",
    "提",
    "讲",
    "资料",
    "规定",
    "信息",
    "答案",
    "列",
    "给出",
    "记载",
    "收录",
    "注明",
    "涉及",
    "包含",
    "包括",
    "say",
    "state",
    "mention",
    "information",
    "cover",
    "specif",
    "give",
    "list",
    "tell",
    "on “",
    "silent",
    "answer",
];

/// Whether a sentence of `lead` says so.
pub(super) fn says_not_said(lead: &str) -> bool {
    let lower = lead.to_lowercase();
    lower
        .split(['。', '！', '？', '；', '\n', '!', '?', ';'])
        .flat_map(|part| part.split(". "))
        .any(is_denial_of_material)
}

fn is_denial_of_material(sentence: &str) -> bool {
    let has = |words: &[&str], text: &str| words.iter().any(|word| text.contains(word));
    let denials = DENIAL.iter().filter_map(|word| sentence.split_once(word));
    denials.into_iter().any(|(before, after)| {
        (has(MATERIAL, before) || has(MATERIAL, after)) && has(SAYING, after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_names_the_material() {
        for said in [
            "资料里没有说审核要多久。",
            "关于费用，官方说明没有提到。能告诉您的是：",
            "“微信支付”方面的问题，我这里还没有可靠的资料，不想随便给您一个答案。",
            "The material doesn't say how long this takes.",
            "I have no reliable information on “fees” yet",
            "Our source says nothing about fees; nothing is stated",
        ] {
            assert!(says_not_said(said), "{said}");
        }
        for silent in [
            "没有公众号也可以申诉：打开通知中心。",
            "没有登录的小程序会被冻结。",
            "If you do not log in, the mini program will be frozen.",
            "",
        ] {
            assert!(!says_not_said(silent), "{silent}");
        }
    }
}
