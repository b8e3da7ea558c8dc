//! The settings: names without effect, and values that do not go together. In: the settings. Out:
//! findings. Must not know: whether what they name is there.

use super::finding::AreaFindings;
use crate::settings::{AccessSetting, BadSettings, BridgeSettings, Settings};

/// All values that cannot be used.
pub(super) fn unusable(mistakes: &BadSettings, findings: &mut AreaFindings<'_>) {
    for mistake in &mistakes.0 {
        findings.bad(
            "settings.value",
            mistake.to_string(),
            "改成这样的值 / set such a value",
        );
    }
}

pub(super) fn look(settings: &Settings, findings: &mut AreaFindings<'_>) {
    for warning in &settings.warnings {
        findings.note(
            "settings.name",
            warning.to_string(),
            "改对名字，或者删掉 / correct the name, or take it out",
        );
    }
    let mut contradictions = 0;
    let of_bridge = contradictions_of_bridge(&settings.bridge);
    let all = contradictions_of(settings).into_iter().chain(of_bridge);
    for (holds, said, todo) in all {
        if holds {
            contradictions += 1;
            findings.note("settings.together", said, todo);
        }
    }
    if contradictions == 0 && settings.warnings.is_empty() {
        findings.good(
            "settings.name",
            "都能用，没有不认识的、互相矛盾的 / all of them are of use and go together",
        );
    }
}

/// Whether it holds, what it is, and what to do.
fn contradictions_of(settings: &Settings) -> [(bool, &'static str, &'static str); 7] {
    let (server, admin, telegram) = (&settings.server, &settings.admin, &settings.telegram);
    let is_behind = server
        .public_url
        .as_ref()
        .is_some_and(|url| url.starts_with("https://"));
    let hosts = telegram
        .webhook
        .as_ref()
        .map(|url| url.origin().ascii_serialization());
    let is_public = admin.access == AccessSetting::Public;
    [
        (
            is_behind && server.trusted_proxies == 0,
            "WENLU_PUBLIC_URL 是 https，说明前面有反向代理，但 WENLU_TRUSTED_PROXIES 是 0：所有来访者都算成一个，一起被限速 / \
             a proxy that is not counted: all clients are limited as one",
            "设 WENLU_TRUSTED_PROXIES=1 / set it",
        ),
        (
            is_public && server.trusted_proxies == 0,
            "WENLU_ADMIN=public，但没有可信的反向代理：密码会以明文经过网络 / \
             the operators' pages are public without HTTPS",
            "在前面放好 HTTPS 并设 WENLU_TRUSTED_PROXIES，或改回 loopback / \
             put HTTPS in front, or set loopback",
        ),
        (
            is_public && server.public_url.is_none(),
            "WENLU_ADMIN=public，但没有 WENLU_PUBLIC_URL：打印的链接以监听地址开头，别处打不开 / \
             printed links begin with the address listened on",
            "设 WENLU_PUBLIC_URL / set it",
        ),
        (
            admin.access == AccessSetting::Off && admin.listen.is_some(),
            "WENLU_ADMIN=off，WENLU_ADMIN_LISTEN 就没有用 / it is of no use",
            "删掉其中一个 / take one of them out",
        ),
        (
            telegram.token.is_none() && (telegram.group.is_some() || telegram.webhook.is_some()),
            "设了 Telegram 的群或 webhook，但没有 TELOXIDE_TOKEN：不会接 Telegram，也不能转人工 / \
             there is no Telegram without the token",
            "填上 @BotFather 给的 TELOXIDE_TOKEN / set it",
        ),
        (
            settings.handover.service_hours.is_some() && telegram.group.is_none(),
            "设了服务时间 WENLU_SERVICE_HOURS，但没有客服群 WENLU_TELEGRAM_GROUP：转人工只会记下来 / \
             hand-overs are only noted",
            "设 WENLU_TELEGRAM_GROUP / set it",
        ),
        (
            server.public_url.is_some() && hosts.is_some() && hosts != server.public_url,
            "WENLU_TELEGRAM_WEBHOOK 和 WENLU_PUBLIC_URL 不是同一个网站 / they are not of one site",
            "核对域名 / compare the names",
        ),
    ]
}

/// The same of the bridge.
fn contradictions_of_bridge(bridge: &BridgeSettings) -> [(bool, &'static str, &'static str); 2] {
    let (has_key, has_hook) = (!bridge.keys.is_empty(), bridge.hook.is_some());
    [
        (
            has_hook && !has_key,
            "设了 WENLU_BRIDGE_URL，但没有 WENLU_BRIDGE_KEY：没有接口，什么也不会推送 / \
             there is no bridge without its key",
            "设 WENLU_BRIDGE_KEY / set it",
        ),
        (
            has_key && !has_hook,
            "设了 WENLU_BRIDGE_KEY，但没有 WENLU_BRIDGE_URL：同事说的话不会推送，要用 GET /api/v1/bridge/conversations/… 来取 / \
             what colleagues write is not delivered, and has to be fetched",
            "设 WENLU_BRIDGE_URL 和 WENLU_BRIDGE_SECRET，或者定时来取 / set both, or fetch it",
        ),
    ]
}
