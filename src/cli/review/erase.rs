//! `wenlu review erase`: all traces of one asker, out of the database and out of backups.

use super::context::print;
use crate::channel::terminal::strip_control_chars;
use crate::clock;
use crate::settings::DatabaseUrl;
use crate::store::Store;
use crate::store::audit::AuditActor;
use crate::store::erase::{ConversationTraces, ErasureResult, audit_alias, erase_in_backup};
use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use wenlu_core::model::ConversationId;

/// Every table is gone through: the journal, the conversation's state, answers kept for retries, inbox, outbox, what a page
/// was told, hand-overs, what is known of the asker's own chat, drafts and ignored clusters with its wordings, and the
/// audit log where it quotes them. The log of erasures keeps a fingerprint of the conversation's name and no more. The
/// server may go on running; while a file of SQLite is written anew, which takes a second or so for each 100 MB, it waits.
///
/// Not reached: what stands in Telegram's chats; what a reviewer has published into the data files (its changes are named);
/// files that were exported. On PostgreSQL the rows are deleted and vacuumed; pages of its files keep their bytes until they
/// are used again, and its archive of the write-ahead log and its own backups are the server's to clear.
#[derive(clap::Args, Debug)]
pub(crate) struct ReviewEraseArgs {
    /// Whose traces: as `wenlu review show` names it, such as web:4f0c… or telegram:123456789
    #[arg(long, value_name = "ID", value_parser = parse)]
    conversation: ConversationId,
    /// A file that `wenlu store backup` has made; it is replaced by one without the traces. As often as there are files
    #[arg(long, value_name = "FILE", num_args = 1..)]
    backup: Vec<PathBuf>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

fn parse(text: &str) -> Result<ConversationId, String> {
    ConversationId::parse(text).map_err(|error| error.to_string())
}

impl ReviewEraseArgs {
    pub(crate) async fn run(
        &self,
        store: &Store,
        database: &DatabaseUrl,
    ) -> anyhow::Result<ExitCode> {
        let conversation = self.conversation.as_str();
        let found = store.erasure().traces(conversation).await?;
        if !self.yes && !confirmed(conversation, &found, database, self.backup.len())? {
            bail!("没有清除任何内容 / nothing was erased");
        }
        // the backups first: if one cannot be written, the command can be repeated
        let mut backups = Vec::with_capacity(self.backup.len());
        for file in &self.backup {
            let traces = erase_in_backup(file, conversation).await;
            backups.push((
                file,
                traces.with_context(|| format!("备份 {} 没有改动", file.display()))?,
            ));
        }
        let erased = store
            .erasure()
            .erase(AuditActor::terminal(clock::now()), conversation)
            .await?;
        let lines = match self.json {
            true => vec![for_programs(conversation, &erased, &backups).to_string()],
            false => for_people(conversation, &erased, &backups),
        };
        print(&lines)?;
        Ok(if erased.is_wiped {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

fn confirmed(
    conversation: &str,
    found: &ConversationTraces,
    database: &DatabaseUrl,
    backups: usize,
) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("要清除请加上 --yes / add --yes to erase without being asked");
    }
    let also = if backups == 0 {
        String::new()
    } else {
        format!("，以及 {backups} 个备份文件")
    };
    let mut out = anstream::stderr().lock();
    writeln!(
        out,
        "会话 {}，数据库 {database}{also}：",
        strip_control_chars(conversation)
    )?;
    for line in table(found) {
        writeln!(out, "{line}")?;
    }
    write!(out, "清除后无法恢复。输入 yes 确认：")?;
    out.flush()?;
    let mut said = String::new();
    std::io::stdin().read_line(&mut said)?;
    Ok(said.trim() == "yes")
}

fn for_people(
    conversation: &str,
    erased: &ErasureResult,
    backups: &[(&PathBuf, ConversationTraces)],
) -> Vec<String> {
    let mut lines = vec![format!(
        "会话 {}（指纹 {}）",
        strip_control_chars(conversation),
        audit_alias(conversation)
    )];
    lines.push("数据库：".to_owned());
    lines.extend(table(&erased.traces));
    for (file, traces) in backups {
        lines.push(format!("备份 {}：", file.display()));
        lines.extend(table(traces));
    }
    let published = &erased.traces.published;
    if !published.is_empty() {
        let ids: Vec<String> = published.iter().map(|id| format!("#{id}")).collect();
        lines.push(format!(
            "已发布的修改 {} 用过这里的问题：原话可能在数据文件和 git 里，请去看看。",
            ids.join("、")
        ));
    }
    if backups.is_empty() {
        lines.push("此前做的备份里还有它：用 --backup 文件… 一并清除。".to_owned());
    }
    if !erased.is_wiped {
        lines.push("行已删除，但一直有人在读数据库，写前日志里还有残留；请再运行一次。".to_owned());
    }
    lines
}

fn table(traces: &ConversationTraces) -> Vec<String> {
    if traces.rows.is_empty() {
        return vec!["  没有它的记录".to_owned()];
    }
    traces
        .rows
        .iter()
        .map(|(table, count)| format!("  {table:<14} {count:>6} 行"))
        .collect()
}

fn for_programs(
    conversation: &str,
    erased: &ErasureResult,
    backups: &[(&PathBuf, ConversationTraces)],
) -> Value {
    let rows = |traces: &ConversationTraces| -> Map<String, Value> {
        traces
            .rows
            .iter()
            .map(|(table, count)| (table.clone(), Value::from(*count)))
            .collect()
    };
    let backups: Vec<Value> = backups
        .iter()
        .map(|(file, traces)| json!({"file": file.display().to_string(), "rows": rows(traces)}))
        .collect();
    json!({
        "conversation": conversation,
        "known_as": audit_alias(conversation),
        "rows": rows(&erased.traces),
        "published": erased.traces.published,
        "backups": backups,
        "wiped": erased.is_wiped,
    })
}
