//! Who reads or writes in a hand-over just now, as an operator is told of it. In: what the store knows of
//! all. Out: names, and whether the asker writes; a line of a page. Must not know: routes, what is written.

use crate::admin::html::text;
use crate::admin::middleware::SignedInUser;
use crate::admin::{AdminError, AdminState};
use crate::store::activities::{LiveActivity, LiveActor, LiveHandover};
use maud::{Markup, html};
use serde::Serialize;

/// What one operator is told of a hand-over.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct PresenceView<'a> {
    pub id: i64,
    /// Whether the asker is writing.
    asker: bool,
    reads: Vec<&'a str>,
    /// To the asker, or a note.
    writes: Vec<&'a str>,
}

impl<'a> PresenceView<'a> {
    /// Of all but `account` itself; `live`: nobody does anything where it is `None`.
    pub(super) fn of(id: i64, live: Option<&'a LiveHandover>, account: &str) -> Self {
        let actors = || live.into_iter().flat_map(|live| &live.actors);
        let names = |is: fn(LiveActivity) -> bool| {
            let others = actors().filter(|actor| is(actor.activity));
            let names = others.filter_map(|actor| actor.account.as_deref());
            names.filter(|name| *name != account).collect()
        };
        PresenceView {
            id,
            asker: actors().any(LiveActor::is_asker),
            reads: names(|activity| activity == LiveActivity::Reads),
            writes: names(|activity| activity != LiveActivity::Reads),
        }
    }
}

/// What a page shows when it is opened; its script keeps it true.
pub(super) async fn presence_line(
    admin: &AdminState,
    user: &SignedInUser,
    (number, conversation): (i64, &str),
) -> Result<Markup, AdminError> {
    let live = admin.store().activities().all(user.caller.now).await?;
    let told = PresenceView::of(number, live.get(conversation), &user.account.name);
    let others = [(&told.writes, " 正在写"), (&told.reads, " 也在看")];
    let others = others.into_iter().filter(|(names, _)| !names.is_empty());
    let mut said: Vec<String> = others
        .map(|(names, does)| format!("{}{does}", text(&names.join("、"))))
        .collect();
    if told.asker {
        said.insert(0, "客人正在输入…".to_owned());
    }
    let said = said.join("　");
    Ok(html! { p #doing.soft role="status" { (said) } })
}
