//! `wenlu mcp`: the knowledge for an operator's own assistant, by the Model Context Protocol. In:
//! requests of a client on standard input. Out: answers on standard output, which carries nothing
//! else; the log goes to standard error. It reads, tries and drafts; there is no tool that
//! publishes. Must not know: which assistant asks.

mod actor;
mod bounds;
mod current;
mod desk;
mod drafts;
mod failure;
mod inputs;
mod lookup;
mod preview;
mod queue;
mod server;
mod talk;

use super::context::GlobalFlags;
use super::output::err_line;
use crate::settings::Settings;
use crate::source::KnowledgeSource;
use anyhow::Context;
use desk::AssistantDesk;
use rmcp::ServiceExt;
use server::AssistantServer;
use std::io::IsTerminal;
use std::process::ExitCode;
use tokio::runtime::Builder;

#[derive(clap::Args, Debug, Default)]
#[command(after_help = MEANING)]
pub(super) struct McpArgs {
    /// The account of the operators' pages whose rights the assistant has, and under whose name it
    /// drafts [default: the system's user, as for all commands]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

pub(super) const MEANING: &str = "\
An assistant starts this program itself; its configuration names the command:
  {\"mcpServers\": {\"wenlu\": {\"command\": \"wenlu\", \"args\": [\"mcp\", \"--root\", \"/path/to/knowledge\"]}}}
Settings are those of the other commands (WENLU_ROOT, DATABASE_URL, WENLU_LOG …), from the environment or `.env`.

What it can: ask the bot, explain and route, check the files, list and read intents, find similar examples. With the bot's
database also: what went unanswered (masked), drafts of wordings and intents, and what a draft would change. A person
publishes a draft, with `wenlu review publish` or on the operators' pages.

Exit codes:
  0  the client has closed the connection
  1  it cannot begin, or the connection broke
  2  wrong usage";

/// Threads beside the one that reads requests: a long check holds up nobody.
const WORKERS: usize = 2;

pub(super) fn run(global: &GlobalFlags, args: McpArgs) -> anyhow::Result<ExitCode> {
    let settings = super::context::load_settings(global)?;
    let mut log = settings.log.clone();
    // the SDK would log whole messages, what askers wrote among them
    log.filter += ",rmcp=error";
    crate::app::start_logging(&log);
    let source = super::folder::source(&settings, None)?;
    if std::io::stdin().is_terminal() {
        err_line(
            "这个命令由 AI 助手来启动，通过标准输入输出和它说话；怎么接上，见 wenlu mcp --help。Ctrl-C 结束。\n\
             An assistant starts this command and talks with it; `wenlu mcp --help` says how. Ctrl-C ends it.",
        );
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?;
    let done = runtime.block_on(serve(settings, source, args.account));
    // a thread may still wait for standard input
    runtime.shutdown_background();
    done
}

async fn serve(
    settings: Settings,
    source: KnowledgeSource,
    account: Option<String>,
) -> anyhow::Result<ExitCode> {
    let desk = AssistantDesk::open(settings, source, account).await?;
    let store = desk.store_if_any().await;
    let running = AssistantServer::new(desk)
        .serve(rmcp::transport::stdio())
        .await
        .context("没有等到助手的问候 / the client did not begin as the protocol says")?;
    let ended = running.waiting().await;
    if let Some(store) = store {
        store.close().await;
    }
    ended.context("和助手的连接断了 / the connection broke")?;
    Ok(ExitCode::SUCCESS)
}
