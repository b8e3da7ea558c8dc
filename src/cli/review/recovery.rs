//! Reports the recovery of an interrupted publication. Printed to standard error, since standard
//! output may be read by programs.

use crate::channel::terminal::strip_control_chars;
use crate::cli::output;
use crate::review::change_service::ChangeError;
use crate::review::recover::{RecoveredChange, RecoveryOutcome};
use std::error::Error;

/// Prints how the recovery ended, if there was anything to recover.
pub(super) fn report_recovery(recovered: Result<Option<RecoveredChange>, ChangeError>) {
    match recovered {
        Ok(None) => {}
        Ok(Some(recovered)) => output::err_line(&strip_control_chars(&said(&recovered))),
        Err(error) => {
            let cause = error
                .source()
                .map_or_else(String::new, |cause| format!("：{cause}"));
            output::err_line(&format!(
                "有一次发布中途停了，现在还不能收尾：{}",
                strip_control_chars(&format!("{error}{cause}"))
            ));
        }
    }
}

fn said(recovered: &RecoveredChange) -> String {
    let draft = recovered
        .draft
        .map_or_else(String::new, |id| format!("草稿 #{id} 的"));
    match &recovered.ending {
        RecoveryOutcome::Applied => {
            let publish = recovered.draft.map_or_else(String::new, |id| {
                format!("；请运行 wenlu review publish {id} 把它记为已发布")
            });
            format!(
                "{draft}发布中途停过，现在已经写完整（{}）{publish}。",
                recovered.paths.join("、")
            )
        }
        RecoveryOutcome::RolledBack => format!("{draft}发布没有写成，写了一半的已经恢复原样。"),
        RecoveryOutcome::Conflict { conflicts, note } => {
            let changed: Vec<&str> = conflicts
                .iter()
                .map(|conflict| conflict.path.as_str())
                .collect();
            let kept = conflicts
                .iter()
                .filter_map(|conflict| conflict.kept.as_ref());
            let kept: String = kept
                .map(|kept| format!("另有一份手工保存的内容在 {}。", kept.display()))
                .collect();
            format!(
                "{draft}发布中途停过，之后 {} 又有人手工改过：手工改的都留着，其余恢复原样，没有发布。草稿还在，可以在现在的文件上重做；\
                 原来要写的内容在 {}。{kept}",
                changed.join("、"),
                note.display()
            )
        }
        RecoveryOutcome::Broken { note } => {
            format!(
                "有一次发布还没有开始写就停了，什么都没有改动；它的记录不完整，放在 {}。",
                note.display()
            )
        }
    }
}
