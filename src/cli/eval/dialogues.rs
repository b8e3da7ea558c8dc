//! `wenlu eval --dialogues`. In: files of labelled dialogues, and which of them to ask. Out: the report,
//! printed. Must not know: how a turn is judged.

use super::dialogues_text;
use crate::cli::context::{GlobalFlags, load_router, load_settings};
use crate::cli::output::{err_text, out_line, out_text};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wenlu_core::dialogue::{Conversation, DialogueManager, HandoverDesk};
use wenlu_core::eval::dialogues::{
    DialogueHalf, DialogueKind, DialogueReport, LabelledDialogue, evaluate_dialogues,
    read_dialogues,
};
use wenlu_core::model::Incoming;
use wenlu_core::passage::PassageIndex;

/// Where the dialogues lie if no path is given.
const DEFAULT_FOLDER: &str = "tests/dialogues";

/// Which of the dialogues to ask, and what to print.
#[derive(clap::Args, Debug, Default)]
pub(super) struct DialogueArgs {
    /// With --dialogues: which half. `b` is put aside: it is only counted
    #[arg(
        long,
        value_name = "HALF",
        requires = "dialogues",
        default_value = "all"
    )]
    half: HalfChoice,
    /// With --dialogues: this kind only
    #[arg(long, value_name = "KIND", requires = "dialogues", value_parser = clap::builder::PossibleValuesParser::new(DialogueKind::NAMES))]
    kind: Option<String>,
    /// With --dialogues: each turn that is not as expected. Those of half `b` only with --half b
    #[arg(long, requires = "dialogues")]
    misses: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum HalfChoice {
    A,
    B,
    #[default]
    All,
}

pub(super) fn run(
    global: &GlobalFlags,
    paths: &[PathBuf],
    args: &DialogueArgs,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let dialogues: Vec<LabelledDialogue> = read(paths)?
        .into_iter()
        .filter(|dialogue| args.asks(dialogue))
        .collect();
    anyhow::ensure!(!dialogues.is_empty(), "没有对话 / there are no dialogues");
    let mut report = measure(global, &dialogues)?;
    // who reads the misses of the half that is put aside says so
    report
        .misses
        .retain(|miss| args.misses && (miss.half == DialogueHalf::A || args.half == HalfChoice::B));
    if json {
        out_line(&serde_json::to_string_pretty(&report)?)?;
    } else {
        out_text(&dialogues_text::report(&report))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl DialogueArgs {
    fn asks(&self, dialogue: &LabelledDialogue) -> bool {
        let half = match self.half {
            HalfChoice::A => dialogue.half == DialogueHalf::A,
            HalfChoice::B => dialogue.half == DialogueHalf::B,
            HalfChoice::All => true,
        };
        half && self
            .kind
            .as_ref()
            .is_none_or(|kind| kind == dialogue.kind.name())
    }
}

fn measure(global: &GlobalFlags, dialogues: &[LabelledDialogue]) -> anyhow::Result<DialogueReport> {
    let turns = dialogues.iter().flat_map(|dialogue| &dialogue.turns);
    let said: Vec<String> = turns.map(|turn| turn.say.clone()).collect();
    let (knowledge, router) = load_router(global, &said)?;
    let manager = DialogueManager {
        knowledge: &knowledge,
        router: &router,
        passages: &PassageIndex::of(&knowledge),
        ttl: load_settings(global)?.store.conversation_expiry,
        operators: None,
        operators_unreachable: false,
        desk: HandoverDesk::default(),
    };
    let take_turn =
        |conversation: Conversation, incoming: &Incoming| manager.answer(conversation, incoming);
    Ok(evaluate_dialogues(&knowledge, dialogues, take_turn))
}

fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<LabelledDialogue>> {
    let default = [PathBuf::from(DEFAULT_FOLDER)];
    let paths = if paths.is_empty() { &default } else { paths };
    let mut texts = Vec::new();
    for path in paths {
        for file in files(path)? {
            let shown = file.display().to_string();
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("读不了 / cannot read {shown}"))?;
            texts.push((shown, text));
        }
    }
    read_dialogues(texts).map_err(|mistakes| {
        err_text(&mistakes.render(true));
        anyhow::anyhow!("对话文件有误 / the files of dialogues have mistakes")
    })
}

/// The file itself, or the TOML files of a folder.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path)
        .with_context(|| format!("读不了 / cannot read {}", path.display()))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|ext| ext == "toml"))
        .collect();
    files.sort();
    Ok(files)
}
