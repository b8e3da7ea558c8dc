//! Intents written in the browser, as a form without scripts sends them, and in a real browser with them.

use super::inbox::Asker;
use super::review::{file, publish, read, until};
use super::walk::sign_in;
use super::{Browser, House, Shown};
use crate::browser::{DESKTOP, PHONE, Page, on_page};
use crate::database::{Database, Engine, on_both};
use fantoccini::key::Key;
use serde_json::json;
use std::fs;
use std::path::Path;
use wenlu::store::accounts::AccountRole;

/// What a browser sends of the form on a page, in order.
struct Form(Vec<(String, String)>);

impl Form {
    async fn open(browser: &mut Browser, intent: &str) -> Form {
        let shown = browser.get(&format!("/admin/write?intent={intent}")).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        Form::of(&shown.body)
    }

    fn of(page: &str) -> Form {
        let (_, form) = page
            .split_once("action=\"/admin/write\"")
            .expect("the form");
        let form = form.split("</form>").next().unwrap();
        let mut fields = Vec::new();
        for tag in form.split('<').skip(1) {
            let (head, text) = tag.split_once('>').unwrap_or((tag, ""));
            let attribute = |name: &str| {
                let (_, rest) = head.split_once(&format!(" {name}=\""))?;
                Some(plain(rest.split('"').next()?))
            };
            let is_first = |tag: &str| head.split(' ').next() == Some(tag);
            if is_first("input") {
                fields.push((
                    attribute("name").unwrap(),
                    attribute("value").unwrap_or_default(),
                ));
            } else if is_first("textarea") {
                let text = plain(text.strip_prefix('\n').unwrap());
                // line breaks are sent so
                fields.push((attribute("name").unwrap(), text.replace('\n', "\r\n")));
            } else if is_first("select") {
                fields.push((attribute("name").unwrap(), String::new()));
            } else if is_first("option") && head.ends_with(" selected") {
                fields.last_mut().unwrap().1 = attribute("value").unwrap();
            }
        }
        fields.retain(|(name, _)| name != "form_token");
        Form(fields)
    }

    /// Types into the field of that name; with several, into the first empty one.
    fn set(mut self, name: &str, value: &str) -> Form {
        let several = self.0.iter().filter(|(key, _)| key == name).count() > 1;
        let wanted =
            |(key, old): &&mut (String, String)| key == name && (!several || old.is_empty());
        let found = self.0.iter_mut().find(wanted);
        found.unwrap_or_else(|| panic!("no field {name}")).1 = value.to_owned();
        self
    }

    fn get(&self, name: &str) -> &str {
        &self.0.iter().find(|(key, _)| key == name).unwrap().1
    }

    /// All that is not empty; rows in which nothing stands come and go.
    fn typed(&self) -> Vec<&(String, String)> {
        let all = self.0.iter();
        all.filter(|(_, value)| !value.is_empty()).collect()
    }

    async fn send(&self, browser: &mut Browser, path: &str, act: &str) -> Shown {
        let fields = self
            .0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = fields.chain([("act", act)]).collect();
        browser.post(path, &fields).await
    }

    async fn save(&self, browser: &mut Browser) -> Shown {
        self.send(browser, "/admin/write", "save").await
    }
}

fn plain(escaped: &str) -> String {
    let text = escaped.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&quot;", "\"").replace("&amp;", "&")
}

/// The part of a page from an id to the end of what is told there.
fn told<'p>(page: &'p str, field: &str) -> &'p str {
    let (_, rest) = page
        .split_once(&format!("id=\"{field}-told\""))
        .expect(field);
    rest.split("</div>").next().unwrap()
}

async fn published(browser: &mut Browser, drafted: Shown) {
    assert_eq!(drafted.status, 303, "{}", drafted.body);
    let draft = drafted.location.unwrap();
    assert_eq!(publish(browser, &draft).await.status, 303);
    until(browser, &draft, "已经生效").await;
}

