//! What every command begins with. In: the flags that all commands take. Out: settings, knowledge, a router, a database
//! URL; and how a failure is told. Must not know: any command.

use super::folder;
use super::output::{err_line, err_text, out_line};
use crate::app::{CHINESE_TABLE, CommandRouters, is_mostly_chinese};
use crate::encoder::{Encoder, VectorsError};
use crate::settings::{DATABASE_HELP, DatabaseUrl, SettingFlags, Settings};
use crate::turn::AnswerEngine;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Once, OnceLock};
use tokio::runtime::{Builder, Runtime};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;

/// Flags that every command takes. A flag wins over the environment, the environment over `.env`.
#[derive(clap::Args, Debug, Clone, Default)]
pub(super) struct GlobalFlags {
    /// Folder that holds intents/ and content/ [default: the current folder if it has intents/, else the built-in knowledge] [env: WENLU_ROOT]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// What to log, such as `info` or `wenlu=debug` [env: WENLU_LOG]
    #[arg(long, global = true, value_name = "FILTER")]
    pub(super) log: Option<String>,
}

impl GlobalFlags {
    pub(super) fn setting_flags(&self) -> SettingFlags {
        SettingFlags {
            root: self.root.clone(),
            log: self.log.clone(),
        }
    }
}

/// Loads the settings. Prints their warnings to standard error, once.
pub(super) fn load_settings(global: &GlobalFlags) -> anyhow::Result<Settings> {
    static SAID: Once = Once::new();
    let settings = Settings::load(&global.setting_flags())?;
    SAID.call_once(|| {
        settings
            .warnings
            .iter()
            .for_each(|warning| err_line(&format!("警告 / warning: {warning}")))
    });
    Ok(settings)
}

/// Loads the knowledge of a command. Prints its mistakes to standard error.
pub(super) fn load(global: &GlobalFlags, dir: Option<&Path>) -> anyhow::Result<Knowledge> {
    let source = folder::source(&load_settings(global)?, dir)?;
    crate::source::load(&source)
        .map(|loaded| loaded.knowledge)
        .map_err(|mistakes| {
            err_text(&mistakes.render(true));
            anyhow::anyhow!("数据文件有误 / the data files have mistakes")
        })
}

/// What runs the asynchronous part of a command.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Loads the knowledge, and builds the router that the server would use, for `messages`.
pub(super) fn load_router(
    global: &GlobalFlags,
    messages: &[String],
) -> anyhow::Result<(Knowledge, Router)> {
    let knowledge = load(global, None)?;
    let router = build_router(&load_settings(global)?, &knowledge);
    prepare(messages);
    Ok((knowledge, router))
}

/// What all routers of this process are built with: it runs one command, with one set of settings.
static ROUTERS: OnceLock<CommandRouters> = OnceLock::new();

/// Builds the router of `knowledge` that the server would use. If an encoder is set and gives no
/// vectors, standard error says so, once.
pub(super) fn build_router(settings: &Settings, knowledge: &Knowledge) -> Router {
    let routers = ROUTERS.get_or_init(|| CommandRouters::new(settings));
    let (router, failed) = routers.router(knowledge);
    tell_encoder(failed);
    if settings.encoder.table.is_some() && router.has_encoder() && is_mostly_chinese(knowledge) {
        static WARNED: Once = Once::new();
        WARNED.call_once(|| err_line(&format!("警告 / warning: {CHINESE_TABLE}")));
    }
    router
}

/// Before routers of [`build_router`] route `messages`: an encoder is asked for many of them at a
/// time, and for nothing that is not masked.
pub(super) fn prepare(messages: &[String]) {
    if let Some(routers) = ROUTERS.get() {
        tell_encoder(routers.prepare(messages).err());
    }
}

/// The encoder of a bot at the terminal, once a router was built.
pub(super) fn encoder() -> Option<Arc<Encoder>> {
    ROUTERS.get().and_then(CommandRouters::encoder)
}

fn tell_encoder(failed: Option<VectorsError>) {
    static SAID: Once = Once::new();
    if let Some(error) = failed {
        SAID.call_once(|| {
            err_line(&format!(
                "警告 / warning: {error}；这次只按字词计分 / messages are scored by their words alone"
            ))
        });
    }
}

/// An engine of `knowledge` with the router of [`build_router`].
pub(super) fn build_engine(settings: &Settings, knowledge: Knowledge) -> AnswerEngine {
    let router = build_router(settings, &knowledge);
    AnswerEngine::new(knowledge, router)
}

/// Parses a database URL from the command line. The error does not contain the URL, which may hold
/// a password.
pub(super) fn database(flag: &str, url: String) -> anyhow::Result<DatabaseUrl> {
    DatabaseUrl::parse(&url)
        .ok_or_else(|| anyhow::anyhow!("数据库地址有误 / {flag}: {DATABASE_HELP}"))
}

/// The result of a command that reads the journal if there is no journal yet: a hint, on standard
/// error if programs read the output, and success.
pub(super) fn no_journal(file: &Path, for_programs: bool) -> anyhow::Result<ExitCode> {
    let file = file.display();
    let said = format!(
        "还没有对话记录；有人提问之后，它会在 {file}。用 `wenlu` 打开网页，或用 `wenlu chat` 问上几句。\n\
         There is no journal yet; it would be in {file}."
    );
    if for_programs {
        err_line(&said);
    } else {
        out_line(&said)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints to standard error why a command failed.
pub fn tell_failure(error: &anyhow::Error) {
    err_line(&format!("wenlu: {error:#}"));
}
