//! The clock, against the newest turn and against the Bot API. In: what both say. Out: findings.

use super::finding::AreaFindings;
use super::telegram_check::TelegramReport;
use crate::cli::time_arg::local;
use crate::clock;
use crate::store::diagnosis::DatabaseReport;
use wenlu_core::model::Timestamp;

/// In milliseconds. Machines that share a database may disagree by less.
const TOLERATED: i64 = 60_000;
const TODO: &str =
    "核对服务器的时间，并开启自动校时（timedatectl set-ntp true）/ set the clock, and keep it set";

pub(super) fn look(
    database: Option<&DatabaseReport>,
    telegram: Option<&TelegramReport>,
    findings: &mut AreaFindings<'_>,
) {
    let now = clock::now();
    let said = format!("现在是 {} / now", local(now));
    let server_time = telegram.and_then(|report| report.api.as_ref().ok()?.server_time);
    if let Some(theirs) = server_time {
        match (now.0 - theirs.0).abs() > TOLERATED {
            true => findings.bad(
                "clock.bot_api",
                format!(
                    "{said}，Bot API 说是 {} / the Bot API says another time",
                    local(theirs)
                ),
                TODO,
            ),
            false => findings.good(
                "clock.bot_api",
                format!("{said}，和 Bot API 一致 / as the Bot API says"),
            ),
        }
    }
    let newest = database.and_then(|report| report.newest_turn);
    match newest {
        Some(newest) if newest.0 > now.0 + TOLERATED => behind(&said, newest, findings),
        Some(newest) => {
            findings.good(
                "clock.journal",
                format!(
                    "{said}，在最新的对话记录（{}）之后 / after the newest turn",
                    local(newest)
                ),
            );
        }
        None if server_time.is_none() => {
            findings.good(
                "clock.journal",
                format!("{said}；没有可以对照的 / nothing to compare it with"),
            );
        }
        None => {}
    }
}

fn behind(said: &str, newest: Timestamp, findings: &mut AreaFindings<'_>) {
    findings.bad(
        "clock.journal",
        format!(
            "{said}，比最新的对话记录（{}）还早 / before the newest turn",
            local(newest)
        ),
        TODO,
    );
}
