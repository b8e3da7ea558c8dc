//! Masking of personal data: 10,000 seeded messages with and without, every form on its own, and what must stay.

use crate::database::{Database, Engine};
use crate::masking::sentences::Chance as Random;
use crate::server::chat_name;
use crate::talk::process::Setup;
use aho_corasick::AhoCorasick;
use futures_util::{StreamExt, stream};
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use wenlu_core::privacy::{PersonalDataKind, redact};
use wenlu_core::text::normalize::normalize;

#[test]
fn each_kind_in_each_form() {
    for (text, wanted) in [
        (
            "我的手机号是13800138000，收不到验证码",
            "我的手机号是［手机号］，收不到验证码",
        ),
        (
            "打 138-0013-8000 或者+86 139 1234 5678",
            "打 ［手机号］ 或者［手机号］",
        ),
        ("（+86）138 0013 8000", "［手机号］"),
        ("008613800138000和86-13800138000", "［手机号］和［手机号］"),
        ("１３８００１３８０００", "［手机号］"),
        (
            "138，0013，8000；138。0013。8000；138－0013－8000；138、0013、8000",
            "［手机号］；［手机号］；［手机号］；［手机号］",
        ),
        ("1 3 8 0 0 1 3 8 0 0 0", "［手机号］"),
        ("电话一三八零零一三八零零零", "电话［手机号］"),
        (
            "壹叁捌零零壹叁捌零零零 1️⃣3️⃣8️⃣00138000",
            "［手机号］ ［手机号］",
        ),
        (
            "(138)0013-8000，+86 (138) 0013 8000",
            "［手机号］，［手机号］",
        ),
        (
            "tel13800138000 wx:13800138000",
            "tel［手机号］ wx:［手机号］",
        ),
        ("138\u{200b}0013\u{200b}8000", "［手机号］"),
        (
            "13800138000,13900139000/13700137000",
            "［手机号］,［手机号］/［手机号］",
        ),
        ("身份证11010519491231002X", "身份证［身份证号］"),
        ("１１０１０５１９４９１２３１００２Ｘ", "［身份证号］"),
        (
            "110105 19491231 002x，110105-19491231-002-X",
            "［身份证号］，［身份证号］",
        ),
        ("44052418800101001４，本人", "［身份证号］，本人"),
        ("卡号6222 0212 3456 7890 128", "卡号［银行卡号］"),
        ("4111111111111111", "［银行卡号］"),
        ("4111-1111-1111-1111", "［银行卡号］"),
        ("7111 1111 1111 1114", "［银行卡号］"),
        (
            "发到 zhang.san+wx@mail.example.com.cn。谢谢",
            "发到 ［邮箱］。谢谢",
        ),
        ("ｚｈａｎｇ＠ｑｑ．ｃｏｍ", "［邮箱］"),
        (
            "zhang @ qq.com，zhang.san at gmail.com",
            "［邮箱］，［邮箱］",
        ),
        (
            "zhang(at)qq.com / zhang at qq dot com / zhang艾特qq点com",
            "［邮箱］ / ［邮箱］ / ［邮箱］",
        ),
        (
            "appsecret 4f5e6d7c8b9a0f1e2d3c4b5a69788796 泄露了",
            "appsecret ［密钥］ 泄露了",
        ),
        ("4F5E6D7C 8B9A0F1E 2D3C4B5A 69788796", "［密钥］"),
        (
            "?access_token=57_aBc9Xz&openid=1",
            "?access_token=［令牌］&openid=1",
        ),
        (
            "{\"session_key\":\"tiihtNczf5v6AKRyjwEUhQ==\"}",
            "{\"session_key\":\"［令牌］\"}",
        ),
        ("sk-proj-a1B2c3D4e5F6g7H8", "［令牌］"),
        ("123456789:AAF0dGhpcyBpcyBub3QgYSByZWFsIHRva2Vu", "［令牌］"),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "［令牌］",
        ),
        (
            "openid是oUpF8uMuAJO_M2pxb1Q9zNjWeS6o，查一下",
            "openid是［用户标识］，查一下",
        ),
        ("wxid_a1b2c3d4e5f6g7", "［用户标识］"),
        (
            "我叫王小明，联系人：欧阳娜娜，我是张伟。",
            "我叫［姓名］，联系人：［姓名］，我是［姓名］。",
        ),
        (
            "收件人古丽·买买提 我姓王 my name is John Smith",
            "收件人［姓名］ 我姓［姓名］ my name is ［姓名］",
        ),
        (
            "寄到北京市朝阳区建国路88号2栋301室，谢谢",
            "寄到［地址］，谢谢",
        ),
        ("我在建国路88号2栋301室门口", "我在［地址］门口"),
        (
            "微信号：zhang_wei88，vx: lily2020，QQ 12345678",
            "微信号：［微信号］，vx: ［微信号］，QQ ［QQ号］",
        ),
        (
            "010-88886666、(0755)2688 1234，座机 6688 1234",
            "［电话］、［电话］，座机 ［电话］",
        ),
        ("电话+852 9123 4567", "电话［电话］"),
        (
            "订单号20240115123456789012，快递单号：SF1234567890123",
            "订单号［订单号］，快递单号：［订单号］",
        ),
        ("京A12345和粤B·D12345", "［车牌号］和［车牌号］"),
        (
            "护照E12345678，回乡证H12345678，A123456(7)",
            "护照［证件号］，回乡证［证件号］，［证件号］",
        ),
        (
            "110105491231002，身份证110105194912310021",
            "［身份证号］，身份证［身份证号］",
        ),
        ("卡号4111 1111 1111 1112", "卡号［银行卡号］"),
        (
            "密码是Abc@1234，验证码：246810",
            "密码是［密码］，验证码：［密码］",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq+/\nab=\n-----END PRIVATE KEY-----",
            "［密钥］",
        ),
    ] {
        let redacted = redact(text);
        assert_eq!(redacted.text, wanted, "{text}");
        assert_eq!(redact(&redacted.text).text, wanted, "twice: {text}");
    }
}

