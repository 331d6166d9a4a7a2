//! Orders of erasure and what they took.

use dramatis_domain::{AccountId, EventId, TenantId};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// An order to keep.
pub(crate) struct NewOrder<'a> {
    pub(crate) id: Uuid,
    pub(crate) number: i32,
    pub(crate) account: Option<AccountId>,
    pub(crate) ground: &'a str,
    pub(crate) by: AccountId,
    pub(crate) event: EventId,
    pub(crate) at: OffsetDateTime,
}

/// The number after the last one; under the lock of the tenant's stream.
pub(crate) async fn next_number(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(max(number), 0) + 1 AS "next!" FROM erasure_order WHERE tenant_id = $1"#,
        tenant.0
    )
    .fetch_one(db)
    .await
}

/// Keeps the order with what it takes; before anything is taken.
pub(crate) async fn insert(
    db: &mut PgConnection,
    tenant: TenantId,
    new: &NewOrder<'_>,
    what: &[(&'static str, Vec<u8>)],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO erasure_order (tenant_id, id, number, account_id, ground, ordered_by, event_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant.0,
        new.id,
        new.number,
        new.account.map(|account| account.0),
        new.ground,
        new.by.0,
        new.event.0,
        new.at,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO erasure (tenant_id, what, sha256, order_id, at)
         SELECT $1, w.what, w.sha256, $2, $3 FROM unnest($4::text[], $5::bytea[]) AS w (what, sha256)",
        tenant.0,
        new.id,
        new.at,
        &what.iter().map(|(what, _)| (*what).to_owned()).collect::<Vec<_>>(),
        &what.iter().map(|(_, sha256)| sha256.clone()).collect::<Vec<_>>(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An order with how much it took of what.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) id: Uuid,
    pub(crate) number: i32,
    pub(crate) account: Option<Uuid>,
    pub(crate) ground: String,
    pub(crate) by: Uuid,
    pub(crate) event: Uuid,
    pub(crate) at: OffsetDateTime,
    pub(crate) what: Vec<String>,
    pub(crate) sha256: Vec<Vec<u8>>,
    /// Whether each has the order's own time.
    pub(crate) at_once: bool,
}

/// Every order of a tenant, with what it took.
pub(crate) async fn orders(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<Order>, sqlx::Error> {
    sqlx::query_as!(
        Order,
        r#"SELECT o.id, o.number, o.account_id AS account, o.ground, o.ordered_by AS by, o.event_id AS event, o.at,
                  coalesce(array_agg(e.what ORDER BY e.what, e.sha256) FILTER (WHERE e.what IS NOT NULL), '{}') AS "what!",
                  coalesce(array_agg(e.sha256 ORDER BY e.what, e.sha256) FILTER (WHERE e.what IS NOT NULL), '{}') AS "sha256!",
                  coalesce(bool_and(e.at = o.at), true) AS "at_once!"
           FROM erasure_order o
           LEFT JOIN erasure e ON e.tenant_id = o.tenant_id AND e.order_id = o.id
           WHERE o.tenant_id = $1
           GROUP BY o.tenant_id, o.id
           ORDER BY o.number"#,
        tenant.0,
    )
    .fetch_all(db)
    .await
}

/// By which order something was erased; the last one where there are several.
pub(crate) async fn order_of(
    db: &mut PgConnection,
    tenant: TenantId,
    what: &str,
    sha256: &[Vec<u8>],
) -> Result<Vec<(Vec<u8>, i32)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT e.sha256, max(o.number) AS "number!" FROM erasure e
           JOIN erasure_order o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
           WHERE e.tenant_id = $1 AND e.what = $2 AND e.sha256 = ANY($3)
           GROUP BY e.sha256"#,
        tenant.0,
        what,
        sha256,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.sha256, row.number))
        .collect())
}

