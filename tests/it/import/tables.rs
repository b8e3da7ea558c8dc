//! Tables: questions and answers, utterances and intents, as people save them.

use super::ImportBench;

const FAQ: &str = "问题,答案\n退款多久到账,一般 1-3 个工作日\n发票怎么开,在订单详情里点「申请发票」\n怎么开发票,在订单详情里点「申请发票」\n";

#[test]
fn questions_with_the_same_answer_are_one_intent_with_that_reply() {
    let bench = ImportBench::new(&[("faq.csv", FAQ.as_bytes())]);
    let made = bench.import("faq.csv", &[]);
    assert_eq!(
        made.ids(),
        ["fa-piao-zen-me-kai", "tui-kuan-duo-jiu-dao-zhang"]
    );
    assert_eq!(
        made.examples("fa-piao-zen-me-kai"),
        ["发票怎么开", "怎么开发票"]
    );
    assert_eq!(
        made.reply("tui-kuan-duo-jiu-dao-zhang"),
        "一般 1-3 个工作日"
    );
    assert!(
        made.said.contains("问答表（CSV，UTF-8，逗号分隔）"),
        "{}",
        made.said
    );
    assert!(
        made.said.contains("2 个意图、3 条例句、2 条回复"),
        "{}",
        made.said
    );
}

#[test]
fn tables_are_read_in_the_encoding_that_they_were_saved_in() {
    let wide = |big: bool| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(FAQ.encode_utf16());
        units
            .flat_map(|unit: u16| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    };
    // “text,intent / 退款好到账,refund / 什么时候退钱,refund” in GBK
    let gbk = b"text,intent\n\xcd\xcb\xbf\xee\xba\xc3\xb5\xbd\xd5\xcb,refund\n\xca\xb2\xc3\xb4\xca\xb1\xba\xf2\xcd\xcb\xc7\xae,refund\n";
    let marked = [b"\xEF\xBB\xBF", FAQ.as_bytes()].concat();
    let bench = ImportBench::new(&[
        ("little.csv", &wide(false)),
        ("big.csv", &wide(true)),
        ("marked.csv", &marked),
        ("gbk.csv", gbk),
    ]);
    for name in ["little.csv", "big.csv", "marked.csv"] {
        let made = bench.import(name, &[]);
        assert_eq!(
            made.reply("fa-piao-zen-me-kai"),
            "在订单详情里点「申请发票」"
        );
    }
    let made = bench.import("gbk.csv", &[]);
    assert_eq!(made.examples("refund"), ["退款好到账", "什么时候退钱"]);
    assert!(made.said.contains("gb18030"), "{}", made.said);
}

#[test]
fn columns_are_known_by_their_names_in_both_languages() {
    let bench = ImportBench::new(&[
        ("zhhead.csv", "句子,意图\n退款多久到账,refund\n什么时候退钱,refund\n发票怎么开,invoice\n".as_bytes()),
        ("semi.csv", "text;intent\n退款多久到账;refund\n什么时候退钱;refund\n".as_bytes()),
        ("en.tsv", "Question\tAnswer\tCategory\nHow long do refunds take?\tThree days.\tMoney\nWhere is my invoice?\tIn your order.\tMoney\n".as_bytes()),
        ("std.csv", "编号,标准问*,扩展问（多个用;分隔）,答案（必填）,所属分类,备注\n1,怎么退款,\"我要退款;退钱怎么弄\",点退款,售后,x\n2,怎么换货,,联系客服,售后,\n".as_bytes()),
    ]);
    let made = bench.import("zhhead.csv", &[]);
    assert_eq!(made.ids(), ["invoice", "refund"]);
    let made = bench.import("semi.csv", &[]);
    assert_eq!(made.examples("refund"), ["退款多久到账", "什么时候退钱"]);
    let made = bench.import("en.tsv", &[]);
    assert_eq!(made.reply("how-long-do-refunds-take"), "Three days.");
    assert!(made.text("intents/money.toml").contains("menu = true"));
    assert!(
        made.text("intents/where-is-my-invoice.toml")
            .contains("parent = \"money\"")
    );
    let made = bench.import("std.csv", &[]);
    assert_eq!(
        made.examples("zen-me-tui-kuan"),
        ["怎么退款", "我要退款", "退钱怎么弄"]
    );
    assert!(made.text("intents/shou-hou.toml").contains("menu = true"));
    assert!(made.said.contains("“备注”一列没有带过来"), "{}", made.said);
}

#[test]
fn a_reply_keeps_its_steps_markdown_and_what_html_means() {
    let bench = ImportBench::new(&[("faq.csv", "问题,答案\n\
        怎么退款,\"请这样做：\n1、打开订单\n2、点退款\"\n\
        怎么开票,\"在**订单**里开，见[说明](https://a.b/c)\"\n\
        怎么换货,\"<p>先<b>登录</b></p><ol><li>打开订单</li><li>点换货</li></ol><script>x()</script>\"\n".as_bytes())]);
    let made = bench.import("faq.csv", &[]);
    assert_eq!(
        made.reply("zen-me-tui-kuan"),
        "请这样做：\n\n1. 打开订单\n2. 点退款"
    );
    assert_eq!(
        made.reply("zen-me-kai-piao"),
        "在**订单**里开，见[说明](<https://a.b/c>)"
    );
    assert_eq!(
        made.reply("zen-me-huan-huo"),
        "先**登录**\n\n1. 打开订单\n2. 点换货"
    );
    assert!(
        made.said.contains("HTML 的 <script> 没有带过来"),
        "{}",
        made.said
    );
}

