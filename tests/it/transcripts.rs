//! Three conversations for each topic of the shipped knowledge: somebody angry, somebody in a hurry, somebody lost.
//! `transcripts/<topic>.txt` is what they type; the snapshot beside it is what they read. A change of the replies or of
//! the dialogue shows there as an asker sees it: read it before you accept it.

use std::fs;
use std::path::Path;
use wenlu::channel::terminal::TerminalStyle;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::dialogue::{Conversation, DialogueManager, HandoverDesk};
use wenlu_core::model::{Incoming, IncomingBody, Timestamp};
use wenlu_core::passage::PassageIndex;
use wenlu_core::router::Router;

#[test]
fn conversations_with_the_shipped_knowledge() {
    let knowledge = load(&KnowledgeSource::Embedded)
        .expect("the shipped files")
        .knowledge;
    let (router, passages) = (Router::build(&knowledge), PassageIndex::of(&knowledge));
    let desk = DialogueManager {
        knowledge: &knowledge,
        router: &router,
        passages: &passages,
        ttl: std::time::Duration::from_secs(1800),
        operators: None,
        operators_unreachable: false,
        desk: HandoverDesk::default(),
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/transcripts");
    let mut topics = 0;
    let entries = fs::read_dir(&folder).expect("the folder of transcripts");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("transcripts");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.extension().is_none_or(|ending| ending != "txt") {
            continue;
        }
        topics += 1;
        let name = path.file_stem().expect("a name").to_string_lossy();
        let said = fs::read_to_string(&path).expect("what is said");
        settings.bind(|| insta::assert_snapshot!(name.as_ref(), transcript(&desk, &said)));
    }
    assert_eq!(topics, 12);
}

/// Each line is a message; `# …` says who talks, and an empty line ends a conversation.
fn transcript(desk: &DialogueManager, said: &str) -> String {
    let mut conversation = Conversation::default();
    let mut written = String::new();
    for (at, line) in said.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            conversation = Conversation::default();
            written += &format!("{line}\n");
            continue;
        }
        let incoming = Incoming {
            body: IncomingBody::Text(line.to_owned()),
            at: Timestamp(1_000 * (at as i64 + 1)),
        };
        let turn = desk.answer(conversation, &incoming);
        let outcome = serde_json::to_value(turn.entry.outcome).expect("a word");
        let topic = turn.entry.intent.as_ref().or(turn.entry.gap.as_ref());
        let about = topic.map_or_else(String::new, |topic| format!(", {topic}"));
        let outcome = outcome.as_str().unwrap_or_default();
        written += &format!("> {line}\n({outcome}{about})\n");
        written += &TerminalStyle::PLAIN.draw(&turn.replies);
        written += "\n";
        conversation = turn.conversation;
    }
    written
}
