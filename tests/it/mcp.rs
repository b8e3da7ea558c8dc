//! `wenlu mcp`, as an assistant uses it: the built program on pipes, and the client of the official
//! SDK.

use crate::database::{Database, Engine, on_both};
use crate::files::{files_under, write};
use crate::small;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};

/// A connection to the program.
struct Assistant {
    client: RunningService<RoleClient, ()>,
    process: tokio::process::Child,
}

impl Assistant {
    async fn on(root: &Path, database: &str, args: &[&str]) -> Assistant {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_wenlu"));
        command.arg("mcp").args(args).current_dir(root).env_clear();
        command
            .env("DATABASE_URL", database)
            .env("USER", "xiaowang");
        let spawned = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut process = spawned.unwrap();
        let transport = (
            process.stdout.take().unwrap(),
            process.stdin.take().unwrap(),
        );
        let client = ().serve(transport).await.unwrap();
        Assistant { client, process }
    }

    async fn raw(&self, tool: &'static str, arguments: Value) -> CallToolResult {
        let Value::Object(arguments) = arguments else {
            panic!("no object: {arguments}");
        };
        let call = CallToolRequestParams::new(tool).with_arguments(arguments);
        self.client.call_tool(call).await.unwrap()
    }

    /// What the tool returns.
    async fn call(&self, tool: &'static str, arguments: Value) -> Value {
        let result = self.raw(tool, arguments).await;
        assert_eq!(result.is_error, Some(false), "{tool}: {result:?}");
        result.structured_content.unwrap()
    }

    /// Why the tool returns nothing.
    async fn refusal(&self, tool: &'static str, arguments: Value) -> String {
        let result = self.raw(tool, arguments).await;
        assert_eq!(result.is_error, Some(true), "{tool}: {result:?}");
        result.content[0].as_text().unwrap().text.clone()
    }

    /// Goes away; the program ends by itself.
    async fn close(mut self) {
        self.client.cancel().await.unwrap();
        let ended = self.process.wait().await.unwrap();
        assert!(ended.success(), "{ended:?}");
    }
}

