//! `wenlu admin`: accounts of the operators' pages, managed from a terminal on the machine.

use super::context::GlobalFlags;
use super::output;
use super::time_arg::local;
use crate::admin::auth::name::{NAME_HELP, is_name};
use crate::admin::auth::password::Password;
use crate::admin::auth::secret::AuthSecret;
use crate::admin::{password_link_expiry, password_link_path};
use crate::clock;
use crate::settings::{AdminAddress, Settings, local_url};
use crate::store::Store;
use crate::store::accounts::{
    Account, AccountChange, AccountChangeOutcome, AccountRight, AccountRole,
};
use crate::store::audit::AuditActor;
use anyhow::{Context, bail};
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct AdminArgs {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(clap::Subcommand, Debug)]
enum AdminCommand {
    /// Add an account; prints a one-time link that sets its password
    AddUser {
        /// 2 to 32 small letters, digits or . _ -
        name: String,
        /// agent, viewer, reviewer, operator or admin
        #[arg(long, value_parser = role)]
        role: AccountRole,
        /// Ask for the password here instead
        #[arg(long)]
        password: bool,
    },
    /// All accounts
    List {
        /// Print a JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Give an account another role
    SetRole {
        /// The account's name
        name: String,
        /// agent, viewer, reviewer, operator or admin
        #[arg(value_parser = role)]
        role: AccountRole,
    },
    /// Let a viewer or reviewer talk with askers who want a person, or no longer
    SetInbox {
        /// The account's name
        name: String,
        /// on or off
        #[arg(value_parser = switch, action = clap::ArgAction::Set)]
        granted: bool,
    },
    /// Keep somebody out, and end their sessions
    Disable {
        /// The account's name
        name: String,
    },
    /// Let them in again
    Enable {
        /// The account's name
        name: String,
    },
    /// Ask for a new password, and end all sessions
    ResetPassword {
        /// The account's name
        name: String,
    },
    /// Turn one-time codes off, for somebody who has lost their phone
    ResetCodes {
        /// The account's name
        name: String,
    },
    /// Let somebody sign in at once who was locked out by wrong passwords
    Unlock {
        /// The account's name
        name: String,
    },
    /// Print a one-time link that sets the password
    Link {
        /// The account's name
        name: String,
    },
}

fn role(text: &str) -> Result<AccountRole, &'static str> {
    AccountRole::parse(text).ok_or("must be agent, viewer, reviewer, operator or admin")
}

fn switch(text: &str) -> Result<bool, &'static str> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off"),
    }
}

pub(super) fn run(global: &GlobalFlags, args: AdminArgs) -> anyhow::Result<ExitCode> {
    let settings = super::context::load_settings(global)?;
    let runtime = super::context::runtime()?;
    runtime.block_on(async {
        let store = Store::open(settings.store.database.reveal()).await?;
        let done = args.command.run(&store, &settings).await;
        store.close().await;
        done.map(|()| ExitCode::SUCCESS)
    })
}

impl AdminCommand {
    async fn run(self, store: &Store, settings: &Settings) -> anyhow::Result<()> {
        match self {
            AdminCommand::AddUser {
                name,
                role,
                password,
            } => {
                if !is_name(&name) {
                    bail!(
                        "帐号名须是 {NAME_HELP} / a name is 2 to 32 small letters, digits or . _ -, a letter first"
                    );
                }
                // asked for before anything is written, so that cancelling leaves nothing behind
                let hash = if password { Some(ask(&name)?) } else { None };
                done(store.accounts().add(by(), name.clone(), role).await?, &name)?;
                match hash {
                    Some(hash) => {
                        change(store, name, AccountChange::Password { hash, keep: None }).await
                    }
                    None => link(store, settings, name).await,
                }
            }
            AdminCommand::List { json } => list(&store.accounts().all().await?, json),
            AdminCommand::SetRole { name, role } => {
                change(store, name, AccountChange::Role(role)).await
            }
            AdminCommand::SetInbox { name, granted } => {
                change(store, name, AccountChange::Inbox(granted)).await
            }
            AdminCommand::Disable { name } => {
                change(store, name, AccountChange::Disabled(true)).await
            }
            AdminCommand::Enable { name } => {
                change(store, name, AccountChange::Disabled(false)).await
            }
            AdminCommand::ResetPassword { name } => {
                done(
                    if store.accounts().find(&name).await?.is_some() {
                        AccountChangeOutcome::Done
                    } else {
                        AccountChangeOutcome::Missing
                    },
                    &name,
                )?;
                let hash = ask(&name)?;
                change(store, name, AccountChange::Password { hash, keep: None }).await
            }
            AdminCommand::ResetCodes { name } => {
                change(store, name, AccountChange::Second(None)).await
            }
            AdminCommand::Unlock { name } => {
                done(store.sessions().unlock(by(), name.clone()).await?, &name)?;
                out_line("好了，现在就可以登录 / done: they can sign in now")
            }
            AdminCommand::Link { name } => link(store, settings, name).await,
        }
    }
}

