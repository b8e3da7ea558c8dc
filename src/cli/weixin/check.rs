//! `wenlu weixin check`: what an operator needs in the first hour with an account of WeChat.

use super::AskedAccounts;
use super::refusal::what_to_do;
use crate::channel::tencent::{RouteCheck, RouteFinding};
use crate::channel::weixin::{
    AccountApi, AccountChecker, AccountProbe, WeixinAccount, WeixinAccountKind, WeixinApiConfig,
};
use crate::cli::api_check::api_check;
use crate::cli::context::runtime;
use crate::cli::output::out_line;
use crate::cli::route_lines::{RouteWords, route_json, route_line};
use crate::clock;
use crate::settings::local_url;
use anyhow::Context;
use serde_json::{Value, json};
use std::process::ExitCode;
use url::Url;

#[derive(clap::Args, Debug)]
pub(super) struct CheckAccountArgs {
    /// Where the server is reached, such as https://bot.example.com [default: this machine, at WENLU_LISTEN]
    #[arg(long, value_name = "URL")]
    address: Option<Url>,
    /// The results as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(asked: &AskedAccounts<'_>, args: CheckAccountArgs) -> anyhow::Result<ExitCode> {
    let base = match args.address {
        Some(address) => address,
        None => Url::parse(&local_url(asked.settings.server.listen))?,
    };
    let runtime = runtime()?;
    let mut findings = vec![];
    for account in &asked.config.accounts {
        let found = runtime.block_on(AccountFindings::of(account, &asked.config.api, &base))?;
        if !args.json {
            found.print()?;
        }
        findings.push(found);
    }
    let is_well = findings.iter().all(AccountFindings::is_well);
    if args.json {
        let accounts: Vec<_> = findings.iter().map(AccountFindings::as_json).collect();
        out_line(&json!({ "ok": is_well, "accounts": accounts }).to_string())?;
    }
    Ok(match is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// What was found of an account.
struct AccountFindings<'a> {
    account: &'a WeixinAccount,
    url: Url,
    address_check: Url,
    server: Vec<(RouteCheck, RouteFinding)>,
    /// `None`: the account has no secret.
    api: Option<AccountProbe>,
}

impl<'a> AccountFindings<'a> {
    async fn of(
        account: &'a WeixinAccount,
        api: &WeixinApiConfig,
        base: &Url,
    ) -> anyhow::Result<Self> {
        let checker = AccountChecker::new(account, base, clock::now())
            .context("这个地址用不了 / the address cannot be used")?;
        let api = match AccountApi::new(account, api)? {
            Some(api) => Some(api.probe().await),
            None => None,
        };
        Ok(AccountFindings {
            account,
            url: checker.url().clone(),
            address_check: checker.address_check(),
            server: checker.run().await,
            api,
        })
    }

    fn is_well(&self) -> bool {
        let server = self.server.iter();
        let is_served = server
            .clone()
            .all(|(_, result)| *result == RouteFinding::Passed);
        is_served && self.api.as_ref().is_none_or(|api| api.token.is_ok())
    }

    fn print(&self) -> anyhow::Result<()> {
        out_line(&console(self.account, &self.url))?;
        for (check, result) in &self.server {
            out_line(&route_line(*check, result, &WORDS))?;
        }
        match &self.api {
            Some(api) => api_lines(api, self.account.is_active)
                .iter()
                .try_for_each(|line| out_line(line))?,
            None => out_line(NO_SECRET)?,
        }
        out_line(&format!(
            "微信校验地址时发的请求（十分钟内有效，应原样得到 echostr） / what WeChat sends to check the address:\n  curl '{}'\n",
            self.address_check
        ))
    }

    fn as_json(&self) -> Value {
        let server = self.server.iter();
        let server = server.map(|(check, result)| route_json(*check, result));
        let mut checks: Vec<Value> = server.collect();
        if let Some(api) = &self.api {
            let token = api.token.as_ref().map(|lasts| lasts.as_secs());
            checks.push(api_check("token", token.map(|seconds| json!(seconds))));
            if let Some(menu) = &api.menu {
                let menu = menu
                    .as_ref()
                    .map(|menu| json!(menu.as_ref().map(|menu| menu.body())));
                checks.push(api_check("menu", menu));
            }
        }
        json!({
            "appid": self.account.appid,
            "url": self.url.as_str(),
            "sealed": !self.account.keys.is_empty(),
            "send": if self.account.is_active { "active" } else { "passive" },
            "checks": checks,
        })
    }
}

const WORDS: RouteWords = RouteWords {
    no_route: "那里没有这个路径：正在运行的 wenlu 没有这个帐号，改了 .env 要重启 / the running server has no such account",
    refused: "被拒绝了：正在运行的 wenlu 用的是别的 Token、EncodingAESKey 或 AppID，或两台机器的时钟差了十分钟以上；日志里有原因 / refused: other secrets, or the clock",
};
const NO_SECRET: &str = "  – 没有设 WENLU_WEIXIN_SECRET：只在客人发来消息时回答，不调接口 / no secret: the API is not called";

/// What to fill in at the console.
fn console(account: &WeixinAccount, url: &Url) -> String {
    let kind = match account.kind {
        WeixinAccountKind::MiniProgram => "小程序客服",
        WeixinAccountKind::Official => "公众号",
    };
    let key = match account.keys.len() {
        0 => "没有设；加解密方式选“明文模式” / not set: plaintext mode",
        1 => "已设；加解密方式选“安全模式” / set: safe mode",
        _ => "已设，新旧两把都收 / both keys count",
    };
    let address = match url.scheme() {
        "https" => url.to_string(),
        _ => format!("https://您的域名{}", account.path),
    };
    format!(
        "{kind} {}\n  服务器地址(URL)   {address}\n  令牌(Token)       WENLU_WEIXIN_TOKEN（已设，不显示 / set）\n  EncodingAESKey    {key}",
        account.appid
    )
}

fn api_lines(api: &AccountProbe, is_active: bool) -> Vec<String> {
    let mut lines = vec![match &api.token {
        Ok(_) => "  ✓ 微信给了令牌：AppID、AppSecret、IP 白名单都对 / a token is granted: secret and IP list are right".to_owned(),
        Err(failure) => format!("  ✗ 取令牌 / a token\n    {}", what_to_do(failure)),
    }];
    lines.extend(api.menu.as_ref().map(|menu| match menu {
        Ok(Some(menu)) => format!("  ✓ 自定义菜单：{} 个按钮 / a menu", menu.buttons.len()),
        Ok(None) => "  – 没有自定义菜单，可以用 wenlu weixin menu push 建 / no menu yet".to_owned(),
        Err(failure) => format!(
            "  – 自定义菜单看不了 / the menu\n    {}",
            what_to_do(failure)
        ),
    }));
    lines.push(match is_active {
        true => "  – 主动发送：开 / sends: WENLU_WEIXIN_SEND=active".to_owned(),
        false => {
            "  – 主动发送：关；认证过的号可以设 WENLU_WEIXIN_SEND=active / sends nothing".to_owned()
        }
    });
    lines
}
