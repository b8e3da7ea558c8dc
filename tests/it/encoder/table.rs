//! A static table of vectors in this process, from outside. The tests make their own: a few pieces of
//! words, each with the topic that it stands for.

use super::{PARAPHRASE, TOPICS};
use crate::small;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use wenlu::encoder::StaticTable;
use wenlu_core::router::TextVectors;

const DIMENSIONS: usize = TOPICS.len();

/// The words of the table, each with the place of its topic.
fn words() -> Vec<(&'static str, usize)> {
    let topics = TOPICS.iter().enumerate();
    topics
        .flat_map(|(at, words)| words.iter().map(move |word| (*word, at)))
        .collect()
}

/// A tokenizer that cuts texts into these words; everything else is unknown.
fn tokenizer() -> Value {
    let words = words();
    let pieces = words.iter().map(|(word, _)| json!([word, -1.0]));
    let vocabulary: Vec<Value> = std::iter::once(json!(["<unk>", 0.0]))
        .chain(pieces)
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": null, "post_processor": null, "decoder": null,
        "model": {"type": "Unigram", "unk_id": 0, "vocab": vocabulary, "byte_fallback": false},
    })
}

/// What is said of a table, and what spoils it so.
type SpoiltTable<'a> = (&'static str, Box<dyn Fn() + 'a>);
/// A tensor: its name, type, shape and bytes.
type Tensor = (&'static str, &'static str, Vec<usize>, Vec<u8>);

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// One row for each word; the unknown one's points to a topic, which must not matter.
fn rows() -> Vec<f32> {
    let mut rows = vec![9.0; DIMENSIONS];
    for (_, topic) in words() {
        rows.extend((0..DIMENSIONS).map(|at| if at == topic { 1.0 } else { 0.0 }));
    }
    rows
}

fn embeddings() -> Tensor {
    let rows = rows();
    (
        "embeddings",
        "F32",
        vec![rows.len() / DIMENSIONS, DIMENSIONS],
        bytes_of(&rows),
    )
}

fn write_tensors(folder: &Path, tensors: &[Tensor]) {
    let (mut head, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, kind, shape, bytes) in tensors {
        let from = data.len();
        data.extend(bytes);
        let offsets = [from, data.len()];
        head.insert(
            (*name).to_owned(),
            json!({"dtype": kind, "shape": shape, "data_offsets": offsets}),
        );
    }
    let head = Value::Object(head).to_string().into_bytes();
    let whole = [&(head.len() as u64).to_le_bytes()[..], &head, &data].concat();
    std::fs::write(folder.join("model.safetensors"), whole).unwrap();
}

fn write_table(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("tokenizer.json"), tokenizer().to_string()).unwrap();
    write_tensors(folder, &[embeddings()]);
}

fn run(folder: &Path, args: &[&str]) -> Output {
    small::wenlu_with(folder, &[("WENLU_EMBEDDINGS", "table")], args)
}

#[test]
fn commands_route_with_it_in_this_process() {
    let folder = small::folder();
    write_table(&folder.path().join("table"));
    let done = run(folder.path(), &["route", PARAPHRASE]);
    let line: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&line["intent"], &line["scored_by"]),
        (&"moving".into(), &"encoder".into()),
        "{line}"
    );
    // the knowledge is Chinese
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(said.matches("静态向量表对中文").count(), 1, "{said}");
    // nothing is kept: it is all in the table
    assert!(!folder.path().join("wenlu-embeddings.cache").exists());
    let explained = run(folder.path(), &["explain", "--json", PARAPHRASE]);
    let json: Value = serde_json::from_slice(&explained.stdout).unwrap();
    assert_ne!(json["without_encoder"]["decision"], "answer");
    let found = run(folder.path(), &["doctor"]);
    let said = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(said.contains("静态向量表 table"), "{said}");

    let both = [
        ("WENLU_EMBEDDINGS", "table"),
        ("WENLU_EMBEDDINGS_URL", "http://127.0.0.1:9/v1"),
        ("WENLU_EMBEDDINGS_MODEL", "stub"),
    ];
    let both = small::wenlu_with(folder.path(), &both, &["route", "x"]);
    assert_eq!(both.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&both.stderr).contains("WENLU_EMBEDDINGS_URL"));
}

