//! Suggestions as a table. In: an intent with its ranked wordings. Out: lines for a terminal. Must
//! not know: where the wordings come from.

use crate::channel::terminal::strip_control_chars;
use crate::cli::style::{BAD, FAINT, GOOD, HEADING, align_left, paint};
use crate::review::suggest::rank::{SuggestedWording, WordingObjection};
use wenlu_core::knowledge::Intent;

/// Refused wordings that are named.
const NAMED: usize = 10;
const COLUMNS: [usize; 4] = [8, 7, 26, 13];

/// The fit wordings, at most `count`, then those that something speaks against.
pub(super) fn table(intent: &Intent, wordings: &[SuggestedWording], count: usize) -> String {
    let (fit, refused): (Vec<&SuggestedWording>, Vec<_>) =
        wordings.iter().partition(|wording| wording.is_fit());
    let title = format!("{}「{}」", intent.id, strip_control_chars(&intent.title));
    let size = intent.examples.len();
    let mut lines = vec![paint(
        HEADING,
        format!(
            "{title}：现在 {size} 句例句，建议 {} 句",
            fit.len().min(count)
        ),
    )];
    if !fit.is_empty() {
        let names = ["加分", "新意", "现在", "来自"];
        let names = names
            .iter()
            .zip(COLUMNS)
            .map(|(name, width)| align_left(name, width));
        lines.push(paint(FAINT, format!("  {}说法", names.collect::<String>())));
    }
    lines.extend(fit.iter().take(count).map(|wording| fit_line(wording)));
    if fit.len() > count {
        lines.push(format!(
            "  还有 {} 句，用 --count 多看一些",
            fit.len() - count
        ));
    }
    if !refused.is_empty() {
        lines.push(paint(FAINT, format!("  不建议的 {} 句：", refused.len())));
        lines.extend(
            refused
                .iter()
                .take(NAMED)
                .map(|wording| refused_line(wording)),
        );
    }
    lines.join("\n") + "\n\n"
}

fn fit_line(wording: &SuggestedWording) -> String {
    let gain = wording.gain.as_ref().and_then(|gain| gain.confidence);
    let adds = gain.map_or("—".to_owned(), |gain| format!("{gain:+.3}"));
    let cells = [
        adds,
        format!("{:.2}", wording.novelty),
        wording.now.label(),
        wording.source.label(),
    ];
    let padded = cells
        .iter()
        .zip(COLUMNS)
        .map(|(cell, width)| align_left(cell, width - 1) + " ");
    let text = strip_control_chars(&wording.text);
    let style = if gain > Some(0.0) { GOOD } else { FAINT };
    format!("  {}{}", padded.collect::<String>(), paint(style, text))
}

fn refused_line(wording: &SuggestedWording) -> String {
    let objection = wording.objection.as_ref();
    let why = objection.map_or_else(String::new, WordingObjection::label);
    let text = strip_control_chars(&wording.text);
    format!("    {text}　{}", paint(BAD, strip_control_chars(&why)))
}
