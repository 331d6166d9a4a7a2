//! Approvals: every policy, submission and decision has its event, which says
//! the same, and every event its row; what was published had all of it.

pub(super) mod decisions;
pub(super) mod submissions;

use super::VerifyFault;
use dramatis_domain::{Digest, TenantId};
use serde_json::{Value, json};
use sqlx::PgConnection;

/// Verifies a tenant's policies, and that nothing went past them. The events
/// themselves are verified with their chains, submissions and decisions with
/// their items.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
) -> Result<(), VerifyFault> {
    policies(db, tenant, place).await?;
    unapproved(db, tenant, place).await
}

async fn policies(db: &mut PgConnection, tenant: TenantId, place: &str) -> Result<(), VerifyFault> {
    let rows = sqlx::query!(
        r#"SELECT p.version AS "version?", e.after,
                  coalesce((SELECT json_agg(json_build_object('name', s.name, 'role', s.role) ORDER BY s.stage)
                            FROM approval_stage s WHERE s.tenant_id = $1 AND s.version = p.version), '[]'::json)
                      AS "stages!: Value",
                  t.requires_approval, p.version = max(p.version) OVER () AS newest
           FROM (SELECT * FROM event WHERE tenant_id = $1 AND stream_id = $1 AND action = 'approvals.set') e
           FULL JOIN (SELECT * FROM approval_policy WHERE tenant_id = $1) p ON p.event_id = e.id
           JOIN tenant t ON t.id = $1
           ORDER BY p.version, e.seq"#,
        tenant.0,
    )
    .fetch_all(db)
    .await?;
    for row in rows {
        let Some(version) = row.version else {
            return Err(VerifyFault::off(
                place,
                "the history tells of an approval policy that is not there",
            ));
        };
        let place = format!("{place}, approval policy {version}");
        let said = object(row.after.as_deref());
        if said != json!({ "stages": row.stages, "version": version }) {
            return Err(VerifyFault::off(&place, "its event says something else"));
        }
        let asks = row.stages.as_array().is_some_and(|all| !all.is_empty());
        if row.newest == Some(true) && row.requires_approval != asks {
            return Err(VerifyFault::off(
                &place,
                "the tenant's row does not ask for what its policy asks for",
            ));
        }
    }
    Ok(())
}

/// What came out of *submitted* without every stage's yes.
async fn unapproved(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
) -> Result<(), VerifyFault> {
    let found = sqlx::query!(
        "SELECT s.release_id
         FROM submission s
         JOIN release_transition t ON t.tenant_id = $1 AND t.release_id = s.release_id
              AND t.from_state = 'submitted' AND t.to_state = 'published'
         WHERE s.tenant_id = $1
           AND (SELECT count(*) = 0 OR count(*) <> count(a.stage)
                FROM approval_stage p
                LEFT JOIN approval a ON a.tenant_id = $1 AND a.release_id = s.release_id AND a.stage = p.stage
                     AND a.decision = 'approved'
                WHERE p.tenant_id = $1 AND p.version = s.policy_version)
         LIMIT 1",
        tenant.0,
    )
    .fetch_optional(db)
    .await?;
    match found {
        None => Ok(()),
        Some(row) => Err(VerifyFault::off(
            format!("{place}, release {}", row.release_id),
            "it was published without every stage's approval",
        )),
    }
}

fn object(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

fn hash(bytes: &[u8]) -> Option<String> {
    Digest::from_slice(bytes)
        .ok()
        .map(|digest| digest.to_string())
}