#[test]
fn a_vector_is_the_mean_of_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    write_table(folder.path());
    let of = |text: &str| {
        let table = StaticTable::load(folder.path()).unwrap();
        table.vector(text).unwrap().to_vec()
    };
    let at = |topic: usize, value: f32| {
        let mut vector = vec![0.0; DIMENSIONS];
        vector[topic] = value;
        vector
    };
    assert_eq!(of("我要搬家"), at(0, 1.0));
    let both = of("搬家openid");
    assert_eq!((both[0], both[1]), (0.5, 0.5));
    assert_eq!(of("天地玄黄"), vec![0.0; DIMENSIONS]);
    assert_eq!(of(""), vec![0.0; DIMENSIONS]);

    // newer tables have fewer rows than words, and words that count for less
    let words = words();
    let mut small = vec![9.0; DIMENSIONS];
    (0..DIMENSIONS).for_each(|topic| small.extend(at(topic, 1.0)));
    let mapping: Vec<u8> = std::iter::once(0)
        .chain(words.iter().map(|(_, topic)| 1 + *topic as i64))
        .flat_map(i64::to_le_bytes)
        .collect();
    let count = words.len() + 1;
    let weights: Vec<u8> = (0..count).flat_map(|_| 0.25f64.to_le_bytes()).collect();
    write_tensors(
        folder.path(),
        &[
            (
                "embeddings",
                "F32",
                vec![DIMENSIONS + 1, DIMENSIONS],
                bytes_of(&small),
            ),
            ("mapping", "I64", vec![count], mapping),
            ("weights", "F64", vec![count], weights),
        ],
    );
    assert_eq!(of("我要搬家"), at(0, 0.25));

    // half precision: 1.0 is 0x3c00, 0.5 is 0x3800, the smallest number 0x0001
    let mut halves = vec![0u8; 2 * rows().len()];
    let row = words.iter().position(|(word, _)| *word == "搬家").unwrap() + 1;
    let start = 2 * row * DIMENSIONS;
    halves[start..start + 6].copy_from_slice(&[0x00, 0x3c, 0x00, 0xb8, 0x01, 0x00]);
    let shape = vec![words.len() + 1, DIMENSIONS];
    write_tensors(folder.path(), &[("embeddings", "F16", shape, halves)]);
    assert_eq!(of("搬家")[..3], [1.0, -0.5, 2.0f32.powi(-24)]);
}

#[test]
fn a_broken_table_is_named_and_stops_nothing_but_a_server() {
    let folder = small::folder();
    let table = folder.path().join("table");
    let lexical = small::printed(small::wenlu(folder.path(), &["route", PARAPHRASE]));
    let (name, kind, shape, bytes) = embeddings();
    let with =
        |shape: Vec<usize>, bytes: Vec<u8>| -> Vec<Tensor> { vec![(name, kind, shape, bytes)] };
    let mut spoilt = bytes.clone();
    spoilt[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let model = table.join("model.safetensors");
    let cases: Vec<SpoiltTable<'_>> = vec![
        (
            "没有这个文件",
            Box::new(|| std::fs::remove_file(&model).unwrap()),
        ),
        (
            "没有这个文件",
            Box::new(|| std::fs::remove_dir_all(&table).unwrap()),
        ),
        (
            "不是 tokenizer.json",
            Box::new(|| std::fs::write(table.join("tokenizer.json"), "{}").unwrap()),
        ),
        (
            "safetensors",
            Box::new(|| std::fs::write(&model, "nothing").unwrap()),
        ),
        // a header of 2^60 bytes
        (
            "safetensors",
            Box::new(|| std::fs::write(&model, (1u64 << 60).to_le_bytes()).unwrap()),
        ),
        (
            "没有 embeddings",
            Box::new(|| write_tensors(&table, &[("other", kind, shape.clone(), bytes.clone())])),
        ),
        (
            "形状不对",
            Box::new(|| write_tensors(&table, &with(vec![bytes.len() / 4], bytes.clone()))),
        ),
        (
            "NaN",
            Box::new(|| write_tensors(&table, &with(shape.clone(), spoilt.clone()))),
        ),
        (
            "词比行多",
            Box::new(|| {
                write_tensors(
                    &table,
                    &with(vec![1, DIMENSIONS], bytes[..4 * DIMENSIONS].to_vec()),
                )
            }),
        ),
        (
            "类型",
            Box::new(|| {
                write_tensors(
                    &table,
                    &[("embeddings", "U8", vec![1, DIMENSIONS], vec![0; DIMENSIONS])],
                )
            }),
        ),
    ];
    for (wanted, spoil) in cases {
        let _ = std::fs::remove_dir_all(&table);
        write_table(&table);
        spoil();
        let done = run(folder.path(), &["route", PARAPHRASE]);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(
            said.contains(wanted) && said.contains("table"),
            "{wanted}: {said}"
        );
        assert_eq!(String::from_utf8_lossy(&done.stdout), lexical, "{wanted}");
        let served = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(served.status.code(), Some(1), "{wanted}");
        assert!(
            String::from_utf8_lossy(&served.stderr).contains(wanted),
            "{wanted}"
        );
        let found = run(folder.path(), &["doctor"]);
        assert!(
            String::from_utf8_lossy(&found.stdout).contains(wanted),
            "{wanted}"
        );
    }
}
