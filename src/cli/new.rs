//! `wenlu new`: creates the files of a new intent, with guidance in comments; or turns a gap into
//! an intent that answers. Prints the folder that it writes to and the existing intents that are
//! close. Never overwrites a file.

mod report;

use super::context::{GlobalFlags, load_settings};
use super::folder;
use super::output::err_text;
use crate::review::apply::apply;
use crate::review::change::ChangeSet;
use crate::review::edit::{EditError, GapAnswer, answer_gap, new_intent};
use crate::settings::Settings;
use crate::source::KnowledgeSource;
use anyhow::{Context, bail};
use report::{CreatedIntent, NewIntentReport};
use std::path::Path;
use std::process::ExitCode;
use wenlu_core::check::close::{CloseIntent, PlannedIntent, close_intents};
use wenlu_core::knowledge::diagnostic::{self, Code, Diagnostic};
use wenlu_core::knowledge::files::{DataFiles, LoadedKnowledge, reserved_meaning, validate_files};
use wenlu_core::knowledge::intent_template::IntentTemplate;
use wenlu_core::knowledge::{IntentKind, Knowledge};
use wenlu_core::router::Router;

#[derive(clap::Args, Debug, Default)]
#[command(after_help = EXIT_CODES)]
pub(super) struct NewIntentArgs {
    /// The intent's name: lower-case letters, digits and `-`
    #[arg(required_unless_present = "from_gap", required_if_eq("from_gap", ""))]
    id: Option<String>,
    /// What its button says [default: the example, else the id]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// A topic that people ask about and that has no answer yet
    #[arg(long, conflicts_with = "menu")]
    gap: bool,
    /// A topic with several questions under it
    #[arg(long)]
    menu: bool,
    /// Make an answering intent of this gap: its examples, tests and comments are kept [default: the gap named ID]
    #[arg(long, value_name = "GAP", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["gap", "menu"])]
    from_gap: Option<String>,
    /// A message that someone wrote
    #[arg(long, value_name = "TEXT")]
    from_example: Option<String>,
    /// The menu that leads here
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// Make the files although the same thing seems to be there already
    #[arg(long)]
    anyway: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) const EXIT_CODES: &str = "Exit codes:
  0  done
  1  nothing was written: the files would have mistakes, or are there already, or the same thing is
  2  wrong usage";

pub(super) fn run(global: &GlobalFlags, args: NewIntentArgs) -> anyhow::Result<ExitCode> {
    let settings = load_settings(global)?;
    let root = folder::writable(&settings)?;
    let said = NewIntentReport::new(root, args.json);
    let files = KnowledgeSource::Folder(said.root.clone()).files();
    match &args.from_gap {
        Some(gap) => from_gap(said, &files, &args, gap),
        None => from_nothing(said, &files, &args, &settings),
    }
}

fn from_nothing(
    said: NewIntentReport,
    files: &DataFiles,
    args: &NewIntentArgs,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let starter = args.starter(&said.root)?;
    let change = match new_intent(files, &starter) {
        Err(EditError::Exists(path)) => bail!("{}", there_already(files, &path, &starter.id)),
        Err(EditError::BadId(id)) => bail!("{}", bad_id(&id)),
        change => change?,
    };
    if let Some(file) = change
        .files
        .iter()
        .find(|file| said.root.join(&file.path).symlink_metadata().is_ok())
    {
        bail!("{} 已经存在，没有改动任何文件", file.path);
    }
    let known = KnownIntents::load(files, settings);
    let close = known
        .as_ref()
        .map(|known| known.close(args))
        .unwrap_or_default();
    if !args.anyway && close.iter().any(|close| close.why.is_same()) {
        return said.refused(&starter.id, &close);
    }
    check(files, &change)?;
    write(&said.root, &change)?;
    said.made(&CreatedIntent {
        id: &starter.id,
        kind: starter.kind,
        change: &change,
        close: &close,
        compared: known.is_some(),
        gap: None,
    })
}

fn from_gap(
    said: NewIntentReport,
    files: &DataFiles,
    args: &NewIntentArgs,
    gap: &str,
) -> anyhow::Result<ExitCode> {
    let id = args.id.as_deref().unwrap_or(gap);
    let gap = if gap.is_empty() { id } else { gap };
    let answer = GapAnswer {
        gap: gap.to_owned(),
        id: id.to_owned(),
        title: args.title.clone(),
        parent: args.parent.clone(),
        examples: args.from_example.iter().cloned().collect(),
    };
    let answered = match answer_gap(files, &answer) {
        Err(EditError::BadId(id)) => bail!("{}", bad_id(&id)),
        Err(EditError::Exists(path)) => bail!("{}", there_already(files, &path, id)),
        Err(EditError::NoIntent(gap)) => bail!("{}", no_gap(files, &gap)),
        Err(EditError::NotAGap(gap)) => {
            bail!(
                "intents/{gap}.toml 不是没有资料的话题（没有 gap = true），它已经有答案了，没有改动任何文件"
            )
        }
        Err(EditError::NotToml(path)) => {
            bail!("{path} 有错误，没有改动任何文件；`wenlu check` 有全部细节")
        }
        answered => answered?,
    };
    check(files, &answered.change)?;
    write(&said.root, &answered.change)?;
    let gap = Some((gap, &answered));
    said.made(&CreatedIntent {
        id,
        kind: IntentKind::Answer,
        change: &answered.change,
        close: &[],
        compared: true,
        gap,
    })
}

