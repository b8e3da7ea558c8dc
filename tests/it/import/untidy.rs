//! Tables as people leave them: what is meant is read, what is unclear is said, nothing is guessed in
//! silence.

use super::ImportBench;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

#[test]
fn traditional_names_of_columns_are_the_same_names() {
    let bench = ImportBench::new(&[
        (
            "trad.csv",
            "序,問題類別,常見問題,標準答案,關鍵字\n1,售後,怎麼退款,三天到帳,x\n2,售後,幾點開門,早上九點,y\n"
                .as_bytes(),
        ),
        (
            "title.csv",
            "大類,問題小類,標題,內容\n客服,退換,怎麼退款,三天到帳\n".as_bytes(),
        ),
        // “問題,答案 / 退款多久到帳,三天到帳” in Big5
        (
            "big5.csv",
            b"\xb0\xdd\xc3D,\xb5\xaa\xae\xd7\n\xb0h\xb4\xda\xa6h\xa4[\xa8\xec\xb1b,\xa4T\xa4\xd1\xa8\xec\xb1b\xa1A\xbd\xd0\xad@\xa4\xdf\xb5\xa5\xad\xd4\n",
        ),
    ]);
    let made = bench.import("trad.csv", &[]);
    assert_eq!(made.reply("zen-me-tui-kuan"), "三天到帳");
    assert!(made.text("intents/shou-hou.toml").contains("menu = true"));
    assert!(
        made.said.contains("“關鍵字”一列没有带过来"),
        "{}",
        made.said
    );
    let made = bench.import("title.csv", &[]);
    assert_eq!(made.reply("zen-me-tui-kuan"), "三天到帳");
    assert!(
        made.said.contains("“問題小類”一列没有带过来"),
        "{}",
        made.said
    );
    let made = bench.import("big5.csv", &[]);
    assert!(
        made.reply("tui-kuan-duo-jiu-dao-zhang")
            .contains("三天到帳")
    );
}

#[test]
fn a_table_without_answers_or_intents_is_no_table_of_them() {
    let bench = ImportBench::new(&[
        (
            "dated.csv",
            "问题,更新时间\n退款多久到账,2026-01-01\n怎么开发票,2026-01-01\n".as_bytes(),
        ),
        (
            "dates.csv",
            "退款多久到账,2026-01-01\n怎么开发票,2026-01-02\n".as_bytes(),
        ),
        (
            "numbered.csv",
            "问题编号,问题,答案\nQ001,怎么退款,点退款\n".as_bytes(),
        ),
        ("empty.csv", b"".as_slice()),
    ]);
    assert!(
        bench
            .refused("dated.csv", &[])
            .contains("第 2 列看不出是什么")
    );
    assert!(bench.refused("dates.csv", &[]).contains("看不出是什么"));
    assert!(bench.refused("empty.csv", &[]).contains("里面是空的"));
    let made = bench.import("numbered.csv", &[]);
    assert_eq!(made.examples("zen-me-tui-kuan"), ["怎么退款"]);
    assert!(
        made.said.contains("“问题编号”一列没有带过来"),
        "{}",
        made.said
    );
}

#[test]
fn an_answer_that_nobody_wrote_joins_nothing() {
    let table = "问题,答案\n怎么退款,点退款\n会员怎么升级,******\n积分怎么用,******\n券怎么用,/\n门店在哪,N/A\n";
    let bench = ImportBench::new(&[("faq.csv", table.as_bytes())]);
    let made = bench.import("faq.csv", &[]);
    assert_eq!(made.ids().len(), 5, "{:?}", made.ids());
    assert!(made.reply("ji-fen-zen-me-yong").contains("请在这里写"));
    assert!(
        made.said.contains("没有回复，写好之前按没有资料处理：4 处"),
        "{}",
        made.said
    );
}

#[test]
fn what_is_joined_or_taken_off_is_said() {
    let bench = ImportBench::new(&[
        (
            "same.csv",
            "问题,答案\n怎么退款,请联系客服\n几点开门,请联系客服\n".as_bytes(),
        ),
        (
            "marks.csv",
            "问题,答案\n问：怎么退款,答：点退款\n问：几点开门,答：早上九点\n".as_bytes(),
        ),
        (
            "choices.csv",
            "问题,答案\n选哪个,\"A: 退款\nB: 换货\"\n几点开门,早上九点\n".as_bytes(),
        ),
    ]);
    let made = bench.import("same.csv", &[]);
    assert_eq!(made.examples("zen-me-tui-kuan"), ["怎么退款", "几点开门"]);
    assert!(
        made.said.contains("1 行的答案和前面的一样，并进同一个意图"),
        "{}",
        made.said
    );
    let made = bench.import("marks.csv", &[]);
    assert_eq!(made.examples("zen-me-tui-kuan"), ["怎么退款"]);
    assert_eq!(made.reply("zen-me-tui-kuan"), "点退款");
    assert!(
        made.said.contains("“问：”“答：”没有带过来"),
        "{}",
        made.said
    );
    let made = bench.import("choices.csv", &[]);
    assert!(made.reply("xuan-na-ge").contains("A: 退款"));
}

