//! Words that control the conversation instead of asking something. In: a normalised text. Out: the
//! command. Must not know: the state of the conversation; `interpret` decides whether a command
//! makes sense in it.

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

/// Words that, before or after a number, make it the choice of a button.
#[rustfmt::skip]
const CHOICE_BEFORE: &[&str] = &[
    "我想问的是", "我要", "我选择", "我选", "选择", "选项", "选", "就", "第", "option", "number", "no", "choose",
    "choice",
];
const CHOICE_AFTER: &[&str] = &["", "个", "项", "条", "号", "个吧", "吧", "个问题", "个选项"];
pub(super) const ORDINALS: &[(&str, usize)] = &[
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("one", 1),
    ("two", 2),
    ("three", 3),
];

/// Words in a remark about a step that report a failure.
#[rustfmt::skip]
const TROUBLE_WORDS: &[&str] = &[
    "失败", "不行", "报错", "不了", "没", "错", "卡", "不对", "不到", "不成", "无法", "不能", "怎么办", "fail",
    "error", "stuck", "not", "n't", "wrong", "problem",
];

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

/// The number of a choice, counted from 1, if the whole text is one: `2`, `第二个`, `选2`, `the
/// first one`.
pub(crate) fn choice(normal: &str) -> Option<usize> {
    let bare = normal.strip_prefix("the ").unwrap_or(normal);
    let bare = bare.strip_suffix(" one").unwrap_or(bare);
    if let Some((_, number)) = ORDINALS.iter().find(|(word, _)| *word == bare) {
        return Some(*number);
    }
    let mut rest = normal;
    while let Some(shorter) = CHOICE_BEFORE
        .iter()
        .find_map(|before| rest.strip_prefix(before))
    {
        rest = shorter.trim_start();
    }
    let (number, after) = number(rest)?;
    CHOICE_AFTER.contains(&after).then_some(number)
}

/// What is wrong and what is right in a correction: 不是小程序是公众号.
pub(crate) fn correction(normal: &str) -> Option<(&str, &str)> {
    let rest = normal.strip_prefix("不是")?;
    let (wrong, right) = rest.split_once('是')?;
    let right = right.trim_end_matches(['的', '啊', '呀']);
    let is_word = |text: &str| (2..=8).contains(&text.chars().count());
    (is_word(wrong) && is_word(right)).then_some((wrong, right))
}

/// Whether a remark about a step reports that it failed.
pub(crate) fn is_trouble(said: &str) -> bool {
    TROUBLE_WORDS.iter().any(|word| said.contains(word))
}

/// The number from 1 to 99 at the beginning of a text, in digits or in Chinese, and the rest.
pub(super) fn number(text: &str) -> Option<(usize, &str)> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    if digits > 0 {
        let number = text
            .get(..digits)?
            .parse()
            .ok()
            .filter(|n| (1..100).contains(n))?;
        return Some((number, text.get(digits..)?));
    }
    let length: usize = text
        .chars()
        .take_while(|c| "一二两三四五六七八九十".contains(*c))
        .map(char::len_utf8)
        .sum();
    let (written, rest) = (text.get(..length)?, text.get(length..)?);
    let number = match written.split_once('十') {
        None => digit(written)?,
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { digit(tens)? };
            tens * 10 + if ones.is_empty() { 0 } else { digit(ones)? }
        }
    };
    Some((number, rest))
}

fn digit(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let (only, None) = (chars.next()?, chars.next()) else {
        return None;
    };
    match only {
        '两' => Some(2),
        _ => "一二三四五六七八九"
            .chars()
            .position(|c| c == only)
            .map(|at| at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::normalize;

    #[test]
    fn phrases_are_normalised_and_stand_once() {
        let mut seen = std::collections::BTreeSet::new();
        for phrase in COMMANDS.iter().flat_map(|(_, phrases)| phrases.split('|')) {
            assert_eq!(normalize(phrase), phrase);
            assert!(seen.insert(phrase), "{phrase} twice");
        }
    }

    #[test]
    fn choices() {
        for (text, wanted) in [
            ("1", Some(1)),
            ("①", Some(1)),
            ("第一个", Some(1)),
            ("选2", Some(2)),
            ("我选第三个吧", Some(3)),
            ("１２", Some(12)),
            ("十二", Some(12)),
            ("第二十", Some(20)),
            ("两", Some(2)),
            ("2号", Some(2)),
            ("option 2", Some(2)),
            ("the second one", Some(2)),
            ("第3步", None),
            ("0", None),
            ("100", None),
            ("1个月", None),
            ("一般", None),
            ("", None),
        ] {
            assert_eq!(choice(&normalize(text)), wanted, "{text}");
        }
    }

    #[test]
    fn trouble() {
        assert!(is_trouble("失败了") && !is_trouble("怎么做"));
    }
}
