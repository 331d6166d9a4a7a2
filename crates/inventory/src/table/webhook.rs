//! Webhooks, as operators see and change them. What is due belongs to
//! `crate::webhook`.

use dramatis_domain::{AccountId, TenantId};
use sqlx::{PgConnection, PgPool};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// A webhook to make.
pub(crate) struct NewWebhook<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) id: Uuid,
    pub(crate) account: AccountId,
    pub(crate) url: &'a str,
    pub(crate) topics: Option<&'a [String]>,
    pub(crate) sealed: &'a [u8],
}

/// Makes a webhook with its first secret; it is told of what gets its number
/// from now on.
pub(crate) async fn insert(db: &mut PgConnection, new: &NewWebhook<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO webhook (tenant_id, id, account_id, url, topics, fanned_out_to)
         VALUES ($1, $2, $3, $4, $5, coalesce((SELECT last_number FROM feed WHERE tenant_id = $1), 0))",
        new.tenant.0,
        new.id,
        new.account.0,
        new.url,
        new.topics,
    )
    .execute(&mut *db)
    .await?;
    insert_secret(db, new.tenant, new.id, new.sealed).await
}

/// Keeps a webhook's next secret.
pub(crate) async fn insert_secret(
    db: &mut PgConnection,
    tenant: TenantId,
    webhook: Uuid,
    sealed: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO webhook_secret (tenant_id, webhook_id, version, sealed)
         SELECT $1, $2, coalesce(max(s.version), 0) + 1, $3
         FROM webhook_secret s WHERE s.tenant_id = $1 AND s.webhook_id = $2",
        tenant.0,
        webhook,
        sealed,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets the secret in use sign for `grace` more, and older ones no more.
pub(crate) async fn end_secret(
    db: &mut PgConnection,
    tenant: TenantId,
    webhook: Uuid,
    grace: Duration,
) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query!(
        "UPDATE webhook_secret SET ends_at = clock_timestamp()
         WHERE tenant_id = $1 AND webhook_id = $2 AND ends_at > clock_timestamp()",
        tenant.0,
        webhook,
    )
    .execute(&mut *db)
    .await?;
    let row = sqlx::query!(
        "UPDATE webhook_secret SET ends_at = clock_timestamp() + make_interval(secs => $3)
         WHERE tenant_id = $1 AND webhook_id = $2 AND ends_at IS NULL
         RETURNING ends_at",
        tenant.0,
        webhook,
        grace.as_secs_f64(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|row| row.ends_at))
}

/// Disables a webhook; whether it was enabled.
pub(crate) async fn disable(
    db: &mut PgConnection,
    tenant: TenantId,
    webhook: Uuid,
    because: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE webhook SET disabled_at = clock_timestamp(), disabled_because = $3
         WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NULL",
        tenant.0,
        webhook,
        because,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Enables a webhook again; whether it was disabled.
pub(crate) async fn enable(
    db: &mut PgConnection,
    tenant: TenantId,
    webhook: Uuid,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE webhook SET disabled_at = NULL, disabled_because = NULL
         WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NOT NULL",
        tenant.0,
        webhook,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A webhook in a list.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its identity.
    pub id: Uuid,
    /// Where it goes.
    pub url: String,
    /// What it is told of; none for what apps are told of.
    pub topics: Option<Vec<String>>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was disabled.
    pub disabled_at: Option<OffsetDateTime>,
    /// `operator`, or `gone` where its receiver said so.
    pub disabled_because: Option<String>,
    /// How much news it was not brought yet: open deliveries, and what was not
    /// made into deliveries so far.
    pub waiting: i64,
    /// How many are dead.
    pub dead: i64,
}

/// A tenant's webhooks.
pub(crate) async fn list(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<Webhook>, sqlx::Error> {
    sqlx::query_as!(
        Webhook,
        r#"SELECT w.id, w.url, w.topics, w.created_at, w.disabled_at, w.disabled_because,
                  (SELECT count(*) FROM webhook_delivery d
                   WHERE d.tenant_id = $1 AND d.webhook_id = w.id AND d.delivered_at IS NULL AND d.dead_at IS NULL)
                  + (SELECT count(*) FROM outbox o
                     WHERE o.tenant_id = $1 AND o.item_id IS NOT NULL AND o.topic = ANY(coalesce(w.topics, $2))
                       AND (o.feed_number > w.fanned_out_to OR o.feed_number IS NULL)) AS "waiting!",
                  (SELECT count(*) FROM webhook_delivery d
                   WHERE d.tenant_id = $1 AND d.webhook_id = w.id AND d.dead_at IS NOT NULL) AS "dead!"
           FROM webhook w
           WHERE w.tenant_id = $1
           ORDER BY w.id"#,
        tenant.0,
        &super::feed::for_apps(),
    )
    .fetch_all(db)
    .await
}

/// A delivery in a list.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The news's number in the feed.
    pub number: i64,
    /// The item it is about.
    pub item: Uuid,
    /// What happened.
    pub topic: String,
    /// How often it was begun.
    pub attempts: i32,
    /// When it is due.
    pub next_attempt_at: OffsetDateTime,
    /// When the receiver took it.
    pub delivered_at: Option<OffsetDateTime>,
    /// When it was given up.
    pub dead_at: Option<OffsetDateTime>,
    /// What the receiver answered last.
    pub last_status: Option<i16>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// The newest deliveries of a webhook; of one state, where it is named.
pub(crate) async fn deliveries(
    db: &mut PgConnection,
    tenant: TenantId,
    webhook: Uuid,
    state: Option<&str>,
    limit: i64,
) -> Result<Vec<Delivery>, sqlx::Error> {
    sqlx::query_as!(
        Delivery,
        "SELECT feed_number AS number, item_id AS item, topic, attempts, next_attempt_at, delivered_at, dead_at,
                last_status, last_error
         FROM webhook_delivery
         WHERE tenant_id = $1 AND webhook_id = $2
           AND ($3::text IS NULL OR $3 = CASE WHEN dead_at IS NOT NULL THEN 'dead'
                                              WHEN delivered_at IS NOT NULL THEN 'delivered' ELSE 'waiting' END)
         ORDER BY feed_number DESC
         LIMIT $4",
        tenant.0,
        webhook,
        state,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Puts dead deliveries back into the queue, or the one with that number; how many.
pub(crate) async fn replay(
    db: &mut PgConnection,
    tenant: TenantId,
    webhook: Uuid,
    number: Option<i64>,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE webhook_delivery SET dead_at = NULL, attempts = 0, next_attempt_at = clock_timestamp()
         WHERE tenant_id = $1 AND webhook_id = $2 AND dead_at IS NOT NULL AND ($3::bigint IS NULL OR feed_number = $3)",
        tenant.0,
        webhook,
        number,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Whether there is one that is enabled, in any tenant. `db` acts as the worker.
pub(crate) async fn any(db: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM webhook WHERE disabled_at IS NULL) AS "any!""#
    )
    .fetch_one(db)
    .await
}
