//! What a tenant asks for before a release is published.

use super::{PolicyStage, ProvisionFault, Provisioner};
use crate::{
    audit::{
        chain::{Circumstances, Happened},
        tenant_stream,
    },
    table,
};
use dramatis_domain::TenantId;
use serde_json::json;
use sqlx::PgConnection;

/// A tenant's policy as it stands.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its version; none where there never was one.
    pub version: Option<i32>,
    /// Whether releases wait for approval.
    pub required: bool,
    /// Its stages in order: name, role, and how many could decide it.
    pub stages: Vec<(String, String, i64)>,
}

impl Provisioner {
    /// Makes a new version of the tenant's policy. Without stages releases are
    /// published at once; what waits is decided by the version it was
    /// submitted under, whatever comes after.
    ///
    /// # Errors
    /// Where there are more than nine stages, or the database refuses.
    pub async fn set_approvals(
        &self,
        tenant: TenantId,
        stages: &[PolicyStage],
    ) -> Result<i32, ProvisionFault> {
        if stages.len() > 9 {
            return Err(ProvisionFault::Refused("nine stages are the most".into()));
        }
        let about = self.operator(tenant).await?;
        let mut tx = self.owner.append(tenant).await?;
        table::tenant::ask_for_approval(&mut tx, tenant, !stages.is_empty()).await?;
        sqlx::raw_sql("SET LOCAL ROLE dramatis_service")
            .execute(&mut *tx)
            .await?;
        let version = keep_policy(&mut tx, about, stages).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// The tenant's policy.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn approvals(&self, tenant: TenantId) -> Result<Policy, ProvisionFault> {
        let required = table::tenant::asks_for_approval(self.owner.pool(), tenant).await?;
        let mut tx = self.service.read(tenant).await?;
        let version = table::approval::version(&mut tx, tenant).await?;
        let stages = match version {
            Some(version) => table::approval::staffed(&mut tx, tenant, version).await?,
            None => Vec::new(),
        };
        Ok(Policy {
            version,
            required,
            stages: stages
                .into_iter()
                .map(|one| (one.name, one.role, one.holders))
                .collect(),
        })
    }
}

/// Keeps the next version with its event. The stream's row is the lock: two
/// operators make two versions.
pub(super) async fn keep_policy(
    tx: &mut PgConnection,
    about: Circumstances,
    stages: &[PolicyStage],
) -> Result<i32, sqlx::Error> {
    let tenant = about.caller.tenant;
    table::event::lock_tenant(tx, tenant).await?;
    let version = table::approval::version(tx, tenant).await?.unwrap_or(0) + 1;
    let told: Vec<_> = stages
        .iter()
        .map(|stage| json!({ "name": stage.name, "role": stage.role }))
        .collect();
    let what = Happened {
        action: "approvals.set",
        subject: Some(tenant.0),
        after: Some(json!({ "stages": told, "version": version })),
        ..Happened::default()
    };
    let event = tenant_stream::append_in(tx, about, what).await?;
    table::approval::insert_policy(tx, tenant, version, stages, event).await?;
    Ok(version)
}
