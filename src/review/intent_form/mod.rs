//! An intent as a form, for people who write neither TOML nor Markdown. In: the data files, and what a
//! form holds. Out: the form of an intent; the [`ChangeSet`](super::change::ChangeSet) that makes the
//! files say what the form says, all else kept; what is wrong, by field. Must not know: HTML, the disk.
//!
//! [`read`] fills the form, [`plan`] changes the files, [`merge`] brings together what two people
//! wrote at the same time, [`problem`] says at which field a mistake is.

mod follow_up_rows;
mod form;
mod keyword_line;
mod merge;
mod named_sections;
mod plan;
mod problem;
mod read;
mod reply_text;
mod section_ids;
mod test_rows;

pub use form::{IntentForm, OpenedForm, SectionRow, TestRow, lines_of, one_line};
pub use merge::{FormConflict, merge_forms};
pub use plan::{FormTarget, PlannedForm, free_id, plan_form};
pub use problem::{FormField, FormProblem, problems_of};
pub use read::read_form;
pub use reply_text::{field_text, full_reply};

#[cfg(test)]
mod tests;
