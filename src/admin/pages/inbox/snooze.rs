//! A hand-over is put aside for a while. In: for how long. Out: it is back in the list then, or as soon
//! as the asker writes. Must not know: what brings it back.

use super::acts::{ActRefusal, Acted, back_to, message_id, refused};
use super::talk::handover;
use super::{HandoverPath, PATH};
use crate::admin::html::{form, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::store::records::{HandoverRecord, NewHandoverMessage, TranscriptAuthor};
use axum::extract::State;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;
use wenlu_core::model::Timestamp;

const MINUTE: i64 = 60_000;
/// When work begins, for those who look at it tomorrow.
const MORNING: i8 = 9;

#[derive(Deserialize)]
pub(in crate::admin::pages) struct SnoozeForm {
    id: String,
    until: String,
}

/// For how long it is put aside.
#[derive(Clone, Copy)]
enum SnoozeTime {
    Minutes(i64),
    Tomorrow,
}

const TIMES: [(&str, &str, SnoozeTime); 5] = [
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
    fn until(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
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

pub(in crate::admin::pages) async fn snooze(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<SnoozeForm>,
) -> Acted {
    let handover = handover(&admin, id).await?;
    let now = user.caller.now;
    let (until, words) = match sent.until.as_str() {
        "now" => (None, format!("{} 接着看", user.account.name)),
        named => {
            let chosen = TIMES.into_iter().find(|(value, ..)| *value == named);
            let (_, label, length) = chosen.ok_or(AdminError::BadForm)?;
            let until = length.until(now, &admin.config.timezone);
            let until = until.ok_or(AdminError::BadForm)?;
            (
                Some(until),
                format!("{} 先放一放：{label}", user.account.name),
            )
        }
    };
    let named = message_id("snooze", &sent.id)?;
    let told = NewHandoverMessage {
        id: format!("{}/{}", handover.conversation, named.as_str()),
        at: now,
        author: TranscriptAuthor::System,
        account: user.account.name.clone(),
        masked: words.clone(),
        body: words,
        file: None,
    };
    let snoozes = admin.store().snoozes();
    match snoozes.set(&handover.conversation, until, told).await? {
        true => Ok(back_to(&handover)),
        false => Err(not_done(&user, &handover)),
    }
}

fn not_done(user: &SignedInUser, handover: &HandoverRecord) -> ActRefusal {
    let why = html! { p { "它已经结束，或者别的同事接手了，没有放下。" } };
    refused(user, handover, why)
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
