//! How long `wenlu replay` takes for 100,000 different messages through the shipped files and a draft of them.
//! `cargo bench --bench replay`

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use wenlu::source::{KnowledgeSource, load};
use wenlu::store::Store;

const MESSAGES: usize = 100_000;
/// On two cores.
const PROMISED: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["intents", "content"] {
        copy(&shipped.join(name), &folder.path().join("draft").join(name))?;
    }
    forget_every_second_example(
        &folder
            .path()
            .join("draft/intents/complaint-infringement.toml"),
    )?;
    let database = format!("sqlite://{}", folder.path().join("wenlu.db").display());
    write_journal(&database, &messages()?).await?;

    let begun = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .args(["replay", "--limit", "0", "--root"])
        .arg(shipped)
        .arg(folder.path().join("draft"))
        .env("DATABASE_URL", &database)
        .output()?;
    let took = begun.elapsed();
    print!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{MESSAGES} messages in {took:.1?}");
    if output.status.success() && took < PROMISED {
        Ok(())
    } else {
        Err("too slow, or failed".into())
    }
}

/// The shipped examples, as different people begin and end them.
fn messages() -> Result<Vec<String>, Box<dyn Error>> {
    const BEFORE: [&str; 10] = [
        "",
        "请问",
        "你好，",
        "麻烦问下，",
        "急！",
        "想问问",
        "客服在吗？",
        "那个，",
        "我昨天也问过，",
        "hi，",
    ];
    const AFTER: [&str; 10] = [
        "",
        "？",
        "谢谢",
        "！",
        "呢",
        "，急",
        "，在线等",
        "啊",
        "，求指点",
        "？？",
    ];
    let knowledge = load(&KnowledgeSource::Embedded)?.knowledge;
    let examples: Vec<&String> = knowledge
        .intents
        .iter()
        .flat_map(|intent| &intent.examples)
        .collect();
    let ways = BEFORE
        .iter()
        .flat_map(|before| AFTER.iter().map(move |after| (before, after)));
    let all = ways.flat_map(|(before, after)| {
        examples
            .iter()
            .map(move |example| format!("{before}{example}{after}"))
    });
    let messages: Vec<String> = all.take(MESSAGES).collect();
    if messages.len() < MESSAGES {
        Err("too few examples".into())
    } else {
        Ok(messages)
    }
}

async fn write_journal(database: &str, messages: &[String]) -> Result<(), Box<dyn Error>> {
    Store::open(database).await?.close().await;
    let pool = sqlx::SqlitePool::connect(database).await?;
    let mut tx = pool.begin().await?;
    sqlx::query("INSERT INTO conversations VALUES ('bench', '{}', 1, 1)")
        .execute(&mut *tx)
        .await?;
    for text in messages {
        sqlx::query(
            "INSERT INTO journal (conversation, at, text, lang, decision, confidence, candidates, knowledge, outcome,
                 handed_over) VALUES ('bench', 1, $1, 'zh', 'answer', 0.9, '[]', 'v', 'answered', 0)",
        )
        .bind(text)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    pool.close().await;
    Ok(())
}

fn forget_every_second_example(file: &Path) -> std::io::Result<()> {
    let text = fs::read_to_string(file)?;
    let mut number = 0;
    let kept = text.lines().filter(|line| {
        number += usize::from(line.starts_with("  \""));
        !line.starts_with("  \"") || number % 2 == 0
    });
    fs::write(
        file,
        kept.map(|line| format!("{line}\n")).collect::<String>(),
    )
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?
        } else {
            fs::copy(entry.path(), target).map(drop)?
        }
    }
    Ok(())
}