#[test]
fn what_is_nobodys_stays() {
    for text in [
        "",
        "小程序迁移后 openid 会变吗",
        "报错 40001 invalid credential, access_token is invalid or not latest rid: 65a4b3c2-1a2b3c4d-5e6f7a8b",
        "错误码61004，61003，40164",
        "订单40001报错，订单号是什么，这个订单2024年的",
        "工单 12012345678，12345678901",
        "2024-01-15 13:45:59 到 2025年12月31日",
        "基础库 3.4.10，微信 8.0.50，192.168.10.200",
        "appid 是 wx1234567890abcdef，没有 appsecret",
        "wx4111111111111111",
        "https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html",
        "https://mp.weixin.qq.com/s/AbCd3fGhIjKlMnOpQrStUv",
        "https://mp.weixin.qq.com/s?__biz=MzA5NzA2MTE2MA==&mid=2650123456&idx=1&sn=0123456789abcdef0123456789abcdef&chksm=0",
        "550e8400-e29b-41d4-a716-446655440000",
        "api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=APPID&secret=APPSECRET",
        "npm i vue@3.4.0-rc.js @types/node@18.0.0",
        "git clone git@github.com:a/b.git",
        "@客服 在吗，看看 qq.com，meet me at example.com",
        "15,300,200,100 元和余额15000000000元",
        "11010519491231002Y，110105194912310021",
        "4111 1111 1111 1112",
        "7111111111111114",
        "条形码6901234567892，时间戳1712345678901",
        "getStableAccessTokenFromServerApiV2 Screenshot_2024-01-15-12-34-56-789_com.tencent.mm.jpg",
        "我叫不到车，联系人怎么改，姓名不一致，法人变更，我是江苏人，我是程序员，我是谁",
        "收货地址怎么改，地址在哪个城市，地铁1号线，1号楼，12月5号，我在北京",
        "微信支付，微信小程序 openid，微信8.0.44，QQ音乐，wx.login()，vx可以吗",
        "密码是什么，密码错误，密码是6-20位，密码改成什么好，验证码是几位，password is required",
        "身份证过期了，卡号在哪看，护照可以吗，京东，新A股，云服务器，川菜A套餐",
        "400-670-0700，95588，12306，电话打不通，2024年1月",
        "［手机号］和［邮箱］，我叫［姓名］，地址［地址］，密码［密码］",
    ] {
        assert_eq!(redact(text).text, text);
    }
}

