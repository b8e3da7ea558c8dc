//! What a notice says: numbers, times and addresses of pages, nothing of what askers wrote. In: what
//! is due. Out: subject and text, Chinese first, and the same as data. Pure.

use super::report::{ReportDay, ReportFigures};
use crate::channel::event_hook::rfc3339;
use crate::store::notices::{NoticeKey, UntoldHandover, UntoldKind};
use serde_json::{Value, json};
use wenlu_core::labels::percent;
use wenlu_core::model::{ConversationId, Timestamp};

/// What is to be told.
#[derive(Default)]
pub(super) struct DueNotices {
    pub keys: Vec<NoticeKey>,
    pub askers: Vec<WaitingAsker>,
    /// The version of the refused data files.
    pub refused: Option<String>,
    /// Questions that nobody has dealt with.
    pub questions: Option<i64>,
}

/// An asker who waits for a person.
pub(super) struct WaitingAsker {
    pub kind: UntoldKind,
    pub number: i64,
    /// Empty if the name of the conversation says none.
    pub channel: String,
    pub since: Timestamp,
}

/// An e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoticeWords {
    pub subject: String,
    pub text: String,
}

impl WaitingAsker {
    pub(super) fn of(untold: &UntoldHandover) -> Self {
        let conversation = ConversationId::parse(&untold.conversation);
        let channel = conversation.map(|conversation| conversation.channel().to_owned());
        WaitingAsker {
            kind: untold.kind,
            number: untold.number,
            channel: channel.unwrap_or_default(),
            since: untold.since,
        }
    }

    fn minutes(&self, now: Timestamp) -> i64 {
        now.0.saturating_sub(self.since.0).max(0) / 60_000
    }
}

/// `pages`: what the addresses of the operators' pages begin with.
pub(super) fn notice_words(due: &DueNotices, pages: Option<&str>, now: Timestamp) -> NoticeWords {
    let link = |path: &str| format!("{}{path}", pages.unwrap_or_default());
    let (mut subject, mut zh, mut en) = (vec![], vec![], vec![]);
    for (kind, what_zh, what_en) in [
        (
            UntoldKind::Waiting,
            "在等人工",
            "Waiting for a person, taken by nobody yet",
        ),
        (
            UntoldKind::Overdue,
            "等回复超时",
            "Waiting too long for an answer",
        ),
        (UntoldKind::Woken, "放一放的时间到了", "Put aside until now"),
    ] {
        let askers: Vec<_> = due
            .askers
            .iter()
            .filter(|asker| asker.kind == kind)
            .collect();
        if askers.is_empty() {
            continue;
        }
        let count = askers.len();
        subject.push(format!("{count} 位客人{what_zh}"));
        zh.push(format!("{count} 位客人{what_zh}："));
        en.push(format!("{what_en}: {count}"));
        zh.extend(askers.iter().map(|asker| {
            let address = link(&format!("/admin/inbox/{}", asker.number));
            let (number, minutes) = (asker.number, asker.minutes(now));
            let channel = &asker.channel;
            match kind {
                UntoldKind::Woken => format!("· 第 {number} 号（{channel}）：{address}"),
                _ => format!("· 第 {number} 号（{channel}），等了 {minutes} 分钟：{address}"),
            }
        }));
    }
    if let Some(version) = &due.refused {
        let address = link("/admin");
        subject.push("知识的修改没有生效".to_owned());
        zh.push(format!(
            "数据文件的修改（{version}）有错误，没有生效，机器人还在用上一版。看是哪里：{address}"
        ));
        en.push(format!(
            "An edit of the data files ({version}) was refused; the version before it serves."
        ));
    }
    if let Some(questions) = due.questions {
        let address = link("/admin/clusters");
        subject.push(format!("{questions} 个问题待处理"));
        zh.push(format!(
            "没答上来、还没有处理的问题有 {questions} 个：{address}"
        ));
        en.push(format!(
            "Questions left unanswered and not dealt with: {questions}"
        ));
    }
    NoticeWords {
        subject: format!("［问路］{}", subject.join("，")),
        text: format!("{}\n\n{}\n", zh.join("\n"), en.join("\n")),
    }
}

/// The same for a program; `text` for one that passes it on.
pub(super) fn notice_data(due: &DueNotices, pages: Option<&str>, words: &NoticeWords) -> Value {
    let link = |path: String| pages.map(|pages| format!("{pages}{path}"));
    let askers = due.askers.iter().map(|asker| {
        json!({
            "kind": asker.kind.word(),
            "id": asker.number,
            "channel": asker.channel,
            "since": rfc3339(asker.since),
            "url": link(format!("/admin/inbox/{}", asker.number)),
        })
    });
    let refused = due.refused.iter().map(
        |version| json!({ "kind": "refused", "version": version, "url": link("/admin".to_owned()) }),
    );
    let queue = due.questions.iter().map(|questions| {
        json!({ "kind": "queue", "questions": questions, "url": link("/admin/clusters".to_owned()) })
    });
    let notices: Vec<Value> = askers.chain(refused).chain(queue).collect();
    json!({ "notices": notices, "text": words.subject })
}

pub(super) fn report_words(
    day: &ReportDay,
    figures: &ReportFigures,
    pages: Option<&str>,
) -> NoticeWords {
    let (from, until) = (day.from, day.until);
    let part = |count: u64| percent(count as f64 / figures.asked().max(1) as f64);
    let named = |label: &str, count: u64| format!("{label}：{count} 次（{}）", part(count));
    let wait = |none: &str, minutes: &str| {
        let median = figures.median_wait;
        median.map_or_else(
            || none.to_owned(),
            |wait| format!("{} {minutes}", wait / 60_000),
        )
    };
    let zh = [
        format!("{from} 到 {until}"),
        format!("提问：{}", figures.asked()),
        named("回答", figures.answered),
        named("反问", figures.clarified),
        named("没答上来", figures.unknown),
        format!(
            "转人工：{} 次；等人的时间（中位数）：{}",
            figures.people,
            wait("没有", "分钟")
        ),
        format!(
            "客人评价人工：解决了 {}，还没解决 {}",
            figures.ratings.solved, figures.ratings.unsolved
        ),
        format!(
            "现在在等人工的：{}；待处理的问题：{}",
            figures.waiting, figures.questions
        ),
        format!("{}/admin", pages.unwrap_or_default()),
    ];
    let en = [
        format!(
            "Asked {}, answered {}, asked back {}, not known {}, for a person {}",
            figures.asked(),
            figures.answered,
            figures.clarified,
            figures.unknown,
            figures.people
        ),
        format!(
            "Solved by a person, as askers say: {}; not solved: {}.",
            figures.ratings.solved, figures.ratings.unsolved
        ),
        format!(
            "Median wait for a person: {}. Waiting now: {}. Questions to deal with: {}.",
            wait("none", "min"),
            figures.waiting,
            figures.questions
        ),
    ];
    NoticeWords {
        subject: format!("［问路］{from} 到 {until}：提问 {}", figures.asked()),
        text: format!("{}\n\n{}\n", zh.join("\n"), en.join("\n")),
    }
}
