//! The steps a release took. Their numbers order them; their times follow.

use super::as_text;
use dramatis_api::history::TakenStep;
use dramatis_domain::{TenantId, lifecycle::ReleaseState};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Which steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) release: Uuid,
    /// Only those into this state.
    pub(crate) to: Option<ReleaseState>,
    /// Only those up to this moment.
    pub(crate) until: Option<OffsetDateTime>,
    /// After this number.
    pub(crate) after: i32,
    pub(crate) limit: i64,
}

/// A page of them, oldest first.
pub(crate) async fn page(
    db: &mut PgConnection,
    tenant: TenantId,
    asked: &Asked,
) -> Result<Vec<TakenStep>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT seq, from_state, to_state, role, reason_code, successor_id, actor_id, event_id, at
         FROM release_transition
         WHERE tenant_id = $1 AND release_id = $2 AND seq > $3
           AND ($4::text IS NULL OR to_state = $4) AND ($5::timestamptz IS NULL OR at <= $5)
         ORDER BY seq LIMIT $6",
        tenant.0,
        asked.release,
        asked.after,
        asked.to.map(ReleaseState::as_str),
        asked.until,
        asked.limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(TakenStep {
                seq: row.seq,
                from: row.from_state,
                to: row.to_state,
                role: row.role,
                reason_code: row.reason_code,
                successor: row.successor_id,
                actor: row.actor_id,
                event: row.event_id,
                at: as_text::time(asked.release, row.at)?,
            })
        })
        .collect()
}

/// The state it was in at a moment, or is in now; none before its first step.
pub(crate) async fn state(
    db: &mut PgConnection,
    tenant: TenantId,
    asked: &Asked,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT to_state FROM release_transition
         WHERE tenant_id = $1 AND release_id = $2 AND ($3::timestamptz IS NULL OR at <= $3)
         ORDER BY seq DESC LIMIT 1",
        tenant.0,
        asked.release,
        asked.until,
    )
    .fetch_optional(db)
    .await
}