#[test]
fn places_are_bytes_of_the_original() {
    let text = "我是张三，１３８ ００１３ ８０００，邮箱a@b.cn";
    let places: Vec<(PersonalDataKind, &str)> = redact(text)
        .masked
        .iter()
        .map(|m| (m.kind, &text[m.span.clone()]))
        .collect();
    assert_eq!(
        places,
        [
            (PersonalDataKind::Name, "张三"),
            (PersonalDataKind::Phone, "１３８ ００１３ ８０００"),
            (PersonalDataKind::Email, "a@b.cn")
        ]
    );
}

#[test]
fn a_masked_message_says_what_it_said() {
    let asked = "我的手机号13800138000已经不用了，小程序怎么换绑管理员";
    assert_eq!(
        normalize(&redact(asked).text),
        "我的手机号已经不用了小程序怎么换绑管理员"
    );
}

/// What is in a seeded message, and where.
struct Message {
    text: String,
    items: Vec<(PersonalDataKind, Range<usize>)>,
}

#[test]
fn ten_thousand_seeded_messages() {
    let mut random = Random(0x5eed_0001);
    let messages: Vec<Message> = (0..10_000)
        .map(|number| message(&mut random, number))
        .collect();
    let (mut items, mut found, mut falsely) = (0, 0, 0);
    let mut missed = Vec::new();
    let mut wrong = Vec::new();
    for Message {
        text,
        items: wanted,
    } in &messages
    {
        let redacted = redact(text);
        assert_eq!(redact(&redacted.text).text, redacted.text, "twice: {text}");
        for (kind, place) in wanted {
            items += 1;
            let hit = redacted
                .masked
                .iter()
                .any(|m| m.kind == *kind && m.span.start <= place.start && place.end <= m.span.end);
            found += usize::from(hit);
            if !hit {
                missed.push((kind, &text[place.clone()], text));
            }
        }
        // more than what is personal counts as false too
        let inside = |span: &Range<usize>| {
            wanted
                .iter()
                .any(|(_, place)| place.start <= span.start && span.end <= place.end)
        };
        let extra = redacted.masked.iter().find(|m| !inside(&m.span));
        falsely += u32::from(extra.is_some());
        if let Some(extra) = extra {
            wrong.push((extra.kind, &text[extra.span.clone()], text));
        }
    }
    let recall = found as f64 / items as f64;
    let false_masking = f64::from(falsely) / messages.len() as f64;
    println!(
        "{items} pieces of personal data: recall {:.2} %",
        100.0 * recall
    );
    println!(
        "{} messages: false masking {:.2} %",
        messages.len(),
        100.0 * false_masking
    );
    assert!(
        recall >= 0.995,
        "{recall}: {:#?}",
        &missed[..missed.len().min(40)]
    );
    assert!(
        false_masking <= 0.005,
        "{false_masking}: {:#?}",
        &wrong[..wrong.len().min(40)]
    );
}

#[tokio::test]
async fn nothing_personal_is_left_behind_on_sqlite() {
    nothing_is_left_behind(Engine::Sqlite, 10_000).await;
}

#[tokio::test]
async fn nothing_personal_is_left_behind_on_postgresql() {
    nothing_is_left_behind(Engine::Postgres, 2_000).await;
}

