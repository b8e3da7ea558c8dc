//! `wenlu calibrate`: the calibration as a part of the knowledge, which moves only by a decision.

use crate::small::{self, printed, wenlu};
use std::path::Path;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::{Intent, Knowledge};
use wenlu_core::router::Calibration;
use wenlu_core::router::Router;
use wenlu_core::router::background::needs_background;

const FILE: &str = "intents/calibration.toml";

fn knowledge(folder: &Path) -> Knowledge {
    load(&KnowledgeSource::Folder(folder.to_owned()))
        .map_err(|e| e.render(false))
        .expect("it loads")
        .knowledge
}

fn calibrated() -> tempfile::TempDir {
    let folder = small::folder();
    assert!(printed(wenlu(folder.path(), &["calibrate", "--write"])).contains("已写入"));
    folder
}

#[test]
fn what_is_written_serves_to_the_last_bit() {
    let folder = small::folder();
    assert!(
        printed(wenlu(folder.path(), &["calibrate"])).contains("还没有 intents/calibration.toml")
    );
    assert!(!folder.path().join(FILE).exists(), "it was only looked at");
    let folder = calibrated();
    let knowledge = knowledge(folder.path());
    let saved = knowledge.calibration.clone().expect("a calibration");
    assert_eq!(Router::build(&knowledge).calibration(), saved);
    let text = std::fs::read_to_string(folder.path().join(FILE)).expect("a file");
    // the folder has no schema/ for an editor to look it up in
    let schema = "#:schema ../schema/calibration.schema.json\n";
    assert_eq!(format!("{schema}{text}"), saved.to_toml());
    std::fs::create_dir(folder.path().join("schema")).expect("a folder");
    std::fs::write(folder.path().join("schema/calibration.schema.json"), "{}").expect("written");
    printed(wenlu(folder.path(), &["calibrate", "--write"]));
    assert_eq!(
        std::fs::read_to_string(folder.path().join(FILE)).expect("a file"),
        saved.to_toml()
    );
    let json: serde_json::Value =
        serde_json::from_str(&printed(wenlu(folder.path(), &["calibrate", "--json"])))
            .expect("JSON");
    assert_eq!(
        (&json["decided_otherwise"], &json["tests"]),
        (&0.into(), &serde_json::json!([])),
        "{json}"
    );
    assert_eq!(json["saved_threshold"], json["fitted_threshold"]);
}

#[test]
fn it_stays_when_intents_come_and_go() {
    let folder = calibrated();
    let mut knowledge = knowledge(folder.path());
    let threshold = Router::build(&knowledge).threshold();
    let intent = Intent {
        id: "zoo".into(),
        title: "动物园".into(),
        examples: ["动物园几点开门", "动物园门票多少钱", "动物园能带狗吗"]
            .map(String::from)
            .into(),
        ..Intent::default()
    };
    knowledge.intents.push(intent);
    assert_eq!(Router::build(&knowledge).threshold(), threshold);
    // nor does one example more bring the everyday sentences or take them away
    assert!(needs_background(&knowledge));
    knowledge
        .out_of_scope
        .extend((0..200).map(|number| format!("第{number}句和我们无关的话")));
    assert!(needs_background(&knowledge));
    knowledge.calibration = None;
    assert!(!needs_background(&knowledge));
}

#[test]
fn check_says_when_another_would_fit_better() {
    let folder = calibrated();
    let found = |folder: &Path| {
        let printed = printed(wenlu(folder, &["check", "--json"]));
        let all: Vec<serde_json::Value> = serde_json::from_str(&printed).expect("JSON");
        all.into_iter().find(|found| found["code"] == "N612")
    };
    assert_eq!(found(folder.path()), None);
    // as if everything had been surer once
    let path = folder.path().join(FILE);
    let text = std::fs::read_to_string(&path).expect("a file");
    let line = text
        .lines()
        .find(|line| line.starts_with("threshold"))
        .expect("a threshold")
        .to_owned();
    std::fs::write(&path, text.replace(&line, "threshold = 0.999")).expect("written");
    let note = found(folder.path()).expect("a note");
    assert_eq!(note["file"], FILE);
    assert!(
        note["message"]
            .as_str()
            .is_some_and(|message| message.contains("阈值 1.00 →")),
        "{note}"
    );
    // and writing it anew settles that
    printed(wenlu(folder.path(), &["calibrate", "--write"]));
    assert_eq!(found(folder.path()), None);
}

#[test]
fn a_spoilt_file_is_named_by_line() {
    let folder = calibrated();
    let path = folder.path().join(FILE);
    let good = std::fs::read_to_string(&path).expect("a file");
    for (from, to, wanted) in [
        ("threshold = ", "threshold = -", "要大于 0，最大 1"),
        ("deviation = ", "deviation = -", "要大于 0"),
        ("bias = ", "bias = inf # ", "要是一个有限的数"),
        ("\ncoverage = {", "\ncoverages = {", "是不是 `coverage`"),
    ] {
        std::fs::write(&path, good.replacen(from, to, 1)).expect("written");
        let output = wenlu(folder.path(), &["check"]);
        assert_eq!(output.status.code(), Some(1), "{to}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            said.contains(wanted) && said.contains("intents/calibration.toml:"),
            "{to}: {said}"
        );
    }
}

#[test]
fn the_built_in_one_is_whole_and_cannot_be_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = wenlu(folder.path(), &["calibrate", "--write"]);
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("wenlu init"),
        "{output:?}"
    );
    let shipped = load(&KnowledgeSource::Embedded)
        .map_err(|e| e.render(false))
        .expect("it loads")
        .knowledge;
    let saved = shipped.calibration.expect("the shipped knowledge has one");
    assert_eq!(
        Calibration::from_saved(&saved).to_saved(saved.background),
        saved
    );
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)).expect("a file");
    assert_eq!(text, saved.to_toml());
}

#[test]
fn a_file_of_other_evidence_is_a_mistake_and_written_anew() {
    let folder = calibrated();
    let path = folder.path().join(FILE);
    let good = std::fs::read_to_string(&path).expect("a file");
    let line = good
        .lines()
        .find(|line| line.starts_with("coverage = "))
        .expect("its evidence");
    std::fs::write(&path, good.replace(&format!("{line}\n"), "")).expect("written");
    let output = wenlu(folder.path(), &["check"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.code() == Some(1) && said.contains("缺少 `coverage`"),
        "{said}"
    );
    // nothing else reads it in silence
    assert!(!wenlu(folder.path(), &["route", "转人工"]).status.success());
    let output = wenlu(folder.path(), &["calibrate", "--write"]);
    let mistakes = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        mistakes.contains("缺少 `coverage`") && mistakes.contains("intents/calibration.toml:"),
        "{mistakes}"
    );
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("有错误，不能用"),
        "{output:?}"
    );
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), good);
    // what another file lacks is for `wenlu check`
    std::fs::write(&path, "").expect("written");
    std::fs::write(folder.path().join("intents/bad.toml"), "title = 1\n").expect("written");
    assert!(
        !wenlu(folder.path(), &["calibrate", "--write"])
            .status
            .success()
    );
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), "");
}

#[test]
fn few_messages_out_of_scope_are_noted() {
    let folder = small::folder();
    let said = printed(wenlu(folder.path(), &["check", "--notes"]));
    assert!(said.contains("范围外的句子只有 6 条"), "{said}");
}
