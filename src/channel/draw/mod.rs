//! Drawing that every chat service needs. In: a [`Reply`](wenlu_core::model::Reply). Out: styled texts
//! in reading order, none longer than a message may be. Must not know: any service's markup.

mod outline;
mod plain;
mod split;
mod text;

pub(super) use outline::{choose, outline};
pub(super) use plain::{mark_person, numbered_choices, with_runs};
pub(super) use split::{OutlineNode, StyledRun, TextMeasure, pack};
pub(super) use text::is_blank;
pub use text::{clean, ellipsize};
