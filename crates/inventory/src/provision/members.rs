//! Roles: granted and taken away, each with its event.

use super::{ProvisionFault, Provisioner};
use crate::{
    audit::{chain::Happened, tenant_stream},
    table,
};
use dramatis_domain::{AccountId, TenantId};
use serde_json::json;

/// Every role an account can hold.
const ROLES: [&str; 5] = ["creator", "reviewer", "operator", "auditor", "app"];

/// Refuses what is no role.
pub(super) fn known(role: &str) -> Result<(), ProvisionFault> {
    if ROLES.contains(&role) {
        return Ok(());
    }
    let detail = format!("“{role}” is no role; there are {}", ROLES.join(", "));
    Err(ProvisionFault::Refused(detail))
}

impl Provisioner {
    /// Grants a role.
    ///
    /// # Errors
    /// Where there is no such role, or the account holds it.
    pub async fn grant(
        &self,
        tenant: TenantId,
        account: AccountId,
        role: &str,
    ) -> Result<(), ProvisionFault> {
        self.change_role(tenant, account, role, true).await
    }

    /// Takes a role away; what waits for somebody with it goes on waiting.
    ///
    /// # Errors
    /// Where there is no such role, or the account does not hold it.
    pub async fn take_away(
        &self,
        tenant: TenantId,
        account: AccountId,
        role: &str,
    ) -> Result<(), ProvisionFault> {
        self.change_role(tenant, account, role, false).await
    }

    async fn change_role(
        &self,
        tenant: TenantId,
        account: AccountId,
        role: &str,
        granted: bool,
    ) -> Result<(), ProvisionFault> {
        known(role)?;
        let about = self.operator(tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        // The stream's row first: it orders grants and revocations as their events.
        table::event::lock_tenant(&mut tx, tenant).await?;
        let changed = if granted {
            table::account::grant(&mut tx, tenant, account, role).await?
        } else {
            table::account::take_away(&mut tx, tenant, account, role).await?
        };
        if !changed {
            let detail = if granted {
                format!("the account already has the role {role}")
            } else {
                format!("the account does not have the role {role}")
            };
            return Err(ProvisionFault::Refused(detail));
        }
        let what = Happened {
            action: if granted {
                "member.granted"
            } else {
                "member.revoked"
            },
            subject: Some(account.0),
            after: Some(json!({ "role": role })),
            ..Happened::default()
        };
        tenant_stream::append_in(&mut tx, about, what).await?;
        Ok(tx.commit().await?)
    }
}
