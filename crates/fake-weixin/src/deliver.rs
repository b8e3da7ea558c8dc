//! Delivering: a message goes out, and again if the answer does not count.

use crate::judge::{Fault, Verdict, judge};
use crate::message::now;
use crate::seal::{sealed, signature};
use crate::{Message, Mode, Platform};

/// Deliveries of one message.
const TRIES: usize = 3;
/// The platform's seconds that an answer may take.
const SECONDS: u32 = 5;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// One for each try.
    pub tries: Vec<Verdict>,
    pub shown: Shown,
}

/// What the asker sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    Nothing,
    Text(String),
    /// It is in the platform's own tool.
    Transfer,
    /// 该公众号提供的服务出现故障，请稍后再试
    Fault,
}

impl Platform {
    /// Checks the address as the console does on saving.
    pub async fn check_address(&self, url: &str) -> bool {
        let (time, nonce) = (now().to_string(), self.next_number().to_string());
        let signed = signature(&[&self.options.token, &time, &nonce]);
        let echo = format!("{}", self.next_number() * 31);
        let query = [
            ("signature", &signed),
            ("echostr", &echo),
            ("timestamp", &time),
            ("nonce", &nonce),
        ];
        let sent = self
            .client
            .get(url)
            .query(&query)
            .timeout(self.options.second * SECONDS);
        let Ok(answer) = sent.send().await else {
            return false;
        };
        answer.status() == 200 && answer.text().await.is_ok_and(|text| text == echo)
    }

    /// Delivers up to three times, in turn to each of `urls`, as a load balancer does.
    pub async fn deliver(&self, urls: &[&str], message: &Message) -> Delivery {
        if self.is_for_tool(message) {
            self.world.notice(message);
            return Delivery {
                tries: vec![],
                shown: Shown::Transfer,
            };
        }
        let mut tries = vec![];
        for at in 0..TRIES {
            let verdict = self.post(urls[at % urls.len()], message).await;
            let is_fault = matches!(verdict, Verdict::Fault(_));
            let waits = is_fault && verdict != Verdict::Fault(Fault::Slow);
            tries.push(verdict);
            if !is_fault {
                break;
            }
            // after silence the next delivery follows at once
            if waits && at + 1 < TRIES {
                tokio::time::sleep(self.options.second * SECONDS).await;
            }
        }
        let shown = match tries.last() {
            Some(Verdict::Text(text)) => Shown::Text(text.clone()),
            Some(Verdict::Transfer) => Shown::Transfer,
            Some(Verdict::Fault(_)) => Shown::Fault,
            Some(Verdict::Acknowledged) | None => Shown::Nothing,
        };
        Delivery { tries, shown }
    }

    /// Delivers once.
    pub async fn post(&self, url: &str, message: &Message) -> Verdict {
        self.world.notice(message);
        let (query, body) = self.request(message);
        let sent = self
            .client
            .post(url)
            .query(&query)
            .header("content-type", "text/xml")
            .timeout(self.options.second * SECONDS)
            .body(body);
        let answered = async {
            let answer = sent.send().await?;
            Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
        };
        match answered.await {
            Ok((status, body)) => judge(&self.options, message, status, &body),
            Err(error) if error.is_timeout() => Verdict::Fault(Fault::Slow),
            Err(_) => Verdict::Fault(Fault::Unreachable),
        }
    }

    /// The query and the body of one delivery.
    pub fn request(&self, message: &Message) -> (Vec<(&'static str, String)>, String) {
        let options = &self.options;
        let (time, nonce) = (now().to_string(), self.next_number().to_string());
        let mut query = vec![
            ("signature", signature(&[&options.token, &time, &nonce])),
            ("timestamp", time.clone()),
            ("nonce", nonce.clone()),
            ("openid", message.asker.clone()),
        ];
        let plain = if options.json {
            message.json()
        } else {
            message.xml()
        };
        if options.mode == Mode::Plain {
            return (query, plain);
        }
        let random = format!("{:016x}", self.next_number());
        let random: &[u8; 16] = random.as_bytes().try_into().expect("16 digits");
        let encrypt = sealed(&options.aes_key, &options.appid, random, &plain);
        query.push(("encrypt_type", "aes".to_owned()));
        query.push((
            "msg_signature",
            signature(&[&options.token, &time, &nonce, &encrypt]),
        ));
        (query, self.envelope(message, &plain, &encrypt))
    }

    /// The sealed message, beside its plain fields in the compatible mode.
    fn envelope(&self, message: &Message, plain: &str, encrypt: &str) -> String {
        let is_safe = self.options.mode == Mode::Safe;
        if self.options.json {
            let mut all: serde_json::Value = match is_safe {
                true => serde_json::json!({ "ToUserName": message.account }),
                false => serde_json::from_str(plain).expect("JSON of our own"),
            };
            all["Encrypt"] = encrypt.into();
            return all.to_string();
        }
        let inner = match is_safe {
            true => format!("<ToUserName><![CDATA[{}]]></ToUserName>", message.account),
            false => plain
                .trim_start_matches("<xml>")
                .trim_end_matches("</xml>")
                .to_owned(),
        };
        format!("<xml>{inner}<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>")
    }
}
