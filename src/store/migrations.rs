//! The migrations. In: a connection. Out: a database with the current schema, or an error that names
//! the database and what is wrong with it. Must not know: what the tables hold.

use super::error::StoreError;
use super::health::StoreFault;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use std::path::Path;

/// The migrations from an empty database to the current schema: version, name, SQL.
pub(super) type MigrationSteps = &'static [(i64, &'static str, &'static str)];

pub(super) const SQLITE_MIGRATIONS: MigrationSteps = &[
    (1, "turns", include_str!("migrations/sqlite/0001_turns.sql")),
    (2, "prune", include_str!("migrations/sqlite/0002_prune.sql")),
    (
        3,
        "channels",
        include_str!("migrations/sqlite/0003_channels.sql"),
    ),
    (4, "admin", include_str!("migrations/sqlite/0004_admin.sql")),
    (
        5,
        "review",
        include_str!("migrations/sqlite/0005_review.sql"),
    ),
    (6, "lean", include_str!("migrations/sqlite/0006_lean.sql")),
    (7, "kept", include_str!("migrations/sqlite/0007_kept.sql")),
    (
        8,
        "accepted_tests",
        include_str!("migrations/sqlite/0008_accepted_tests.sql"),
    ),
    (
        9,
        "last_done",
        include_str!("migrations/sqlite/0009_last_done.sql"),
    ),
    (
        10,
        "sweeps",
        include_str!("migrations/sqlite/0010_sweeps.sql"),
    ),
    (
        11,
        "responses",
        include_str!("migrations/sqlite/0011_responses.sql"),
    ),
    (
        12,
        "brought",
        include_str!("migrations/sqlite/0012_brought.sql"),
    ),
    (
        13,
        "passive",
        include_str!("migrations/sqlite/0013_passive.sql"),
    ),
    (
        14,
        "operators_inbox",
        include_str!("migrations/sqlite/0014_operators_inbox.sql"),
    ),
    (
        15,
        "called_wait",
        include_str!("migrations/sqlite/0015_called_wait.sql"),
    ),
    (
        16,
        "notices",
        include_str!("migrations/sqlite/0016_notices.sql"),
    ),
    (
        17,
        "contacts",
        include_str!("migrations/sqlite/0017_contacts.sql"),
    ),
    (
        18,
        "files",
        include_str!("migrations/sqlite/0018_files.sql"),
    ),
    (
        19,
        "fixed_clusters",
        include_str!("migrations/sqlite/0019_fixed_clusters.sql"),
    ),
    (
        20,
        "scored_by",
        include_str!("migrations/sqlite/0020_scored_by.sql"),
    ),
    (
        21,
        "comments",
        include_str!("migrations/sqlite/0021_comments.sql"),
    ),
    (
        22,
        "recovery_codes",
        include_str!("migrations/sqlite/0022_recovery_codes.sql"),
    ),
    (
        23,
        "active_sending",
        include_str!("migrations/sqlite/0023_active_sending.sql"),
    ),
    (
        24,
        "pulls",
        include_str!("migrations/sqlite/0024_pulls.sql"),
    ),
    (
        25,
        "people",
        include_str!("migrations/sqlite/0025_people.sql"),
    ),
    (
        26,
        "text_ids",
        include_str!("migrations/sqlite/0026_text_ids.sql"),
    ),
    (
        27,
        "activities",
        include_str!("migrations/sqlite/0027_activities.sql"),
    ),
    (
        28,
        "pull_history",
        include_str!("migrations/sqlite/0028_pull_history.sql"),
    ),
];
pub(super) const POSTGRES_MIGRATIONS: MigrationSteps = &[
    (
        1,
        "turns",
        include_str!("migrations/postgres/0001_turns.sql"),
    ),
    (
        2,
        "channels",
        include_str!("migrations/postgres/0002_channels.sql"),
    ),
    (
        3,
        "admin",
        include_str!("migrations/postgres/0003_admin.sql"),
    ),
    (
        4,
        "review",
        include_str!("migrations/postgres/0004_review.sql"),
    ),
    (5, "lean", include_str!("migrations/postgres/0005_lean.sql")),
    (6, "kept", include_str!("migrations/postgres/0006_kept.sql")),
    (
        7,
        "accepted_tests",
        include_str!("migrations/postgres/0007_accepted_tests.sql"),
    ),
    (
        8,
        "last_done",
        include_str!("migrations/postgres/0008_last_done.sql"),
    ),
    (
        9,
        "sweeps",
        include_str!("migrations/postgres/0009_sweeps.sql"),
    ),
    (
        10,
        "responses",
        include_str!("migrations/postgres/0010_responses.sql"),
    ),
    (
        11,
        "brought",
        include_str!("migrations/postgres/0011_brought.sql"),
    ),
    (
        12,
        "passive",
        include_str!("migrations/postgres/0012_passive.sql"),
    ),
    (
        13,
        "operators_inbox",
        include_str!("migrations/postgres/0013_operators_inbox.sql"),
    ),
    (
        14,
        "called_wait",
        include_str!("migrations/postgres/0014_called_wait.sql"),
    ),
    (
        15,
        "notices",
        include_str!("migrations/postgres/0015_notices.sql"),
    ),
    (
        16,
        "contacts",
        include_str!("migrations/postgres/0016_contacts.sql"),
    ),
    (
        17,
        "files",
        include_str!("migrations/postgres/0017_files.sql"),
    ),
    (
        18,
        "fixed_clusters",
        include_str!("migrations/postgres/0018_fixed_clusters.sql"),
    ),
    (
        19,
        "scored_by",
        include_str!("migrations/postgres/0019_scored_by.sql"),
    ),
    (
        20,
        "comments",
        include_str!("migrations/postgres/0020_comments.sql"),
    ),
    (
        21,
        "recovery_codes",
        include_str!("migrations/postgres/0021_recovery_codes.sql"),
    ),
    (
        22,
        "active_sending",
        include_str!("migrations/postgres/0022_active_sending.sql"),
    ),
    (
        23,
        "pulls",
        include_str!("migrations/postgres/0023_pulls.sql"),
    ),
    (
        24,
        "people",
        include_str!("migrations/postgres/0024_people.sql"),
    ),
    (
        25,
        "text_ids",
        include_str!("migrations/postgres/0025_text_ids.sql"),
    ),
    (
        26,
        "activities",
        include_str!("migrations/postgres/0026_activities.sql"),
    ),
    (
        27,
        "pull_history",
        include_str!("migrations/postgres/0027_pull_history.sql"),
    ),
];

