//! How it is shown that a hand-over is put aside, and for how long one can be. In: a hand-over. Out:
//! markup, and times. Must not know: how it is put aside.

use super::PATH;
use crate::admin::AdminState;
use crate::admin::html::{form, time};
use crate::admin::middleware::SignedInUser;
use crate::store::records::HandoverRecord;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use wenlu_core::model::Timestamp;

const MINUTE: i64 = 60_000;
/// When work begins, for those who look at it tomorrow.
const MORNING: i8 = 9;

/// For how long it is put aside.
#[derive(Clone, Copy)]
pub(super) enum SnoozeTime {
    Minutes(i64),
    Tomorrow,
}

pub(super) const TIMES: [(&str, &str, SnoozeTime); 5] = [
    ("30m", "30 分钟", SnoozeTime::Minutes(30)),
    ("2h", "2 小时", SnoozeTime::Minutes(120)),
    ("tomorrow", "到明天 9:00", SnoozeTime::Tomorrow),
    ("3d", "3 天", SnoozeTime::Minutes(3 * 24 * 60)),
    (
        "asker",
        "到客人再写（最多 7 天）",
        SnoozeTime::Minutes(7 * 24 * 60),
    ),
];

impl SnoozeTime {
    pub(super) fn until(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            SnoozeTime::Minutes(count) => Some(Timestamp(now.0.saturating_add(count * MINUTE))),
            SnoozeTime::Tomorrow => {
                let local = jiff::Timestamp::from_millisecond(now.0).ok()?;
                let date = local.to_zoned_datetime(zone.clone()).date();
                let morning = date.checked_add(1.day()).ok()?.at(MORNING, 0, 0, 0);
                let morning = morning.to_zoned_datetime(zone.clone()).ok()?;
                Some(Timestamp(morning.timestamp().as_millisecond()))
            }
        }
    }
}

/// Until when it is aside, or that its time has come; part of what says where it stands.
pub(super) fn snooze_tag(admin: &AdminState, handover: &HandoverRecord) -> Markup {
    html! {
        @if let Some(until) = handover.snoozed_until { span.tag { "放到 " (time(admin, until)) } " " }
        @else if handover.woken_at.is_some() { span.tag.bad { "到时间了" } " " }
    }
}

/// The form that puts it aside, or takes it back.
pub(super) fn snooze_form(user: &SignedInUser, handover: &HandoverRecord, form_id: &str) -> Markup {
    let path = format!("{PATH}/{}/snooze", handover.number);
    let id = html! { input type="hidden" name="id" value=(form_id); };
    match handover.snoozed_until {
        Some(_) => form(
            user,
            &path,
            html! {
                (id) input type="hidden" name="until" value="now";
                button.quiet { "现在就接着看" }
            },
        ),
        None => form(
            user,
            &path,
            html! {
                (id)
                label { span.hush { "放多久" }
                    select name="until" { @for (value, label, _) in TIMES { option value=(value) { (label) } } } }
                button.quiet { "先放一放" }
            },
        ),
    }
}
