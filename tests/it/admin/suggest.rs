//! Wordings that an intent lacks, on its page: from the journal and from a reply that is pasted; what
//! is ticked becomes a draft.

use super::review::{publish, read, until};
use super::{House, Shown};
use crate::database::on_both;
use crate::small;
use std::path::Path;
use std::process::Command;
use wenlu::store::accounts::AccountRole;

const QUESTION: &str = "换公司之后老用户的标识还在吗";

/// Asks the journal's question, which goes unanswered.
fn ask(root: &Path, url: &str) {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .arg("chat")
        .current_dir(root)
        .env_clear()
        .env("DATABASE_URL", url)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{QUESTION}").unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
}

fn job(shown: &Shown) -> String {
    assert_eq!(shown.status, 303, "{}", shown.body);
    shown.location.clone().unwrap()
}

/// The value of the box of that wording.
fn ticked<'a>(body: &'a str, text: &str) -> &'a str {
    let boxes = body.split("name=\"said\" value=\"").skip(1);
    let mut values = boxes.filter_map(|rest| rest.split('"').next());
    let found = values.find(|value| value.ends_with(text));
    found.unwrap_or_else(|| panic!("no {text}: {body}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn wordings_from_the_journal_and_from_a_model_become_a_draft() {
    on_both(async |database| {
        let house = House::with(&database, &[], small::replace_files).await;
        let root = house.server.folder.path().to_owned();
        tokio::task::block_in_place(|| ask(&root, &database.url));
        let mut reviewer = house.signed_in(AccountRole::Reviewer).await;
        let intent = reviewer.get("/admin/intents/ids").await;
        assert!(intent.body.contains("href=\"/admin/intents/ids/suggest\""), "{}", intent.body);
        let body = until(&mut reviewer, "/admin/intents/ids/suggest", QUESTION).await;
        assert!(body.contains("对话 1 次") && body.contains("加分"), "{body}");
        assert!(body.contains("话题：迁移后 ID 变不变"), "the prompt: {body}");

        let reply = "1. 用户的 openid 换主体后还认得出来吗\n2. 迁移后 openid 会变吗\n3. 今天天气怎么样\n希望有帮助\n";
        let page = job(&reviewer.post("/admin/intents/ids/suggest", &[("reply", reply)]).await);
        let body = until(&mut reviewer, &page, "认得出来").await;
        assert!(body.contains("不建议的 2 句") && body.contains("已经是例句"), "{body}");
        assert!(body.contains("回复里有 1 行没有采用"), "{body}");
        let (journal, pasted) = (ticked(&body, QUESTION).to_owned(), ticked(&body, "认得出来吗").to_owned());
        assert!(!journal.starts_with("0 ") && pasted.starts_with("0 "), "{journal} {pasted}");

        let path = "intents/ids.toml";
        let before = read(&house, path);
        let none = reviewer.post("/admin/intents/ids/suggest/draft", &[]).await;
        assert_eq!(none.status, 400, "{}", none.body);
        let drafted = reviewer
            .post("/admin/intents/ids/suggest/draft", &[("said", &journal), ("said", &pasted)])
            .await;
        let draft = job(&drafted);
        assert_eq!(read(&house, path), before, "nothing is live yet");
        let body = until(&mut reviewer, &draft, "影响").await;
        assert!(body.contains(QUESTION) && body.contains("处理 1 次提问"), "{body}");
        until(&mut reviewer, &draft, "测试全部通过").await;
        let published = publish(&mut reviewer, &draft).await;
        assert_eq!(published.status, 303, "{}", published.body);
        let after = read(&house, path);
        assert!(after.contains(QUESTION) && after.contains("认得出来吗"), "{after}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_is_gone_and_an_intent_that_takes_no_wordings() {
    on_both(async |database| {
        let house = House::with(&database, &[], small::replace_files).await;
        let mut reviewer = house.signed_in(AccountRole::Reviewer).await;
        let gone = reviewer.get("/admin/intents/ids/suggest?job=999").await;
        assert!(
            gone.status == 200 && gone.body.contains("已经不在了"),
            "{}",
            gone.body
        );
        for path in [
            "/admin/intents/closing/suggest",
            "/admin/intents/nothing/suggest",
        ] {
            assert_eq!(reviewer.get(path).await.status, 404, "{path}");
        }
        // a search of one intent is not shown as that of another
        let searched = reviewer.post("/admin/intents/ids/suggest", &[]).await;
        let page = job(&searched);
        let other = page.replace("/ids/", "/moving/");
        assert!(reviewer.get(&other).await.body.contains("已经不在了"));
        let long = "长".repeat(400);
        let refused = reviewer
            .post(
                "/admin/intents/ids/suggest/draft",
                &[("said", &format!("0 {long}"))],
            )
            .await;
        assert_eq!(refused.status, 400);
    })
    .await;
}
