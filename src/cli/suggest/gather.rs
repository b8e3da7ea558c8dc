//! Where wordings come from. In: settings, the intents, the arguments. Out: proposed wordings by
//! intent, and what was passed over. Must not know: how they are ranked and shown.

use super::{SuggestArgs, read_input};
use crate::cli::output::{err_line, err_text, out_text};
use crate::language_model::{LanguageModelClient, LanguageModelConfig};
use crate::review::group_questions;
use crate::review::review_queue::open_rows;
use crate::review::suggest::near::OpenQuestions;
use crate::review::suggest::reply_reader::{SkippedLine, read_reply};
use crate::review::suggest::{ProposedWording, WordingSource, prompt};
use crate::settings::Settings;
use crate::store::{JournalSince, Store, StoreError};
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use wenlu_core::knowledge::{Intent, Knowledge};
use wenlu_core::router::Router;

/// Bytes of a reply that are read.
const MAX_REPLY: u64 = 1 << 20;
/// Passed-over lines that are named.
const NAMED: usize = 5;

/// What was found.
#[derive(Default)]
pub(super) struct Gathered {
    /// By the intent's id.
    pub(super) wordings: BTreeMap<String, Vec<ProposedWording>>,
    pub(super) skipped: Vec<SkippedLine>,
    /// A source gave nothing, which was said.
    pub(super) has_failed: bool,
    has_journal: bool,
    asked_model: bool,
}

/// The journal's open questions near the intents; then a pasted reply, or what the model replies.
pub(super) async fn gather(
    settings: &Settings,
    knowledge: &Knowledge,
    router: &Router,
    intents: &[&Intent],
    args: &SuggestArgs,
) -> anyhow::Result<Gathered> {
    let mut found = Gathered::default();
    journal(settings, router, intents, &mut found).await?;
    let ids: Vec<&str> = intents.iter().map(|intent| intent.id.as_str()).collect();
    let reply = match (&args.from, args.local) {
        (Some(file), _) => Some((read_input(file, MAX_REPLY)?, WordingSource::Pasted)),
        (None, true) => None,
        (None, false) => {
            let text = prompt::prompt(knowledge, router, intents, usize::from(args.count));
            let reply = ask_model(settings, &text, &mut found).await?;
            reply.map(|reply| (reply, WordingSource::Model))
        }
    };
    if let Some((reply, source)) = reply {
        let read = read_reply(&reply, &ids);
        if read.wordings.is_empty() {
            err_line("回复里没有读到问法 / the reply holds no wordings");
            found.has_failed = true;
        }
        for (intent, text) in read.wordings {
            let source = source.clone();
            let list = found.wordings.entry(intent).or_default();
            list.push(ProposedWording { text, source });
        }
        found.skipped = read.skipped;
    }
    Ok(found)
}

async fn journal(
    settings: &Settings,
    router: &Router,
    intents: &[&Intent],
    found: &mut Gathered,
) -> anyhow::Result<()> {
    let store = match Store::open_existing(settings.store.database.reveal()).await {
        Err(StoreError::Missing(_)) => return Ok(()),
        opened => opened?,
    };
    found.has_journal = true;
    let rows = open_rows(&store, JournalSince(None)).await;
    store.close().await;
    let questions = group_questions(&rows?);
    let open = OpenQuestions::new(&questions, router);
    for intent in intents {
        let near = open.near(&intent.id);
        if !near.is_empty() {
            found.wordings.insert(intent.id.clone(), near);
        }
    }
    Ok(())
}

/// What the model replies; `None`: none is set, or it gave no answer, which is said.
async fn ask_model(
    settings: &Settings,
    prompt: &str,
    found: &mut Gathered,
) -> anyhow::Result<Option<String>> {
    let model = &settings.language_model;
    let Some(url) = model.url.clone() else {
        return Ok(None);
    };
    let name = model.model.clone().context(
        "设了 WENLU_LLM_URL，还要用 WENLU_LLM_MODEL 说明用哪个模型 / WENLU_LLM_URL needs WENLU_LLM_MODEL",
    )?;
    found.asked_model = true;
    let client = LanguageModelClient::new(LanguageModelConfig {
        url,
        key: model.key.clone(),
        model: name,
        timeout: model.timeout,
        proxy: model.proxy.clone(),
    })?;
    err_line(&format!(
        "以下内容会离开这台机器，发到 {}（模型 {}）；个人信息已经去掉。不想发：--local\n\
         This leaves the machine, personal data masked (--local: nothing does):",
        client.address(),
        client.model(),
    ));
    err_text(&quoted(prompt));
    match client.ask(prompt).await {
        Ok(reply) => Ok(Some(reply)),
        Err(error) => {
            err_line(&error.to_string());
            found.has_failed = true;
            Ok(None)
        }
    }
}

fn quoted(prompt: &str) -> String {
    prompt.lines().map(|line| format!("  | {line}\n")).collect()
}

/// Writes the prompt where it was asked for.
pub(super) fn write_prompt(file: &Path, prompt: &str) -> anyhow::Result<ExitCode> {
    if file.as_os_str() == "-" {
        out_text(prompt)?;
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::write(file, prompt)
        .with_context(|| format!("写不了 / cannot write {}", file.display()))?;
    err_line(&format!(
        "提示词写在 {}。复制给任何语言模型，把回复存成文件，再：wenlu suggest … --from 文件",
        file.display()
    ));
    Ok(ExitCode::SUCCESS)
}

impl Gathered {
    /// What was passed over, for people.
    pub(super) fn skipped_lines(&self) -> Vec<String> {
        if self.skipped.is_empty() {
            return Vec::new();
        }
        let named = self.skipped.iter().take(NAMED).map(|line| {
            let text = crate::channel::terminal::strip_control_chars(&line.text);
            format!("  第 {} 行（{}）：{text}", line.line, line.why.label())
        });
        let head = format!(
            "回复里有 {} 行没有采用 / lines passed over:",
            self.skipped.len()
        );
        std::iter::once(head).chain(named).collect()
    }

    /// Why there is nothing, and what else can be done.
    pub(super) fn nothing_found(&self) -> String {
        let journal = match self.has_journal {
            true => "对话记录里没有和它们相近的未答问题。",
            false => "还没有对话记录。",
        };
        let model = match self.asked_model {
            true => "",
            false => "用 --prompt - 拿一份提示词给任何语言模型，再用 --from 读它的回复。",
        };
        format!("{journal}{model}")
    }
}
