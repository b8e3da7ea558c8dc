//! What the platform makes of an answer.

use crate::seal::{opened, signature};
use crate::{Message, Mode, Options, xml};
use reqwest::StatusCode;

/// The most bytes of a text.
const TEXT_LIMIT: usize = 2_047;

/// What an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `success`, or nothing.
    Acknowledged,
    /// The asker sees this.
    Text(String),
    /// The message goes to the platform's own service tool.
    Transfer,
    /// It is delivered again.
    Fault(Fault),
}

/// Why an answer does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Unreachable,
    Slow,
    Status(u16),
    /// Neither `success` nor XML of a reply.
    Form,
    /// Plain where it has to be sealed, or the reverse.
    Sealing,
    Signature,
    Seal,
    /// Sender and receiver are not those of the message, the other way round.
    People,
    Kind(String),
    Empty,
    TooLong(usize),
    /// A tag that is no whole link, or a character that XML cannot hold.
    Markup(String),
}

pub(crate) fn judge(
    options: &Options,
    message: &Message,
    status: StatusCode,
    body: &str,
) -> Verdict {
    match read(options, message, status, body) {
        Ok(verdict) => verdict,
        Err(fault) => Verdict::Fault(fault),
    }
}

fn read(
    options: &Options,
    message: &Message,
    status: StatusCode,
    body: &str,
) -> Result<Verdict, Fault> {
    if status != StatusCode::OK {
        return Err(Fault::Status(status.as_u16()));
    }
    if body.is_empty() || body == "success" {
        return Ok(Verdict::Acknowledged);
    }
    let plain = unsealed(options, body)?;
    let fields = if options.json {
        json_fields(&plain).ok_or(Fault::Form)?
    } else {
        xml::fields(&plain).ok_or(Fault::Form)?
    };
    let get = |name: &str| field(&fields, name);
    if get("ToUserName") != Some(&message.asker) || get("FromUserName") != Some(&message.account) {
        return Err(Fault::People);
    }
    if get("CreateTime")
        .and_then(|time| time.parse::<u64>().ok())
        .is_none()
    {
        return Err(Fault::Form);
    }
    match get("MsgType").unwrap_or_default() {
        "transfer_customer_service" => Ok(Verdict::Transfer),
        "text" => text(get("Content").unwrap_or_default()).map(Verdict::Text),
        other => Err(Fault::Kind(other.to_owned())),
    }
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(known, _)| known == name)?;
    Some(&found.1)
}

fn json_fields(text: &str) -> Option<Vec<(String, String)>> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let fields = value.as_object()?.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text)
    });
    Some(fields.collect())
}

/// The plain reply.
fn unsealed(options: &Options, body: &str) -> Result<String, Fault> {
    let fields = if body.starts_with('{') {
        json_fields(body)
    } else {
        xml::fields(body)
    };
    let fields = fields.ok_or(Fault::Form)?;
    let Some(sealed) = field(&fields, "Encrypt") else {
        return match options.mode {
            Mode::Plain => Ok(body.to_owned()),
            Mode::Compatible | Mode::Safe => Err(Fault::Sealing),
        };
    };
    if options.mode == Mode::Plain {
        return Err(Fault::Sealing);
    }
    let get = |name| field(&fields, name).unwrap_or_default();
    let right = signature(&[&options.token, get("TimeStamp"), get("Nonce"), sealed]);
    if get("MsgSignature") != right {
        return Err(Fault::Signature);
    }
    match opened(&options.aes_key, sealed) {
        Some((text, receiver)) if receiver == options.appid => Ok(text),
        _ => Err(Fault::Seal),
    }
}

fn text(content: &str) -> Result<String, Fault> {
    if content.trim().is_empty() {
        return Err(Fault::Empty);
    }
    if content.len() > TEXT_LIMIT {
        return Err(Fault::TooLong(content.len()));
    }
    let is_bad = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if content.contains(is_bad) {
        return Err(Fault::Markup("a control character".to_owned()));
    }
    links(content).ok_or_else(|| Fault::Markup(content.to_owned()))?;
    Ok(content.to_owned())
}

/// The addresses of the links in a text; `None` if a tag is not one of a whole link.
pub(crate) fn links(content: &str) -> Option<Vec<String>> {
    let mut found = vec![];
    let mut rest = content;
    while let Some(at) = rest.find('<') {
        let link = rest[at..].strip_prefix("<a href=\"")?;
        let (address, after) = link.split_once("\">")?;
        let (text, after) = after.split_once("</a>")?;
        if text.contains('<') || text.is_empty() || address.contains(['<', '>', ' ']) {
            return None;
        }
        found.push(address.to_owned());
        rest = after;
    }
    Some(found)
}
