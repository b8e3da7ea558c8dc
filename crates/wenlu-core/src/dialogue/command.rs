//! Words that control the conversation instead of asking something. In: a normalised text. Out: the
//! command. Must not know: the state of the conversation; `interpret` decides whether a command
//! makes sense in it.

use crate::text::normalize::normalize;
use crate::text::units::units;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// A command typed as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DialogueCommand {
    Next,
    Back,
    AllSteps,
    Human,
    Solved,
    Unsolved,
    NoneOfThese,
    Topics,
    Help,
    /// From an operator back to the bot.
    Bot,
}

/// Phrases as people type them, normalised (lower case, simplified characters, no punctuation),
/// separated by `|`.
const COMMANDS: &[(DialogueCommand, &str)] = &[
    (
        DialogueCommand::Next,
        "下一步|下一步呢|下一步怎么做|下一步做什么|下一个步骤|下步|下一个|然后|然后呢|继续|接着呢|接下来|\
         接下来呢|接下来怎么做|接下来怎么办|之后呢|再然后|再然后呢|完成了下一步|next|next step|next one|\
         continue|go on|then|then what|and then|what next|what's next",
    ),
    (
        DialogueCommand::Back,
        "上一步|上一个步骤|上步|上一个|返回上一步|回到上一步|退回上一步|后退|back|go back|previous|\
         previous step|prev|last step again",
    ),
    (
        DialogueCommand::AllSteps,
        "步骤|具体步骤|操作步骤|全部|全部步骤|所有步骤|完整步骤|全部显示|显示全部|一次看完|一次全发|全发给我|都发给我|看全部|\
         看全部步骤|一次都发我|一次都发给我|一次发给我|都发我|一起发我|all|all steps|show all|show all steps|everything|steps|the steps",
    ),
    (
        DialogueCommand::Human,
        "转人工|人工|人工客服|人工服务|转人工客服|转人工服务|我要人工|要人工|找人工|接人工|转客服|找客服|\
         真人|真人客服|转真人|human|a human|agent|human agent|talk to a human|talk to a person|\
         speak to a human|real person",
    ),
    (
        DialogueCommand::Solved,
        "有用|有帮助|解决了|已解决|已经解决|已经解决了|搞定|搞定了|问题解决了|可以了|弄好了|成功了|好使|\
         solved|that helped|it helped|helpful|this helped|it works|it worked|works now|fixed",
    ),
    (
        DialogueCommand::Unsolved,
        "没解决|没有解决|还没解决|还没有解决|未解决|没用|没有用|没帮助|没有帮助|不管用|还是不行|还是不可以|\
         不行|不对|答非所问|没帮上忙|没解决问题|我的问题没解决|问题没解决|not solved|unsolved|not helpful|\
         didn't help|that didn't help|did not help|doesn't work|it doesn't work|still not working|\
         still doesn't work|no help",
    ),
    (
        DialogueCommand::NoneOfThese,
        "都不是|都不对|全都不是|都没有|没有我要的|没有我想问的|以上都不是|不是这些|都不是我要问的|\
         不是这个意思|none|none of these|none of them|none of the above|neither|something else",
    ),
    (
        DialogueCommand::Topics,
        "菜单|主菜单|热门问题|常见问题|返回首页|首页|目录|menu|topics|home|start over",
    ),
    (DialogueCommand::Help, "帮助|使用帮助|使用说明|help"),
    // not 机器人 or bot alone: with a question mark these ask whether one talks to a bot
    (
        DialogueCommand::Bot,
        "返回机器人|回到机器人|返回机器人服务|转机器人|转回机器人|找机器人|切换机器人|换机器人|让机器人回答|\
         结束人工|结束人工服务|退出人工|退出人工服务|取消人工|取消转人工|不用人工|不用人工了|不需要人工|\
         不需要人工了|不要人工|不要人工了|back to the bot|back to bot|return to the bot|return to bot|\
         talk to the bot|talk to a bot|no person needed",
    ),
];

/// Words in a remark about a step that report a failure.
#[rustfmt::skip]
const TROUBLE_WORDS: &[&str] = &[
    "失败", "不行", "报错", "不了", "没", "错", "卡", "不对", "不到", "不成", "无法", "不能", "怎么办", "fail",
    "error", "stuck", "not", "n't", "wrong", "problem",
];

/// The words of all commands.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().flat_map(|(_, phrases)| phrases.split('|'))
}

/// The command, if the whole text is one.
pub(crate) fn read(normal: &str) -> Option<DialogueCommand> {
    static BY_PHRASE: LazyLock<FxHashMap<&str, DialogueCommand>> = LazyLock::new(|| {
        let each = COMMANDS
            .iter()
            .flat_map(|&(command, all)| all.split('|').map(move |phrase| (phrase, command)));
        each.collect()
    });
    BY_PHRASE.get(normal).copied()
}