#[tokio::test]
async fn an_intent_from_nothing_to_the_answer() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        assert!(browser.get("/admin/intents").await.body.contains("新建意图"));
        let form = Form::open(&mut browser, "").await;
        let form = form
            .set("title", "会员怎么续费")
            .set("examples", "会员怎么续费\n会员到期了怎么办\n  续费会员 \n\n会员续一年")
            .set("not", "会员怎么退款")
            .set("keywords", "会员/VIP + 续费 ×1.5")
            .set("reply_zh", "在**我的会员**里续。\n\n1. 打开我的\n2. 点会员\n\n## 要多少钱\n\n一年 88 元。\n\n> 提示：到期前三天会提醒。")
            .set("section_title", "要多少钱")
            .set("section_examples", "多少钱\n贵不贵")
            .set("test_say", "我的会员快到期了想续费");
        let saved = form.save(&mut browser).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        let id = "hui-yuan-zen-me-xu-fei";
        let path = format!("intents/{id}.toml");
        assert!(read(&house, &path).is_empty(), "nothing changes before it is published");
        published(&mut browser, saved).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(read(&house, &path), @r#"
            title = "会员怎么续费"

            examples = [
              "会员怎么续费",
              "会员到期了怎么办",
              "续费会员",
              "会员续一年",
            ]

            not = [
              "会员怎么退款",
            ]

            keywords = [
              { any = ["会员", "VIP"], with = ["续费"], weight = 1.5 },
            ]

            [section.yao-duo-shao-qian]
            examples = [
              "多少钱",
              "贵不贵",
            ]

            [[test]]
            say = "我的会员快到期了想续费"
            "#);
            insta::assert_snapshot!(read(&house, &format!("content/zh/{id}.md")), @"
            # 会员怎么续费

            在**我的会员**里续。

            1. 打开我的
            2. 点会员

            ## 要多少钱 {#yao-duo-shao-qian}

            一年 88 元。

            > 提示：到期前三天会提醒。
            ");
        }
        let asker = Asker::on(&house, "a");
        let answer = asker.say("我的会员快到期了，想续费").await;
        assert_eq!(answer["intent"], id, "{answer}");
        let section = asker.say("贵不贵").await;
        assert!(section["replies"][0]["text"].as_str().unwrap().contains("88"), "{section}");

        // and once more: one line changes in the file
        let before = read(&house, &path);
        let form = Form::open(&mut browser, id).await;
        assert_eq!(form.get("id"), id);
        let examples = format!("{}\r\n会员续两年", form.get("examples"));
        let saved = form.set("examples", &examples).save(&mut browser).await;
        published(&mut browser, saved).await;
        assert_eq!(
            read(&house, &path),
            before.replace("  \"会员续一年\",\n", "  \"会员续一年\",\n  \"会员续两年\",\n")
        );
    })
    .await;
}

#[tokio::test]
async fn one_language_alone_is_enough() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut browser = house.signed_in(AccountRole::Reviewer).await;
    let form = Form::open(&mut browser, "").await;
    let form = form
        .set("title", "Opening hours")
        .set("id", "hours")
        .set(
            "examples",
            "when do you open\nopening hours please\nare you open on Sunday",
        )
        .set("reply_en", "Nine to six, **every day**.");
    let saved = form.save(&mut browser).await;
    published(&mut browser, saved).await;
    assert!(!file(&house, "content/zh/hours.md").exists());
    let answer = Asker::on(&house, "a")
        .say("when do you open on Sunday")
        .await;
    assert_eq!(answer["intent"], "hours", "{answer}");
    let text = answer["replies"][0]["text"].as_str().unwrap();
    assert!(text.contains("Nine to six"), "{answer}");
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut browser = house.signed_in(AccountRole::Reviewer).await;
    let form = Form::open(&mut browser, "").await;
    let form = form
        .set("id", "Close")
        .set("examples", "<b>粗体</b>怎么写")
        .set("not", "<b>粗体</b>怎么写")
        .set("section_title", "没有的一节")
        .set("section_examples", "甲")
        .set("reply_zh", "看[这里](javascript:alert(1))");
    let shown = form.save(&mut browser).await;
    assert_eq!(shown.status, 422);
    let page = shown.body;
    assert!(told(&page, "title").contains("请写标题"), "{page}");
    assert!(told(&page, "id").contains("小写英文字母"), "{page}");
    assert!(!page.contains("<b>粗体"), "{page}");
    assert_eq!(
        Form::of(&page).typed(),
        form.typed(),
        "nothing that was typed is lost"
    );

    // one after another
    let form = Form::of(&page).set("title", "粗体");
    let form = Form(form.0).set("id", "close");
    let page = form.save(&mut browser).await.body;
    assert!(
        told(&page, "id").contains("已经有 intents/close.toml"),
        "{page}"
    );
    let form = Form::of(&page).set("id", "");
    let page = form.save(&mut browser).await.body;
    assert_eq!(Form::of(&page).get("id"), "cu-ti", "named after the title");
    assert!(
        told(&page, "reply_zh").contains("不是可以用的链接"),
        "{page}"
    );
    assert!(told(&page, "not").contains("又是自己的例句"), "{page}");
    assert!(
        told(&page, "sections").contains("答复里没有“没有的一节”这一节"),
        "{page}"
    );
    assert!(page.contains("aria-invalid=\"true\""));
    assert!(!page.contains("href=\"javascript:"), "{page}");

    // what is far too long, and what no page of ours sends
    let long = form.set("reply_zh", &"长".repeat(30_000));
    let page = long.save(&mut browser).await.body;
    assert!(told(&page, "reply_zh").contains("太长了"), "{page}");
    let forged = Form(vec![("base".into(), "{".into())]);
    assert_eq!(forged.save(&mut browser).await.status, 400);
    assert_eq!(
        browser.get("/admin/write?intent=none-such").await.status,
        409
    );
}

