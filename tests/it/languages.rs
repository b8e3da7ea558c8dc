//! The language and the script of a conversation: in the terminal, over the HTTP interface, on Telegram.

use crate::database::Engine;
use crate::desk::talk_where;
use crate::server::{Server, chat_name};
use crate::small::{self, wenlu};
use crate::talk::{Talk, Way};
use crate::tiny;
use fake_telegram::Options;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// What the bot answered to each line.
fn answers(script: &[&str]) -> Vec<String> {
    let transcript = talk_where(None, script);
    let turns = transcript.split("> ").skip(1);
    let answers: Vec<String> = turns.map(str::to_owned).collect();
    assert_eq!(answers.len(), script.len(), "{transcript}");
    answers
}

/// Each line with what its answer must contain.
#[track_caller]
fn assert_talk(script: &[(&str, &str)]) {
    let said: Vec<&str> = script.iter().map(|(say, _)| *say).collect();
    for (answer, (say, shown)) in answers(&said).iter().zip(script) {
        assert!(answer.contains(shown), "{say}: {answer}");
    }
}

const ENGLISH_UNKNOWN: &str = "I'm sorry";
const CHINESE_UNKNOWN: &str = "抱歉";

#[test]
fn a_conversation_keeps_its_language_until_a_sentence_is_in_the_other() {
    assert_talk(&[
        ("how to move a mini program", "The administrator starts it:"),
        ("where is 侵权投诉?", ENGLISH_UNKNOWN),
        (
            "what is “被投诉单号”, and is it in the message",
            ENGLISH_UNKNOWN,
        ),
        ("https://mp.weixin.qq.com/侵权", ENGLISH_UNKNOWN),
        ("小店怎么注销", "在小店后台注销"),
        ("hi", CHINESE_UNKNOWN),
        ("thx", CHINESE_UNKNOWN),
        ("https://example.com/is/the/page", CHINESE_UNKNOWN),
        ("openid", CHINESE_UNKNOWN),
        ("my printer shows a red light", ENGLISH_UNKNOWN),
    ]);
}

#[test]
fn the_first_word_may_be_english() {
    assert_talk(&[("help", "Just ask me in your own words")]);
    assert_talk(&[("topics", "These are the questions people ask most")]);
    assert_talk(&[
        ("hi", "Hello, I'm Wenlu."),
        ("帮助", "直接用您自己的话问我就好"),
    ]);
}

#[test]
fn a_language_that_is_asked_for_holds_and_the_answer_is_said_again() {
    assert_talk(&[
        ("小程序怎么迁移", "由原主体的管理员发起"),
        ("English please", "The administrator starts it:"),
        ("下一步", "Open Settings."),
    ]);
    assert_talk(&[
        ("小程序怎么迁移", "由原主体的管理员发起"),
        ("下一步", "打开“设置”"),
        ("能用英文再说一遍吗", "Open Settings."),
        ("量子力学讲的都是啥", ENGLISH_UNKNOWN),
        ("量子力学讲的都是啥", CHINESE_UNKNOWN),
    ]);
    assert_talk(&[
        ("how to move a mini program", "The administrator starts it:"),
        ("说中文", "由原主体的管理员发起"),
        ("my printer shows a red light", CHINESE_UNKNOWN),
    ]);
    assert_talk(&[
        ("注销", "公司没了怎么注销"),
        (
            "in English, please",
            "Which of these would you like to know?",
        ),
        ("1", "需要有对公账户"),
    ]);
    assert_talk(&[("English", "Just ask me in your own words")]);
}

