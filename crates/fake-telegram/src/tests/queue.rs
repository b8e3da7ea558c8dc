//! The update queue by itself: numbers, lives, limits.

use crate::queue::{Fate, Lane, MOST, Queue};
use fastrand::Rng;
use serde_json::json;

const DAY: f64 = 86_400.0;

struct Pushing {
    queue: Queue,
    rng: Rng,
}

impl Pushing {
    fn new() -> Pushing {
        Pushing {
            queue: Queue::default(),
            rng: Rng::with_seed(7),
        }
    }

    fn push(&mut self, kind: &str, now: f64) -> Option<u32> {
        self.queue.push(
            kind,
            json!({}),
            now + DAY,
            Some(Lane::Messages(1)),
            now,
            &mut self.rng,
        )
    }

    fn ids(&mut self, offset: i64, now: f64) -> Vec<u32> {
        let updates = self.queue.get(offset, 100, now);
        updates
            .iter()
            .map(|update| update["update_id"].as_u64().unwrap() as u32)
            .collect()
    }
}

#[test]
fn numbers_follow_each_other_until_a_week_is_idle() {
    let mut pushing = Pushing::new();
    let first = pushing.push("message", 0.0).unwrap();
    assert!((2_000_001..=1_000_000_000).contains(&first), "{first}");
    assert_eq!(pushing.push("message", 6.9 * DAY), Some(first + 1));
    let afresh = pushing.push("message", 14.0 * DAY).unwrap();
    assert!(
        (2_000_001..=1_000_000_000).contains(&afresh) && afresh != first + 2,
        "{afresh}"
    );
    let other = Rng::with_seed(8).u32(2_000_001..=1_000_000_000);
    assert_ne!(first, other, "another seed, another beginning");
}

#[test]
fn offsets() {
    let mut pushing = Pushing::new();
    assert!(pushing.ids(0, 0.0).is_empty());
    let first = pushing.push("message", 0.0).unwrap();
    for _ in 1..5 {
        pushing.push("message", 0.0);
    }
    let from = |offset: u32| (offset..first + 5).collect::<Vec<_>>();
    let at = |offset: u32| i64::from(offset);
    assert_eq!(pushing.ids(0, 0.0), from(first));
    // From far behind nothing is forgotten.
    assert_eq!(pushing.ids(1, 0.0), from(first));
    // Ten beyond the next number is still believed, eleven is ignored and reads from the head.
    assert_eq!(pushing.ids(at(first + 5 + 11), 0.0), from(first));
    assert_eq!(pushing.ids(at(first + 1), 0.0), from(first + 1));
    assert_eq!(pushing.queue.count(Fate::Acknowledged), 1);
    // What was forgotten stays so, whoever asks for it.
    assert_eq!(pushing.ids(at(first), 0.0), from(first + 1));
    assert_eq!(pushing.ids(-2, 0.0), from(first + 3));
    assert_eq!(
        (pushing.queue.count(Fate::Dropped), pushing.queue.waiting()),
        (2, 2)
    );
    assert!(pushing.ids(at(first + 5 + 10), 0.0).is_empty());
    assert_eq!(pushing.queue.waiting(), 0);
}

#[test]
fn lives_and_limits() {
    let mut pushing = Pushing::new();
    let first = pushing.push("message", 0.0).unwrap();
    pushing.push("message", 10.0);
    assert_eq!(pushing.ids(0, DAY).len(), 2);
    assert_eq!(pushing.ids(0, DAY + 5.0), [first + 1]);
    assert_eq!(pushing.queue.log[&first].fate, Fate::Expired);
    for _ in 1..MOST {
        pushing.push("message", DAY + 5.0);
    }
    assert_eq!(
        (pushing.queue.waiting(), pushing.push("message", DAY + 5.0)),
        (MOST, None)
    );
    pushing.ids(i64::from(first) + 2, DAY + 5.0);
    assert!(pushing.push("message", DAY + 5.0).is_some());
    // 128 MiB are the other limit.
    let mut rng = Rng::with_seed(1);
    let mut queue = Queue::default();
    let long = json!("a".repeat(1 << 20));
    let pushed = (0..200)
        .filter_map(|_| queue.push("message", long.clone(), DAY, None, 0.0, &mut rng))
        .count();
    assert_eq!(pushed, 127);
}

#[test]
fn only_what_is_allowed_is_queued() {
    let mut pushing = Pushing::new();
    let mut queued = |list: Option<&str>| {
        pushing.queue.allow(list);
        let kinds = [
            "message",
            "callback_query",
            "chat_member",
            "quantum_message",
        ];
        kinds
            .iter()
            .filter(|kind| pushing.push(kind, 0.0).is_some())
            .copied()
            .collect::<Vec<_>>()
    };
    let default = ["message", "callback_query", "quantum_message"];
    assert_eq!(queued(None), default);
    assert_eq!(
        queued(Some("[\"Message\",\"chat_member\",\"nonsense\"]")),
        ["message", "chat_member", "quantum_message"]
    );
    // Nothing, and what cannot be read, change nothing; an empty list is the default.
    assert_eq!(queued(None), ["message", "chat_member", "quantum_message"]);
    assert_eq!(
        queued(Some("message")),
        ["message", "chat_member", "quantum_message"]
    );
    assert_eq!(queued(Some("[]")), default);
}
