//! What is only kept for a while: which table, for how long, by which column. In: the time, and how
//! long the journal is kept. Out: a limit for each table, and the SQL that counts and deletes what
//! is older. Must not know: when it is run, and whether a person has to agree.

use super::values::millis;
use std::time::Duration;
use wenlu_core::model::Timestamp;

const HOUR: Duration = Duration::from_secs(3_600);
/// How long a repeated message gets the answer that it was given.
pub const ANSWERED_KEPT: Duration = HOUR.saturating_mul(7 * 24);
/// How long a repeated delivery of an update is recognised.
pub const SEEN_KEPT: Duration = HOUR.saturating_mul(72);
/// For longer than any answer that refers to them: their last use is known to the day.
const RESPONSES_KEPT: Duration = ANSWERED_KEPT.saturating_add(HOUR.saturating_mul(2 * 24));
/// How long sign-in attempts are kept.
const ATTEMPTS_KEPT: Duration = HOUR.saturating_mul(24);
/// Longer than any session is valid.
const SESSIONS_KEPT: Duration = HOUR.saturating_mul(7 * 24);
/// How long a file waits for the message that brings it.
const UNSENT_KEPT: Duration = HOUR.saturating_mul(24);
/// What is in a file is deleted with it; the time is that within which a transaction ends.
const PARTS_KEPT: Duration = HOUR;
/// For longer than what they tell of lasts.
const NOTICES_KEPT: Duration = HOUR.saturating_mul(30 * 24);
/// After their end, as the links.
const CREDITS_KEPT: Duration = HOUR;
const LINKS_KEPT: Duration = HOUR.saturating_mul(24);

/// How a table is swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SweepRule {
    /// Names its limit in `sweeps`: the table, unless that has several.
    pub name: &'static str,
    pub table: &'static str,
    key: &'static str,
    column: &'static str,
    /// A further condition, or nothing.
    only: &'static str,
    /// `None`: as long as the journal.
    kept: Option<Duration>,
}

/// A table, and the time before which its rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SweepLimit {
    pub rule: SweepRule,
    pub kept: Duration,
    pub before: Timestamp,
}

const fn rule(
    table: &'static str,
    key: &'static str,
    column: &'static str,
    kept: Duration,
) -> SweepRule {
    SweepRule {
        name: table,
        table,
        key,
        column,
        only: "",
        kept: Some(kept),
    }
}

const fn with_journal(table: &'static str, key: &'static str, column: &'static str) -> SweepRule {
    SweepRule {
        name: table,
        table,
        key,
        column,
        only: "",
        kept: None,
    }
}

/// The journal, with the conversations and review rows that belong to it.
pub(super) const JOURNAL: &str = "journal";

const SWEEP_RULES: &[SweepRule] = &[
    rule("answered", "conversation, message", "at", ANSWERED_KEPT),
    rule("responses", "digest", "used_at", RESPONSES_KEPT),
    rule("seen", "channel, update_id", "at", SEEN_KEPT),
    rule("quarantine", "id", "at", SEEN_KEPT),
    SweepRule {
        only: " AND seen = 1",
        ..rule("pushes", "id", "at", SEEN_KEPT)
    },
    SweepRule {
        name: "pushes not seen",
        only: " AND seen = 0",
        ..with_journal("pushes", "id", "at")
    },
    rule(
        "passive_replies",
        "conversation, message",
        "at",
        ANSWERED_KEPT,
    ),
    rule("passive_rests", "conversation", "at", ANSWERED_KEPT),
    rule("credits", "conversation, kind", "until", CREDITS_KEPT),
    rule("served_elsewhere", "conversation", "at", ANSWERED_KEPT),
    SweepRule {
        name: "chats that waited",
        only: " AND gone IS NULL AND moved_to IS NULL",
        ..rule("chats", "channel, chat", "ready_at", SEEN_KEPT)
    },
    rule("attempts", "id", "at", ATTEMPTS_KEPT),
    rule("sessions", "token", "created_at", SESSIONS_KEPT),
    rule("links", "token", "expires_at", LINKS_KEPT),
    with_journal(JOURNAL, "id", "at"),
    with_journal("relayed", "chat, message", "at"),
    with_journal("undelivered", "id", "at"),
    SweepRule {
        only: " AND conversation NOT IN (SELECT conversation FROM handovers WHERE open = 1)",
        ..with_journal("contacts", "id", "at")
    },
    SweepRule {
        only: " AND conversation NOT IN (SELECT conversation FROM handovers WHERE open = 1)",
        ..with_journal("identities", "site, subject", "at")
    },
    rule("activities", "conversation, account", "until", CREDITS_KEPT),
    with_journal("ratings", "conversation, asked_at", "asked_at"),
    // who still waits is not told of again
    SweepRule {
        only: " AND NOT (kind IN ('waiting', 'overdue', 'woken') AND key IN (SELECT conversation FROM handovers WHERE open = 1))",
        ..rule("notices", "kind, key, spell", "at", NOTICES_KEPT)
    },
    SweepRule {
        only: " AND conversation NOT IN (SELECT conversation FROM handovers WHERE open = 1)",
        ..with_journal("messages", "conversation, seq", "at")
    },
    SweepRule {
        only: " AND message IS NOT NULL
             AND conversation NOT IN (SELECT conversation FROM handovers WHERE open = 1)",
        ..with_journal("files", "id", "at")
    },
    SweepRule {
        name: "files not sent",
        only: " AND message IS NULL",
        ..rule("files", "id", "at", UNSENT_KEPT)
    },
    SweepRule {
        only: " AND file NOT IN (SELECT id FROM files)",
        ..rule("file_parts", "file, part", "at", PARTS_KEPT)
    },
    SweepRule {
        only: " AND open = 0",
        ..with_journal("handovers", "conversation", "last_at")
    },
];

/// Tables whose rows no time limits, or that can be filled within it: how many of the newest stay.
/// The audit log has a rule of its own, in [`super::audit`].
pub(super) const MOST_ROWS: &[(&str, i64)] = &[
    ("quarantine", 10_000),
    ("attempts", 100_000),
    ("undelivered", 100_000),
];

/// The limits at the time `now`; without `kept`, none for what is kept as long as the journal.
pub(super) fn limits(now: Timestamp, kept: Option<Duration>) -> Vec<SweepLimit> {
    SWEEP_RULES
        .iter()
        .filter_map(|rule| {
            let kept = rule.kept.or(kept)?;
            Some(SweepLimit {
                rule: *rule,
                kept,
                before: Timestamp(now.0.saturating_sub(millis(kept))),
            })
        })
        .collect()
}

impl SweepRule {
    /// Whether its rows cannot be had again: what was said, and what operators are told.
    pub(super) fn is_lasting(self) -> bool {
        self.kept.is_none()
    }

    /// How many rows are older than `$1`, and how many there are.
    pub(super) fn count_sql(self) -> String {
        let Self {
            table,
            column,
            only,
            ..
        } = self;
        format!(
            "SELECT (SELECT COUNT(*) FROM {table} WHERE {column} < $1{only}), (SELECT COUNT(*) FROM {table})"
        )
    }

    /// Deletes the oldest rows from before `$1`, at most `$2` of them.
    pub(super) fn delete_sql(self) -> String {
        let Self {
            table,
            key,
            column,
            only,
            ..
        } = self;
        format!(
            "DELETE FROM {table} WHERE ({key}) IN
                 (SELECT {key} FROM {table} WHERE {column} < $1{only} ORDER BY {column} LIMIT $2)"
        )
    }
}
