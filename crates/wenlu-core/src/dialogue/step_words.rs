//! Words about steps, by classes of meaning. In: a normalised text. Out: which classes it consists of, and
//! what of it belongs to none. Must not know: the conversation, which steps there are.

use super::numerals::{ORDINALS, number};
use crate::text::normalize::is_han;
use crate::text::units::units;
use aho_corasick::AhoCorasick;
use std::ops::Range;
use std::sync::LazyLock;

/// What a word has to do with steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepWord {
    /// On to what follows.
    Forward,
    /// To what was before.
    Backward,
    /// All at once.
    Whole,
    /// The steps themselves.
    Steps,
    /// One after the other.
    OneByOne,
    /// The beginning of them.
    First,
    /// The end of them.
    Last,
    /// Once more.
    Again,
    /// How many there are.
    Count,
    /// Which of them it is in.
    Which,
    /// It is done.
    Done,
    /// Something that is done in a step.
    Act,
    /// Behind an act: it is done.
    Mark,
    /// One has come to a place.
    There,
    /// Somebody else acts: the platform, the other side.
    Other,
    /// It does not work.
    Trouble,
    /// The same, where nothing else is said: with a thing it may tell what one has not got.
    Lack,
    /// It asks.
    Ask,
    /// It adds nothing.
    Filler,
}