fn by() -> AuditActor {
    AuditActor::terminal(clock::now())
}

async fn change(store: &Store, name: String, change: AccountChange) -> anyhow::Result<()> {
    done(
        store.accounts().change(by(), name.clone(), change).await?,
        &name,
    )?;
    out_line("好了 / done")
}

async fn link(store: &Store, settings: &Settings, name: String) -> anyhow::Result<()> {
    let secret = AuthSecret::new()?;
    done(
        store
            .accounts()
            .add_link(
                by(),
                name.clone(),
                secret.hash(),
                password_link_expiry(clock::now()),
            )
            .await?,
        &name,
    )?;
    let address = match settings.admin.address(&settings.server) {
        AdminAddress::At(address) => address,
        AdminAddress::Off | AdminAddress::Unreachable => local_url(settings.server.listen),
    };
    out_line(&format!(
        "请把这个链接交给 {name}，用它设置密码；只能用一次，24 小时内有效 / A one-time link that sets the password, good for 24 hours:\n  \
         {address}{}\n外面有反向代理时，把前面换成对外的地址（WENLU_PUBLIC_URL） / Behind a proxy, put its address in front instead \
         (WENLU_PUBLIC_URL).",
        password_link_path(&secret)
    ))
}

/// Asks for the password twice, without echo at a terminal. Returns its hash.
fn ask(name: &str) -> anyhow::Result<String> {
    let read = |prompt: &str| {
        rpassword::prompt_password(prompt).context("没有读到密码 / no password was read")
    };
    let typed = read("密码 / password: ")?;
    let password = Password::parse(&typed, name)?;
    if read("再输一次 / again: ")? != typed {
        bail!("两次输入的不一样，什么都没有改 / they differ; nothing was changed");
    }
    Ok(password.hash()?)
}

fn done(changed: AccountChangeOutcome, name: &str) -> anyhow::Result<()> {
    match changed {
        AccountChangeOutcome::Done => Ok(()),
        AccountChangeOutcome::Missing => {
            bail!("没有可用的帐号 {name}；见 `wenlu admin list` / no such account")
        }
        AccountChangeOutcome::Taken => {
            bail!("已经有帐号 {name} / there is an account of that name")
        }
        AccountChangeOutcome::LastAdmin => {
            bail!("{name} 是最后一个管理员 / the last admin: nobody could look after accounts")
        }
    }
}

fn list(accounts: &[Account], json: bool) -> anyhow::Result<()> {
    if accounts.is_empty() && !json {
        return out_line("还没有帐号。用 `wenlu admin add-user 名字 --role admin` 创建第一个。");
    }
    for account in accounts {
        let Account {
            name,
            role,
            password,
            second,
            disabled,
            inbox,
            created_at,
            ..
        } = account;
        if json {
            out_line(&serde_json::to_string(&serde_json::json!({
                "name": name, "role": role, "password_set": password.is_some(), "codes": second.is_some(),
                "disabled": disabled, "inbox": account.has(AccountRight::Inbox), "created_at": created_at,
            }))?)?;
            continue;
        }
        let marks = [
            (*disabled, "停用"),
            (password.is_none(), "没有设置密码"),
            (second.is_some(), "两步验证"),
            (*inbox, "接待客人"),
        ];
        let marks: Vec<&str> = marks
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, word)| word)
            .collect();
        out_line(&format!(
            "{name:<32}  {:<8}  {}  {}",
            role.word(),
            local(*created_at),
            marks.join("、")
        ))?;
    }
    Ok(())
}

fn out_line(line: &str) -> anyhow::Result<()> {
    output::out_line(line)
}