impl NewIntentArgs {
    fn starter(&self, root: &Path) -> anyhow::Result<IntentTemplate> {
        let kind = match (self.menu, self.gap) {
            (true, _) => IntentKind::Menu,
            (_, true) => IntentKind::Gap,
            _ => IntentKind::Answer,
        };
        Ok(IntentTemplate {
            id: self.id.clone().context("no id")?,
            title: self.title.clone(),
            title_en: None,
            kind,
            parent: self.parent.clone(),
            examples: self.from_example.iter().cloned().collect(),
            with_schema: root.join("schema/intent.schema.json").is_file(),
            in_english: root.join("content/en").is_dir(),
        })
    }
}

/// The existing knowledge, to compare a new intent with.
struct KnownIntents {
    knowledge: Knowledge,
    router: Router,
}

impl KnownIntents {
    /// `None` if there is no intent yet, or the files have mistakes (see `wenlu check`).
    fn load(files: &DataFiles, settings: &Settings) -> Option<Self> {
        let LoadedKnowledge { knowledge, .. } = validate_files(files).ok()?;
        let router = crate::cli::context::build_router(settings, &knowledge);
        Some(Self { knowledge, router })
    }

    fn close(&self, args: &NewIntentArgs) -> Vec<CloseIntent<'_>> {
        let planned = PlannedIntent {
            id: args.id.as_deref().unwrap_or_default(),
            title: args.title.as_deref(),
            example: args.from_example.as_deref(),
        };
        close_intents(&self.knowledge, &self.router, planned)
    }
}

fn bad_id(id: &str) -> String {
    match reserved_meaning(id) {
        Some(meaning) => {
            format!("`{id}` 是保留的名字，不能作意图的 id：{meaning}；换一个名字，没有改动任何文件")
        }
        None => format!(
            "`{}` 不能作意图的 id：用小写英文字母、数字和 `-`，最多 48 个",
            id.escape_debug()
        ),
    }
}

fn there_already(files: &DataFiles, path: &str, id: &str) -> String {
    let is_gap = files
        .text(path)
        .is_some_and(|text| text.lines().any(is_gap_line));
    let help = if is_gap {
        format!("；它是没有资料的话题，要回答它：wenlu new {id} --from-gap")
    } else {
        String::new()
    };
    format!("{path} 已经存在，没有改动任何文件{help}")
}

fn is_gap_line(line: &str) -> bool {
    let mut parts = line
        .split('#')
        .next()
        .unwrap_or_default()
        .splitn(2, '=')
        .map(str::trim);
    (parts.next(), parts.next()) == (Some("gap"), Some("true"))
}

fn no_gap(files: &DataFiles, gap: &str) -> String {
    let is_gap = |path: &&String| {
        files
            .text(path)
            .is_some_and(|text| text.lines().any(is_gap_line))
    };
    let gaps = files
        .entries
        .keys()
        .filter(is_gap)
        .filter_map(|path| path.strip_prefix("intents/")?.strip_suffix(".toml"));
    let gaps: Vec<&str> = gaps.collect();
    let prefixed = format!("gap-{gap}");
    let meant = gaps.iter().copied().find(|id| *id == prefixed);
    let meant = meant.or_else(|| diagnostic::did_you_mean(gap, gaps.iter().copied()));
    let help = match meant {
        Some(meant) => format!("；您是不是要写 {meant}？"),
        None if gaps.is_empty() => "；知识里还没有 gap = true 的话题".to_owned(),
        None => format!("；没有资料的话题有：{}", gaps.join("、")),
    };
    format!(
        "没有 intents/{}.toml，没有改动任何文件{help}",
        gap.escape_debug()
    )
}

/// Refuses a change if the files that it writes would not load.
fn check(files: &DataFiles, change: &ChangeSet) -> anyhow::Result<()> {
    let Err(error) = validate_files(&change.applied_to(files)) else {
        return Ok(());
    };
    let is_new = |file: &str| change.files.iter().any(|new| new.path == file);
    // a menu may be created before its questions, so an empty menu is allowed
    let counts = |d: &&Diagnostic| {
        d.is_error()
            && d.code != Code::EmptyMenu
            && (is_new(&d.place.file) || d.others.iter().any(|(place, _)| is_new(&place.file)))
    };
    let own: Vec<_> = error.diagnostics.iter().filter(counts).cloned().collect();
    if own.is_empty() {
        return Ok(());
    }
    err_text(&diagnostic::render(&own, &error.texts, true));
    bail!("这样写出来的文件不能使用，没有改动任何文件");
}

fn write(root: &Path, change: &ChangeSet) -> anyhow::Result<()> {
    apply(root, change).with_context(|| format!("写不了 / cannot write in {}", root.display()))
}
