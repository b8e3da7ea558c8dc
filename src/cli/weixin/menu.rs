//! `wenlu weixin menu`: shows the menu of an account, makes another one of a data file or of the hot
//! questions, and takes it away.

use super::AskedAccounts;
use super::refusal::what_to_do;
use crate::channel::weixin::{AccountApi, AccountMenu, ApiFailure, MenuButton, WeixinAccount};
use crate::cli::context::{load, runtime};
use crate::cli::output::out_line;
use anyhow::{Context, anyhow, bail};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wenlu_core::knowledge::Knowledge;

#[derive(clap::Args, Debug)]
pub(super) struct MenuArgs {
    #[command(subcommand)]
    command: MenuCommand,
}

#[derive(clap::Subcommand, Debug)]
enum MenuCommand {
    /// The menu that the account has now
    Show(MenuTarget),
    /// Make a data file, or the hot questions, the account's menu
    Push {
        #[command(flatten)]
        target: MenuTarget,
        /// A TOML file with the buttons [default: the hot questions, all topics, a person]
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Check the menu and print it; WeChat is not asked
        #[arg(long)]
        dry_run: bool,
    },
    /// Take the account's menu away
    Delete(MenuTarget),
}

#[derive(clap::Args, Debug)]
struct MenuTarget {
    /// The AppID of the account, where there are several
    #[arg(long, value_name = "APPID")]
    account: Option<String>,
    /// The menu as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(asked: &AskedAccounts<'_>, args: MenuArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        MenuCommand::Show(target) => {
            let api = api(asked, &target)?;
            match runtime()?.block_on(api.menu()).map_err(told)? {
                Some(menu) => print(&menu, target.json)?,
                None if target.json => out_line("null")?,
                None => out_line("现在没有自定义菜单。 / There is no menu.")?,
            }
        }
        MenuCommand::Push {
            target,
            file,
            dry_run,
        } => {
            let knowledge = load(asked.global, None)?;
            let menu = match &file {
                Some(file) => read(file)?,
                None => of_hot_questions(&knowledge),
            };
            let mistakes = menu.check(&|id| knowledge.intent(id).is_some());
            if !mistakes.is_empty() {
                let listed: Vec<_> = mistakes.iter().map(|one| format!("  {one}")).collect();
                bail!(
                    "菜单有误，没有发出 / the menu was not sent:\n{}",
                    listed.join("\n")
                );
            }
            print(&menu, target.json)?;
            if !dry_run {
                let api = api(asked, &target)?;
                runtime()?.block_on(api.push_menu(&menu)).map_err(told)?;
                say(
                    &target,
                    "已发出；客人的微信五分钟内换成新的，重新关注立刻能看到。 / Sent.",
                )?;
            }
        }
        MenuCommand::Delete(target) => {
            let api = api(asked, &target)?;
            runtime()?.block_on(api.delete_menu()).map_err(told)?;
            say(&target, "已删除自定义菜单。 / The menu is gone.")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Not where a program reads what is printed.
fn say(target: &MenuTarget, text: &str) -> anyhow::Result<()> {
    match target.json {
        true => Ok(()),
        false => out_line(text),
    }
}

fn told(failure: ApiFailure) -> anyhow::Error {
    anyhow!("{}", what_to_do(&failure))
}

fn api(asked: &AskedAccounts<'_>, target: &MenuTarget) -> anyhow::Result<AccountApi> {
    let account = account(&asked.config.accounts, target.account.as_deref())?;
    let api = AccountApi::new(account, &asked.config.api)?;
    api.context("要先设 WENLU_WEIXIN_SECRET（后台的 AppSecret） / WENLU_WEIXIN_SECRET is not set")
}

fn account<'a>(
    accounts: &'a [WeixinAccount],
    appid: Option<&str>,
) -> anyhow::Result<&'a WeixinAccount> {
    match (appid, accounts) {
        (None, [only]) => Ok(only),
        (None, _) => bail!("有几个帐号：用 --account 说是哪一个 / which --account?"),
        (Some(appid), _) => accounts
            .iter()
            .find(|account| account.appid == appid)
            .with_context(|| format!("没有设 {appid} 这个帐号 / no such account is set")),
    }
}

fn read(file: &Path) -> anyhow::Result<AccountMenu> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("读不了 {} / cannot be read", file.display()))?;
    toml::from_str(&text).with_context(|| format!("{} 不是菜单文件 / is no menu", file.display()))
}

fn of_hot_questions(knowledge: &Knowledge) -> AccountMenu {
    let hot = knowledge.hot.iter().filter_map(|id| {
        let intent = knowledge.intent(id)?;
        Some((id.to_string(), intent.title.clone()))
    });
    AccountMenu::of_questions(&hot.collect::<Vec<_>>())
}

fn print(menu: &AccountMenu, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return out_line(&menu.body().to_string());
    }
    let mut text = String::new();
    for button in &menu.buttons {
        // writing to a string cannot fail
        let _ = writeln!(text, "{}", line(button));
        for below in &button.below {
            let _ = writeln!(text, "  {}", line(below));
        }
    }
    out_line(text.trim_end())
}

fn line(button: &MenuButton) -> String {
    let does = button.key.as_ref().or(button.url.as_ref());
    match does {
        Some(does) => format!("{}  → {does}", button.name),
        None => button.name.clone(),
    }
}
