//! `setWebhook`, `deleteWebhook`, `getWebhookInfo`, and what is to be delivered next. In: parameters, and how deliveries
//! ended. Out: a webhook, and the updates that may go out now. Sends nothing itself.

use super::failure::{Done, Failure, Outcome};
use super::params::Params;
use super::queue::{Fate, Lane};
use super::record::Answered;
use super::state::State;
use reqwest::Url;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

const PORTS: [u16; 4] = [443, 80, 88, 8_443];
/// Bytes of the secret.
const LONGEST_SECRET: usize = 256;
/// Connections unless set.
const CONNECTIONS: i64 = 40;
/// The longest delay before a retry is drawn from this to its double, in seconds.
const LONGEST_DELAY: f64 = 60.0;
/// The longest `Retry-After` of a webhook that is honoured, in seconds.
const LONGEST_RETRY_AFTER: u32 = 3_600;
/// A webhook that says 410 for so many seconds is removed.
const GONE: f64 = 23.0 * 3_600.0;
/// Where nobody listens is tried again after so many seconds.
const UNREACHABLE: f64 = 1.0;

#[derive(Default)]
pub struct Webhooks {
    pub current: Option<Webhook>,
    /// Where to deliver in place of the registered address.
    pub instead: Option<String>,
    /// Counts the webhooks there have been.
    generation: u64,
    next_set: f64,
}

#[derive(Clone)]
pub struct Webhook {
    pub generation: u64,
    /// Whether somebody delivers.
    pub running: bool,
    url: String,
    secret: String,
    connections: usize,
    loaded: BTreeMap<u32, Loaded>,
    /// The first number that is not loaded yet.
    next: u32,
    /// Unix time and words of the last failure.
    error: Option<(i64, String)>,
    gone_since: Option<f64>,
}

/// An update on its way.
#[derive(Clone)]
struct Loaded {
    lane: Lane,
    delay: f64,
    due: f64,
    failures: usize,
    in_flight: bool,
}

/// One request to make.
pub struct Shipment {
    pub update: u32,
    pub url: String,
    pub secret: String,
    pub body: Value,
}

pub(crate) fn set(state: &mut State, params: &Params) -> Outcome {
    let Some(url) = params.get("url") else {
        return delete(state, params);
    };
    let now = state.now();
    if now < state.webhooks.next_set {
        return Err(Failure::too_many(1));
    }
    state.webhooks.next_set = now + 1.0;
    let secret = params.get("secret_token").unwrap_or_default();
    let connections = params.integer("max_connections", CONNECTIONS, 1, 100) as usize;
    let drop = params.flag("drop_pending_updates");
    let same = |hook: &Webhook| {
        hook.url == url && hook.secret == secret && hook.connections == connections
    };
    if state.webhooks.current.as_ref().is_some_and(same) && !drop {
        state.record.updates.allow(params.get("allowed_updates"));
        return Ok(Done {
            result: json!(true),
            remark: Some("Webhook is already set"),
        });
    }
    state.polling.end();
    // The old one is closed before the new one is looked at.
    state.webhooks.current = None;
    if drop {
        state.record.updates.drop_but(0);
    }
    check_url(url)?;
    if secret.len() > LONGEST_SECRET {
        return Err(Failure::bad("secret token is too long"));
    }
    if !secret
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    {
        return Err(Failure::bad("secret token contains unallowed characters"));
    }
    check_address(url)?;
    state.record.updates.allow(params.get("allowed_updates"));
    state.webhooks.generation += 1;
    state.webhooks.current = Some(Webhook {
        generation: state.webhooks.generation,
        running: false,
        url: url.to_owned(),
        secret: secret.to_owned(),
        connections,
        loaded: BTreeMap::new(),
        next: 0,
        error: None,
        gone_since: None,
    });
    Ok(Done {
        result: json!(true),
        remark: Some("Webhook was set"),
    })
}

pub(crate) fn delete(state: &mut State, params: &Params) -> Outcome {
    if params.flag("drop_pending_updates") {
        state.record.updates.drop_but(0);
    }
    let remark = match state.webhooks.current.take() {
        Some(_) => "Webhook was deleted",
        None => "Webhook is already deleted",
    };
    Ok(Done {
        result: json!(true),
        remark: Some(remark),
    })
}

pub(crate) fn info(state: &State) -> Outcome {
    let hook = state.webhooks.current.as_ref();
    let mut info = json!({
        "url": hook.map_or("", |hook| &hook.url),
        "has_custom_certificate": false,
        "pending_update_count": state.record.updates.waiting(),
    });
    if let Some(hook) = hook {
        if let Some((date, words)) = &hook.error {
            info["last_error_date"] = (*date).into();
            info["last_error_message"] = words.as_str().into();
        }
        info["max_connections"] = hook.connections.into();
    }
    if let Some(allowed) = &state.record.updates.allowed {
        info["allowed_updates"] = allowed.iter().cloned().collect();
    }
    Ok(info.into())
}

/// What can be no address at all; without a scheme it is https.
fn check_url(url: &str) -> Result<(), Failure> {
    let wrong = || Failure::bad("invalid webhook URL specified");
    let url = parse(url).ok_or_else(wrong)?;
    (["http", "https"].contains(&url.scheme()) && url.has_host())
        .then_some(())
        .ok_or_else(wrong)
}