#[test]
fn several_wordings_in_a_cell_are_parted_where_they_are_questions() {
    let bench = ImportBench::new(&[
        ("comma.csv", "问题,相似问,答案\n退款多久,\"退款几天，多久退钱，钱什么时候退\",三天\n怎么开票,\"开发票怎么弄，哪里开票\",订单\n".as_bytes()),
        ("slash.csv", "问题,答案\n退款多久/退款几天/钱什么时候退,三天\n怎么开票/能开专票吗,订单\n".as_bytes()),
        ("story.csv", "问题,相似问,答案\n怎么退款,\"我下单了，想退\",三天\n怎么换货,\"买错了，换一个\",订单\n".as_bytes()),
    ]);
    let made = bench.import("comma.csv", &[]);
    assert_eq!(
        made.examples("tui-kuan-duo-jiu"),
        ["退款多久", "退款几天", "多久退钱", "钱什么时候退"]
    );
    assert!(
        made.said.contains("里的几种问法用 ， 分开"),
        "{}",
        made.said
    );
    let made = bench.import("slash.csv", &[]);
    assert_eq!(made.examples("zen-me-kai-piao"), ["怎么开票", "能开专票吗"]);
    let made = bench.import("story.csv", &[]);
    assert_eq!(
        made.examples("zen-me-tui-kuan"),
        ["怎么退款", "我下单了，想退"]
    );
    assert!(made.said.contains("每格当作一句"), "{}", made.said);
}

