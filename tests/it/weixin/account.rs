//! `wenlu weixin check` and `wenlu weixin menu` of an account that has a secret; WeChat's own service
//! tool in the place of colleagues.

use super::stage::{Stage, options};
use crate::database::Engine;
use crate::small::wenlu;
use fake_weixin::{Mode, Options, Platform, SECRET, Verdict};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// A folder with the settings of an account, and what its commands print.
struct Console {
    platform: Platform,
    folder: TempDir,
}

impl Console {
    async fn new(secret: &str) -> Console {
        let platform = Platform::new(options(Mode::Plain));
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            "WENLU_WEIXIN_APPID={}\nWENLU_WEIXIN_TOKEN={}\nWENLU_WEIXIN_SECRET={secret}\n\
             WENLU_WEIXIN_SEND=active\nWENLU_WEIXIN_API_URL={}\n",
            platform.options().appid,
            platform.options().token,
            platform.serve_api().await
        );
        std::fs::write(folder.path().join(".env"), settings).unwrap();
        Console { platform, folder }
    }

    /// What is printed, and whether all went well.
    fn run(&self, arguments: &[&str]) -> (String, bool) {
        let mut all = vec!["weixin"];
        all.extend(arguments);
        let ended = wenlu(self.folder.path(), &all);
        let said = [ended.stdout, ended.stderr].concat();
        (String::from_utf8(said).unwrap(), ended.status.success())
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_asks_the_api_and_says_what_to_do() {
    let stage = Stage::simple(Mode::Plain).await;
    let base = stage.address(0, "");
    let check = ["check", "--address", &base];
    let console = Console::new(SECRET).await;
    let (told, is_well) = console.run(&check);
    assert!(is_well && told.contains("✓ 微信给了令牌"), "{told}");
    assert!(
        told.contains("没有自定义菜单") && !told.contains(SECRET),
        "{told}"
    );
    console.platform.list_address(false);
    let (told, is_well) = console.run(&check);
    assert!(
        !is_well && told.contains("IP 白名单”里加上 203.0.113.7"),
        "{told}"
    );
    let (told, _) = console.run(&["check", "--json", "--address", &base]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["ok"], false);
    let account = &told["accounts"][0];
    assert_eq!(
        (&account["send"], &account["sealed"]),
        (&json!("active"), &json!(false))
    );
    let checks = account["checks"].as_array().unwrap();
    let names: Vec<_> = checks.iter().map(|check| &check["check"]).collect();
    assert_eq!(names, ["address", "forged", "delivered", "token"]);
    assert_eq!(
        checks[0],
        json!({ "check": "address", "ok": true, "problem": null })
    );
    assert_eq!(
        (&checks[3]["errcode"], &checks[3]["address"]),
        (&json!(40_164), &json!("203.0.113.7"))
    );
    console.platform.list_address(true);
    let (told, is_well) = console.run(&["check", "--json", "--address", &base]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert!(is_well && told["ok"] == true, "{told}");
    assert_eq!(
        told["accounts"][0]["checks"][4],
        json!({ "check": "menu", "ok": true, "problem": null, "value": null })
    );
    assert_eq!(
        console.platform.tokens().0,
        1,
        "no token is renewed before its time"
    );
    let wrong = Console::new("ffffffffffffffffffffffffffffffff").await;
    let (told, is_well) = wrong.run(&check);
    assert!(!is_well && told.contains("AppSecret 不对"), "{told}");
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_menu_is_shown_pushed_and_deleted() {
    let console = Console::new(SECRET).await;
    crate::tiny::write_files(console.path());
    let (told, is_well) = console.run(&["menu", "show"]);
    assert!(is_well && told.contains("没有自定义菜单"), "{told}");
    // of the hot questions; nothing is sent at first
    let (told, is_well) = console.run(&["menu", "push", "--dry-run"]);
    assert!(is_well && told.contains("全部话题  → topics"), "{told}");
    assert_eq!(console.platform.menu(), None);
    let (told, is_well) = console.run(&["menu", "push"]);
    assert!(is_well && told.contains("已发出"), "{told}");
    let pushed = console.platform.menu().unwrap();
    assert!(pushed.to_string().contains(r#""key":"human""#), "{pushed}");
    console.write(
        "menu.toml",
        "[[button]]\nname = \"迁移\"\n\n  [[button.button]]\n  name = \"怎么迁移小程序\"\n  key = \"i:moving\"\n\n\
           [[button.button]]\n  name = \"官网\"\n  url = \"https://example.com/a?b=1\"\n\n\
         [[button]]\nname = \"找人\"\nkey = \"human\"\n",
    );
    let (told, is_well) = console.run(&["menu", "push", "--file", "menu.toml", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}"));
    assert!(is_well);
    assert_eq!(console.platform.menu(), Some(told.clone()));
    let below = &told["button"][0]["sub_button"];
    assert_eq!(
        below[0],
        json!({ "type": "click", "name": "怎么迁移小程序", "key": "i:moving" })
    );
    let (told, _) = console.run(&["menu", "show"]);
    assert!(
        told.contains("  官网  → https://example.com/a?b=1"),
        "{told}"
    );
    console.write(
        "bad.toml",
        "[[button]]\nname = \"问\"\nkey = \"i:no-such\"\n",
    );
    let (told, is_well) = console.run(&["menu", "push", "--file", "bad.toml"]);
    assert!(!is_well && told.contains("没有这个意图"), "{told}");
    let (_, is_well) = console.run(&["menu", "delete"]);
    assert!(is_well && console.platform.menu().is_none());
    let (told, is_well) = console.run(&["menu", "show", "--account", "wxother"]);
    assert!(!is_well && told.contains("没有设 wxother"), "{told}");
}

/// Those who ask for a person go to WeChat's own tool; nobody here is called.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_a_person_is_passed_on_to_the_platforms_own_tool() {
    let transfer = [("WENLU_WEIXIN_KF", "transfer")];
    for (engine, mode) in [
        (Engine::Sqlite, Mode::Plain),
        (Engine::Postgres, Mode::Safe),
    ] {
        let stage = Stage::start(engine, options(mode), 2, &transfer).await;
        let asker = stage.platform.asker("oPerson");
        assert!(
            stage
                .text(&asker.says("小程序怎么迁移"))
                .await
                .contains("由原主体")
        );
        assert_eq!(stage.send(&asker.says("转人工")).await, Verdict::Transfer);
        // the bot answers what reaches it
        assert!(
            stage
                .text(&asker.says("openid 会变吗"))
                .await
                .contains("不会变")
        );
        // an event cannot be passed on
        let told = stage.text(&asker.presses("human")).await;
        assert!(told.contains("请直接发“转人工”"), "{told}");
        assert_eq!(stage.send(&asker.says("转人工")).await, Verdict::Transfer);
        stage.stop().await;
    }
    let kind = [("WENLU_WEIXIN_KIND", "miniprogram"), transfer[0]];
    let options = Options {
        json: true,
        ..options(Mode::Safe)
    };
    let stage = Stage::sending(Engine::Sqlite, options, 1, &kind).await;
    let asker = stage.platform.asker("oMini");
    assert_eq!(
        stage.send(&asker.says("小程序怎么迁移")).await,
        Verdict::Acknowledged
    );
    assert!(stage.platform.until_sent("oMini", 1).await[0].contains("由原主体"));
    assert_eq!(stage.send(&asker.says("转人工")).await, Verdict::Transfer);
    stage.rests().await;
    stage.stop().await;
}
