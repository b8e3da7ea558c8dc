//! Sentences that make sense only in a conversation, by classes of meaning: acknowledgements,
//! references back, returns to an earlier topic. In: a normalised text. Out: which
//! class it belongs to. Must not know: the state of the conversation.

use crate::text::normalize::normalize;
use crate::text::units::units;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// Words that acknowledge. A text made of these and [`FILLERS`] alone asks nothing.
const ACKNOWLEDGEMENTS: &str = "嗯|恩|好|行|收到|ok|okay|可以|哦|噢|喔|没事|算了|不用|不需要|不必|不要|不弄|不做|不搞|不办|不折腾|明白|懂|了解|知道了|我知道|晓得了|晓得|清楚|中|得嘞|好嘞|要得|妥了|唔该晒|唔该|\
    先这样|就这样|没问题|成|妥|原来这么简单|原来如此|原来是这样|原来这样|got it|understood|i see|sure|alright|all right|fine|never mind|nevermind|\
    哈哈|哈|呵呵|嘿嘿|嘻嘻|haha|lol|no need|no thanks|that's all|that is all|forget it|cool|great|good|noted|thats all";
/// Words that add nothing to an acknowledgement.
const FILLERS: &str = "的|了|啦|滴|吧|哈|啊|呀|呢|哒|么|嘛|那|就|我|你|您|先|去|来|再|试试|试一下|试一试|看看|看一下|看|弄不明白|搞不懂|不明白再|不懂再|弄|\
    问|一下|这样|谢谢|谢|多谢|感谢|辛苦|麻烦|回头|待会|等会|有事|还有|问题|自己|然后|暂时|等着|我等着|等你们|等你|等您|我等|等吧|慢慢等|有数|心里|就行|就好|cheers|bye|\
    thanks|thank you|thx|i|will|ll|try|it|that|now|then|you|ask|later|for|the|and|very|much|a|lot|'ll|i'll|let|me|again|if|need";
/// Greetings, although made of words that acknowledge and words that add nothing.
const GREETINGS: &str = "你好|您好";
/// Words of somebody who says hello, or asks whether anybody is there.
const HELLOS: &str = "你好|您好|哈喽|哈罗|哈啰|嗨|嘿|喂|早上好|上午好|中午好|下午好|晚上好|早安|早|大家好|在吗|在么|在嘛|在不在|有人吗|有人在吗|有人么|打扰了|打扰一下|hello|hi|hey|good morning|good afternoon|good evening|anyone there|anybody there";
/// Words that add nothing to a greeting.
const BESIDE_HELLOS: &str =
    "啊|呀|哇|哈|呢|哦|亲|客服|老师|小助手|机器人|请问|there|bot|team|everyone";
/// Thanks and greetings with particles, which are often typed with another character.
const WITH_PARTICLES: &str = "谢谢啦|谢谢啊|谢谢哈|多谢啦|感谢啦|你好啊|你好呀|你好哇|您好啊|您好呀|您好哇|再见啦|拜拜啦|好的呢|好的呀|知道啦|明白啦|收到啦|然后呢";
/// Signs that nod.
const NODS: &[char] = &[
    '👌', '👍', '🙏', '🆗', '✅', '😊', '🙂', '😄', '👏', '💪', '🫡', '🤝', '❤', '🌹',
];
/// Words of somebody who is going to do something, or to come back.
const PLANS: &str = "我先|我这就|我现在就|我马上|等我|那我去|我去试|我去准备|我去弄|我去办|我去看|我去找|我去问|我去登|我去点|先去|我试试|我再试|晚点|晚些|待会|等会|一会儿|\
    改天|明天再|回头再|有空再|有空了|准备好了再|弄好了再|再来找你|再找你|再来问|再问你|慢慢来|慢慢弄|i'll |i will |let me |later|going to |gonna |will do|will try|come back";
