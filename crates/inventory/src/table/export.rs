//! Everything that is kept about one account, as JSON for people. Secrets and
//! their hashes are in none of it.

use dramatis_domain::{AccountId, TenantId};
use sqlx::PgConnection;

/// The account with roles, tokens, items, texts in clear, requests, and what
/// was erased before.
pub(crate) async fn person(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT jsonb_pretty(jsonb_build_object(
               'account', (SELECT to_jsonb(a) FROM (
                   SELECT id, kind, handle, name, created_at FROM account WHERE tenant_id = $1 AND id = $2) a),
               'roles', (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.granted_at), '[]') FROM (
                   SELECT role, granted_at FROM membership WHERE tenant_id = $1 AND account_id = $2) m),
               'tokens', (SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') FROM (
                   SELECT k.id, k.label, k.scopes, k.created_at, k.expires_at, k.revoked_at, u.last_used_at
                   FROM api_token k LEFT JOIN api_token_use u ON u.tenant_id = $1 AND u.token_id = k.id
                   WHERE k.tenant_id = $1 AND k.account_id = $2) t),
               'items', (SELECT coalesce(jsonb_agg(to_jsonb(i) ORDER BY i.created_at), '[]') FROM (
                   SELECT id, kind, slug, created_at FROM item WHERE tenant_id = $1 AND creator_id = $2) i),
               'requests', (SELECT coalesce(jsonb_agg(to_jsonb(q) ORDER BY q.claimed_at), '[]') FROM (
                   SELECT key, operation, claimed_at FROM idempotency_key WHERE tenant_id = $1 AND account_id = $2) q),
               'erasures', (SELECT coalesce(jsonb_agg(to_jsonb(o) ORDER BY o.number), '[]') FROM (
                   SELECT number, ground, at FROM erasure_order WHERE tenant_id = $1 AND account_id = $2) o)
           )) AS "json!""#,
        tenant.0,
        account.0,
    )
    .fetch_one(db)
    .await
}

/// What the account did, and what was done to it; names by hash, as chains
/// hold them.
pub(crate) async fn events(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT (to_jsonb(e) - 'tenant_id' - 'prev_seq')::text AS "json!"
           FROM event e
           WHERE e.tenant_id = $1 AND (e.actor_id = $2 OR e.subject_id = $2)
           ORDER BY e.at, e.stream_id, e.seq"#,
        tenant.0,
        account.0,
    )
    .fetch_all(db)
    .await
}

/// A release of the account.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) json: String,
    pub(crate) slug: String,
    pub(crate) number: i32,
    pub(crate) card: Option<Vec<u8>>,
}

/// What the account submitted, with manifests and cards.
pub(crate) async fn releases(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Vec<Published>, sqlx::Error> {
    sqlx::query_as!(
        Published,
        r#"SELECT jsonb_build_object(
                      'id', r.id, 'item', r.item_id, 'slug', i.slug, 'number', r.number, 'name', r.name,
                      'state', s.state, 'created_at', r.created_at, 'manifest', convert_from(r.manifest, 'UTF8'),
                      'card', encode(r.card_sha256, 'hex'))::text AS "json!",
                  i.slug, r.number, c.bytes AS card
           FROM release r
           JOIN item i ON i.tenant_id = $1 AND i.id = r.item_id
           JOIN content c ON c.tenant_id = $1 AND c.sha256 = r.card_sha256
           LEFT JOIN current_state s ON s.tenant_id = $1 AND s.release_id = r.id
           WHERE r.tenant_id = $1 AND r.submitted_by = $2
           ORDER BY i.slug, r.item_id, r.number"#,
        tenant.0,
        account.0,
    )
    .fetch_all(db)
    .await
}
