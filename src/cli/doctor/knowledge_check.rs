//! The knowledge: whether it can be read, what `wenlu check` would say, and whether the operators'
//! pages can publish into it. In: the settings, and what the database has of it. Out: findings.

use super::finding::AreaFindings;
use super::try_file;
use crate::cli::folder;
use crate::cli::time_arg::local;
use crate::settings::{AccessSetting, Settings};
use crate::source::KnowledgeSource;
use crate::store::diagnosis::DatabaseReport;
use std::path::Path;
use wenlu_core::check;
use wenlu_core::knowledge::diagnostic::Severity;
use wenlu_core::knowledge::files::{DataFiles, validate_files};
use wenlu_core::router::Router;

pub(super) fn look(
    settings: &Settings,
    database: Option<&DatabaseReport>,
    encoder_is_there: bool,
    findings: &mut AreaFindings<'_>,
) {
    match folder::source(settings, None) {
        Err(error) => findings.bad(
            "knowledge.folder",
            error.to_string(),
            "改好 WENLU_ROOT，或用 wenlu init 建一个 / correct WENLU_ROOT, or make a folder with wenlu init",
        ),
        Ok(source) => {
            let files = source.files();
            check_files(settings, &files, encoder_is_there, findings);
            match &source {
                KnowledgeSource::Embedded => embedded(settings, findings),
                KnowledgeSource::Folder(root) => writable(settings, root, findings),
            }
            if let Some(database) = database {
                last_good(&source, &files.version(), database, findings);
            }
        }
    }
}

/// The mistakes and the failing tests.
fn check_files(
    settings: &Settings,
    files: &DataFiles,
    encoder_is_there: bool,
    findings: &mut AreaFindings<'_>,
) {
    let todo = "运行 wenlu check 看是哪些，改好保存 / wenlu check shows them";
    let loaded = match validate_files(files) {
        Ok(loaded) => loaded,
        Err(error) => {
            let said = format!(
                "数据文件有 {0} 处错误 / {0} mistakes",
                error
                    .diagnostics
                    .iter()
                    .filter(|found| found.severity() == Severity::Error)
                    .count()
            );
            return findings.bad("knowledge.files", said, todo);
        }
    };
    let router = match encoder_is_there {
        true => crate::cli::context::build_router(settings, &loaded.knowledge),
        false => Router::build(&loaded.knowledge).with_threshold(settings.knowledge.threshold),
    };
    let failed = check::failed_tests(&loaded.knowledge, &router, &loaded.texts);
    let intents = loaded.knowledge.intents.len();
    match failed.len() {
        0 => findings.good(
            "knowledge.files",
            format!("{intents} 个意图，没有错误，测试都通过 / no mistakes, all tests pass"),
        ),
        count => findings.note(
            "knowledge.files",
            format!("{count} 条测试不过，知识照常使用 / tests fail"),
            todo,
        ),
    }
}

fn embedded(settings: &Settings, findings: &mut AreaFindings<'_>) {
    let said = "用的是内置的知识，没有自己的文件夹 / the built-in knowledge serves";
    match settings.admin.access {
        AccessSetting::Off => findings.good("knowledge.writable", said),
        _ => findings.note(
            "knowledge.writable",
            format!("{said}：在 /admin 上不能发布 / nothing can be published on /admin"),
            "运行 wenlu init 文件夹，再把 WENLU_ROOT 指过去 / wenlu init DIR, and WENLU_ROOT=DIR",
        ),
    }
}

/// Publishing makes new files beside the old ones, so that is tried.
fn writable(settings: &Settings, root: &Path, findings: &mut AreaFindings<'_>) {
    let refused = ["intents", "content"].iter().find_map(|name| {
        let folder = root.join(name);
        let refused = try_file(&folder).err();
        refused.map(|error| (folder, error.kind()))
    });
    let Some((folder, why)) = refused else {
        return findings.good(
            "knowledge.writable",
            format!("{} 可以写 / can be written", root.display()),
        );
    };
    let said = format!("{} 不能写（{why}）/ cannot be written", folder.display());
    match settings.admin.access {
        AccessSetting::Off => findings.good("knowledge.writable", said),
        _ => findings.bad(
            "knowledge.writable",
            format!("{said}：在 /admin 上不能发布 / nothing can be published"),
            "把文件夹交给运行问路的账号（chown），挂载时不要只读；systemd 里用 ReadWritePaths= / \
             give it to the account that wenlu runs as",
        ),
    }
}

/// A start on files that would be refused serves what the database has.
fn last_good(
    source: &KnowledgeSource,
    version: &str,
    database: &DatabaseReport,
    findings: &mut AreaFindings<'_>,
) {
    match &database.last_good {
        _ if *source == KnowledgeSource::Embedded => {}
        None => findings.note(
            "knowledge.last_good",
            "数据库里还没有留下一份正确的知识：文件有误时，服务启动不了 / none is kept yet",
            "启动一次服务就会留下 / a start of the server keeps it",
        ),
        Some((kept, at)) if kept == version => {
            findings.good(
                "knowledge.last_good",
                format!(
                    "磁盘上的就是 {} 起生效的这一版 / the files are what went live last",
                    local(*at)
                ),
            );
        }
        Some((_, at)) => findings.note(
            "knowledge.last_good",
            format!(
                "磁盘上的文件和 {} 生效的那一版不同 / \
             the files differ from what went live last",
                local(*at)
            ),
            "服务在运行的话，看 /admin 概览它们为什么没有生效；没在运行，启动就会采用 / \
             the overview of /admin says why they do not serve",
        ),
    }
}
