//! Checks the ids of intents: reserved, malformed, or alike but for their case. In: raw intents. Out:
//! diagnostics.

use super::NONE_LABEL;
use super::data_files::{is_intent_id, reserved_meaning};
use super::diagnostic::{Code, Diagnostic};
use super::raw::RawIntent;
use std::collections::BTreeMap;

/// Whether it is the label that stands for no intent in tables of examples.
fn reserved_label(label: &str) -> bool {
    label == NONE_LABEL
}

pub(super) fn check_ids(intents: &[RawIntent], out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &RawIntent> = BTreeMap::new();
    for intent in intents {
        let lower = intent.id.to_lowercase();
        let label = intent
            .label
            .as_ref()
            .filter(|label| reserved_label(&label.value));
        if let Some(meaning) = reserved_meaning(&intent.id) {
            let message = format!("`{}` 是保留的名字，不能作意图的 id", intent.id);
            let help = format!(
                "{meaning}；给 {0}.toml 和它的回复 {0}.md 换一个名字",
                intent.id
            );
            out.push(Diagnostic::new(Code::ReservedId, &intent.file, 0..0, message).help(help));
        } else if let Some(label) = label {
            let message = format!("`{}` 是保留的名字，不能作意图的 label", label.value);
            let help =
                "在例句表里它表示不属于任何意图，导出之后这个意图就没有了；换一个名字，或者删掉";
            out.push(
                Diagnostic::new(Code::ReservedId, &intent.file, label.span.clone(), message)
                    .help(help),
            );
        }
        if !is_intent_id(&intent.id) && reserved_meaning(&intent.id).is_none() {
            let better: String = lower
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .take(48)
                .collect();
            let better = better.trim_matches('-');
            let help = match is_intent_id(better) {
                true => format!("改名为 {better}.toml：小写英文字母、数字和 `-`，最多 48 个"),
                false => "用小写英文字母、数字和 `-`，最多 48 个".to_owned(),
            };
            let message = format!("文件名 `{}` 不能作意图的 id", intent.id);
            out.push(Diagnostic::new(Code::BadId, &intent.file, 0..0, message).help(help));
        }
        if let Some(first) = seen.insert(lower, intent) {
            let message = format!("id `{}` 和另一个文件只差大小写", intent.id);
            out.push(
                Diagnostic::new(Code::DuplicateId, &intent.file, 0..0, message)
                    .also(&first.file, 0..0, "另一个")
                    .help("有的系统不分大小写，会把它们当成一个文件；改掉其中一个的名字"),
            );
        }
    }
}
