//! An inventory whose service talks to Postgres by our wire.

use crate::support::client;
use dramatis_domain::{AccountId, TenantId, lifecycle::Role};
use dramatis_inventory::{
    PolicyStage,
    testing::{Inventory, ServiceProcess, Wire},
};

/// The inventory with its tenant of one, a team that asks for approval, and a
/// service process behind the wire.
pub struct House {
    /// A service in this process too, past the wire: what comes before.
    pub inventory: Inventory,
    pub client: reqwest::Client,
    pub wire: Wire,
    pub process: ServiceProcess,
    /// A creator whose releases wait.
    pub writer: String,
    /// Who decides on them.
    pub reviewer: String,
}

impl House {
    pub async fn over(mut inventory: Inventory) -> Self {
        inventory.resume(None).await;
        let tenant = inventory
            .provisioner
            .create_tenant(&"team".parse().unwrap(), "Team", false)
            .await
            .unwrap();
        let stage = PolicyStage {
            name: "review".into(),
            role: Role::Reviewer,
        };
        let provisioner = &inventory.provisioner;
        provisioner.set_approvals(tenant, &[stage]).await.unwrap();
        let writer = member(&inventory, tenant, "writer", &[]).await;
        let reviewer = member(&inventory, tenant, "reviewer", &["reviewer".into()]).await;
        let wire = Wire::to(inventory.service_url()).await;
        let process = start(&inventory, &wire).await;
        let house = Self {
            inventory,
            client: client(),
            wire,
            process,
            writer,
            reviewer,
        };
        house.quiet().await;
        house
    }

    /// That a token is used is noted beside the request, once a minute: its
    /// round trips would be counted among those of the change.
    pub async fn quiet(&self) {
        let noted = "INSERT INTO api_token_use (tenant_id, token_id, last_used_at)
                     SELECT tenant_id, id, now() + interval '1 day' FROM api_token
                     ON CONFLICT ON CONSTRAINT api_token_use_pkey DO UPDATE SET last_used_at = excluded.last_used_at";
        let admin = &self.inventory.admin;
        sqlx::query(noted).execute(admin).await.unwrap();
    }

    /// Another service process for the one that is gone.
    pub async fn restart(&mut self) {
        assert!(!self.process.wait().await, "it was killed");
        self.process = start(&self.inventory, &self.wire).await;
    }
}

async fn start(inventory: &Inventory, wire: &Wire) -> ServiceProcess {
    let url = wire.url(inventory.service_url());
    ServiceProcess::start(&url, inventory.blobs(), None).await
}

async fn member(inventory: &Inventory, tenant: TenantId, name: &str, roles: &[String]) -> String {
    let provisioner = &inventory.provisioner;
    let account: AccountId = provisioner
        .create_creator(tenant, &name.parse().unwrap(), name, roles)
        .await
        .unwrap();
    let scopes = ["read".to_owned(), "write".to_owned()];
    let made = provisioner
        .create_token(tenant, account, name, &scopes, None)
        .await
        .unwrap();
    made.1.reveal().to_owned()
}
