//! Text: what the parse modes make of it, and what is wrong with it.

use super::{Bot, compare, frozen};
use serde_json::{Value, json};

/// Sends each text and compares what its reader sees, or why it was refused.
async fn check(rows: &[(&str, &str, &str)]) {
    let fake = frozen(false);
    fake.user(7).say("好");
    let bot = Bot::of(&fake);
    let (mut expected, mut seen) = (String::new(), String::new());
    for (mode, text, look) in rows {
        let body = bot
            .call(
                "sendMessage",
                json!({"chat_id": 7, "text": text, "parse_mode": mode}),
            )
            .await;
        let read = match body["description"].as_str() {
            Some(refusal) => refusal
                .trim_start_matches("Bad Request: can't parse entities: ")
                .to_owned(),
            None => fake.look(|record| record.replies(7).next_back().unwrap().rendered()),
        };
        expected += &format!("{mode} {text:?}\n    {look:?}\n");
        seen += &format!("{mode} {text:?}\n    {read:?}\n");
    }
    compare(&expected, &seen);
}

#[tokio::test]
async fn html() {
    let rows = [
        (
            "<b>粗</b> <strong>粗</strong> <i>斜</i> <em>斜</em>",
            "<b>粗</b> <b>粗</b> <i>斜</i> <i>斜</i>",
        ),
        (
            "<u>下</u><ins>下</ins><s>删</s><strike>删</strike><del>删</del>",
            "<u>下</u><u>下</u><s>删</s><s>删</s><s>删</s>",
        ),
        (
            "<span class=\"tg-spoiler\">藏</span><tg-spoiler>藏</tg-spoiler>",
            "<spoiler>藏</spoiler><spoiler>藏</spoiler>",
        ),
        ("<b>粗<i>斜</i></b>", "<b>粗<i>斜</i></b>"),
        ("<B>大</b>", "<b>大</b>"),
        (
            "<blockquote expandable>引</blockquote>",
            "<quote>引</quote>",
        ),
        ("<code>a<b>b</b></code>", "<code>ab</code>"),
        (
            "<pre><code class=\"language-rust\">fn</code></pre>",
            "<pre rust>fn</pre>",
        ),
        (
            "<a href='https://a.cn/?b=1&amp;c=2'>链</a>",
            "<a https://a.cn/?b=1&c=2>链</a>",
        ),
        ("<a href=\"a.cn\">链</a>", "<a http://a.cn/>链</a>"),
        // What is no address leaves the text alone.
        ("<a href=\"注销\">链</a>", "链"),
        ("<a href=\"javascript:x\">链</a>", "链"),
        (
            "1 &lt; 2 &amp;&amp; &quot;&#20320;&#x597d;&quot; &nbsp; &",
            "1 < 2 && \"你好\" &nbsp; &",
        ),
        ("<tg-emoji emoji-id=\"1\">👍</tg-emoji>", "👍"),
        ("<b></b>空", "空"),
        (" <b> 两端 </b> ", "<b> 两端</b>"),
        (
            "一\t二\r\n三\u{7}四\u{202e}五\u{2028}六",
            "一 二\n三 四五六",
        ),
        ("<b>一\r二</b>三", "<b>一二</b>三"),
        (
            "<b>粗",
            "Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            "<b>粗</i>",
            "Unmatched end tag at byte offset 6, expected \"</b>\", found \"</i>\"",
        ),
        ("粗</b>", "Unexpected end tag at byte offset 3"),
        ("<br>", "Unsupported start tag \"br\" at byte offset 0"),
        (
            "一<br/>二",
            "Unsupported start tag \"br/\" at byte offset 3",
        ),
        ("1 < 2", "Unsupported start tag \"\" at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>粗</b", "Unclosed end tag at byte offset 6"),
        ("<a href>链</a>", "链"),
        (
            "<a =x>链</a>",
            "Empty attribute name in the tag \"a\" at byte offset 0",
        ),
        (
            "<a href=a/b>链</a>",
            "Unexpected end of name token at byte offset 8",
        ),
        ("<a href=\"x>链</a>", "Unclosed start tag at byte offset 0"),
        (
            "<span>藏</span>",
            "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0",
        ),
    ];
    check(&rows.map(|(text, look)| ("HTML", text, look))).await;
}