/// Words that ask: with them it is no plan alone.
const ASKS: &str = "怎么|怎样|如何|什么|啥|哪|吗|呢|多久|多少|几天|几个|能不能|可不可以|可以|需不需要|要不要|是不是|有没有|为什么|咋|行不|失败|不了|不到|\
    how|what|where|which|why|when|can |could |do i|does|should|talk|speak|agent|person|human|人工|客服|真人";
/// Units of a plan.
const LONGEST_PLAN: usize = 14;
/// Words that want fewer words.
const SHORTER: &str = "太长|长话短说|说重点|讲重点|重点是|简单点|简单说|简单讲|简短|简要|一句话|概括|总结|说短|短一点|短点|精简|说人话|讲人话|看不懂|没看懂|看不明白|听不懂|没听懂|听不明白|太复杂|太绕|太啰嗦|太专业|通俗|大白话|挑重点|拣要紧|挑要紧|说白了|tldr|tl dr|too long|shorter|short version|briefly|in short|\
    in brief|summarise|summarize|summary|key points|main point|plain english|simple words|simpler|simply|don't get it|don't understand|do not understand|too complicated|confusing|layman";
/// Words that want more of what was told.
const LONGER: &str = "详细点|详细一点|详细些|详细说|详细讲|更详细|再详细|具体点|具体一点|具体些|更具体|再具体|说细|细一点|细致点|更细|多说点|多讲点|多说一点|多介绍|展开说|展开讲|完整说明|完整的说明|完整版|更多|更全|\
    more detail|more details|in detail|more info|more information|tell me more|more about it|elaborate|full text|full version|full explanation|whole thing|expand on";
/// Units of a request for more.
const LONGEST_LENGTHENING: usize = 9;
/// Units of a request for fewer words.
const LONGEST_SHORTENING: usize = 10;
/// Words that refer to what was said before.
const REFERENCES: &str = "那|它|这|还有|刚才|上面|其中|里面|里头|该|此|前面| it | that | this | those | them | there | what about | how about | and ";
/// Those that stand for it, and do not only join what is said to it.
const POINTERS: &str =
    "它|这|刚才|上面|其中|里面|里头|该|此|前面| it | that | this | those | them ";
/// At the end of a question 呢 is only a particle, without one it goes on: openid 呢.
const QUESTIONS: &str = "怎|如何|什么|啥|咋|哪|多久|多少|几";
/// Words that want an earlier topic back.
const RETURNS: &str = "回到|回去|退回到|返回到|说回|回去说|再说回|说回|刚才那个|刚才说的|前面那个|之前那个|back to|go back to|earlier about|return to";
/// Words for what was talked about before, without its name.
const PREVIOUS: &str = "上一个话题|上个话题|上一个问题|上个问题|前一个话题|前一个问题|前面的话题|前面的问题|之前的话题|之前的问题|刚才的话题|刚才的问题|刚刚的话题|刚刚的问题|\
    talking about before|were on before|were on earlier|previous topic|previous question|last topic|earlier topic|first topic|discussed before|discussed earlier|asked before|asked earlier";
/// Words of somebody who is cross, and asks nothing by them.
const SCOLDS: &str = "废话|啰嗦|罗嗦|烦死|气死|急死|烦人|真烦|好烦|无语|坑人|坑爹|什么玩意|搞什么|搞毛|服了|扯淡|别扯|妈的|我靠|卧槽|晕死|受不了|要疯|笑死|答非所问|牛头不对马嘴|\
    ridiculous|damn|wtf|ugh|omg|for god's sake|waste of time|annoying|come on|seriously|nonsense|fed up";
/// Units of a clause that only scolds.
const LONGEST_SCOLDING: usize = 8;
/// Words that name what one chooses from, and words that want it once more.
const MENUS: &str =
    "菜单|选项|选择列表|几个选择|那几个选|几个让我选|可选的|列表|menu|options|choices|the list";
const ONCE_MORE: &str =
    "再|重新|刚才|刚刚|上面|回到|返回|退回|退到|又|again|back|once more|previous|last";
/// Units of a text that wants a menu again.
const LONGEST_MENU_REQUEST: usize = 12;
/// Words about waiting for a person.
const WAITING: &str = "等多久|要等|等到|急|人呢|有人吗|人工呢|客服呢|在吗|催|怎么还没|多久回|什么时候回|how long|much longer|have to wait|still waiting|anyone there|hurry|urgent";

