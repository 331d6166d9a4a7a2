//! How long what is kept about people is kept.

use super::personal::Text;
use dramatis_domain::TenantId;
use sqlx::PgConnection;

/// The tenant's own rules.
pub(crate) async fn rules(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<(String, Option<i32>)>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT data_class, days FROM retention_policy WHERE tenant_id = $1 ORDER BY data_class",
        tenant.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.data_class, row.days))
        .collect())
}

/// Keeps a rule.
pub(crate) async fn set(
    db: &mut PgConnection,
    tenant: TenantId,
    class: &str,
    days: Option<i32>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO retention_policy (tenant_id, data_class, days) VALUES ($1, $2, $3)
         ON CONFLICT ON CONSTRAINT retention_policy_pkey DO UPDATE SET days = excluded.days",
        tenant.0,
        class,
        days,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Texts that nothing has named for longer than their class is kept. An
/// account's name counts from when it had its last role and its last token.
pub(crate) async fn due(
    db: &mut PgConnection,
    tenant: TenantId,
    classes: &[String],
    days: &[i32],
) -> Result<Vec<Text>, sqlx::Error> {
    sqlx::query_as!(
        Text,
        "WITH named AS (
             SELECT 'device_name' AS field, device_name_sha256 AS sha256, max(at) AS last
             FROM event WHERE tenant_id = $1 GROUP BY device_name_sha256
             UNION ALL
             SELECT 'reason', reason_sha256, max(at) FROM event WHERE tenant_id = $1 GROUP BY reason_sha256
             UNION ALL
             SELECT 'notes', notes_sha256, max(created_at) FROM release WHERE tenant_id = $1 GROUP BY notes_sha256
             UNION ALL
             SELECT 'actor_name', a.name_sha256,
                    greatest(a.created_at, (SELECT max(e.at) FROM event e
                                            WHERE e.tenant_id = $1 AND (e.actor_id = a.id OR e.subject_id = a.id)))
             FROM account a
             WHERE a.tenant_id = $1 AND a.kind <> 'operator'
               AND NOT EXISTS (SELECT FROM membership m WHERE m.tenant_id = $1 AND m.account_id = a.id)
               AND NOT EXISTS (
                   SELECT FROM api_token t
                   WHERE t.tenant_id = $1 AND t.account_id = a.id AND t.revoked_at IS NULL
                     AND coalesce(t.expires_at > clock_timestamp(), true))
         )
         SELECT p.sha256, p.salt, p.field, p.value
         FROM named n
         JOIN unnest($2::text[], $3::int[]) AS c (field, days) ON c.field = n.field
         JOIN personal_field p ON p.tenant_id = $1 AND p.sha256 = n.sha256 AND p.field = n.field
         WHERE n.last < clock_timestamp() - make_interval(days => c.days)
         ORDER BY p.field, p.sha256",
        tenant.0,
        classes,
        days,
    )
    .fetch_all(db)
    .await
}

/// When tokens were last used, of accounts that no hold keeps; with `dry_run`
/// only counted.
pub(crate) async fn token_uses(
    db: &mut PgConnection,
    tenant: TenantId,
    days: i32,
    dry_run: bool,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"WITH due AS (
               SELECT u.token_id FROM api_token_use u
               JOIN api_token t ON t.tenant_id = $1 AND t.id = u.token_id
               WHERE u.tenant_id = $1 AND u.last_used_at < clock_timestamp() - make_interval(days => $2)
                 AND NOT EXISTS (
                     SELECT FROM legal_hold h
                     WHERE h.tenant_id = $1 AND h.account_id = t.account_id AND h.released_at IS NULL)
           ), gone AS (
               DELETE FROM api_token_use u
               WHERE NOT $3 AND u.tenant_id = $1 AND u.token_id IN (SELECT token_id FROM due)
           )
           SELECT count(*) AS "due!" FROM due"#,
        tenant.0,
        days,
        dry_run,
    )
    .fetch_one(db)
    .await
}