/// What is an address, but not one that Telegram connects to.
fn check_address(url: &str) -> Result<(), Failure> {
    let bad = |reason: &str| Failure::bad(format!("bad webhook: {reason}"));
    let Some(url) = parse(url).filter(|url| url.scheme() == "https") else {
        return Err(bad("An HTTPS URL must be provided for webhook"));
    };
    if !PORTS.contains(&url.port_or_known_default().unwrap_or_default()) {
        return Err(bad(
            "Webhook can be set up only on ports 80, 88, 443 or 8443",
        ));
    }
    match url.host_str().and_then(|host| host.parse::<IpAddr>().ok()) {
        Some(IpAddr::V4(ip)) if ip.is_loopback() || ip.is_private() || ip.is_link_local() => {
            Err(bad(&format!("IP address {ip} is reserved")))
        }
        _ => Ok(()),
    }
}

fn parse(url: &str) -> Option<Url> {
    let full = if url.contains("://") {
        url.to_owned()
    } else {
        format!("https://{url}")
    };
    Url::parse(&full).ok()
}

impl State {
    /// What may be sent now to this webhook, and when to ask again; `None` when it is no longer the bot's.
    pub fn next_deliveries(&mut self, generation: u64) -> Option<(Vec<Shipment>, Option<f64>)> {
        let now = self.now();
        let instead = self.webhooks.instead.clone();
        let hook = self
            .webhooks
            .current
            .as_mut()
            .filter(|hook| hook.generation == generation)?;
        let updates = &mut self.record.updates;
        updates.forget_expired_unless(now, |id| hook.loaded.contains_key(&id));
        // No more than this is looked at: when all of it fails, nothing else is delivered.
        let room = 2 * hook.connections - hook.loaded.len();
        for update in updates.after(hook.next).take(room) {
            let loaded = Loaded {
                lane: update.lane,
                delay: 1.0,
                due: now,
                failures: 0,
                in_flight: false,
            };
            hook.loaded.insert(update.id, loaded);
            hook.next = update.id + 1;
        }
        let mut lanes = BTreeSet::new();
        let mut heads: Vec<(f64, u32)> = Vec::new();
        let mut in_flight = 0;
        for (id, loaded) in &hook.loaded {
            in_flight += usize::from(loaded.in_flight);
            if lanes.insert(loaded.lane) && !loaded.in_flight {
                heads.push((loaded.due, *id));
            }
        }
        heads.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (ready, later): (Vec<_>, Vec<_>) = heads.into_iter().partition(|(due, _)| *due <= now);
        let mut shipments = Vec::new();
        for (_, id) in ready.into_iter().take(hook.connections - in_flight) {
            if let Some(loaded) = hook.loaded.get_mut(&id) {
                loaded.in_flight = true;
            }
            let url = address(&hook.url, instead.as_deref());
            let body = updates.log[&id].body.clone();
            shipments.push(Shipment {
                update: id,
                url,
                secret: hook.secret.clone(),
                body,
            });
        }
        Some((shipments, later.first().map(|(due, _)| *due)))
    }

    /// A delivery ended; `retry_after` is what the webhook asked for, in seconds.
    pub fn delivered(&mut self, generation: u64, update: u32, answer: &Answered, retry_after: u32) {
        let (now, unix) = (self.now(), self.clock.unix());
        let longest = LONGEST_DELAY * (1.0 + self.rng.f64());
        let expires = self.record.updates.log[&update].expires;
        let Some(hook) = self
            .webhooks
            .current
            .as_mut()
            .filter(|hook| hook.generation == generation)
        else {
            return;
        };
        let gone = *answer == Answered::Status(410);
        hook.gone_since = if gone {
            hook.gone_since.or(Some(now))
        } else {
            None
        };
        if let Answered::Status(200..300) = answer {
            hook.loaded.remove(&update);
            self.record.updates.forget(update, Fate::Acknowledged);
            return;
        }
        hook.error = Some((unix, words(answer)));
        if hook.gone_since.is_some_and(|since| now > since + GONE) {
            self.webhooks.current = None;
            return;
        }
        let Some(loaded) = hook.loaded.get_mut(&update) else {
            return;
        };
        loaded.in_flight = false;
        let retry_after = f64::from(retry_after.min(LONGEST_RETRY_AFTER));
        let wait = match answer {
            Answered::Unreachable => UNREACHABLE,
            _ if retry_after > 0.0 => retry_after,
            _ if loaded.failures == 0 => 0.0,
            _ => {
                loaded.delay = longest.min(loaded.delay * 2.0);
                loaded.delay
            }
        };
        loaded.failures += usize::from(*answer != Answered::Unreachable);
        loaded.due = now + wait;
        if loaded.due > expires {
            hook.loaded.remove(&update);
            self.record.updates.forget(update, Fate::Expired);
        }
    }
}

/// The registered address, or the same path elsewhere.
fn address(registered: &str, instead: Option<&str>) -> String {
    let Some(url) = parse(registered) else {
        return registered.to_owned();
    };
    let query = url
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    instead.map_or(url.to_string(), |base| {
        format!("{}{}{query}", base.trim_end_matches('/'), url.path())
    })
}

fn words(answer: &Answered) -> String {
    match answer {
        Answered::Status(code) => {
            let reason = reqwest::StatusCode::from_u16(*code)
                .ok()
                .and_then(|status| status.canonical_reason());
            format!(
                "Wrong response from the webhook: {code} {}",
                reason.unwrap_or_default()
            )
        }
        Answered::Unreachable => "Connection refused".to_owned(),
        Answered::Closed => "Webhook connection closed".to_owned(),
        Answered::Timeout => "Read timeout expired".to_owned(),
    }
}