/// The words of somebody who acknowledges or thanks.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let all = [ACKNOWLEDGEMENTS, FILLERS, WITH_PARTICLES];
    all.into_iter().flat_map(|words| words.split('|'))
}

struct WordClass {
    words: AhoCorasick,
    fillers: usize,
}

/// The longest words first, so that 好的 is one.
fn class(words: &str, fillers: &str) -> WordClass {
    let all: Vec<&str> = words.split('|').chain(fillers.split('|')).collect();
    WordClass {
        words: AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&all)
            .expect("a few short words"),
        fillers: words.split('|').count(),
    }
}

/// Whether the text acknowledges and asks nothing: 好的收到，我先去试试.
pub(super) fn acknowledges(normal: &str) -> bool {
    static CLASS: LazyLock<WordClass> = LazyLock::new(|| class(ACKNOWLEDGEMENTS, FILLERS));
    !has_one(normal, GREETINGS) && is_made_of(&CLASS, normal)
}

/// Whether the text says hello and nothing else: 您好，在吗.
pub(super) fn greets(normal: &str) -> bool {
    static CLASS: LazyLock<WordClass> = LazyLock::new(|| class(HELLOS, BESIDE_HELLOS));
    is_made_of(&CLASS, normal)
}

/// Whether the text consists of words of the class, of which one is more than a filler.
fn is_made_of(class: &WordClass, normal: &str) -> bool {
    let (mut end, mut found) = (0, false);
    for part in class.words.find_iter(normal) {
        let between = normal.get(end..part.start()).unwrap_or("?");
        if !between.trim().is_empty() {
            return false;
        }
        found |= part.pattern().as_usize() < class.fillers;
        end = part.end();
    }
    found && normal.get(end..).is_some_and(|rest| rest.trim().is_empty())
}

/// Whether a text without words nods: 👌.
pub(super) fn nods(text: &str) -> bool {
    text.contains(NODS)
}

/// Whether the asker says what they are going to do, and asks nothing: 我先去准备材料, i'll try later.
pub(super) fn plans(normal: &str) -> bool {
    has_one(normal, PLANS) && !has_one(normal, ASKS) && units(normal).nth(LONGEST_PLAN).is_none()
}

/// Whether the text wants to be told in fewer words.
pub(super) fn wants_shorter(normal: &str) -> bool {
    let is_short = units(normal).nth(LONGEST_SHORTENING).is_none();
    is_short && has_one(normal, SHORTER) && !has_one(normal, "怎么|吗|不能|标题|名称|名字")
}

fn has_one(normal: &str, words: &str) -> bool {
    words.split('|').any(|word| normal.contains(word))
}

/// Whether the text refers to what was said before.
pub(super) fn refers_back(normal: &str) -> bool {
    let spaced = format!(" {normal} ");
    has_one(&spaced, REFERENCES) || normal.contains('呢') && !has_one(normal, QUESTIONS)
}

/// Whether a word of the text stands for what was said before.
pub(super) fn points_back(normal: &str) -> bool {
    has_one(&format!(" {normal} "), POINTERS)
}

/// What stands around the words that want an earlier topic back: 回到注销那个 → 注销.
pub(super) fn earlier_topic(normal: &str) -> Option<String> {
    let word = RETURNS.split('|').find(|word| normal.contains(word))?;
    let rest = normal.replacen(word, " ", 1);
    let rest = ["那个", "那里", "的", "问题", "吧", "话题", "the ", " one"]
        .iter()
        .fold(rest, |text, filler| text.replace(filler, " "));
    Some(rest.trim().to_owned())
}

/// Whether the text wants to see once more what can be chosen: 菜单再发一遍, show me the options again.
pub(super) fn wants_menu_again(normal: &str) -> bool {
    has_one(normal, MENUS)
        && has_one(normal, ONCE_MORE)
        && units(normal).nth(LONGEST_MENU_REQUEST).is_none()
}

