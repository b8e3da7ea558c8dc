//! `wenlu suggest`: from the journal, from a pasted reply, from a language model's endpoint;
//! ranked, checked, drafted.

use crate::database::{Database, Engine, on_both};
use crate::files::{files_under, stderr, stdout, write};
use crate::small;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use wenlu::review::suggest::WordingSource;
use wenlu::review::suggest::judge::WordingJudge;
use wenlu::review::suggest::rank::{SuggestedWording, WordingNow, WordingObjection};
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::check::edit::EditSide;
use wenlu_core::model::Decision;
use wenlu_core::router::Router as RouterOfKnowledge;

/// A folder with the small knowledge, and a database.
struct SuggestBench {
    root: tempfile::TempDir,
    database: Database,
}

impl SuggestBench {
    fn on(database: Database) -> Self {
        let root = small::folder();
        Self { root, database }
    }

    fn path(&self) -> &Path {
        self.root.path()
    }

    fn run(&self, args: &[&str], values: &[(&str, &str)], input: &str) -> Output {
        let mut process = Command::new(env!("CARGO_BIN_EXE_wenlu"))
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("DATABASE_URL", &self.database.url)
            .env("USER", "xiaowang")
            .envs(values.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // a program that has ended reads nothing
        let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
        process.wait_with_output().unwrap()
    }

    #[track_caller]
    fn json(&self, args: &[&str], input: &str) -> Value {
        let output = self.run(&[&["suggest", "--json"], args].concat(), &[], input);
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_str(&stdout(&output)).unwrap()
    }
}

fn texts(found: &Value, fit: bool) -> Vec<&str> {
    let wordings = found["intents"][0]["wordings"].as_array();
    let of = wordings.into_iter().flatten().filter(|w| w["fit"] == fit);
    of.map(|wording| wording["text"].as_str().unwrap())
        .collect()
}

#[track_caller]
fn why<'a>(found: &'a Value, text: &str) -> &'a str {
    let wordings = found["intents"][0]["wordings"].as_array().unwrap();
    let wording = wordings.iter().find(|wording| wording["text"] == text);
    let wording = wording.unwrap_or_else(|| panic!("no {text} in {found}"));
    wording["objection"]["why"].as_str().unwrap_or("fit")
}

#[tokio::test]
async fn the_journal_says_what_is_asked_and_a_draft_takes_it_off_the_queue() {
    on_both(async |database| {
        let bench = SuggestBench::on(database);
        let asked = "换公司之后老用户的标识还在吗\n讲个相声听听\n换公司之后老用户的标识还在吗\n";
        assert!(bench.run(&["chat"], &[], asked).status.success());
        let open = bench.run(&["review", "list", "--json"], &[], "");
        assert!(stdout(&open).contains("老用户的标识"), "{}", stdout(&open));
        let found = bench.json(&["ids"], "");
        let first = &found["intents"][0]["wordings"][0];
        assert_eq!(first["text"], "换公司之后老用户的标识还在吗", "{found}");
        assert_eq!(
            (&first["source"]["from"], &first["source"]["count"]),
            (&"journal".into(), &2.into())
        );
        assert!(first["gain"]["messages"].as_u64() >= Some(10), "{first}");
        assert!(first["novelty"].as_f64() > Some(0.1), "{first}");
        assert!(
            !found.to_string().contains("相声"),
            "it is near no intent: {found}"
        );
        // nothing is live until a person publishes
        let before = files_under(bench.path());
        let drafted = bench.json(&["ids", "--draft"], "");
        assert_eq!(drafted["drafts"][0]["intent"], "ids", "{drafted}");
        assert_eq!(files_under(bench.path()), before);
        let id = drafted["drafts"][0]["draft"].to_string();
        let published = bench.run(&["review", "publish", &id, "--yes"], &[], "");
        assert!(published.status.success(), "{}", stdout(&published));
        let left = bench.run(&["review", "list", "--json"], &[], "");
        assert!(!stdout(&left).contains("老用户的标识"), "{}", stdout(&left));
    })
    .await;
}

