//! Wordings that an intent lacks, found in the background. In: an intent, and what a language model
//! replied, if that was pasted. Out: the ranked wordings with the prompt for a model, or how far that
//! is. What is kept here can be made again from the same input.

use super::error::AdminError;
use super::preview_jobs::{BuildRouter, PreviewJobs, lock};
use crate::review::UnansweredQuestion;
use crate::review::base::ServedKnowledge;
use crate::review::group_questions;
use crate::review::parallel::half_of_cores;
use crate::review::review_queue::open_rows;
use crate::review::suggest::judge::WordingJudge;
use crate::review::suggest::near::OpenQuestions;
use crate::review::suggest::rank::{SuggestedWording, WordingRanker};
use crate::review::suggest::reply_reader::{SkippedLine, read_reply};
use crate::review::suggest::{ProposedWording, WordingSource, prompt};
use crate::store::{JournalSince, Store};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use wenlu_core::knowledge::Intent;

/// Number of results kept.
const MAX_RESULTS: usize = 16;
/// Wordings that a model is asked for, and that are offered to be ticked.
pub(super) const OFFERED: usize = 10;

/// Searches for wordings, running and finished; clones share them.
#[derive(Clone)]
pub(super) struct SuggestJobs(Arc<SuggestJobsState>);

struct SuggestJobsState {
    store: Store,
    build_router: BuildRouter,
    /// Knows what serves.
    preview_jobs: PreviewJobs,
    all: Mutex<VecDeque<SuggestJob>>,
}

struct SuggestJob {
    id: u64,
    intent: String,
    /// Of the knowledge that served when it began.
    version: String,
    has_reply: bool,
    state: SuggestJobState,
}

/// State of a search.
#[derive(Clone)]
pub(super) enum SuggestJobState {
    Working,
    Known(Arc<FoundWordings>),
    /// The log has the cause.
    Failed,
}

/// What was found for an intent.
pub(super) struct FoundWordings {
    /// The best first, those with an objection last.
    pub wordings: Vec<SuggestedWording>,
    /// Lines of the pasted reply that hold no wording.
    pub skipped: Vec<SkippedLine>,
    /// What a language model can be asked.
    pub prompt: String,
}

impl SuggestJobs {
    pub(super) fn new(store: Store, build_router: BuildRouter, preview_jobs: PreviewJobs) -> Self {
        SuggestJobs(Arc::new(SuggestJobsState {
            store,
            build_router,
            preview_jobs,
            all: Mutex::default(),
        }))
    }

    /// The last search of the journal alone, if it is of this knowledge; else it begins.
    pub(super) fn latest(&self, intent: &str, version: &str) -> u64 {
        let last = {
            let all = lock(&self.0.all);
            let is_it = |job: &&SuggestJob| {
                job.intent == intent && job.version == version && !job.has_reply
            };
            all.iter().rev().find(is_it).map(|job| job.id)
        };
        last.unwrap_or_else(|| self.start(intent, version, String::new()))
    }

    /// Begins a search; returns its number. `reply`: what was pasted, or nothing.
    pub(super) fn start(&self, intent: &str, version: &str, reply: String) -> u64 {
        let id = {
            let mut all = lock(&self.0.all);
            let id = all.back().map_or(1, |last| last.id + 1);
            all.push_back(SuggestJob {
                id,
                intent: intent.to_owned(),
                version: version.to_owned(),
                has_reply: !reply.trim().is_empty(),
                state: SuggestJobState::Working,
            });
            if all.len() > MAX_RESULTS {
                all.pop_front();
            }
            id
        };
        let (jobs, intent) = (self.0.clone(), intent.to_owned());
        tokio::spawn(async move {
            let state = match jobs.run(&intent, reply).await {
                Ok(found) => SuggestJobState::Known(Arc::new(found)),
                Err(error) => {
                    tracing::error!(%error, intent, "wordings could not be suggested");
                    SuggestJobState::Failed
                }
            };
            let mut all = lock(&jobs.all);
            if let Some(job) = all.iter_mut().find(|job| job.id == id) {
                job.state = state;
            }
        });
        id
    }

    /// The search of that number, if it is about the intent and still known.
    pub(super) fn find(&self, id: u64, intent: &str) -> Option<SuggestJobState> {
        let all = lock(&self.0.all);
        let job = all.iter().find(|job| job.id == id && job.intent == intent);
        job.map(|job| job.state.clone())
    }
}

impl SuggestJobsState {
    async fn run(&self, intent: &str, reply: String) -> Result<FoundWordings, AdminError> {
        let _turn = self.preview_jobs.turn().await?;
        let rows = open_rows(&self.store, JournalSince(None)).await?;
        let serving = self.preview_jobs.serving().await?;
        let (build, intent) = (self.build_router.clone(), intent.to_owned());
        let work = move || {
            let questions = group_questions(&rows);
            found(&serving, &build, &intent, &questions, &reply)
        };
        let found = tokio::task::spawn_blocking(work).await;
        found
            .map_err(|_| AdminError::Failed)?
            .ok_or(AdminError::NotFound)
    }
}

/// `None`: there is no such intent any more.
fn found(
    serving: &ServedKnowledge,
    build: &BuildRouter,
    intent: &str,
    questions: &[UnansweredQuestion],
    reply: &str,
) -> Option<FoundWordings> {
    let knowledge = &serving.engine.knowledge;
    let intent: &Intent = knowledge.intent(intent)?;
    let router = build(knowledge);
    let mut proposed = OpenQuestions::new(questions, &router).near(&intent.id);
    let read = read_reply(reply, &[&intent.id]);
    proposed.extend(read.wordings.into_iter().map(|(_, text)| ProposedWording {
        text,
        source: WordingSource::Pasted,
    }));
    let wordings = match proposed.is_empty() {
        true => Vec::new(),
        false => {
            let ranker = WordingRanker::new(knowledge, &router, half_of_cores());
            let ranked = ranker.rank(intent, proposed);
            let judge = WordingJudge {
                base: serving.side(),
                build: &**build,
            };
            judge.judged(&intent.id, ranked, OFFERED)
        }
    };
    Some(FoundWordings {
        wordings,
        skipped: read.skipped,
        prompt: prompt::prompt(knowledge, &router, &[intent], OFFERED),
    })
}
