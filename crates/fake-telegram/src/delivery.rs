//! Delivers to the bot's webhook. In: what may be sent now. Out: requests, as many at once as the webhook allows, and
//! how each ended. One delivers at a time; it ends with its webhook.

use super::record::{Answered, Delivery};
use super::state::Shared;
use super::webhook::Shipment;
use reqwest::{Client, header, redirect};
use std::sync::Arc;
use tokio::task::JoinSet;

/// How long a webhook may take to answer, in seconds.
const READ_TIMEOUT: f64 = 60.0;

/// Begins to deliver if there is a webhook to which nobody does.
pub(crate) fn ensure(shared: &Arc<Shared>) {
    let idle = shared.quietly(|state| {
        let hook = state
            .webhooks
            .current
            .as_mut()
            .filter(|hook| !hook.running)?;
        hook.running = true;
        Some(hook.generation)
    });
    if let Some(generation) = idle {
        tokio::spawn(run(shared.clone(), generation));
    }
}

async fn run(shared: Arc<Shared>, generation: u64) {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let mut changes = shared.changes();
    // When this ends, what is still on its way is cut off.
    let mut flights = JoinSet::new();
    loop {
        changes.mark_unchanged();
        let Some((shipments, later)) = shared.quietly(|state| state.next_deliveries(generation))
        else {
            return;
        };
        for shipment in shipments {
            flights.spawn(ship(shared.clone(), client.clone(), generation, shipment));
        }
        tokio::select! {
            _ = changes.changed() => {}
            Some(_) = flights.join_next() => {}
            () = shared.clock.until(later.unwrap_or(f64::MAX)) => {}
        }
    }
}

async fn ship(shared: Arc<Shared>, client: Client, generation: u64, shipment: Shipment) {
    let began = shared.clock.now();
    let mut request = client.post(&shipment.url).json(&shipment.body);
    if !shipment.secret.is_empty() {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", &shipment.secret);
    }
    let answered = async {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let wait = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|wait| wait.to_str().ok()?.parse().ok());
        response.bytes().await?;
        Ok::<_, reqwest::Error>((status, wait.unwrap_or_default()))
    };
    let (answer, retry_after) = tokio::select! {
        answered = answered => match answered {
            Ok((status, wait)) => (Answered::Status(status), wait),
            Err(error) if error.is_connect() => (Answered::Unreachable, 0),
            Err(_) => (Answered::Closed, 0),
        },
        () = shared.clock.sleep(READ_TIMEOUT) => (Answered::Timeout, 0),
    };
    shared.change(|state| {
        state.delivered(generation, shipment.update, &answer, retry_after);
        let ended = state.now();
        state.record.deliveries.push(Delivery {
            update: shipment.update,
            began,
            ended,
            answer,
        });
    });
}
