//! `wenlu wecom`: what an operator needs in the first hour with WeCom's customer service.

use super::api_check::api_check;
use super::context::{GlobalFlags, load_settings, runtime};
use super::output::out_line;
use super::route_lines::{RouteWords, route_json, route_line};
use crate::app;
use crate::channel::tencent::{RouteCheck, RouteFinding};
use crate::channel::wecom::{CallbackProbe, CompanyReport, KfAccount, WecomConfig, WecomPeople};
use crate::channel::weixin::{ApiFailure, RefusalMeaning};
use crate::clock;
use crate::settings::local_url;
use crate::store::service_access::SendingFaultKind;
use anyhow::Context;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;
use url::Url;

#[derive(clap::Args, Debug)]
pub(super) struct WecomArgs {
    #[command(subcommand)]
    command: WecomCommand,
}

#[derive(clap::Subcommand, Debug)]
enum WecomCommand {
    /// What to fill in at the console, whether the running server answers as WeCom wants it, and whether WeCom's API takes the company
    Check(CheckCompanyArgs),
}

#[derive(clap::Args, Debug)]
struct CheckCompanyArgs {
    /// Where the server is reached, such as https://bot.example.com [default: this machine, at WENLU_LISTEN]
    #[arg(long, value_name = "URL")]
    address: Option<Url>,
    /// The results as JSON
    #[arg(long)]
    json: bool,
}

const WORDS: RouteWords = RouteWords {
    no_route: "那里没有这个路径：正在运行的 wenlu 没有接微信客服，改了 .env 要重启 / the running server has no such path",
    refused: "被拒绝了：正在运行的 wenlu 用的是别的 Token、EncodingAESKey 或企业 ID，或两台机器的时钟差了十分钟以上；日志里有原因 / refused: other secrets, or the clock",
};
const API_PATIENCE: Duration = Duration::from_secs(8);
const NO_COMPANY: &str = "\
还没有接微信客服（企业微信）。在 .env 里写上企业 ID、“微信客服 → API”里的 Secret、Token 和 EncodingAESKey，再启动 wenlu：
  WENLU_WECOM_CORP_ID=ww…
  WENLU_WECOM_SECRET=…
  WENLU_WECOM_TOKEN=…
  WENLU_WECOM_AES_KEY=…
No company of WeCom is set: WENLU_WECOM_CORP_ID and the others; see deploy/wecom.md.";

