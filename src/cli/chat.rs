//! `wenlu chat`: the bot in the terminal, or in a pipe, where each line is a message and each
//! answer is printed as lines.

use super::context::GlobalFlags;
use super::output::print_line;
use crate::channel::terminal::TerminalStyle;
use crate::clock;
use crate::settings;
use crate::store::Store;
use crate::turn::{Bot, TurnAnswer};
use anyhow::Context as _;
use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor};
use std::io::{BufRead, ErrorKind, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Runtime;
use wenlu_core::model::{ConversationId, IncomingBody, Lang};

/// Widest lines, in columns, for readability.
const MAX_WIDTH: usize = 96;
const HELP: &str = "直接输入您的问题；输入数字选择按钮。\n  /menu  热门问题    /human  转人工    /quit  退出（或 Ctrl-D）";

#[derive(clap::Args, Debug, Default)]
pub(super) struct ChatArgs {
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
    lang: GreetingLang,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default)]
enum GreetingLang {
    #[default]
    Zh,
    En,
}

pub(super) fn run(global: &GlobalFlags, args: ChatArgs) -> anyhow::Result<ExitCode> {
    let settings = super::context::load_settings(global)?;
    let runtime = super::context::runtime()?;
    let knowledge = super::context::load(global, None)?;
    let store = runtime.block_on(async {
        if args.no_journal {
            Store::in_memory().await
        } else {
            Store::open(settings.store.database.reveal()).await
        }
    })?;
    let engine = Arc::new(super::context::build_engine(&settings, knowledge));
    let bot = Bot::with_ttl(engine, store, settings.store.conversation_expiry)
        .with_encoder(super::context::encoder());
    let interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let chat = ChatSession {
        bot: &bot,
        runtime: &runtime,
        conversation: new_conversation()?,
        show: ChatOutput::of(&args, interactive),
    };
    let ended = if interactive {
        chat.with_editor(&args)
    } else {
        chat.with_pipe()
    };
    runtime.block_on(bot.store().close());
    match ended {
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        ended => ended.map(|()| ExitCode::SUCCESS),
    }
}

/// One conversation with the bot.
struct ChatSession<'a> {
    bot: &'a Bot,
    runtime: &'a Runtime,
    conversation: ConversationId,
    show: ChatOutput,
}

/// How an answer is printed.
#[derive(Clone, Copy)]
enum ChatOutput {
    Text(TerminalStyle),
    Json,
}

/// A typed line, parsed.
enum ChatLine {
    Message(IncomingBody),
    Help,
    Quit,
    Nothing,
}

impl ChatSession<'_> {
    fn with_editor(&self, args: &ChatArgs) -> anyhow::Result<()> {
        let config = Config::builder()
            .history_ignore_space(true)
            .max_history_size(500)?
            .build();
        let mut editor = DefaultEditor::with_config(config)?;
        let history = history_file();
        if let Some(file) = &history {
            // the first time there is no history yet
            let _ = editor.load_history(file);
        }
        let lang = if matches!(args.lang, GreetingLang::En) {
            Lang::En
        } else {
            Lang::Zh
        };
        self.answer(IncomingBody::Start { lang })?;
        loop {
            let line = match editor.readline("› ") {
                Ok(line) => line,
                // Ctrl-C discards the line, as in a shell
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(error.into()),
            };
            let _ = editor.add_history_entry(&line);
            match ChatLine::read(&line) {
                ChatLine::Quit => break,
                ChatLine::Nothing => {}
                ChatLine::Help => self.print(HELP)?,
                ChatLine::Message(body) => self.answer(body)?,
            }
        }
        if let Some(file) = &history {
            editor
                .save_history(file)
                .with_context(|| format!("cannot save the history to {}", file.display()))?;
        }
        Ok(())
    }

    fn with_pipe(&self) -> anyhow::Result<()> {
        let mut input = std::io::stdin().lock();
        let mut bytes = vec![];
        while input.read_until(b'\n', &mut bytes)? > 0 {
            match ChatLine::read(&String::from_utf8_lossy(&bytes)) {
                ChatLine::Quit => break,
                ChatLine::Nothing => {}
                ChatLine::Help => self.print(HELP)?,
                ChatLine::Message(body) => self.answer(body)?,
            }
            bytes.clear();
        }
        Ok(())
    }

    fn answer(&self, body: IncomingBody) -> anyhow::Result<()> {
        let answered =
            self.runtime.block_on(
                self.bot
                    .handle(&self.conversation, None, body, clock::now()),
            )?;
        self.print(&self.show.answered(&answered)?)
    }

    fn print(&self, text: &str) -> anyhow::Result<()> {
        // ends the chat if the reader of our output is gone: `wenlu chat | head`
        let reads = print_line(&mut anstream::stdout().lock(), text)?;
        if reads {
            Ok(())
        } else {
            Err(std::io::Error::from(ErrorKind::BrokenPipe).into())
        }
    }
}

impl ChatOutput {
    fn of(args: &ChatArgs, interactive: bool) -> Self {
        match args {
            ChatArgs { json: true, .. } => ChatOutput::Json,
            ChatArgs { plain: false, .. } if interactive => {
                let columns =
                    terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
                ChatOutput::Text(TerminalStyle {
                    width: Some(columns.clamp(20, MAX_WIDTH)),
                    styled: true,
                })
            }
            _ => ChatOutput::Text(TerminalStyle::PLAIN),
        }
    }

    fn answered(self, answered: &TurnAnswer) -> anyhow::Result<String> {
        Ok(match self {
            ChatOutput::Json => serde_json::to_string(answered)?,
            ChatOutput::Text(look) => look.draw(&answered.replies),
        })
    }
}

impl ChatLine {
    fn read(line: &str) -> ChatLine {
        let line = line.trim();
        match line {
            "" => ChatLine::Nothing,
            "/quit" | "/exit" | "/q" => ChatLine::Quit,
            "/help" | "/?" => ChatLine::Help,
            "/menu" | "/topics" => ChatLine::Message(IncomingBody::Topics),
            "/human" => ChatLine::Message(IncomingBody::Human),
            _ => ChatLine::Message(IncomingBody::Text(line.to_owned())),
        }
    }
}

fn new_conversation() -> anyhow::Result<ConversationId> {
    let name = format!("{}-{}", clock::now().0, std::process::id());
    Ok(ConversationId::in_channel("terminal", &name)?)
}

/// In the user's state folder; `None` if there is no such folder or it cannot be created.
fn history_file() -> Option<PathBuf> {
    let folder = settings::state_folder()?.join("wenlu");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
}
