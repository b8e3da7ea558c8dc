//! The database: whether it is there, readable and writable, and has room. In: the settings. Out:
//! findings. Must not know: what is in it.

use super::finding::AreaFindings;
use super::patience::PATIENCE;
use super::try_file;
use crate::channel::terminal::strip_control_chars;
use crate::cli::time_arg::local;
use crate::clock;
use crate::settings::Settings;
use crate::store::diagnosis::{DatabaseReport, database_file, diagnose};
use crate::store::{Store, StoreError, TransferError};
use std::path::{Path, PathBuf};

/// Free space of the disk, in bytes: below the first it must be mended, below the second it is said.
const TOO_LITTLE: u64 = 256 << 20;
const LITTLE: u64 = 2 << 30;
/// Without a backup for so long, in milliseconds.
const BACKUP_DUE: i64 = 2 * 86_400_000;
const DAY: i64 = 86_400_000;

/// Why there is nothing to report of it.
pub(super) enum NoReport {
    Missing(PathBuf),
    Failed(String),
}

pub(super) async fn report(settings: &Settings) -> Result<DatabaseReport, NoReport> {
    let look = diagnose(settings.store.database.reveal());
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(Ok(report)) => Ok(report),
        Ok(Err(TransferError::Store(StoreError::Missing(file)))) => Err(NoReport::Missing(file)),
        Ok(Err(error)) => Err(NoReport::Failed(strip_control_chars(&error.to_string()))),
        Err(_) => Err(NoReport::Failed("没有回应 / no answer".to_owned())),
    }
}

pub(super) async fn look(
    settings: &Settings,
    report: &Result<DatabaseReport, NoReport>,
    findings: &mut AreaFindings<'_>,
) {
    let file = database_file(settings.store.database.reveal());
    match report {
        Err(NoReport::Missing(file)) => missing(file, findings),
        Err(NoReport::Failed(why)) => findings.bad(
            "database.opens",
            format!("{}：{why}", settings.store.database),
            "核对 DATABASE_URL、文件的权限、数据库是不是在运行 / \
             compare DATABASE_URL, the rights of the file, and whether the server runs",
        ),
        Ok(report) => {
            let mib = report.bytes >> 20;
            findings.good(
                "database.opens",
                format!("{}，{}，{mib} MiB", settings.store.database, report.engine),
            );
            schema(report, findings);
            if report.schema == report.known {
                write_test(settings, findings).await;
            }
            backup(report, findings);
        }
    }
    if let Some(file) = file {
        disk(folder_of(&file), findings);
        #[cfg(unix)]
        rights(&file, findings);
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// It is made at the first start, if the folder allows that.
fn missing(file: &Path, findings: &mut AreaFindings<'_>) {
    let folder = folder_of(file);
    match try_file(folder) {
        Ok(()) => findings.note(
            "database.opens",
            format!("还没有数据库 {} / there is none yet", file.display()),
            "第一次启动时会建好；如果本来应该有，核对 DATABASE_URL / the first start makes it",
        ),
        Err(error) => findings.bad(
            "database.opens",
            format!("没有数据库 {}，也建不了（{}）/ there is none, and it cannot be made", file.display(), error.kind()),
            "建好文件夹，并交给运行问路的账号 / make its folder, for the account that wenlu runs as",
        ),
    }
}

fn schema(report: &DatabaseReport, findings: &mut AreaFindings<'_>) {
    let DatabaseReport { schema, known, .. } = report;
    match schema == known {
        true => findings.good(
            "database.schema",
            format!("表的版本 {schema}，是最新的 / tables are up to date"),
        ),
        false => findings.note(
            "database.schema",
            format!("表的版本 {schema}，启动时会升级到 {known} / a start brings it up to date"),
            "先备份：wenlu store backup 文件 / make a backup first",
        ),
    }
}

/// Writes a row that means nothing, as `/readyz` does.
async fn write_test(settings: &Settings, findings: &mut AreaFindings<'_>) {
    let todo = "看磁盘空间、文件和文件夹的权限 / see the disk, and the rights of the file and of its folder";
    let test = async {
        let store = Store::open_existing(settings.store.database.reveal()).await?;
        let tried = store.readiness().check().await;
        store.close().await;
        tried.map_err(StoreError::from)
    };
    match tokio::time::timeout(PATIENCE, test).await {
        Ok(Ok(())) => findings.good("database.writes", "可以写 / can be written"),
        Ok(Err(error)) => {
            let why = strip_control_chars(&error.to_string());
            findings.bad(
                "database.writes",
                format!("写不进去 / cannot be written: {why}"),
                todo,
            );
        }
        Err(_) => findings.bad(
            "database.writes",
            "写的时候没有回应 / no answer to a write",
            todo,
        ),
    }
}

fn backup(report: &DatabaseReport, findings: &mut AreaFindings<'_>) {
    let todo = "启用 wenlu-backup.timer，或定时运行 wenlu store backup --folder 文件夹 --keep 14 / \
     let a timer run it";
    match report.last_backup {
        None => findings.note(
            "database.backup",
            "从来没有备份过 / there never was a backup",
            todo,
        ),
        Some(at) => {
            let age = clock::now().0 - at.0;
            let said = format!(
                "最近一次备份 {}，{} 天前 / the last backup",
                local(at),
                age / DAY
            );
            match age > BACKUP_DUE {
                true => findings.note("database.backup", said, todo),
                false => findings.good("database.backup", said),
            }
        }
    }
}

fn disk(folder: &Path, findings: &mut AreaFindings<'_>) {
    let Some(free) = free_bytes(folder) else {
        return;
    };
    let said = format!(
        "{} 所在的磁盘还有 {:.1} GiB / free",
        folder.display(),
        free as f64 / f64::from(1 << 30)
    );
    let todo = "腾出空间，或换大的磁盘；也可以改短 WENLU_RETENTION / make space";
    match free {
        0..TOO_LITTLE => findings.bad("database.disk", said, todo),
        TOO_LITTLE..LITTLE => findings.note("database.disk", said, todo),
        LITTLE.. => findings.good("database.disk", said),
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// What people wrote is for the account of the server alone: by the file's rights or its folder's.
#[cfg(unix)]
fn rights(file: &Path, findings: &mut AreaFindings<'_>) {
    use std::os::unix::fs::PermissionsExt;
    let open_to_others = |path: &Path| {
        let mode = std::fs::metadata(path).map(|found| found.permissions().mode());
        mode.is_ok_and(|mode| mode & 0o004 != 0)
    };
    if open_to_others(file) && open_to_others(folder_of(file)) {
        findings.note(
            "database.rights",
            format!(
                "这台机器上的其他账号也能读 {} / other accounts can read it",
                file.display()
            ),
            "chmod o-rwx 这个文件，或它所在的文件夹 / chmod o-rwx",
        );
    }
}
