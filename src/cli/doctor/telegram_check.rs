//! Telegram: the token, the webhook, and the operators' group. In: the settings, and what the Bot API
//! says. Out: findings.

use super::finding::AreaFindings;
use super::patience::PATIENCE;
use crate::channel::telegram::client::BotApiClient;
use crate::channel::telegram::failure::CallFailure;
use crate::channel::telegram::probe::{
    BotApiReport, BotStanding, ProbedBot, ProbedGroup, ProbedWebhook,
};
use crate::settings::Settings;

/// What the Bot API said, or why it could not be asked.
pub(super) struct TelegramReport {
    pub api: Result<BotApiReport, String>,
}

/// `None` if no token is set.
pub(super) async fn report(settings: &Settings) -> Option<TelegramReport> {
    let telegram = &settings.telegram;
    let token = telegram.token.clone()?;
    let client = BotApiClient::new(token, telegram.api.clone(), telegram.proxy.as_ref());
    let api = match client {
        Ok(client) => Ok(BotApiReport::make(&client, telegram.group, PATIENCE).await),
        Err(error) => Err(error.to_string()),
    };
    Some(TelegramReport { api })
}

pub(super) fn look(
    settings: &Settings,
    report: Option<&TelegramReport>,
    findings: &mut AreaFindings<'_>,
) {
    let Some(report) = report else {
        return findings.good(
            "telegram.bot",
            "没有设 TELOXIDE_TOKEN，不接 Telegram / not set",
        );
    };
    let report = match &report.api {
        Ok(report) => report,
        Err(why) => {
            let todo = "核对 TELEGRAM_API_URL 和代理 / compare TELEGRAM_API_URL and the proxy";
            return findings.bad("telegram.bot", why.clone(), todo);
        }
    };
    bot(&report.bot, findings);
    if report.bot.is_err() {
        return;
    }
    webhook(settings, &report.webhook, findings);
    match &report.group {
        None => findings.good("telegram.group", "没有设 WENLU_TELEGRAM_GROUP，转人工只会记下来 / hand-overs are only noted"),
        Some(Ok(group)) => standing(group, findings),
        Some(Err(failure)) => findings.bad(
            "telegram.group",
            format!("查不到客服群 / the operators' group: {failure}"),
            "核对 WENLU_TELEGRAM_GROUP，把机器人加进群 / compare the chat id, and add the bot to the group",
        ),
    }
}

fn bot(bot: &Result<ProbedBot, CallFailure>, findings: &mut AreaFindings<'_>) {
    match bot {
        Ok(bot) => findings.good("telegram.bot", format!("机器人是 @{} / the bot", bot.username)),
        Err(CallFailure::Unauthorized) => findings.bad(
            "telegram.bot",
            "Telegram 不认这个 TELOXIDE_TOKEN / the token is not accepted",
            "向 @BotFather 要现在的 token / ask @BotFather for the present one",
        ),
        Err(failure) => findings.bad(
            "telegram.bot",
            format!("连不上 Bot API / the Bot API: {failure}"),
            "看网络和防火墙；需要代理的话设 HTTPS_PROXY / see the network; set HTTPS_PROXY if one is needed",
        ),
    }
}

fn webhook(
    settings: &Settings,
    found: &Result<ProbedWebhook, CallFailure>,
    findings: &mut AreaFindings<'_>,
) {
    let found = match found {
        Ok(found) => found,
        Err(failure) => {
            let said = format!("webhook 的状态查不到 / cannot be asked: {failure}");
            return findings.note("telegram.webhook", said, "稍后再试 / try again");
        }
    };
    let waiting = found.pending_update_count;
    let wanted = settings
        .telegram
        .webhook
        .as_ref()
        .map_or("", |url| url.as_str());
    match (&found.last_error_message, found.url == wanted) {
        (_, false) => findings.note(
            "telegram.webhook",
            format!("登记的接收方式和设置不一样（{}）/ it is not registered as the settings say", way(&found.url)),
            "启动服务就会登记好；如果服务在运行，看它的日志 / a start registers it; else see the log",
        ),
        (Some(error), true) if !wanted.is_empty() => findings.bad(
            "telegram.webhook",
            format!("Telegram 送不到 webhook（{waiting} 条在等）：{error} / it cannot deliver"),
            "核对域名、证书，以及反向代理有没有把这个路径转给问路 / \
             compare the name, the certificate and the proxy",
        ),
        (_, true) => findings.good("telegram.webhook", format!("接收方式：{}，{waiting} 条在等 / waiting", way(&found.url))),
    }
}

fn way(url: &str) -> &str {
    match url {
        "" => "长轮询 / polling",
        url => url,
    }
}

fn standing(group: &ProbedGroup, findings: &mut AreaFindings<'_>) {
    let todo = "在群里把机器人设为管理员，并允许“管理话题” / make it an administrator who may manage topics";
    match (group.standing, group.is_forum) {
        (BotStanding::Absent, _) => findings.bad(
            "telegram.group",
            "机器人不在客服群里 / the bot is not in the operators' group",
            "把它加进群；加好之后会自动恢复 / add it; it heals by itself",
        ),
        (BotStanding::Muted, _) => findings.bad("telegram.group", "机器人在客服群里不能发言 / it may not write there", todo),
        (BotStanding::Member, true) => findings.bad(
            "telegram.group",
            "客服群有话题，但机器人不能管理话题 / it may not manage the topics of the group",
            todo,
        ),
        (BotStanding::Member, false) => findings.note(
            "telegram.group",
            "客服群没有话题：同事要用“回复”来答 / a group without topics: people answer by replying",
            "在群设置里打开“话题”，就会一个客人一个话题 / turn topics on",
        ),
        (BotStanding::TopicManager, _) => findings.good("telegram.group", "可以在客服群里发言、管理话题 / it may write and manage topics"),
    }
}
