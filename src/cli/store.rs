//! `wenlu store`: information on the database; backup, restore, and copy to another database; sweeps.

mod sweep;

mod backup;
mod backup_folder;

use super::context::{GlobalFlags, database};
use super::output::out_line;
use super::progress::ProgressMeter;
use super::style::{FAINT, HEADING, align_left, align_right, paint};
use crate::settings::{DatabaseUrl, StoreSettings};
use crate::store::transfer::{self, DatabaseInfo, OnTransferProgress, TableRowCounts};
use crate::store::{StoreError, TransferError};
use backup::StoreBackupArgs;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use sweep::StoreSweepArgs;

#[derive(clap::Args, Debug)]
pub(super) struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(clap::Subcommand, Debug)]
enum StoreCommand {
    /// The engine, the version of the tables, their rows and the size
    Info(StoreOutputArgs),
    /// Everything as it is now into a new file, while the server runs
    Backup(StoreBackupArgs),
    /// A backup into an empty database; stop the server first
    Restore(StoreRestoreArgs),
    /// Everything into another, empty database, such as from SQLite to PostgreSQL; stop the server first
    Copy(StoreCopyArgs),
    /// What is to be deleted because its time is over; with --yes, delete it
    Sweep(StoreSweepArgs),
}

#[derive(clap::Args, Debug)]
struct StoreOutputArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args, Debug)]
struct StoreRestoreArgs {
    /// What `wenlu store backup` has made
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where it goes: a database that is empty, or not there yet [default: that of the settings]
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    #[command(flatten)]
    plain: StoreOutputArgs,
}

/// With one of the two in the settings, its password stands neither on the command line nor in the shell's history.
#[derive(clap::Args, Debug)]
#[group(id = "ends", required = true, multiple = true, args = ["from", "to"])]
struct StoreCopyArgs {
    /// What is copied [default: the database of the settings]
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// Where it goes: a database that is empty, or not there yet [default: that of the settings]
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    #[command(flatten)]
    plain: StoreOutputArgs,
}

pub(super) fn run(global: &GlobalFlags, args: StoreArgs) -> anyhow::Result<ExitCode> {
    let own = super::context::load_settings(global)?.store;
    let runtime = super::context::runtime()?;
    let said = runtime.block_on(async {
        tokio::select! {
            said = args.command.run(own) => said,
            // dropping the future rolls its transaction back
            _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("已中断，没有复制任何内容 / interrupted; nothing was copied")),
        }
    })?;
    out_line(&said)?;
    Ok(ExitCode::SUCCESS)
}

impl StoreCommand {
    async fn run(self, settings: StoreSettings) -> anyhow::Result<String> {
        let own = settings.database.clone();
        match self {
            StoreCommand::Sweep(args) => args.run(settings).await,
            StoreCommand::Info(plain) => {
                let info = transfer::info(own.reveal()).await.map_err(explained)?;
                Ok(if plain.json {
                    shown_to_programs(&own, &info).to_string()
                } else {
                    shown(&own, &info)
                })
            }
            StoreCommand::Backup(args) => backup::run(&own, args).await,
            StoreCommand::Restore(StoreRestoreArgs { file, to, plain }) => {
                let to = to
                    .map(|url| database("--to", url))
                    .transpose()?
                    .unwrap_or(own);
                let rows = metered("恢复", |progress| {
                    transfer::restore(&file, to.reveal(), progress)
                })
                .await?;
                Ok(copied(
                    "恢复",
                    &file.display().to_string(),
                    &to,
                    &rows,
                    plain.json,
                ))
            }
            StoreCommand::Copy(StoreCopyArgs { from, to, plain }) => {
                let from = from
                    .map(|url| database("--from", url))
                    .transpose()?
                    .unwrap_or_else(|| own.clone());
                let to = to
                    .map(|url| database("--to", url))
                    .transpose()?
                    .unwrap_or(own);
                let rows = metered("复制", |progress| {
                    transfer::copy(from.reveal(), to.reveal(), progress)
                })
                .await?;
                Ok(copied("复制", &from.to_string(), &to, &rows, plain.json))
            }
        }
    }
}