#[tokio::test]
async fn a_pasted_reply_is_read_ranked_and_checked_for_conflicts() {
    let bench = SuggestBench::on(Database::new(Engine::Sqlite).await);
    let path = bench.path().join("intents/ids.toml");
    let file = std::fs::read_to_string(&path).unwrap()
        + "not = [\"公众号的 openid 会变吗\"]\n[[test]]\nsay = \"换了主体 openid 变不变呢\"\n";
    std::fs::write(&path, file).unwrap();
    let reply = "<think>想一想\n1. 这不是</think>\n好的，以下是 8 句：\n\n1. 用户的 openid 换主体后还认得出来吗\n\
        2. “unionid 会不会跟着变呀，急”\n- 迁移后 openid 会变吗\n* 公众号的 openid 会变吗\n3）换了主体 openid 变不变呢\n\
        4、迁移要提交哪些申请\n5. 今天天气怎么样\n6. 我的手机13812345678，openid 还能用吗\n6. 我的手机13812345678，openid 还能用吗\n\n希望有帮助！\n";
    let found = bench.json(&["ids", "--from", "-"], reply);
    let fit = texts(&found, true);
    assert!(
        fit.contains(&"用户的 openid 换主体后还认得出来吗"),
        "{found}"
    );
    assert!(fit.contains(&"unionid 会不会跟着变呀，急"), "{found}");
    assert!(
        fit.contains(&"我的手机［手机号］，openid 还能用吗"),
        "{found}"
    );
    assert_eq!(fit.len(), 3, "{found}");
    for (text, reason) in [
        ("迁移后 openid 会变吗", "present"),
        ("公众号的 openid 会变吗", "near_miss"),
        ("换了主体 openid 变不变呢", "of_test"),
        ("迁移要提交哪些申请", "of_other"),
        ("今天天气怎么样", "out_of_scope"),
    ] {
        assert_eq!(why(&found, text), reason, "{text}");
    }
    let skipped: Vec<&str> = found["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["why"].as_str().unwrap())
        .collect();
    assert_eq!(skipped, ["talk", "repeated", "talk"], "{found}");
    assert_eq!(found["skipped"][0]["line"], 3);
    // ranked by what they add
    let gains: Vec<f64> = found["intents"][0]["wordings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|wording| wording["fit"] == true)
        .map(|wording| wording["gain"]["confidence"].as_f64().unwrap())
        .collect();
    assert!(gains.is_sorted_by(|a, b| a >= b), "{gains:?}");
    let shown = bench.run(&["suggest", "ids", "--from", "-"], &[], reply);
    let (table, said) = (stdout(&shown), stderr(&shown));
    assert!(
        table.contains("加分")
            && table.contains("不建议的 5 句")
            && table.contains("现在 10 句例句"),
        "{table}"
    );
    assert!(said.contains("3 行没有采用"), "{said}");
    assert!(!table.contains("13812345678") && !said.contains("13812345678"));
}

#[tokio::test]
async fn replies_come_in_many_forms_and_for_several_intents() {
    let bench = SuggestBench::on(Database::new(Engine::Sqlite).await);
    for reply in [
        "```json\n[\"openid 换了吗我的\", \"unionid 也跟着换吗\"]\n```\n",
        "[\n  \"openid 换了吗我的\",\n  \"unionid 也跟着换吗\",\n]\n",
        "Here you are: {\"ids\": [{\"text\": \"openid 换了吗我的\"}, {\"question\": \"unionid 也跟着换吗\"}]} Bye.",
        "openid 换了吗我的\nunionid 也跟着换吗\n",
        "### ids\n①openid 换了吗我的\n②「unionid 也跟着换吗」\n",
        "**ids**\n- openid 换了吗我的\n- unionid 也跟着换吗\n",
    ] {
        let found = bench.json(&["ids", "--from", "-"], reply);
        let mut all = [texts(&found, true), texts(&found, false)].concat();
        all.sort_unstable();
        assert_eq!(all, ["openid 换了吗我的", "unionid 也跟着换吗"], "{reply}");
    }
    let both =
        "## ids\n- openid 换了吗我的\n## 别的\n- 没人认领的一句\n## moving\n- 过户的手续怎么办理\n";
    let found = bench.json(&["--from", "-"], both);
    let ids: Vec<&str> = found["intents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|intent| intent["intent"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 2, "{found}");
    assert!(ids.contains(&"ids") && ids.contains(&"moving"));
    let reasons: Vec<&Value> = found["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["why"])
        .collect();
    assert_eq!(reasons, ["heading", "no_intent"], "{found}");
    // nothing that can be read
    let empty = bench.run(
        &["suggest", "ids", "--from", "-"],
        &[],
        "对不起，我不能帮忙：\n",
    );
    assert_eq!(empty.status.code(), Some(1));
    assert!(
        stderr(&empty).contains("没有读到问法"),
        "{}",
        stderr(&empty)
    );
}

#[tokio::test]
async fn a_prompt_is_written_masked_and_nothing_else_happens() {
    let bench = SuggestBench::on(Database::new(Engine::Sqlite).await);
    write(
        bench.path(),
        "intents/ids.toml",
        "title = \"迁移后 ID 变不变\"\nexamples = [\"openid 会变吗，我的电话13812345678\", \"unionid 变不变\", \"openid 没了\", \"a b\", \"c d\"]\n\
         not = [\"公众号的 openid\"]\n",
    );
    let printed = bench.run(
        &["suggest", "ids", "--prompt", "-", "--count", "7"],
        &[],
        "",
    );
    let prompt = stdout(&printed);
    assert!(
        prompt.contains("再写 7 句") && prompt.contains("话题：迁移后 ID 变不变"),
        "{prompt}"
    );
    assert!(
        prompt.contains("- openid 会变吗，我的电话［手机号］")
            && prompt.contains("不要写成：\n- 公众号的 openid")
    );
    assert!(!prompt.contains("13812345678"));
    let written = bench.run(&["suggest", "--prompt", "prompt.txt"], &[], "");
    assert!(written.status.success() && stdout(&written).is_empty());
    let all = std::fs::read_to_string(bench.path().join("prompt.txt")).unwrap();
    assert!(
        all.contains("## ids\n") && all.contains("## moving\n") && !all.contains("smalltalk"),
        "{all}"
    );
    let unknown = bench.run(&["suggest", "idz"], &[], "");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        stderr(&unknown).contains("您是不是要写 ids"),
        "{}",
        stderr(&unknown)
    );
    let nothing = bench.run(&["suggest", "ids"], &[], "");
    assert!(
        nothing.status.success() && stdout(&nothing).contains("--prompt"),
        "{}",
        stdout(&nothing)
    );
}

/// What the endpoint does with a request.
#[derive(Clone, Copy)]
enum ModelManner {
    Answers(&'static str),
    Refuses(StatusCode),
    Hangs,
    Talks(&'static str),
}

struct FakeModel {
    manner: ModelManner,
    seen: Mutex<Vec<(HeaderMap, Value)>>,
}

/// Starts an endpoint; returns its address and what it sees.
async fn model(manner: ModelManner) -> (String, Arc<FakeModel>) {
    let fake = Arc::new(FakeModel {
        manner,
        seen: Mutex::default(),
    });
    let routes = Router::new()
        .route("/v1/chat/completions", post(complete))
        .with_state(fake.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, fake)
}

async fn complete(
    State(fake): State<Arc<FakeModel>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let body = serde_json::from_str(&body).unwrap();
    fake.seen.lock().unwrap().push((headers, body));
    match fake.manner {
        ModelManner::Answers(text) => {
            let message = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]});
            Json(message).into_response()
        }
        ModelManner::Refuses(status) => {
            (status, "{\"error\": \"CANARY-KEY is bad\"}").into_response()
        }
        ModelManner::Hangs => std::future::pending().await,
        ModelManner::Talks(text) => text.into_response(),
    }
}

const KEY: &str = "CANARY-KEY";

async fn asked(bench: &SuggestBench, address: &str, args: &[&str]) -> Output {
    let values = [
        ("WENLU_LLM_URL", address),
        ("WENLU_LLM_KEY", KEY),
        ("WENLU_LLM_MODEL", "writer"),
        ("WENLU_LLM_TIMEOUT", "1s"),
        ("WENLU_LOG", "trace"),
    ];
    tokio::task::block_in_place(|| bench.run(&[&["suggest"], args].concat(), &values, ""))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_model_is_asked_once_masked_and_only_where_it_is_set() {
    let bench = SuggestBench::on(Database::new(Engine::Sqlite).await);
    let path = bench.path().join("intents/ids.toml");
    let file = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        file.replace(
            "openid 还是原来的吗",
            "openid 还是原来的吗，回我13812345678",
        ),
    )
    .unwrap();
    let (address, fake) = model(ModelManner::Answers(
        "1. 用户的 openid 换主体后还认得出来吗\n2. 讲个笑话\n",
    ))
    .await;
    let output = asked(&bench, &address, &["ids", "--json"]).await;
    let (said, printed) = (stderr(&output), stdout(&output));
    assert!(output.status.success(), "{said}");
    let found: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(texts(&found, true), ["用户的 openid 换主体后还认得出来吗"]);
    assert_eq!(
        found["intents"][0]["wordings"][0]["source"]["from"],
        "model"
    );
    let seen = std::mem::take(&mut *fake.seen.lock().unwrap());
    let [(headers, body)] = seen.as_slice() else {
        panic!("{} requests", seen.len());
    };
    assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(body["model"], "writer");
    let prompt = body["messages"][0]["content"].as_str().unwrap();
    assert!(
        prompt.contains("［手机号］") && !prompt.contains("13812345678"),
        "{prompt}"
    );
    // what leaves the machine was said, all of it, and the key nowhere
    assert!(
        said.contains(&format!("{address}/chat/completions")) && said.contains("writer"),
        "{said}"
    );
    assert!(prompt.lines().all(|line| said.contains(line)), "{said}");
    assert!(!said.contains(KEY) && !printed.contains(KEY));

    let local = asked(&bench, &address, &["ids", "--local"]).await;
    assert!(local.status.success() && fake.seen.lock().unwrap().is_empty());
    let off = bench.run(&["suggest", "ids"], &[], "");
    assert!(
        off.status.success() && stderr(&off).is_empty(),
        "{}",
        stderr(&off)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_is_asked_once_and_the_journal_still_counts() {
    let bench = SuggestBench::on(Database::new(Engine::Sqlite).await);
    let question = "换公司之后老用户的标识还在吗";
    assert!(
        bench
            .run(&["chat"], &[], &format!("{question}\n"))
            .status
            .success()
    );
    for (manner, said) in [
        (
            ModelManner::Refuses(StatusCode::UNAUTHORIZED),
            "WENLU_LLM_KEY",
        ),
        (
            ModelManner::Refuses(StatusCode::TOO_MANY_REQUESTS),
            "请求太多",
        ),
        (ModelManner::Refuses(StatusCode::BAD_GATEWAY), "502"),
        (ModelManner::Refuses(StatusCode::FOUND), "302"),
        (ModelManner::Hangs, "WENLU_LLM_TIMEOUT"),
        (ModelManner::Talks("<html>Welcome</html>"), "读不懂"),
        (ModelManner::Talks("{\"choices\": []}"), "读不懂"),
        (ModelManner::Answers(""), "没有读到问法"),
    ] {
        let (address, fake) = model(manner).await;
        let output = asked(&bench, &address, &["ids"]).await;
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(said), "{said}: {told}");
        assert!(!told.contains(KEY), "{told}");
        assert!(stdout(&output).contains(question), "{}", stdout(&output));
        assert_eq!(fake.seen.lock().unwrap().len(), 1, "{said}: no second try");
    }
    let nobody = asked(&bench, "http://127.0.0.1:9/v1", &["ids"]).await;
    assert!(stderr(&nobody).contains("连不上"), "{}", stderr(&nobody));
    let nameless = bench.run(
        &["suggest", "ids"],
        &[("WENLU_LLM_URL", "http://127.0.0.1:9/v1")],
        "",
    );
    assert_eq!(nameless.status.code(), Some(1));
    assert!(stderr(&nameless).contains("WENLU_LLM_MODEL"));
}

#[tokio::test]
async fn what_is_drafted_gains_and_takes_no_test_of_another_intent_over() {
    let bench = SuggestBench::on(Database::new(Engine::Sqlite).await);
    // a test of another intent that the wording would take over
    let path = bench.path().join("intents/moving.toml");
    let file =
        std::fs::read_to_string(&path).unwrap() + "[[test]]\nsay = \"想把老用户的小程序迁移走\"\n";
    std::fs::write(&path, file).unwrap();
    let reply =
        "1. 想把老用户的小程序迁移走掉\n2. 用户的 openid 换主体后还认得出来吗\n3. 帮我写个东西吧\n";
    let found = bench.json(&["ids", "--from", "-", "--draft"], reply);
    let wordings = found["intents"][0]["wordings"].as_array().unwrap();
    for wording in wordings.iter().filter(|wording| wording["fit"] == true) {
        let gain = wording["gain"]["confidence"].as_f64().unwrap();
        assert!(gain >= 0.0, "{wording}");
    }
    assert_eq!(
        why(&found, "用户的 openid 换主体后还认得出来吗"),
        "fit",
        "{found}"
    );
    assert_ne!(why(&found, "想把老用户的小程序迁移走掉"), "fit", "{found}");
    assert_eq!(found["drafts"][0]["wordings"], texts(&found, true).len());
}

#[test]
fn a_wording_with_which_a_test_would_fail_is_refused_and_the_next_moves_up() {
    let root = small::folder();
    let path = root.path().join("intents/moving.toml");
    let file =
        std::fs::read_to_string(&path).unwrap() + "[[test]]\nsay = \"想把小程序转给另一家店\"\n";
    std::fs::write(&path, file).unwrap();
    let source = KnowledgeSource::Folder(root.path().to_owned());
    let (files, knowledge) = (source.files(), load(&source).unwrap().knowledge);
    let router = RouterOfKnowledge::build(&knowledge);
    let judge = WordingJudge {
        base: EditSide {
            files: &files,
            knowledge: &knowledge,
            router: &router,
        },
        build: &RouterOfKnowledge::build,
    };
    let wording = |text: &str| SuggestedWording {
        text: text.to_owned(),
        source: WordingSource::Pasted,
        novelty: 0.5,
        now: WordingNow {
            decision: Decision::Unknown,
            intent: None,
            confidence: 0.1,
        },
        gain: None,
        objection: None,
    };
    let takes_over = "想把小程序转给另一家店铺";
    let proposed = [
        "用户的 openid 认得出来吗",
        takes_over,
        "unionid 换了没有",
        "appid 还一样吗",
    ];
    let judged = judge.judged("ids", proposed.map(wording).into(), 3);
    let texts: Vec<&str> = judged.iter().map(|wording| wording.text.as_str()).collect();
    assert_eq!(texts, [proposed[0], proposed[2], proposed[3], takes_over]);
    assert!(
        judged[..3].iter().all(SuggestedWording::is_fit),
        "{judged:?}"
    );
    assert_eq!(
        judged[3].objection,
        Some(WordingObjection::BreaksTests {
            tests: vec!["想把小程序转给另一家店".to_owned()]
        })
    );
}

#[tokio::test]
async fn a_wording_that_draws_others_is_not_drafted() {
    let bench = SuggestBench::on(Database::new(Engine::Sqlite).await);
    let found = bench.json(
        &["ids", "--from", "-", "--draft"],
        "1. 小店怎么注销掉呢\n2. 迁移流程是怎样的\n",
    );
    assert!(texts(&found, true).is_empty(), "{found}");
    assert_eq!(found["drafts"], json!([]));
    assert!(
        !bench.database.folder.path().join("bot.db").exists(),
        "nothing was drafted"
    );
}

#[tokio::test]
async fn everyday_talk_is_not_drafted_into_a_thin_intent() {
    let bench = SuggestBench {
        root: tempfile::tempdir().unwrap(),
        database: Database::new(Engine::Sqlite).await,
    };
    for (id, title, examples) in [
        ("refund", "退款要多久", "\"退款要多久\", \"退款几天能到账\""),
        ("invoice", "怎么开发票", "\"怎么开发票\", \"发票在哪里开\""),
    ] {
        let intent = format!("title = \"{title}\"\nexamples = [{examples}]\n");
        write(bench.path(), &format!("intents/{id}.toml"), &intent);
        let reply = format!("# {title}\n\n在订单页可以看到。\n");
        write(bench.path(), &format!("content/zh/{id}.md"), &reply);
    }
    let reply = "1. 今天天气怎么样\n2. 讲个笑话\n3. 鸡蛋要煮几分钟\n4. 退钱几天能到\n";
    let found = bench.json(&["refund", "--from", "-", "--draft"], reply);
    assert_eq!(texts(&found, true), ["退钱几天能到"], "{found}");
    for (text, reason) in [
        ("今天天气怎么样", "far_from_intent"),
        ("讲个笑话", "far_from_intent"),
        ("鸡蛋要煮几分钟", "out_of_scope"),
    ] {
        assert_eq!(why(&found, text), reason, "{found}");
    }
    assert_eq!(found["drafts"][0]["wordings"], 1, "{found}");
    let shown = bench.run(&["suggest", "refund", "--from", "-"], &[], reply);
    assert!(
        stdout(&shown).contains("没有共同之处"),
        "{}",
        stdout(&shown)
    );
}