/// The words of each class, separated by `|`; those of letters are whole words.
#[rustfmt::skip]
const STEP_WORDS: &[(StepWord, &str)] = &[
    (StepWord::Forward, "在下一步|再来呢|再呢|接下去|再接着|往下说|往下讲|下一步|下步|下一个步骤|下一部|下一不|接下来|接着|然后|之后|以后|后面|往下|继续|往后|下面|下一个|随后|紧接着|\
        再往下|往下走|next|next one|continue|go on|then|after that|afterwards|move on|proceed|go ahead|carry on|what comes after|after that one|after this"),
    (StepWord::Backward, "上一步|上步|前一步|上一个步骤|上一部|退回|往回|倒回|倒回去|回退|后退|倒退|退一步|上一个|\
        back|previous|prev|before that|one before"),
    (StepWord::Whole, "全部|所有|完整|整个|全套|从头到尾|一次性|一次|一起|一口气|一下子|全发|都发|全列|都列|全说|都说|全给|都给|挨个|整套|一并|一起发|一起给|一块|一块儿|一块发|统统|通通|\
        all|everything|at once|in one go|whole|full|complete|every|entire|together"),
    (StepWord::Steps, "步骤|流程|过程|steps|instructions|procedure|process"),
    (StepWord::OneByOne, "一样一样|一样一样地|一项一项|一个个|一条一条|逐条|逐个|挨着来|慢慢教|一步一步|一步步|一步一步来|一步一步地|逐步|分步|分步骤|按步骤|手把手|一个一个来|\
        step by step|one by one|one step at a time|one at a time|walk me through|guide me through"),
    (StepWord::First, "第一件|先做什么|先做啥|先干什么|先干啥|先弄什么|先弄啥|先点哪|先点什么|first thing|the first thing|头一步|起步|第一下|首先|最先|最开始|一开始|起头|开头|从头|重头|从头再来|从头再来一遍|从头来|从头来一遍|从头开始|重新来|重新来一遍|重新开始|重来|\
        start over|start again|from the start|from the beginning|from the top|first|first of all|to begin with|to start with|begin with|start with"),
    (StepWord::Last, "最后一步|最后那步|最后那一步|最后|末步|末尾|末尾一步|最末|最末一步|末了|末了一步|尾步|last|last one|final|finally"),
    (StepWord::Again, "再说一遍|再说一次|重复|再来一遍|重说|再讲一遍|再发一遍|再发我一遍|再给我发一遍|再说给我听|再发一次|再看一遍|一遍|repeat|again|once more"),
    (StepWord::Count, "几步|多少步|几个步骤|多少个步骤|how many"),
    (StepWord::Which, "第几步|哪一步|哪步|第几个步骤|哪个步骤|which step|what step|which of the steps"),
    (StepWord::There, "已经到|已经在|已经进到|进到|来到|人在|人已经在|人已经到|停在|\
        i'm on|i am on|i'm at|i am at|i'm already|i've reached|i reached|i got to|i've got to|already on|already in|already at"),
    (StepWord::Other, "你们|他们|她们|人家|对方|平台会|平台怎么|官方会|官方怎么|系统会|\
        they|you guys|the platform|the team|the other side|will you|do you"),
    (StepWord::Done, "做完|弄完|点完|填完|选完|扫完|搞定|完成|弄好|做好|点好|选好|填好|挑好|扫好|好了|完了|完毕|妥了|\
        done|finished|completed|did it|did that|did|clicked|tapped|selected|chose|chosen|filled|filled in|scanned|logged in|\
        signed in|opened|submitted|pressed|picked|entered|after scanning|after clicking|after tapping|after selecting|\
        after choosing|after logging in|after signing in|after opening|after filling|after filling in|after submitting"),
    (StepWord::Act, "点|点击|点开|点进|点进去|点进来|点过|登进去|进来|挑|挑选|选|选择|选中|填|填写|登|登录|登陆|登入|扫|扫码|按|打开|进|进去|进入|输|输入|提交|找到|做|弄|搞|拉|翻|\
        勾|勾选|上传|确认|看到"),
    (StepWord::Mark, "了|完|过|上|开|到|好"),
    (StepWord::Lack, "没有|没用|不行|无法|不能|can't|cannot|doesn't|missing|problem|trouble|wrong"),
    (StepWord::Trouble, "失败|报错|没反应|点不了|点不动|点不开|打不开|进不去|找不到|找不着|没找到|没看见|没看到|看不到|看不见|没出来|不出来|\
        卡住|卡在|卡|过不去|过不了|不对|不动|选不了|登不上|登不了|扫不了|填不了|出错|错误|错了|不成|没成功|没成|点不到|没这个按钮|没有这个按钮|没这个选项|没有这个选项|\
        不显示|没显示|转圈|白屏|空白|闪退|won't open|won't load|won't let me|doesn't open|nothing shows|blank|crashes|greyed out|grayed out|stuck|error|fails|failed|fail|doesn't work|not working|nothing happens|don't see|can't see|\
        can't find|cannot find|not there"),
    (StepWord::Ask, "到哪一步|到哪步|到哪一步了|走到哪一步|办到哪一步|审到哪一步|处理到哪一步|是什么|是啥|啥|什么|怎么做|怎么办|怎么弄|怎么走|怎么操作|怎么整|咋整|怎么|咋办|咋弄|咋|干啥|干啥子|做啥子|填啥子|选啥子|点啥子|干嘛|干吗|干什么|做什么|做啥|弄啥|点哪|点哪里|\
        点哪儿|点哪个|点啥|点什么|选哪个|选啥|选什么|按哪|按哪个|填啥|填什么|在哪|在哪里|在哪儿|哪里|哪儿|哪个|去哪|去哪里|呢|吗|么|\
        how|what|where|which|what's|where's|do i do|should i do|to do"),
    (StepWord::Filler, "能否|可否|能不能|可不可以|带着|领着|带|跟着|跟|照着|俺|俺们|咱|咱们|慢慢|慢慢来|边|咧|呗|嘞|咯|喽|说明|明白|明白了|懂了|知道了|收到|thing|things|through|slowly|请问|very|一大段|一大堆|别|没看明白|没听明白|没看懂|没听懂|瞅瞅|瞧瞧|瞅一眼|瞧一眼|太慢|太慢了|太麻烦|懒得|直接|快点|赶紧|里面|里头|那里|这里|光|只|就说|就讲|请|麻烦|帮我|帮忙|帮|告诉我|告诉|说说|说|讲讲|讲|给我|给|发我|发|列|出来|展示|显示|来|看看|看|一下|下|吧|啊|呀|嘛|哈|哦|噢|\
        的|我|你|您|要|还要|需要|该|想|能|谢谢|好的|嗯|行|可以|ok|okay|再|那|就|把|教|让我|想要|想看|要看|每一步|等等|等下|等一下|这一步|这步|这|那个|这个|是|也|先|跳到|跳|\
        回到|回|去|返回|退|来着|已经|刚刚|刚|都|全|操作|一步|步|应该|还|一共|总共|具体|详细|有|地|\
        me|please|the|to|i|i'm|is|are|do|does|show|give|tell|send|want|see|get|you|can|could|for|it|this|that|one|and|now|so|just|pls|thanks|\
        should|have|i've|a|of|in|list|step|let's|click|tap|press|choose|select|open|type|enter|fill|scan|submit|here|on|go|ok|okay|yes|need|there|at|with|my|was|we"),
];

