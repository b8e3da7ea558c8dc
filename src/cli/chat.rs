//! `wenlu chat`: the bot in the terminal, or in a pipe, where each line is a message and each
//! answer is printed as lines.

use super::Global;
use super::output::print_line;
use crate::bot::{Answered, Bot};
use crate::channel::terminal::Look;
use crate::message::{Body, ConversationId, Lang, Timestamp};
use crate::settings;
use crate::store::Store;
use anyhow::Context as _;
use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor};
use std::io::{BufRead, ErrorKind, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::runtime::Runtime;

/// Widest lines, in columns, for readability.
const MAX_WIDTH: usize = 96;
const HELP: &str =
    "直接输入您的问题；输入数字选择按钮。\n  /menu  热门问题    /human  转人工    /quit  退出（或 Ctrl-D）";

#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// No colours, no line breaks of our own
    #[arg(long)]
    plain: bool,
    /// Print each answer as a JSON object a line
    #[arg(long, conflicts_with = "plain")]
    json: bool,
    /// Keep nothing: neither the conversation nor the journal
    #[arg(long)]
    no_journal: bool,
    /// Language of the greeting
    #[arg(long, value_enum, default_value_t)]
    lang: Greeting,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default)]
enum Greeting {
    #[default]
    Zh,
    En,
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let settings = super::load_settings(global)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let knowledge = super::load(global, None)?;
    let store = runtime.block_on(async {
        if args.no_journal { Store::in_memory().await } else { Store::open(settings.database.reveal()).await }
    })?;
    let brain = Arc::new(crate::app::brain(&settings, knowledge));
    let bot = Bot::with_ttl(brain, store, settings.conversation_expiry);
    let interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let chat =
        Chat { bot: &bot, runtime: &runtime, conversation: new_conversation()?, show: Show::of(&args, interactive) };
    let ended = if interactive { chat.with_editor(&args) } else { chat.with_pipe() };
    runtime.block_on(bot.store().close());
    match ended {
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        ended => ended.map(|()| ExitCode::SUCCESS),
    }
}

/// One conversation with the bot.
struct Chat<'a> {
    bot: &'a Bot,
    runtime: &'a Runtime,
    conversation: ConversationId,
    show: Show,
}

/// How an answer is printed.
#[derive(Clone, Copy)]
enum Show {
    Text(Look),
    Json,
}

/// A typed line, parsed.
enum Line {
    Message(Body),
    Help,
    Quit,
    Nothing,
}

impl Chat<'_> {
    fn with_editor(&self, args: &Args) -> anyhow::Result<()> {
        let config = Config::builder().history_ignore_space(true).max_history_size(500)?.build();
        let mut editor = DefaultEditor::with_config(config)?;
        let history = history_file();
        if let Some(file) = &history {
            // the first time there is no history yet
            let _ = editor.load_history(file);
        }
        let lang = if matches!(args.lang, Greeting::En) { Lang::En } else { Lang::Zh };
        self.answer(Body::Start { lang })?;
        loop {
            let line = match editor.readline("› ") {
                Ok(line) => line,
                // Ctrl-C discards the line, as in a shell
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(error.into()),
            };
            let _ = editor.add_history_entry(&line);
            match Line::read(&line) {
                Line::Quit => break,
                Line::Nothing => {}
                Line::Help => self.print(HELP)?,
                Line::Message(body) => self.answer(body)?,
            }
        }
        if let Some(file) = &history {
            editor.save_history(file).with_context(|| format!("cannot save the history to {}", file.display()))?;
        }
        Ok(())
    }

    fn with_pipe(&self) -> anyhow::Result<()> {
        let mut input = std::io::stdin().lock();
        let mut bytes = vec![];
        while input.read_until(b'\n', &mut bytes)? > 0 {
            match Line::read(&String::from_utf8_lossy(&bytes)) {
                Line::Quit => break,
                Line::Nothing => {}
                Line::Help => self.print(HELP)?,
                Line::Message(body) => self.answer(body)?,
            }
            bytes.clear();
        }
        Ok(())
    }

    fn answer(&self, body: Body) -> anyhow::Result<()> {
        let answered = self.runtime.block_on(self.bot.handle(&self.conversation, None, body, now()))?;
        self.print(&self.show.answered(&answered)?)
    }

    fn print(&self, text: &str) -> anyhow::Result<()> {
        // ends the chat if the reader of our output is gone: `wenlu chat | head`
        let reads = print_line(&mut anstream::stdout().lock(), text)?;
        if reads { Ok(()) } else { Err(std::io::Error::from(ErrorKind::BrokenPipe).into()) }
    }
}

impl Show {
    fn of(args: &Args, interactive: bool) -> Self {
        match args {
            Args { json: true, .. } => Show::Json,
            Args { plain: false, .. } if interactive => {
                let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
                Show::Text(Look { width: Some(columns.clamp(20, MAX_WIDTH)), styled: true })
            }
            _ => Show::Text(Look::PLAIN),
        }
    }

    fn answered(self, answered: &Answered) -> anyhow::Result<String> {
        Ok(match self {
            Show::Json => serde_json::to_string(answered)?,
            Show::Text(look) => look.draw(&answered.replies),
        })
    }
}

impl Line {
    fn read(line: &str) -> Line {
        let line = line.trim();
        match line {
            "" => Line::Nothing,
            "/quit" | "/exit" | "/q" => Line::Quit,
            "/help" | "/?" => Line::Help,
            "/menu" | "/topics" => Line::Message(Body::Button("topics".into())),
            "/human" => Line::Message(Body::Button("human".into())),
            _ => Line::Message(Body::Text(line.to_owned())),
        }
    }
}

fn new_conversation() -> anyhow::Result<ConversationId> {
    Ok(ConversationId::parse(&format!("terminal:{}-{}", now().0, std::process::id()))?)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// In the user's state folder; `None` if there is no such folder or it cannot be created.
fn history_file() -> Option<PathBuf> {
    let folder = settings::state_folder()?.join("wenlu");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
}