fn ask(database: &Database, root: &Path, lines: &str) {
    use std::io::Write;
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command.arg("chat").current_dir(root).env_clear();
    let mut process = command
        .env("DATABASE_URL", &database.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    assert!(process.wait().unwrap().success());
}

fn wenlu(database: &Database, root: &Path, args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .args(args)
        .current_dir(root)
        .env_clear()
        .env("DATABASE_URL", &database.url)
        .env("USER", "xiaowang")
        .output()
        .unwrap()
}

#[tokio::test]
async fn from_what_went_unanswered_to_a_draft_that_a_person_publishes() {
    on_both(async |database| {
        let root = small::folder();
        ask(
            &database,
            root.path(),
            "讲个相声听听，电话13812345678\n给我讲个相声听听\n",
        );
        let before = files_under(&root.path().join("intents"));
        let assistant = Assistant::on(root.path(), &database.url, &[]).await;
        let open = assistant.call("list_unanswered", json!({})).await;
        let cluster = &open["clusters"][0];
        assert_eq!(cluster["count"], 2, "{open}");
        assert!(
            !open.to_string().contains("13812345678") && open.to_string().contains("［手机号］"),
            "{open}"
        );
        let drafted = assistant
            .call(
                "draft_wordings",
                json!({"use": "example", "intent": "smalltalk-thanks", "texts": ["给我讲个相声听听", "我的电话13812345678"],
                       "cluster": cluster["cluster"]}),
            )
            .await;
        let diff = drafted["diff"].as_str().unwrap();
        assert!(diff.contains("+") && diff.contains("给我讲个相声听听"), "{diff}");
        assert!(!diff.contains("13812345678"), "{diff}");
        assert_eq!(drafted["author"], "(xiaowang)");
        let id = drafted["draft"].clone();
        let seen = assistant.call("preview_draft", json!({"draft": id})).await;
        assert_eq!(seen["fitness"], "can be published by a person", "{seen}");
        assert_eq!(seen["replay"]["messages"], 2, "{seen}");
        let listed = assistant.call("list_drafts", json!({})).await;
        assert_eq!(listed["drafts"][0]["draft"], id);
        assistant.close().await;
        // nothing is live, and a person decides
        assert_eq!(files_under(&root.path().join("intents")), before);
        let number = id.to_string();
        let published = wenlu(&database, root.path(), &["review", "publish", &number, "--yes"]);
        assert!(published.status.success(), "{published:?}");
        let file = std::fs::read_to_string(root.path().join("intents/smalltalk-thanks.toml"));
        assert!(file.unwrap().contains("给我讲个相声听听"));
        let left = wenlu(&database, root.path(), &["review", "list", "--json"]);
        assert!(left.stdout.is_empty(), "the cluster was dealt with: {left:?}");
    })
    .await;
}

#[tokio::test]
async fn a_new_intent_is_drafted_with_its_reply() {
    let database = Database::new(Engine::Sqlite).await;
    let root = small::folder();
    ask(&database, root.path(), "你好\n");
    let assistant = Assistant::on(root.path(), &database.url, &[]).await;
    let asked = json!({"id": "opening", "title": "营业时间", "examples": ["几点开门", "周末营业吗", "几点关门", "什么时候上班", "今天开门吗"],
                       "reply": "周一至周五 9:00-18:00。"});
    let drafted = assistant.call("draft_intent", asked).await;
    let diff = drafted["diff"].as_str().unwrap();
    assert!(diff.contains("+周一至周五 9:00-18:00。"), "{diff}");
    let seen = assistant
        .call("preview_draft", json!({"draft": drafted["draft"]}))
        .await;
    assert_eq!(seen["fitness"], "can be published by a person", "{seen}");
    let bare = json!({"id": "parcel", "title": "快递", "examples": ["快递到哪了", "几天能送到", "包裹在哪", "快递多久", "什么时候发货"]});
    let drafted = assistant.call("draft_intent", bare).await;
    let seen = assistant
        .call("preview_draft", json!({"draft": drafted["draft"]}))
        .await;
    assert_eq!(
        seen["fitness"],
        "cannot be published before its reply is written"
    );
    for (input, said) in [
        (
            json!({"id": "Bad Id", "title": "x", "examples": ["a b c"]}),
            "cannot be an intent's id",
        ),
        (
            json!({"id": "ids", "title": "x", "examples": ["a b c"]}),
            "is there already",
        ),
        (
            json!({"id": "empty", "title": "x", "examples": []}),
            "`examples` is empty",
        ),
    ] {
        let refusal = assistant.refusal("draft_intent", input).await;
        assert!(refusal.contains(said), "{refusal}");
    }
    assistant.close().await;
}

#[tokio::test]
async fn what_can_be_asked_and_read_without_a_database() {
    let root = small::folder();
    let missing = format!("sqlite://{}", root.path().join("none.db").display());
    let assistant = Assistant::on(root.path(), &missing, &[]).await;
    let info = assistant.client.peer_info().unwrap();
    assert!(
        info.instructions
            .as_deref()
            .unwrap_or_default()
            .contains("need the bot's database"),
        "{info:?}"
    );
    let tools = assistant.client.list_all_tools().await.unwrap();
    assert!(tools.iter().all(|tool| !tool.name.contains("publish")));
    for tool in &tools {
        let schema = Value::Object((*tool.input_schema).clone());
        assert_eq!(schema["type"], "object", "{}", tool.name);
        assert!(tool.description.is_some() && jsonschema::validator_for(&schema).is_ok());
    }

    let answer = assistant
        .call("ask", json!({"text": "小程序怎么迁移"}))
        .await;
    assert_eq!(
        (&answer["decision"], &answer["intent"]),
        (&"answer".into(), &"moving".into())
    );
    assert!(!answer["reply"].as_str().unwrap().is_empty());
    let talk = answer["conversation"].clone();
    let second = assistant
        .call("ask", json!({"text": "谢谢", "conversation": talk}))
        .await;
    assert_eq!(second["conversation"], talk);
    let forgotten = json!({"text": "谢谢", "conversation": "talk-99"});
    assert!(
        assistant
            .refusal("ask", forgotten)
            .await
            .contains("talk-99")
    );

    let routed = assistant
        .call(
            "route",
            json!({"texts": ["迁移后 openid 会变吗", "股票会涨吗"]}),
        )
        .await;
    assert_eq!(routed["routings"][0]["intent"], "ids");
    assert_eq!(routed["routings"][1]["decision"], "unknown");
    let why = assistant
        .call("explain", json!({"text": "openid 变不变"}))
        .await;
    assert_eq!(why["explanation"]["routing"]["intent"], "ids", "{why}");
    let near = assistant
        .call(
            "similar_examples",
            json!({"text": "openid 会变吗", "limit": 12}),
        )
        .await;
    assert_eq!(near["examples"].as_array().unwrap().len(), 12);
    assert_eq!(near["examples"][0]["intent"], "ids");
    let checked = assistant.call("check", json!({"limit": 2})).await;
    assert_eq!(
        (&checked["usable"], &checked["errors"]),
        (&true.into(), &0.into()),
        "{checked}"
    );
    let page = assistant
        .call("list_intents", json!({"kind": "answer", "limit": 2}))
        .await;
    assert_eq!(page["next_offset"], 2, "{page}");
    let read = assistant.call("read_intent", json!({"id": "ids"})).await;
    assert!(
        read.to_string().contains("迁移后 openid 会变吗")
            && read.to_string().contains("content/zh/ids.md")
    );

    for tool in ["list_unanswered", "list_drafts"] {
        let refusal = assistant.refusal(tool, json!({})).await;
        assert!(
            refusal.contains("needs the bot's database") && refusal.contains("none.db"),
            "{refusal}"
        );
    }
    assert!(!root.path().join("none.db").exists());
    assistant.close().await;
    assert!(
        !root.path().join("none.db").exists(),
        "asking leaves no journal"
    );
}

#[tokio::test]
async fn bad_input_and_bad_files_are_said_in_words() {
    let root = small::folder();
    let missing = format!("sqlite://{}", root.path().join("none.db").display());
    let assistant = Assistant::on(root.path(), &missing, &[]).await;
    for (tool, input, said) in [
        ("ask", json!({"text": " "}), "`text` is empty"),
        ("ask", json!({"text": "长".repeat(2_001)}), "at most 2000"),
        ("ask", json!({"txt": "x"}), "text"),
        ("route", json!({"texts": vec!["句"; 51]}), "at most 50"),
        ("route", json!({"texts": "一句"}), "sequence"),
        (
            "read_intent",
            json!({"id": "../../etc/passwd"}),
            "no intent",
        ),
        ("read_intent", json!({"id": "idx"}), "no intent `idx`"),
    ] {
        let refusal = assistant.refusal(tool, input).await;
        assert!(refusal.contains(said), "{tool}: {refusal}");
    }
    // an edit is seen at once, and a mistake is told with its place
    write(root.path(), "intents/ids.toml", "title = 1\n");
    let refusal = assistant.refusal("ask", json!({"text": "你好"})).await;
    assert!(refusal.contains("intents/ids.toml:1"), "{refusal}");
    let checked = assistant.call("check", json!({})).await;
    assert_eq!(checked["usable"], false);
    write(
        root.path(),
        "intents/ids.toml",
        "title = \"迁移后 ID 变不变\"\nexamples = [\"新写的一句例句\", \"openid 变不变\", \"a b\", \"c d\", \"e f\"]\n",
    );
    let routed = assistant
        .call("route", json!({"texts": ["新写的一句例句"]}))
        .await;
    assert_eq!(routed["routings"][0]["intent"], "ids");
    assistant.close().await;
}

#[tokio::test]
async fn answers_are_bounded() {
    let root = small::folder();
    let examples: Vec<String> = (0..3_000)
        .map(|n| format!("  \"第{n}种问法问迁移\",\n"))
        .collect();
    let text = format!("title = \"很长\"\nexamples = [\n{}]\n", examples.concat());
    write(root.path(), "intents/long.toml", text);
    write(
        root.path(),
        "content/zh/long.md",
        format!("# 很长\n\n{}\n", "长".repeat(30_000)),
    );
    let missing = format!("sqlite://{}", root.path().join("none.db").display());
    let assistant = Assistant::on(root.path(), &missing, &[]).await;
    for (tool, input) in [
        ("read_intent", json!({"id": "long"})),
        ("check", json!({"limit": 100})),
        (
            "explain",
            json!({"text": "小程序怎么迁移 openid ".repeat(80)}),
        ),
        ("ask", json!({"text": "第7种问法问迁移"})),
    ] {
        let result = assistant.call(tool, input).await;
        assert!(result.to_string().len() <= 60_000, "{tool}");
    }
    assistant.close().await;
}

#[tokio::test]
async fn the_built_in_knowledge_is_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new(Engine::Sqlite).await;
    ask(&database, folder.path(), "你好\n");
    let assistant = Assistant::on(folder.path(), &database.url, &[]).await;
    let answer = assistant
        .call("ask", json!({"text": "小程序迁移后 openid 会变吗"}))
        .await;
    assert_eq!(answer["decision"], "answer", "{answer}");
    let drafted = json!({"use": "out_of_scope", "texts": ["讲个相声"]});
    let refusal = assistant.refusal("draft_wordings", drafted).await;
    assert!(
        refusal.contains("read-only") && refusal.contains("wenlu init"),
        "{refusal}"
    );
    assistant.close().await;
}

