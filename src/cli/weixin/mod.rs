//! `wenlu weixin`: what an operator needs with an account of WeChat.

mod check;
mod menu;
mod refusal;

use super::context::GlobalFlags;
use super::output::out_line;
use crate::app;
use crate::channel::weixin::WeixinConfig;
use crate::settings::Settings;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct WeixinArgs {
    #[command(subcommand)]
    command: WeixinCommand,
}

#[derive(clap::Subcommand, Debug)]
enum WeixinCommand {
    /// What to fill in at the console, whether the running server answers as WeChat wants it, and whether WeChat's API takes the account
    Check(check::CheckAccountArgs),
    /// The menu of an account: what it has, and another one in its place
    Menu(menu::MenuArgs),
}

const NO_ACCOUNT: &str = "\
还没有接微信。在 .env 里写上公众号的 AppID，和一个自己起的 Token（3 到 32 位字母、数字），再启动 wenlu：
  WENLU_WEIXIN_APPID=wx…
  WENLU_WEIXIN_TOKEN=…
No account of WeChat is set: WENLU_WEIXIN_APPID and WENLU_WEIXIN_TOKEN; see deploy/weixin.md.";

pub(super) fn run(global: &GlobalFlags, args: WeixinArgs) -> anyhow::Result<ExitCode> {
    let settings = super::context::load_settings(global)?;
    let config = app::weixin_config(&settings);
    if config.accounts.is_empty() {
        out_line(NO_ACCOUNT)?;
        return Ok(ExitCode::FAILURE);
    }
    let asked = AskedAccounts {
        global,
        settings: &settings,
        config: &config,
    };
    match args.command {
        WeixinCommand::Check(args) => check::run(&asked, args),
        WeixinCommand::Menu(args) => menu::run(&asked, args),
    }
}

/// What a command is about.
struct AskedAccounts<'a> {
    global: &'a GlobalFlags,
    settings: &'a Settings,
    config: &'a WeixinConfig,
}
