//! `wenlu store sweep`: what is to be deleted because it is not kept any longer, shown, and deleted
//! once a person says so.

use super::{StoreOutputArgs, bytes, shown_error};
use crate::cli::style::{HEADING, align_left, align_right, paint};
use crate::cli::time_arg::local;
use crate::clock;
use crate::settings::{DatabaseUrl, StoreSettings};
use crate::store::sweep_plan::{SweepPart, SweepPlan, SweepVerdict};
use crate::store::{JournalShrink, JournalSize, Store, SweepResult};
use serde_json::{Value, json};
use wenlu_core::model::Timestamp;

/// The server does this by itself. It holds back a sweep that would delete more than a quarter of what is kept although its
/// limit has moved by more than a day since the last one: the clock may be wrong, or `WENLU_RETENTION` too short by mistake.
#[derive(clap::Args, Debug)]
pub(super) struct StoreSweepArgs {
    /// Delete it, what was held back too
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    plain: StoreOutputArgs,
}

impl StoreSweepArgs {
    pub(super) async fn run(self, settings: StoreSettings) -> anyhow::Result<String> {
        let database = settings.database;
        let store = Store::open_existing(database.reveal())
            .await
            .map_err(shown_error)?;
        let (now, kept) = (clock::now(), settings.retention);
        let plan = store.retention().plan(now, kept).await?;
        let mut swept = None;
        if self.yes {
            swept = Some(store.retention().sweep(now, kept, true).await?);
        }
        let size = JournalSize {
            bytes: store.retention().journal_bytes().await?,
            max: settings.journal_max,
        };
        let mut shrunk = None;
        if self.yes {
            shrunk = Some(store.retention().shrink_journal(now, size, true).await?);
        }
        store.close().await;
        Ok(if self.plain.json {
            for_programs(&database, &plan, size, swept.as_ref(), shrunk).to_string()
        } else {
            let limit = limit_line(size, shrunk);
            format!("{}\n{limit}", for_people(&database, &plan, swept.as_ref()))
        })
    }
}

fn for_people(database: &DatabaseUrl, plan: &SweepPlan, swept: Option<&SweepResult>) -> String {
    let newest = plan.newest.map_or("还没有".to_owned(), local);
    let mut lines = vec![
        paint(HEADING, database),
        format!("现在的时间 {}，最新的对话记录 {newest}", local(plan.now)),
    ];
    if let Some(swept) = swept {
        let gone = |(table, rows): &(&'static str, u64)| row(table, *rows, "行已删除");
        lines.extend(swept.deleted.iter().map(gone));
        lines.push(match swept.deleted.is_empty() {
            true => "没有到期的内容，什么都没有删".to_owned(),
            false => "已删除；SQLite 文件里的残留会由服务在一天内覆盖".to_owned(),
        });
        return lines.join("\n");
    }
    let due: Vec<&SweepPart> = plan.parts.iter().filter(|part| part.rows > 0).collect();
    lines.extend(due.iter().map(|part| shown(part)));
    lines.push(match due.is_empty() {
        true => "没有到期的内容".to_owned(),
        false => "请先核对上面的时间。确实要删：wenlu store sweep --yes".to_owned(),
    });
    lines.join("\n")
}

fn limit_line(size: JournalSize, shrunk: Option<JournalShrink>) -> String {
    let max = size.max.map_or("不限".to_owned(), bytes);
    let said = match shrunk {
        Some(JournalShrink::Deleted { turns, .. }) => {
            format!("；已超上限，最早的 {turns} 轮对话已删除")
        }
        None if size.needs_person() => "；远超上限，要删掉最早的已答对话，等人确认".to_owned(),
        None if size.is_over() => "；已超上限，服务会自己删掉最早的已答对话".to_owned(),
        _ => String::new(),
    };
    format!("对话记录 {}，上限 {max}{said}", bytes(size.bytes))
}

fn shown(part: &SweepPart) -> String {
    let said = match part.verdict {
        SweepVerdict::Runs => "服务会自己删",
        SweepVerdict::Waits => "服务运行得够久之后自己删",
        SweepVerdict::Asks => "等人确认",
    };
    let before = local(part.before);
    row(
        part.table,
        part.rows,
        &format!("行，共 {}，早于 {before}，{said}", part.of),
    )
}

fn row(table: &str, rows: u64, said: &str) -> String {
    let (table, rows) = (
        align_left(table, "undelivered".len()),
        align_right(&rows.to_string(), 9),
    );
    format!("  {table}  {rows} {said}")
}

fn for_programs(
    database: &DatabaseUrl,
    plan: &SweepPlan,
    size: JournalSize,
    swept: Option<&SweepResult>,
    shrunk: Option<JournalShrink>,
) -> Value {
    let time = |at: Timestamp| {
        jiff::Timestamp::from_millisecond(at.0)
            .unwrap_or_default()
            .to_string()
    };
    let part = |part: &SweepPart| {
        json!({
            "table": part.table,
            "before": time(part.before),
            "rows": part.rows,
            "of": part.of,
            "verdict": part.verdict,
        })
    };
    let deleted = swept.map(|swept| {
        let rows = swept.deleted.iter().copied();
        rows.map(|(table, rows)| (table.to_owned(), Value::from(rows)))
            .collect::<serde_json::Map<_, _>>()
    });
    json!({
        "database": database.to_string(),
        "now": time(plan.now),
        "newest": plan.newest.map(time),
        "asks": plan.asking().next().is_some(),
        "tables": plan.parts.iter().map(part).collect::<Vec<_>>(),
        "deleted": deleted,
        "journal": {
            "bytes": size.bytes,
            "max": size.max,
            "asks": shrunk.is_none() && size.needs_person(),
            "deleted": match shrunk {
                Some(JournalShrink::Deleted { turns, .. }) => turns,
                _ => 0,
            },
        },
    })
}
