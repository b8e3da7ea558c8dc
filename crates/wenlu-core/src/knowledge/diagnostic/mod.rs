//! Mistakes in data files. In: what is wrong and where, as byte ranges. Out: `file:line:col`, the
//! source line with a caret, one line of help. Must not know: what the files mean.

mod code;
mod entry;
mod locate;
mod render;
mod suggestion;

pub use code::{Code, Severity};
pub use entry::{Diagnostic, FileTexts, SourceLocation};
pub(crate) use locate::locate;
pub use locate::locate_and_sort;
pub use render::{by_code, count_by_code, render};
pub use suggestion::did_you_mean;