/// The words of all classes.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    STEP_WORDS.iter().flat_map(|(_, words)| words.split('|'))
}

/// Shorter words of letters name nothing.
const SHORTEST_WORD: usize = 3;

/// A text about steps, cut into words of these classes.
#[derive(Debug, Default)]
pub(super) struct StepWords {
    found: Vec<StepWord>,
    /// Where each of them begins.
    starts: Vec<usize>,
    /// Where the characters stand that belong to no class.
    strange: Vec<usize>,
}

impl StepWords {
    pub(super) fn of(normal: &str) -> Self {
        let longest = longest_from_each_place(normal);
        let mut words = StepWords::default();
        let mut at = 0;
        while let Some(c) = normal.get(at..).and_then(|rest| rest.chars().next()) {
            match longest.get(at).copied().flatten() {
                Some((end, class)) => {
                    words.found.push(class);
                    words.starts.push(at);
                    at = end;
                }
                None => {
                    if c != ' ' {
                        words.strange.push(at);
                    }
                    at += c.len_utf8();
                }
            }
        }
        words
    }

    pub(super) fn has(&self, class: StepWord) -> bool {
        self.found.contains(&class)
    }

    /// Whether all of the text belongs to the classes.
    pub(super) fn is_all(&self) -> bool {
        self.strange.is_empty()
    }

    /// How many characters belong to no class.
    pub(super) fn strange_count(&self) -> usize {
        self.strange.len()
    }

    /// What the text names: pairs of neighbouring Han characters of no class, or, without any, those
    /// of which one is; and words of letters of no class.
    pub(super) fn named(&self, normal: &str) -> Vec<String> {
        self.named_before(normal, normal.len())
    }

    /// The same in what is said to be done, and not in what is asked behind it.
    pub(super) fn named_as_done(&self, normal: &str) -> Vec<String> {
        let done = self.found.iter().position(|class| {
            use StepWord::{Done, Mark, There};
            matches!(class, Done | Mark | There)
        });
        let behind = self.found.iter().zip(&self.starts).skip(done.unwrap_or(0));
        let mut asked =
            behind.filter(|(class, _)| matches!(class, StepWord::Forward | StepWord::Ask));
        let end = asked.next().map_or(normal.len(), |(_, start)| *start);
        self.named_before(normal, end)
    }

    /// How many characters of no class stand beside each other: they name something of their own.
    pub(super) fn names_more(&self, normal: &str, pieces: &[String]) -> bool {
        let is_strange = |at: usize| self.strange.binary_search(&at).is_ok();
        pieces.iter().any(|piece| {
            let starts = normal.match_indices(piece.as_str()).map(|(at, _)| at);
            let mut places = starts.filter(|at| {
                let mut chars = piece.char_indices();
                chars.all(|(within, _)| is_strange(at + within))
            });
            places.next().is_some()
        })
    }

