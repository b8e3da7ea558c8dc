//! What a server of the team may ask: messages, hand-overs, erasure; and who is refused.

use super::stage::{KEY, Stage, TeamServer, texts};
use crate::admin::House;
use crate::database::{Database, Engine, on_both};
use crate::server::{Server, chat_name};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use wenlu::store::accounts::AccountRole;

#[tokio::test]
async fn a_message_is_answered_as_on_the_web_and_once() {
    on_both(async |database| {
        let stage = Stage::on(&database, &[]).await;
        let asked = json!({"id": "1", "text": "小程序怎么注销"});
        // a name that everybody could guess is no matter here: the server vouches for its askers
        let first = stage.team.message("42", asked.clone()).await;
        assert_eq!(first["intent"], "close");
        let web = Client::new()
            .post(stage.house.server.url("/api/v1/messages"))
            .json(&json!({"conversation": chat_name("a"), "id": "1", "text": "小程序怎么注销"}))
            .send()
            .await
            .unwrap();
        let web: Value = web.json().await.unwrap();
        assert_eq!(web, first, "the same answer");
        assert_eq!(stage.team.message("42", asked).await, first);
        assert_eq!(
            stage
                .team
                .message("bridge:42", json!({"id": "2", "button": "p:2:close"}))
                .await["decision"],
            Value::Null
        );
        let other = json!({"conversation": "42", "id": "1", "text": "另一句话"});
        let refused = stage
            .team
            .send(Method::POST, "/messages", Some(other))
            .await;
        assert_eq!(refused.status(), 409);
        let rows = stage
            .house
            .store
            .journal()
            .until("bridge:42", i64::MAX, 9)
            .await
            .unwrap();
        assert_eq!(rows.len(), 2, "each message is one turn");
        stage.stop().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_key_there_is_no_bridge() {
    let server = Server::start(&[]).await;
    let team = TeamServer::at(server.url(""));
    let asked = json!({"conversation": "42", "id": "1", "text": "你好"});
    let found = team.send(Method::POST, "/messages", Some(asked)).await;
    assert_eq!(found.status(), 404);
}

#[tokio::test]
async fn who_shows_another_key_is_refused_and_soon_slowed_down() {
    let old = "the-key-before-it-0123456789";
    let values = [
        ("WENLU_BRIDGE_KEY", KEY),
        ("WENLU_BRIDGE_KEY_OLD", old),
        ("WENLU_RATE_PER_MINUTE", "1"),
        ("WENLU_RATE_BURST", "6"),
    ];
    let server = Server::start(&values).await;
    let mut team = TeamServer::at(server.url(""));
    for key in [KEY, old] {
        team.key = key.to_owned();
        assert!(team.say(key, "小程序怎么注销").await.contains("公众平台"));
    }
    let asked = json!({"conversation": "a", "id": "1", "text": "你好"});
    let mut found = vec![];
    for (method, path) in [
        (Method::POST, "/messages"),
        (Method::POST, "/conversations/a/handover"),
        (Method::GET, "/conversations/a"),
        (Method::DELETE, "/conversations/a"),
    ] {
        team.key = format!("{KEY}0");
        let refused = team.send(method, path, Some(asked.clone())).await;
        assert_eq!(refused.headers()["www-authenticate"], "Bearer");
        let status = refused.status().as_u16();
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["error"]["code"], "wrong_key");
        found.push(status);
    }
    let bare = Client::new().get(server.url("/api/v1/bridge/conversations/a"));
    found.push(bare.send().await.unwrap().status().as_u16());
    assert_eq!(found, [401; 5]);
    team.send(Method::GET, "/conversations/a", None).await;
    let slowed = team.send(Method::GET, "/conversations/a", None).await;
    assert_eq!(slowed.status(), 429);
    // the right key is not slowed down
    team.key = KEY.to_owned();
    assert!(team.say("b", "小程序怎么注销").await.contains("公众平台"));
}

#[tokio::test]
async fn askers_behind_one_address_have_limits_of_their_own_and_one_together() {
    let values = [
        ("WENLU_BRIDGE_KEY", KEY),
        ("WENLU_BRIDGE_RATE_PER_MINUTE", "30"),
        ("WENLU_RATE_PER_MINUTE", "1"),
        ("WENLU_RATE_BURST", "2"),
    ];
    let server = Server::start(&values).await;
    let team = TeamServer::at(server.url(""));
    let mut found = vec![];
    for (at, asker) in ["a", "a", "a", "b", "c", "d", "e"].iter().enumerate() {
        let asked = json!({"conversation": asker, "id": at.to_string(), "text": "你好"});
        let answer = team.send(Method::POST, "/messages", Some(asked)).await;
        found.push(answer.status().as_u16());
    }
    // the third of one asker, and the sixth within ten seconds of all
    assert_eq!(found, [200, 200, 429, 200, 200, 200, 429]);
}

#[tokio::test]
async fn a_hand_over_is_opened_seen_and_closed_by_the_server() {
    on_both(async |database| {
        let stage = Stage::on(&database, &[]).await;
        let mut colleague = stage.colleague().await;
        let missing = stage.team.send(Method::GET, "/conversations/a", None).await;
        assert_eq!(missing.status(), 404);
        let missing: Value = missing.json().await.unwrap();
        assert_eq!(missing["error"]["code"], "no_such_conversation");
        stage.team.say("a", "小程序怎么注销").await;
        assert_eq!(stage.team.conversation("a").await["handover"], Value::Null);
        let opened = stage.team.handover("a", "h1", true).await;
        assert_eq!(opened["person"], true);
        assert_eq!(
            stage.team.handover("a", "h1", true).await,
            opened,
            "the same request again"
        );
        let seen = stage.team.conversation("a").await;
        assert_eq!(
            (&seen["handover"]["state"], &seen["handover"]["by"]),
            (&json!("waiting"), &Value::Null)
        );
        let number = stage.number("a").await;
        colleague.does(number, "take", &[("seen", "")]).await;
        let seen = stage.team.conversation("a").await;
        assert_eq!(
            (&seen["handover"]["state"], &seen["handover"]["by"]),
            (&json!("taken"), &json!("agent"))
        );
        assert_eq!(stage.team.say("a", "在吗").await, "", "the bot is silent");
        let closed = stage.team.handover("a", "h2", false).await;
        assert_eq!(
            (&closed["person"], texts(&closed).as_str()),
            (&json!(false), "given_back_asker")
        );
        assert_eq!(
            stage.team.conversation("a").await["handover"]["state"],
            "closed"
        );
        assert!(
            stage
                .team
                .say("a", "小程序怎么注销")
                .await
                .contains("公众平台")
        );
        stage.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_erased_is_gone() {
    on_both(async |database| {
        let stage = Stage::on(&database, &[]).await;
        let mut colleague = stage.colleague().await;
        for name in ["7", "8"] {
            stage.team.say(name, "小程序怎么注销").await;
            stage.team.handover(name, "h1", true).await;
            stage.receiver.until_told(name, 1).await;
        }
        // an event that cannot be delivered waits, and its conversation is noted as one that waits
        stage
            .receiver
            .treat("7", Some(super::receiver::Manner::Status(500)));
        let number = stage.number("7").await;
        colleague.says(number, "您好").await;
        stage
            .receiver
            .until("it is refused", |all| all.iter().any(|one| !one.is_taken))
            .await;
        let erasure = stage.house.store.erasure();
        let noted = async || {
            erasure
                .traces("bridge:7")
                .await
                .unwrap()
                .rows
                .into_iter()
                .map(|(table, _)| table)
                .collect::<Vec<_>>()
        };
        let waits = async {
            while !noted().await.contains(&"chats".to_owned()) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(super::receiver::PATIENCE, waits)
            .await
            .expect("its conversation is noted");
        for _ in 0..2 {
            let erased = stage
                .team
                .send(Method::DELETE, "/conversations/7", None)
                .await;
            assert_eq!(erased.status(), 204);
        }
        assert_eq!(noted().await, Vec::<String>::new());
        let gone = stage.team.send(Method::GET, "/conversations/7", None).await;
        assert_eq!(gone.status(), 404);
        assert_eq!(
            stage.team.conversation("8").await["handover"]["state"],
            "waiting"
        );
        let audit = stage
            .house
            .store
            .audit()
            .entries(i64::MAX, 9)
            .await
            .unwrap();
        assert!(
            audit.iter().any(|entry| entry.actor == "(bridge)"),
            "{audit:?}"
        );
        stage.stop().await;
    })
    .await;
}

/// Without an address to deliver to, what colleagues write waits until it is fetched.
#[tokio::test]
async fn what_was_said_can_be_fetched_instead() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[("WENLU_BRIDGE_KEY", KEY)]).await;
    let team = TeamServer::at(house.server.url(""));
    let stage = Stage {
        receiver: super::receiver::Receiver::start().await,
        team,
        house,
    };
    let _agent = stage.house.signed_in(AccountRole::Agent).await;
    let mut colleague = stage.colleague().await;
    stage.team.handover("a", "h1", true).await;
    let number = stage.number("a").await;
    colleague.says(number, "您好").await;
    colleague.says(number, "请说").await;
    let seen = stage.team.conversation("a").await;
    let said: Vec<&Value> = seen["said"].as_array().unwrap().iter().collect();
    let words: Vec<&str> = said
        .iter()
        .map(|one| one["reply"]["text"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["您好", "请说"]);
    let first = said[0]["number"].as_i64().unwrap();
    let seen = stage.team.conversation(&format!("a?after={first}")).await;
    assert_eq!(seen["said"].as_array().unwrap().len(), 1);
    stage.stop().await;
}

#[tokio::test]
async fn openapi_describes_the_bridge() {
    let database = Database::new(Engine::Sqlite).await;
    let stage = Stage::on(&database, &[]).await;
    let mut colleague = stage.colleague().await;
    let api: Value = reqwest::get(stage.house.server.url("/api/v1/openapi.json"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let schema = |name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": api["components"]});
        jsonschema::validator_for(&schema).unwrap()
    };
    let fits = |name: &str, value: &Value| {
        let wrong: Vec<String> = schema(name)
            .iter_errors(value)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{name}: {value}: {wrong:?}");
    };
    fits(
        "Answer",
        &stage
            .team
            .message("a", json!({"id": "1", "text": "小程序怎么注销"}))
            .await,
    );
    fits("BridgeConversation", &stage.team.conversation("a").await);
    fits("Answer", &stage.team.handover("a", "h1", true).await);
    let number = stage.number("a").await;
    colleague.says(number, "您好").await;
    colleague
        .does(number, "close", &[("reason", "已解决")])
        .await;
    fits("BridgeConversation", &stage.team.conversation("a").await);
    stage.receiver.until_told("a", 5).await;
    for delivery in stage.receiver.deliveries() {
        fits("BridgeEvent", &delivery.event);
    }
    for (path, body, valid) in [
        (
            "/messages",
            json!({"conversation": "a", "id": "2", "text": "在吗"}),
            true,
        ),
        (
            "/messages",
            json!({"conversation": "a", "id": "3", "text": "在吗", "name": "x"}),
            false,
        ),
        (
            "/messages",
            json!({"conversation": "a b", "id": "3", "text": "在吗"}),
            false,
        ),
        (
            "/messages",
            json!({"conversation": "x".repeat(121), "id": "3", "text": "在吗"}),
            true,
        ),
        (
            "/messages",
            json!({"conversation": "x".repeat(122), "id": "3", "text": "在吗"}),
            false,
        ),
        (
            "/conversations/{name}/handover",
            json!({"id": "h2", "open": false}),
            true,
        ),
        ("/conversations/{name}/handover", json!({"id": "h2"}), false),
        (
            "/conversations/{name}/handover",
            json!({"id": "", "open": true}),
            false,
        ),
    ] {
        let name = if path == "/messages" {
            "BridgeMessage"
        } else {
            "BridgeHandover"
        };
        assert_eq!(schema(name).is_valid(&body), valid, "{body}");
        let response = stage
            .team
            .send(
                Method::POST,
                &path.replace("{name}", "a"),
                Some(body.clone()),
            )
            .await;
        let status = response.status().as_u16();
        assert_eq!(status, if valid { 200 } else { 400 }, "{body}");
        let documented =
            &api["paths"][format!("/api/v1/bridge{path}")]["post"]["responses"][status.to_string()];
        assert!(documented.is_object(), "{status} is not documented");
        if !valid {
            fits("Error", &response.json().await.unwrap());
        }
    }
    let ready: Value = reqwest::get(stage.house.server.url("/readyz"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    fits("Readiness", &ready);
    assert_eq!(ready["bridge"], "reachable");
    stage.stop().await;
}

/// The command that both READMEs show does what they say.
#[tokio::test]
async fn the_readmes_show_a_command_that_works() {
    let server = Server::start_shipped(&[("WENLU_BRIDGE_KEY", KEY)]).await;
    for readme in ["README.md", "README.zh.md"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(readme);
        let text = std::fs::read_to_string(path).unwrap();
        let (_, shown) = text.split_once("curl http://127.0.0.1:8080").unwrap();
        let path = shown.split_whitespace().next().unwrap();
        let headers: Vec<&str> = shown.split("-H ").skip(1).take(2).collect();
        assert!(headers[0].starts_with("\"Authorization: Bearer $WENLU_BRIDGE_KEY\""));
        assert!(headers[1].starts_with("'Content-Type: application/json'"));
        let body = shown
            .split("-d '")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap();
        let sent = Client::new()
            .post(server.url(path))
            .bearer_auth(KEY)
            .header("content-type", "application/json")
            .body(body.to_owned());
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{readme}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["decision"], "answer", "{readme}: {answer}");
    }
}
