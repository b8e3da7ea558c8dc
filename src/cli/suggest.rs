//! `wenlu suggest`: wordings that people would use and the files lack, from the journal, from a
//! reply that was pasted back, or from a language model. Prints them ranked; with `--draft` the fit
//! ones become drafts of the review. Never publishes.

mod gather;
mod table;

use super::context::{GlobalFlags, load_router, load_settings};
use super::output::{err_line, out_line, out_text};
use super::review::explain_error;
use crate::clock;
use crate::review::change_service::ChangeService;
use crate::review::edit::ReviewEdit;
use crate::review::parallel::cores;
use crate::review::suggest::judge::WordingJudge;
use crate::review::suggest::rank::{SuggestedWording, WordingRanker, offered};
use crate::review::suggest::{prompt, thin_intents};
use crate::settings::{Settings, user_name};
use crate::store::Store;
use crate::store::audit::AuditActor;
use anyhow::{Context, bail};
use gather::{Gathered, gather};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use wenlu_core::check::edit::EditSide;
use wenlu_core::knowledge::diagnostic::did_you_mean;
use wenlu_core::knowledge::{Intent, Knowledge};
use wenlu_core::router::Router;

#[derive(clap::Args, Debug)]
#[command(after_help = MEANING)]
pub(super) struct SuggestArgs {
    /// The intent [default: all that have fewer than 15 examples, the thinnest 20 first]
    #[arg(value_name = "INTENT")]
    intent: Option<String>,
    /// Write a prompt for any language model to FILE (`-`: standard output), and do nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "draft", "json"])]
    prompt: Option<PathBuf>,
    /// Read the model's reply from FILE (`-`: standard input): lists, numbers, JSON, code fences
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Only what the journal has; ask no language model even if one is set
    #[arg(long)]
    local: bool,
    /// How many wordings to ask for, to show and to draft, for each intent
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=50))]
    count: u16,
    /// Draft the fit wordings as examples, for a person to look at and publish
    #[arg(long)]
    draft: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) const MEANING: &str = "\
Sources: the journal's questions that went unanswered or were only asked back and are near the intent (always, on this machine);
a reply that you paste back (--prompt, then --from); a language model behind WENLU_LLM_URL, WENLU_LLM_MODEL and WENLU_LLM_KEY
(only where they are set; what leaves the machine is masked, and printed to standard error first).

  adds     mean change of the confidence of the intent's own examples and tests, each judged by a model without it
  new      1: nothing in common with its examples; 0: one of them
Nothing is published: a draft is looked at and published with `wenlu review publish`, or on the operators' pages.

Exit codes:
  0  done, also where there is nothing to suggest
  1  the data files have mistakes, there is no such intent, a file or the model gave nothing that can be read
  2  wrong usage";

/// Intents that are dealt with at once.
const MAX_INTENTS: usize = 20;

pub(super) fn run(global: &GlobalFlags, args: SuggestArgs) -> anyhow::Result<ExitCode> {
    let settings = load_settings(global)?;
    let (knowledge, router) = load_router(global, &[])?;
    let intents = chosen(&knowledge, args.intent.as_deref())?;
    if intents.is_empty() {
        return nothing_thin(&args);
    }
    let count = usize::from(args.count);
    if let Some(file) = &args.prompt {
        let text = prompt::prompt(&knowledge, &router, &intents, count);
        return gather::write_prompt(file, &text);
    }
    let runtime = super::context::runtime()?;
    let gathered = runtime.block_on(gather(&settings, &knowledge, &router, &intents, &args))?;
    let found = ranked(&knowledge, &router, &intents, &gathered);
    let found = judged(&settings, (&knowledge, &router), found, count)?;
    let drafts = match args.draft {
        true => runtime.block_on(draft_all(&settings, &found, count))?,
        false => Vec::new(),
    };
    show(&args, &gathered, &found, &drafts)?;
    Ok(match gathered.has_failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// The intent that was named, else the thinnest.
fn chosen<'k>(knowledge: &'k Knowledge, named: Option<&str>) -> anyhow::Result<Vec<&'k Intent>> {
    let Some(id) = named else {
        let mut thin = thin_intents(knowledge);
        thin.truncate(MAX_INTENTS);
        return Ok(thin);
    };
    if let Some(intent) = knowledge.intent(id) {
        return Ok(vec![intent]);
    }
    let ids = knowledge.intents.iter().map(|intent| intent.id.as_str());
    match did_you_mean(id, ids) {
        Some(near) => bail!("没有意图 {id}；您是不是要写 {near}？ / no such intent"),
        None => bail!("没有意图 {id} / no such intent"),
    }
}

