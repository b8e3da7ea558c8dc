//! Judging an edit. In: the edited files, parsed and with their router, and the last good ones.
//! Out: an [`EditVerdict`]: mistakes, failing tests of the intents that the edit touches, and tests
//! of other intents that it breaks. Must not know: the disk, who edited, whether the edit is made.
//!
//! An edit touches an intent if it adds, removes or changes its `intents/<id>.toml` or one of its
//! replies. Files that belong to no intent (the lexicon, out of scope, the bot's sentences,
//! variables) touch none.

use super::failing::{self, FailedTest, TestAnswer, passes};
use super::progress::CheckProgress;
use crate::dialogue::TextRouter;
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{self, Code, Diagnostic, FileTexts};
use crate::knowledge::files::{DataFiles, FileRole, LoadError};
use std::collections::BTreeSet;

/// Data files with the knowledge parsed from them and its router.
#[derive(Clone, Copy)]
pub struct EditSide<'a> {
    /// The data files.
    pub files: &'a DataFiles,
    /// The knowledge that was made of them.
    pub knowledge: &'a Knowledge,
    /// The router that was trained on that knowledge.
    pub router: &'a dyn TextRouter,
}

/// The result of judging an edit.
#[derive(Clone, Debug, Default)]
pub struct EditVerdict {
    /// Why the files cannot be used; if there are any, nothing else was checked.
    pub mistakes: Vec<Diagnostic>,
    /// Failing tests of the intents that the edit touches; of all intents if there are no last good
    /// files.
    pub own_failures: Vec<FailedTest>,
    /// Failing tests of other intents that passed before, each with the answer before.
    pub flipped_elsewhere: Vec<FailedTest>,
    /// Failing tests of intents that the edit touches, whose files are exactly what somebody
    /// published: undoing a publication is always possible. Empty from [`judge_edit`], which does
    /// not know of publications; `review::standing` moves tests here.
    pub published_failures: Vec<FailedTest>,
    /// Failing tests of any intent that failed before already.
    pub known_failures: Vec<FailedTest>,
    /// The texts that the diagnostics quote.
    pub texts: FileTexts,
}

impl EditVerdict {
    /// The verdict on files that cannot be loaded.
    pub fn unusable(error: LoadError) -> Self {
        Self {
            mistakes: error.errors().cloned().collect(),
            texts: error.texts,
            ..Self::default()
        }
    }

    /// Whether the edit is refused: it has mistakes, or tests of the intents that it touches fail.
    pub fn is_refused(&self) -> bool {
        !self.mistakes.is_empty() || !self.own_failures.is_empty()
    }

    /// The failing tests that the edit causes and that do not refuse it.
    pub fn tolerated_failures(&self) -> impl Iterator<Item = &FailedTest> {
        self.flipped_elsewhere
            .iter()
            .chain(&self.published_failures)
    }

    /// All tests that fail once the edit is in use. Those that failed before keep their last
    /// passing answer from `before`.
    pub fn remaining_failures(&self, before: &[FailedTest]) -> Vec<FailedTest> {
        let known = self.known_failures.iter().map(|known| {
            let earlier = before.iter().find(|earlier| earlier.is_same_test(known));
            FailedTest {
                before: earlier.and_then(|earlier| earlier.before.clone()),
                ..known.clone()
            }
        });
        self.tolerated_failures().cloned().chain(known).collect()
    }

    /// The diagnostics that refuse it, in the order of the files.
    pub fn refusals(&self) -> Vec<Diagnostic> {
        self.mistakes
            .iter()
            .chain(self.own_failures.iter().map(|failed| &failed.diagnostic))
            .cloned()
            .collect()
    }
}

/// The intents that an edit from `base` to `edited` touches.
pub fn touched_intents(base: &DataFiles, edited: &DataFiles) -> BTreeSet<String> {
    let intent = |path: &str| match FileRole::of(path) {
        FileRole::Intent(id) | FileRole::Reply(_, id) => Some(id),
        _ => None,
    };
    base.differing(edited)
        .into_iter()
        .filter_map(intent)
        .collect()
}

