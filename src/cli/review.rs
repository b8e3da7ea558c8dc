//! `wenlu review`: unanswered questions, most frequent first, their context, and the actions on
//! them.

mod act;
mod args;
mod clusters;
mod erase;
mod history;
mod queue;
mod recovered;
mod told;

pub use args::{Args, MEANING};

use super::output::print_line;
use super::{Global, no_journal};
use crate::channel::clock;
use crate::review::board::{self, Board};
use crate::review::edit::Edit;
use crate::review::workshop::{WorkError, Workshop};
use crate::settings::{Settings, user_name};
use crate::store::audit::By;
use crate::store::{Store, StoreError};
use anyhow::Context;
use args::{Assign, Cluster, Command, Export, List, New, Number, OfChange, Plain, Recent, Stats, ToIntent};
use std::io::IsTerminal;
use std::process::ExitCode;

/// What the subcommands work with.
struct Work {
    store: Store,
    shop: Workshop,
    settings: Settings,
}

impl Work {
    fn by(&self) -> By {
        By::user(&user_name(), clock::now())
    }

    async fn board(&self) -> Result<Board, StoreError> {
        board::board(&self.store, clock::now()).await
    }
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let settings = super::load_settings(global)?;
    let everything = Command::List(List { json: false, limit: usize::MAX, since: None, clusters: true });
    let walks = args.command.is_none() && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let command = args.command.unwrap_or(everything);
    let source = super::folder::source(&settings, None)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = match Store::open_existing(settings.database.reveal()).await {
            Err(StoreError::Missing(file)) => return no_journal(&file, command.is_for_programs()),
            opened => opened?,
        };
        let shop = Workshop::new(store.clone(), source, settings.git || command.is_committed());
        // an interrupted publication must be recovered before the files are read or changed
        recovered::tell(shop.recover().await);
        let work = Work { store: store.clone(), shop, settings };
        let code = if walks { clusters::walk(&work).await } else { command.run(&work).await };
        store.close().await;
        code
    })
}

impl Command {
    async fn run(self, work: &Work) -> anyhow::Result<ExitCode> {
        match self {
            Command::List(List { json, limit, clusters: true, .. }) => clusters::list(work, limit, json).await,
            Command::List(list) => queue::list(&work.store, list).await,
            Command::Show(show) => queue::show(&work.store, show).await,
            Command::Promote(ToIntent { which, to, how }) => {
                let (texts, questions) = act::chosen(work, &which).await?;
                let intent = named(work, to, &questions).await?;
                act::act(work, &Edit::AddExamples { intent, texts }, questions, how).await
            }
            Command::NearMiss(ToIntent { which, to, how }) => {
                let (texts, questions) = act::chosen(work, &which).await?;
                let intent = named(work, to, &questions).await?;
                act::act(work, &Edit::AddNearMisses { intent, texts }, questions, how).await
            }
            Command::New(New { which, id, title, parent, gap, how }) => {
                let (texts, questions) = act::chosen(work, &which).await?;
                act::act(work, &Edit::NewIntent { id, title, parent, gap, texts }, questions, how).await
            }
            Command::OutOfScope(Plain { which, how }) => {
                let (texts, questions) = act::chosen(work, &which).await?;
                act::act(work, &Edit::OutOfScope { texts }, questions, how).await
            }
            Command::Ignore(cluster) => ignore(work, &cluster, true).await,
            Command::Unignore(cluster) => ignore(work, &cluster, false).await,
            Command::Assign(asked) => assign(work, asked).await,
            Command::Changes(Recent { limit, json }) => history::changes(work, limit, json).await,
            Command::Publish(OfChange { id, how }) => act::decide(work, id, how).await,
            Command::Discard(Number { id, json }) => match work.store.discard_draft(work.by(), id).await? {
                true if json => print(&[serde_json::json!({"change": id, "state": "discarded"}).to_string()]),
                true => print(&["已放弃，什么都没有改动。".to_owned()]),
                false => Err(act::said(WorkError::Stale)),
            },
            Command::Undo(OfChange { id, how }) => act::undo(work, id, how).await,
            Command::Export(Export { format }) => history::export(work, format).await,
            Command::Erase(erase) => erase.run(&work.store, &work.settings.database).await,
            Command::Stats(Stats { days, json }) => history::stats(work, days, json).await,
        }
    }
}

/// The intent given with `--to`; else asks for one.
async fn named(work: &Work, to: Option<String>, questions: &[i64]) -> anyhow::Result<String> {
    match (to, questions.first()) {
        (Some(intent), _) => Ok(intent),
        (None, Some(first)) => clusters::which_intent(work, *first).await,
        (None, None) => anyhow::bail!("没有选任何问题 / no question was named"),
    }
}

async fn ignore(work: &Work, &Cluster { id, json }: &Cluster, ignored: bool) -> anyhow::Result<ExitCode> {
    let board = work.board().await?;
    let (case, remark) = board.find(id).with_context(|| no_cluster(id))?;
    let of = work.shop.ignore(work.by(), case, remark, ignored).await?;
    let count = case.cluster.count;
    let said = if ignored { "已忽略，以后相似的提问也不再列出。" } else { "不再忽略。" };
    print(&[match json {
        true => serde_json::json!({"cluster": of, "ignored": ignored, "questions": count}).to_string(),
        false => format!("{said}{count} 次提问。"),
    }])
}

async fn assign(work: &Work, Assign { id, account, json }: Assign) -> anyhow::Result<ExitCode> {
    if let Some(name) = &account
        && work.store.account(name).await?.is_none()
    {
        anyhow::bail!("没有帐号 {name}；见 `wenlu admin list` / no such account");
    }
    let board = work.board().await?;
    let (case, _) = board.find(id).with_context(|| no_cluster(id))?;
    let cluster = case.cluster.id.0;
    let said = match (&account, json) {
        (_, true) => serde_json::json!({"cluster": cluster, "account": account}).to_string(),
        (Some(name), false) => format!("交给 {name} 处理。"),
        (None, false) => "没有人在处理了。".to_owned(),
    };
    work.shop.assign(work.by(), case, account).await?;
    print(&[said])
}

fn no_cluster(id: i64) -> String {
    format!("没有编号 {id} 的未答问题，或已经处理了；编号见 `wenlu review list`")
}

fn print(lines: &[String]) -> anyhow::Result<ExitCode> {
    let mut out = anstream::stdout().lock();
    for line in lines {
        if !print_line(&mut out, line)? {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}
