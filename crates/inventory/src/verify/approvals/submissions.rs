//! What waits, or waited: as its release and its event say.

use super::hash;
use crate::verify::{
    VerifyFault,
    items::{Item, Range},
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// A submission, by its release's item.
pub(in crate::verify) struct Row {
    pub(in crate::verify) of: Uuid,
    release_id: Uuid,
    item_id: Uuid,
    policy_version: i32,
    manifest_sha256: Vec<u8>,
    submitted_by: Uuid,
    channel: Option<String>,
    released: Vec<u8>,
    released_by: Uuid,
}

/// Every submission of the items' releases, in order.
pub(in crate::verify) async fn read(
    db: &mut PgConnection,
    range: &Range,
) -> Result<Vec<Row>, sqlx::Error> {
    let (first, last) = range.ends();
    sqlx::query_as!(
        Row,
        "SELECT r.item_id AS of, s.release_id, s.item_id, s.policy_version, s.manifest_sha256, s.submitted_by, s.channel,
                r.manifest_sha256 AS released, r.submitted_by AS released_by
         FROM release r
         JOIN submission s ON s.tenant_id = $1 AND s.release_id = r.id
         WHERE r.tenant_id = $1 AND r.item_id BETWEEN $2 AND $3
         ORDER BY r.item_id, r.number",
        range.tenant.0,
        first,
        last,
    )
    .fetch_all(db)
    .await
}

/// Verifies the submissions of one item.
pub(in crate::verify) fn verify(rows: &[Row], item: &Item, place: &str) -> Result<(), VerifyFault> {
    for row in rows {
        let fits = row.manifest_sha256 == row.released
            && row.submitted_by == row.released_by
            && row.item_id == item.row.id
            && item
                .history
                .submission(row.release_id)
                .is_some_and(|event| {
                    let after = event.after();
                    event.actor == row.submitted_by
                        && after["policy"] == json!(row.policy_version)
                        && after["to_channel"] == json!(row.channel)
                        && after["manifest"] == json!(hash(&row.manifest_sha256))
                });
        if !fits {
            return Err(VerifyFault::off(
                format!("{place}, submission of release {}", row.release_id),
                "its release or its event says something else",
            ));
        }
    }
    item.history
        .tells_of(rows.len(), "submissions", place, |said| {
            said.action == "release.submitted" && said.left("policy")
        })
}