/// Judges the edit from `base`, the last good files, to `edited`. `texts` are those of the loaded
/// files.
pub fn judge_edit(
    base: Option<EditSide>,
    edited: EditSide,
    texts: FileTexts,
    progress: CheckProgress,
) -> EditVerdict {
    let EditSide {
        knowledge, router, ..
    } = edited;
    let failed = failing::failing_tests(knowledge, &texts, router, progress);
    let mut verdict = EditVerdict::default();
    let touched = base.map(|base| touched_intents(base.files, edited.files));
    for mut failed in failed {
        diagnostic::locate(&mut failed.diagnostic, &texts);
        let is_own = touched
            .as_ref()
            .is_none_or(|touched| touched.contains(&failed.intent));
        failed.before = match base.and_then(|base| before_edit(base, &failed)) {
            Some(ResultBeforeEdit::Failed) => {
                verdict.known_failures.push(failed);
                continue;
            }
            Some(ResultBeforeEdit::Passed(answer)) => Some(answer),
            None => None,
        };
        if is_own {
            verdict.own_failures.push(failed)
        } else {
            verdict.flipped_elsewhere.push(failed)
        }
    }
    verdict.texts = texts;
    verdict
}

/// What refuses an edit that leaves no intent where there were some: more likely a folder that was
/// moved or is not there yet than what somebody wants to serve.
pub fn emptied(base: EditSide, edited: EditSide) -> Option<Diagnostic> {
    let count = base.knowledge.intents.len();
    let is_emptied = edited.knowledge.intents.is_empty() && count > 0;
    is_emptied.then(|| {
        let said = format!("intents/ 里的 {count} 个意图都不在了");
        Diagnostic::new(Code::Emptied, "intents/", 0..0, said)
            .help("把文件放回 intents/；真的要清空，就在 /admin/changes 里撤销当初的发布，或换一个新的文件夹")
    })
}

/// The result of a test before an edit.
enum ResultBeforeEdit {
    Failed,
    Passed(TestAnswer),
}

