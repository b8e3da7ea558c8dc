//! What `wenlu embed` tells. In: what was found of a site. Out: text, Chinese and English, and the same
//! as JSON. Must not know: how it was found.

use super::SiteReport;
use crate::channel::web::{SiteCheck, SiteFinding};
use serde_json::{Value, json};

impl SiteReport {
    pub(super) fn is_well(&self) -> bool {
        let mut checks = self.checks.iter();
        self.is_listed && checks.all(|(_, found)| *found == SiteFinding::Passed)
    }

    fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    fn snippet(&self) -> String {
        format!(
            "<script src=\"{}/widget.js\" async></script>",
            self.address()
        )
    }

    pub(super) fn as_text(&self) -> String {
        let (site, origin) = (&self.site, self.base.origin().ascii_serialization());
        let mut lines = vec![
            format!("在 {site} 的网页里加上这一行 / put this line into the pages of {site}:"),
            format!("  {}", self.snippet()),
            String::new(),
            format!(
                "网站有 Content-Security-Policy 的话 / if the site has a Content-Security-Policy:\n  script-src {origin}; frame-src {origin}"
            ),
            String::new(),
        ];
        lines.push(match self.is_listed {
            true => "  ✓ 网站在 WENLU_EMBED_ORIGINS 里 / the site is listed".to_owned(),
            false => format!("  ✗ 网站不在 WENLU_EMBED_ORIGINS 里 / the site is not listed\n    在 .env 里写上，再启动 wenlu / set it and start again: WENLU_EMBED_ORIGINS={site}"),
        });
        lines.extend(self.checks.iter().map(|(check, found)| line(*check, found)));
        lines.push(match self.has_secret {
            true => "  ✓ 设了 WENLU_EMBED_SECRETS，网站可以说明访客是谁 / visitors can be identified".to_owned(),
            false => "  – 没有设 WENLU_EMBED_SECRETS，客人都是匿名的 / without a secret all visitors are anonymous".to_owned(),
        });
        if let Some(code) = &self.code {
            lines.extend([
                String::new(),
                "网站的服务器上：给登录了的访客签名 / on the site's server, for a visitor who has signed in:".to_owned(),
                String::new(),
                code.trim_end().to_owned(),
                String::new(),
                "网页里把它交给客服对话；退出登录时重置 / in the page; at sign-out, reset:".to_owned(),
                format!("  {CALL}"),
                "  wenlu(\"reset\")".to_owned(),
            ]);
        }
        lines.join("\n")
    }

    pub(super) fn as_json(&self) -> Value {
        let checks = self.checks.iter().map(|(check, found)| {
            let (code, problem) = (check_code(*check), problem_code(found));
            json!({ "check": code, "ok": problem.is_null(), "problem": problem })
        });
        let listed = match self.is_listed {
            true => Value::Null,
            false => json!("not listed"),
        };
        let listed = json!({ "check": "origins", "ok": self.is_listed, "problem": listed });
        let checks: Vec<Value> = std::iter::once(listed).chain(checks).collect();
        json!({
            "ok": self.is_well(),
            "site": self.site,
            "address": self.address(),
            "snippet": self.snippet(),
            "identifies": self.has_secret,
            "checks": checks,
            "code": self.code,
        })
    }
}

/// A token is fetched once the chat is opened, so that none is too old by then.
const CALL: &str = "window.wenlu ??= function () { (wenlu.q ||= []).push(arguments) }; wenlu(\"identify\", async () => (await fetch(\"/wenlu-token\")).text())";

fn line(check: SiteCheck, found: &SiteFinding) -> String {
    let what = match check {
        SiteCheck::Script => "脚本 widget.js 拿得到 / the script can be loaded",
        SiteCheck::Frame => "对话可以显示在这个网站的框架里 / the chat may be framed by the site",
        SiteCheck::Api => "这个网站的网页可以调用接口 / pages of the site may call the API",
    };
    let problem = match found {
        SiteFinding::Passed => return format!("  ✓ {what}"),
        SiteFinding::Unreachable => {
            "5 秒内没有应答：wenlu 启动了吗？地址、端口、反向代理对吗？ / no answer within 5 seconds".to_owned()
        }
        SiteFinding::Status(404) => {
            "正在运行的 wenlu 不认这个网站：改了 .env 要重启 / the running server does not list the site"
                .to_owned()
        }
        SiteFinding::Status(other) => format!("得到了状态 {other} / status {other}"),
        SiteFinding::Header(name) => format!(
            "响应头 {name} 不对：反向代理加了、改了或去掉了它吗？ / the header {name}: does a proxy change it?"
        ),
    };
    format!("  ✗ {what}\n    {problem}")
}

fn check_code(check: SiteCheck) -> &'static str {
    match check {
        SiteCheck::Script => "script",
        SiteCheck::Frame => "frame",
        SiteCheck::Api => "api",
    }
}

/// Null where all is well.
fn problem_code(found: &SiteFinding) -> Value {
    match found {
        SiteFinding::Passed => Value::Null,
        SiteFinding::Unreachable => json!("unreachable"),
        SiteFinding::Status(status) => json!(format!("status {status}")),
        SiteFinding::Header(name) => json!(format!("header {name}")),
    }
}
