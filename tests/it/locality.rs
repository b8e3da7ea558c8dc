//! An edit changes what it is about, and nothing else: some seeded edits of the shipped knowledge. `cargo bench --bench
//! locality` has all of them.

#[path = "../../benches/locality/edits.rs"]
mod edits;

use edits::{Disturbance, SeededEdit, TopicFile};
use std::sync::LazyLock;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::eval::read_tsv;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;

struct Base {
    knowledge: Knowledge,
    messages: Vec<String>,
    before: Vec<edits::Observed>,
}

static BASE: LazyLock<Base> = LazyLock::new(|| {
    let knowledge = load(&KnowledgeSource::Embedded)
        .map_err(|e| e.render(false))
        .expect("it loads")
        .knowledge;
    let held_out = read_tsv(include_str!("../held-out.tsv")).expect("the file reads");
    let messages = edits::messages(&knowledge, held_out.into_iter().map(|row| row.text));
    let before = edits::observe(&Router::build(&knowledge), &messages);
    Base {
        knowledge,
        messages,
        before,
    }
});

fn disturbance(edit: &SeededEdit) -> Disturbance {
    edits::disturbance(
        &BASE.knowledge,
        edit,
        &Router::build(&edit.after),
        &BASE.before,
        &BASE.messages,
    )
}

fn topics() -> Vec<edits::Topic> {
    toml::from_str::<TopicFile>(include_str!("../../benches/locality/topics.toml"))
        .expect("topics")
        .topic
}

/// All of several edits together, as the bench counts them.
#[track_caller]
fn assert_local(edits: &[SeededEdit]) {
    let (mut compared, mut moved, mut changed) = (0, Vec::new(), Vec::new());
    for edit in edits {
        let found = disturbance(edit);
        assert_eq!(found.broken, [], "{}: {}", edit.kind, edit.name);
        assert!(
            found.far.is_empty(),
            "{}: {}: {}",
            edit.kind,
            edit.name,
            found.far[0].text
        );
        compared += found.compared;
        moved.extend(found.moved);
        changed.extend(
            found
                .changed
                .into_iter()
                .map(|c| format!("{}: {}: {:?} -> {:?}", edit.name, c.text, c.before, c.after)),
        );
    }
    moved.sort_by(f64::total_cmp);
    assert!(
        moved[moved.len() * 95 / 100] <= 0.005,
        "{}",
        moved[moved.len() * 95 / 100]
    );
    // all edits of the bench come to less than one of 4,000; of a few edits some message is always at its bound
    assert!(changed.len() <= 1 + compared / 1_000, "{changed:?}");
}

#[test]
fn a_new_topic_leaves_the_others_as_they_are() {
    let topics = topics();
    let edit = |(number, topic): (usize, &edits::Topic)| {
        let examples = [5, 10, 15][number % 3];
        let id = if number == 0 {
            format!("a-{}", topic.id)
        } else {
            topic.id.clone()
        };
        let after = edits::with_topic(&BASE.knowledge, topic, examples, &id);
        SeededEdit {
            kind: "a topic",
            name: id.clone(),
            after,
            about: vec![id],
        }
    };
    let strange = [
        "city-service-entry",
        "red-packet-cover",
        "sticker-shop",
        "dark-mode",
        "express-helper",
    ];
    let picked: Vec<_> = topics
        .iter()
        .filter(|topic| strange.contains(&topic.id.as_str()))
        .collect();
    assert_eq!(picked.len(), strange.len());
    assert_local(&picked.into_iter().enumerate().map(edit).collect::<Vec<_>>());
}

#[test]
fn wordings_that_come_and_go_leave_other_intents_as_they_are() {
    let mut random = fastrand::Rng::with_seed(11);
    assert_local(&edits::edits_of_shipped(&BASE.knowledge, 5, &mut random));
}

#[test]
fn another_order_and_another_file_name_change_no_decision() {
    let mut random = fastrand::Rng::with_seed(3);
    let base = &BASE.knowledge;
    let ordered = edits::in_another_order(base, &mut random);
    let id = edits::answers(base)[0].id.clone();
    let (name, renamed) = (
        format!("zz-{id}"),
        edits::renamed(base, &id, &format!("zz-{id}")),
    );
    for edit in [
        SeededEdit {
            kind: "order",
            name: "order".into(),
            after: ordered,
            about: Vec::new(),
        },
        SeededEdit {
            kind: "name",
            name: name.clone(),
            after: renamed,
            about: vec![id, name],
        },
    ] {
        let found = disturbance(&edit);
        assert_eq!(
            (found.changed.len(), found.broken.len()),
            (0, 0),
            "{}",
            edit.kind
        );
        assert!(
            found.moved.iter().all(|moved| *moved <= 0.03),
            "{}",
            edit.kind
        );
    }
}
