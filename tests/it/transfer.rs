//! `wenlu store` as an operator starts it, from either engine to either engine.

use crate::database::{Database, Engine, on_both};
use crate::server::{Server, chat_name};
use crate::small::{printed, wenlu};
use serde_json::{Value, json};
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection, Row as _, query::Query};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];
/// More than one statement inserts.
const ROWS: i64 = 260;

/// Runs `wenlu store` with `url` in the settings.
fn store(url: &str, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), format!("DATABASE_URL={url}\n")).unwrap();
    wenlu(folder.path(), &[&["store"], args].concat())
}

fn json_of(url: &str, args: &[&str]) -> Value {
    serde_json::from_str(&printed(store(url, &[args, &["--json"]].concat()))).unwrap()
}

fn refusal(url: &str, args: &[&str]) -> String {
    let output = store(url, args);
    assert!(!output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    String::from_utf8(output.stderr).unwrap()
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

async fn number(url: &str, sql: &str) -> i64 {
    let mut connection = connect(url).await;
    let row = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    row.get(0)
}

/// A column as the database itself describes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    name: String,
    kind: String,
    is_nullable: bool,
    is_numbered: bool,
    refers: bool,
}

/// The tables that are really there, but for the list of migrations.
async fn real_tables(url: &str) -> BTreeMap<String, Vec<Column>> {
    let sql = if url.starts_with("sqlite") {
        "SELECT t.name, c.name, lower(c.type), c.\"notnull\" = 0, c.pk = 1 AND t.sql LIKE '%AUTOINCREMENT%',
                EXISTS (SELECT 1 FROM pragma_foreign_key_list(t.name) f WHERE f.\"from\" = c.name)
         FROM sqlite_schema t, pragma_table_xinfo(t.name) c
         WHERE t.type = 'table' AND t.name NOT IN ('_sqlx_migrations', 'sqlite_sequence', 'sqlite_stat1')
         ORDER BY 1, 2"
    } else {
        "SELECT table_name::text, column_name::text, data_type::text, (is_nullable = 'YES')::int::bigint,
                (is_identity = 'YES' OR column_default LIKE 'nextval%' IS TRUE)::int::bigint,
                EXISTS (SELECT 1 FROM information_schema.key_column_usage k
                        JOIN information_schema.table_constraints r USING (constraint_schema, constraint_name)
                        WHERE r.constraint_type = 'FOREIGN KEY' AND k.constraint_schema = current_schema()
                            AND k.table_name = c.table_name AND k.column_name = c.column_name)::int::bigint
         FROM information_schema.columns c WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'
         ORDER BY table_name::text COLLATE \"C\", column_name::text COLLATE \"C\""
    };
    let mut connection = connect(url).await;
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in sqlx::query(sql).fetch_all(&mut connection).await.unwrap() {
        let kind = match row.get::<String, _>(2).as_str() {
            "bigint" => "integer".to_owned(),
            "double precision" => "real".to_owned(),
            "bytea" => "blob".to_owned(),
            other => other.to_owned(),
        };
        let [is_nullable, is_numbered, refers] =
            [3, 4, 5].map(|index| row.get::<i64, _>(index) != 0);
        let column = Column {
            name: row.get(1),
            kind,
            is_nullable,
            is_numbered,
            refers,
        };
        tables.entry(row.get(0)).or_default().push(column);
    }
    tables
}

/// Which table refers to which.
async fn real_references(url: &str) -> Vec<(String, String)> {
    let sql = if url.starts_with("sqlite") {
        "SELECT t.name, f.\"table\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f ORDER BY 1, 2"
    } else {
        "SELECT a.relname::text, b.relname::text FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid
         JOIN pg_class b ON b.oid = c.confrelid WHERE c.contype = 'f' ORDER BY 1, 2"
    };
    let rows = sqlx::query(sql)
        .fetch_all(&mut connect(url).await)
        .await
        .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Rows in every table there is, so that a new one is tried too: every kind of value, and nothing where that is allowed.
/// The texts of the nth row are the same in all tables, and its number is n: what refers to something finds it.
async fn fill(url: &str) {
    wenlu::store::Store::open(url).await.unwrap().close().await;
    let mut connection = connect(url).await;
    let off = if url.starts_with("sqlite") {
        "PRAGMA foreign_keys = OFF"
    } else {
        "SET session_replication_role = replica"
    };
    sqlx::query(off).execute(&mut connection).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    for (table, columns) in real_tables(url).await {
        let columns: Vec<Column> = columns
            .into_iter()
            .filter(|column| !column.is_numbered)
            .collect();
        let names: Vec<String> = columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            names.join(", "),
            places.join(", ")
        );
        for n in 1..=ROWS {
            let insert = sqlx::query(AssertSqlSafe(sql.clone()));
            columns
                .iter()
                .fold(insert, |insert, column| value(insert, column, n))
                .execute(&mut *transaction)
                .await
                .unwrap();
        }
    }
    transaction.commit().await.unwrap();
    connection.close().await.unwrap();
}

fn value<'q>(
    insert: Query<'q, Any, sqlx::any::AnyArguments>,
    column: &Column,
    n: i64,
) -> Query<'q, Any, sqlx::any::AnyArguments> {
    let is_there = !column.is_nullable || n % 2 == 0;
    match column.kind.as_str() {
        "text" => insert.bind(is_there.then(|| format!("{n} 问路 👩‍💻 it's \"\\x\"\n\t\u{200b}"))),
        "integer" => insert.bind(is_there.then_some(match n {
            1 if !column.refers => i64::MIN,
            2 if !column.refers => i64::MAX,
            n => n,
        })),
        "real" => insert.bind(is_there.then_some(1.0 / n as f64)),
        "blob" => insert.bind(is_there.then(|| vec![0, n as u8, 0xff, b'\'', b'\\'])),
        other => panic!("{column:?}: {other} is not copied by `wenlu store copy`"),
    }
}

