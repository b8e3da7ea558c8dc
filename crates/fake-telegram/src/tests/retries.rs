//! When a delivery that failed is tried again: the state by itself, without a network, and a clock that the test moves.

use crate::params::Params;
use crate::state::Shared;
use crate::{Answered, Fate, webhook};
use serde_json::json;
use std::time::Duration;

/// A state whose webhook may have so many connections; time passes only when a test lets it.
fn delivering(connections: usize) -> Shared {
    let shared = Shared::new(1, Duration::from_secs(1 << 40), false);
    let params =
        json!({"url": "https://bot.example.com/", "max_connections": connections.to_string()});
    let params = Params(serde_json::from_value(params).unwrap());
    shared.change(|state| webhook::set(state, &params)).unwrap();
    shared
}

fn due(shared: &Shared) -> (Vec<u32>, Option<f64>) {
    let (shipments, later) = shared.quietly(|state| state.next_deliveries(1)).unwrap();
    (
        shipments.iter().map(|shipment| shipment.update).collect(),
        later,
    )
}

fn fail(shared: &Shared, update: u32, status: u16, retry_after: u32) {
    shared.quietly(|state| state.delivered(1, update, &Answered::Status(status), retry_after));
}

fn push(shared: &Shared, life: f64) -> u32 {
    shared
        .quietly(|state| state.update("message", json!({}), life, None))
        .unwrap()
}

#[test]
fn the_delays_grow_until_the_updates_life_ends() {
    let shared = delivering(1);
    let update = push(&shared, 600.0);
    let mut waits = Vec::new();
    while let Some((ready, later)) = shared.quietly(|state| state.next_deliveries(1)) {
        if ready.is_empty() {
            let Some(later) = later else { break };
            waits.push((later - shared.clock.now()).round());
            shared.clock.advance(later - shared.clock.now() + 0.001);
        } else {
            fail(&shared, update, 500, 0);
        }
    }
    // The first retry is at once.
    assert_eq!(waits[..5], [2.0, 4.0, 8.0, 16.0, 32.0]);
    assert!((60.0..=64.0).contains(&waits[5]), "{waits:?}");
    assert!(
        waits[6..].iter().all(|wait| (60.0..=120.0).contains(wait)),
        "{waits:?}"
    );
    assert!(
        waits.len() > 8 && waits.iter().sum::<f64>() < 600.0,
        "{waits:?}"
    );
    assert_eq!(
        shared.quietly(|state| state.record.updates.count(Fate::Expired)),
        1
    );
}

#[test]
fn retry_after_is_honoured_up_to_an_hour() {
    let shared = delivering(1);
    let update = push(&shared, 86_400.0);
    assert_eq!(due(&shared), (vec![update], None));
    for (asked, wait) in [(30, 30.0), (9_999, 3_600.0)] {
        fail(&shared, update, 503, asked);
        let later = due(&shared).1.unwrap();
        assert!((later - shared.clock.now() - wait).abs() < 0.01, "{asked}");
        shared.clock.advance(wait + 0.01);
        assert_eq!(due(&shared).0, [update]);
    }
}

#[test]
fn poison_stops_everything_else() {
    let shared = delivering(2);
    let updates: Vec<u32> = (0..5).map(|_| push(&shared, 86_400.0)).collect();
    // Two connections, four updates in view.
    assert_eq!(due(&shared).0, updates[..2]);
    for poison in &updates[..4] {
        fail(&shared, *poison, 500, 0);
        due(&shared);
        fail(&shared, *poison, 500, 0);
        due(&shared);
    }
    shared.clock.advance(1.0);
    assert_eq!(due(&shared).0, [] as [u32; 0]);
    // The fifth is not even looked at until one of the four is answered 200.
    shared.clock.advance(3_600.0);
    assert_eq!(due(&shared).0.len(), 2);
    fail(&shared, updates[0], 200, 0);
    fail(&shared, updates[1], 200, 0);
    assert_eq!(due(&shared).0.len(), 2);
    fail(&shared, updates[2], 200, 0);
    assert_eq!(due(&shared).0, [updates[4]]);
}

#[test]
fn gone_for_a_day_is_gone() {
    let shared = delivering(1);
    let update = push(&shared, 200_000.0);
    for hours in [0.0, 22.0, 0.5] {
        shared.clock.advance(hours * 3_600.0);
        assert_eq!(due(&shared).0, [update]);
        fail(&shared, update, 410, 0);
    }
    shared.clock.advance(3_600.0);
    assert_eq!(due(&shared).0, [update]);
    fail(&shared, update, 410, 0);
    assert!(shared.quietly(|state| state.next_deliveries(1).is_none() && state.webhooks.current.is_none()));
    assert_eq!(shared.quietly(|state| state.record.updates.waiting()), 1);
}
