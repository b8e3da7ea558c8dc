//! Replies as Telegram messages, read back as Telegram reads them.

use fastrand::Rng;
use unicode_segmentation::UnicodeSegmentation;
use wenlu::channel::telegram::html::{
    HtmlMessage, MESSAGE_LIMIT, article, clean, ellipsize, html_messages,
};
use wenlu_core::model::{Button, Lang, Reply};
use wenlu_core::reply::{ReplyBlock, ReplyStep, TextSpan, plain_text};

fn span(text: &str) -> TextSpan {
    TextSpan {
        text: text.into(),
        ..TextSpan::default()
    }
}

fn link(text: &str, href: &str) -> TextSpan {
    TextSpan {
        href: Some(href.into()),
        ..span(text)
    }
}

fn strong(text: &str) -> TextSpan {
    TextSpan {
        strong: true,
        ..span(text)
    }
}

fn paragraph(text: &str) -> ReplyBlock {
    ReplyBlock::Paragraph {
        spans: vec![span(text)],
    }
}

fn step(text: &str) -> ReplyStep {
    ReplyStep {
        blocks: vec![paragraph(text)],
    }
}

fn says(blocks: Vec<ReplyBlock>) -> Reply {
    Reply {
        blocks,
        ..Reply::default()
    }
}

fn button(label: &str, data: &str) -> Button {
    Button {
        label: label.into(),
        data: data.into(),
    }
}

/// A message's text and its rows of buttons, as `label=data`.
fn drawn(parts: &[HtmlMessage]) -> String {
    let one = |part: &HtmlMessage| {
        let rows = part.keyboard.iter().map(|row| {
            let row: Vec<String> = row
                .iter()
                .map(|b| format!("[{} {}]", b.label, b.data))
                .collect();
            format!("\n{}", row.join(" "))
        });
        part.html.clone() + &rows.collect::<String>()
    };
    parts.iter().map(one).collect::<Vec<_>>().join("\n---\n")
}

/// The text that Telegram shows of a message, read strictly: known tags in order, known entities, nothing raw.
fn visible(html: &str) -> String {
    let (mut text, mut open, mut rest) = (String::new(), vec![], html);
    while let Some(c) = rest.chars().next() {
        if let Some(tag) = rest.strip_prefix('<') {
            let (tag, after) = tag
                .split_once('>')
                .unwrap_or_else(|| panic!("an open tag in {html}"));
            match tag.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "{html}"),
                None => {
                    let name = tag.split(' ').next().unwrap();
                    let is_link = tag
                        .strip_prefix("a href=\"http")
                        .is_some_and(|r| r.ends_with('"') && !r.contains('<'));
                    assert!(
                        matches!(tag, "b" | "blockquote") || is_link,
                        "<{tag}> in {html}"
                    );
                    assert!(!open.contains(&name), "<{name}> in itself: {html}");
                    open.push(name);
                }
            }
            rest = after;
        } else if let Some(entity) = rest.strip_prefix('&') {
            let (entity, after) = entity
                .split_once(';')
                .unwrap_or_else(|| panic!("a bare & in {html}"));
            text.push(match entity {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                _ => panic!("&{entity}; in {html}"),
            });
            rest = after;
        } else {
            assert!(!matches!(c, '>' | '"'), "a bare {c} in {html}");
            text.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    assert!(open.is_empty(), "{open:?} stay open in {html}");
    text
}