/// A neutral name instead of the account's own.
pub(crate) async fn name_account(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: &[Vec<u8>],
    name: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE account SET name = $3 WHERE tenant_id = $1 AND name_sha256 = ANY($2)",
        tenant.0,
        sha256,
        name,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The account's tokens that are still good.
pub(crate) async fn valid_tokens(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT id FROM api_token WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL ORDER BY created_at, id",
        tenant.0,
        account.0,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// What the account called its tokens.
pub(crate) async fn label_tokens(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE api_token SET label = 'erased' WHERE tenant_id = $1 AND account_id = $2",
        tenant.0,
        account.0,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A card or file of some items, and who else names it.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) sha256: Vec<u8>,
    /// Where a file lies.
    pub(crate) generation: Option<i64>,
    /// Another item with the same bytes.
    pub(crate) other: Option<Uuid>,
}

/// The cards of the items' releases that are still there.
pub(crate) async fn cards(
    db: &mut PgConnection,
    tenant: TenantId,
    items: &[Uuid],
) -> Result<Vec<Named>, sqlx::Error> {
    sqlx::query_as!(
        Named,
        r#"SELECT c.sha256, NULL::bigint AS generation,
                  (SELECT o.item_id FROM release o
                   WHERE o.tenant_id = $1 AND o.card_sha256 = c.sha256 AND o.item_id <> ALL($2) LIMIT 1) AS other
           FROM content c
           WHERE c.tenant_id = $1 AND c.bytes IS NOT NULL
             AND c.sha256 IN (SELECT r.card_sha256 FROM release r WHERE r.tenant_id = $1 AND r.item_id = ANY($2))
           ORDER BY c.sha256"#,
        tenant.0,
        items,
    )
    .fetch_all(db)
    .await
}

/// The files of the items' releases that are still there.
pub(crate) async fn files(
    db: &mut PgConnection,
    tenant: TenantId,
    items: &[Uuid],
) -> Result<Vec<Named>, sqlx::Error> {
    sqlx::query_as!(
        Named,
        r#"SELECT b.sha256, b.generation,
                  (SELECT o.item_id FROM release o
                   JOIN release_asset n ON n.tenant_id = $1 AND n.release_id = o.id
                   WHERE o.tenant_id = $1 AND n.sha256 = b.sha256 AND o.item_id <> ALL($2) LIMIT 1) AS other
           FROM blob b
           WHERE b.tenant_id = $1 AND NOT b.erased
             AND b.sha256 IN (SELECT a.sha256 FROM release r
                              JOIN release_asset a ON a.tenant_id = $1 AND a.release_id = r.id
                              WHERE r.tenant_id = $1 AND r.item_id = ANY($2))
           ORDER BY b.sha256"#,
        tenant.0,
        items,
    )
    .fetch_all(db)
    .await
}

/// A release of the items that people or apps could still read.
pub(crate) async fn readable(
    db: &mut PgConnection,
    tenant: TenantId,
    items: &[Uuid],
) -> Result<Option<(String, i32, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT i.slug, s.number, s.state FROM current_state s
         JOIN item i ON i.tenant_id = s.tenant_id AND i.id = s.item_id
         WHERE s.tenant_id = $1 AND s.item_id = ANY($2) AND s.state NOT IN ('revoked', 'rejected', 'withdrawn')
         ORDER BY i.slug, s.number LIMIT 1",
        tenant.0,
        items,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.slug, row.number, row.state)))
}

/// Takes the cards' bytes, and what lists say of them.
pub(crate) async fn take_cards(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE release_face f SET name = 'erased', about = '', tags = '{}', vertical = NULL
         FROM release r
         WHERE f.tenant_id = $1 AND r.tenant_id = $1 AND r.id = f.release_id AND r.card_sha256 = ANY($2)",
        tenant.0,
        sha256,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE release SET name = 'erased' WHERE tenant_id = $1 AND card_sha256 = ANY($2)",
        tenant.0,
        sha256,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE content SET bytes = NULL WHERE tenant_id = $1 AND sha256 = ANY($2)",
        tenant.0,
        sha256,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Marks files whose bytes are about to go.
pub(crate) async fn mark_files(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE blob SET erased = true WHERE tenant_id = $1 AND sha256 = ANY($2)",
        tenant.0,
        sha256,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a card's bytes were erased.
pub(crate) async fn card_is_gone(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: &[u8],
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT bytes IS NULL AS "gone!" FROM content WHERE tenant_id = $1 AND sha256 = $2"#,
        tenant.0,
        sha256,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.is_some_and(|row| row.gone))
}