#[tokio::test]
async fn an_account_lends_its_rights_and_no_more() {
    let database = Database::new(Engine::Sqlite).await;
    let root = small::folder();
    ask(&database, root.path(), "讲个相声听听\n");
    for (name, role) in [("kan", "viewer"), ("shen", "reviewer"), ("jie", "agent")] {
        let added = wenlu(
            &database,
            root.path(),
            &["admin", "add-user", name, "--role", role],
        );
        assert!(added.status.success(), "{added:?}");
    }
    let draft = || json!({"use": "out_of_scope", "texts": ["讲个相声听听"]});
    let viewer = Assistant::on(root.path(), &database.url, &["--account", "kan"]).await;
    viewer.call("list_unanswered", json!({})).await;
    let refusal = viewer.refusal("draft_wordings", draft()).await;
    assert!(
        refusal.contains("kan") && refusal.contains("viewer"),
        "{refusal}"
    );
    viewer.close().await;

    let reviewer = Assistant::on(root.path(), &database.url, &["--account", "shen"]).await;
    let drafted = reviewer.call("draft_wordings", draft()).await;
    assert_eq!(drafted["author"], "shen");
    // rights that are taken away are gone with the next call
    let disabled = wenlu(&database, root.path(), &["admin", "disable", "shen"]);
    assert!(disabled.status.success(), "{disabled:?}");
    assert!(
        reviewer
            .refusal("draft_wordings", draft())
            .await
            .contains("disabled")
    );
    assert!(
        reviewer
            .refusal("list_intents", json!({}))
            .await
            .contains("disabled")
    );
    reviewer.close().await;

    for name in ["jie", "nobody"] {
        let refused = wenlu(&database, root.path(), &["mcp", "--account", name]);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(
            refused.stdout.is_empty(),
            "nothing but the protocol: {refused:?}"
        );
    }
}