/// Seeded messages through a real server: what is personal in them stands in no file of the database, its log of writes,
/// the server's log at its loudest, a backup, or an export.
async fn nothing_is_left_behind(engine: Engine, count: usize) {
    let mut random = Random(0x5eed_0001);
    let messages: Vec<Message> = (0..count)
        .map(|number| message(&mut random, number))
        .collect();
    let database = Database::new(engine).await;
    let setup = Setup::web(&database.url)
        .with("WENLU_LOG", "wenlu=trace,sqlx=debug,hyper=debug,axum=trace");
    let process = setup.start();
    let at = format!(
        "http://{}/api/v1/messages",
        process.listening().await.unwrap()
    );
    let client = reqwest::Client::new();
    let ask = async |(number, message): (usize, &Message)| {
        let conversation = chat_name(&format!("c{}", number % 500));
        let body = serde_json::json!({"conversation": conversation, "id": number.to_string(), "text": message.text});
        let response = client.post(&at).json(&body).send().await.unwrap();
        // some are longer than a message may be; nothing of them is kept either
        assert!(
            [200, 413, 422].contains(&response.status().as_u16()),
            "{}",
            response.status()
        );
    };
    stream::iter(messages.iter().enumerate())
        .for_each_concurrent(32, ask)
        .await;

    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
        let output = command
            .args(args)
            .current_dir(setup.folder())
            .env_clear()
            .env("DATABASE_URL", &database.url);
        let output = output.output().unwrap();
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        std::fs::write(
            setup.folder().join(format!("out-{}", args.join("-"))),
            output.stdout,
        )
        .unwrap();
    };
    run(&["review", "export"]);
    run(&["review", "export", "--format", "jsonl"]);
    run(&["store", "backup", "all.backup"]);
    let personal: Vec<&str> = messages
        .iter()
        .flat_map(|m| m.items.iter().map(|(_, place)| &m.text[place.clone()]))
        .collect();
    let any = AhoCorasick::new(&personal).unwrap();
    let mut bytes = 0;
    for folder in [setup.folder(), database.folder.path()] {
        for file in files(folder) {
            let content = std::fs::read(&file).unwrap();
            bytes += content.len();
            let found: Vec<&str> = any
                .find_iter(&content)
                .map(|found| personal[found.pattern()])
                .take(9)
                .collect();
            assert_eq!(found, [""; 0], "{}", file.display());
        }
    }
    println!(
        "{} pieces of personal data in {count} messages, none in {bytes} bytes",
        personal.len()
    );
    assert!(bytes > 500 * count, "the files hold what was said: {bytes}");
    process.kill();
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .collect()
}

/// Half of the messages have one piece or two, half near misses and ordinary figures.
fn message(random: &mut Random, number: usize) -> Message {
    let mut message = Message {
        text: String::new(),
        items: Vec::new(),
    };
    for part in 0..1 + random.below(2) {
        let [before, after] = random.pick(FRAMES).split("{}").collect::<Vec<_>>()[..] else {
            unreachable!("one gap")
        };
        message.text += if part > 0 {
            random.pick(&["，", "。", " ", "\n", "; "])
        } else {
            ""
        };
        message.text += before;
        let start = message.text.len();
        let personal = number.is_multiple_of(2) && part == 0 || number.is_multiple_of(4);
        if personal {
            let (kind, text) = personal_data(random);
            message.text += &text;
            message.items.push((kind, start..message.text.len()));
        } else {
            message.text += &near_miss(random);
        }
        message.text += after;
    }
    message
}

const FRAMES: &[&str] = &[
    "{}",
    "我的是{}，怎么改",
    "你好，{}这个收不到短信怎么办？",
    "麻烦帮我查一下{}谢谢",
    "小程序后台填了{}，提示不对",
    "请联系（{}）",
    "“{}”这样写可以吗",
    "原来绑的{}现在不用了，小程序迁移后还有影响吗",
    "please check {} for me",
    "my data: {}.",
    "I sent {} yesterday, why no reply",
    "客服：{}",
    "填的是：{}；还是不行",
    "1、{}\n2、没有收到",
    "【{}】急急急",
];

fn personal_data(random: &mut Random) -> (PersonalDataKind, String) {
    match random.below(7) {
        0 => (PersonalDataKind::Phone, phone(random)),
        1 => (PersonalDataKind::ResidentId, resident_id(random, true)),
        2 => (PersonalDataKind::BankCard, bank_card(random, true)),
        3 => (PersonalDataKind::Email, email(random)),
        4 => (PersonalDataKind::Secret, secret(random)),
        5 => (PersonalDataKind::Token, token(random)),
        _ => (PersonalDataKind::OpenId, person(random)),
    }
}

fn phone(random: &mut Random) -> String {
    let digits = format!("1{}{}", 3 + random.below(7), random.digits(9));
    let cut = |by: &str| [&digits[..3], &digits[3..7], &digits[7..]].join(by);
    let text = match random.below(10) {
        0..=2 => digits,
        3 => cut(" "),
        4 => cut("-"),
        5 => cut(random.pick(&["－", "，", "。", "、", "·", "　", " - ", "—", ".", "/"])),
        6 => digits
            .chars()
            .map(|c| c.to_string())
            .collect::<Vec<_>>()
            .join(" "),
        7 => format!("{} {}", &digits[..3], &digits[3..]),
        8 => digits
            .chars()
            .map(|c| HAN[c as usize - '0' as usize])
            .collect(),
        _ => cut("\u{200b}"),
    };
    let code = if text.starts_with('1') {
        random.pick(&[
            "", "", "", "+86", "+86 ", "+86-", "86", "0086", "＋86 ", "(+86)",
        ])
    } else {
        ""
    };
    random.widen(format!("{code}{text}"))
}