/// Everything that is in a database.
async fn dump(url: &str) -> BTreeMap<String, Vec<String>> {
    let mut connection = connect(url).await;
    let mut dump = BTreeMap::new();
    for (table, columns) in real_tables(url).await {
        let names: Vec<String> = columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        let sql = format!("SELECT {} FROM {table}", names.join(", "));
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let shown = |row: &sqlx::any::AnyRow| {
            let values =
                columns
                    .iter()
                    .enumerate()
                    .map(|(index, column)| match column.kind.as_str() {
                        "text" => format!("{:?}", row.get::<Option<String>, _>(index)),
                        "integer" => format!("{:?}", row.get::<Option<i64>, _>(index)),
                        "blob" => format!("{:?}", row.get::<Option<Vec<u8>>, _>(index)),
                        _ => format!("{:?}", row.get::<Option<f64>, _>(index)),
                    });
            values.collect::<Vec<_>>().join(" ")
        };
        let mut rows: Vec<String> = rows.iter().map(shown).collect();
        rows.sort();
        dump.insert(table, rows);
    }
    dump
}

#[tokio::test]
async fn every_table_is_known_and_the_same_in_both_engines() {
    let mut real = Vec::new();
    for engine in ENGINES {
        let database = Database::new(engine).await;
        wenlu::store::Store::open(&database.url)
            .await
            .unwrap()
            .close()
            .await;
        let (tables, references) = (
            real_tables(&database.url).await,
            real_references(&database.url).await,
        );
        let mut known: Vec<String> = json_of(&database.url, &["info"])["rows"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        known.sort();
        assert_eq!(
            known,
            tables.keys().cloned().collect::<Vec<_>>(),
            "{engine:?}"
        );
        real.push((tables, references));
    }
    assert_eq!(real[0], real[1]);
}

#[tokio::test]
async fn everything_goes_over_between_any_two_engines() {
    for (from, to) in ENGINES
        .iter()
        .flat_map(|from| ENGINES.iter().map(move |to| (*from, *to)))
    {
        let (from, to) = (Database::new(from).await, Database::new(to).await);
        fill(&from.url).await;
        from.sql("DELETE FROM pushes").await;
        let before = dump(&from.url).await;
        let said = json_of(&from.url, &["copy", "--to", &to.url]);
        assert_eq!(dump(&to.url).await, before);
        let rows = said["rows"].as_object().unwrap();
        let found: BTreeMap<_, _> = rows
            .iter()
            .map(|(table, rows)| (table.clone(), rows.as_u64().unwrap()))
            .collect();
        assert_eq!(
            found,
            before
                .iter()
                .map(|(table, rows)| (table.clone(), rows.len() as u64))
                .collect()
        );
        assert_eq!(before["journal"].len() as i64, ROWS);
        // Numbers go on where they were, also those of a table that has been emptied.
        for sql in [
            "INSERT INTO pushes (conversation, reply, at) VALUES ('a', '', 0) RETURNING id",
            "INSERT INTO inbox (channel, update_id, conversation, payload, at) VALUES ('a', 0, 'a', '', 0) RETURNING id",
        ] {
            assert_eq!(number(&to.url, sql).await, ROWS + 1, "{sql}");
        }
    }
}

#[tokio::test]
async fn a_backup_is_a_file_that_goes_back_into_either_engine() {
    on_both(async |database| {
        fill(&database.url).await;
        let before = dump(&database.url).await;
        // A name that an address would take for something else.
        let file = database.folder.path().join("备份 50%41?#|.db");
        let (path, url) = (file.to_str().unwrap(), &database.url);
        let held = json_of(url, &["info"])["rows"].clone();
        let made = json_of(url, &["backup", path]);
        assert_eq!(made["rows"], held);
        // the database itself knows of it afterwards
        let noted = json_of(url, &["info"])["rows"]["last_done"].as_u64();
        assert_eq!(noted, held["last_done"].as_u64().map(|rows| rows + 1));
        let metadata = std::fs::metadata(&file).unwrap();
        assert_eq!(
            (
                metadata.permissions().mode() & 0o777,
                made["bytes"].as_u64()
            ),
            (0o600, Some(metadata.len()))
        );
        for engine in ENGINES {
            let to = Database::new(engine).await;
            printed(store(&to.url, &["restore", path]));
            assert_eq!(dump(&to.url).await, before);
            // Into the database of the settings, or another.
            let other = Database::new(engine).await;
            printed(store(&to.url, &["restore", path, "--to", &other.url]));
            assert_eq!(dump(&other.url).await, before);
        }
        let beside: Vec<_> = std::fs::read_dir(database.folder.path())
            .unwrap()
            .map(|f| f.unwrap().file_name())
            .collect();
        assert!(beside.iter().all(|name| *name == *file.file_name().unwrap()
            || name.to_string_lossy().starts_with("bot.db")));
        assert!(refusal(url, &["backup", path]).contains("文件已经存在，没有覆盖"));
    })
    .await;
}

/// A turn is a step of its conversation's version and an entry in the journal. A backup in which the one is there without
/// the other was not read at one moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_of_a_running_server_is_of_one_moment() {
    on_both(async |database| {
        let server = Server::start(&[("DATABASE_URL", &database.url), ("WENLU_RATE_PER_MINUTE", "0")]).await;
        let (stop, address) = (Arc::new(AtomicBool::new(false)), server.url("/api/v1/messages"));
        let mut talks = tokio::task::JoinSet::new();
        for asker in 0..8 {
            let (stop, address) = (stop.clone(), address.clone());
            talks.spawn(async move {
                let client = reqwest::Client::new();
                let mut turns = 0;
                while !stop.load(Relaxed) {
                    let message = json!({"conversation": chat_name(&format!("asker-{asker}-{}", turns / 5)), "id": format!("m{turns}"), "text": "小程序怎么收款"});
                    let body = message.to_string();
                    let answer = client.post(&address).header("content-type", "application/json").body(body).send().await;
                    answer.unwrap().error_for_status().unwrap();
                    turns += 1;
                }
                turns
            });
        }
        let mut last = 0;
        for round in 0..4 {
            while number(&database.url, "SELECT COUNT(*) FROM journal").await < last + 40 {
                tokio::task::yield_now().await;
            }
            let file = database.folder.path().join(format!("backup-{round}"));
            let (url, path) = (database.url.clone(), file.to_str().unwrap().to_owned());
            tokio::task::spawn_blocking(move || printed(store(&url, &["backup", &path]))).await.unwrap();
            let torn = "SELECT COUNT(*) FROM conversations c
                        WHERE version <> (SELECT COUNT(*) FROM journal j WHERE j.conversation = c.id)";
            let file = format!("sqlite://{}", file.display());
            assert_eq!(number(&file, torn).await, 0);
            let turns = number(&file, "SELECT COUNT(*) FROM journal").await;
            assert!(turns >= last + 40);
            last = turns;
        }
        stop.store(true, Relaxed);
        let turns: i64 = talks.join_all().await.into_iter().sum();
        assert_eq!(number(&database.url, "SELECT COUNT(*) FROM journal").await, turns);
        // What was asked can be read from it with the other commands.
        let to = Database::new(Engine::Sqlite).await;
        printed(store(&to.url, &["restore", database.folder.path().join("backup-3").to_str().unwrap()]));
        std::fs::write(to.folder.path().join(".env"), format!("DATABASE_URL={}\n", to.url)).unwrap();
        let listed = printed(wenlu(to.folder.path(), &["review", "list", "--json"]));
        let listed: Value = serde_json::from_str(listed.trim()).unwrap();
        assert_eq!((&listed["text"], listed["count"].as_i64()), (&json!("小程序怎么收款"), Some(last)));
    })
    .await;
}

