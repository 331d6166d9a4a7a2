//! Live processes over many rounds: one cluster, a database for some rounds,
//! a tenant for each; two service processes, one of them behind the wire.

use crate::{
    ops::Victim,
    reference::{PEOPLE, STAGES},
    studio::Asked,
    support::client,
};
use dramatis_domain::{AccountId, TenantId};
use dramatis_inventory::{
    PolicyStage,
    testing::{Inventory, PrivateCluster, ServiceProcess, Wire},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use uuid::Uuid;

/// What there is while rounds are run.
pub struct World {
    pub cluster: PrivateCluster,
    pub inventory: Inventory,
    pub wire: Wire,
    pub client: reqwest::Client,
    /// Behind the wire.
    pub cut: ServiceProcess,
    /// Past the wire.
    pub other: ServiceProcess,
    rounds: u32,
}

/// Somebody of the round's tenant.
pub struct Person {
    pub account: AccountId,
    pub token_id: Uuid,
    pub token: String,
}

/// A database is used for so many rounds: `verify` reads all of it.
const ROUNDS_A_DATABASE: u32 = 10;

impl World {
    pub async fn new() -> Self {
        let cluster = PrivateCluster::start().await;
        let inventory = Inventory::on(&cluster).await;
        let wire = Wire::to(inventory.service_url()).await;
        let cut = behind(&inventory, &wire).await;
        let other = inventory.process(None).await;
        Self {
            cluster,
            inventory,
            wire,
            client: client(),
            cut,
            other,
            rounds: 0,
        }
    }

    /// A tenant of its own for the round, with its people.
    pub async fn tenant(&mut self, stages: usize) -> (TenantId, Vec<Person>) {
        self.rounds += 1;
        if self.rounds.is_multiple_of(ROUNDS_A_DATABASE) {
            self.inventory = Inventory::on(&self.cluster).await;
            self.cut = behind(&self.inventory, &self.wire).await;
            self.other = self.inventory.process(None).await;
        }
        let provisioner = &self.inventory.provisioner;
        let slug = format!("round-{}", self.rounds).parse().unwrap();
        let tenant = provisioner
            .create_tenant(&slug, "Round", false)
            .await
            .unwrap();
        let mut people = Vec::new();
        for (handle, roles) in PEOPLE {
            let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
            let account = provisioner
                .create_creator(tenant, &handle.parse().unwrap(), handle, &roles)
                .await
                .unwrap();
            let (token_id, token) = self.token(tenant, account).await;
            people.push(Person {
                account,
                token_id,
                token,
            });
        }
        if stages > 0 {
            let stages: Vec<_> = STAGES[..stages]
                .iter()
                .map(|role| PolicyStage {
                    name: (*role).to_owned(),
                    role: role.parse().unwrap(),
                })
                .collect();
            provisioner.set_approvals(tenant, &stages).await.unwrap();
        }
        (tenant, people)
    }

    pub async fn token(&self, tenant: TenantId, account: AccountId) -> (Uuid, String) {
        let scopes = ["read".to_owned(), "write".to_owned()];
        let (id, token) = self
            .inventory
            .provisioner
            .create_token(tenant, account, "round", &scopes, None)
            .await
            .unwrap();
        (id, token.reveal().to_owned())
    }

    /// What the wire does to the victim.
    pub fn strike(&self, victim: Victim) -> Box<dyn FnOnce() + Send> {
        match victim {
            Victim::Connection => Box::new(|| {}),
            Victim::Postgres => Box::new(self.cluster.killer()),
            Victim::Service => {
                let pid = Pid::from_raw(self.cut.pid());
                Box::new(move || kill(pid, Signal::SIGKILL).expect("it runs"))
            }
        }
    }

    /// Starts again what was struck.
    pub async fn restart(&mut self, victim: Victim) {
        match victim {
            Victim::Connection => {}
            Victim::Postgres => self.cluster.restart().await,
            Victim::Service => {
                assert!(!self.cut.wait().await, "it was killed");
                self.cut = behind(&self.inventory, &self.wire).await;
            }
        }
    }

    /// Asks the service that was not cut off; status, code or nothing, body.
    pub async fn read(&self, token: &str, path: &str) -> (u16, serde_json::Value) {
        let request = self
            .client
            .get(format!("{}{path}", self.other.url))
            .bearer_auth(token);
        let answer = crate::support::send(request).await.unwrap();
        (answer.status, answer.json())
    }
}

async fn behind(inventory: &Inventory, wire: &Wire) -> ServiceProcess {
    let url = wire.url(inventory.service_url());
    ServiceProcess::start(&url, inventory.blobs(), None).await
}

/// A request with a new key.
pub fn asked(token: &str, path: String, body: &impl serde::Serialize) -> Asked {
    Asked {
        path,
        token: token.to_owned(),
        key: Some(crate::support::key()),
        body: serde_json::to_string(body).unwrap(),
    }
}
