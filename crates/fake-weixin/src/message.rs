//! What askers do, as the platform writes it down.

use crate::Platform;
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};

/// Somebody who writes to the account.
pub struct Asker<'a> {
    pub(crate) platform: &'a Platform,
    pub openid: String,
}

/// A message or an event: its fields in their order. A text is CDATA in XML, a number is not.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub asker: String,
    pub account: String,
    pub fields: Vec<(String, Body)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Text(String),
    Number(u64),
    /// A list inside a field, in XML only.
    Raw(String),
}

impl Asker<'_> {
    pub fn says(&self, text: &str) -> Message {
        self.message("text", &[("Content", text)])
    }

    /// A voice message; with what the platform understood, if it still does that.
    pub fn speaks(&self, recognition: Option<&str>) -> Message {
        let mut fields = vec![("MediaId", "media"), ("Format", "amr")];
        fields.extend(recognition.map(|text| ("Recognition", text)));
        self.message("voice", &fields)
    }

    pub fn sends(&self, kind: &str) -> Message {
        let fields: &[(&str, &str)] = match kind {
            "image" => &[("PicUrl", "https://mmbiz.qpic.cn/x"), ("MediaId", "media")],
            "video" | "shortvideo" => &[("MediaId", "media"), ("ThumbMediaId", "thumb")],
            "location" => &[
                ("Location_X", "23.134521"),
                ("Location_Y", "113.358803"),
                ("Scale", "20"),
                ("Label", "某地"),
            ],
            "link" => &[
                ("Title", "公众平台"),
                ("Description", "说明"),
                ("Url", "https://mp.weixin.qq.com"),
            ],
            "miniprogrampage" => &[
                ("Title", "商品页"),
                ("AppId", "wxotherotherother0"),
                ("PagePath", "pages/item?id=1"),
                ("ThumbMediaId", "thumb"),
            ],
            "file" => &[("Title", "营业执照.pdf"), ("FileTotalLen", "1024")],
            _ => &[],
        };
        self.message(kind, fields)
    }

    pub fn follows(&self) -> Message {
        self.event("subscribe", &[("EventKey", "")])
    }

    pub fn follows_by_code(&self, scene: &str) -> Message {
        let key = format!("qrscene_{scene}");
        self.event("subscribe", &[("EventKey", &key), ("Ticket", "ticket")])
    }

    pub fn scans(&self, scene: &str) -> Message {
        self.event("SCAN", &[("EventKey", scene), ("Ticket", "ticket")])
    }

    pub fn presses(&self, key: &str) -> Message {
        self.event("CLICK", &[("EventKey", key)])
    }

    pub fn leaves(&self) -> Message {
        self.event("unsubscribe", &[("EventKey", "")])
    }

    pub fn enters(&self, from: &str) -> Message {
        self.event("user_enter_tempsession", &[("SessionFrom", from)])
    }

    pub fn message(&self, kind: &str, fields: &[(&str, &str)]) -> Message {
        let mut message = self.begin(kind, fields);
        let number = self.platform.next_number();
        message
            .fields
            .push(("MsgId".to_owned(), Body::Number(number)));
        message
    }

    pub fn event(&self, event: &str, fields: &[(&str, &str)]) -> Message {
        let mut all = vec![("Event", event)];
        all.extend_from_slice(fields);
        self.begin("event", &all)
    }

    fn begin(&self, kind: &str, fields: &[(&str, &str)]) -> Message {
        let text = |text: &str| Body::Text(text.to_owned());
        let account = self.platform.account();
        let mut all = vec![
            ("ToUserName".to_owned(), text(&account)),
            ("FromUserName".to_owned(), text(&self.openid)),
            ("CreateTime".to_owned(), Body::Number(now())),
            ("MsgType".to_owned(), text(kind)),
        ];
        all.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), text(value))),
        );
        Message {
            asker: self.openid.clone(),
            account,
            fields: all,
        }
    }
}

impl Message {
    pub(crate) fn is_event(&self) -> bool {
        let kind = ("MsgType".to_owned(), Body::Text("event".to_owned()));
        self.fields.contains(&kind)
    }

    pub(crate) fn xml(&self) -> String {
        let field = |(name, body): &(String, Body)| match body {
            Body::Text(text) => {
                // what the platform itself does with the end of CDATA inside a text
                let text = text.replace("]]>", "]]]]><![CDATA[>");
                format!("<{name}><![CDATA[{text}]]></{name}>\n")
            }
            Body::Number(number) => format!("<{name}>{number}</{name}>\n"),
            Body::Raw(xml) => format!("<{name}>{xml}</{name}>\n"),
        };
        let fields: String = self.fields.iter().map(field).collect();
        format!("<xml>{fields}</xml>")
    }

    pub(crate) fn json(&self) -> String {
        let fields = self.fields.iter().filter_map(|(name, body)| {
            let value = match body {
                Body::Text(text) => Value::from(text.as_str()),
                Body::Number(number) => Value::from(*number),
                Body::Raw(_) => return None,
            };
            Some((name.clone(), value))
        });
        Value::Object(Map::from_iter(fields)).to_string()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