    fn named_before(&self, normal: &str, end: usize) -> Vec<String> {
        let is_strange = |at: &usize| self.strange.binary_search(at).is_ok();
        let normal = normal.get(..end).unwrap_or(normal);
        let chars: Vec<(usize, char)> = normal.char_indices().collect();
        let pairs = |fewest: usize| -> Vec<String> {
            let all = chars.windows(2).filter_map(|pair| {
                let [(first, a), (second, b)] = pair else {
                    return None;
                };
                let strange = usize::from(is_strange(first)) + usize::from(is_strange(second));
                let is_pair = is_han(*a) && is_han(*b) && strange >= fewest;
                is_pair.then(|| String::from_iter([*a, *b]))
            });
            all.collect()
        };
        let mut pieces = pairs(2);
        if pieces.is_empty() {
            pieces = pairs(1);
        }
        let words = units(normal).filter(|unit| {
            !unit.han && unit.text.len() >= SHORTEST_WORD && is_strange(&unit.start)
        });
        pieces.extend(words.map(|unit| unit.text.to_owned()));
        pieces
    }

    /// Whether all steps are asked for after one after the other was: 一步一步太慢，全部发我.
    pub(super) fn ends_in_whole(&self) -> bool {
        let last = |class| self.found.iter().rposition(|found| *found == class);
        match (last(StepWord::OneByOne), last(StepWord::Whole)) {
            (Some(one), Some(whole)) => whole > one,
            (None, Some(_)) => true,
            _ => false,
        }
    }

    /// Whether it begins with a word that goes on.
    pub(super) fn goes_on(&self) -> bool {
        self.found.first() == Some(&StepWord::Forward)
    }

    /// Whether it says that something does not work.
    pub(super) fn has_trouble(&self) -> bool {
        self.has(StepWord::Trouble) || self.is_all() && self.has(StepWord::Lack)
    }

    /// Whether it says that something was done: 做完了, 点开了, i scanned it.
    pub(super) fn says_done(&self) -> bool {
        let is_marked = |pair: &[StepWord]| {
            pair.first() == Some(&StepWord::Act)
                && matches!(pair.get(1), Some(StepWord::Mark | StepWord::Forward))
        };
        // who has come to a place has done what leads there, and goes on from it
        let is_there = || self.has(StepWord::There) && self.has(StepWord::Forward);
        let is_done = self.has(StepWord::Done) || self.found.windows(2).any(is_marked);
        !self.has_trouble() && (is_done || is_there())
    }
}

/// For each byte at which a word begins, the end and the class of the longest one.
fn longest_from_each_place(normal: &str) -> Vec<Option<(usize, StepWord)>> {
    static FINDER: LazyLock<(AhoCorasick, Vec<StepWord>)> = LazyLock::new(|| {
        let all = STEP_WORDS
            .iter()
            .flat_map(|&(class, words)| words.split('|').map(move |word| (word.trim(), class)));
        let (words, classes): (Vec<&str>, Vec<StepWord>) = all.unzip();
        let finder = AhoCorasick::new(words).expect("a few hundred short words");
        (finder, classes)
    });
    let (finder, classes) = &*FINDER;
    let mut longest = vec![None; normal.len()];
    for found in finder.find_overlapping_iter(normal) {
        let class = classes.get(found.pattern().as_usize());
        if let (Some(class), true) = (class, is_whole_word(normal, found.range()))
            && let Some(place) = longest.get_mut(found.start())
            && place.is_none_or(|(end, _)| end < found.end())
        {
            *place = Some((found.end(), *class));
        }
    }
    longest
}

/// Words of letters are whole words.
fn is_whole_word(text: &str, range: Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let is_letter = |at: Option<usize>| {
        let byte = at.and_then(|at| bytes.get(at));
        byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'\'')
    };
    let begins = is_letter(Some(range.start)) && is_letter(range.start.checked_sub(1));
    let ends = is_letter(range.end.checked_sub(1)) && is_letter(Some(range.end));
    !begins && !ends
}

