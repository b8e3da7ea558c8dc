//! `wenlu weixin`: what an operator needs in the first hour with an account of WeChat.

use super::context::GlobalFlags;
use super::output::out_line;
use crate::app;
use crate::channel::weixin::{
    AccountCheck, AccountChecker, CheckResult, WeixinAccount, WeixinAccountKind,
};
use crate::clock;
use crate::settings::local_url;
use anyhow::Context;
use std::process::ExitCode;
use url::Url;

#[derive(clap::Args, Debug)]
pub(super) struct WeixinArgs {
    #[command(subcommand)]
    command: WeixinCommand,
}

#[derive(clap::Subcommand, Debug)]
enum WeixinCommand {
    /// What to fill in at the console, and whether the running server answers as WeChat wants it
    Check {
        /// Where the server is reached, such as https://bot.example.com [default: this machine, at WENLU_LISTEN]
        #[arg(long, value_name = "URL")]
        address: Option<Url>,
    },
}

pub(super) fn run(global: &GlobalFlags, args: WeixinArgs) -> anyhow::Result<ExitCode> {
    let WeixinCommand::Check { address } = args.command;
    let settings = super::context::load_settings(global)?;
    let accounts = app::weixin_accounts(&settings);
    if accounts.is_empty() {
        out_line(NO_ACCOUNT)?;
        return Ok(ExitCode::FAILURE);
    }
    let base = match address {
        Some(address) => address,
        None => Url::parse(&local_url(settings.server.listen))?,
    };
    let runtime = super::context::runtime()?;
    let mut all_passed = true;
    for account in &accounts {
        all_passed &= runtime.block_on(check(account, &base))?;
    }
    Ok(if all_passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

const NO_ACCOUNT: &str = "\
还没有接微信。在 .env 里写上公众号的 AppID，和一个自己起的 Token（3 到 32 位字母、数字），再启动 wenlu：
  WENLU_WEIXIN_APPID=wx…
  WENLU_WEIXIN_TOKEN=…
No account of WeChat is set: WENLU_WEIXIN_APPID and WENLU_WEIXIN_TOKEN; see deploy/weixin.md.";

/// Checks one account; whether all went well.
async fn check(account: &WeixinAccount, base: &Url) -> anyhow::Result<bool> {
    let checker = AccountChecker::new(account, base, clock::now())
        .context("这个地址用不了 / the address cannot be used")?;
    out_line(&console(account, checker.url()))?;
    let mut all_passed = true;
    for (check, result) in checker.run().await {
        all_passed &= result == CheckResult::Passed;
        out_line(&result_line(check, &result))?;
    }
    out_line(&format!(
        "微信校验地址时发的请求（十分钟内有效，应原样得到 echostr） / what WeChat sends to check the address:\n  curl '{}'\n",
        checker.address_check()
    ))?;
    Ok(all_passed)
}

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

fn result_line(check: AccountCheck, result: &CheckResult) -> String {
    let what = match check {
        AccountCheck::Address => "地址校验，原样返回 echostr / the address is checked",
        AccountCheck::Forged => "签名不对的请求被拒绝 / a wrong signature is refused",
        AccountCheck::Delivered => "签名对的事件被收下 / a genuine event is acknowledged",
        AccountCheck::Unsealed => "没有加密的请求被拒绝 / what is not sealed is refused",
    };
    let problem = match result {
        CheckResult::Passed => return format!("  ✓ {what}"),
        CheckResult::Unreachable => {
            "5 秒内没有应答：wenlu 启动了吗？地址、端口、反向代理对吗？ / no answer within 5 seconds".to_owned()
        }
        CheckResult::Status(404) => {
            "那里没有这个路径：正在运行的 wenlu 没有这个帐号，改了 .env 要重启 / the running server has no such account"
                .to_owned()
        }
        CheckResult::Status(403) => {
            "被拒绝了：正在运行的 wenlu 用的是别的 Token、EncodingAESKey 或 AppID，或两台机器的时钟差了十分钟以上；日志里有原因 / refused: other secrets, or the clock"
                .to_owned()
        }
        CheckResult::Status(other) => format!("得到了状态 {other} / status {other}"),
        CheckResult::Body => "应答里多了别的内容：反向代理改了它吗？ / something changes the response".to_owned(),
    };
    format!("  ✗ {what}\n    {problem}")
}
