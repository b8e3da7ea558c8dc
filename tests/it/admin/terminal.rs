//! `wenlu admin`: accounts from a terminal.

use crate::database::{Database, on_both};
use std::process::{Command, Output};
use wenlu::store::Store;

fn admin(database: &Database, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .arg("admin")
        .args(arguments)
        .current_dir(database.folder.path())
        .env_clear()
        .env("DATABASE_URL", &database.url)
        .output()
        .unwrap()
}

#[tokio::test]
async fn accounts_from_a_terminal() {
    on_both(async |database| {
        let run = |arguments: &[&str]| {
            let output = admin(&database, arguments);
            let (out, err) = (
                String::from_utf8(output.stdout).unwrap(),
                String::from_utf8(output.stderr).unwrap(),
            );
            (output.status.code().unwrap(), out + &err)
        };
        assert!(run(&["list"]).1.contains("还没有帐号"));
        let (code, said) = run(&["add-user", "ann", "--role", "admin"]);
        assert_eq!(code, 0, "{said}");
        let token = said
            .split("http://127.0.0.1:8080/admin/link?token=")
            .nth(1)
            .unwrap()
            .split('\n')
            .next()
            .unwrap();
        assert_eq!(token.len(), 64);
        let store = Store::open(&database.url).await.unwrap();
        let hash = wenlu::admin::auth::secret::AuthSecret::parse(token)
            .unwrap()
            .hash();
        assert!(
            store
                .accounts()
                .link(&hash, super::now())
                .await
                .unwrap()
                .is_some()
        );

        for (arguments, code, part) in [
            (
                &["add-user", "ann", "--role", "viewer"][..],
                1,
                "there is an account of that name",
            ),
            (&["add-user", "Ann", "--role", "viewer"], 1, "小写字母"),
            (
                &["add-user", "bo", "--role", "king"],
                2,
                "must be agent, viewer, reviewer, operator or admin",
            ),
            (&["set-role", "ann", "viewer"], 1, "the last admin"),
            (&["disable", "ann"], 1, "the last admin"),
            (&["disable", "nobody"], 1, "no such account"),
            (&["reset-password", "nobody"], 1, "no such account"),
            (
                &["add-user", "bo", "--role", "operator"],
                0,
                "/admin/link?token=",
            ),
            (&["set-role", "bo", "reviewer"], 0, "done"),
            (&["set-inbox", "bo", "on"], 0, "done"),
            (&["set-inbox", "bo", "maybe"], 2, "must be on or off"),
            (&["disable", "bo"], 0, "done"),
            (&["link", "bo"], 1, "no such account"),
            (&["enable", "bo"], 0, "done"),
            (&["unlock", "bo"], 0, "they can sign in now"),
            (&["unlock", "nobody"], 1, "no such account"),
            (&["link", "bo"], 0, "/admin/link?token="),
        ] {
            let (found, said) = run(arguments);
            assert!(
                found == code && said.contains(part),
                "{arguments:?}: {found} {said}"
            );
        }
        let (_, list) = run(&["list", "--json"]);
        let bo: serde_json::Value = serde_json::from_str(list.lines().nth(1).unwrap()).unwrap();
        assert_eq!(
            (&bo["name"], &bo["role"], &bo["inbox"], &bo["password_set"]),
            (
                &"bo".into(),
                &"reviewer".into(),
                &true.into(),
                &false.into()
            )
        );
        assert_eq!(
            store.audit().entries(i64::MAX, 100).await.unwrap().len(),
            10
        );
    })
    .await;
}
