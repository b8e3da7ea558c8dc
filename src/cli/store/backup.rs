//! `wenlu store backup`: into a file, or into a folder of backups of which old ones go.

use super::{StoreOutputArgs, backup_folder, bytes, map, metered, moved, total};
use crate::cli::output::err_line;
use crate::clock;
use crate::settings::DatabaseUrl;
use crate::store::last_done::{LastDone, RecurringWork};
use crate::store::transfer::{self, DatabaseInfo};
use crate::store::{Store, StoreError};
use anyhow::Context;
use serde_json::json;
use std::path::{Path, PathBuf};
use wenlu_core::model::Timestamp;

#[derive(clap::Args, Debug)]
pub(super) struct StoreBackupArgs {
    /// The file to make: a database of SQLite, whichever engine it comes from
    #[arg(
        value_name = "FILE",
        required_unless_present = "folder",
        conflicts_with = "folder"
    )]
    file: Option<PathBuf>,
    /// A folder in which the file is named after the time, such as wenlu-20261101T030000Z.db
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Of how many days backups stay in the folder, the newest of each; older ones are deleted [default: all stay]
    #[arg(long, value_name = "DAYS", requires = "folder", conflicts_with = "file", value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
    #[command(flatten)]
    plain: StoreOutputArgs,
}

/// Writes a backup, notes in the database that there is one, and deletes old ones.
pub(super) async fn run(own: &DatabaseUrl, args: StoreBackupArgs) -> anyhow::Result<String> {
    let now = clock::now();
    let in_folder = |folder: &PathBuf| backup_folder::next_file(folder, now);
    let file = args.file.or_else(|| args.folder.as_ref().map(in_folder));
    let file = file.context("FILE or --folder")?;
    let info = metered("备份", |progress| {
        transfer::backup(own.reveal(), &file, progress)
    })
    .await?;
    if let Err(error) = note_backup(own, &file, &info, now).await {
        err_line(&format!(
            "备份好了，但没能记进数据库 / the backup is complete, but could not be noted in the database: {error}"
        ));
    }
    if let (Some(folder), Some(days)) = (&args.folder, args.keep) {
        let old = backup_folder::delete_old(folder, days);
        old.context(
            "备份好了，但删不掉旧的 / the backup is complete, but old ones cannot be deleted",
        )?;
    }
    Ok(backed_up(own, &file, &info, args.plain.json))
}

/// Notes the time of the backup for metrics and warnings. A database of an older version is not
/// touched: its backup may be made before an upgrade.
async fn note_backup(
    own: &DatabaseUrl,
    file: &Path,
    info: &DatabaseInfo,
    at: Timestamp,
) -> Result<(), StoreError> {
    if info.schema != info.known {
        return Ok(());
    }
    let store = Store::open_existing(own.reveal()).await?;
    let detail = file.display().to_string();
    let noted = store
        .last_done()
        .record(RecurringWork::Backup, LastDone { at, detail })
        .await;
    store.close().await;
    noted
}

fn backed_up(database: &DatabaseUrl, file: &Path, info: &DatabaseInfo, json: bool) -> String {
    let file = file.display();
    if json {
        let rows = map(&info.rows);
        return json!({"from": database.to_string(), "to": file.to_string(), "bytes": info.bytes, "rows": rows})
            .to_string();
    }
    format!(
        "{}已备份到 {file}：{} 行，{}，已读回检查。里面有用户说过的话，请像数据库一样保管。\n恢复：wenlu store restore {file}",
        moved(&info.rows),
        total(&info.rows),
        bytes(info.bytes)
    )
}
