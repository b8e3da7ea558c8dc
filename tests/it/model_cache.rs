//! Models that are kept between starts: to the bit what training gives, never another knowledge's, and no start fails
//! because of them.

use crate::server::{Server, chat_name};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::files::{DataFiles, validate_files};
use wenlu_core::router::{ModelCache, ModelKey, Router};

/// Keeps models in memory, and counts what was asked for and there.
#[derive(Default)]
struct CountingCache {
    models: Mutex<HashMap<ModelKey, Vec<u8>>>,
    found: Mutex<usize>,
}

impl ModelCache for CountingCache {
    fn load(&self, key: &ModelKey) -> Option<Vec<u8>> {
        let found = self.models.lock().unwrap().get(key).cloned();
        *self.found.lock().unwrap() += usize::from(found.is_some());
        found
    }

    fn save(&self, key: &ModelKey, model: &[u8]) {
        self.models.lock().unwrap().insert(*key, model.to_vec());
    }
}

fn shipped() -> DataFiles {
    KnowledgeSource::Embedded.files()
}

fn knowledge(files: &DataFiles) -> Knowledge {
    match validate_files(files) {
        Ok(loaded) => loaded.knowledge,
        Err(error) => panic!("{error}"),
    }
}

/// What is decided about the held-out messages; about every thirtieth all numbers.
fn routings(knowledge: &Knowledge, router: &Router) -> Vec<String> {
    let rows = include_str!("../held-out.tsv").lines().skip(1);
    let texts = rows.filter_map(|row| row.split('\t').next()).enumerate();
    let routed = texts.map(|(at, text)| match at % 30 {
        0 => format!("{:?}", router.explain(knowledge, text)),
        _ => format!("{:?}", router.route(text)),
    });
    routed.collect()
}

#[test]
fn a_kept_model_decides_to_the_bit_like_a_trained_one() {
    let without_calibration = shipped().with([("intents/calibration.toml", None)]);
    for files in [shipped(), without_calibration] {
        let knowledge = knowledge(&files);
        let cache = CountingCache::default();
        let trained = Router::build_cached(&knowledge, &cache);
        let kept = Router::build_cached(&knowledge, &cache);
        assert_eq!(*cache.found.lock().unwrap(), 1);
        let wanted = routings(&knowledge, &Router::build(&knowledge));
        assert!(wanted.len() > 400);
        assert_eq!(routings(&knowledge, &trained), wanted);
        assert_eq!(routings(&knowledge, &kept), wanted);
        assert_eq!(kept.calibration(), trained.calibration());
    }
}

/// What an edit makes of a file's text.
type TextEdit = Box<dyn Fn(&str) -> String>;

/// One file of each kind that the router reads.
fn edits() -> Vec<(&'static str, TextEdit)> {
    let put = |before: &'static str, after: &'static str| -> TextEdit {
        Box::new(move |text: &str| {
            assert!(text.contains(before), "no {before}");
            text.replacen(before, after, 1)
        })
    };
    vec![
        (
            "intents/appeal.toml",
            put("examples = [", "examples = [\"我要申辩一下这事\","),
        ),
        (
            "intents/appeal.toml",
            put("被投诉、被处罚后申诉", "被投诉后怎么解封"),
        ),
        (
            "intents/out-of-scope.toml",
            put("examples = [", "examples = [\"小程序备案多久\","),
        ),
        (
            "intents/lexicon.toml",
            put("\"审合\"]", "\"审合\", \"变不变\"]"),
        ),
        (
            "intents/lexicon.toml",
            put("filler = [", "filler = [\"迁移之后\","),
        ),
        (
            "intents/calibration.toml",
            put("threshold = 0.", "threshold = 0.0"),
        ),
    ]
}

