//! What customers and servicers do, and what customers see.

use crate::Company;
use crate::session::SessionState;
use crate::world::{CompanyState, now};
use serde_json::{Value, json};
use std::time::Instant;

/// A message as its customer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownMessage {
    pub text: String,
    /// The items of its menu: what each stands for, and what it says.
    pub items: Vec<(String, String)>,
}

/// Somebody who writes to the account.
pub struct Customer<'a> {
    pub(crate) company: &'a Company,
    pub id: String,
}

impl Customer<'_> {
    pub async fn says(&self, text: &str) {
        self.writes("text", json!({ "content": text })).await;
    }

    /// Taps the item of a menu that was shown last and says this.
    pub async fn taps(&self, label: &str) {
        let seen = self.company.seen_by(&self.id);
        let items = seen.iter().rev().flat_map(|seen| &seen.items);
        let id = items
            .filter(|(_, own)| own == label)
            .map(|(id, _)| id.clone())
            .next();
        let id = id.unwrap_or_else(|| panic!("{label} is in no menu: {seen:?}"));
        self.writes("text", json!({ "content": label, "menu_id": id }))
            .await;
    }

    /// Sends something else than text.
    pub async fn sends(&self, kind: &str) {
        let content = match kind {
            "image" | "voice" | "video" | "file" => {
                json!({ "media_id": "2iSLeVyqzk4eX0IB5kTi9Ljfa2rt9dwfq5WKRQ4Nvvgw" })
            }
            "location" => json!({
                "latitude": 23.106, "longitude": 113.324, "name": "广州国际媒体港", "address": "海珠区",
            }),
            "link" => json!({
                "title": "标题", "desc": "描述", "url": "https://example.com", "pic_url": "https://example.com/a.png",
            }),
            "business_card" => json!({ "userid": "zhangsan" }),
            "miniprogram" => json!({
                "title": "商品", "appid": "wx0123456789abcdef", "pagepath": "pages/item", "thumb_media_id": "m",
            }),
            _ => json!({}),
        };
        self.writes(kind, content).await;
    }

    async fn writes(&self, kind: &str, content: Value) {
        self.wrote(kind, content, now());
        self.company.notify().await;
    }

    /// What they wrote `seconds` ago, of which no notice is sent.
    pub fn wrote_before(&self, text: &str, seconds: u64) {
        self.wrote("text", json!({ "content": text }), now() - seconds);
    }

    fn wrote(&self, kind: &str, content: Value, at: u64) {
        let company = self.company;
        let mut state = company.world.state();
        let session = state.sessions.entry(self.id.clone()).or_default();
        session.wrote(company.options.second);
        let mut message = json!({
            "msgid": format!("4sMS{:08}", state.next_number()),
            "open_kfid": company.options.account,
            "external_userid": self.id,
            "send_time": at,
            "origin": 3,
            "msgtype": kind,
        });
        message[kind] = content;
        state.messages.push(message);
    }

    /// Opens the conversation, from the place that `param` names; who may be welcomed gets a code.
    pub async fn enters(&self, param: &str) {
        let company = self.company;
        {
            let mut state = company.world.state();
            let code = format!("CODE{}", state.next_number());
            let until = Instant::now() + company.options.second * 20;
            let session = state.sessions.entry(self.id.clone()).or_default();
            let is_new = session.state == SessionState::Ended;
            let mut event = json!({
                "event_type": "enter_session",
                "open_kfid": company.options.account,
                "external_userid": self.id,
                "scene": "123",
                "scene_param": param,
            });
            if is_new {
                session.welcome = Some((code.clone(), until));
                event["welcome_code"] = json!(code);
            }
            happened(&mut state, event);
        }
        company.notify().await;
    }
}

impl Company {
    /// A servicer takes a customer, from the queue or from the API.
    pub async fn takes(&self, servicer: &str, customer: &str) {
        self.changes(customer, SessionState::Served, Some(servicer), 1)
            .await;
    }

    /// The servicer ends the session.
    pub async fn ends(&self, customer: &str) {
        self.changes(customer, SessionState::Ended, None, 3).await;
    }

    /// A servicer writes to a customer.
    pub async fn servicer_says(&self, servicer: &str, customer: &str, text: &str) {
        {
            let mut state = self.world.state();
            let message = json!({
                "msgid": format!("5sMS{:08}", state.next_number()),
                "open_kfid": self.options.account,
                "external_userid": customer,
                "send_time": now(),
                "origin": 5,
                "servicer_userid": servicer,
                "msgtype": "text",
                "text": { "content": text },
            });
            state.messages.push(message);
        }
        self.notify().await;
    }

    /// The platform did not deliver what it had taken.
    pub async fn fails_to_deliver(&self, customer: &str, why: i64) {
        {
            let mut state = self.world.state();
            let event = json!({
                "event_type": "msg_send_fail",
                "open_kfid": self.options.account,
                "external_userid": customer,
                "fail_msgid": "m",
                "fail_type": why,
            });
            happened(&mut state, event);
        }
        self.notify().await;
    }

    /// Something that the platform alone understands.
    pub async fn event(&self, event: Value) {
        happened(&mut self.world.state(), event);
        self.notify().await;
    }

    async fn changes(&self, customer: &str, to: SessionState, servicer: Option<&str>, kind: i64) {
        {
            let mut state = self.world.state();
            let session = state.sessions.entry(customer.to_owned()).or_default();
            session.state = to;
            session.servicer = servicer.map(str::to_owned);
            let event = json!({
                "event_type": "session_status_change",
                "open_kfid": self.options.account,
                "external_userid": customer,
                "change_type": kind,
                "old_servicer_userid": "",
                "new_servicer_userid": servicer.unwrap_or_default(),
            });
            happened(&mut state, event);
        }
        self.notify().await;
    }
}

fn happened(state: &mut CompanyState, event: Value) {
    let message = json!({
        "msgid": format!("6sMS{:08}", state.next_number()),
        "send_time": now(),
        "origin": 4,
        "msgtype": "event",
        "event": event,
    });
    state.messages.push(message);
}
