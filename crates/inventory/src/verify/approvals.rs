//! Approvals: every policy, submission and decision has its event, which says
//! the same, and every event its row; what was published had all of it.

use super::VerifyFault;
use dramatis_domain::{Digest, TenantId};
use serde_json::{Value, json};
use sqlx::PgConnection;

/// Verifies a tenant's approvals; answers how many decisions there are. The
/// events themselves are verified with their chains.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
) -> Result<u64, VerifyFault> {
    policies(db, tenant, place).await?;
    submissions(db, tenant, place).await?;
    let decisions = decisions(db, tenant, place).await?;
    unapproved(db, tenant, place).await?;
    Ok(decisions)
}

async fn policies(db: &mut PgConnection, tenant: TenantId, place: &str) -> Result<(), VerifyFault> {
    let rows = sqlx::query!(
        r#"SELECT p.version AS "version?", e.after,
                  coalesce((SELECT json_agg(json_build_object('name', s.name, 'role', s.role) ORDER BY s.stage)
                            FROM approval_stage s WHERE s.tenant_id = $1 AND s.version = p.version), '[]'::json)
                      AS "stages!: Value",
                  t.requires_approval, p.version = max(p.version) OVER () AS newest
           FROM (SELECT * FROM event WHERE tenant_id = $1 AND item_id IS NULL AND action = 'approvals.set') e
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

async fn submissions(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
) -> Result<(), VerifyFault> {
    let rows = sqlx::query!(
        r#"SELECT s.release_id AS "release?", s.policy_version AS "policy?", s.manifest_sha256 AS "manifest?", s.channel,
                  s.item_id AS "item?", r.manifest_sha256 AS "released?", s.submitted_by AS "submitted_by?",
                  r.submitted_by AS "released_by?", e.item_id AS event_item, e.subject_id, e.actor_id AS "actor?", e.after
           FROM (SELECT * FROM event WHERE tenant_id = $1 AND action = 'release.submitted' AND after LIKE '%"policy":%') e
           FULL JOIN (SELECT * FROM submission WHERE tenant_id = $1) s ON s.release_id = e.subject_id
           LEFT JOIN release r ON r.tenant_id = $1 AND r.id = s.release_id"#,
        tenant.0,
    )
    .fetch_all(db)
    .await?;
    for row in rows {
        let Some(release) = row.release else {
            return Err(VerifyFault::off(
                place,
                "the history tells of a submission that is not there",
            ));
        };
        let place = format!("{place}, submission of release {release}");
        let said = object(row.after.as_deref());
        let fits = row.manifest.is_some()
            && row.manifest == row.released
            && row.submitted_by == row.released_by
            && row.submitted_by == row.actor
            && row.item == row.event_item
            && said["policy"] == json!(row.policy)
            && said["to_channel"] == json!(row.channel)
            && said["manifest"] == json!(hash(row.manifest.as_deref()));
        if !fits {
            return Err(VerifyFault::off(
                &place,
                "its release or its event says something else",
            ));
        }
    }
    Ok(())
}

async fn decisions(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
) -> Result<u64, VerifyFault> {
    let rows = sqlx::query!(
        r#"SELECT a.release_id AS "release?", a.stage AS "stage?", a.policy_version AS "policy?", a.role AS "role?",
                  a.manifest_sha256 AS "manifest?", a.decision AS "decision?", a.message_sha256, a.reviewer_id AS "reviewer?",
                  a.submitted_by AS "submitted_by?", s.submitted_by AS "waiting_by?", s.manifest_sha256 AS "waiting?",
                  a.at AS "at?", e.at AS "event_at?",
                  e.action AS "action?", e.subject_id, e.actor_id AS "actor?", e.reason_sha256, e.after
           FROM (SELECT * FROM event
                 WHERE tenant_id = $1 AND (action = 'release.approved' OR action = 'release.rejected' AND after LIKE '%"stage":%')) e
           FULL JOIN (SELECT * FROM approval WHERE tenant_id = $1) a ON a.event_id = e.id
           LEFT JOIN submission s ON s.tenant_id = $1 AND s.release_id = a.release_id"#,
        tenant.0,
    )
    .fetch_all(db)
    .await?;
    for row in &rows {
        let (Some(release), Some(stage)) = (row.release, row.stage) else {
            return Err(VerifyFault::off(
                place,
                "the history tells of a decision that is not there",
            ));
        };
        let place = format!("{place}, release {release}, decision at stage {stage}");
        let said = object(row.after.as_deref());
        let action = row
            .decision
            .as_ref()
            .map(|decision| format!("release.{decision}"));
        let fits = row.action == action
            && row.subject_id == Some(release)
            && row.actor == row.reviewer
            && row.at == row.event_at
            && row.reason_sha256 == row.message_sha256
            && row.reviewer != row.submitted_by
            && row.submitted_by == row.waiting_by
            && row.manifest == row.waiting
            && said["stage"] == json!(stage)
            && said["policy"] == json!(row.policy)
            && said["role"] == json!(row.role)
            && said["manifest"] == json!(hash(row.manifest.as_deref()));
        if !fits {
            return Err(VerifyFault::off(
                &place,
                "its event or its submission says something else",
            ));
        }
    }
    Ok(rows.len() as u64)
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

fn hash(bytes: Option<&[u8]>) -> Option<String> {
    bytes
        .and_then(|bytes| Digest::from_slice(bytes).ok())
        .map(|digest| digest.to_string())
}
