//! Roles: who holds which is what grants and revocations add up to.

use super::VerifyFault;
use dramatis_domain::TenantId;
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Compares the tenant's memberships with its stream, which is verified before.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
) -> Result<(), VerifyFault> {
    let events = sqlx::query!(
        "SELECT action, subject_id, after FROM event
         WHERE tenant_id = $1 AND stream_id = $1
           AND action IN ('tenant.created', 'account.created', 'member.granted', 'member.revoked')
         ORDER BY seq",
        tenant.0,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut told: BTreeSet<(Uuid, String)> = BTreeSet::new();
    for event in events {
        let after: Value = event
            .after
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let role = after["role"].as_str().unwrap_or_default().to_owned();
        let subject = event.subject_id.unwrap_or_default();
        match event.action.as_str() {
            "tenant.created" => {
                if let Some(id) = after["operator"].as_str().and_then(|id| id.parse().ok()) {
                    told.insert((id, "operator".to_owned()));
                }
            }
            "account.created" => {
                let roles = after["roles"].as_array().into_iter().flatten();
                told.extend(
                    roles
                        .filter_map(|role| role.as_str())
                        .map(|role| (subject, role.to_owned())),
                );
            }
            "member.granted" => {
                told.insert((subject, role));
            }
            _ => {
                told.remove(&(subject, role));
            }
        }
    }
    let held: BTreeSet<(Uuid, String)> = sqlx::query!(
        "SELECT account_id, role FROM membership WHERE tenant_id = $1",
        tenant.0,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|row| (row.account_id, row.role))
    .collect();
    match told.symmetric_difference(&held).next() {
        None => Ok(()),
        Some((account, role)) => Err(VerifyFault::off(
            format!("{place}, account {account}"),
            format!("the history and the memberships differ about its role {role}"),
        )),
    }
}