#[test]
fn categories_english_and_switched_off_rows_of_tables() {
    let bench = ImportBench::new(&[
        ("label.csv", "utterance,category,intent,flags\n我要退款,售后,refund,a\n钱退了吗,售后,refund,b\n开发票,财务,invoice,c\n".as_bytes()),
        ("both.csv", "问题,答案,英文问题,英文答案\n退款多久,三天,How long do refunds take?,Three days\n".as_bytes()),
        ("state.csv", "问题,答案,状态\n退款多久,三天,启用\n旧的问题,旧的,已停用\n新的问题,新的,待审核\n".as_bytes()),
        ("alpaca.jsonl", "{\"instruction\":\"退款多久\",\"input\":\"上下文\",\"output\":\"三天\"}\n{\"instruction\":\"怎么开票\",\"input\":\"\",\"output\":\"订单里\"}\n".as_bytes()),
        ("lists.json", r#"[{"问题":["怎么开票","开发票"],"答案":["订单里","找客服"],"分类":{"a":1}}]"#.as_bytes()),
    ]);
    let made = bench.import("label.csv", &[]);
    assert!(
        made.text("intents/refund.toml")
            .contains("parent = \"shou-hou\"")
    );
    assert!(made.said.contains("“flags”一列没有带过来"), "{}", made.said);
    let made = bench.import("both.csv", &[]);
    assert_eq!(
        made.text("content/en/tui-kuan-duo-jiu.md"),
        "# 退款多久\n\nThree days\n"
    );
    assert_eq!(
        made.examples("tui-kuan-duo-jiu"),
        ["退款多久", "How long do refunds take?"]
    );
    let made = bench.import("state.csv", &[]);
    assert_eq!(made.ids(), ["tui-kuan-duo-jiu", "xin-de-wen-ti"]);
    assert!(made.said.contains("“旧的问题”是停用的"), "{}", made.said);
    assert!(
        made.said.contains("“待审核” 看不出是不是停用"),
        "{}",
        made.said
    );
    let made = bench.import("alpaca.jsonl", &[]);
    assert_eq!(made.examples("tui-kuan-duo-jiu"), ["退款多久"]);
    assert!(made.said.contains("“input”一列没有带过来"), "{}", made.said);
    let made = bench.import("lists.json", &[]);
    assert_eq!(made.reply("zen-me-kai-piao"), "订单里");
    assert!(made.said.contains("找客服"), "{}", made.said);
    assert!(made.said.contains("“分类”里是一组字段"), "{}", made.said);
}

#[test]
fn answers_keep_steps_and_links_however_they_are_written() {
    let bench = ImportBench::new(&[(
        "faq.csv",
        "问题,答案\n\
        怎么换滤芯,\"①关机\n②取下滤芯\n③装上\"\n\
        怎么重置,\"第一步：关机\n第二步：长按\"\n\
        怎么退货,\"1. 打开订单\n在“我的”里\n2. 点退货\n好了\"\n\
        说明在哪,\"看 <strong>说明</strong>，在[这里](https://a.b/doc)\"\n\
        有暗号吗,\"三\u{202e}天\u{200b}\"\n"
            .as_bytes(),
    )]);
    let made = bench.import("faq.csv", &[]);
    assert_eq!(
        made.reply("zen-me-huan-lv-xin"),
        "1. 关机\n2. 取下滤芯\n3. 装上"
    );
    assert_eq!(made.reply("zen-me-zhong-zhi"), "1. 关机\n2. 长按");
    assert_eq!(
        made.reply("zen-me-tui-huo"),
        "1. 打开订单\\\n   在“我的”里\n2. 点退货\n\n好了"
    );
    assert_eq!(
        made.reply("shuo-ming-zai-na"),
        "看 **说明**，在[这里](<https://a.b/doc>)"
    );
    assert_eq!(made.reply("you-an-hao-ma"), "三天");
}

/// A workbook with dates, times, a formula that failed, a hidden sheet and one of another kind.
fn odd_book() -> Vec<u8> {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let time = Format::new().set_num_format("h:mm");
    let sheet = book.add_worksheet().set_name("问答").unwrap();
    for (at, name) in ["问题", "答案"].iter().enumerate() {
        sheet.write(0, at as u16, *name).unwrap();
    }
    let questions = [
        "哪天开业",
        "几点开门",
        "截止到什么时候",
        "出错了吗",
        "支持退货吗",
        "热线多少",
    ];
    for (row, question) in questions.iter().enumerate() {
        sheet.write(row as u32 + 1, 0, *question).unwrap();
    }
    let day = ExcelDateTime::from_ymd(2026, 5, 1).unwrap();
    sheet.write_with_format(1, 1, &day, &date).unwrap();
    let opens = ExcelDateTime::from_hms(9, 30, 0).unwrap();
    sheet.write_with_format(2, 1, &opens, &time).unwrap();
    let until = ExcelDateTime::parse_from_str("2026-05-01T18:00:00").unwrap();
    sheet.write_with_format(3, 1, &until, &date).unwrap();
    sheet
        .write_formula(4, 1, Formula::new("=1/0").set_result("#DIV/0!"))
        .unwrap();
    sheet.write(5, 1, true).unwrap();
    sheet.write(6, 1, 4_001_234_567_u64).unwrap();
    let hidden = book.add_worksheet().set_name("旧的").unwrap();
    hidden.write(0, 0, "问题").unwrap();
    hidden.write(0, 1, "答案").unwrap();
    hidden.write(1, 0, "内部的").unwrap();
    hidden.write(1, 1, "不要").unwrap();
    hidden.set_hidden(true);
    book.save_to_buffer().unwrap()
}

#[test]
fn cells_of_workbooks_are_what_a_person_sees() {
    let bench = ImportBench::new(&[
        ("faq.xlsx", &odd_book()),
        // an archive that is no workbook but looks like one
        ("broken.xlsx", &broken_book()),
    ]);
    let made = bench.import("faq.xlsx", &[]);
    for (id, reply) in [
        ("na-tian-kai-ye", "2026-05-01"),
        ("ji-dian-kai-men", "09:30"),
        ("jie-zhi-dao-shen-me-shi-hou", "2026-05-01 18:00"),
        ("zhi-chi-tui-huo-ma", "TRUE"),
        ("re-xian-duo-shao", "4001234567"),
    ] {
        assert_eq!(made.reply(id), reply);
    }
    assert!(made.reply("chu-cuo-le-ma").contains("请在这里写"));
    assert!(!made.ids().contains(&"nei-bu-de"));
    assert!(made.said.contains("是隐藏的工作表"), "{}", made.said);
    let said = bench.refused("broken.xlsx", &[]);
    assert!(
        said.contains("表格读不出来") && said.contains("另存一次"),
        "{said}"
    );
}

/// The parts of a workbook with nothing in them.
fn broken_book() -> Vec<u8> {
    use std::io::{Cursor, Write};
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", "<Types/>"),
        ("xl/workbook.xml", "<workbook/>"),
        ("xl/worksheets/sheet1.xml", "<worksheet/>"),
    ] {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
