//! Evaluation of whole dialogues. In: labelled dialogues, and a function that answers a turn. Out: a
//! [`DialogueReport`]: which turns show what they must, and what went wrong in the others. Must not
//! know: files, printing.
//!
//! `read` makes [`LabelledDialogue`]s of TOML texts, whose `form` is checked like that of any data
//! file; `judge` compares a turn with what is expected of it, by what is `shown`; `report` counts.

mod form;
mod judge;
mod kinds;
mod not_said;
mod read;
mod report;
mod shown;

pub use judge::MissClass;
pub use kinds::{DialogueHalf, DialogueKind, LabelledDialogue, LabelledTurn, TurnWants};
pub use read::{DialogueFilesError, read_dialogues};
pub use report::{ClassCount, DialogueReport, KindFigures, MissedTurn, RightCount, VoiceFigures};

use crate::dialogue::{Conversation, Turn};
use crate::knowledge::Knowledge;
use crate::model::{Incoming, IncomingBody, Timestamp};
use judge::judge;
use report::ReportBuilder;

/// Milliseconds between two messages of an asker.
const PAUSE: i64 = 20_000;

/// Has every dialogue answered turn by turn, and counts which turns are as expected.
///
/// `take_turn` answers one message, as [`crate::Assistant::take_turn`] does; `knowledge` is what it
/// answers from.
///
/// ```
/// # use wenlu_core::Assistant;
/// # use wenlu_core::eval::dialogues::{evaluate_dialogues, read_dialogues};
/// # use wenlu_core::knowledge::files::DataFiles;
/// # let files = DataFiles::of_texts([
/// #     ("intents/refund.toml", "title = '退款'\nexamples = ['怎么退款', '我要退钱', '钱能退回来吗']"),
/// #     ("content/zh/refund.md", "# 退款\n\n在订单里点“退款”。\n"),
/// # ]);
/// let assistant = Assistant::from_files(&files)?;
/// let text = r#"
/// [[dialogue]]
/// id = "refund-01"
/// kind = "point"
/// turns = [{ say = "怎么退款", intent = "refund", fact = ["订单"], early = true }]
/// "#;
/// let dialogues = read_dialogues([("shop.toml", text)])?;
/// let report = evaluate_dialogues(assistant.knowledge(), &dialogues, |conversation, incoming| {
///     assistant.take_turn(conversation, incoming)
/// });
/// assert_eq!((report.judged, report.right), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate_dialogues(
    knowledge: &Knowledge,
    dialogues: &[LabelledDialogue],
    mut take_turn: impl FnMut(Conversation, &Incoming) -> Turn,
) -> DialogueReport {
    let mut report = ReportBuilder::default();
    for dialogue in dialogues {
        let mut conversation = Conversation::default();
        for (at, labelled) in dialogue.turns.iter().enumerate() {
            let pauses = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(1);
            let incoming = Incoming {
                body: IncomingBody::Text(labelled.say.clone()),
                at: Timestamp(pauses.saturating_mul(PAUSE)),
            };
            let turn = take_turn(conversation, &incoming);
            report.count(
                dialogue,
                at,
                &turn,
                &judge(knowledge, &labelled.wants, &turn),
            );
            conversation = turn.conversation;
        }
    }
    report.finish(knowledge, dialogues)
}