/// Whether the text wants to be told more of what was told, and asks nothing of its own.
pub(super) fn wants_longer(normal: &str) -> bool {
    let is_short = units(normal).nth(LONGEST_LENGTHENING).is_none();
    is_short
        && has_one(normal, LONGER)
        && !has_one(normal, "材料|资料|步骤|怎么|多久|更多人|在哪|哪里|去哪")
}

/// Whether the text names what was talked about before by nothing but that.
pub(super) fn names_previous(normal: &str) -> bool {
    has_one(normal, PREVIOUS)
}

/// The clauses of a text, each normalised.
pub(super) fn clauses(text: &str) -> impl Iterator<Item = String> {
    let all = text.split(|c: char| CLAUSE_ENDS.contains(&c));
    all.map(normalize).filter(|clause| !clause.is_empty())
}

const CLAUSE_ENDS: &[char] = &[
    '?', '？', '!', '！', '。', '.', ',', '，', ';', '；', '\n', '、', '…', '~', '～',
];

/// The text without the clauses that only scold; `None` if it has none, or nothing else.
pub(super) fn without_scolding(text: &str) -> Option<String> {
    let scolds = |clause: &str| {
        let normal = normalize(clause);
        has_one(&normal, SCOLDS)
            && !has_one(&normal, ASKS)
            && units(&normal).nth(LONGEST_SCOLDING).is_none()
    };
    let all = || text.split_inclusive(|c: char| CLAUSE_ENDS.contains(&c));
    if !all().any(scolds) {
        return None;
    }
    let rest: String = all().filter(|clause| !scolds(clause)).collect();
    (!normalize(&rest).is_empty()).then_some(rest)
}

/// Whether the text asks how long a person takes.
pub(super) fn asks_about_wait(normal: &str) -> bool {
    has_one(normal, WAITING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_ask_nothing() {
        for text in [
            "嗯",
            "好的",
            "行",
            "收到",
            "OK",
            "可以",
            "没事",
            "算了",
            "不用了",
            "不需要了",
            "明白了",
            "好的收到，我先去试试",
            "哦哦懂了",
            "嗯嗯好滴",
            "never mind",
            "ok thanks",
            "great, understood",
        ] {
            assert!(acknowledges(&normalize(text)), "{text}");
        }
        for text in [
            "好的，那要多久",
            "不用登录可以吗要多久",
            "我想试试",
            "谢谢",
            "okay what about the fee",
            "可以匿名吗",
            "不明白",
            "成功了",
            "知道是我吗",
            "no",
            "你好",
            "您好，麻烦问一下",
        ] {
            assert!(!acknowledges(&normalize(text)), "{text}");
        }
    }

    #[test]
    fn earlier_topics_are_named() {
        assert_eq!(earlier_topic("回到注销那个").as_deref(), Some("注销"));
        assert_eq!(earlier_topic("要多久"), None);
    }

    #[test]
    fn scolding_is_left_out() {
        for (text, wanted) in [
            ("烦死了，要几天！", Some("要几天！")),
            ("要几天，真是气死我了", Some("要几天，")),
            ("气死我了", None),
            ("这么过分的内容怎么举报", None),
            ("要几天", None),
        ] {
            assert_eq!(without_scolding(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn more_or_less() {
        assert!(wants_longer("能再详细点吗") && !wants_longer("更多材料要怎么准备"));
        assert!(wants_shorter("说人话看不懂") && !wants_shorter("要多久"));
    }

    #[test]
    fn plans_ask_nothing() {
        for text in [
            "我先去准备材料",
            "等我试试看",
            "晚点再说",
            "好的，准备好了再来找你",
            "I'll do that later",
        ] {
            assert!(plans(&normalize(text)), "{text}");
        }
        for text in [
            "我先登录哪里",
            "我去年注册的小程序",
            "等我的材料审核要多久",
            "let me talk to a person",
            "我先点了，没反应怎么办",
        ] {
            assert!(!plans(&normalize(text)), "{text}");
        }
    }
}
