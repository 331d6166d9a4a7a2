//! After a restore from a backup: what was published since is not there, and
//! whoever has requests under way has to learn of it.

use super::{ProvisionFault, Provisioner};
use crate::{
    audit::{chain::Happened, tenant_stream},
    table,
};
use dramatis_domain::TenantId;
use serde_json::json;
use sqlx::AssertSqlSafe;

impl Provisioner {
    /// Raises the epoch, with an event in every tenant's stream, in one
    /// transaction. To be run before the restored inventory is served; run
    /// twice it raises twice, which asks people once more and harms nothing.
    ///
    /// # Errors
    /// Where the database refuses; then nothing was changed.
    pub async fn restored(&self) -> Result<i32, ProvisionFault> {
        let mut all = Vec::new();
        for tenant in self.tenants().await? {
            all.push(self.operator(TenantId(tenant.id)).await?);
        }
        let mut tx = self.owner.pool().begin().await?;
        let epoch = table::identity::raise(&mut tx).await?;
        for about in all {
            // A parsed UUID: its text is safe in the statement.
            let enter = format!(
                "SET LOCAL app.tenant = '{}'; SET LOCAL ROLE dramatis_service",
                about.caller.tenant
            );
            sqlx::raw_sql(AssertSqlSafe(enter))
                .execute(&mut *tx)
                .await?;
            let what = Happened {
                action: "inventory.restored",
                subject: Some(about.caller.tenant.0),
                after: Some(json!({ "epoch": epoch })),
                ..Happened::default()
            };
            tenant_stream::append_in(&mut tx, about, what).await?;
        }
        tx.commit().await?;
        Ok(epoch)
    }
}
