//! What an answer costs here without a store: HTTP, the turn of the dialogue and its JSON, with the conversations in a map of
//! the process. Nothing is masked, journalled or limited.  usage: storeless PORT

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use wenlu::clock;
use wenlu::source::{KnowledgeSource, load};
use wenlu::turn::{AnswerEngine, CONVERSATION_TTL};
use wenlu_core::dialogue::{Conversation, DialogueManager, HandoverDesk};
use wenlu_core::model::{Decision, Incoming, IncomingBody, Reply};
use wenlu_core::reply::plain_text::blocks_text;

#[derive(Deserialize)]
struct Asked {
    conversation: String,
    text: String,
}

#[derive(Serialize)]
struct Answered {
    decision: Option<Decision>,
    intent: Option<String>,
    confidence: f64,
    gap: Option<String>,
    replies: Vec<ReplyWithText>,
}

#[derive(Serialize)]
struct ReplyWithText {
    text: String,
    reply: Reply,
}

struct Storeless {
    engine: AnswerEngine,
    conversations: Mutex<HashMap<String, Conversation>>,
}

impl Storeless {
    fn answer(&self, asked: Asked) -> Answered {
        let lock = || {
            self.conversations
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let before = lock().remove(&asked.conversation).unwrap_or_default();
        let incoming = Incoming {
            body: IncomingBody::Text(asked.text),
            at: clock::now(),
        };
        let manager = DialogueManager {
            knowledge: &self.engine.knowledge,
            router: &*self.engine.router,
            passages: &self.engine.passages,
            ttl: CONVERSATION_TTL,
            operators: None,
            operators_unreachable: false,
            desk: HandoverDesk::default(),
        };
        let turn = manager.answer(before, &incoming);
        lock().insert(asked.conversation, turn.conversation);
        let with_text = |reply: Reply| ReplyWithText {
            text: blocks_text(&reply.blocks),
            reply,
        };
        Answered {
            decision: turn.entry.decision,
            intent: turn.entry.intent,
            confidence: turn.entry.confidence,
            gap: turn.entry.gap,
            replies: turn.replies.into_iter().map(with_text).collect(),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::args().nth(1).ok_or("PORT is missing")?.parse()?;
    let bot = Arc::new(Storeless {
        engine: AnswerEngine::build(load(&KnowledgeSource::Embedded)?.knowledge),
        conversations: Mutex::default(),
    });
    let answer = async |State(bot): State<Arc<Storeless>>, body: Bytes| {
        serde_json::from_slice(&body)
            .map(|asked| Json(bot.answer(asked)))
            .map_err(|error| error.to_string())
    };
    let app = Router::new()
        .route("/api/v1/messages", post(answer))
        .with_state(bot);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
