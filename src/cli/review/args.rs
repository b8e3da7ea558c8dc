//! Arguments of `wenlu review`.

use super::erase::ReviewEraseArgs;
use super::history::QueueExportFormat;
use crate::cli::time_arg::{self, TimeArg};
use crate::review::standing::reason_of;

#[derive(clap::Args, Debug)]
#[command(after_help = MEANING)]
pub(crate) struct ReviewArgs {
    #[command(subcommand)]
    pub command: Option<ReviewCommand>,
}

pub(crate) const MEANING: &str = "\
Without a command: at a terminal, works through the clusters one by one; else as `list --clusters`.
What changes data files is a draft first: its diff, failing tests and what it would answer differently are shown, then it is
published with --yes, or when the one at the terminal says so, or later by `publish` or on the operators' pages.

Exit codes:
  0  done, or drafted
  1  the draft has mistakes, breaks tests, or stands on files that changed since
  2  wrong usage";

#[derive(clap::Subcommand, Debug)]
pub(crate) enum ReviewCommand {
    /// Questions that went unanswered, most frequent first
    List(ReviewListArgs),
    /// One of them, with what was said before it in that conversation
    Show(ReviewShowArgs),
    /// Add questions as examples of an intent
    Promote(ReviewIntentArgs),
    /// Note that questions are close to an intent and not its (`not`)
    NearMiss(ReviewIntentArgs),
    /// Draft a new intent from questions
    New(ReviewNewArgs),
    /// Note that no intent should answer questions
    OutOfScope(ReviewOutOfScopeArgs),
    /// Hide a question's cluster, and what will be like it
    Ignore(ReviewClusterArgs),
    /// Show an ignored cluster again
    Unignore(ReviewClusterArgs),
    /// Say who looks after a question's cluster
    Assign(ReviewAssignArgs),
    /// Changes that were drafted, published and taken back, newest first
    Changes(ReviewHistoryArgs),
    /// Publish a draft
    Publish(ReviewChangeArgs),
    /// Give a draft up
    Discard(ReviewDiscardArgs),
    /// Take a published change back
    Undo(ReviewChangeArgs),
    /// The queue as CSV or JSON lines, on standard output
    Export(ReviewExportArgs),
    /// How the last days went
    Stats(ReviewStatsArgs),
    /// All traces of one asker, out of the database and out of backups
    Erase(ReviewEraseArgs),
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewListArgs {
    /// Print a JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Like questions together, with how often they were asked and whether that grows
    #[arg(long, conflicts_with = "since")]
    pub clusters: bool,
    /// How many at most
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub limit: usize,
    /// Only what came since: 30m, 24h, 7d, 2w, or a day such as 2026-11-01
    #[arg(long, value_name = "WHEN", value_parser = time_arg::parse)]
    pub since: Option<TimeArg>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewShowArgs {
    /// The number behind # in `wenlu review list`
    pub id: i64,
    /// Print a JSON object a line, one for each turn
    #[arg(long)]
    pub json: bool,
}

/// Which questions.
#[derive(clap::Args, Debug)]
pub(crate) struct QuestionSelectionArgs {
    /// The numbers behind # in `wenlu review list`
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<i64>,
    /// Deal with all questions that are like them; the wordings that stand for them best go into the data file
    #[arg(long)]
    pub cluster: bool,
}

/// How it is done.
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct PublishArgs {
    /// Publish without asking, if it has no mistakes and breaks no test of the intents that it changes
    #[arg(long)]
    pub yes: bool,
    /// Why it is right that tests of other intents turn; the audit log keeps it
    #[arg(long, value_name = "TEXT", value_parser = reason_of)]
    pub reason: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Commit the change in the data files' git repository [env: WENLU_GIT]
    #[arg(long)]
    pub git: bool,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewIntentArgs {
    #[command(flatten)]
    pub which: QuestionSelectionArgs,
    /// The intent [default: asked for at a terminal]
    #[arg(long, value_name = "INTENT")]
    pub to: Option<String>,
    #[command(flatten)]
    pub how: PublishArgs,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewOutOfScopeArgs {
    #[command(flatten)]
    pub which: QuestionSelectionArgs,
    #[command(flatten)]
    pub how: PublishArgs,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewNewArgs {
    #[command(flatten)]
    pub which: QuestionSelectionArgs,
    /// The intent's name: lower-case letters, digits and `-`
    #[arg(long, value_name = "NAME")]
    pub id: String,
    /// What its button says [default: the first question]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The menu that leads here
    #[arg(long, value_name = "ID")]
    pub parent: Option<String>,
    /// It has no answer yet
    #[arg(long)]
    pub gap: bool,
    #[command(flatten)]
    pub how: PublishArgs,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewClusterArgs {
    /// The number of one of its questions
    pub id: i64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewAssignArgs {
    /// The number of one of its questions
    pub id: i64,
    /// The account's name; none: nobody
    pub account: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewDiscardArgs {
    /// The number behind # in `wenlu review changes`
    pub id: i64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewChangeArgs {
    /// The number behind # in `wenlu review changes`
    pub id: i64,
    #[command(flatten)]
    pub how: PublishArgs,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewHistoryArgs {
    /// How many at most
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub limit: usize,
    /// Print a JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewExportArgs {
    /// What to write
    #[arg(long, value_enum, default_value = "csv")]
    pub format: QueueExportFormat,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReviewStatsArgs {
    /// How many days back
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

impl ReviewCommand {
    pub(crate) fn is_for_programs(&self) -> bool {
        match self {
            ReviewCommand::List(ReviewListArgs { json, .. })
            | ReviewCommand::Show(ReviewShowArgs { json, .. })
            | ReviewCommand::Changes(ReviewHistoryArgs { json, .. })
            | ReviewCommand::Ignore(ReviewClusterArgs { json, .. })
            | ReviewCommand::Unignore(ReviewClusterArgs { json, .. })
            | ReviewCommand::Assign(ReviewAssignArgs { json, .. })
            | ReviewCommand::Discard(ReviewDiscardArgs { json, .. })
            | ReviewCommand::Stats(ReviewStatsArgs { json, .. }) => *json,
            ReviewCommand::Export(_) => true,
            ReviewCommand::Erase(erase) => erase.json,
            _ => self.how().is_some_and(|how| how.json),
        }
    }

    pub(crate) fn is_committed(&self) -> bool {
        self.how().is_some_and(|how| how.git)
    }

    fn how(&self) -> Option<&PublishArgs> {
        match self {
            ReviewCommand::Promote(ReviewIntentArgs { how, .. })
            | ReviewCommand::NearMiss(ReviewIntentArgs { how, .. })
            | ReviewCommand::New(ReviewNewArgs { how, .. })
            | ReviewCommand::OutOfScope(ReviewOutOfScopeArgs { how, .. })
            | ReviewCommand::Publish(ReviewChangeArgs { how, .. })
            | ReviewCommand::Undo(ReviewChangeArgs { how, .. }) => Some(how),
            _ => None,
        }
    }
}
