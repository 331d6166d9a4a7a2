//! What was decided: as its event and its submission say.

use super::hash;
use crate::{
    db,
    verify::{
        VerifyFault,
        items::{Item, Range},
    },
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// A decision, by its release's item, beside its submission.
pub(in crate::verify) struct Row {
    pub(in crate::verify) of: Uuid,
    release_id: Uuid,
    stage: i16,
    policy_version: i32,
    role: String,
    manifest_sha256: Vec<u8>,
    submitted_by: Uuid,
    reviewer_id: Uuid,
    decision: String,
    message_sha256: Option<Vec<u8>>,
    event_id: Uuid,
    at: time::OffsetDateTime,
    waiting: Option<Vec<u8>>,
    waiting_by: Option<Uuid>,
}

/// Every decision on the items' releases, in order.
pub(in crate::verify) async fn read(
    db: &mut PgConnection,
    range: &Range,
) -> Result<Vec<Row>, sqlx::Error> {
    let (first, last) = range.ends();
    sqlx::query_as!(
        Row,
        r#"SELECT r.item_id AS of, a.release_id, a.stage, a.policy_version, a.role, a.manifest_sha256, a.submitted_by,
                  a.reviewer_id, a.decision, a.message_sha256, a.event_id, a.at,
                  s.manifest_sha256 AS "waiting?", s.submitted_by AS "waiting_by?"
           FROM release r
           JOIN approval a ON a.tenant_id = $1 AND a.release_id = r.id
           LEFT JOIN submission s ON s.tenant_id = $1 AND s.release_id = a.release_id
           WHERE r.tenant_id = $1 AND r.item_id BETWEEN $2 AND $3
           ORDER BY r.item_id, r.number, a.stage"#,
        range.tenant.0,
        first,
        last,
    )
    .fetch_all(db)
    .await
}

/// Verifies the decisions on one item's releases.
pub(in crate::verify) fn verify(rows: &[Row], item: &Item, place: &str) -> Result<(), VerifyFault> {
    for row in rows {
        let fits = row.reviewer_id != row.submitted_by
            && row.waiting_by == Some(row.submitted_by)
            && row.waiting.as_ref() == Some(&row.manifest_sha256)
            && item.history.event(row.event_id).is_some_and(|event| {
                let after = event.after();
                event.action.strip_prefix("release.") == Some(row.decision.as_str())
                    && event.subject == Some(row.release_id)
                    && event.actor == row.reviewer_id
                    && event.time_us == db::micros(row.at)
                    && event.has_reason(row.message_sha256.as_deref())
                    && after["stage"] == json!(row.stage)
                    && after["policy"] == json!(row.policy_version)
                    && after["role"] == json!(row.role)
                    && after["manifest"] == json!(hash(&row.manifest_sha256))
            });
        if !fits {
            return Err(VerifyFault::off(
                format!(
                    "{place}, release {}, decision at stage {}",
                    row.release_id, row.stage
                ),
                "its event or its submission says something else",
            ));
        }
    }
    item.history
        .tells_of(rows.len(), "decisions", place, |said| {
            said.action == "release.approved"
                || said.action == "release.rejected" && said.left("stage")
        })
}
