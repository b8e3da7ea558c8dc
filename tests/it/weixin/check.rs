//! `wenlu weixin check`: what an operator reads in the first hour.

use super::stage::{Stage, options};
use crate::small::wenlu;
use fake_weixin::Mode;
use std::process::Output;

/// What the command prints with these settings, and whether it is content.
fn check(settings: &str, address: &str) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), settings).unwrap();
    let Output { stdout, status, .. } =
        wenlu(folder.path(), &["weixin", "check", "--address", address]);
    (String::from_utf8(stdout).unwrap(), status.success())
}

fn settings(mode: Mode, token: &str) -> String {
    let options = options(mode);
    let key = match mode {
        Mode::Plain => String::new(),
        Mode::Compatible | Mode::Safe => format!("WENLU_WEIXIN_AES_KEY={}\n", options.aes_key),
    };
    format!(
        "WENLU_WEIXIN_APPID={}\nWENLU_WEIXIN_TOKEN={token}\n{key}",
        options.appid
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_hour() {
    for mode in [Mode::Plain, Mode::Safe] {
        let stage = Stage::simple(mode).await;
        let base = stage.address(0, "");
        let (told, is_well) = check(&settings(mode, "wenlu-token"), &base);
        let marks = if mode == Mode::Plain { 3 } else { 4 };
        assert_eq!(
            (
                told.matches("✓").count(),
                told.matches("✗").count(),
                is_well
            ),
            (marks, 0, true),
            "{told}"
        );
        assert!(
            !told.contains("wenlu-token") && !told.contains("AAECAw"),
            "{told}"
        );
        // the command that it shows does what it says
        let shown = told.split('\'').nth(1).unwrap();
        let echo = reqwest::get(shown).await.unwrap().text().await.unwrap();
        assert!(
            shown.ends_with(&echo) && !echo.is_empty(),
            "{shown}: {echo}"
        );
        assert_eq!(
            stage.store.journal().count().await.unwrap(),
            0,
            "it leaves no turn behind"
        );
        let (told, is_well) = check(&settings(mode, "another"), &base);
        assert!(
            !is_well && told.contains("✗ 地址校验") && told.contains("被拒绝了"),
            "{told}"
        );
        stage.stop().await;
    }
    let (told, is_well) = check(&settings(Mode::Plain, "wenlu-token"), "http://127.0.0.1:9");
    assert!(!is_well && told.contains("5 秒内没有应答"), "{told}");
    let (told, is_well) = check("", "http://127.0.0.1:9");
    assert!(!is_well && told.contains("还没有接微信"), "{told}");
}
