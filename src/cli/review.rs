//! `wenlu review`: unanswered questions, most frequent first, their context, and the actions on
//! them.

mod args;
mod clusters;
mod context;
mod draft_text;
mod erase;
mod history;
mod publish;
mod queue;
mod recovery;

pub(super) use args::{MEANING, ReviewArgs};
pub(super) use publish::{base_of, explain_error};

use super::context::{GlobalFlags, no_journal};
use crate::review::change_service::{ChangeError, ChangeService};
use crate::review::edit::ReviewEdit;
use crate::store::{Store, StoreError};
use anyhow::Context;
use args::{
    ReviewAssignArgs, ReviewChangeArgs, ReviewClusterArgs, ReviewCommand, ReviewDiscardArgs,
    ReviewExportArgs, ReviewHistoryArgs, ReviewIntentArgs, ReviewListArgs, ReviewNewArgs,
    ReviewOutOfScopeArgs, ReviewStatsArgs,
};
use context::{ReviewContext, no_cluster, print};
use std::io::IsTerminal;
use std::process::ExitCode;

pub(super) fn run(global: &GlobalFlags, args: ReviewArgs) -> anyhow::Result<ExitCode> {
    let settings = super::context::load_settings(global)?;
    let everything = ReviewCommand::List(ReviewListArgs {
        json: false,
        limit: usize::MAX,
        since: None,
        clusters: true,
    });
    let walks =
        args.command.is_none() && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let command = args.command.unwrap_or(everything);
    let source = super::folder::source(&settings, None)?;
    let runtime = super::context::runtime()?;
    runtime.block_on(async {
        let store = match Store::open_existing(settings.store.database.reveal()).await {
            Err(StoreError::Missing(file)) => return no_journal(&file, command.is_for_programs()),
            opened => opened?,
        };
        let shop = ChangeService::new(
            store.clone(),
            source,
            settings.knowledge.git || command.is_committed(),
        );
        // an interrupted publication must be recovered before the files are read or changed
        recovery::report_recovery(shop.recover().await);
        let work = ReviewContext {
            store: store.clone(),
            change_service: shop,
            settings,
        };
        let code = if walks {
            clusters::walk(&work).await
        } else {
            command.run(&work).await
        };
        store.close().await;
        code
    })
}

impl ReviewCommand {
    async fn run(self, work: &ReviewContext) -> anyhow::Result<ExitCode> {
        match self {
            ReviewCommand::List(ReviewListArgs {
                json,
                limit,
                clusters: true,
                ..
            }) => clusters::list(work, limit, json).await,
            ReviewCommand::List(list) => queue::list(&work.store, list).await,
            ReviewCommand::Show(show) => queue::show(&work.store, show).await,
            ReviewCommand::Promote(asked) => {
                let edit = |intent, texts| ReviewEdit::AddExamples { intent, texts };
                draft_for_intent(work, asked, edit).await
            }
            ReviewCommand::NearMiss(asked) => {
                let edit = |intent, texts| ReviewEdit::AddNearMisses { intent, texts };
                draft_for_intent(work, asked, edit).await
            }
            ReviewCommand::New(asked) => draft_new_intent(work, asked).await,
            ReviewCommand::OutOfScope(ReviewOutOfScopeArgs { which, how }) => {
                let (texts, questions) = publish::selected_questions(work, &which).await?;
                publish::draft_and_decide(work, &ReviewEdit::OutOfScope { texts }, questions, how)
                    .await
            }
            ReviewCommand::Ignore(cluster) => ignore(work, &cluster, true).await,
            ReviewCommand::Unignore(cluster) => ignore(work, &cluster, false).await,
            ReviewCommand::Assign(asked) => assign(work, asked).await,
            ReviewCommand::Changes(ReviewHistoryArgs { limit, json }) => {
                history::changes(work, limit, json).await
            }
            ReviewCommand::Publish(ReviewChangeArgs { id, how }) => {
                publish::decide(work, id, how).await
            }
            ReviewCommand::Discard(asked) => discard(work, asked).await,
            ReviewCommand::Undo(ReviewChangeArgs { id, how }) => publish::undo(work, id, how).await,
            ReviewCommand::Export(ReviewExportArgs { format }) => {
                history::export(work, format).await
            }
            ReviewCommand::Erase(erase) => {
                erase.run(&work.store, &work.settings.store.database).await
            }
            ReviewCommand::Stats(ReviewStatsArgs { days, json }) => {
                history::stats(work, days, json).await
            }
        }
    }
}

/// Drafts what `edit` makes of an intent and the texts of the chosen questions.
async fn draft_for_intent(
    work: &ReviewContext,
    ReviewIntentArgs { which, to, how }: ReviewIntentArgs,
    edit: fn(String, Vec<String>) -> ReviewEdit,
) -> anyhow::Result<ExitCode> {
    let (texts, questions) = publish::selected_questions(work, &which).await?;
    let intent = named(work, to, &questions).await?;
    publish::draft_and_decide(work, &edit(intent, texts), questions, how).await
}

/// The intent given with `--to`; else asks for one.
async fn named(
    work: &ReviewContext,
    to: Option<String>,
    questions: &[i64],
) -> anyhow::Result<String> {
    match (to, questions.first()) {
        (Some(intent), _) => Ok(intent),
        (None, Some(first)) => clusters::which_intent(work, *first).await,
        (None, None) => anyhow::bail!("没有选任何问题 / no question was named"),
    }
}

async fn draft_new_intent(work: &ReviewContext, asked: ReviewNewArgs) -> anyhow::Result<ExitCode> {
    let ReviewNewArgs {
        which,
        id,
        title,
        parent,
        gap,
        how,
    } = asked;
    let (texts, questions) = publish::selected_questions(work, &which).await?;
    let edit = ReviewEdit::NewIntent {
        id,
        title,
        parent,
        gap,
        texts,
    };
    publish::draft_and_decide(work, &edit, questions, how).await
}

async fn discard(
    work: &ReviewContext,
    ReviewDiscardArgs { id, json }: ReviewDiscardArgs,
) -> anyhow::Result<ExitCode> {
    match work.store.reviews().discard_draft(work.by(), id).await? {
        true if json => {
            print(&[serde_json::json!({"change": id, "state": "discarded"}).to_string()])
        }
        true => print(&["已放弃，什么都没有改动。".to_owned()]),
        false => Err(publish::explain_error(ChangeError::Stale)),
    }
}

async fn ignore(
    work: &ReviewContext,
    &ReviewClusterArgs { id, json }: &ReviewClusterArgs,
    ignored: bool,
) -> anyhow::Result<ExitCode> {
    let board = work.board().await?;
    let (case, remark) = board.find(id).with_context(|| no_cluster(id))?;
    let of = work
        .change_service
        .ignore(work.by(), case, remark, ignored)
        .await?;
    let count = case.cluster.count;
    let said = if ignored {
        "已忽略，以后相似的提问也不再列出。"
    } else {
        "不再忽略。"
    };
    print(&[match json {
        true => {
            serde_json::json!({"cluster": of, "ignored": ignored, "questions": count}).to_string()
        }
        false => format!("{said}{count} 次提问。"),
    }])
}

async fn assign(
    work: &ReviewContext,
    ReviewAssignArgs { id, account, json }: ReviewAssignArgs,
) -> anyhow::Result<ExitCode> {
    if let Some(name) = &account
        && work.store.accounts().find(name).await?.is_none()
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
    work.change_service.assign(work.by(), case, account).await?;
    print(&[said])
}