#[tokio::test]
async fn markdown() {
    let rows = [
        (
            "*粗* _斜_ __下__ ~删~ ||藏||",
            "<b>粗</b> <i>斜</i> <u>下</u> <s>删</s> <spoiler>藏</spoiler>",
        ),
        ("*粗 _斜_*", "<b>粗 <i>斜</i></b>"),
        (
            "`a*b` ```rust\nfn()```",
            "<code>a*b</code> <pre rust>fn()</pre>",
        ),
        ("```\nfn```", "<pre>fn</pre>"),
        ("[链](https://a.cn/b\\))", "<a https://a.cn/b)>链</a>"),
        (">引\n>引\n文", "<quote>引\n引\n</quote>文"),
        ("1\\. 好\\!", "1. 好!"),
        ("一。二", "一。二"),
        (
            "1. 好",
            "Character '.' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            "好!",
            "Character '!' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            "a|b",
            "Character '|' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            "a-b",
            "Character '-' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            "一>二",
            "Character '>' is reserved and must be escaped with the preceding '\\'",
        ),
        ("一*二", "Can't find end of Bold entity at byte offset 3"),
        ("一`二", "Can't find end of Code entity at byte offset 3"),
        ("[链](https", "Can't find end of a URL at byte offset 6"),
    ];
    check(&rows.map(|(text, look)| ("MarkdownV2", text, look))).await;
}

#[tokio::test]
async fn entities_as_a_list() {
    let fake = frozen(false);
    fake.user(7).say("好");
    let bot = Bot::of(&fake);
    let send = |entities: Value| json!({"chat_id": 7, "text": "😀好", "entities": entities});
    let bold = |offset: usize, length: usize| json!([{"type": "bold", "offset": offset, "length": length}]);
    super::check(
        &bot,
        &[
            ("sendMessage", send(bold(0, 3)), "ok"),
            ("sendMessage", send(bold(0, 4)), "Bad Request: entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 3"),
            ("sendMessage", send(bold(1, 2)), "Bad Request: entity begins in a middle of a UTF-16 symbol at UTF-16 offset 1"),
            ("sendMessage", send(bold(0, 1)), "Bad Request: entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at UTF-16 offset 1"),
            ("sendMessage", send(json!(1)), "Bad Request: can't parse entities JSON object"),
        ],
    )
    .await;
    fake.look(|record| {
        assert_eq!(
            record.replies(7).next_back().unwrap().rendered(),
            "<b>😀好</b>"
        )
    });
    // Of more than a hundred the rest is dropped without a word.
    let text = "<b>a</b> ".repeat(101);
    bot.ok(
        "sendMessage",
        json!({"chat_id": 7, "text": text, "parse_mode": "HTML"}),
    )
    .await;
    fake.look(|record| assert_eq!(record.replies(7).next_back().unwrap().entities.len(), 100));
}

#[tokio::test]
async fn what_telegram_marks_by_itself() {
    let fake = frozen(false);
    let user = fake.user(7);
    let mut seen = String::new();
    for text in [
        "/start",
        "好 /help@wenlu_bot，谢谢",
        "a/b",
        "/帮助",
        "@wenlu_bot 好",
        "@abc",
        "见 https://a.cn/b?c。好",
        "😀/go",
    ] {
        let id = user.say(text);
        let marks = fake.look(|record| {
            let message = record.message(7, id).unwrap();
            message
                .entities
                .iter()
                .map(|it| format!(" {} {}+{}", it.kind, it.offset, it.length))
                .collect::<String>()
        });
        seen += &format!("{text}:{marks}\n");
    }
    insta::assert_snapshot!(seen, @r"
    /start: bot_command 0+6
    好 /help@wenlu_bot，谢谢: bot_command 2+15
    a/b:
    /帮助:
    @wenlu_bot 好: mention 0+10
    @abc:
    见 https://a.cn/b?c。好: url 2+16
    😀/go: bot_command 2+3
    ");
}
