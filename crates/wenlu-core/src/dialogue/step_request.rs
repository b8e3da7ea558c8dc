//! Requests about steps, by what they mean: on, back, all of them, the third, done, stuck. In: a normalised
//! text. Out: what is requested. Must not know: the conversation, which steps there are.

use super::command;
use super::numerals::ORDINALS;
use super::step_words::{NamedStep, StepWord, StepWords, named_step};
use crate::text::units::units;

/// Units beside a number that leave a text a remark about that step.
const MOST_BESIDE_NUMBER: usize = 16;
/// Units of a text that can be a remark about a step without a number.
const LONGEST_REMARK: usize = 18;
/// Words that suppose something.
const SUPPOSITIONS: &[&str] = &[
    "要是",
    "如果",
    "假如",
    "万一",
    "的时候",
    "的话",
    "what if",
    " if ",
];
/// Whether another step is named before the joint that a text ends in: 第一步和, second and.
fn names_another(before: &str) -> bool {
    let joined = JOINTS.iter().filter_map(|joint| before.strip_suffix(joint));
    joined.map(str::trim_end).any(|rest| {
        let last = rest.rsplit(' ').next().unwrap_or(rest);
        named_step(rest).is_some_and(|named| named.after.is_empty())
            || ORDINALS.iter().any(|(word, _)| *word == last)
    })
}

/// What joins two steps that are named.
const JOINTS: &[&str] = &["和", "跟", "跟到", "与", "到", "至", "同", "and", "to"];
/// Characters of such a remark that may name something of the step.
const MOST_NAMING: usize = 24;

/// Characters of no class that may stand beside a request for one step after the other.
const MOST_BESIDE_ONE_BY_ONE: usize = 6;

/// What a text requests.
#[derive(Debug, PartialEq)]
pub(super) enum StepRequest {
    Next {
        /// It asks what to do, and not only to go on.
        asks: bool,
    },
    Back,
    All,
    /// One step after the other, from the first.
    FromFirst,
    Last,
    /// The step that is shown, once more.
    Again,
    /// This step, from 1.
    Nth(usize),
    /// One further on, which holds these pieces.
    Toward(Vec<String>),
    /// Which step holds these pieces.
    Which(Vec<String>),
    /// How many steps there are.
    Count,
    /// This step is done, or the one that is shown, or the one that holds these pieces.
    Done(Option<usize>, Vec<String>),
    /// The same for a step that does not work.
    Failed(Option<usize>, Vec<String>),
}

/// What the text requests, if it is about steps and nothing else.
pub(super) fn requested(normal: &str) -> Option<StepRequest> {
    if let Some(named) = named_step(normal) {
        return about_named(&named);
    }
    if units(normal).nth(LONGEST_REMARK).is_some() {
        return None;
    }
    let words = StepWords::of(normal);
    match words.is_all() {
        true => in_words_of_steps(&words),
        false => naming(normal, &words),
    }
}

/// The step that a lone ordinal names while one is shown: and the second?
pub(super) fn lone_ordinal(normal: &str) -> Option<StepRequest> {
    let mut found = ORDINALS.iter().filter_map(|(word, number)| {
        let mut rest: Vec<&str> = normal.split(' ').collect();
        let at = rest.iter().position(|part| part == word)?;
        rest.remove(at);
        StepWords::of(&rest.join(" ")).is_all().then_some(*number)
    });
    found.next().map(StepRequest::Nth)
}

/// Whether a text names anything beside the number of a step.
pub(super) fn names_more(normal: &str) -> bool {
    named_step(normal).is_some_and(|named| {
        let is_all = |text: &str| StepWords::of(text).is_all();
        !is_all(named.before) || !is_all(named.after)
    })
}

fn about_named(named: &NamedStep) -> Option<StepRequest> {
    let beside = units(named.before).count() + units(named.after).count();
    if beside > MOST_BESIDE_NUMBER {
        return None;
    }
    // 第一步和第二步: several of them
    if names_another(named.before) {
        return Some(StepRequest::All);
    }
    let number = Some(named.number);
    let (before, after) = (StepWords::of(named.before), StepWords::of(named.after));
    let is_stuck = before.has_trouble() || command::is_trouble(named.after);
    // 第二步做完了, i finished step 2
    let goes_beyond = before.is_all() && (before.says_done() || before.has(StepWord::Forward));
    let is_done = after.says_done() || after.goes_on() || named.after.is_empty() && goes_beyond;
    Some(match (is_stuck, is_done) {
        (true, _) => StepRequest::Failed(number, vec![]),
        (false, true) => StepRequest::Done(number, vec![]),
        (false, false) => StepRequest::Nth(named.number),
    })
}

/// A text that consists of words about steps.
fn in_words_of_steps(words: &StepWords) -> Option<StepRequest> {
    use StepWord::{
        Again, Ask, Backward, Count, First, Forward, Last, OneByOne, Other, Steps, Whole,
    };
    let has = |class| words.has(class);
    let is_all = has(Whole) && (has(Steps) || !has(Ask));
    Some(match () {
        () if is_all && words.ends_in_whole() => StepRequest::All,
        () if has(OneByOne) => StepRequest::FromFirst,
        () if words.has_trouble() => StepRequest::Failed(None, vec![]),
        () if has(Count) => StepRequest::Count,
        () if has(First) && !words.says_done() => StepRequest::FromFirst,
        () if has(Other) => return None,
        () if words.says_done() => StepRequest::Done(None, vec![]),
        () if has(Last) => StepRequest::Last,
        () if has(Backward) => StepRequest::Back,
        () if has(Again) => StepRequest::Again,
        () if has(Steps) => StepRequest::All,
        () if has(Forward) => StepRequest::Next { asks: has(Ask) },
        () => return None,
    })
}

