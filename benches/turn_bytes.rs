//! What a turn costs on the disk: bytes that stay in a database of SQLite after many turns of the shipped knowledge, by kind of
//! message. `cargo bench --bench turn_bytes`. Prints a line for each kind.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use wenlu::source::{KnowledgeSource, load};
use wenlu::store::{Store, transfer};
use wenlu::turn::{AnswerEngine, Bot};
use wenlu_core::model::{ConversationId, IncomingBody, MessageId, Timestamp};
use wenlu_core::router::Router;

const TURNS: usize = 1_000;
/// 2,000 characters, the most that a message may have.
const LONG: usize = 2_000;
const BEGIN: i64 = 1_800_000_000_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).to_owned();
    let knowledge = load(&KnowledgeSource::Folder(root))?.knowledge;
    let asked: Vec<String> = knowledge
        .intents
        .iter()
        .flat_map(|intent| intent.examples.iter().cloned())
        .collect();
    let router = Router::build(&knowledge);
    let engine = Arc::new(AnswerEngine::new(knowledge, router));
    let asked = |turn: usize| asked[turn * 7 % asked.len()].clone();
    let long = |turn: usize| {
        let text: String = (0..LONG / 8).map(|part| asked(turn + part)).collect();
        text.chars()
            .cycle()
            .skip(turn)
            .take(LONG)
            .collect::<String>()
    };
    let kinds: [(&str, usize, TextOfTurn); 3] = [
        ("a short question, ten a conversation", 10, &asked),
        ("a short question, a conversation each", 1, &asked),
        ("2,000 characters, a conversation each", 1, &long),
    ];
    for (kind, per_conversation, text) in kinds {
        let bytes = kept(&engine, per_conversation, text).await?;
        println!("{:>8.0} bytes a turn  {kind}", bytes as f64 / TURNS as f64);
    }
    Ok(())
}

/// What the asker writes in a turn.
type TextOfTurn<'a> = &'a dyn Fn(usize) -> String;

/// How many bytes the turns add to a database.
async fn kept(
    engine: &Arc<AnswerEngine>,
    per_conversation: usize,
    text: &dyn Fn(usize) -> String,
) -> Result<u64, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("wenlu.db").display());
    let store = Store::open(&url).await?;
    let empty = transfer::info(&url).await?.bytes;
    let bot = Bot::new(engine.clone(), store.clone());
    for turn in 0..TURNS {
        // as long as those that the chat page makes
        let conversation = format!("web:{:032x}", turn / per_conversation);
        let body = IncomingBody::Text(text(turn));
        let at = Timestamp(BEGIN + i64::try_from(turn)? * 1_000);
        let message = MessageId::parse(&format!("{turn:032x}"))?;
        bot.handle(
            &ConversationId::parse(&conversation)?,
            Some(&message),
            body,
            at,
        )
        .await?;
    }
    let bytes = transfer::info(&url).await?.bytes;
    store.close().await;
    Ok(bytes - empty)
}