/// Two servers on one database answer one conversation in turn.
#[tokio::test]
async fn replicas_share_a_conversation() {
    let database = Database::new(Engine::Postgres).await;
    let servers = [
        Server::start(&[("DATABASE_URL", &database.url)]).await,
        Server::start(&[("DATABASE_URL", &database.url)]).await,
    ];
    let client = reqwest::Client::new();
    let say = async |server: usize, body: Value| -> Value {
        let request = client
            .post(servers[server].url("/api/v1/messages"))
            .header("content-type", "application/json");
        let text = request
            .body(body.to_string())
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let first = json!({"conversation": chat_name("a"), "id": "m1", "text": "小程序怎么注销"});
    let answered = say(0, first.clone()).await;
    assert_eq!(answered["intent"], "close");
    // The same message again, to the other one, is no second turn; what is said next follows the first.
    assert_eq!(say(1, first).await, answered);
    let next = answered["replies"][0]["buttons"]
        .as_array()
        .unwrap()
        .iter()
        .find(|b| b["label"] == "下一步")
        .unwrap();
    let stepped = say(
        1,
        json!({"conversation": chat_name("a"), "id": "m2", "button": next["data"]}),
    )
    .await;
    assert_eq!(stepped["intent"], "close");
    assert_ne!(stepped["replies"], answered["replies"]);
    assert_eq!(
        number(&database.url, "SELECT version FROM conversations").await,
        2
    );
}

#[tokio::test]
async fn an_older_file_is_brought_up_to_date_on_its_way() {
    use sqlx::migrate::{Migration, MigrationType, Migrator};
    use sqlx::{SqlSafeStr, SqliteConnection};
    let old = Database::new(Engine::Sqlite).await;
    let first = include_str!("../../src/store/migrations/sqlite/0001_turns.sql");
    let first = Migration::new(
        1,
        "turns".into(),
        MigrationType::Simple,
        first.into_sql_str(),
        false,
    );
    let mut connection = SqliteConnection::connect(&format!("{}?mode=rwc", old.url))
        .await
        .unwrap();
    Migrator::with_migrations(vec![first])
        .run_direct(None, &mut connection, false)
        .await
        .unwrap();
    let rows = "INSERT INTO conversations VALUES ('a', '{}', 1, 7)";
    sqlx::query(rows).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let info = json_of(&old.url, &["info"]);
    assert_eq!(
        (&info["schema"], &info["rows"]),
        (
            &json!(1),
            &json!({"conversations": 1, "answered": 0, "journal": 0})
        )
    );
    let backup = old.folder.path().join("backup");
    printed(store(&old.url, &["backup", backup.to_str().unwrap()]));
    for engine in ENGINES {
        for (args, to) in [
            (
                vec!["copy", "--from", &old.url],
                Database::new(engine).await,
            ),
            (
                vec!["restore", backup.to_str().unwrap()],
                Database::new(engine).await,
            ),
        ] {
            assert_eq!(json_of(&to.url, &args)["rows"]["conversations"], 1);
            assert_eq!(
                number(&to.url, "SELECT updated_at FROM conversations").await,
                7
            );
        }
    }
    // It was only read.
    assert_eq!(json_of(&old.url, &["info"])["schema"], 1);
}

#[tokio::test]
async fn what_cannot_be_copied_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let sqlite = |name: &str| format!("sqlite://{}", at(name));
    fill(&sqlite("full.db")).await;
    let known = format!(
        "this one knows {}",
        json_of(&sqlite("full.db"), &["info"])["known"]
    );
    let said = |args: &[&str]| {
        let said = refusal(&sqlite("none.db"), args).replace(&known, "this one knows N");
        said.replace(&folder.path().display().to_string(), "DIR")
    };
    let newer = Database {
        url: sqlite("newer.db"),
        folder: tempfile::tempdir().unwrap(),
    };
    fill(&newer.url).await;
    newer
        .sql("INSERT INTO _sqlx_migrations VALUES (999, 'later', '2030-01-01', 1, x'00', 0)")
        .await;
    let other = Database {
        url: sqlite("other.db"),
        folder: tempfile::tempdir().unwrap(),
    };
    fill(&other.url).await;
    other
        .sql("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1")
        .await;
    let mut empty = sqlx::SqliteConnection::connect(&format!("{}?mode=rwc", sqlite("empty.db")))
        .await
        .unwrap();
    sqlx::query("CREATE TABLE journal (id INTEGER)")
        .execute(&mut empty)
        .await
        .unwrap();
    empty.close().await.unwrap();
    std::fs::write(at("text"), "这不是数据库。".repeat(400)).unwrap();
    let mut damaged = std::fs::read(at("full.db")).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 9_000].fill(7);
    std::fs::write(at("damaged"), damaged).unwrap();
    let postgres = Database::new(Engine::Postgres).await;
    fill(&postgres.url).await;

    let mut all = String::new();
    let mut tell = |title: &str, args: &[&str]| all += &format!("{title}:\n{}", said(args));
    tell("no source", &["backup", &at("b")]);
    tell("no file", &["restore", &at("none")]);
    tell("no database at all", &["restore", &at("text")]);
    tell("damaged", &["restore", &at("damaged")]);
    tell("somebody else's", &["restore", &at("empty.db")]);
    tell("with other tables", &["restore", &at("other.db")]);
    tell("newer", &["copy", "--from", &sqlite("newer.db")]);
    tell(
        "over itself",
        &["restore", &at("full.db"), "--to", &sqlite("full.db")],
    );
    tell(
        "no folder",
        &["restore", &at("full.db"), "--to", &sqlite("none/x.db")],
    );
    tell("in memory", &["copy", "--from", "sqlite::memory:"]);
    let full = store(&sqlite("full.db"), &["backup", &at("none/b")]);
    let full = String::from_utf8(full.stderr)
        .unwrap()
        .replace(&folder.path().display().to_string(), "DIR");
    // What follows is a name made up for the moment.
    let (full, _) = full.split_once(" at path").unwrap();
    let over = refusal(&sqlite("full.db"), &["copy", "--to", &postgres.url]);
    assert!(
        over.contains("目标数据库里已有内容")
            && over.contains("/t")
            && over.contains("in conversations"),
        "{over}"
    );
    insta::assert_snapshot!(format!("{all}no folder for the file:\n{full}"), @r#"
    no source:
    wenlu: 没有这个数据库 / there is no database DIR/none.db
    no file:
    wenlu: 没有这个数据库 / there is no database DIR/none
    no database at all:
    wenlu: 文件已损坏，或者不是数据库: DIR/text is not an SQLite database, or is damaged; move it away, or restore a backup
    damaged:
    wenlu: 文件已损坏，或者不是数据库: DIR/damaged is not an SQLite database, or is damaged; move it away, or restore a backup
    somebody else's:
    wenlu: 这不是问路的数据库，也不是它的备份: DIR/empty.db is not a database of wenlu
    with other tables:
    wenlu: 这不是问路的数据库，也不是它的备份: DIR/other.db is not a database of wenlu
    newer:
    wenlu: 它来自更新的版本，请用那个版本: DIR/newer.db was written by a newer version of wenlu (schema 999, this one knows N); use that version
    over itself:
    wenlu: 目标数据库里已有内容，没有覆盖；请换一个空的，或还不存在的: DIR/full.db holds data already (in conversations); name an empty database, or one that does not exist yet
    no folder:
    wenlu: 文件夹不存在: the folder DIR/none does not exist; create it, or name another database in DATABASE_URL
    in memory:
    wenlu: 内存里的数据库不能复制: a database in memory is gone with its process: it can be neither copied nor filled
    no folder for the file:
    wenlu: 写不了文件: cannot write DIR/none/b: No such file or directory (os error 2)
    "#);
    // Refused means untouched.
    assert_eq!(
        number(&postgres.url, "SELECT COUNT(*) FROM journal").await,
        ROWS
    );
    for name in ["none.db", "b", "none"] {
        assert!(!Path::new(&at(name)).exists(), "{name}");
    }
}

