//! The operators' pages from outside: a real server on both engines, real requests.

mod accounts;
pub(crate) mod attachments;
mod contact;
mod empty;
mod erased;
mod files;
mod hostile;
mod import;
pub(crate) mod inbox;
mod learn;
mod matrix;
pub(crate) mod pages;
mod rating;
mod regroup;
pub(crate) mod review;
mod snooze;
mod suggest;
mod terminal;
mod turned;
mod typing;
mod undo;
mod walk;
mod whole_way;
mod write;

use crate::database::Database;
use crate::server::Server;
use reqwest::{Client, RequestBuilder, Response, header};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use wenlu::admin::auth::password::Password;
use wenlu::store::Store;
use wenlu::store::accounts::{AccountChange, AccountChangeOutcome, AccountRole};
use wenlu::store::audit::AuditActor;
use wenlu_core::model::Timestamp;

/// A limit for what never comes, not a measure.
const CLUSTERED_WITHIN: Duration = Duration::from_secs(90);

pub(crate) const PASSWORD: &str = "客服中心的老地方见面吧";

/// A server, and the store that it serves from.
pub(crate) struct House {
    pub server: Server,
    pub store: Store,
}

/// What a browser remembers between requests, and nothing more.
pub(crate) struct Browser {
    client: Client,
    base: String,
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub headers: Vec<(&'static str, String)>,
    pub form_token: String,
}

/// What came back.
pub(crate) struct Shown {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

impl House {
    pub(crate) async fn on(database: &Database, values: &[(&str, &str)]) -> House {
        House::with(database, values, |_| {}).await
    }

    /// With data files as `prepare` makes them.
    pub(crate) async fn with(
        database: &Database,
        values: &[(&str, &str)],
        prepare: impl FnOnce(&Path),
    ) -> House {
        let values: Vec<(&str, &str)> = values
            .iter()
            .copied()
            .chain([
                ("DATABASE_URL", database.url.as_str()),
                ("WENLU_RATE_PER_MINUTE", "0"),
            ])
            .collect();
        let server = Server::start_on(&values, prepare).await;
        House {
            server,
            store: Store::open(&database.url).await.unwrap(),
        }
    }

    /// An account called as its role, with [`PASSWORD`].
    pub(crate) async fn account(&self, name: &str, role: AccountRole) {
        add_account(&self.store, name, role).await;
    }

    /// As if nobody had looked at the hand-overs for long.
    pub(crate) async fn forget_presence(&self, database: &Database) {
        database.sql("DELETE FROM presence").await;
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::at(self.server.url(""))
    }

    /// A browser in which an account of that role is signed in.
    pub(crate) async fn signed_in(&self, role: AccountRole) -> Browser {
        if self
            .store
            .accounts()
            .find(role.word())
            .await
            .unwrap()
            .is_none()
        {
            self.account(role.word(), role).await;
        }
        let mut browser = self.browser();
        let shown = browser.sign_in(role.word(), PASSWORD, "").await;
        assert_eq!(
            (shown.status, shown.location.as_deref()),
            (303, Some("/admin")),
            "{}",
            shown.body
        );
        browser.get("/admin/me").await;
        browser
    }
}

/// An account with [`PASSWORD`].
pub(crate) async fn add_account(store: &Store, name: &str, role: AccountRole) {
    static HASH: LazyLock<String> =
        LazyLock::new(|| Password::parse(PASSWORD, "?").ok().unwrap().hash().unwrap());
    let by = || AuditActor::terminal(now());
    let added = store.accounts().add(by(), name.into(), role).await;
    assert_eq!(added.unwrap(), AccountChangeOutcome::Done);
    let change = AccountChange::Password {
        hash: HASH.clone(),
        keep: None,
    };
    let changed = store.accounts().change(by(), name.into(), change).await;
    assert_eq!(changed.unwrap(), AccountChangeOutcome::Done);
}

impl Browser {
    /// `base`: the address of the pages, without a path.
    pub(crate) fn at(base: String) -> Browser {
        Browser {
            client: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            base,
            cookies: BTreeMap::new(),
            headers: Vec::new(),
            form_token: String::new(),
        }
    }

    /// The page; as often as it says that it is shown once the questions are clustered.
    pub(crate) async fn get(&mut self, path: &str) -> Shown {
        let begun = Instant::now();
        loop {
            let request = self.client.get(format!("{}{path}", self.base));
            let shown = self.send(request).await;
            if !shown.body.contains("正在把相似的问题归到一起") {
                return shown;
            }
            assert!(begun.elapsed() < CLUSTERED_WITHIN, "{path} is never shown");
        }
    }

    /// A response that goes on.
    pub(crate) async fn stream(&mut self, path: &str) -> Response {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self.client.get(format!("{}{path}", self.base));
        let request = request.header(header::COOKIE, cookies.join("; "));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response
    }

    /// As a form of the page that was got last.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let fields = [
            &[("form_token", self.form_token.clone().leak() as &str)],
            fields,
        ]
        .concat();
        let origin = self.base.clone();
        self.post_as(
            path,
            &fields,
            &[("origin", &origin), ("sec-fetch-site", "same-origin")],
        )
        .await
    }

    /// With just these fields and headers.
    pub(crate) async fn post_as(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Shown {
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .form(fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str, code: &str) -> Shown {
        self.get("/admin/login").await;
        self.post(
            "/admin/login",
            &[("name", name), ("password", password), ("code", code)],
        )
        .await
    }

    async fn send(&mut self, mut request: RequestBuilder) -> Shown {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap();
        self.remember(&response);
        let location = response
            .headers()
            .get(header::LOCATION)
            .map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = response.text().await.unwrap();
        if let Some((_, rest)) = body.rsplit_once("name=\"form_token\" value=\"") {
            self.form_token = rest.split('"').next().unwrap().to_owned();
        }
        Shown {
            status,
            location,
            body,
        }
    }

    fn remember(&mut self, response: &Response) {
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            match value {
                "" => self.cookies.remove(name),
                _ => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }
}

pub(crate) fn now() -> Timestamp {
    wenlu::clock::now()
}
