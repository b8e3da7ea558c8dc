//! Requests for a person: 叫你们的人来跟我讲, 不想跟机器聊, get me someone real. In: a text. Out: whether
//! one of its clauses requests a person and nothing else. Must not know: the conversation.
//!
//! A clause does if it consists of words of these classes alone, and asks for a person or refuses the
//! machine. What names anything else (人工审核, 联系人怎么填) is a question.

use super::shorthand::clauses;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// What a word has to do with such a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestWord {
    /// Somebody who works for the service.
    Staff,
    /// A person of whatever kind.
    Person,
    /// To call, to be put through to, to talk with somebody.
    Call,
    /// To want, and other verbs that request only together with a word for staff.
    Want,
    Machine,
    Denial,
    /// It asks whether something must be.
    Must,
    /// At the end of what asks.
    Asks,
    /// It adds nothing.
    Filler,
    /// A person who is none of the service.
    Stranger,
}

/// The words of each class, separated by `|`; those of letters are whole words.
#[rustfmt::skip]
const REQUEST_WORDS: &[(RequestWord, &str)] = &[
    (RequestWord::Staff, "人工|个人工|个人工客服|个人工坐席|人工客服|人工坐席|真人|真的人|活人|大活人|客服|客服人员|工作人员|专员|坐席|座席|客服小姐姐|客服小哥|你们的人|你们同事|你们主管|你们领导|你们经理|\
        human|humans|human being|real person|real human|agent|agents|representative|rep|operator|staff|customer service|customer support|support team|supervisor|live agent|live person|actual person"),
    (RequestWord::Person, "人|同事|主管|领导|经理|负责人|person|people|somebody|someone|anyone|anybody"),
    (RequestWord::Call, "转|转接|转给|接|接通|找|叫|喊|换|换成|换个|派|派个|安排|联系|联系上|对接|聊|聊聊|谈|谈谈|沟通|对话|通话|呼叫|\
        talk|talking|speak|speaking|chat|chatting|connect|transfer|reach|get|put|escalate|contact|call"),
    (RequestWord::Want, "要|想要|来|有没有|有|给|需要|want|need|is there|are there|give"),
    (RequestWord::Machine, "机器|机器人|ai|人工智能|自动回复|bot|bots|robot|machine|chatbot|computer"),
    (RequestWord::Denial, "不|不想|不要|不愿意|不跟|不和|别|别让|别用|懒得|don't|do not|not|no|no more|instead of|rather than|stop"),
    (RequestWord::Must, "需不需要|要不要|用不用|是不是要|是不是得|是否需要|必须|得|should i|do i have to|must i|do i need"),
    (RequestWord::Asks, "吗|么"),
    (RequestWord::Filler, "我|我想|想|一个|一位|一名|个|位|名|您|你|你们|的|了|能|能不能|能否|可以|可不可以|行不行|呢|啊|呀|吧|哦|嘛|直接|快|快点|快些|赶紧|赶快|马上|立刻|\
        麻烦|请|请问|谢谢|拜托|求|求求|帮|帮我|帮忙|给我|让|出来|过来|服务|一下|下|跟|和|与|同|现在|在|还是|就|再|去|说|讲|说话|讲话|说说|回|回答|回复|处理|解决|看看|帮帮我|真|真的|\
        to|me|a|an|the|please|pls|with|i|i'd|i'll|can|could|would|like|let|us|any|real|live|actual|right|now|just|some|at|your|team|service|through|on|who|of|from|here|you|my|this|that|and|so|ok|okay|hi|hello|for|speak to"),
    (RequestWord::Stranger, "别人|他人|本人|个人|法人|主人|联系人|一个人|管理人|权利人|经办人|有人|没人|contact person"),
];
/// How many of such words a request has at most.
const MOST_WORDS: usize = 24;

/// Whether a clause of the text requests a person and nothing else.
pub(super) fn requests_person(text: &str) -> bool {
    clauses(text).any(|clause| words_of(&clause).is_some_and(|words| is_request(&words)))
}

fn is_request(words: &[RequestWord]) -> bool {
    use RequestWord::{Asks, Call, Denial, Machine, Must, Person, Staff, Stranger, Want};
    let has = |class| words.contains(&class);
    if words.len() > MOST_WORDS || has(Stranger) || has(Must) {
        return false;
    }
    let refuses_machine = has(Denial) && has(Machine);
    // 要找客服吗 asks whether one must; 能找客服吗 requests
    let is_doubt = has(Asks) && words.first() == Some(&Want);
    let wants = has(Call) && (has(Staff) || has(Person)) || has(Staff) && has(Want);
    refuses_machine || wants && !is_doubt && (!has(Denial) || has(Machine))
}

/// The classes of the words of a clause; `None` if it has other words as well.
fn words_of(clause: &str) -> Option<Vec<RequestWord>> {
    static FINDER: LazyLock<(AhoCorasick, Vec<RequestWord>)> = LazyLock::new(|| {
        let all = REQUEST_WORDS
            .iter()
            .flat_map(|&(class, words)| words.split('|').map(move |word| (word.trim(), class)));
        let (words, classes): (Vec<&str>, Vec<RequestWord>) = all.unzip();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(words)
            .expect("a few hundred short words");
        (finder, classes)
    });
    let (finder, classes) = &*FINDER;
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '\'');
    let (mut end, mut found) = (0, Vec::new());
    for word in finder.find_iter(clause) {
        let between = clause.get(end..word.start()).unwrap_or("?");
        let cuts_word = is_letter(clause.get(..word.end())?.chars().next_back())
            && is_letter(clause.get(word.end()..)?.chars().next());
        if !between.trim().is_empty() || cuts_word {
            return None;
        }
        found.extend(classes.get(word.pattern().as_usize()).copied());
        end = word.end();
    }
    let rest = clause.get(end..).unwrap_or("?");
    rest.trim().is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests() {
        for text in [
            "帮我转接一位工作人员",
            "让你们主管过来跟我谈",
            "你讲的都不对，换个真人来",
            "不想跟机器聊",
            "有没有真人啊",
            "能找客服吗",
            "I don't want to talk to a bot",
            "please get me someone real",
            "is there a live agent",
        ] {
            assert!(requests_person(text), "{text}");
        }
        for text in [
            "人工审核要多久",
            "联系人怎么填",
            "要找客服吗",
            "别人来办可以吗",
            "可以找别人来吗",
            "需不需要联系客服",
            "有人吗",
            "客服说的",
            "一个人来可以吗",
            "who can complain",
            "contact person",
            "你好",
        ] {
            assert!(!requests_person(text), "{text}");
        }
    }
}
