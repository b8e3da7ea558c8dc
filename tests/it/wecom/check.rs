//! `wenlu wecom check`: what an operator reads in the first hour.

use super::stage::{Stage, settings};
use crate::small::wenlu;
use fake_wecom::{CORP_SECRET, Company, CompanyOptions};
use serde_json::Value;

/// What the command prints with these settings, and whether it is content.
fn check(values: &[(String, String)], arguments: &[&str]) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    let lines = values
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"));
    std::fs::write(folder.path().join(".env"), lines.collect::<String>()).unwrap();
    let mut all = vec!["wecom", "check"];
    all.extend(arguments);
    let ended = wenlu(folder.path(), &all);
    let told = [ended.stdout, ended.stderr].concat();
    (String::from_utf8(told).unwrap(), ended.status.success())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_hour() {
    let stage = Stage::simple().await;
    let base = stage.address(0, "");
    let company = Company::new(CompanyOptions::default());
    let api = company.serve().await;
    let values = settings(company.options(), &api);
    let (told, is_well) = check(&values, &["--address", &base]);
    assert!(is_well && !told.contains('✗'), "{told}");
    for line in [
        "https://您的域名/wecom",
        "售后客服",
        "wkAccount_0123-a",
        "企业微信给了令牌",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(
        !told.contains(CORP_SECRET) && !told.contains("wenlu-token"),
        "{told}"
    );
    company.list_address(false);
    let (told, is_well) = check(&values, &["--json", "--address", &base]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert!(!is_well);
    let checks = told["checks"].as_array().unwrap();
    let names: Vec<&str> = checks
        .iter()
        .map(|one| one["check"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["address", "forged", "delivered", "token"]);
    let token = &checks[3];
    assert_eq!(
        (&token["errcode"], &token["address"]),
        (&60_020.into(), &"203.0.113.7".into())
    );
    let (told, _) = check(&values, &["--address", &base]);
    assert!(
        told.contains("可信 IP") && told.contains("203.0.113.7"),
        "{told}"
    );
    company.list_address(true);
    // the running server has another Token
    let mut other = values.clone();
    other[2].1 = "other".to_owned();
    let (told, is_well) = check(&other, &["--address", &base]);
    assert!(!is_well && told.contains('✗'), "{told}");
    let (told, is_well) = check(&values, &["--address", "http://127.0.0.1:9"]);
    assert!(!is_well && told.contains("没有应答"), "{told}");
    stage.stop().await;
    let (told, is_well) = check(&[], &[]);
    assert!(!is_well && told.contains("WENLU_WECOM_CORP_ID"), "{told}");
}
