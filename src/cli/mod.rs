//! The command line, one file a command. In: arguments. Out: an exit code. Parses, calls the
//! library, prints.

mod admin;
mod calibrate;
mod chat;
mod check;
mod eval;
mod explain;
mod export;
mod folder;
mod help;
mod import;
mod init;
mod meter;
mod new;
mod output;
mod paint;
mod replay;
mod review;
mod route;
mod schema;
mod serve;
mod store;
mod when;

use crate::knowledge::Knowledge;
use crate::knowledge::files;
use crate::router::Router;
use crate::settings::{DATABASE_HELP, DatabaseUrl, Settings, help_language};
use clap::{Parser, Subcommand};
use output::{say, tell, tell_text};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Once;

/// 问路: routes a message to the intent it asks about and answers it.
///
/// Without a command: serves the chat page on http://127.0.0.1:8080.
#[derive(Parser, Debug)]
#[command(name = "wenlu", version, about, long_about, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Flags that every command takes. A flag wins over the environment, the environment over `.env`.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Global {
    /// Folder that holds intents/ and content/ [default: the current folder if it has intents/, else the built-in knowledge] [env: WENLU_ROOT]
    #[arg(long, global = true, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// What to log, such as `info` or `wenlu=debug` [env: WENLU_LOG]
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the chat page and the JSON API (what happens without a command)
    Serve(serve::Args),
    /// Talk to the bot in the terminal
    Chat(chat::Args),
    /// Route each TEXT, or each line of standard input, to a JSON object a line
    Route(route::Args),
    /// Why a text is answered as it is: tokens, keywords, nearest examples, each part of the score
    Explain(explain::Args),
    /// Every mistake, conflict and failing test of the data files
    Check(check::Args),
    /// The calibration that fits the knowledge as it is, and what it would change
    Calibrate(calibrate::Args),
    /// Accuracy and out-of-scope quality on labelled messages
    Eval(eval::Args),
    /// What went unanswered
    Review(review::Args),
    /// Accounts of the operators' pages
    Admin(admin::Args),
    /// The journal through draft files: what would be answered differently
    Replay(replay::Args),
    /// The database: what is in it, backup and restore, and moving to another one
    Store(store::Args),
    /// Make data files from other formats
    Import(import::Args),
    /// The knowledge in other formats
    Export(export::Args),
    /// The built-in knowledge as files, to be changed
    Init(init::Args),
    /// The files of a new intent
    New(new::Args),
    /// The JSON Schema of the data files, for editors
    Schema(schema::Args),
}

/// Loads the settings. Prints their warnings to standard error, once.
fn load_settings(global: &Global) -> anyhow::Result<Settings> {
    static SAID: Once = Once::new();
    let settings = Settings::load(global)?;
    SAID.call_once(|| settings.warnings.iter().for_each(|warning| tell(&format!("警告 / warning: {warning}"))));
    Ok(settings)
}

/// Loads the knowledge of a command. Prints its mistakes to standard error.
fn load(global: &Global, dir: Option<&Path>) -> anyhow::Result<Knowledge> {
    let source = folder::source(&load_settings(global)?, dir)?;
    files::load(&source).map(|loaded| loaded.knowledge).map_err(|mistakes| {
        tell_text(&mistakes.render(true));
        anyhow::anyhow!("数据文件有误 / the data files have mistakes")
    })
}

/// Loads the knowledge, and builds the router that the server would use.
fn load_router(global: &Global) -> anyhow::Result<(Knowledge, Router)> {
    let knowledge = load(global, None)?;
    let router = crate::app::router(&load_settings(global)?, &knowledge);
    Ok((knowledge, router))
}

/// Parses a database URL from the command line. The error does not contain the URL, which may hold
/// a password.
fn database(flag: &str, url: String) -> anyhow::Result<DatabaseUrl> {
    DatabaseUrl::parse(url).ok_or_else(|| anyhow::anyhow!("数据库地址有误 / {flag}: {DATABASE_HELP}"))
}

/// The result of a command that reads the journal if there is no journal yet: a hint, on standard
/// error if programs read the output, and success.
fn no_journal(file: &Path, for_programs: bool) -> anyhow::Result<ExitCode> {
    let file = file.display();
    let said = format!(
        "还没有对话记录；有人提问之后，它会在 {file}。用 `wenlu` 打开网页，或用 `wenlu chat` 问上几句。\n\
         There is no journal yet; it would be in {file}."
    );
    if for_programs {
        tell(&said);
    } else {
        say(&said)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints to standard error why a command failed.
pub fn tell_failure(error: &anyhow::Error) {
    tell(&format!("wenlu: {error:#}"));
}

/// Parses the command line, with texts in the language of the locale. Returns the exit code if help
/// was asked for or the arguments are wrong.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    help::parse(arguments, help_language())
}

/// Runs a command; without one, the server.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let global = cli.global;
    match cli.command.unwrap_or_else(|| Command::Serve(serve::Args::default())) {
        Command::Serve(args) => serve::run(&global, args),
        Command::Chat(args) => chat::run(&global, args),
        Command::Route(args) => route::run(&global, args),
        Command::Explain(args) => explain::run(&global, args),
        Command::Check(args) => check::run(&global, args),
        Command::Calibrate(args) => calibrate::run(&global, args),
        Command::Eval(args) => eval::run(&global, args),
        Command::Review(args) => review::run(&global, args),
        Command::Admin(args) => admin::run(&global, args),
        Command::Replay(args) => replay::run(&global, args),
        Command::Store(args) => store::run(&global, args),
        Command::Import(args) => import::run(&global, args),
        Command::Export(args) => export::run(&global, args),
        Command::Init(args) => init::run(&global, args),
        Command::New(args) => new::run(&global, args),
        Command::Schema(args) => schema::run(&global, args),
    }
}
