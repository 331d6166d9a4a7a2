//! Rows that no item leads to. A foreign key refuses them; whoever takes an item
//! away past the keys leaves its history behind, where nothing looks for it.

use super::VerifyFault;
use dramatis_domain::TenantId;
use sqlx::PgConnection;

/// That a tenant has as many events and releases as were found by its items
/// and its own stream; else the first that was not.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
    (events, releases): (u64, u64),
) -> Result<(), VerifyFault> {
    let there = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM event WHERE tenant_id = $1) AS "events!",
                  (SELECT count(*) FROM release WHERE tenant_id = $1) AS "releases!""#,
        tenant.0,
    )
    .fetch_one(&mut *db)
    .await?;
    let is = |count: i64, found: u64| u64::try_from(count).is_ok_and(|count| count == found);
    if is(there.events, events) && is(there.releases, releases) {
        return Ok(());
    }
    let stray = sqlx::query_scalar!(
        r#"SELECT coalesce(
               (SELECT 'event ' || e.id || ' of item ' || e.stream_id FROM event e
                WHERE e.tenant_id = $1 AND e.stream_id <> $1
                  AND NOT EXISTS (SELECT FROM item i WHERE i.tenant_id = $1 AND i.id = e.stream_id)
                ORDER BY e.stream_id, e.seq LIMIT 1),
               (SELECT 'release ' || r.id || ' of item ' || r.item_id FROM release r
                WHERE r.tenant_id = $1
                  AND NOT EXISTS (SELECT FROM item i WHERE i.tenant_id = $1 AND i.id = r.item_id)
                ORDER BY r.item_id, r.number LIMIT 1),
               'a row') AS "stray!""#,
        tenant.0,
    )
    .fetch_one(db)
    .await?;
    Err(VerifyFault::off(
        place,
        format!("{stray} stands there, but there is no item that it belongs to"),
    ))
}