/// A remark that also names something, which the step may have in it: 点完投诉了, 找不到右上角的三个点.
fn naming(normal: &str, words: &StepWords) -> Option<StepRequest> {
    if words.strange_count() > MOST_NAMING {
        return None;
    }
    let goes_on =
        words.has(StepWord::Forward) || words.has(StepWord::Ask) || normal.ends_with('了');
    let ends = |words: &[&str]| words.iter().any(|word| normal.ends_with(word));
    match () {
        () if ends(&["下一步", "下一步呢", "next step"]) => {
            Some(StepRequest::Next { asks: false })
        }
        () if ends(&["上一步", "previous step"]) => Some(StepRequest::Back),
        // 麻烦一步一步讲，我对着手机点
        () if words.has(StepWord::OneByOne) && words.strange_count() <= MOST_BESIDE_ONE_BY_ONE => {
            Some(StepRequest::FromFirst)
        }
        () if words.has(StepWord::Trouble) => Some(StepRequest::Failed(None, words.named(normal))),
        () if words.has(StepWord::Which) => Some(StepRequest::Which(words.named(normal))),
        // what others do is no step
        () if words.has(StepWord::Other) => None,
        () if words.has(StepWord::Forward) && words.has(StepWord::Ask) && !words.says_done() => {
            Some(StepRequest::Toward(words.named(normal)))
        }
        // 要是改名的时候碰到重名了呢 supposes what is not done
        () if SUPPOSITIONS.iter().any(|word| normal.contains(word)) => None,
        () if words.says_done() && goes_on => {
            Some(StepRequest::Done(None, words.named_as_done(normal)))
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::normalize;

    fn of(text: &str) -> Option<StepRequest> {
        requested(&normalize(text))
    }

    #[test]
    fn numbers_may_stand_anywhere() {
        use StepRequest::{Done, Failed, Nth};
        for (text, wanted) in [
            ("第3步", Nth(3)),
            ("请告诉我第四步", Nth(4)),
            ("跳到第五步吧", Nth(5)),
            ("步骤十二怎么做", Nth(12)),
            ("what is the third step", Nth(3)),
            ("三步做完了，第四步", Nth(4)),
            ("第二部", Nth(2)),
            ("第二布是啥", Nth(2)),
            ("第而步怎么弄", Nth(2)),
            ("第三不怎么弄", Nth(3)),
            ("第一步点了，然后", Done(Some(1), vec![])),
            ("前三步都弄完了", Done(Some(3), vec![])),
            ("I finished step 2", Done(Some(2), vec![])),
            ("done with the second step", Done(Some(2), vec![])),
            ("第三步失败了！", Failed(Some(3), vec![])),
            ("卡在第四步了", Failed(Some(4), vec![])),
            ("I'm stuck at step 2", Failed(Some(2), vec![])),
        ] {
            assert_eq!(of(text), Some(wanted), "{text}");
        }
        for text in [
            "第3个",
            "第三不行就算了",
            "3",
            "一步",
            "第三步之后还要等很久很久才能知道平台的审核结果吗",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn an_ordinal_may_stand_alone() {
        for (text, wanted) in [
            ("second?", Some(StepRequest::Nth(2))),
            ("and now the third please", Some(StepRequest::Nth(3))),
            ("the second account", None),
            ("one moment", None),
        ] {
            assert_eq!(lone_ordinal(&normalize(text)), wanted, "{text}");
        }
    }

    #[test]
    fn meanings_have_many_forms() {
        use StepRequest::{Again, All, Back, Count, FromFirst, Last, Next};
        for (text, wanted) in [
            ("继续往下", Next { asks: false }),
            ("然后点哪", Next { asks: true }),
            ("再往后呢", Next { asks: true }),
            ("退回去一步", Back),
            ("往回退", Back),
            ("go back please", Back),
            ("把步骤都发给我", All),
            ("全部步骤 一起发", All),
            ("send me everything at once", All),
            ("从头到尾发一遍", All),
            ("一共几步", Count),
            ("一步一步太慢了，所有步骤一次性都给我", All),
            ("您能带着我一步一步弄吗，我对着手机点", FromFirst),
            ("慢慢来，跟俺说先干啥", FromFirst),
            ("明白，接下去呢", Next { asks: true }),
            ("从头再来一遍", FromFirst),
            ("what do I click first", FromFirst),
            ("show me everything at once", All),
            ("一步步教我", FromFirst),
            ("第二步跟第三步都说说", All),
            ("the first and second step please", All),
            ("末了那一步干啥", Last),
            ("step by step please", FromFirst),
            ("最后要干嘛", Last),
            ("这步再说一遍", Again),
        ] {
            assert_eq!(of(text), Some(wanted), "{text}");
        }
        for text in [
            "登上了",
            "点开了",
            "ok 点好了",
            "搞定",
            "选好了下面呢",
            "I clicked it, then?",
        ] {
            assert!(
                matches!(of(text), Some(StepRequest::Done(None, _))),
                "{text}"
            );
        }
    }

    #[test]
    fn questions_are_no_remarks() {
        for text in [
            "要多久",
            "没有公众号怎么办",
            "名字被删了",
            "要什么材料",
            "公司注销了",
            "how long does it take",
        ] {
            let found = of(text);
            let is_named = |found: &StepRequest| matches!(found, StepRequest::Failed(None, rest) if !rest.is_empty());
            assert!(found.as_ref().is_none_or(is_named), "{text} {found:?}");
        }
    }
}
