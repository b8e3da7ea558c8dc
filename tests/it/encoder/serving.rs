//! A server with an encoder: from the message to the journal.

use super::stub::{Stub, StubManner};
use super::{PARAPHRASE, failing::stays_lexical};
use crate::admin::House;
use crate::admin::pages::ask;
use crate::database::{Database, on_both};
use crate::files::free_port;
use crate::server::{Server, chat_name};
use crate::small;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use wenlu::store::accounts::AccountRole;
use wenlu::store::records::JournalRow;
use wenlu::store::{JournalSearch, Store};
use wenlu_core::model::ScoreSource;

/// Longer than anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server with the small knowledge, its encoder and its database.
pub(crate) struct EncoderHouse {
    pub server: Server,
    pub store: Store,
    said: u32,
}

impl EncoderHouse {
    pub(crate) async fn new(url: &str, cache: &Path) -> EncoderHouse {
        let values = [
            ("WENLU_EMBEDDINGS_URL", url),
            ("WENLU_EMBEDDINGS_MODEL", "stub"),
            ("WENLU_EMBEDDINGS_KEY", "CANARY-KEY"),
            ("WENLU_EMBEDDINGS_CACHE", cache.to_str().unwrap()),
            ("WENLU_RATE_PER_MINUTE", "0"),
        ];
        let server = Server::start_on(&values, small::replace_files).await;
        let store = Store::open(&server.database()).await.unwrap();
        EncoderHouse {
            server,
            store,
            said: 0,
        }
    }

    /// As [`EncoderHouse::new`], once a message is scored by the encoder.
    pub(crate) async fn encoded(url: &str, cache: &Path) -> EncoderHouse {
        let mut house = EncoderHouse::new(url, cache).await;
        house.until_encoded().await;
        house
    }

    /// What was answered, and what it was scored by.
    pub(crate) async fn say(&mut self, text: &str) -> (Value, Option<ScoreSource>) {
        self.said += 1;
        let conversation = chat_name(&format!("e{}", self.said));
        let answer = self.say_in(&conversation, text).await;
        let row = self.row(&conversation).await;
        (answer, row.entry.scored_by)
    }

    /// What was answered in a conversation that may have begun.
    pub(crate) async fn say_in(&mut self, conversation: &str, text: &str) -> Value {
        self.said += 1;
        let id = self.said.to_string();
        let message = json!({"conversation": conversation, "id": id, "text": text});
        let answered = reqwest::Client::new()
            .post(self.server.url("/api/v1/messages"))
            .json(&message)
            .send()
            .await
            .unwrap();
        assert_eq!(answered.status(), 200);
        answered.json().await.unwrap()
    }

    async fn row(&self, conversation: &str) -> JournalRow {
        let journal = self.store.journal();
        let rows = journal
            .search(&JournalSearch::default(), i64::MAX, 100)
            .await
            .unwrap();
        let is_it = |row: &JournalRow| row.conversation.contains(conversation);
        rows.into_iter().find(is_it).unwrap()
    }

    /// Until a message is scored by the encoder.
    pub(crate) async fn until_encoded(&mut self) {
        let begun = Instant::now();
        while self.say(PARAPHRASE).await.1 != Some(ScoreSource::Encoder) {
            assert!(begun.elapsed() < PATIENCE, "the encoder is never used");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paraphrase_is_answered_and_the_journal_says_by_what() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = tempfile::tempdir().unwrap();
    let mut house = EncoderHouse::new(&stub.url(), &folder.path().join("cache")).await;
    let (answer, scored_by) = house.say(PARAPHRASE).await;
    assert_eq!(
        (&answer["decision"], &answer["intent"]),
        (&json!("answer"), &json!("moving"))
    );
    assert_eq!(scored_by, Some(ScoreSource::Encoder));
    assert!(stub.keys().iter().all(|key| key == "Bearer CANARY-KEY"));
    // each text of the knowledge once, the message once
    let mut texts = stub.take_texts();
    let asked = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), asked);

