//! Whether wordings would break tests. In: ranked wordings of an intent, and what serves. Out: the
//! same, where those that a test speaks against have that objection. It is the check of an edit
//! ([`judge_edit`]) before there is one: what is offered can be published. Must not know: where
//! wordings come from, how they are shown.
//!
//! The wordings that would be drafted are judged together. Only where that fails is each judged by
//! itself, and where none is to blame alone, the last one goes.

use super::rank::{SuggestedWording, WordingObjection};
use crate::review::edit::{ReviewEdit, plan_edit};
use wenlu_core::check::edit::{EditSide, judge_edit};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::files::validate_files;
use wenlu_core::router::Router;

/// Tests that are named.
const NAMED: usize = 3;
/// How often others may move up for those that are refused.
const MAX_ROUNDS: usize = 4;

/// Judges wordings as examples of an intent.
pub struct WordingJudge<'a> {
    /// What serves, or would.
    pub base: EditSide<'a>,
    /// Builds a router as the server does.
    pub build: &'a dyn Fn(&Knowledge) -> Router,
}

impl WordingJudge<'_> {
    /// Judges the first `count` fit ones of `wordings`; where one is refused, the next one moves up.
    pub fn judged(
        &self,
        intent: &str,
        mut wordings: Vec<SuggestedWording>,
        count: usize,
    ) -> Vec<SuggestedWording> {
        for round in 0..=MAX_ROUNDS {
            let is_fit = |(_, wording): &(usize, &SuggestedWording)| wording.is_fit();
            let fit = wordings.iter().enumerate().filter(is_fit).take(count);
            let chosen: Vec<(usize, String)> = fit
                .map(|(at, wording)| (at, wording.text.clone()))
                .collect();
            let texts = chosen.iter().map(|(_, text)| text.clone()).collect();
            let Some(objection) = self.objection(intent, texts) else {
                break;
            };
            let refused = match round < MAX_ROUNDS {
                true => self.to_blame(intent, &chosen, objection),
                false => {
                    let all = chosen.into_iter();
                    all.map(|(at, _)| (at, objection.clone())).collect()
                }
            };
            for (at, objection) in refused {
                if let Some(wording) = wordings.get_mut(at) {
                    wording.objection = Some(objection);
                }
            }
        }
        // those that were refused now come after the fit ones
        wordings.sort_by_key(|wording| !wording.is_fit());
        wordings
    }

    /// Which of the chosen ones have to go, and why: those that fail alone, else the last. `objection`:
    /// what speaks against all of them together.
    fn to_blame(
        &self,
        intent: &str,
        chosen: &[(usize, String)],
        objection: WordingObjection,
    ) -> Vec<(usize, WordingObjection)> {
        let alone =
            |(at, text): &(usize, String)| Some((*at, self.objection(intent, vec![text.clone()])?));
        let to_blame: Vec<_> = match chosen.len() {
            1 => Vec::new(),
            _ => chosen.iter().filter_map(alone).collect(),
        };
        match (to_blame.is_empty(), chosen.last()) {
            (true, Some((last, _))) => vec![(*last, objection)],
            _ => to_blame,
        }
    }

    /// What speaks against all of these together; `None`: nothing, or there are none.
    fn objection(&self, intent: &str, texts: Vec<String>) -> Option<WordingObjection> {
        if texts.is_empty() {
            return None;
        }
        let edit = ReviewEdit::AddExamples {
            intent: intent.to_owned(),
            texts,
        };
        let unusable = |mistake: String| Some(WordingObjection::Unusable { mistake });
        let change = match plan_edit(self.base.files, &edit) {
            Ok(change) => change,
            Err(error) => return unusable(error.to_string()),
        };
        let files = change.applied_to(self.base.files);
        let loaded = match validate_files(&files) {
            Ok(loaded) => loaded,
            Err(error) => {
                let first = error.errors().next().map(|mistake| mistake.message.clone());
                return unusable(first.unwrap_or_default());
            }
        };
        let router = (self.build)(&loaded.knowledge);
        let edited = EditSide {
            files: &files,
            knowledge: &loaded.knowledge,
            router: &router,
        };
        let verdict = judge_edit(Some(self.base), edited, loaded.texts, &|_, _, _| {});
        let failing = verdict
            .own_failures
            .iter()
            .chain(&verdict.flipped_elsewhere);
        let tests: Vec<String> = failing
            .take(NAMED)
            .map(|failed| failed.say().to_owned())
            .collect();
        (!tests.is_empty()).then_some(WordingObjection::BreaksTests { tests })
    }
}