#[test]
fn blocks_links_and_quotes() {
    let reply = Reply {
        blocks: vec![
            ReplyBlock::Paragraph {
                spans: vec![
                    span("请看 <设置> & “帮助”："),
                    strong("重要"),
                    span("\n第二行"),
                ],
            },
            ReplyBlock::List {
                items: vec![
                    vec![span("甲")],
                    vec![link("乙", "https://kf.qq.com/?a=1&b=\"2\"")],
                ],
            },
            ReplyBlock::Note {
                spans: vec![span("提示："), strong("30 天"), span("内有效")],
            },
        ],
        steps: vec![step("登录"), step("点击“注销”")],
        after: vec![ReplyBlock::Paragraph {
            spans: vec![link("写信", "mailto:a@b.cn"), link("", "https://x.cn")],
        }],
        ..Reply::default()
    };
    insta::assert_snapshot!(drawn(&html_messages(&reply)), @r#"
    请看 &lt;设置&gt; &amp; “帮助”：<b>重要</b>
    第二行

    • 甲
    • <a href="https://kf.qq.com/?a=1&amp;b=&quot;2&quot;">乙</a>

    <blockquote>提示：<b>30 天</b>内有效</blockquote>

    1. 登录
    2. 点击“注销”

    写信（a@b.cn）<a href="https://x.cn">https://x.cn</a>
    "#);
}

#[test]
fn steps_with_more_than_a_line_stand_apart() {
    let note = ReplyBlock::Note {
        spans: vec![span("验证码 5 分钟有效")],
    };
    let list = ReplyBlock::List {
        items: vec![vec![span("身份证")], vec![span("执照")]],
    };
    let steps = vec![
        ReplyStep {
            blocks: vec![paragraph("登录"), note.clone(), list.clone()],
        },
        ReplyStep { blocks: vec![note] },
        ReplyStep { blocks: vec![list] },
    ];
    insta::assert_snapshot!(drawn(&html_messages(&Reply { steps, ..says(vec![]) })), @r#"
    1. 登录
    <blockquote>验证码 5 分钟有效</blockquote>
    • 身份证
    • 执照

    2.
    <blockquote>验证码 5 分钟有效</blockquote>

    3.
    • 身份证
    • 执照
    "#);
}

#[test]
fn one_step_at_a_time_with_its_walk() {
    let walk = |at: usize, lang| {
        let mut buttons = vec![];
        if at > 0 {
            buttons.push(button("上一步", &format!("p:{at}:migration-ids")));
        }
        if at < 5 {
            buttons.push(button("下一步", &format!("p:{}:migration-ids", at + 2)));
        }
        buttons.push(button("全部步骤", "p:all:migration-ids"));
        buttons.extend([
            button("有用", "yes:migration-ids"),
            button("没解决", "no:migration-ids"),
        ]);
        let steps = (1..=6).map(|n| step(&format!("做第 {n} 件事"))).collect();
        let blocks = if at == 0 {
            vec![paragraph("迁移分六步：")]
        } else {
            vec![]
        };
        drawn(&html_messages(&Reply {
            lang,
            blocks,
            steps,
            cursor: Some(at),
            buttons,
            ..Reply::default()
        }))
    };
    insta::assert_snapshot!(walk(0, Lang::Zh), @r#"
    迁移分六步：

    <b>第 1 步，共 6 步</b>
    做第 1 件事
    [1/6 p:1:migration-ids] [下一步 p:2:migration-ids]
    [全部步骤 p:all:migration-ids]
    [有用 yes:migration-ids] [没解决 no:migration-ids]
    "#);
    insta::assert_snapshot!(walk(1, Lang::Zh), @r#"
    <b>第 2 步，共 6 步</b>
    做第 2 件事
    [上一步 p:1:migration-ids] [2/6 p:2:migration-ids] [下一步 p:3:migration-ids]
    [全部步骤 p:all:migration-ids]
    [有用 yes:migration-ids] [没解决 no:migration-ids]
    "#);
    insta::assert_snapshot!(walk(5, Lang::En), @r#"
    <b>Step 6 of 6</b>
    做第 6 件事
    [上一步 p:5:migration-ids] [6/6 p:6:migration-ids]
    [全部步骤 p:all:migration-ids]
    [有用 yes:migration-ids] [没解决 no:migration-ids]
    "#);
}

#[test]
fn buttons_in_rows() {
    let long = "一个问题问得很长很长的时候".repeat(6);
    let reply = Reply {
        buttons: vec![
            button("注销小程序", "i:a"),
            button("小程序改名", "i:b"),
            button("迁移后各种 ID 变不变", "i:c"),
            button(&long, "i:d"),
            button("申诉", "i:e"),
            button("有用", "yes:a"),
            button("没解决", "no:a"),
            button("转人工\u{202e}", "human"),
            button(" ", "i:blank"),
            button("没有数据", ""),
            button("数据太长", &"x".repeat(65)),
        ],
        ..says(vec![paragraph("您想问的是：")])
    };
    insta::assert_snapshot!(drawn(&html_messages(&reply)), @r#"
    您想问的是：
    [注销小程序 i:a] [小程序改名 i:b]
    [迁移后各种 ID 变不变 i:c]
    [一个问题问得很长很长的时候一个问题问得很长很长的时候一个问题问得很长很长的时候一个问题问得很长很长的时候一个问题问得很长很长的… i:d]
    [申诉 i:e]
    [有用 yes:a] [没解决 no:a]
    [转人工 human]
    "#);
}

#[test]
fn at_most_a_hundred_buttons() {
    let buttons: Vec<Button> = (0..120)
        .map(|n| button(&format!("问题{n}"), &format!("i:{n}")))
        .collect();
    let drawn = html_messages(&Reply {
        buttons,
        ..says(vec![paragraph("选")])
    });
    assert_eq!(drawn[0].keyboard.iter().map(Vec::len).sum::<usize>(), 100);
}

#[test]
fn the_place_of_a_step_is_left_out_where_its_data_would_not_fit() {
    let target = "x".repeat(60);
    let buttons = vec![button("上一步", &format!("p:9:{target}"))];
    let steps = vec![step("做"); 12];
    let rows = html_messages(&Reply {
        steps,
        cursor: Some(9),
        buttons,
        ..Reply::default()
    })
    .remove(0)
    .keyboard;
    assert_eq!(rows, [[button("上一步", &format!("p:9:{target}"))]]);
}

#[test]
fn a_preview_for_a_link_alone() {
    let linked = link("官方说明", "https://kf.qq.com");
    let preview = |spans| html_messages(&says(vec![ReplyBlock::Paragraph { spans }]))[0].preview;
    assert!(preview(vec![linked.clone()]));
    assert!(!preview(vec![span("请看"), linked.clone()]));
    assert!(!preview(vec![link("写信", "mailto:a@b.cn")]));
    assert!(!preview(vec![span("请看 https://kf.qq.com")]));
}

#[test]
fn nothing_empty_is_sent() {
    assert_eq!(html_messages(&Reply::default()), []);
    assert_eq!(
        html_messages(&says(vec![
            paragraph(" \n\u{200b}\u{202e}\t"),
            ReplyBlock::List { items: vec![] }
        ])),
        []
    );
    let offered = Reply {
        buttons: vec![button("有用", "yes:a")],
        ..Reply::default()
    };
    assert_eq!(drawn(&html_messages(&offered)), "请选择：\n[有用 yes:a]");
}

#[test]
fn nothing_unseen_is_sent() {
    let evil = "红\u{0}\u{7}\u{1b}[31m\r\n色\u{202e}txt\u{2028}\u{2066}完\t了";
    assert_eq!(
        html_messages(&says(vec![paragraph(evil)]))[0].html,
        "红[31m\n色txt完 了"
    );
    // a family is one character, joined by what cannot be seen
    assert_eq!(html_messages(&says(vec![paragraph("👨‍👩‍👧")]))[0].html, "👨‍👩‍👧");
}

/// Where the parts of a long reply begin and end.
fn seams(parts: &[HtmlMessage]) -> Vec<(String, String)> {
    let ends = |part: &HtmlMessage| {
        let text = visible(&part.html);
        let head: String = text.chars().take(4).collect();
        let tail: Vec<char> = text.chars().rev().take(4).collect();
        (head, tail.into_iter().rev().collect())
    };
    parts.iter().map(ends).collect()
}

fn seam(head: &str, tail: &str) -> (String, String) {
    (head.to_owned(), tail.to_owned())
}

#[test]
fn cut_between_steps_then_blocks_then_sentences_then_words() {
    let long =
        |tail: &str, count: usize| format!("{}{tail}", "字".repeat(count - tail.chars().count()));
    // three steps of 2,000: two to a message
    let steps: Vec<ReplyStep> = (0..3).map(|_| step(&long("步完", 2000))).collect();
    let found = html_messages(&Reply {
        steps,
        buttons: vec![button("有用", "yes:a")],
        ..Reply::default()
    });
    assert_eq!(
        seams(&found),
        [seam("1. 字", "字字步完"), seam("3. 字", "字字步完")]
    );
    assert_eq!(
        found
            .iter()
            .map(|part| part.keyboard.len())
            .collect::<Vec<_>>(),
        [0, 1]
    );

    // a step that fits no message: between its blocks, though the first would have room for a sentence more
    let blocks = vec![
        paragraph(&long("块一", 3000)),
        paragraph(&format!("二。{}", long("块二", 3000))),
    ];
    let found = html_messages(&Reply {
        steps: vec![ReplyStep { blocks }],
        ..Reply::default()
    });
    assert_eq!(
        seams(&found),
        [seam("1. 字", "字字块一"), seam("二。字字", "字字块二")]
    );

    // a block that fits no message: between sentences, closing quotes with them, then lines
    let text = format!("{}\n{}", long("他说“好。”", 3000), long("句二", 3000));
    assert_eq!(
        seams(&html_messages(&says(vec![paragraph(&text)]))),
        [seam("字字字字", "“好。”"), seam("字字字字", "字字句二")]
    );
    let text = format!("{}{}", long("他说“好。”", 3000), long("句二", 3000));
    assert_eq!(
        seams(&html_messages(&says(vec![paragraph(&text)]))),
        [seam("字字字字", "“好。”"), seam("字字字字", "字字句二")]
    );

    // a sentence that fits no message: between words
    let text = format!(
        "{} {}",
        "word ".repeat(800).trim_end(),
        "antidisestablishmentarianism ".repeat(10)
    );
    let found = seams(&html_messages(&says(vec![paragraph(&text)])));
    assert_eq!(found, [seam("word", "nism"), seam("anti", "nism")]);

    // a link stays whole if it can; strong text and quotes are closed and opened again
    let spans = vec![
        span(&long("，看", 4090)),
        link("官方帮助中心的说明", "https://kf.qq.com"),
        span("吧"),
    ];
    let found = html_messages(&says(vec![ReplyBlock::Paragraph { spans }]));
    assert_eq!(
        found[1].html,
        "<a href=\"https://kf.qq.com\">官方帮助中心的说明</a>吧"
    );
    let found = html_messages(&says(vec![ReplyBlock::Note {
        spans: vec![strong(&"重".repeat(5000))],
    }]));
    assert_eq!(
        found[1].html,
        format!("<blockquote><b>{}</b></blockquote>", "重".repeat(904))
    );
    let found = html_messages(&says(vec![ReplyBlock::Paragraph {
        spans: vec![link(&"链".repeat(5000), "https://a.cn")],
    }]));
    assert_eq!(
        found[1].html,
        format!("<a href=\"https://a.cn\">{}</a>", "链".repeat(904))
    );
    // never inside what is seen as one character, however many it is made of; 11 units each
    let found = html_messages(&says(vec![paragraph(&"👨‍👩‍👧‍👦".repeat(400))]));
    assert_eq!(found[0].html, "👨‍👩‍👧‍👦".repeat(372));
    // but one that alone fits no message is cut all the same
    let zalgo = format!("a{}", "\u{301}".repeat(5000));
    assert_eq!(
        html_messages(&says(vec![paragraph(&zalgo)]))
            .iter()
            .map(|p| p.html.chars().count())
            .sum::<usize>(),
        5001
    );
}

#[test]
fn an_article_is_one_message_with_all_steps() {
    let buttons = vec![button("下一步", "p:2:a")];
    let short = Reply {
        steps: vec![step("登录"), step("注销")],
        cursor: Some(0),
        buttons,
        ..Reply::default()
    };
    assert_eq!(article(&short, "还有"), Some("1. 登录\n2. 注销".to_owned()));
    assert_eq!(article(&Reply::default(), "还有"), None);
    let long = Reply {
        steps: vec![step(&"字".repeat(2041)), step(&"字".repeat(2045))],
        ..Reply::default()
    };
    let cut = article(
        &Reply {
            steps: [long.steps, vec![step("完了")]].concat(),
            ..Reply::default()
        },
        "还有",
    )
    .unwrap();
    assert_eq!(cut, format!("1. {}\n\n还有", "字".repeat(2041)));
}

#[test]
fn labels_end_with_an_ellipsis_and_never_in_the_middle_of_a_character() {
    assert_eq!(ellipsize("四个字的", 4), "四个字的");
    assert_eq!(ellipsize("五个字的了", 4), "五个字…");
    assert_eq!(ellipsize("两个 字的了", 4), "两个…");
    assert_eq!(ellipsize("家👨‍👩‍👧家家", 4), "家…");
}

/// Text of what gives trouble: markup, emoji of many characters, surrogates, control characters, long words.
fn text(rng: &mut Rng, most: usize) -> String {
    const PIECES: &[&str] = &[
        "登录公众平台",
        "。",
        "，",
        "！",
        "\n",
        " ",
        "<b>",
        "</a>",
        "&amp;",
        "&",
        "\"",
        "'",
        ">",
        "👨‍👩‍👧‍👦",
        "👍🏽",
        "🇨🇳",
        "é",
        "e\u{301}",
        "𠮷",
        "https://mp.weixin.qq.com/a?b=1&c=2",
        "AppSecret ",
        "\u{202e}",
        "\u{7}",
        "\u{200d}",
        "一二三四五六七八九十",
        "3.14",
        "“好。”",
    ];
    let length = rng.usize(0..=most);
    let mut text = String::new();
    while text.len() < length {
        let repeat = if rng.u8(..) < 8 {
            rng.usize(1..1500)
        } else {
            1
        };
        text.push_str(&rng.choice(PIECES).unwrap().repeat(repeat));
    }
    text
}

fn spans(rng: &mut Rng, most: usize) -> Vec<TextSpan> {
    const HREFS: &[&str] = &[
        "https://kf.qq.com/?a=\"<1>\"&b=2",
        "http://a.cn",
        "mailto:a@b.cn",
    ];
    let count = rng.usize(0..4);
    let one = |rng: &mut Rng| TextSpan {
        text: text(rng, most),
        href: (rng.u8(..) < 50).then(|| rng.choice(HREFS).unwrap().to_string()),
        strong: rng.bool(),
    };
    (0..count).map(|_| one(rng)).collect()
}

fn blocks(rng: &mut Rng, most: usize) -> Vec<ReplyBlock> {
    let count = rng.usize(0..4);
    let one = |rng: &mut Rng| match rng.u8(0..3) {
        0 => ReplyBlock::Paragraph {
            spans: spans(rng, most),
        },
        1 => ReplyBlock::Note {
            spans: spans(rng, most),
        },
        _ => ReplyBlock::List {
            items: (0..rng.usize(0..4)).map(|_| spans(rng, most)).collect(),
        },
    };
    (0..count).map(|_| one(rng)).collect()
}

fn reply(rng: &mut Rng) -> Reply {
    let most = *rng.choice(&[20, 300, 6000]).unwrap();
    let steps: Vec<ReplyStep> = (0..rng.usize(0..7))
        .map(|_| ReplyStep {
            blocks: blocks(rng, most),
        })
        .collect();
    Reply {
        lang: *rng.choice(&Lang::ALL).unwrap(),
        blocks: blocks(rng, most),
        cursor: rng.bool().then(|| rng.usize(0..8)),
        after: blocks(rng, most),
        buttons: (0..rng.usize(0..110))
            .map(|n| button(&text(rng, 100), &format!("p:{n}:x")))
            .collect(),
        steps,
        from_person: false,
        file: None,
    }
}

/// All that a reply says, in order, without white space and without what is not sent.
fn said(reply: &Reply) -> String {
    let line = |spans: &[TextSpan]| {
        let of = |span: &TextSpan| match &span.href {
            Some(href) if href.starts_with("http") && !span.text.is_empty() => span.text.clone(),
            _ => plain_text::spans_text(std::slice::from_ref(span)),
        };
        spans.iter().map(of).collect::<String>()
    };
    let all = |blocks: &[ReplyBlock]| {
        let of = |block: &ReplyBlock| match block {
            ReplyBlock::Paragraph { spans } | ReplyBlock::Note { spans } => line(spans),
            ReplyBlock::List { items } => items
                .iter()
                .map(|item| format!("•{}", line(item)))
                .collect(),
        };
        blocks.iter().map(of).collect::<String>()
    };
    let mut text = all(&reply.blocks);
    match reply.cursor.filter(|at| *at < reply.steps.len()) {
        Some(at) => {
            let (n, count) = (at + 1, reply.steps.len());
            text += &match reply.lang {
                Lang::Zh => format!("第{n}步，共{count}步"),
                Lang::En => format!("Step{n}of{count}"),
            };
            text += &all(&reply.steps[at].blocks);
        }
        None => {
            for (at, step) in reply.steps.iter().enumerate() {
                text += &format!("{}.{}", at + 1, all(&step.blocks));
            }
        }
    }
    squeezed(&(text + &all(&reply.after)))
}

/// White space and what cannot be seen may go where a message is cut.
fn squeezed(text: &str) -> String {
    clean(text)
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{200d}')
        .collect()
}

#[test]
fn whatever_a_reply_says_is_said_whole() {
    let mut rng = Rng::with_seed(20260727);
    let (mut several, mut total) = (0, 0);
    for round in 0..600 {
        let reply = reply(&mut rng);
        let parts = html_messages(&reply);
        let texts: Vec<String> = parts.iter().map(|part| visible(&part.html)).collect();
        for text in &texts {
            let units = text.encode_utf16().count();
            assert!(units <= MESSAGE_LIMIT, "{round}: {units} units");
            assert!(!squeezed(text).is_empty(), "{round}: nothing to see");
            assert_eq!(text, &clean(text), "{round}");
        }
        let wanted = said(&reply);
        let offers = parts.last().is_some_and(|part| !part.keyboard.is_empty());
        if !(wanted.is_empty() && offers) {
            assert_eq!(squeezed(&texts.concat()), wanted, "{round}");
        }
        for part in parts.iter().rev().skip(1) {
            assert_eq!(
                part.keyboard,
                Vec::<Vec<Button>>::new(),
                "{round}: buttons above the end"
            );
        }
        let labels = parts.iter().flat_map(|part| part.keyboard.iter().flatten());
        assert!(labels.clone().count() <= 100, "{round}");
        assert!(
            labels
                .clone()
                .all(|b| b.label.chars().count() <= 64 && !b.label.trim().is_empty()),
            "{round}"
        );
        several += usize::from(parts.len() > 1);
        total += parts.len();
    }
    assert!(
        several > 100 && total > 1000,
        "the replies were too short to prove anything: {several}, {total}"
    );
}

#[test]
fn no_character_that_is_seen_as_one_is_cut() {
    let mut rng = Rng::with_seed(7);
    for round in 0..200 {
        // one run, so that the pieces can be found in it again
        let text: String = clean(&text(&mut rng, 40000)).replace('\n', " ");
        let mut rest = text.as_str();
        for part in html_messages(&says(vec![paragraph(&text)])) {
            let piece = visible(&part.html);
            let at = rest
                .find(&piece)
                .unwrap_or_else(|| panic!("{round}: {piece}"));
            assert!(rest[..at].trim().is_empty(), "{round}");
            let bounds: Vec<usize> = rest
                .grapheme_indices(true)
                .map(|(at, _)| at)
                .chain([rest.len()])
                .collect();
            let (start, end) = (at, at + piece.len());
            // white space goes at a seam, though a joiner may hang on to it
            let is_cut = !bounds.contains(&start) && !rest[..start].ends_with(' ');
            assert!(!is_cut && bounds.contains(&end), "{round}: {start}..{end}");
            rest = &rest[end..];
        }
        assert!(squeezed(rest).is_empty(), "{round}: {rest}");
    }
}