/// The version of the current schema.
pub(super) fn newest(steps: MigrationSteps) -> i64 {
    steps
        .iter()
        .map(|(version, ..)| *version)
        .max()
        .unwrap_or_default()
}

pub(super) fn migrations(steps: MigrationSteps) -> impl Iterator<Item = Migration> {
    steps.iter().map(|(version, name, sql)| {
        Migration::new(
            *version,
            (*name).into(),
            MigrationType::Simple,
            (*sql).into_sql_str(),
            false,
        )
    })
}

pub(super) async fn migrate<C>(
    connection: &mut C,
    steps: MigrationSteps,
    place: &Path,
) -> Result<(), StoreError>
where
    C: Migrate,
{
    let known = newest(steps);
    let migrator = Migrator::with_migrations(migrations(steps).collect());
    migrator
        .run_direct(None, connection, false)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(found) => StoreError::Newer {
                path: place.to_owned(),
                found,
                known,
            },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                sqlite_refused(error, place)
            }
            other => StoreError::Migrate(place.to_owned(), Box::new(other)),
        })
}

/// Turns an error on opening a SQLite file into one that names the file and what is wrong with it.
pub(super) fn sqlite_refused(error: sqlx::Error, path: &Path) -> StoreError {
    const CORRUPT: &str = "11";
    const CANTOPEN: &str = "14";
    const NOT_A_DATABASE: &str = "26";
    let code = error
        .as_database_error()
        .and_then(|e| e.code())
        .unwrap_or_default()
        .into_owned();
    // The primary result code is the low byte of the extended one.
    let primary = code.parse::<i32>().map_or(code, |c| (c & 0xff).to_string());
    match primary.as_str() {
        CORRUPT | NOT_A_DATABASE => StoreError::Corrupt(path.to_owned()),
        CANTOPEN => StoreError::CannotOpen(path.to_owned()),
        _ => match StoreFault::of(&error) {
            Some(fault) => StoreError::Unusable(path.to_owned(), fault, error),
            None => StoreError::Database(error),
        },
    }
}
