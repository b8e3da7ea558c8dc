//! Sealed callbacks: the console's check of the address, and notices that there are messages.

use crate::Company;
use crate::world::now;
use fake_weixin::{opened, sealed, signature};

/// Deliveries of one notice.
const TRIES: usize = 4;
/// The platform's seconds that an answer may take.
const SECONDS: u32 = 5;

impl Company {
    /// Checks the address as the console does on saving: it gets back what it sealed.
    pub async fn check_address(&self, url: &str) -> bool {
        let echo = "7616140317555161061";
        let (mut query, seal) = self.signed(echo);
        query.push(("echostr", seal));
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

    /// Says that there are messages, until it is acknowledged. Returns whether it was.
    pub async fn notify(&self) -> bool {
        let (token, addresses) = {
            let mut state = self.world.state();
            let token = format!("ENC{}", state.next_number());
            state.notices.insert(token.clone());
            let addresses = match state.notifies {
                true => state.addresses.clone(),
                false => vec![],
            };
            (token, addresses)
        };
        if addresses.is_empty() {
            return false;
        }
        let notice = self.notice(&token);
        for at in 0..TRIES {
            let status = self.post(&addresses[at % addresses.len()], &notice).await;
            if status == Some((200, "success".to_owned())) {
                return true;
            }
            tokio::time::sleep(self.options.second / 10).await;
        }
        false
    }

    /// A notice before it is sealed.
    pub fn notice(&self, token: &str) -> String {
        format!(
            "<xml><ToUserName><![CDATA[{}]]></ToUserName><CreateTime>{}</CreateTime><MsgType><![CDATA[event]]></MsgType>\
             <Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[{token}]]></Token>\
             <OpenKfId><![CDATA[{}]]></OpenKfId></xml>",
            self.options.corp,
            now(),
            self.options.account
        )
    }

    /// Posts a callback once; its status and body, if there is an answer in time.
    pub async fn post(&self, url: &str, plain: &str) -> Option<(u16, String)> {
        let (query, body) = self.request(plain);
        self.post_as(url, &query, body).await
    }

    /// The query and the body of a callback.
    pub fn request(&self, plain: &str) -> (Vec<(&'static str, String)>, String) {
        let (query, seal) = self.signed(plain);
        let body = format!(
            "<xml><ToUserName><![CDATA[{}]]></ToUserName><Encrypt><![CDATA[{seal}]]></Encrypt><AgentID><![CDATA[]]></AgentID></xml>",
            self.options.corp
        );
        (query, body)
    }

    /// Posts anything.
    pub async fn post_as(
        &self,
        url: &str,
        query: &[(&'static str, String)],
        body: String,
    ) -> Option<(u16, String)> {
        let sent = self
            .client
            .post(url)
            .query(query)
            .timeout(self.options.second * SECONDS)
            .body(body);
        let answer = sent.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.text().await.ok()?))
    }

    /// A text sealed for the company, and the query that signs it.
    fn signed(&self, plain: &str) -> (Vec<(&'static str, String)>, String) {
        let number = self.world.state().next_number();
        let random = format!("{number:016x}");
        let random: &[u8; 16] = random.as_bytes().try_into().expect("16 digits");
        let options = &self.options;
        let seal = sealed(&options.aes_key, &options.corp, random, plain);
        let (time, nonce) = (now().to_string(), number.to_string());
        let signed = signature(&[&options.token, &time, &nonce, &seal]);
        let query = vec![
            ("msg_signature", signed),
            ("timestamp", time),
            ("nonce", nonce),
        ];
        (query, seal)
    }

    /// What was sealed for the company, as its own servers open it.
    pub fn open(&self, seal: &str) -> Option<String> {
        let (text, receiver) = opened(&self.options.aes_key, seal)?;
        (receiver == self.options.corp).then_some(text)
    }
}
