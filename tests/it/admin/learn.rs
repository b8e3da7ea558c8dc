//! What was learnt: a colleague's answer in a closed hand-over becomes a draft, and the bot's own answer.

use super::inbox::{Asker, act, page_of};
use super::review::{publish, read, until};
use super::{Browser, House, Shown};
use crate::database::{Database, Engine, on_both};
use wenlu::store::accounts::AccountRole;

const QUESTION: &str = "能不能给我讲个相声听听";
const ANSWER: &str =
    "相声暂时没有。\n周五晚上八点有直播，打 13812345678 可以预约：\n1. 报上名字\n2. 说好几个人";

/// A colleague's answer to [`QUESTION`], and the number of the hand-over.
async fn answered(house: &House, colleague: &mut Browser, asker: &Asker, answer: &str) -> i64 {
    asker.say(QUESTION).await;
    asker.say("转人工").await;
    let number = asker.handover(house).await.number;
    page_of(colleague, number).await;
    for text in ["您好", answer] {
        let said = [("text", text), ("seq", "99")];
        let shown = act(colleague, number, "say", &said).await;
        assert_eq!(shown.status, 303, "{}", shown.body);
    }
    number
}

/// The value of the option that says `text`.
pub(super) fn option(page: &str, text: &str) -> String {
    let (before, _) = page.split_once(text).unwrap_or_else(|| panic!("no {text}"));
    let (_, value) = before.rsplit_once("<option value=\"").unwrap();
    value.split('"').next().unwrap().to_owned()
}

pub(super) async fn draft(browser: &mut Browser, number: i64, fields: &[(&str, &str)]) -> Shown {
    page_of(browser, number).await;
    let path = format!("/admin/inbox/{number}/draft-intent");
    browser.post(&path, fields).await
}

#[tokio::test]
async fn a_colleagues_answer_becomes_the_bots_own() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut colleague = house.signed_in(AccountRole::Operator).await;
        let asker = Asker::on(&house, "a");
        let number = answered(&house, &mut colleague, &asker, ANSWER).await;
        // while it is open there is nothing to be learnt: it holds what was written, unmasked
        assert!(!page_of(&mut colleague, number).await.contains("整理成知识"));
        let new = [("question", "0"), ("answer", "1"), ("action", "new")];
        assert_eq!(draft(&mut colleague, number, &new).await.status, 409);
        act(&mut colleague, number, "close", &[("reason", "已解决")]).await;

        // one press, with what is proposed: the question, the longest answer, a name
        let page = page_of(&mut colleague, number).await;
        assert!(!page.contains("13812345678"), "{page}");
        let form = page.split("id=\"learn\"").nth(1).unwrap();
        let form = form.split("</details>").next().unwrap();
        let (question, answer) = (option(form, QUESTION), option(form, "相声暂时没有。"));
        assert!(
            form.contains(&format!("value=\"{answer}\" selected")),
            "{form}"
        );
        let id = format!("learnt-{number}");
        assert!(form.contains(&format!("value=\"{id}\"")), "{form}");
        let new = [
            ("question", question.as_str()),
            ("answer", &answer),
            ("action", "new"),
            ("id", &id),
            ("title", "讲相声"),
        ];
        let drafted = draft(&mut colleague, number, &new).await;
        assert_eq!(drafted.status, 303, "{}", drafted.body);
        let path = drafted.location.unwrap();
        assert!(read(&house, &format!("intents/{id}.toml")).is_empty());

        // previewed, published, and the next asker gets it from the bot
        let published = publish(&mut colleague, &path).await;
        assert_eq!(published.status, 303, "{}", published.body);
        until(&mut colleague, &path, "已经生效").await;
        let reply = read(&house, &format!("content/zh/{id}.md"));
        assert!(
            reply.starts_with("# 讲相声\n\n相声暂时没有。")
                && reply.contains("1. 报上名字")
                && !reply.contains("13812345678"),
            "{reply}"
        );
        let next = Asker::on(&house, "b").say(QUESTION).await;
        assert_eq!(next["intent"], id.as_str(), "{next}");
        assert!(
            next["replies"][0]["text"]
                .as_str()
                .unwrap()
                .contains("周五晚上八点")
        );
        // and the question waits in the review no more
        let queue = colleague.get("/admin/questions").await.body;
        assert!(!queue.contains("相声"), "{queue}");
    })
    .await;
}

#[tokio::test]
async fn the_question_becomes_an_example_of_a_known_intent() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut colleague = house.signed_in(AccountRole::Operator).await;
    let asker = Asker::on(&house, "a");
    let number = answered(&house, &mut colleague, &asker, "请看注销的步骤。").await;
    act(&mut colleague, number, "close", &[("reason", "已解决")]).await;
    let page = page_of(&mut colleague, number).await;
    let form = page.split("id=\"learn\"").nth(1).unwrap();
    let question = option(form, QUESTION);
    let example = [("question", question.as_str()), ("action", "example")];
    let example = [&example[..], &[("intent", "close")]].concat();
    let drafted = draft(&mut colleague, number, &example).await;
    assert_eq!(drafted.status, 303, "{}", drafted.body);
    let path = drafted.location.unwrap();
    assert_eq!(publish(&mut colleague, &path).await.status, 303);
    until(&mut colleague, &path, "已经生效").await;
    assert!(read(&house, "intents/close.toml").contains(QUESTION));
    assert_eq!(
        Asker::on(&house, "b").say(QUESTION).await["intent"],
        "close"
    );

    // what cannot be made is said
    for (fields, status) in [
        (&[("question", "77"), ("action", "example")][..], 400),
        (&[("question", "0"), ("action", "new")], 400),
        (&[("question", "0"), ("action", "erase")], 400),
        (
            &[("question", "0"), ("action", "example"), ("intent", "none")],
            409,
        ),
    ] {
        let shown = draft(&mut colleague, number, fields).await;
        assert_eq!(shown.status, status, "{fields:?}: {}", shown.body);
    }
    // who may not review does not see it
    let mut agent = house.signed_in(AccountRole::Agent).await;
    assert!(!page_of(&mut agent, number).await.contains("整理成知识"));
}

#[tokio::test]
async fn an_english_answer_leaves_the_chinese_reply_to_be_written() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut colleague = house.signed_in(AccountRole::Operator).await;
    let asker = Asker::on(&house, "a");
    let number = answered(
        &house,
        &mut colleague,
        &asker,
        "There is a show on *Friday*.",
    )
    .await;
    act(&mut colleague, number, "close", &[("reason", "已解决")]).await;
    let page = page_of(&mut colleague, number).await;
    let form = page.split("id=\"learn\"").nth(1).unwrap();
    let (question, answer) = (option(form, QUESTION), option(form, "There is a show"));
    let new = [
        ("question", question.as_str()),
        ("answer", &answer),
        ("action", "new"),
        ("id", "shows"),
    ];
    let drafted = draft(&mut colleague, number, &new).await;
    let page = until(
        &mut colleague,
        &drafted.location.unwrap(),
        "content/en/shows.md",
    )
    .await;
    assert!(page.contains(r"There is a show on \*Friday\*."), "{page}");
    assert!(page.contains("content/zh/shows.md"), "{page}");
}