#[tokio::test]
async fn of_two_people_neither_loses_a_word() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut browser = house.signed_in(AccountRole::Reviewer).await;
    let form = Form::open(&mut browser, "close").await;
    let mine = format!("{}\n\n我写的一句。", form.get("reply_zh"));
    let examples = format!("我加的例句\n{}", form.get("examples"));
    let form = form.set("reply_zh", &mine).set("examples", &examples);

    // meanwhile somebody changes something else, and the same
    let intent = read(&house, "intents/close.toml");
    let theirs = intent.replacen("examples = [", "examples = [\n  \"他加的例句\",", 1);
    let theirs = format!("{theirs}\n[[test]]\nsay = \"他加的测试要注销小程序\"\n");
    fs::write(file(&house, "intents/close.toml"), &theirs).unwrap();
    let reply = read(&house, "content/zh/close.md");
    fs::write(
        file(&house, "content/zh/close.md"),
        reply.trim_end().to_owned() + "\n\n他写的一句。\n",
    )
    .unwrap();
    let shown = form.save(&mut browser).await;
    assert_eq!(shown.status, 422);
    let page = shown.body;
    assert!(page.contains("这期间有人改过同样的地方"), "{page}");
    assert!(told(&page, "reply_zh").contains("他写的一句。"), "{page}");
    let both = Form::of(&page);
    assert!(both.get("reply_zh").contains("我写的一句。"));
    assert!(
        both.0
            .iter()
            .any(|(_, value)| value == "他加的测试要注销小程序")
    );

    // decided: the second time it is as it stands
    let saved = both.save(&mut browser).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let draft = browser.get(&saved.location.unwrap()).await.body;
    assert!(
        draft.contains("我加的例句") && draft.contains("-他写的一句。"),
        "{draft}"
    );
    assert!(!draft.contains("-他加的"), "{draft}");

    // deleted meanwhile: it can be made anew
    for path in ["intents/close.toml", "content/zh/close.md"] {
        fs::remove_file(file(&house, path)).unwrap();
    }
    let page = both.save(&mut browser).await.body;
    assert!(page.contains("这期间有人删掉了这个意图"), "{page}");
    let saved = Form::of(&page).save(&mut browser).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
}

#[tokio::test]
async fn a_gap_is_written_out_in_the_same_form() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::with(&database, &[], |root| {
        let gap = "# 等财务\ntitle = \"电子发票\"\ngap = true\nexamples = [\n  \"能开电子发票吗\", # 常问\n]\n\n[[test]]\nsay = \"电子发票能开吗\"\nwants = \"unknown\"\n";
        fs::write(root.join("intents/gap-invoice.toml"), gap).unwrap();
    })
    .await;
    let mut browser = house.signed_in(AccountRole::Reviewer).await;
    let page = browser.get("/admin/intents/gap-invoice").await.body;
    assert!(page.contains("写出答案"), "{page}");
    let form = Form::open(&mut browser, "gap-invoice").await;
    let form = form
        .set("reply_zh", "能，在订单里点“开发票”。")
        .set("id", "invoice");
    let saved = form.save(&mut browser).await;
    published(&mut browser, saved).await;
    assert!(!file(&house, "intents/gap-invoice.toml").exists());
    let made = read(&house, "intents/invoice.toml");
    assert!(
        made.starts_with(
            "# 等财务\ntitle = \"电子发票\"\nexamples = [\n  \"能开电子发票吗\", # 常问\n]"
        ),
        "{made}"
    );
    let answer = Asker::on(&house, "a").say("能开电子发票吗").await;
    assert_eq!(answer["intent"], "invoice", "{answer}");
}