/// Runs `work` with a progress line.
async fn metered<T, F>(
    name: &'static str,
    work: impl FnOnce(OnTransferProgress) -> F,
) -> anyhow::Result<T>
where
    F: Future<Output = Result<T, TransferError>>,
{
    let meter = Arc::new(ProgressMeter::new(name));
    let shown = meter.clone();
    let result = work(Arc::new(move |done, total| shown.show(done, total))).await;
    meter.clear();
    result.map_err(explained)
}

fn shown_error(error: StoreError) -> anyhow::Error {
    explained(error.into())
}

/// The error with advice for the terminal in front.
fn explained(error: TransferError) -> anyhow::Error {
    let help = match &error {
        TransferError::Store(StoreError::Missing(file)) => {
            return anyhow::anyhow!("没有这个数据库 / there is no database {}", file.display());
        }
        TransferError::NotEmpty { .. } => {
            "目标数据库里已有内容，没有覆盖；请换一个空的，或还不存在的"
        }
        TransferError::NotOurs(_) => "这不是问路的数据库，也不是它的备份",
        TransferError::Store(StoreError::Newer { .. }) => "它来自更新的版本，请用那个版本",
        TransferError::Older { .. } => "它来自更早的版本，请先用这个版本启动一次服务",
        TransferError::InMemory => "内存里的数据库不能复制",
        TransferError::Exists(_) => "文件已经存在，没有覆盖",
        TransferError::Store(StoreError::Corrupt(_)) => "文件已损坏，或者不是数据库",
        TransferError::Store(StoreError::Unreachable(..)) => "连不上数据库",
        TransferError::Store(StoreError::NoFolder(_)) => "文件夹不存在",
        TransferError::Store(StoreError::CannotOpen(_)) => "打不开文件",
        TransferError::Write(..) => "写不了文件",
        TransferError::RowCountMismatch { .. } => {
            "复制时另有程序在写目标数据库，已全部撤销；请先停下它"
        }
        _ => "没有完成，什么都没有改",
    };
    anyhow::Error::new(error).context(help)
}

fn shown(database: &DatabaseUrl, info: &DatabaseInfo) -> String {
    let DatabaseInfo {
        engine,
        schema,
        known,
        ..
    } = info;
    let schema = if schema == known {
        format!("表的版本 {schema}，是最新的")
    } else {
        format!("表的版本 {schema}，服务启动时会升级到 {known}")
    };
    format!(
        "{}\n{engine}，{schema}，{}\n{}",
        paint(HEADING, database),
        bytes(info.bytes),
        table(&info.rows)
    )
}

fn shown_to_programs(database: &DatabaseUrl, info: &DatabaseInfo) -> Value {
    json!({
        "database": database.to_string(),
        "engine": info.engine,
        "schema": info.schema,
        "known": info.known,
        "bytes": info.bytes,
        "rows": map(&info.rows),
    })
}

fn copied(what: &str, from: &str, to: &DatabaseUrl, rows: &TableRowCounts, json: bool) -> String {
    if json {
        return json!({"from": from, "to": to.to_string(), "rows": map(rows)}).to_string();
    }
    format!(
        "{}已{what} {} 行，各表行数已核对：{from} → {to}",
        moved(rows),
        total(rows)
    )
}

fn map(rows: &TableRowCounts) -> Map<String, Value> {
    rows.iter()
        .map(|(table, rows)| (table.clone(), Value::from(*rows)))
        .collect()
}

fn total(rows: &TableRowCounts) -> u64 {
    rows.iter().map(|(_, count)| count).sum()
}

/// The tables that have rows, one a line.
fn moved(rows: &TableRowCounts) -> String {
    let moved: TableRowCounts = rows
        .iter()
        .filter(|(_, count)| *count > 0)
        .cloned()
        .collect();
    if moved.is_empty() {
        String::new()
    } else {
        table(&moved) + "\n"
    }
}

/// All tables, one a line; empty ones are dimmed.
fn table(rows: &TableRowCounts) -> String {
    let width = rows
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let line = |(name, count): &(String, u64)| {
        let line = format!(
            "  {}  {}",
            align_left(name, width),
            align_right(&count.to_string(), 9)
        );
        if *count == 0 {
            paint(FAINT, line)
        } else {
            line
        }
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// `16.0 KB`, `2.4 MB`.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    let (mut size, mut unit) = (count as f64 / 1024.0, 0);
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1024.0, unit + 1);
    }
    format!("{size:.1} {}", UNITS[unit])
}