pub(super) fn run(global: &GlobalFlags, args: WecomArgs) -> anyhow::Result<ExitCode> {
    let settings = load_settings(global)?;
    let WecomCommand::Check(args) = args.command;
    let Some(config) = app::wecom_config(&settings) else {
        out_line(NO_COMPANY)?;
        return Ok(ExitCode::FAILURE);
    };
    let base = match args.address {
        Some(address) => address,
        None => Url::parse(&local_url(settings.server.listen))?,
    };
    let found = runtime()?.block_on(CompanyFindings::of(&config, &base))?;
    match args.json {
        true => out_line(&found.as_json().to_string())?,
        false => found.print()?,
    }
    Ok(match found.is_well() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// What was found of a company.
struct CompanyFindings<'a> {
    config: &'a WecomConfig,
    url: Url,
    server: Vec<(RouteCheck, RouteFinding)>,
    api: CompanyReport,
}

impl<'a> CompanyFindings<'a> {
    async fn of(config: &'a WecomConfig, base: &Url) -> anyhow::Result<Self> {
        let probe = CallbackProbe::new(config, base, clock::now())
            .context("这个地址用不了 / the address cannot be used")?;
        Ok(CompanyFindings {
            config,
            url: probe.url().clone(),
            server: probe.run().await,
            api: CompanyReport::of(config, API_PATIENCE).await?,
        })
    }

    fn is_well(&self) -> bool {
        let is_served = self
            .server
            .iter()
            .all(|(_, found)| *found == RouteFinding::Passed);
        let has_accounts = matches!(&self.api.accounts, Some(Ok(all)) if !all.is_empty());
        is_served && self.api.token.is_ok() && has_accounts
    }

    fn print(&self) -> anyhow::Result<()> {
        out_line(&self.console())?;
        for (check, found) in &self.server {
            out_line(&route_line(*check, found, &WORDS))?;
        }
        out_line(&match &self.api.token {
            Ok(_) => "  ✓ 企业微信给了令牌：企业 ID、Secret、可信 IP 都对 / a token is granted"
                .to_owned(),
            Err(failure) => format!("  ✗ 取令牌 / a token\n    {}", what_to_do(failure)),
        })?;
        if let Some(accounts) = &self.api.accounts {
            out_line(&account_lines(accounts))?;
        }
        out_line(&people_line(&self.config.people))
    }

    /// What to fill in at the console.
    fn console(&self) -> String {
        let address = match self.url.scheme() {
            "https" => self.url.to_string(),
            _ => format!("https://您的域名{}", self.config.path),
        };
        format!(
            "微信客服 {}\n  回调 URL          {address}\n  Token             WENLU_WECOM_TOKEN（已设，不显示 / set）\n  EncodingAESKey    WENLU_WECOM_AES_KEY（已设，不显示 / set）",
            self.config.corp
        )
    }

    fn as_json(&self) -> Value {
        let server = self.server.iter();
        let server = server.map(|(check, found)| route_json(*check, found));
        let mut checks: Vec<Value> = server.collect();
        let token = self.api.token.as_ref().map(|lasts| json!(lasts.as_secs()));
        checks.push(api_check("token", token));
        if let Some(accounts) = &self.api.accounts {
            let listed = accounts.as_ref().map(|accounts| {
                let one =
                    |account: &KfAccount| json!({ "open_kfid": account.id, "name": account.name });
                accounts.iter().map(one).collect()
            });
            checks.push(api_check("accounts", listed));
        }
        json!({
            "ok": self.is_well(),
            "corp": self.config.corp,
            "url": self.url.as_str(),
            "checks": checks,
        })
    }
}

fn account_lines(accounts: &Result<Vec<KfAccount>, ApiFailure>) -> String {
    match accounts {
        Ok(all) if all.is_empty() => "  ✗ 没有可以用接口管理的客服帐号：在“微信客服 → API → 可调用接口的应用”里选上 / no account is managed by the API".to_owned(),
        Ok(all) => {
            let lines = all.iter().map(|one| format!("\n    {}  {}", one.id, one.name));
            format!("  ✓ 客服帐号 {} 个 / accounts{}", all.len(), lines.collect::<String>())
        }
        Err(failure) => format!("  ✗ 客服帐号看不了 / the accounts\n    {}", what_to_do(failure)),
    }
}

fn people_line(people: &WecomPeople) -> String {
    match people {
        WecomPeople::Operators => "  – 转人工：问路的同事接待；要转到企业微信里的接待人员，设 WENLU_WECOM_SERVICERS / people: the operators of this server".to_owned(),
        WecomPeople::Queue => "  – 转人工：进企业微信的待接入池 / people: the queue in WeCom".to_owned(),
        WecomPeople::Servicers(ids) => format!("  – 转人工：转给企业微信里的 {} / people in WeCom", ids.join("、")),
    }
}

/// What to do about a failure.
pub(super) fn what_to_do(failure: &ApiFailure) -> String {
    let hint = match failure.meaning() {
        None => "连不上企业微信的接口：网络、WENLU_WECOM_API_URL 对吗？ / the API is not reached"
            .to_owned(),
        Some(RefusalMeaning::Stopped(SendingFaultKind::AddressNotListed)) => {
            let address = failure
                .address()
                .unwrap_or_else(|| "这台服务器的 IP".to_owned());
            format!(
                "在管理后台的“企业可信 IP”里加上 {address} / add {address} to the trusted addresses"
            )
        }
        Some(RefusalMeaning::Stopped(SendingFaultKind::Account)) => {
            "企业 ID 不对 / no such company".to_owned()
        }
        Some(RefusalMeaning::Stopped(SendingFaultKind::Secret)) => {
            "Secret 不对：要“微信客服 → API”里的那个，重置过要换新的 / a wrong secret".to_owned()
        }
        Some(RefusalMeaning::Stopped(_)) => {
            "没有接口权限：在“微信客服 → API”里开启 / the API is not enabled".to_owned()
        }
        Some(RefusalMeaning::MinuteQuota | RefusalMeaning::Later) => {
            "企业微信现在忙，等一分钟再试 / busy: try again in a minute".to_owned()
        }
        Some(_) => "企业微信不接受 / refused".to_owned(),
    };
    format!("{hint}\n    {failure}")
}
