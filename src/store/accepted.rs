//! Failing tests that somebody has accepted: each with the answer that it gets instead, and the
//! reason. A test is accepted for that one answer; if it gets another answer later, it counts as
//! failing again. Must not know: how tests are judged.

use super::audit::{self, AuditAction, AuditActor};
use super::error::StoreError;
use super::kept::KnowledgeStore;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use std::fmt;

/// A failing test, and the answer that it gets instead of the expected one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcceptedTest {
    pub intent: String,
    pub say: String,
    pub answer: String,
}

/// Failing tests accepted together, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestAcceptance {
    pub reason: String,
    pub tests: Vec<AcceptedTest>,
}

/// How many tests an audit entry lists by name.
const NAMED: usize = 20;

/// The text of the audit entry.
impl fmt::Display for TestAcceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self
            .tests
            .iter()
            .take(NAMED)
            .map(|test| format!("{}「{}」→ {}", test.intent, test.say, test.answer));
        let more = self.tests.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!("，还有 {more} 条")
        } else {
            String::new()
        };
        write!(
            f,
            "理由：{}；改变的测试：{}{more}",
            self.reason,
            named.collect::<Vec<_>>().join("，")
        )
    }
}

impl KnowledgeStore<'_> {
    /// All accepted failing tests, ordered by intent and text.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn accepted_tests(self) -> Result<Vec<AcceptedTest>, StoreError> {
        let sql = "SELECT intent, say, answer FROM accepted_tests ORDER BY intent, say";
        let accepted = |row: &AnyRow| {
            Ok(AcceptedTest {
                intent: row.try_get(0)?,
                say: row.try_get(1)?,
                answer: row.try_get(2)?,
            })
        };
        sqlx::query(sql)
            .fetch_all(self.engine.read())
            .await?
            .iter()
            .map(accepted)
            .collect()
    }

    /// Deletes the acceptance of tests that pass by now or no longer exist. Only rows with the same
    /// answer are deleted.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn forget_accepted(self, mended: Vec<AcceptedTest>) -> Result<(), StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    for test in &mended {
                        let sql = "DELETE FROM accepted_tests WHERE intent = $1 AND say = $2 AND answer = $3";
                        let query = sqlx::query(sql).bind(&test.intent).bind(&test.say).bind(&test.answer);
                        query.execute(&mut *c).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Records that these tests may fail, with an audit entry.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn accept_tests(
        self,
        by: AuditActor,
        acceptance: TestAcceptance,
    ) -> Result<(), StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    write(c, &by, &acceptance).await?;
                    let subject = format!("{} 条测试", acceptance.tests.len());
                    audit::write(
                        c,
                        &by,
                        AuditAction::AcceptTests,
                        &subject,
                        &acceptance.to_string(),
                    )
                    .await
                })
            })
            .await
    }
}

/// Inserts or replaces the acceptances inside the caller's transaction.
pub(super) async fn write(
    c: &mut AnyConnection,
    by: &AuditActor,
    acceptance: &TestAcceptance,
) -> Result<(), StoreError> {
    for test in &acceptance.tests {
        let sql = "INSERT INTO accepted_tests (intent, say, answer, reason, actor, at) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (intent, say) DO UPDATE SET answer = excluded.answer, reason = excluded.reason,
                       actor = excluded.actor, at = excluded.at";
        let query = sqlx::query(sql)
            .bind(&test.intent)
            .bind(&test.say)
            .bind(&test.answer)
            .bind(&acceptance.reason);
        query.bind(&by.actor).bind(by.at.0).execute(&mut *c).await?;
    }
    Ok(())
}