const HAN: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

fn resident_id(random: &mut Random, right: bool) -> String {
    let place = random.pick(&[
        "110101", "310115", "440305", "510107", "330106", "659001", "150102",
    ]);
    let body = format!(
        "{place}{:04}{:02}{:02}{}",
        1940 + random.below(80),
        1 + random.below(12),
        1 + random.below(28),
        random.digits(3)
    );
    let sum: usize = body
        .bytes()
        .enumerate()
        // 2^(17 - i) mod 11, by the standard
        .map(|(i, digit)| usize::from(digit - b'0') * ((1 << (17 - i)) % 11))
        .sum();
    let check = (0..11)
        .find(|check| (sum + check) % 11 == 1)
        .unwrap_or_default();
    let check = if right {
        check
    } else {
        (check + 1 + random.below(9)) % 10
    };
    if !right && (sum + check) % 11 == 1 {
        return resident_id(random, false);
    }
    let check = if check == 10 {
        random.pick(&["X", "x"]).to_owned()
    } else {
        check.to_string()
    };
    let text = match random.below(5) {
        0 => format!("{} {} {}{check}", &body[..6], &body[6..14], &body[14..]),
        1 => format!("{}-{}-{}{check}", &body[..6], &body[6..14], &body[14..]),
        _ => body + &check,
    };
    random.widen(text)
}