#[test]
fn no_edit_of_a_file_that_training_reads_meets_the_model_of_before() {
    let cache = CountingCache::default();
    let shipped_knowledge = knowledge(&shipped());
    let before = routings(
        &shipped_knowledge,
        &Router::build_cached(&shipped_knowledge, &cache),
    );
    let mut texts: Vec<(&str, String)> = Vec::new();
    for (path, edit) in edits() {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        texts.push((path, edit(&text)));
    }
    for (path, text) in &texts {
        let edited = knowledge(&shipped().with([(*path, Some(text.as_str()))]));
        let wanted = routings(&edited, &Router::build(&edited));
        assert_ne!(
            wanted, before,
            "{path}: an edit that changes nothing tests nothing"
        );
        let cached = routings(&edited, &Router::build_cached(&edited, &cache));
        assert_eq!(cached, wanted, "{path}");
    }
    assert_eq!(*cache.found.lock().unwrap(), 0);
    // what is no part of training is not trained again
    let reply = "content/zh/appeal.md";
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(reply)).unwrap();
    let reworded = shipped().with([(reply, Some(format!("{text}\n另外一句。\n").as_str()))]);
    Router::build_cached(&knowledge(&reworded), &cache);
    assert_eq!(*cache.found.lock().unwrap(), 1);
}

#[test]
fn bytes_that_are_no_model_are_not_used() {
    let knowledge = load(&KnowledgeSource::Embedded).unwrap().knowledge;
    let cache = CountingCache::default();
    let wanted = Router::build_cached(&knowledge, &cache).route("小程序怎么迁移");
    let whole = cache
        .models
        .lock()
        .unwrap()
        .values()
        .next()
        .unwrap()
        .clone();
    let mut torn =
        [0, 1, 7, 200, whole.len() / 2, whole.len() - 1].map(|end| whole[..end].to_vec());
    torn[0] = [whole.as_slice(), b"more"].concat();
    for bytes in torn {
        cache
            .models
            .lock()
            .unwrap()
            .values_mut()
            .for_each(|model| model.clone_from(&bytes));
        let router = Router::build_cached(&knowledge, &cache);
        assert_eq!(router.route("小程序怎么迁移"), wanted);
        // and are replaced
        assert_eq!(
            *cache.models.lock().unwrap().values().next().unwrap(),
            whole
        );
    }
}

fn models(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

async fn answer(server: &Server) -> Value {
    let asked = json!({"conversation": chat_name("model"), "id": fastrand::u64(..).to_string(), "text": "小程序迁移后openid变吗"});
    let client = reqwest::Client::new();
    let answered = client
        .post(server.url("/api/v1/messages"))
        .json(&asked)
        .send()
        .await
        .unwrap();
    answered.json().await.unwrap()
}

#[tokio::test]
async fn a_server_keeps_its_model_beside_the_store_and_survives_a_broken_one() {
    let server = Server::start(&[]).await;
    let folder = server.folder.path().join("test.db-models");
    let wanted = answer(&server).await["intent"].clone();
    assert_eq!(wanted, "move");
    let [model] = &models(&folder)[..] else {
        panic!("{:?}", models(&folder))
    };
    let whole = fs::read(model).unwrap();
    let server = server.restart(async {}).await;
    assert_eq!(answer(&server).await["intent"], wanted);
    assert_eq!(models(&folder), std::slice::from_ref(model));
    let server = server
        .restart(async { fs::write(model, &whole[..whole.len() - 9]).unwrap() })
        .await;
    assert_eq!(answer(&server).await["intent"], wanted);
    assert_eq!(
        fs::read(model).unwrap(),
        whole,
        "the broken one was replaced"
    );
    // a file where the folder should be is no reason not to start
    let meanwhile = async {
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "no folder").unwrap();
    };
    let server = server.restart(meanwhile).await;
    assert_eq!(answer(&server).await["intent"], wanted);
    let meanwhile = async { fs::remove_file(&folder).unwrap() };
    let server = server
        .restart_with(&[("WENLU_MODEL_CACHE", "off")], meanwhile)
        .await;
    assert_eq!(answer(&server).await["intent"], wanted);
    assert!(!folder.exists());
}
