//! Legal holds.

use dramatis_domain::{AccountId, EventId, TenantId};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A hold.
#[derive(Debug)]
pub(crate) struct Hold {
    pub(crate) id: Uuid,
    pub(crate) number: i32,
    /// The handle of the account that is held; its id where it has none.
    pub(crate) account: Option<String>,
    pub(crate) item_id: Option<Uuid>,
    pub(crate) reason: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) released_at: Option<OffsetDateTime>,
}

/// Every hold of a tenant.
pub(crate) async fn list(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<Hold>, sqlx::Error> {
    sqlx::query_as!(
        Hold,
        "SELECT h.id, h.number, coalesce(a.handle, h.account_id::text) AS account, h.item_id, h.reason, h.at, h.released_at
         FROM legal_hold h
         LEFT JOIN account a ON a.tenant_id = $1 AND a.id = h.account_id
         WHERE h.tenant_id = $1
         ORDER BY h.number",
        tenant.0
    )
    .fetch_all(db)
    .await
}

/// A hold to keep.
pub(crate) struct NewHold<'a> {
    pub(crate) id: Uuid,
    pub(crate) number: i32,
    pub(crate) account: Option<Uuid>,
    pub(crate) item: Option<Uuid>,
    pub(crate) reason: &'a str,
    pub(crate) by: AccountId,
    pub(crate) event: EventId,
}

/// Keeps a hold; its time is its event's.
pub(crate) async fn insert(
    db: &mut PgConnection,
    tenant: TenantId,
    new: &NewHold<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO legal_hold (tenant_id, id, number, account_id, item_id, reason, placed_by, event_id, at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, e.at FROM event e WHERE e.tenant_id = $1 AND e.id = $8",
        tenant.0,
        new.id,
        new.number,
        new.account,
        new.item,
        new.reason,
        new.by.0,
        new.event.0,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a hold.
pub(crate) async fn release(
    db: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    event: EventId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE legal_hold SET release_event_id = $3,
                released_at = (SELECT e.at FROM event e WHERE e.tenant_id = $1 AND e.id = $3)
         WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id,
        event.0,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Which of these hashes a standing hold keeps, and the hold's number. A hold
/// on an account keeps its texts, cards and files; one on an item also the
/// texts of whoever did anything to it.
pub(crate) async fn keeps(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: &[Vec<u8>],
) -> Result<Vec<(Vec<u8>, i32)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT p.sha256 AS "sha256!", min(h.number) AS "number!"
           FROM legal_hold h
           CROSS JOIN LATERAL (
               SELECT a.name_sha256 AS sha256 FROM account a WHERE a.tenant_id = $1 AND a.id = h.account_id
               UNION SELECT unnest(ARRAY[e.actor_name_sha256, e.device_name_sha256, e.reason_sha256]) FROM event e
                     WHERE e.tenant_id = $1 AND (e.actor_id = h.account_id OR e.item_id = h.item_id)
               UNION SELECT unnest(ARRAY[r.notes_sha256, r.card_sha256]) FROM release r
                     WHERE r.tenant_id = $1 AND (r.submitted_by = h.account_id OR r.item_id = h.item_id)
               UNION SELECT f.sha256 FROM release r JOIN release_asset f ON f.tenant_id = $1 AND f.release_id = r.id
                     WHERE r.tenant_id = $1 AND (r.submitted_by = h.account_id OR r.item_id = h.item_id)
           ) p
           WHERE h.tenant_id = $1 AND h.released_at IS NULL AND p.sha256 = ANY($2)
           GROUP BY p.sha256"#,
        tenant.0,
        sha256,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.sha256, row.number))
        .collect())
}
