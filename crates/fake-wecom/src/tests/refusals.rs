//! Tokens die, messages are counted, and sessions change as the real one lets them.

use crate::{CORP_SECRET, Company, CompanyFault, CompanyOptions, SessionState};
use serde_json::{Value, json};
use std::time::Duration;

struct Caller {
    company: Company,
    url: String,
    http: reqwest::Client,
}

impl Caller {
    async fn new() -> Caller {
        let company = Company::new(CompanyOptions {
            page: 2,
            ..CompanyOptions::default()
        });
        Caller {
            url: company.serve().await,
            company,
            http: reqwest::Client::new(),
        }
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Value {
        let url = format!("{}/cgi-bin/{path}?access_token={token}", self.url);
        let sent = self.http.post(url).body(body.to_string()).send().await;
        serde_json::from_str(&sent.unwrap().text().await.unwrap()).unwrap()
    }

    async fn code(&self, path: &str, token: &str, body: Value) -> i64 {
        self.post(path, token, body).await["errcode"]
            .as_i64()
            .unwrap()
    }

    async fn granted(&self, corp: &str, secret: &str) -> Value {
        let url = format!(
            "{}/cgi-bin/gettoken?corpid={corp}&corpsecret={secret}",
            self.url
        );
        let sent = self.http.get(url).send().await.unwrap();
        serde_json::from_str(&sent.text().await.unwrap()).unwrap()
    }

    async fn token(&self) -> String {
        let granted = self.granted(&self.company.options.corp, CORP_SECRET).await;
        granted["access_token"].as_str().unwrap().to_owned()
    }

    fn text(&self, id: &str, text: &str) -> Value {
        json!({
            "touser": "wmA", "open_kfid": self.company.options.account, "msgid": id,
            "msgtype": "text", "text": { "content": text },
        })
    }

    async fn send(&self, token: &str, id: &str, text: &str) -> i64 {
        self.code("kf/send_msg", token, self.text(id, text)).await
    }

    async fn trans(&self, token: &str, state: i64, servicer: &str) -> i64 {
        let body = json!({
            "open_kfid": self.company.options.account, "external_userid": "wmA",
            "service_state": state, "servicer_userid": servicer,
        });
        self.code("kf/service_state/trans", token, body).await
    }
}

#[tokio::test]
async fn a_token_is_granted_to_the_company_alone_and_dies() {
    let caller = Caller::new().await;
    let corp = caller.company.options.corp.clone();
    assert_eq!(
        caller.granted("wwother", CORP_SECRET).await["errcode"],
        40_013
    );
    assert_eq!(caller.granted(&corp, "0").await["errcode"], 40_001);
    caller.company.list_address(false);
    let refused = caller.granted(&corp, CORP_SECRET).await;
    assert_eq!(refused["errcode"], 60_020);
    caller.company.list_address(true);
    let first = caller.token().await;
    assert_eq!(caller.token().await, first, "the same while it is valid");
    caller.company.customer("wmA").says("您好").await;
    assert_eq!(caller.send("", "a", "在").await, 41_001);
    assert_eq!(caller.send("x", "a", "在").await, 40_014);
    caller.company.kill_tokens();
    assert_eq!(caller.send(&first, "a", "在").await, 40_014);
    let second = caller.token().await;
    assert_eq!(caller.send(&second, "a", "在").await, 0);
    caller.company.age_tokens(7_200);
    assert_eq!(caller.send(&second, "b", "在").await, 42_001);
    assert_eq!(caller.company.tokens().0, 2);
}

#[tokio::test]
async fn five_messages_follow_one_of_the_customer() {
    let caller = Caller::new().await;
    let token = caller.token().await;
    assert_eq!(caller.send(&token, "0", "在").await, 40_096);
    let customer = caller.company.customer("wmA");
    customer.says("您好").await;
    for id in ["1", "2", "3", "4", "5"] {
        assert_eq!(caller.send(&token, id, "在").await, 0);
    }
    assert_eq!(caller.send(&token, "6", "在").await, 95_001);
    customer.says("在吗").await;
    assert_eq!(caller.send(&token, "6", "在").await, 0);
    caller.company.run_out("wmA");
    assert_eq!(caller.send(&token, "7", "在").await, 95_002);
}

#[tokio::test]
async fn what_is_sent_is_judged() {
    let caller = Caller::new().await;
    let token = caller.token().await;
    caller.company.customer("wmA").says("您好").await;
    assert_eq!(caller.send(&token, "1", "在").await, 0);
    assert_eq!(
        caller.send(&token, "1", "在").await,
        40_058,
        "an id counts once"
    );
    assert_eq!(caller.company.repeated(), 1);
    assert_eq!(caller.send(&token, "a b", "在").await, 40_058);
    assert_eq!(caller.send(&token, &"a".repeat(33), "在").await, 40_058);
    assert_eq!(caller.send(&token, "2", " ").await, 44_004);
    assert_eq!(caller.send(&token, "2", &"长".repeat(683)).await, 45_002);
    let menu = async |id: &str, head: &str, items: usize, label: &str| {
        let item = json!({ "type": "click", "click": { "id": "i:1", "content": label } });
        let mut body = caller.text(id, "");
        body["msgtype"] = json!("msgmenu");
        body["msgmenu"] = json!({ "head_content": head, "list": vec![item; items] });
        caller.code("kf/send_msg", &token, body).await
    };
    assert_eq!(menu("3", "选", 0, "甲").await, 95_008);
    assert_eq!(menu("3", "选", 11, "甲").await, 95_008);
    assert_eq!(menu("3", &"长".repeat(342), 1, "甲").await, 45_002);
    assert_eq!(menu("3", "选", 1, &"长".repeat(43)).await, 45_002);
    assert_eq!(menu("3", "选", 10, "甲").await, 0);
    caller
        .company
        .fail_next("kf/send_msg", CompanyFault::Code(-1));
    assert_eq!(caller.send(&token, "4", "在").await, -1);
    assert_eq!(caller.company.seen_by("wmA").len(), 2);
}

#[tokio::test]
async fn a_session_changes_as_it_may() {
    let caller = Caller::new().await;
    let token = caller.token().await;
    let company = &caller.company;
    let customer = company.customer("wmA");
    customer.says("您好").await;
    assert_eq!(caller.trans(&token, 3, "li").await, 95_014);
    company.employ("li");
    assert_eq!(caller.trans(&token, 2, "").await, 0);
    assert_eq!(caller.send(&token, "1", "在").await, 95_018);
    assert_eq!(caller.trans(&token, 1, "").await, 95_016);
    assert_eq!(caller.trans(&token, 3, "li").await, 0);
    assert_eq!(company.servicer("wmA").as_deref(), Some("li"));
    assert_eq!(caller.send(&token, "1", "在").await, 95_018);
    company.ends("wmA").await;
    assert_eq!(caller.trans(&token, 2, "").await, 95_016);
    assert_eq!(caller.send(&token, "1", "在").await, 95_018);
    customer.says("还在吗").await;
    assert_eq!(company.session("wmA"), SessionState::New);
    assert_eq!(caller.send(&token, "1", "在").await, 0);
}

#[tokio::test]
async fn a_customer_is_welcomed_once_and_soon() {
    let caller = Caller::new().await;
    let token = caller.token().await;
    let company = &caller.company;
    company.customer("wmA").enters("").await;
    let code = |at: usize| company.world.state().messages[at]["event"]["welcome_code"].clone();
    let welcome = |code: Value| {
        let mut body = caller.text("w", "欢迎");
        body["code"] = code;
        caller.code("kf/send_msg_on_event", &token, body)
    };
    assert_eq!(welcome(json!("other")).await, 95_012);
    assert_eq!(welcome(code(0)).await, 0);
    assert_eq!(welcome(code(0)).await, 95_012);
    // who is in a session is not welcomed
    company.customer("wmA").says("您好").await;
    company.customer("wmA").enters("").await;
    assert_eq!(code(2), Value::Null);
    let late = Company::new(CompanyOptions {
        second: Duration::from_millis(1),
        ..CompanyOptions::default()
    });
    late.customer("wmB").enters("").await;
    tokio::time::sleep(Duration::from_millis(30)).await;
    let (_, until) = late.world.state().sessions["wmB"].welcome.clone().unwrap();
    assert!(until < std::time::Instant::now());
}

#[tokio::test]
async fn messages_are_kept_and_come_in_pages() {
    let caller = Caller::new().await;
    let token = caller.token().await;
    let customer = caller.company.customer("wmA");
    for text in ["一", "二", "三"] {
        customer.says(text).await;
    }
    let account = caller.company.options.account.clone();
    let pull = async |cursor: &str, notice: &str| {
        let body =
            json!({ "cursor": cursor, "token": notice, "limit": 1_000, "open_kfid": account });
        caller.post("kf/sync_msg", &token, body).await
    };
    let first = pull("", "").await;
    assert_eq!(
        (&first["has_more"], &first["msg_list"][1]["text"]["content"]),
        (&json!(1), &json!("二"))
    );
    let second = pull(first["next_cursor"].as_str().unwrap(), "").await;
    assert_eq!(
        (
            &second["has_more"],
            &second["msg_list"][0]["text"]["content"]
        ),
        (&json!(0), &json!("三"))
    );
    assert_eq!(pull("CUR9", "").await["errcode"], 40_058);
    assert_eq!(pull("", "other").await["errcode"], 95_007);
    let (one, other) = tokio::join!(pull("", ""), pull("", ""));
    let codes = [&one["errcode"], &other["errcode"]];
    assert!(
        codes.contains(&&json!(0)) && codes.contains(&&json!(45_033)),
        "{codes:?}"
    );
    assert_eq!(caller.company.mistakes().len(), 1);
}
