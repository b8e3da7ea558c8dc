//! The review loop from outside: from an unanswered question to a published change, and back.

use super::pages::ask;
use super::{Browser, House, Shown};
use crate::database::on_both;
use crate::server::chat_name;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use wenlu::store::accounts::AccountRole;
use wenlu::store::audit::AuditAction;
use wenlu::store::reviews::ChangeState;

const ASKED: [&str; 3] = ["给我讲个相声听听", "讲个相声听听", "请给我讲个相声听听吧"];

async fn house(database: &crate::database::Database, values: &[(&str, &str)]) -> House {
    let house = House::on(database, values).await;
    for (at, text) in ASKED.iter().enumerate() {
        ask(&house, &format!("c{at}"), text).await;
    }
    ask(&house, "c9", "附近哪里有好吃的牛肉面").await;
    house
}

pub(super) fn file(house: &House, path: &str) -> PathBuf {
    house.server.folder.path().join(path)
}

pub(super) fn read(house: &House, path: &str) -> String {
    fs::read_to_string(file(house, path)).unwrap_or_default()
}

/// The page, as soon as it says that.
pub(crate) async fn until(browser: &mut Browser, path: &str, said: &str) -> String {
    let begun = Instant::now();
    loop {
        let shown = browser.get(path).await;
        if shown.body.contains(said) {
            return shown.body;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "never {said}: {}",
            shown.body
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the chat API says of a text.
pub(super) async fn answer(house: &House, text: &str) -> Value {
    let id = format!("{:x}", fastrand::u128(..));
    let body = json!({"conversation": chat_name(&format!("new{id}")), "id": id, "text": text});
    let response = reqwest::Client::new()
        .post(house.server.url("/api/v1/messages"))
        .json(&body)
        .send()
        .await
        .unwrap();
    response.json().await.unwrap()
}

/// The form of the cluster's page, with all that is chosen there, as that action.
pub(crate) async fn act(browser: &mut Browser, cluster: &str, action: &[(&str, &str)]) -> Shown {
    let body = browser.get(cluster).await.body;
    let about = cluster.split(['/', '?']).nth(3).unwrap().to_owned();
    let mut fields = vec![("cluster".to_owned(), about)];
    for choice in body.split("name=\"said\" value=\"").skip(1) {
        let (value, rest) = choice.split_once('"').unwrap();
        if rest.starts_with(" checked") {
            fields.push(("said".to_owned(), value.to_owned()));
        }
    }
    fields.extend(
        action
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post("/admin/changes", &fields).await
}

/// The paths of all clusters, the largest first.
pub(crate) async fn all_clusters(browser: &mut Browser) -> Vec<String> {
    let mut all = Vec::new();
    for page in 0.. {
        let body = browser
            .get(&format!("/admin/clusters?page={page}"))
            .await
            .body;
        all.extend(
            body.split("class=\"asked\" href=\"")
                .skip(1)
                .map(|at| at.split('"').next().unwrap().to_owned()),
        );
        if !body.contains("rel=\"next\"") {
            return all;
        }
    }
    all
}

/// The path of the largest cluster.
pub(crate) async fn largest(browser: &mut Browser) -> String {
    all_clusters(browser).await.remove(0)
}

/// Publishes a draft once its effect is known.
pub(crate) async fn publish(browser: &mut Browser, draft: &str) -> Shown {
    let body = until(browser, draft, "<h2>影响</h2><p class=\"verdict\">").await;
    let revision = body
        .split("name=\"revision\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    browser
        .post(&format!("{draft}/publish"), &[("revision", &revision)])
        .await
}

#[tokio::test]
async fn from_the_largest_cluster_to_an_answer_and_back() {
    on_both(async |database| {
        let house = house(&database, &[]).await;
        let before = read(&house, "intents/close.toml");
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        let cluster = largest(&mut browser).await;
        let shown = browser.get(&cluster).await.body;
        for text in ASKED {
            assert!(shown.contains(text), "{text}: {shown}");
        }
        // it is named as another cluster only
        assert_eq!(shown.matches("牛肉面").count(), 1, "{shown}");

        // drafted, and nothing has changed
        let draft = act(
            &mut browser,
            &cluster,
            &[("action", "example"), ("intent", "close")],
        )
        .await;
        assert_eq!(draft.status, 303, "{}", draft.body);
        let draft = draft.location.unwrap();
        let shown = until(
            &mut browser,
            &draft,
            "多答 <b>3</b> 次，改变 <b>0</b> 次，答不上 <b>0</b> 次",
        )
        .await;
        assert!(
            shown.contains("+examples") || shown.contains("讲个相声听听"),
            "{shown}"
        );
        assert_eq!(read(&house, "intents/close.toml"), before);
        assert_eq!(answer(&house, ASKED[0]).await["decision"], "unknown");

        // published, and live
        assert_eq!(publish(&mut browser, &draft).await.status, 303);
        until(&mut browser, &draft, "已经生效").await;
        assert_eq!(answer(&house, ASKED[0]).await["intent"], "close");
        let left = browser.get("/admin/clusters").await.body;
        assert!(left.contains("牛肉面") && !left.contains("相声"), "{left}");
        let queue = browser.get("/admin/questions").await.body;
        assert!(
            queue.contains("牛肉面") && !queue.contains("相声"),
            "{queue}"
        );
        assert!(
            browser
                .get(&cluster)
                .await
                .body
                .contains("这一类已经处理了")
        );

        // taken back, and open again
        let undo = browser
            .post(&format!("{draft}/undo"), &[])
            .await
            .location
            .unwrap();
        until(&mut browser, &undo, "答不上 <b>5</b> 次").await;
        assert_eq!(publish(&mut browser, &undo).await.status, 303);
        assert_eq!(read(&house, "intents/close.toml"), before);
        until(&mut browser, &undo, "已经生效").await;
        assert!(browser.get(&draft).await.body.contains("这个修改已经撤销"));
        assert_eq!(
            largest(&mut browser).await,
            cluster,
            "the same cluster, under the same id"
        );
        assert_eq!(answer(&house, ASKED[0]).await["decision"], "unknown");

        let log = house.store.audit().entries(i64::MAX, 4).await.unwrap();
        let log: Vec<_> = log
            .iter()
            .map(|line| (line.action, line.actor.as_str(), line.subject.as_str()))
            .collect();
        let expected = [
            (AuditAction::Undo, "reviewer", "#2"),
            (AuditAction::Draft, "reviewer", "#2"),
            (AuditAction::Publish, "reviewer", "#1"),
            (AuditAction::Draft, "reviewer", "#1"),
        ];
        assert_eq!(log, expected);
    })
    .await;
}

#[tokio::test]
async fn the_second_of_two_reviewers_is_shown_the_conflict() {
    on_both(async |database| {
        let house = house(&database, &[]).await;
        let mut first = house.signed_in(AccountRole::Reviewer).await;
        let mut second = house.signed_in(AccountRole::Operator).await;
        let cluster = largest(&mut first).await;
        let to_close = [("action", "example"), ("intent", "close")];
        let one = act(&mut first, &cluster, &to_close).await.location.unwrap();
        let noodles = all_clusters(&mut second).await.remove(1);
        let other = act(&mut second, &noodles, &to_close)
            .await
            .location
            .unwrap();
        until(&mut second, &other, "class=\"verdict\"").await;
        assert_eq!(publish(&mut first, &one).await.status, 303);

        let shown = second.get(&other).await.body;
        assert!(
            shown.contains("这期间文件变了") && shown.contains("reviewer 发布了"),
            "{shown}"
        );
        assert!(
            shown.contains("讲个相声听听"),
            "what happened in between is shown: {shown}"
        );
        let refused = second
            .post(&format!("{other}/publish"), &[("revision", "1")])
            .await;
        assert_eq!(
            (
                refused.status,
                refused.body.contains("有人刚改了同一个文件")
            ),
            (409, true)
        );
        assert!(!read(&house, "intents/close.toml").contains("牛肉面"));

        assert_eq!(
            second
                .post(&format!("{other}/rework"), &[("revision", "1")])
                .await
                .status,
            303
        );
        // who still looks at the first revision publishes nothing
        assert_eq!(
            second
                .post(&format!("{other}/publish"), &[("revision", "1")])
                .await
                .status,
            303
        );
        assert_eq!(
            house
                .store
                .reviews()
                .change(2)
                .await
                .unwrap()
                .unwrap()
                .state,
            ChangeState::Draft
        );
        assert_eq!(publish(&mut second, &other).await.status, 303);
        let file = read(&house, "intents/close.toml");
        assert!(file.contains("牛肉面") && file.contains("相声"), "{file}");
        // what is published is not published again
        assert_eq!(
            second
                .post(&format!("{other}/publish"), &[("revision", "2")])
                .await
                .status,
            409
        );
    })
    .await;
}

#[tokio::test]
async fn ignored_and_so_is_what_comes_later() {
    on_both(async |database| {
        let house = house(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        let cluster = largest(&mut browser).await;
        let whose = browser
            .post(&format!("{cluster}/assign"), &[("account", "reviewer")])
            .await;
        assert_eq!(whose.status, 303);
        assert!(
            browser
                .get("/admin/clusters?show=mine")
                .await
                .body
                .contains("讲个相声听听")
        );
        assert_eq!(
            browser
                .post(&format!("{cluster}/assign"), &[("account", "nobody")])
                .await
                .status,
            400
        );

        assert_eq!(
            browser
                .post(&format!("{cluster}/ignore"), &[("ignored", "true")])
                .await
                .status,
            303
        );
        ask(&house, "later", "麻烦讲个相声听听").await;
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        for path in ["/admin/clusters", "/admin/questions"] {
            let body = browser.get(path).await.body;
            assert!(
                !body.contains("相声") && body.contains("牛肉面"),
                "{path}: {body}"
            );
        }
        let ignored = browser.get("/admin/clusters?show=ignored").await.body;
        assert!(
            ignored.contains("4<small> 次") && ignored.contains("相声"),
            "{ignored}"
        );
        assert!(
            browser
                .get(&cluster)
                .await
                .body
                .contains("这一类被 reviewer 于")
        );
        assert_eq!(
            browser
                .post(&format!("{cluster}/ignore"), &[("ignored", "false")])
                .await
                .status,
            303
        );
        assert_eq!(largest(&mut browser).await, cluster);
    })
    .await;
}

#[tokio::test]
async fn a_new_intent_is_not_published_before_its_reply_is_written() {
    on_both(async |database| {
        let house = house(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        let cluster = largest(&mut browser).await;
        let bad = act(
            &mut browser,
            &cluster,
            &[("action", "new"), ("id", "Cross Talk")],
        )
        .await;
        assert_eq!(
            (bad.status, bad.body.contains("这个名字不能用")),
            (400, true)
        );
        let new = [
            ("action", "new"),
            ("id", "cross-talk"),
            ("title", "相声"),
            ("parent", "topics"),
            ("kind", "answer"),
        ];
        let draft = act(&mut browser, &cluster, &new).await.location.unwrap();
        let shown = until(&mut browser, &draft, "class=\"verdict\"").await;
        assert!(
            shown.contains("里还是占位的文字") && shown.contains("data-key=\"p\" disabled"),
            "{shown}"
        );
        let refused = browser
            .post(&format!("{draft}/publish"), &[("revision", "1")])
            .await;
        assert_eq!(
            (refused.status, refused.body.contains("回复还没有写")),
            (409, true)
        );
        assert!(!file(&house, "intents/cross-talk.toml").exists());

        let reply = [
            ("revision", "1"),
            ("path", "content/zh/cross-talk.md"),
            ("content", "# 相声\r\n\r\n请去剧场听。\r\n"),
        ];
        assert_eq!(
            browser.post(&format!("{draft}/file"), &reply).await.status,
            303
        );
        // nobody writes the English one: it is to be none
        let none = [
            ("revision", "2"),
            ("path", "content/en/cross-talk.md"),
            ("content", " "),
        ];
        assert_eq!(
            browser.post(&format!("{draft}/file"), &none).await.status,
            303
        );
        assert_eq!(publish(&mut browser, &draft).await.status, 303);
        until(&mut browser, &draft, "已经生效").await;
        assert_eq!(
            read(&house, "content/zh/cross-talk.md"),
            "# 相声\n\n请去剧场听。\n"
        );
        let said = answer(&house, ASKED[1]).await;
        assert_eq!(said["intent"], "cross-talk");
        assert!(
            said["replies"][0]["text"]
                .as_str()
                .unwrap()
                .contains("请去剧场听"),
            "{said}"
        );
        let undo = browser
            .post(&format!("{draft}/undo"), &[])
            .await
            .location
            .unwrap();
        assert_eq!(publish(&mut browser, &undo).await.status, 303);
        assert!(
            !file(&house, "intents/cross-talk.toml").exists()
                && !file(&house, "content/zh/cross-talk.md").exists()
        );
    })
    .await;
}

#[tokio::test]
async fn what_would_break_is_shown_and_not_published() {
    on_both(async |database| {
        let house = house(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Operator).await;
        for (path, content, said) in [
            ("intents/close.toml", "title = \"注销\"\nexmaples = [\"注销\"]\n", "是不是 `examples`"),
            (
                "intents/close.toml",
                "title = \"注销\"\nexamples = [\"怎么注销\"]\n[[test]]\nsay = \"附近有什么好吃的\"\n",
                "这些测试会不过，所以不能发布",
            ),
        ] {
            let draft = browser.post("/admin/files", &[("path", path), ("content", content)]).await.location.unwrap();
            let shown = until(&mut browser, &draft, said).await;
            assert!(shown.contains("data-key=\"p\" disabled"), "{shown}");
            let refused = browser.post(&format!("{draft}/publish"), &[("revision", "1")]).await;
            assert_eq!((refused.status, refused.body.contains("还不能发布")), (409, true));
            assert_eq!(browser.post(&format!("{draft}/discard"), &[("revision", "1")]).await.status, 303);
            assert!(browser.get(&draft).await.body.contains("这份草稿已经放弃"));
        }
        for path in ["intents/../../etc/passwd", "content/variables.toml", ".env", "intents/lexicon.toml"] {
            assert_eq!(browser.post("/admin/files", &[("path", path), ("content", "x")]).await.status, 404, "{path}");
        }
        assert!(read(&house, "intents/close.toml").contains("小程序怎么注销"));
    })
    .await;
}

#[tokio::test]
async fn each_change_is_a_commit_where_that_is_wanted() {
    on_both(async |database| {
        let house = house(&database, &[("WENLU_GIT", "on")]).await;
        let git = |args: &[&str]| {
            let config = ["-c", "user.name=x", "-c", "user.email=x@x"];
            let root = house.server.folder.path();
            let output = Command::new("git")
                .args(config)
                .args(args)
                .current_dir(root)
                .output()
                .unwrap();
            assert!(output.status.success(), "{args:?}: {output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        git(&["init", "--quiet"]);
        git(&["add", "intents", "content"]);
        git(&["commit", "--quiet", "-m", "begin"]);
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        let cluster = largest(&mut browser).await;
        let draft = act(&mut browser, &cluster, &[("action", "out-of-scope")])
            .await
            .location
            .unwrap();
        assert_eq!(publish(&mut browser, &draft).await.status, 303);
        assert_eq!(
            git(&["log", "-1", "--format=%an %s"]),
            "reviewer 把 3 句话记为范围外\n"
        );
        let head = git(&["rev-parse", "HEAD"]);
        assert!(browser.get(&draft).await.body.contains(head.trim()));
        assert_eq!(git(&["status", "--porcelain", "intents", "content"]), "");
        // what is known of a draft is known for what serves
        until(&mut browser, &draft, "已经生效").await;

        // where it cannot be committed, the change stands, and the page says so
        fs::remove_dir_all(file(&house, ".git")).unwrap();
        let other = largest(&mut browser).await;
        let draft = act(
            &mut browser,
            &other,
            &[("action", "near-miss"), ("intent", "close")],
        )
        .await
        .location
        .unwrap();
        assert_eq!(publish(&mut browser, &draft).await.status, 303);
        assert!(browser.get(&draft).await.body.contains("但没有提交到 git"));
        assert!(read(&house, "intents/close.toml").contains("not = ["));
    })
    .await;
}

#[tokio::test]
async fn of_a_large_cluster_a_few_wordings_teach_and_all_are_dealt_with() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        for (at, end) in ["", "吧", "啊", "呀", "好吗", "行不行", "可以吗", "好不好"]
            .iter()
            .enumerate()
        {
            ask(&house, &format!("c{at}"), &format!("给我讲个相声听听{end}")).await;
        }
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        let cluster = largest(&mut browser).await;
        let page = browser.get(&cluster).await.body;
        // 啊 and 呀 make no wording of their own
        assert_eq!(page.matches("name=\"said\"").count(), 6, "{page}");
        assert_eq!(page.matches(" checked").count(), 5, "{page}");
        let whole = [("whole", "yes"), ("action", "example"), ("intent", "close")];
        let draft = act(&mut browser, &cluster, &whole).await.location.unwrap();
        assert_eq!(publish(&mut browser, &draft).await.status, 303);
        assert_eq!(
            read(&house, "intents/close.toml").matches("相声").count(),
            5
        );
        assert_eq!(all_clusters(&mut browser).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn one_turn_of_a_conversation() {
    on_both(async |database| {
        let house = house(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        ask(&house, "c", "小程序怎么注销").await;
        let row = house
            .store
            .journal()
            .search(&Default::default(), i64::MAX, 1)
            .await
            .unwrap()
            .remove(0);
        let page = browser.get(&format!("/admin/turns/{}", row.id)).await.body;
        assert!(
            page.contains("小程序怎么注销") && page.contains("原来的结果"),
            "{page}"
        );
        let id = row.id.to_string();
        let sent = [
            ("turn", id.as_str()),
            ("said", &id),
            ("action", "near-miss"),
            ("intent", "move"),
        ];
        let draft = browser
            .post("/admin/changes", &sent)
            .await
            .location
            .unwrap();
        assert!(browser.get(&draft).await.body.contains("小程序怎么注销"));
        for nothing in [
            &[("turn", "1"), ("action", "near-miss"), ("intent", "move")][..],
            &[("action", "example")],
        ] {
            let refused = browser.post("/admin/changes", nothing).await;
            assert_eq!(
                (refused.status, refused.body.contains("没有选任何说法")),
                (400, true)
            );
        }
    })
    .await;
}
