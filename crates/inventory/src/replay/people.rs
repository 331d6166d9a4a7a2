//! People and tokens, as the tenant's stream tells of them. Roles are compared
//! by `verify` already.

use super::rebuilt::{ALL, Rebuilt};

/// Both tables.
pub(super) const TABLES: [Rebuilt; 2] = [ACCOUNT, API_TOKEN];

/// The name is the text that its hash stands for, or what an erasure leaves;
/// its hash is the one in what the account did, where it did anything.
const ACCOUNT: Rebuilt = Rebuilt {
    table: "account",
    key: &["id"],
    query: "SELECT c.tenant_id, c.id, c.kind, c.handle,
                   coalesce((SELECT e.actor_name_sha256 FROM event e
                             WHERE e.tenant_id = c.tenant_id AND e.actor_id = c.id ORDER BY e.at DESC LIMIT 1),
                            a.name_sha256) AS name_sha256,
                   coalesce((SELECT p.value FROM personal_field p
                             WHERE p.tenant_id = c.tenant_id AND p.sha256 = a.name_sha256 AND p.field = 'actor_name'),
                            'erased person') AS name
            FROM (
                SELECT tenant_id, subject_id AS id, after::json->>'kind' AS kind, after::json->>'handle' AS handle
                FROM event WHERE item_id IS NULL AND action = 'account.created'
                UNION ALL
                SELECT tenant_id, (after::json->>'operator')::uuid, 'operator', NULL
                FROM event WHERE item_id IS NULL AND action = 'tenant.created'
            ) c
            LEFT JOIN account a ON a.tenant_id = c.tenant_id AND a.id = c.id",
    kept: ALL,
};

/// Whose it is, what it may do, until when and by which secret (where the event
/// is old enough not to tell, they are what they are), and whether it was ended. The moment of its
/// end lies a little before that of the event, which is written after it.
const API_TOKEN: Rebuilt = Rebuilt {
    table: "api_token",
    key: &["id"],
    query:
        "SELECT e.tenant_id, e.subject_id AS id, (e.after::json->>'account')::uuid AS account_id,
                   ARRAY(SELECT json_array_elements_text(e.after::json->'scopes')) AS scopes,
                   CASE WHEN e.after::jsonb ? 'expires_at' THEN (e.after::json->>'expires_at')::timestamptz ELSE t.expires_at END AS expires_at,
                   CASE WHEN e.after::jsonb ? 'secret_sha256' THEN decode(e.after::json->>'secret_sha256', 'hex')
                        ELSE t.secret_sha256 END AS secret_sha256,
                   CASE WHEN r.id IS NOT NULL THEN coalesce(t.revoked_at, r.at) END AS revoked_at
            FROM event e
            LEFT JOIN event r ON r.tenant_id = e.tenant_id AND r.stream_id = e.stream_id
                             AND r.action = 'token.revoked' AND r.subject_id = e.subject_id
            LEFT JOIN api_token t ON t.tenant_id = e.tenant_id AND t.id = e.subject_id
            WHERE e.item_id IS NULL AND e.action = 'token.created'",
    kept: ALL,
};
