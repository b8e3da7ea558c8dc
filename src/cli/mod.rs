//! The command line, one file a command. In: arguments. Out: an exit code. Parses, calls the
//! library, prints.

mod admin;
mod api_check;
mod calibrate;
mod chat;
mod check;
mod context;
mod doctor;
mod embed;
mod eval;
mod explain;
mod export;
mod folder;
mod help;
mod import;
mod init;
mod mcp;
mod new;
mod output;
mod progress;
mod replay;
mod review;
mod route;
mod route_lines;
mod schema;
mod serve;
mod stop_signals;
mod store;
mod style;
mod suggest;
mod time_arg;
mod wecom;
mod weixin;

pub use context::tell_failure;

use crate::settings::help_language;
use clap::{Parser, Subcommand};
use context::GlobalFlags;
use std::ffi::OsString;
use std::process::ExitCode;

/// 问路: routes a message to the intent it asks about and answers it.
///
/// Without a command: serves the chat page on http://127.0.0.1:8080.
#[derive(Parser, Debug)]
#[command(name = "wenlu", version, about, long_about, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalFlags,
    #[command(subcommand)]
    command: Option<CliCommand>,
}

#[derive(Subcommand, Debug)]
enum CliCommand {
    /// Serve the chat page and the JSON API (what happens without a command)
    Serve(serve::ServeArgs),
    /// Talk to the bot in the terminal
    Chat(chat::ChatArgs),
    /// Route each TEXT, or each line of standard input, to a JSON object a line
    Route(route::RouteArgs),
    /// Why a text is answered as it is: tokens, keywords, nearest examples, each part of the score
    Explain(explain::ExplainArgs),
    /// Every mistake, conflict and failing test of the data files
    Check(check::CheckArgs),
    /// The calibration that fits the knowledge as it is, and what it would change
    Calibrate(calibrate::CalibrateArgs),
    /// Accuracy and out-of-scope quality on labelled messages
    Eval(eval::EvalArgs),
    /// What went unanswered
    Review(review::ReviewArgs),
    /// Accounts of the operators' pages
    Admin(admin::AdminArgs),
    /// Accounts of WeChat
    Weixin(weixin::WeixinArgs),
    /// WeCom's customer service
    Wecom(wecom::WecomArgs),
    /// The chat on your own site: the line for its pages, whether they can show it, and how it says who its visitors are
    Embed(embed::EmbedArgs),
    /// The journal through draft files: what would be answered differently
    Replay(replay::ReplayArgs),
    /// The database: what is in it, backup and restore, and moving to another one
    Store(store::StoreArgs),
    /// Look at everything that a server needs, and say what to do
    Doctor(doctor::DoctorArgs),
    /// Make data files from other formats
    Import(import::ImportArgs),
    /// The knowledge in other formats
    Export(export::ExportArgs),
    /// The built-in knowledge as files, to be changed
    Init(init::InitArgs),
    /// The files of a new intent
    New(new::NewIntentArgs),
    /// Wordings that people would use and an intent lacks
    Suggest(suggest::SuggestArgs),
    /// The knowledge for your own AI assistant, which tries it out and drafts changes (Model Context Protocol on stdin and stdout)
    Mcp(mcp::McpArgs),
    /// The JSON Schema of the data files, for editors
    Schema(schema::SchemaArgs),
}

/// Parses the command line, with texts in the language of the locale. Returns the exit code if help
/// was asked for or the arguments are wrong.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    help::parse(arguments, help_language())
}

/// Runs a command; without one, the server.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let global = cli.global;
    match cli
        .command
        .unwrap_or_else(|| CliCommand::Serve(serve::ServeArgs::default()))
    {
        CliCommand::Serve(args) => serve::run(&global, args),
        CliCommand::Chat(args) => chat::run(&global, args),
        CliCommand::Route(args) => route::run(&global, args),
        CliCommand::Explain(args) => explain::run(&global, args),
        CliCommand::Check(args) => check::run(&global, args),
        CliCommand::Calibrate(args) => calibrate::run(&global, args),
        CliCommand::Eval(args) => eval::run(&global, args),
        CliCommand::Review(args) => review::run(&global, args),
        CliCommand::Admin(args) => admin::run(&global, args),
        CliCommand::Weixin(args) => weixin::run(&global, args),
        CliCommand::Wecom(args) => wecom::run(&global, args),
        CliCommand::Embed(args) => embed::run(&global, args),
        CliCommand::Replay(args) => replay::run(&global, args),
        CliCommand::Store(args) => store::run(&global, args),
        CliCommand::Doctor(args) => doctor::run(&global, args),
        CliCommand::Import(args) => import::run(&global, args),
        CliCommand::Export(args) => export::run(&global, args),
        CliCommand::Init(args) => init::run(&global, args),
        CliCommand::New(args) => new::run(&global, args),
        CliCommand::Suggest(args) => suggest::run(&global, args),
        CliCommand::Mcp(args) => mcp::run(&global, args),
        CliCommand::Schema(args) => schema::run(&global, args),
    }
}
