//! The API lets tokens die, counts what may be sent, and answers with the real one's codes.

use crate::{ApiFault, Options, Platform, SECRET};
use serde_json::{Value, json};
use std::time::Duration;

struct Client {
    platform: Platform,
    url: String,
    http: reqwest::Client,
}

impl Client {
    async fn new(second: Duration) -> Client {
        let platform = Platform::new(Options {
            second,
            ..Options::default()
        });
        Client {
            url: platform.serve_api().await,
            platform,
            http: reqwest::Client::new(),
        }
    }

    async fn post(&self, path: &str, body: &str) -> Value {
        let url = format!("{}{path}", self.url);
        let sent = self.http.post(url).body(body.to_owned()).send().await;
        let text = sent.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    async fn code(&self, path: &str, body: &str) -> i64 {
        self.post(path, body).await["errcode"].as_i64().unwrap_or(0)
    }

    fn grant(&self) -> Value {
        let appid = &self.platform.options().appid;
        json!({ "grant_type": "client_credential", "appid": appid, "secret": SECRET })
    }

    async fn token(&self) -> String {
        let grant = self.grant().to_string();
        let granted = self.post("/cgi-bin/stable_token", &grant).await;
        granted["access_token"].as_str().unwrap().to_owned()
    }

    async fn send(&self, token: &str, openid: &str, text: &str) -> i64 {
        let path = format!("/cgi-bin/message/custom/send?access_token={token}");
        let message = json!({ "touser": openid, "msgtype": "text", "text": { "content": text } });
        self.code(&path, &message.to_string()).await
    }

    /// Delivered to nobody: what counts is that the asker did it.
    async fn does(&self, message: &crate::Message) {
        self.platform.post("http://127.0.0.1:9/", message).await;
    }
}

#[tokio::test]
async fn a_token_is_the_same_for_all_until_its_last_minutes_and_then_both_are_valid() {
    let client = Client::new(Duration::from_secs(1)).await;
    client.does(&client.platform.asker("o").says("您好")).await;
    let first = client.token().await;
    client.platform.age_tokens(6_800);
    assert_eq!(client.token().await, first);
    client.platform.age_tokens(200);
    let second = client.token().await;
    assert_ne!(second, first);
    assert_eq!(client.send(&first, "o", "一").await, 0);
    assert_eq!(client.send(&second, "o", "二").await, 0);
    client.platform.age_tokens(300);
    assert_eq!(client.send(&first, "o", "三").await, 42_001);
    assert_eq!(client.send(&second, "o", "四").await, 0);
    assert_eq!(client.platform.tokens(), (2, 3));
}

#[tokio::test]
async fn a_token_is_granted_to_the_account_alone_and_dies_by_force() {
    let client = Client::new(Duration::from_secs(1)).await;
    let ask = async |change: &str, value: Value| {
        let mut grant = client.grant();
        grant[change] = value;
        client
            .code("/cgi-bin/stable_token", &grant.to_string())
            .await
    };
    assert_eq!(ask("grant_type", "password".into()).await, 40_002);
    assert_eq!(ask("appid", "wx1".into()).await, 40_013);
    assert_eq!(ask("secret", "0".into()).await, 40_125);
    client.platform.list_address(false);
    assert_eq!(ask("grant_type", "client_credential".into()).await, 40_164);
    client.platform.list_address(true);
    let token = client.token().await;
    client.does(&client.platform.asker("o").says("您好")).await;
    assert_eq!(client.send("", "o", "a").await, 41_001);
    assert_eq!(client.send("short", "o", "a").await, 40_014);
    assert_eq!(client.send(&"x".repeat(100), "o", "a").await, 40_001);
    assert_eq!(ask("force_refresh", true.into()).await, 0);
    assert_eq!(client.send(&token, "o", "a").await, 40_001);
    let token = client.token().await;
    assert_eq!(client.send(&token, "o", "a").await, 0);
    client.platform.kill_tokens();
    assert_eq!(client.send(&token, "o", "a").await, 40_001);
    assert_eq!(client.platform.mistakes().len(), 1, "the forced one");
}

#[tokio::test]
async fn so_many_messages_may_be_sent_after_what_an_asker_did() {
    // a minute lasts 60 milliseconds
    let client = Client::new(Duration::from_millis(1)).await;
    let (token, platform) = (client.token().await, &client.platform);
    let sent = async |openid: &str| {
        let mut codes = vec![];
        for _ in 0..6 {
            codes.push(client.send(&token, openid, "您好").await);
        }
        codes
    };
    assert_eq!(sent("oNobody").await, [40_003; 6]);
    let message = platform.asker("o").says("您好");
    client.does(&message).await;
    assert_eq!(sent("o").await, [0, 0, 0, 0, 0, 45_047]);
    client.does(&message).await;
    assert_eq!(
        sent("o").await[0],
        45_047,
        "a repeated delivery allows nothing"
    );
    client.does(&platform.asker("o").says("在吗")).await;
    assert_eq!(sent("o").await[..5], [0; 5]);
    for (openid, event, count) in [
        ("oClick", platform.asker("oClick").presses("topics"), 3),
        ("oScan", platform.asker("oScan").scans("1"), 3),
        ("oFollow", platform.asker("oFollow").follows(), 3),
        ("oEnter", platform.asker("oEnter").enters(""), 2),
    ] {
        client.does(&event).await;
        let codes = sent(openid).await;
        let taken = codes.iter().take_while(|code| **code == 0).count();
        assert!(taken <= count && codes[count] != 0, "{openid}: {codes:?}");
        tokio::time::sleep(Duration::from_millis(80)).await;
        assert_eq!(sent(openid).await, [45_015; 6], "{openid}");
    }
    client.does(&platform.asker("o").leaves()).await;
    assert_eq!(sent("o").await, [43_004; 6]);
}

#[tokio::test]
async fn what_is_sent_is_judged() {
    let client = Client::new(Duration::from_secs(1)).await;
    let (token, platform) = (client.token().await, &client.platform);
    client.does(&platform.asker("o").says("您好")).await;
    assert_eq!(client.send(&token, "o", " ").await, 44_004);
    assert_eq!(client.send(&token, "o", &"长".repeat(683)).await, 45_002);
    let path = format!("/cgi-bin/message/custom/send?access_token={token}");
    let escaped = r#"{"touser":"o","msgtype":"text","text":{"content":"\u4f60"}}"#;
    assert_eq!(client.code(&path, escaped).await, 40_033);
    platform.verify(false);
    assert_eq!(client.send(&token, "o", "a").await, 48_001);
    platform.verify(true);
    platform.limit_calls(Some(1));
    assert_eq!(client.send(&token, "o", "a").await, 0);
    assert_eq!(client.send(&token, "o", "b").await, 45_009);
    platform.limit_calls(None);
    platform.fail_next(ApiFault::Code(-1));
    assert_eq!(client.send(&token, "o", "b").await, -1);
    assert_eq!(platform.sent_to("o"), ["a"]);
}

#[tokio::test]
async fn a_menu_is_checked() {
    let client = Client::new(Duration::from_secs(1)).await;
    let token = client.token().await;
    let create = async |menu: Value| {
        let path = format!("/cgi-bin/menu/create?access_token={token}");
        client.code(&path, &menu.to_string()).await
    };
    let click = |name: &str| json!({ "type": "click", "name": name, "key": "topics" });
    assert_eq!(create(json!({ "button": [] })).await, 40_016);
    assert_eq!(
        create(json!({ "button": vec![click("问"); 4] })).await,
        40_016
    );
    assert_eq!(
        create(json!({ "button": [click("六个汉字太长")] })).await,
        40_018
    );
    let below = |count| json!({ "name": "问", "sub_button": vec![click("问"); count] });
    assert_eq!(create(json!({ "button": [below(6)] })).await, 40_023);
    assert_eq!(
        create(json!({ "button": [{ "name": "问", "type": "?" }] })).await,
        40_017
    );
    let get = format!("/cgi-bin/menu/get?access_token={token}");
    assert_eq!(client.code(&get, "").await, 46_003);
    assert_eq!(
        create(json!({ "button": [below(5), click("五个汉字")] })).await,
        0
    );
    assert_eq!(client.code(&get, "").await, 0);
}