#[tokio::test]
async fn the_preview_shows_each_channel_and_has_a_limit() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let mut browser = house.signed_in(AccountRole::Reviewer).await;
    let form = Form::open(&mut browser, "close").await;
    let reply = "**要紧**的<script>alert(1)</script>a&b：[网站](https://example.com/?a=1&b=2)\n\n1. 一\n2. 二\n3. 三\n4. 四\n\n## 要多久 {#time}\n\n三天";
    // HTML is a mistake that is told, and shown as nothing
    let form = form.set("reply_zh", reply).set(
        "reply_en",
        "See {{ site }}. 1 < 2\n\nx".repeat(200).as_str(),
    );
    let shown = form.send(&mut browser, "/admin/write/preview", "").await;
    assert_eq!(shown.status, 200);
    let part = shown.body;
    assert!(
        !part.contains("<script") && part.contains("回复里不能用 HTML"),
        "{part}"
    );
    for said in [
        "<strong>要紧</strong>",
        "<b>要紧</b>",
        "href=\"https://example.com/?a=1&amp;b=2\"",
        "第 1 步，共 4 步",
        "按“要多久”之后",
        "https://mp.weixin.qq.com",
        "1 &lt; 2",
        "（回复“续”看下一段）",
    ] {
        // the last one is English where the reply is
        let said = said.replace("（回复“续”看下一段）", "Reply “more” for the next part");
        assert!(part.contains(&said), "{said}: {part}");
    }
    let mut refused = 0;
    for _ in 0..40 {
        let shown = form.send(&mut browser, "/admin/write/preview", "").await;
        refused += usize::from(shown.status == 429);
    }
    assert!(refused > 0, "no limit");
}

/// A folder with the knowledge that is shipped.
fn shipped(root: &Path) {
    for folder in ["intents", "content/zh", "content/en"] {
        for old in fs::read_dir(root.join(folder)).into_iter().flatten() {
            fs::remove_file(old.unwrap().path()).unwrap();
        }
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for file in fs::read_dir(own).unwrap().map(|file| file.unwrap().path()) {
            fs::copy(&file, root.join(folder).join(file.file_name().unwrap())).unwrap();
        }
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/variables.toml");
    fs::copy(own, root.join("content/variables.toml")).unwrap();
}

#[tokio::test]
async fn whatever_is_shipped_is_opened_and_saved_without_a_change() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::with(&database, &[], shipped).await;
    let mut browser = house.signed_in(AccountRole::Reviewer).await;
    let all = fs::read_dir(house.server.folder.path().join("intents")).unwrap();
    let mut count = 0;
    for path in all.map(|file| file.unwrap().path()) {
        let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if ["lexicon", "calibration", "out-of-scope"].contains(&id.as_str()) {
            continue;
        }
        let form = Form::open(&mut browser, &id).await;
        let shown = form.save(&mut browser).await;
        assert!(
            shown.status == 422 && shown.body.contains("没有改动，所以没有起草"),
            "{id}: {:?} {}",
            shown.location,
            shown.body
        );
        count += 1;
    }
    assert!(count > 50, "{count}");
    assert!(
        !browser
            .get("/admin/changes")
            .await
            .body
            .contains("data-row")
    );
}