#[test]
fn who_writes_traditional_script_reads_it_in_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    tiny::write_files(folder.path());
    let mut child = Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .arg("chat")
        .current_dir(folder.path())
        .env_clear()
        .env("HOME", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = "小程序怎麼遷移\n全部步驟\n沒解決\nopenid\n小店怎么注销\n";
    child
        .stdin
        .take()
        .unwrap()
        .write_all(said.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    insta::assert_snapshot!(shown, @"
    由原主體的管理員發起，按下面的步驟辦理：
    第 1 步，共 4 步
    登錄微信公众平台（https://mp.weixin.qq.com）。
      [1] 下一步
      [2] 全部步驟
      [3] 需要什麼材料
      [4] 要多久
      [5] 遷移後 ID 變不變
      [6] 有用
      [7] 沒解決

    1. 登錄微信公众平台（https://mp.weixin.qq.com）。
    2. 打開“设置”。
    3. 上傳公證書。
    4. 等待審核。
    ▎提示：審核期間請不要改名。
      [1] 有用
      [2] 沒解決

    抱歉，沒能解決您的問題。您可以補充一點細節，比如做到哪一步、看到什麼提示，我再試一次；也可以轉人工，請同事來看。
      [1] 轉人工

    抱歉，這個問題我不太確定，不想隨便給您一個答案。您可以換個說法再試一次，或者看看下面有沒有您要找的；需要的話，也可以轉人工。
      [1] 怎麼遷移小程序
      [2] 註銷
      [3] 轉人工

    在小店后台注销：
    1. 打开后台。
    2. 点“注销”。
      [1] 有用
      [2] 没解决
    ");
}

async fn say(server: &Server, body: &Value) -> Value {
    let request = reqwest::Client::new().post(server.url("/api/v1/messages"));
    let response = request.json(body).send().await.unwrap();
    assert_eq!(response.status(), 200, "{body}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn who_writes_traditional_script_reads_it_over_http() {
    let server = Server::start(&[]).await;
    let ask =
        |id: &str, text: &str| json!({ "conversation": chat_name("c"), "id": id, "text": text });
    let asked = say(&server, &ask("1", "小程序怎麼註銷")).await;
    // the label of a link is what stands on the page that it leads to
    assert_eq!(
        asked["replies"][0]["text"],
        "請登錄公众平台（https://mp.weixin.qq.com）操作。"
    );
    assert_eq!(asked["replies"][0]["steps"][0]["text"], "登錄。");
    let labels = |answer: &Value| -> Vec<String> {
        let buttons = answer["replies"][0]["buttons"].as_array().unwrap();
        buttons
            .iter()
            .map(|button| button["label"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(labels(&asked).contains(&"全部步驟".to_owned()), "{asked}");
    let again = say(&server, &ask("1", "小程序怎麼註銷")).await;
    assert_eq!(asked, again, "a retry gets the stored answer");
    // a button changes nothing
    let pressed =
        json!({ "conversation": chat_name("c"), "id": "2", "button": "i:close#materials" });
    let pressed = say(&server, &pressed).await;
    assert!(pressed.to_string().contains("需要什麼材料"), "{pressed}");
    let simplified = say(&server, &ask("3", "这个小程序怎么注销")).await;
    assert!(!simplified.to_string().contains("登錄"), "{simplified}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_traditional_script_reads_it_on_telegram() {
    let options = Options {
        flood: false,
        ..Options::default()
    };
    let talk = Talk::start(Engine::Sqlite, Way::Polling, options, &[]).await;
    let user = talk.fake.user(7);
    let until = async |text: &str| {
        talk.fake
            .until(|record| record.replies(7).any(|message| message.text.contains(text)))
            .await;
    };
    user.say("小程序怎麼遷移");
    until("由原主體的管理員發起，按下面的步驟辦理：").await;
    user.press("下一步");
    // the message is edited; what the platform calls it stays
    until("打開“设置”。").await;
    user.press("全部步驟");
    until("提示：審核期間請不要改名。").await;
    user.press("沒解決");
    until("抱歉，沒能解決您的問題").await;
    let shown = user.transcript();
    assert!(!shown.contains("步骤") && !shown.contains("没"), "{shown}");
    talk.bot.rests().await;
    talk.bot.stop().await;
}

#[test]
fn check_names_words_that_need_not_be_kept() {
    let folder = small::folder();
    let lexicon = "keep_simplified = [\"通知中心\", \"公众平台\", \"公眾平臺\"]\n";
    std::fs::write(folder.path().join("intents/lexicon.toml"), lexicon).unwrap();
    let output = wenlu(folder.path(), &["check"]);
    let said = String::from_utf8(output.stdout).unwrap();
    for shown in ["lexicon.toml:1:20", "这个词繁体也这样写", "这个词重复了"] {
        assert!(said.contains(shown), "{said}");
    }
}