#[test]
fn what_contradicts_itself_is_refused_with_row_and_column() {
    let bench = ImportBench::new(&[
        ("comma.csv", "text,intent\n退款,多久到账,refund\n什么时候退钱,refund\n".as_bytes()),
        ("header.csv", "甲,乙\n退款多久到账呢,一般三天就到账了。\n".as_bytes()),
        ("swapped.csv", "问题,答案\n一般 1 到 3 个工作日原路退回您的账户,退款多久到账？\n在订单详情页面点击申请发票按钮,怎么开发票？\n".as_bytes()),
        ("labels.csv", "text,intent\nrefund,退款多久到账\nrefund,什么时候退钱\n".as_bytes()),
        ("quote.csv", "问题,答案\n\"退款多久,三天\n怎么开票,订单里\n".as_bytes()),
        ("one.csv", "问题\n退款多久\n".as_bytes()),
    ]);
    let comma = bench.refused("comma.csv", &[]);
    assert!(
        comma.contains("comma.csv:2: 第 3 列 “refund” 在表头以外"),
        "{comma}"
    );
    let header = bench.refused("header.csv", &[]);
    assert!(
        header.contains("header.csv:1: 第 1 列看不出是什么") && header.contains("--columns"),
        "{header}"
    );
    let swapped = bench.refused("swapped.csv", &[]);
    assert!(
        swapped.contains("swapped.csv:2: 第 1 列“问题”和第 2 列“答案”好像写反了"),
        "{swapped}"
    );
    assert!(bench.refused("labels.csv", &[]).contains("写反了"));
    assert!(
        bench
            .refused("quote.csv", &[])
            .contains("quote.csv:2: 从这一行开始，引号没有成对")
    );
    assert!(bench.refused("one.csv", &[]).contains("只有一列"));
    // who says what the columns are is believed
    let made = bench.import("header.csv", &["--columns", "question=1,answer=乙"]);
    assert_eq!(
        made.reply("tui-kuan-duo-jiu-dao-zhang-ne"),
        "一般三天就到账了。"
    );
    let made = bench.import("swapped.csv", &["--columns", "question=2,answer=1"]);
    assert_eq!(
        made.reply("zen-me-kai-fa-piao"),
        "在订单详情页面点击申请发票按钮"
    );
}

#[test]
fn a_table_without_names_is_utterances_and_intents_only_where_that_is_plain() {
    let bench = ImportBench::new(&[
        (
            "plain.tsv",
            "我要退款\trefund\n退款多久\trefund\n开发票\tinvoice\n".as_bytes(),
        ),
        (
            "answers.tsv",
            "退款多久\t一般 1 到 3 个工作日到账。\n怎么开票\t在订单详情里申请。\n".as_bytes(),
        ),
    ]);
    let made = bench.import("plain.tsv", &[]);
    assert_eq!(made.ids(), ["invoice", "refund"]);
    let said = bench.refused("answers.tsv", &[]);
    assert!(said.contains("--columns question=1,answer=2"), "{said}");
    let made = bench.import(
        "answers.tsv",
        &["--columns", "question=1,answer=2,header=no"],
    );
    assert_eq!(made.reply("zen-me-kai-piao"), "在订单详情里申请。");
}

#[test]
fn workbooks_are_read_with_merged_cells_and_line_breaks() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let format = rust_xlsxwriter::Format::new();
    sheet.write(0, 0, "常见问题汇总").unwrap();
    for (at, name) in ["序号", "问题", "答案"].iter().enumerate() {
        sheet.write(1, at as u16, *name).unwrap();
    }
    for (row, question) in ["退款多久到账", "什么时候退钱", "怎么开票"]
        .iter()
        .enumerate()
    {
        sheet.write(row as u32 + 2, 0, row as u32 + 1).unwrap();
        sheet.write(row as u32 + 2, 1, *question).unwrap();
    }
    sheet
        .merge_range(2, 2, 3, 2, "一般 1-3 天\n原路退回", &format)
        .unwrap();
    sheet.write(4, 2, 400_800).unwrap();
    let bench = ImportBench::new(&[("faq.xlsx", &book.save_to_buffer().unwrap())]);
    let made = bench.import("faq.xlsx", &[]);
    assert_eq!(
        made.examples("tui-kuan-duo-jiu-dao-zhang"),
        ["退款多久到账", "什么时候退钱"]
    );
    assert_eq!(
        made.reply("tui-kuan-duo-jiu-dao-zhang"),
        "一般 1-3 天\\\n原路退回"
    );
    assert_eq!(made.reply("zen-me-kai-piao"), "400800");
    assert!(
        made.said.contains("表头上面的文字没有带过来"),
        "{}",
        made.said
    );
}

#[test]
fn json_lines_and_lists_are_tables_too() {
    let bench = ImportBench::new(&[
        ("faq.jsonl", "{\"question\": \"退款多久\", \"answer\": \"三天\"}\n{\"question\": \"怎么开票\", \"answer\": \"订单里\", \"similar\": [\"开发票\"]}\n".as_bytes()),
        ("list.json", r#"[{"q": "退款多久", "a": "三天", "indexes": ["退款时间"]}]"#.as_bytes()),
        ("odd.jsonl", "{\"messages\": []}\n".as_bytes()),
    ]);
    assert_eq!(
        bench.import("faq.jsonl", &[]).examples("zen-me-kai-piao"),
        ["怎么开票", "开发票"]
    );
    assert_eq!(
        bench.import("list.json", &[]).examples("tui-kuan-duo-jiu"),
        ["退款多久", "退款时间"]
    );
    bench.refused("odd.jsonl", &[]);
}