/// `None`: there was no such test. A test that expects something else now counts as another one.
fn before_edit(base: EditSide, failed: &FailedTest) -> Option<ResultBeforeEdit> {
    let before = base.knowledge.intent(&failed.intent)?;
    let test = before
        .tests
        .iter()
        .find(|test| test.is_same_as(&failed.test))?;
    let routing = base.router.route(&test.say);
    Some(match passes(before, test, &routing) {
        true => ResultBeforeEdit::Passed(failing::answer(base.knowledge, &routing)),
        false => ResultBeforeEdit::Failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::files::validate_files;
    use crate::router::Router;

    const FILES: [(&str, &str); 6] = [
        (
            "intents/refund.toml",
            "title = \"退款\"\nexamples = [\"怎么退款\", \"退款多久到账\", \"我要退钱\"]\n[[test]]\nsay = \"退款要几天到账\"\n",
        ),
        ("content/zh/refund.md", "# 退款\n\n三天。\n"),
        (
            "intents/invoice.toml",
            "title = \"发票\"\nexamples = [\"怎么开发票\", \"发票抬头怎么改\", \"补开发票\"]\n[[test]]\nsay = \"发票怎么补开\"\n\
             [[test]]\nsay = \"讲个笑话吧\"\n",
        ),
        ("content/zh/invoice.md", "# 发票\n\n在订单里。\n"),
        (
            "intents/out-of-scope.toml",
            "examples = [\"今天天气怎么样\", \"北京到上海的高铁几点\"]\n",
        ),
        ("content/variables.toml", ""),
    ];

    fn files(changes: &[(&str, Option<&str>)]) -> DataFiles {
        let all = FILES.map(|(path, text)| (path, Some(text)));
        DataFiles::default().with(all).with(changes.iter().copied())
    }

    fn judged(base: Option<&DataFiles>, edited: &DataFiles) -> EditVerdict {
        let loaded = match validate_files(edited) {
            Ok(loaded) => loaded,
            Err(error) => return EditVerdict::unusable(error),
        };
        let router = Router::build(&loaded.knowledge);
        let side = EditSide {
            files: edited,
            knowledge: &loaded.knowledge,
            router: &router,
        };
        let before = base.map(|files| {
            let knowledge = validate_files(files)
                .map(|loaded| loaded.knowledge)
                .unwrap_or_default();
            (files, Router::build(&knowledge), knowledge)
        });
        let base = before.as_ref().map(|(files, router, knowledge)| EditSide {
            files,
            knowledge,
            router,
        });
        judge_edit(base, side, loaded.texts, &|_, _, _| {})
    }

    fn said(list: &[FailedTest]) -> Vec<String> {
        list.iter()
            .map(|f| {
                format!(
                    "{}:{} {}",
                    f.diagnostic.place.file,
                    f.diagnostic.place.line,
                    f.say()
                )
            })
            .collect()
    }

    /// An intent that takes over the message of the refund's test.
    fn taking_over() -> String {
        "title = \"到账\"\nexamples = [\"退款要几天才到账\", \"退款要几天到账呢\", \"要几天到账\"]\n".to_owned()
    }

    #[test]
    fn what_failed_before_is_known_and_refuses_nothing() {
        let base = files(&[]);
        let verdict = judged(
            Some(&base),
            &files(&[("content/zh/invoice.md", Some("# 发票\n\n在别处。\n"))]),
        );
        assert_eq!(
            said(&verdict.known_failures),
            ["intents/invoice.toml:6 讲个笑话吧"]
        );
        assert!(!verdict.is_refused() && verdict.flipped_elsewhere.is_empty());
        let none = judged(None, &base);
        assert_eq!(
            said(&none.own_failures),
            ["intents/invoice.toml:6 讲个笑话吧"]
        );
        assert!(none.is_refused() && none.flipped_elsewhere.is_empty());
    }

    #[test]
    fn an_own_failure_refuses_and_a_test_of_another_intent_flips() {
        let base = files(&[]);
        let new = taking_over();
        let files = files(&[
            ("intents/arrival.toml", Some(&new)),
            ("content/zh/arrival.md", Some("# 到账\n\n好。\n")),
        ]);
        let verdict = judged(Some(&base), &files);
        assert_eq!(
            said(&verdict.flipped_elsewhere),
            ["intents/refund.toml:4 退款要几天到账"]
        );
        let flipped = &verdict.flipped_elsewhere[0];
        let before = flipped
            .before
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(
            before.starts_with("回答（answer），「退款」（refund），把握"),
            "{before}"
        );
        assert!(
            flipped.now.what.contains("「到账」（arrival）"),
            "{}",
            flipped.now
        );
        assert!(!verdict.is_refused() && !verdict.flipped_elsewhere.is_empty());
        // the same edit, which now also touches the refund by a comment
        let looked_at = format!("# 看过\n{}", FILES[0].1);
        let own = judged(
            Some(&base),
            &files.with([("intents/refund.toml", Some(looked_at.as_str()))]),
        );
        assert_eq!(
            said(&own.own_failures),
            ["intents/refund.toml:5 退款要几天到账"]
        );
        assert!(own.is_refused() && own.flipped_elsewhere.is_empty());
    }

    #[test]
    fn a_test_that_wants_something_else_now_is_another_one() {
        let base = files(&[]);
        let moved = FILES[2].1.replace(
            "say = \"讲个笑话吧\"",
            "say = \"讲个笑话吧\"\nwants = \"menu\"",
        );
        let verdict = judged(
            Some(&base),
            &files(&[("intents/invoice.toml", Some(&moved))]),
        );
        assert_eq!(
            said(&verdict.own_failures),
            ["intents/invoice.toml:6 讲个笑话吧"],
            "{:?}",
            verdict.mistakes
        );
    }

    /// One test expects the message not to come here, the other that it does.
    #[test]
    fn of_two_tests_that_say_the_same_each_is_compared_with_itself() {
        let say = "say = \"讲个笑话吧\"";
        let both = FILES[2]
            .1
            .replace(say, &format!("{say}\nhere = false\n[[test]]\n{say}"));
        let base = files(&[("intents/invoice.toml", Some(&both))]);
        let touched = format!("# 看过\n{both}");
        let verdict = judged(
            Some(&base),
            &base.with([("intents/invoice.toml", Some(touched.as_str()))]),
        );
        assert_eq!(
            said(&verdict.known_failures),
            ["intents/invoice.toml:10 讲个笑话吧"],
            "{:?}",
            verdict.mistakes
        );
        assert!(!verdict.is_refused(), "{:?}", said(&verdict.own_failures));
    }

    #[test]
    fn a_mistake_is_all_that_is_said() {
        let verdict = judged(
            Some(&files(&[])),
            &files(&[("intents/refund.toml", Some("title = 1\n"))]),
        );
        assert!(
            verdict.is_refused() && verdict.own_failures.is_empty() && !verdict.mistakes.is_empty()
        );
    }

    #[test]
    fn what_belongs_to_no_intent_touches_none() {
        let base = files(&[]);
        let touched = |changes: &[(&str, Option<&str>)]| {
            let edited = base.with(changes.iter().copied());
            touched_intents(&base, &edited)
                .into_iter()
                .collect::<Vec<_>>()
        };
        let shared = [
            "intents/lexicon.toml",
            "intents/out-of-scope.toml",
            "content/zh/_bot.toml",
            "content/variables.toml",
        ];
        assert_eq!(touched(&shared.map(|path| (path, Some("# x\n")))), [""; 0]);
        assert_eq!(
            touched(&[("content/en/refund.md", Some("# Refund\n"))]),
            ["refund"]
        );
        assert_eq!(
            touched(&[
                ("intents/refund.toml", None),
                ("intents/refunds.toml", Some("x"))
            ]),
            ["refund", "refunds"]
        );
    }
}