#[tokio::test]
async fn an_older_server_is_started_first() {
    let old = Database::new(Engine::Postgres).await;
    fill(&old.url).await;
    old.sql(
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
    )
    .await;
    let file = old.folder.path().join("backup");
    let said = refusal(&old.url, &["backup", file.to_str().unwrap()]);
    assert!(said.contains("请先用这个版本启动一次服务"), "{said}");
    assert_eq!(std::fs::read_dir(old.folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_password_is_shown_nowhere() {
    let file = Database::new(Engine::Sqlite).await;
    fill(&file.url).await;
    let here = "sqlite://here.db";
    for url in [
        "postgres://bot:secret@127.0.0.1:1/wenlu",
        "postgres://bot:secret@127.0.0.1:x/wenlu",
        "postgres://127.0.0.1:1/wenlu?password=secret",
        "mysql://bot:secret@db/wenlu",
        "sqlite://bot:secret@db/wenlu",
        "secret",
    ] {
        for args in [
            vec!["copy", "--from", &file.url, "--to", url],
            vec!["copy", "--from", url, "--to", here],
            vec![
                "restore",
                file.url.trim_start_matches("sqlite://"),
                "--to",
                url,
            ],
        ] {
            let said = refusal(here, &args);
            assert!(!said.contains("secret"), "{args:?}: {said}");
        }
        let said = refusal(url, &["info"]) + &refusal(url, &["backup", "x"]);
        assert!(!said.contains("secret"), "{said}");
        let served = wenlu(
            file.folder.path(),
            &["serve", "--listen", "127.0.0.1:0", "--database", url],
        );
        assert!(
            !served.status.success() && !String::from_utf8_lossy(&served.stderr).contains("secret"),
            "{served:?}"
        );
    }
}

/// What a person reads. Versions and sizes are those of the day; tables without rows come and go.
#[tokio::test]
async fn said_to_people() {
    let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = |args: &[&str]| {
        let said =
            printed(wenlu(folder.path(), args)).replace(&to.path().display().to_string(), "TO");
        let rows_or_words = said.lines().filter(|line| !line.ends_with(" 0"));
        let numberless = rows_or_words.map(|line| {
            let words =
                line.split_inclusive('，')
                    .map(|words| match words.trim_end_matches('，') {
                        version if version.starts_with("SQLite ") => "SQLite N，".to_owned(),
                        version if version.starts_with("表的版本 ") => {
                            "表的版本 N，".to_owned()
                        }
                        size if size.ends_with(" KB") => words.replace(size, "N KB"),
                        _ => words.to_owned(),
                    });
            words.collect::<String>()
        });
        numberless.collect::<Vec<_>>().join("\n")
    };
    let url = format!("sqlite://{}", folder.path().join("wenlu.db").display());
    wenlu::store::Store::open(&url).await.unwrap().close().await;
    let database = Database {
        url,
        folder: tempfile::tempdir().unwrap(),
    };
    let backup = to.path().join("backup").display().to_string();
    let other = format!("sqlite://{}", to.path().join("other.db").display());
    insta::assert_snapshot!(run(&["store", "copy", "--to", &other]), @"已复制 0 行，各表行数已核对：sqlite://wenlu.db → sqlite://TO/other.db");
    database
        .sql("INSERT INTO conversations VALUES ('a', '{}', 1, 7), ('b', '{}', 1, 7)")
        .await;
    database
        .sql("INSERT INTO leases VALUES ('telegram', 'a', 12, 0)")
        .await;
    insta::assert_snapshot!(run(&["store", "info"]), @"
    sqlite://wenlu.db
    SQLite N，表的版本 N，是最新的，N KB
      conversations             2
      leases                    1
    ");
    insta::assert_snapshot!(run(&["store", "backup", &backup]), @"
      conversations          2
      leases                 1
    已备份到 TO/backup：3 行，N KB，已读回检查。里面有用户说过的话，请像数据库一样保管。
    恢复：wenlu store restore TO/backup
    ");
    insta::assert_snapshot!(run(&["store", "restore", &backup, "--to", &other]), @"
      conversations          2
      leases                 1
    已恢复 3 行，各表行数已核对：TO/backup → sqlite://TO/other.db
    ");
}