    // an example, a button and a known message need no encoder
    let requests = stub.requests();
    house.say("小程序怎么迁移").await;
    assert_eq!(house.say(PARAPHRASE).await.1, Some(ScoreSource::Encoder));
    assert_eq!(stub.requests(), requests);

    // personal data stays here
    house.say("搬家以后给我回电13812345678行不行").await;
    let sent = stub.take_texts().concat();
    assert!(
        sent.contains("搬家以后") && !sent.contains("13812345678"),
        "{sent}"
    );
}

/// What a turn does not route, and how an asker can be reached, is nobody else's business.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_routed_is_sent() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = tempfile::tempdir().unwrap();
    let mut house = EncoderHouse::encoded(&stub.url(), &folder.path().join("cache")).await;
    stub.take_texts();
    let contacts = [
        "xiaoming_88",
        "我微信号是 xiaoming_88，下午联系我",
        "我微信号是 xiaoming_88，另外想问一下这个得搬家到哪里办",
    ];
    for (at, contact) in contacts.into_iter().enumerate() {
        let conversation = chat_name(&format!("contact{at}"));
        house.say_in(&conversation, "转人工").await;
        let answer = house.say_in(&conversation, contact).await;
        let sent = stub.take_texts();
        let said = answer["replies"][0]["text"].to_string();
        assert!(said.contains("联系方式已经记下"), "{answer}");
        let asks = contact.contains("搬家");
        assert_eq!(sent.concat().contains("搬家"), asks, "{sent:?}");
        assert!(!sent.concat().contains("xiaoming"), "{sent:?}");
        assert!(asks || sent.is_empty(), "{sent:?}");
    }
    for command in ["下一步", "帮助", "1"] {
        house.say(command).await;
        assert_eq!(stub.take_texts(), [""; 0], "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_asks_for_nothing_that_is_kept_and_a_lost_or_broken_file_costs_only_time() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    EncoderHouse::encoded(&stub.url(), &cache).await;
    let learnt = stub.take_texts().len();
    assert!(cache.metadata().unwrap().len() > 10_000);

    EncoderHouse::encoded(&stub.url(), &cache).await;
    let again = stub.take_texts();
    // the message, and one text that shows that the model is the same
    assert_eq!(again.len(), 2, "{again:?}");

    for spoil in [
        (|cache: &Path| std::fs::remove_file(cache).unwrap()) as fn(&Path),
        |cache| std::fs::write(cache, "nothing that was written here").unwrap(),
    ] {
        spoil(&cache);
        EncoderHouse::encoded(&stub.url(), &cache).await;
        assert_eq!(stub.take_texts().len(), learnt);
    }
    // where no file can be written, everything else works
    let nowhere = folder.path().join("none/cache");
    EncoderHouse::encoded(&stub.url(), &nowhere).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_serves_with_the_encoder_and_asks_for_what_is_new() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = tempfile::tempdir().unwrap();
    let mut house = EncoderHouse::encoded(&stub.url(), &folder.path().join("cache")).await;
    stub.take_texts();
    let path = house.server.folder.path().join("intents/moving.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("examples = [", "examples = [\"给小程序换个东家\", "),
    )
    .unwrap();
    let begun = Instant::now();
    while !stub
        .take_texts()
        .iter()
        .any(|text| text == "给小程序换个东家")
    {
        assert!(begun.elapsed() < PATIENCE, "the edit is never read");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.until_encoded().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_without_its_encoder_and_uses_it_once_it_is_there() {
    let port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{port}/v1");
    let mut house = EncoderHouse::new(&url, &folder.path().join("cache")).await;
    // nothing is routed with an encoder yet, and nothing says that one is missing
    assert_eq!(house.say(PARAPHRASE).await.1, None);
    let stub = Stub::at(
        std::net::TcpListener::bind(("127.0.0.1", port)).unwrap(),
        StubManner::Embeds,
    );
    house.until_encoded().await;
    assert!(stub.requests() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_is_noticed_and_its_vectors_are_asked_for() {
    for changed in [StubManner::EmbedsLonger, StubManner::EmbedsBackwards] {
        let stub = Stub::start(StubManner::Embeds);
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        EncoderHouse::encoded(&stub.url(), &cache).await;
        let learnt = stub.take_texts().len();
        // what is kept is another model's by the next start
        stub.set(changed);
        let mut house = EncoderHouse::new(&stub.url(), &cache).await;
        stays_lexical(&mut house).await;
        house.until_encoded().await;
        assert!(stub.take_texts().len() >= learnt, "{changed:?}");
    }
    // in the middle of everything
    let stub = Stub::start(StubManner::Embeds);
    let folder = tempfile::tempdir().unwrap();
    let mut house = EncoderHouse::encoded(&stub.url(), &folder.path().join("cache")).await;
    stub.set(StubManner::EmbedsLonger);
    let (answer, scored_by) = house.say("想替它搬家，该找谁").await;
    assert_eq!(scored_by, Some(ScoreSource::Lexical), "{answer}");
    house.until_encoded().await;
}

/// While the vectors of the new model are not there, no turn waits for one that nobody would read.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_vector_of_the_new_model_before_the_router_has_its_own() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = tempfile::tempdir().unwrap();
    let mut house = EncoderHouse::encoded(&stub.url(), &folder.path().join("cache")).await;
    stub.set(StubManner::EmbedsLonger);
    stays_lexical(&mut house).await;
    stub.set(StubManner::Hangs);
    // it was noticed: the knowledge is asked for
    let (begun, requests) = (Instant::now(), stub.requests());
    while stub.requests() == requests {
        assert!(begun.elapsed() < PATIENCE, "it is never noticed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for _ in 0..5 {
        stays_lexical(&mut house).await;
    }
    assert_eq!(stub.requests(), requests + 1);
}

#[tokio::test]
async fn the_column_is_in_both_databases_and_on_the_page() {
    on_both(async |database: Database| {
        let house = House::on(&database, &[]).await;
        let mut browser = house.signed_in(AccountRole::Reviewer).await;
        ask(&house, "page", "迁移要多久").await;
        let journal = house.store.journal();
        let rows = journal
            .search(&JournalSearch::default(), i64::MAX, 1)
            .await
            .unwrap();
        assert_eq!(rows[0].entry.scored_by, None);
        let path = format!("/admin/conversations/{}", rows[0].id);
        assert!(!browser.get(&path).await.body.contains("编码器"));
        for (stored, wanted) in [
            ("encoder", ScoreSource::Encoder),
            ("lexical", ScoreSource::Lexical),
        ] {
            let statement = match stored {
                "encoder" => "UPDATE journal SET scored_by = 'encoder'",
                _ => "UPDATE journal SET scored_by = 'lexical'",
            };
            database.sql(statement).await;
            let row = journal.entry(rows[0].id).await.unwrap().unwrap();
            assert_eq!(row.entry.scored_by, Some(wanted));
            let shown = browser.get(&path).await.body;
            assert!(shown.contains("编码器"), "{shown}");
            assert_eq!(shown.contains("只按字词"), stored == "lexical");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_say_what_it_does() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = tempfile::tempdir().unwrap();
    let mut house = EncoderHouse::encoded(&stub.url(), &folder.path().join("cache")).await;
    let url = house.server.url("/metrics");
    let read = async |name: &str| -> f64 {
        let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        let value = line
            .unwrap_or_else(|| panic!("{name}: {text}"))
            .rsplit(' ')
            .next();
        value.unwrap().parse().unwrap()
    };
    assert_eq!(
        read("wenlu_encoder_requests_total").await,
        stub.requests() as f64
    );
    assert_eq!(read("wenlu_encoder_failures_total").await, 0.0);
    assert_eq!(read("wenlu_encoder_circuit_open").await, 0.0);
    assert!(read("wenlu_encoder_vectors").await > 50.0);
    stub.set(StubManner::SaysNothing);
    for _ in 0..3 {
        stays_lexical(&mut house).await;
    }
    assert_eq!(read("wenlu_encoder_failures_total").await, 3.0);
    assert_eq!(read("wenlu_encoder_circuit_open").await, 1.0);
}