fn bank_card(random: &mut Random, right: bool) -> String {
    let start = random.pick(&["62", "6222", "6217", "4", "51", "55", "37", "9558", "35"]);
    let length = if random.below(4) == 0 {
        13 + random.below(7)
    } else {
        random.pick_number(&[16, 19])
    };
    let body = format!("{start}{}", random.digits(length - 1 - start.len()));
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let value = |(i, c): (usize, char)| {
        let digit = c.to_digit(10).unwrap_or_default();
        if i % 2 == 0 { doubled(digit) } else { digit }
    };
    let sum: u32 = body.chars().rev().enumerate().map(value).sum();
    let check = (10 - sum % 10) % 10;
    let check = if right {
        check
    } else {
        (check + 1 + random.below(9) as u32) % 10
    };
    let digits = format!("{body}{check}");
    let fours = |by: &str| {
        let digits: Vec<char> = digits.chars().collect();
        digits
            .chunks(4)
            .map(|four| four.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join(by)
    };
    let text = match random.below(4) {
        0 => fours(" "),
        1 => fours(random.pick(&["-", "　", "－"])),
        _ => digits,
    };
    random.widen(text)
}

fn email(random: &mut Random) -> String {
    let name = random.pick(&[
        "zhangsan", "li.si", "wang_5", "a", "2853041", "test+wx", "Jin-Hua", "support", "x1y2z3",
    ]);
    let domain = random.pick(&[
        "qq.com",
        "163.com",
        "gmail.com",
        "mail.example.com.cn",
        "outlook.com",
        "foxmail.com",
        "a-b.net",
    ]);
    let text = match random.below(9) {
        0 => format!("{name}＠{domain}"),
        1 => format!("{name}@{}", domain.replace('.', "．")),
        2 => format!("{name} @ {domain}"),
        3 => format!("{name}(at){domain}"),
        4 => format!("{name} at {}", domain.replace('.', " dot ")),
        5 => format!("{name}@{}", domain.replace('.', "。")),
        _ => format!("{name}@{domain}"),
    };
    random.widen(text)
}

const HEX: &str = "0123456789abcdef";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn secret(random: &mut Random) -> String {
    let hex = random.from(HEX, 32);
    let text = match random.below(6) {
        0 => hex.to_uppercase(),
        1 => (0..8)
            .map(|i| &hex[4 * i..4 * i + 4])
            .collect::<Vec<_>>()
            .join(" "),
        2 => (0..4)
            .map(|i| &hex[8 * i..8 * i + 8])
            .collect::<Vec<_>>()
            .join("-"),
        _ => hex,
    };
    random.widen(text)
}

fn token(random: &mut Random) -> String {
    let length = 43 + random.below(80);
    match random.below(7) {
        0 => format!("sk-{}", random.from(&BASE64[..62], 48)),
        1 => format!(
            "{}:{}",
            100_000_000 + random.below(7_000_000_000),
            random.from(BASE64, 35)
        ),
        2 => format!(
            "eyJ{}.eyJ{}.{}",
            random.from(BASE64, 30),
            random.from(BASE64, 60),
            random.from(BASE64, 43)
        ),
        3 => format!("{}_{}", 10 + random.below(90), random.from(BASE64, 120)),
        4 => random.from(&BASE64[26..62], 40),
        5 => random.from(HEX, length / 2 * 2),
        _ => random.from(BASE64, length),
    }
}

fn person(random: &mut Random) -> String {
    let text = format!("o{}", random.from(BASE64, 27));
    random.widen(text)
}

/// What looks like personal data and is none, and what people write in figures.
fn near_miss(random: &mut Random) -> String {
    match random.below(22) {
        0 => format!("12{}", random.digits(9)),
        1 => format!("10{}", random.digits(9)),
        2 => resident_id(random, false),
        3 => bank_card(random, false),
        4 => format!("批次号202{}0{}{}", random.below(7), 1 + random.below(9), random.digits(12)),
        5 => format!("批次 9{}", random.digits(14)),
        6 => random.pick(&["40001", "61004", "40164", "-1", "48001", "85064", "errcode 40029"]).to_owned(),
        7 => format!("20{:02}-{:02}-{:02}", random.below(30), 1 + random.below(12), 1 + random.below(28)),
        8 => format!(
            "20{:02}年{}月{}日 {:02}:{:02}",
            random.below(30),
            1 + random.below(12),
            1 + random.below(28),
            random.below(24),
            random.below(60)
        ),
        9 => format!("v{}.{}.{}", random.below(10), random.below(20), random.below(400)),
        10 => format!("wx{}", random.from(HEX, 16)),
        11 => format!("https://mp.weixin.qq.com/s/{}", random.from(BASE64, 22)),
        12 => "https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html".to_owned(),
        13 => format!("rid: {}-{}-{}", random.from(HEX, 8), random.from(HEX, 8), random.from(HEX, 8)),
        14 => format!("192.168.{}.{}", random.below(256), random.below(256)),
        15 => format!("1{}{}", 3 + random.below(7), random.digits(8)),
        16 => format!("1{}{}", 3 + random.below(7), random.digits(10)),
        17 => format!("4200{}", random.digits(24)),
        18 => format!("{}元", random.digits(6)),
        19 => format!("SF{}", random.digits(13)),
        20 => format!("17{}", random.digits(11)),
        _ => random.pick(ORDINARY).to_owned(),
    }
}

const ORDINARY: &[&str] = &[
    "小程序迁移后openid会变吗",
    "名称被驳回3次怎么办",
    "access_token过期了",
    "access_token=ACCESS_TOKEN",
    "appsecret在哪里看",
    "公众号@我的人看不到",
    "is the unionid the same after migration",
    "getUserProfile 和 getUserInfo 的区别",
    "10086 发来的短信",
    "95588",
    "400-670-0700",
    "010-12345678",
    "一二三四五六七八九十",
    "iPhone15 iOS17.2.1 微信8.0.44",
    "open-source-mini-program-kit",
    "UTF-8 和 GBK",
    "1024*768",
];

impl Random {
    fn pick_number(&mut self, list: &[usize]) -> usize {
        list[self.below(list.len())]
    }

    /// Full width, one time in six.
    fn widen(&mut self, text: String) -> String {
        if self.below(6) > 0 {
            return text;
        }
        let wide = |c: char| match c {
            '0'..='9' | 'a'..='z' | 'A'..='Z' | '@' | '.' | '+' => {
                char::from_u32(c as u32 + 0xfee0).unwrap_or(c)
            }
            _ => c,
        };
        text.chars().map(wide).collect()
    }
}