#[test]
fn nothing_but_the_protocol_is_on_standard_output() {
    let root = small::folder();
    write(root.path(), ".env", "WENLU_NONSENSE=1\nWENLU_LOG=debug\n");
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18",
        "capabilities": {}, "clientInfo": {"name": "hand", "version": "0"}}});
    let lines = [
        hello.to_string(),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string(),
        "this is no JSON".to_owned(),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "nothing", "arguments": {}}}).to_string(),
        json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "route", "arguments": {"texts": ["秘密的一句话"]}}})
            .to_string(),
    ];
    use std::io::{BufRead, Write};
    let mut process = Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .arg("mcp")
        .current_dir(root.path())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    for line in lines {
        writeln!(input, "{line}").unwrap();
    }
    let output = std::io::BufReader::new(process.stdout.take().unwrap());
    let mut answered = Vec::new();
    for line in output.lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        answered.push(message["id"].clone());
        if message["id"] == 3 {
            assert!(
                message["result"]["structuredContent"].is_object(),
                "{message}"
            );
            break;
        }
    }
    drop(input);
    let ended = process.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    assert!(answered.contains(&1.into()), "{answered:?}");
    let log = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(log.contains("WENLU_NONSENSE"), "{log}");
    assert!(
        !log.contains("秘密的一句话"),
        "texts of messages do not reach the log: {log}"
    );
}