/// Writes an intent as somebody does who knows no Markdown, and publishes it.
async fn writing(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    house.account("ann", AccountRole::Reviewer).await;
    sign_in(&page, &house).await;
    page.client
        .goto(&house.server.url("/admin/intents"))
        .await
        .unwrap();
    page.click("a[href='/admin/write']").await;
    page.find("#title")
        .await
        .send_keys("会员怎么续费")
        .await
        .unwrap();
    page.find("#examples")
        .await
        .send_keys("会员怎么续费\n会员到期了怎么办")
        .await
        .unwrap();
    let typed = |keys: &str| keys.to_owned();
    page.find("#reply_zh")
        .await
        .send_keys("在我的会员里续。")
        .await
        .unwrap();
    for (helper, keys) in [("bold", typed("一年一次")), ("link", typed("看这里"))] {
        page.click(&format!("[data-helpers=reply_zh] [data-insert={helper}]"))
            .await;
        page.keys(&keys).await;
        page.keys(&char::from(Key::End).to_string()).await;
    }
    let address = "const area = document.getElementById('reply_zh'); area.value = area.value.replace('https://', 'https://example.com/'); \
                   area.setSelectionRange(area.value.length, area.value.length); return area.value";
    assert_eq!(
        page.run(address).await,
        json!("在我的会员里续。**一年一次**[看这里](https://example.com/)")
    );
    page.click("[data-helpers=reply_zh] [data-insert=steps]")
        .await;
    page.keys(&format!(
        "1. 打开我的{enter}2. 点会员",
        enter = char::from(Key::Enter)
    ))
    .await;
    page.click("[data-helpers=reply_zh] [data-insert=section]")
        .await;
    page.keys("要多少钱").await;
    // while one types, each channel shows what it will be
    for said in ["一年一次", "打开我的", "按“要多少钱”之后"] {
        page.until(&format!(
            "[...document.querySelectorAll('[data-preview=zh] .show')].filter((one) => one.textContent.includes('{said}')).length === 3"
        ))
        .await;
    }
    // the section has got a row for what is asked about it
    page.until("document.querySelector('[name=section_title]').value === '要多少钱'")
        .await;
    page.find("[name=section_examples]")
        .await
        .send_keys("贵不贵")
        .await
        .unwrap();
    page.shot("1-write").await;
    page.is_sound(&house.server).await;
    assert_eq!(page.barriers().await, json!([]));

    // not finished: it is said where, and all is still there
    page.click("button[value=save]").await;
    page.until(
        "document.querySelector('#reply_zh-told .wrong')?.textContent.includes('还没有写完')",
    )
    .await;
    page.shot("2-wrong").await;
    let unfinished = page.driver("se/log", json!({"type": "browser"})).await;
    assert!(
        unfinished
            .as_array()
            .unwrap()
            .iter()
            .all(|line| line.to_string().contains("422")),
        "{unfinished}"
    );
    page.is_sound(&house.server).await;
    assert_eq!(page.barriers().await, json!([]));
    page.run("const area = document.getElementById('reply_zh'); area.value = area.value.replace('（在这里写这一节的内容）', '一年 88 元。')").await;
    page.click("button[value=save]").await;
    page.until("document.querySelector('.verdict')").await;
    page.shot("3-draft").await;
    page.press("发布").await;
    page.until("document.querySelector('main').innerText.includes('已经生效')")
        .await;
    let answer = Asker::on(&house, "a").say("会员怎么续费呢").await;
    assert_eq!(answer["intent"], "hui-yuan-zen-me-xu-fei", "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_desktop() {
    on_page("write-desk", DESKTOP, false, writing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_small_phone() {
    on_page("write-phone", (320, PHONE.1), true, writing).await;
}

/// Reaches the helpers and the button with the keyboard alone.
async fn by_keyboard(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    house.account("ann", AccountRole::Reviewer).await;
    sign_in(&page, &house).await;
    page.client
        .goto(&house.server.url("/admin/write?intent=close"))
        .await
        .unwrap();
    page.find("[data-helpers=reply_zh]:not([hidden])").await;
    page.run("document.getElementById('parent').focus()").await;
    let tab = char::from(Key::Tab);
    page.keys(&format!("{tab}")).await;
    page.until("document.activeElement.dataset.insert === 'bold'")
        .await;
    page.run("const area = document.getElementById('reply_zh'); area.setSelectionRange(area.value.length, area.value.length)").await;
    page.keys(&char::from(Key::Enter).to_string()).await;
    page.until("document.activeElement.id === 'reply_zh'").await;
    page.keys("记得").await;
    page.until("document.getElementById('reply_zh').value.endsWith('**记得**')")
        .await;
    page.run("document.querySelector('button[value=save]').focus()")
        .await;
    page.keys(&char::from(Key::Enter).to_string()).await;
    page.until("location.pathname.startsWith('/admin/changes/')")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_keyboard_alone() {
    on_page("write-keyboard", DESKTOP, false, by_keyboard).await;
}
