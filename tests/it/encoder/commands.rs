//! Commands with an encoder.

use super::PARAPHRASE;
use super::stub::{Stub, StubManner};
use crate::small;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

fn run(folder: &Path, url: &str, args: &[&str]) -> Output {
    let values = [
        ("WENLU_EMBEDDINGS_URL", url),
        ("WENLU_EMBEDDINGS_MODEL", "stub"),
    ];
    small::wenlu_with(folder, &values, args)
}

fn printed(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn commands_route_explain_check_and_evaluate_with_it() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = small::folder();
    let at = |args: &[&str]| run(folder.path(), &stub.url(), args);
    let line: Value = serde_json::from_str(&printed(&at(&["route", PARAPHRASE]))).unwrap();
    assert_eq!(
        (&line["intent"], &line["scored_by"]),
        (&"moving".into(), &"encoder".into())
    );
    assert!(folder.path().join("wenlu-embeddings.cache").is_file());
    let learnt = stub.take_texts().len();

    let shown = printed(&at(&["explain", PARAPHRASE]));
    assert!(
        shown.contains("编码器") && shown.contains("没有编码器"),
        "{shown}"
    );
    let json: Value =
        serde_json::from_str(&printed(&at(&["explain", "--json", PARAPHRASE]))).unwrap();
    assert_eq!(json["routing"]["scored_by"], "encoder");
    assert_ne!(json["without_encoder"]["decision"], "answer");
    let families = json["classes"][0]["families"].as_array().unwrap();
    assert!(families.iter().any(|family| family["family"] == "encoder"));

    printed(&at(&["check"]));
    let messages = format!("utterance\tintent\n{PARAPHRASE}\tmoving\n今天股票涨停了\tnone\n");
    std::fs::write(folder.path().join("messages.tsv"), messages).unwrap();
    let report = printed(&at(&["eval", "--data", "messages.tsv", "--json"]));
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["messages"], 2, "{report}");
    // of the knowledge nothing was asked again but the probe
    assert!(stub.take_texts().len() < learnt / 2);
    printed(&at(&["eval", "--cross-validate", "--json"]));
}

#[test]
fn commands_say_once_that_it_is_not_there_and_go_on_without() {
    let folder = small::folder();
    let failed = run(
        folder.path(),
        "http://127.0.0.1:9/v1",
        &["route", PARAPHRASE],
    );
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!(said.matches("连不上编码器").count(), 1, "{said}");
    let without = small::printed(small::wenlu(folder.path(), &["route", PARAPHRASE]));
    assert_eq!(printed(&failed), without);
    assert!(!without.contains("scored_by"), "{without}");

    let url = [("WENLU_EMBEDDINGS_URL", "http://127.0.0.1:9/v1")];
    let nameless = small::wenlu_with(folder.path(), &url, &["route", "x"]);
    assert_eq!(nameless.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nameless.stderr).contains("WENLU_EMBEDDINGS_MODEL"));
}

/// The numbers of an evaluation need no telephone number of anybody.
#[test]
fn what_people_wrote_is_masked_and_asked_for_together() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = small::folder();
    let mut messages = "utterance\tintent\n".to_owned();
    for digit in 0..10 {
        messages += &format!("搬家以后给我回电1381234567{digit}\tmoving\n");
    }
    messages += "发到 ming.li@example.com 说说怎么搬家\tmoving\n";
    std::fs::write(folder.path().join("messages.tsv"), messages).unwrap();
    let evaluate = ["eval", "--data", "messages.tsv", "--json"];
    printed(&run(folder.path(), &stub.url(), &evaluate));
    let sent = stub.take_texts().concat();
    assert!(sent.contains("搬家以后") && !sent.contains("1381234567"));
    // what reads otherwise once it is masked is not asked for at all
    assert!(!sent.contains("example com"));

    // the folds of a cross-validation share one encoder, which is asked over one connection
    let url = stub.url();
    printed(&run(
        folder.path(),
        &url,
        &["route", "我在13812345678等搬家"],
    ));
    printed(&run(
        folder.path(),
        &url,
        &["explain", "我在13812345678等搬家"],
    ));
    stub.take_connections();
    printed(&run(
        folder.path(),
        &url,
        &["eval", "--cross-validate", "--json"],
    ));
    assert!(stub.take_connections() <= 1);
    assert!(!stub.take_texts().concat().contains("13812345678"));
}

#[test]
fn the_doctor_says_whether_it_answers_and_with_which_vectors() {
    let stub = Stub::start(StubManner::Embeds);
    let folder = small::folder();
    let said = |url: &str| {
        let found = run(folder.path(), url, &["doctor"]);
        String::from_utf8(found.stdout).unwrap()
    };
    let well = said(&stub.url());
    assert!(well.contains("每个向量 16 个数"), "{well}");
    stub.set(StubManner::EmbedsLonger);
    let other = said(&stub.url());
    assert!(other.contains("换了模型"), "{other}");
    // one that hangs holds up nothing else
    stub.set(StubManner::Hangs);
    let begun = std::time::Instant::now();
    let hangs = said(&stub.url());
    assert!(
        hangs.contains("没有及时回答") && hangs.contains("测试都通过"),
        "{hangs}"
    );
    assert!(begun.elapsed() < std::time::Duration::from_secs(30));
}