/// What is wrong, where that is said, and what is right in a correction: 不是小程序是公众号; 我说的是小店的;
/// no, the shop one.
pub(crate) fn correction(normal: &str) -> Option<(Option<&str>, &str)> {
    let denied = normal
        .strip_prefix("不是")
        .and_then(|rest| rest.split_once('是'));
    let (wrong, right) = match denied {
        Some((wrong, right)) => (Some(wrong), right),
        None => {
            let heads = CORRECTION_HEADS.iter();
            (
                None,
                heads.filter_map(|head| normal.strip_prefix(head)).next()?,
            )
        }
    };
    let right = right
        .trim_end_matches(['的', '啊', '呀', '吧', ' '])
        .trim_end_matches(" one");
    let right = right.trim_start_matches("the ").trim();
    let is_short = |text: &str| (1..=MOST_CORRECTED).contains(&units(text).count());
    (wrong.is_none_or(is_short) && is_short(right)).then_some((wrong, right))
}

/// The right question of a correction that is too long for a few words: 弄错了，我问的不是小店，是公司注销了怎么办.
pub(crate) fn corrected_question(text: &str) -> Option<String> {
    let right = right_clause(text)?;
    (units(&right).count() > MOST_CORRECTED).then_some(right)
}

/// The few words that a correction names behind what was wrong: 我没说清楚，是想问小店的.
pub(crate) fn corrected_words(text: &str) -> Option<String> {
    let right = right_clause(text)?;
    let right = right.trim_end_matches(['的', '啊', '呀', '吧', ' ']);
    (1..=MOST_CORRECTED)
        .contains(&units(right).count())
        .then(|| right.to_owned())
}

/// What follows the words that say what is right, behind a clause that says what was wrong.
fn right_clause(text: &str) -> Option<String> {
    let clauses: Vec<&str> = text
        .split_inclusive(['，', ',', '。', '！', '!', '；', ';'])
        .collect();
    let is_denial = |clause: &&str| {
        let normal = normalize(clause);
        DENIED_HEADS.iter().any(|head| normal.starts_with(head))
            || MISTAKES.iter().any(|word| normal.contains(word))
    };
    let behind = |denied: usize| {
        let right = normalize(&clauses.get(denied + 1..)?.concat());
        let mut heads = RIGHT_HEADS.iter();
        let right = heads.find_map(|head| right.strip_prefix(head));
        right.map(str::to_owned)
    };
    let all = clauses.iter().enumerate();
    let denied = all.filter(|(_, clause)| is_denial(clause));
    denied.filter_map(|(at, _)| behind(at)).next()
}

/// What follows a word that denies, at the beginning of a text.
pub(crate) fn after_denial(normal: &str) -> Option<&str> {
    let mut heads = [
        "不对",
        "不是这个",
        "错了",
        "选错了",
        "点错了",
        "no",
        "wrong",
        "not that",
    ]
    .iter();
    heads
        .find_map(|head| normal.strip_prefix(head))
        .map(str::trim_start)
}

/// Words of somebody who put the last question wrongly.
#[rustfmt::skip]
const MISTAKES: &[&str] = &[
    "没说清", "没讲清", "没问清", "没表达清", "说错了", "问错了", "讲错了", "打错了", "弄错了", "搞错了", "put it badly", "wasn't clear", "was not clear", "my mistake",
];

/// What a clause begins with that says what was not meant, and what the next begins with.
#[rustfmt::skip]
const DENIED_HEADS: &[&str] = &[
    "不是", "我问的不是", "我说的不是", "我要的不是", "我指的不是", "问的不是", "说的不是", "我不是问", "我不是说", "我没问", "没问你", "谁问你", "not ", "no not ",
    "i didn't ask", "i did not ask", "i don't mean", "that's not", "i'm not asking", "wrong",
];
#[rustfmt::skip]
const RIGHT_HEADS: &[&str] = &[
    "我问的是", "我说的是", "我要问的是", "我想问的是", "是想问", "我是想问", "其实想问", "想问的是", "是要问", "应该是", "我要问", "我想问", "我要的是", "而是", "其实是", "是", "i asked ", "i'm asking ", "i mean ", "i meant ", "i want to know ",
    "my question is ", "it's ", "what i mean is ",
];
/// What a correction begins with that does not say what is wrong, the longer ones first.
#[rustfmt::skip]
const CORRECTION_HEADS: &[&str] = &[
    "不是这个 我说的是", "不是这个 我问的是", "不是这个 是", "不对 我说的是", "不对 我问的是", "不对 是", "我说的是", "我问的是", "我指的是", "我的意思是",
    "我是说", "我是问", "no i mean ", "no i meant ", "not that i mean ", "not that one ", "i mean ", "i meant ", "no the ", "no it's ",
    "not this the ", "not that the ",
];
/// Units of what is wrong or right in a correction.
const MOST_CORRECTED: usize = 8;

/// Whether a remark about a step reports that it failed.
pub(crate) fn is_trouble(said: &str) -> bool {
    TROUBLE_WORDS.iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_normalised_and_stand_once() {
        let mut seen = std::collections::BTreeSet::new();
        for phrase in COMMANDS.iter().flat_map(|(_, phrases)| phrases.split('|')) {
            assert_eq!(normalize(phrase), phrase);
            assert!(seen.insert(phrase), "{phrase} twice");
        }
    }

    #[test]
    fn trouble() {
        assert!(is_trouble("失败了") && !is_trouble("怎么做"));
    }
}