/// A step that a text names, with what stands before and behind the number.
#[derive(Debug, PartialEq)]
pub(super) struct NamedStep<'t> {
    pub number: usize,
    pub before: &'t str,
    pub after: &'t str,
}

/// The last step that the text names: 第3步, 前三步, 步骤三, step 3, the third step. A lone 一步 is none.
pub(super) fn named_step(normal: &str) -> Option<NamedStep<'_>> {
    let places = normal.char_indices().map(|(at, _)| at);
    places.rev().find_map(|at| named_at(normal, at))
}

fn named_at(normal: &str, at: usize) -> Option<NamedStep<'_>> {
    let (before, text) = (normal.get(..at)?, normal.get(at..)?);
    let (number, after) = number_with_word(before, text)?;
    Some(NamedStep {
        number,
        before: before.trim_end(),
        after: after.trim_start(),
    })
}

/// The number of a step that `text` begins with, and what follows.
fn number_with_word<'t>(before: &str, text: &'t str) -> Option<(usize, &'t str)> {
    let after_one_of =
        |text: &'t str, words: &[&str]| words.iter().find_map(|w| text.strip_prefix(w));
    if let Some(rest) = text.strip_prefix('第') {
        let (number, rest) = number(rest).or_else(|| sounding_number(rest))?;
        let after = after_one_of(rest, STEP_COUNTERS).or_else(|| after_misspelled(rest))?;
        return Some((number, after));
    }
    let is_word = before.ends_with(|c: char| c.is_ascii_alphanumeric());
    let spelled = |text: &'t str| {
        let mut all = ORDINALS.iter();
        all.find_map(|(word, number)| Some((*number, text.strip_prefix(word)?)))
    };
    if let Some(rest) = after_one_of(text, &["步骤", "step "]).filter(|_| !is_word) {
        let is_number = |(_, rest): &(usize, &str)| !rest.starts_with(NO_NUMBERS);
        return number(rest).filter(is_number).or_else(|| spelled(rest));
    }
    let is_inside = before.ends_with(|c: char| c == '第' || is_word || is_number_sign(c));
    let (number, rest) = number(text)
        .or_else(|| spelled(text))
        .filter(|_| !is_inside)?;
    let rest = after_one_of(
        rest,
        &["步", " step", "st step", "nd step", "rd step", "th step"],
    )?;
    // 一步, a step: no number
    (number > 1 || text.starts_with(|c: char| c.is_ascii())).then_some((number, rest))
}

/// With these 一 is no number: 步骤一起发.
const NO_NUMBERS: &[char] = &['起', '次', '下', '口', '块', '遍', '并', '共', '个'];
/// What counts steps; 部 and 布 are often typed for 步.
const STEP_COUNTERS: &[&str] = &["步骤", "个步骤", "步", "部", "布"];

/// What follows a 不 that is typed for 步: nothing, or a question that cannot be denied. 第四不行 has another.
fn after_misspelled(rest: &str) -> Option<&str> {
    let after = rest.strip_prefix('不')?;
    let asks = ["是什么", "是啥", "呢", "怎么", "咋", "干", "做什么", "做啥"];
    (after.is_empty() || asks.iter().any(|word| after.starts_with(word))).then_some(after)
}

/// A number typed by a character of the same sound: 第而步.
fn sounding_number(rest: &str) -> Option<(usize, &str)> {
    let sounds = [
        ("而", 2),
        ("儿", 2),
        ("伞", 3),
        ("散", 3),
        ("是", 4),
        ("事", 4),
    ];
    let found = sounds
        .iter()
        .find_map(|(sign, number)| Some((*number, rest.strip_prefix(sign)?)));
    found.filter(|(_, after)| after.starts_with('步'))
}

fn is_number_sign(c: char) -> bool {
    "一二两三四五六七八九十".contains(c)
}