fn nothing_thin(args: &SuggestArgs) -> anyhow::Result<ExitCode> {
    match args.json {
        true => out_line(&json!({"intents": []}).to_string())?,
        false => out_line("每个意图都有 15 句以上的例句。要给某个意图再找，写出它的编号。")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// An intent with what was found for it.
struct IntentSuggestions<'k> {
    intent: &'k Intent,
    wordings: Vec<SuggestedWording>,
}

fn ranked<'k>(
    knowledge: &'k Knowledge,
    router: &'k Router,
    intents: &[&'k Intent],
    gathered: &Gathered,
) -> Vec<IntentSuggestions<'k>> {
    let of = |intent: &Intent| {
        gathered
            .wordings
            .get(&intent.id)
            .cloned()
            .unwrap_or_default()
    };
    if intents.iter().all(|intent| of(intent).is_empty()) {
        return Vec::new();
    }
    let ranker = WordingRanker::new(knowledge, router, cores());
    let found = intents.iter().map(|intent| IntentSuggestions {
        intent,
        wordings: ranker.rank(intent, of(intent)),
    });
    found.filter(|found| !found.wordings.is_empty()).collect()
}

/// Asks of the wordings that would be offered what the check of an edit would say.
fn judged<'k>(
    settings: &Settings,
    (knowledge, router): (&Knowledge, &Router),
    found: Vec<IntentSuggestions<'k>>,
    count: usize,
) -> anyhow::Result<Vec<IntentSuggestions<'k>>> {
    let files = super::folder::source(settings, None)?.files();
    let build = |knowledge: &Knowledge| crate::cli::context::build_router(settings, knowledge);
    let judge = WordingJudge {
        base: EditSide {
            files: &files,
            knowledge,
            router,
        },
        build: &build,
    };
    let judged = found.into_iter().map(|found| IntentSuggestions {
        wordings: judge.judged(&found.intent.id, found.wordings, count),
        ..found
    });
    Ok(judged.collect())
}

/// A draft for each intent that has fit wordings: its number, the intent, how many wordings.
async fn draft_all(
    settings: &Settings,
    found: &[IntentSuggestions<'_>],
    count: usize,
) -> anyhow::Result<Vec<(i64, String, usize)>> {
    let mut drafts = Vec::new();
    if !found
        .iter()
        .any(|found| found.wordings.iter().any(SuggestedWording::is_fit))
    {
        return Ok(drafts);
    }
    let source = super::folder::source(settings, None)?;
    let store = Store::open(settings.store.database.reveal()).await?;
    let service = ChangeService::new(store.clone(), source, settings.knowledge.git);
    for IntentSuggestions { intent, wordings } in found {
        let fit: Vec<&SuggestedWording> = offered(wordings, count).collect();
        if fit.is_empty() {
            continue;
        }
        let edit = ReviewEdit::AddExamples {
            intent: intent.id.clone(),
            texts: fit.iter().map(|wording| wording.text.clone()).collect(),
        };
        let questions = fit.iter().filter_map(|wording| wording.source.question());
        let by = AuditActor::user(&user_name(), clock::now());
        let id = service.draft(by, &edit, questions.collect()).await;
        drafts.push((id.map_err(explain_error)?, intent.id.clone(), fit.len()));
    }
    store.close().await;
    Ok(drafts)
}

fn show(
    args: &SuggestArgs,
    gathered: &Gathered,
    found: &[IntentSuggestions<'_>],
    drafts: &[(i64, String, usize)],
) -> anyhow::Result<()> {
    if args.json {
        return out_line(&object(gathered, found, drafts).to_string());
    }
    gathered
        .skipped_lines()
        .iter()
        .for_each(|line| err_line(line));
    if found.is_empty() {
        return out_line(&gathered.nothing_found());
    }
    let count = usize::from(args.count);
    for IntentSuggestions { intent, wordings } in found {
        out_text(&table::table(intent, wordings, count))?;
    }
    for (id, intent, count) in drafts {
        out_line(&format!(
            "草稿 #{id}：{intent} 加 {count} 句。看它会改变什么、发布：wenlu review publish {id}；不要：wenlu review discard {id}"
        ))?;
    }
    match args.draft && drafts.is_empty() {
        true => out_line("没有合适的，所以没有起草。"),
        false => Ok(()),
    }
}

fn object(
    gathered: &Gathered,
    found: &[IntentSuggestions<'_>],
    drafts: &[(i64, String, usize)],
) -> Value {
    let intents: Vec<Value> = found
        .iter()
        .map(|found| {
            let wordings: Vec<Value> = found.wordings.iter().map(wording_object).collect();
            json!({
                "intent": found.intent.id,
                "title": found.intent.title,
                "examples": found.intent.examples.len(),
                "wordings": wordings,
            })
        })
        .collect();
    let drafts: Vec<Value> = drafts
        .iter()
        .map(|(id, intent, count)| json!({"draft": id, "intent": intent, "wordings": count}))
        .collect();
    json!({"intents": intents, "skipped": gathered.skipped, "drafts": drafts})
}

fn wording_object(wording: &SuggestedWording) -> Value {
    // a plain type of our own always serialises
    let mut object = serde_json::to_value(wording).unwrap_or_default();
    object["fit"] = wording.is_fit().into();
    object
}

/// The contents of a file, or of standard input for `-`.
fn read_input(file: &std::path::Path, most: u64) -> anyhow::Result<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().lock().take(most).read_to_end(&mut bytes),
        false => std::fs::File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes)),
    };
    read.with_context(|| format!("读不了 / cannot read {}", file.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
