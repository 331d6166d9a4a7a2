//! For tests, here and in the crates that talk to an inventory: a real
//! Postgres, a real service, a provisioned creator. Nothing of it is mocked.
//!
//! ```no_run
//! # async fn sample() {
//! let inventory = dramatis_inventory::testing::Inventory::start().await;
//! // inventory.url, inventory.token, inventory.tenant, inventory.creator …
//! # }
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backup;
mod frames;
mod plan;
mod process;
mod shared;
mod standby;
mod wire;

pub use crate::failpoint::{
    ALL as FAILPOINTS, DECISION as DECISION_FAILPOINTS, OWNERSHIP as OWNERSHIP_FAILPOINTS,
};
pub use backup::{Backup, command};
pub use process::{ServiceProcess, binary};
pub use shared::PrivateCluster;
pub use standby::Standby;
pub use wire::{Counted, Plan, SIDES, Seen, Side, Wire};

use crate::{App, BlobStore, Provisioner, Settings, WebhookSettings, bind, token::Token};
use dramatis_domain::{AccountId, TenantId};
use sqlx::PgPool;
use std::net::SocketAddr;
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

/// A database of its own with a tenant, a creator and a token, and a service
/// in this process. Stops when dropped.
pub struct Inventory {
    /// The root of the API: `http://127.0.0.1:PORT`.
    pub url: String,
    /// The tenant `test`.
    pub tenant: TenantId,
    /// The creator's handle: `ana`.
    pub creator: String,
    /// The creator's account.
    pub account: AccountId,
    /// A token of that creator.
    pub token: String,
    /// The id of that token.
    pub token_id: Uuid,
    /// What operators do.
    pub provisioner: Provisioner,
    /// The database as its administrator: sees and may do everything that no
    /// trigger or constraint refuses.
    pub admin: PgPool,
    admin_url: String,
    service_url: String,
    blobs: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<std::io::Result<()>>>,
}

impl Inventory {
    /// On the cluster that all tests of this process share.
    pub async fn start() -> Self {
        let mut inventory = Self::without_service().await;
        inventory.resume(None).await;
        inventory
    }

    /// The database alone: for tests that start processes of their own.
    pub async fn without_service() -> Self {
        let cluster = shared::cluster();
        let database = cluster.fresh_database().await;
        Self::over(
            cluster.url("postgres", &database),
            cluster.url("dramatis_service", &database),
        )
        .await
    }

    /// The database alone, on a cluster that the test may kill.
    pub async fn on(cluster: &PrivateCluster) -> Self {
        let database = cluster.fresh_database().await;
        Self::over(
            cluster.url("postgres", &database),
            cluster.url("dramatis_service", &database),
        )
        .await
    }

    async fn over(admin_url: String, service_url: String) -> Self {
        let provisioner = Provisioner::open(&admin_url).expect("the URL is ours");
        let tenant = provisioner
            .create_tenant(&"test".parse().expect("a slug"), "Test", false)
            .await
            .expect("a tenant");
        let handle = "ana".parse().expect("a handle");
        let account = provisioner
            .create_creator(tenant, &handle, "Ana", &[])
            .await
            .expect("a creator");
        let (token_id, token) = provisioner
            .create_token(tenant, account, "test", &scopes(), None)
            .await
            .expect("a token");
        let admin = PgPool::connect_lazy(&admin_url).expect("the URL is ours");
        Self {
            url: String::new(),
            tenant,
            creator: "ana".into(),
            account,
            token: token.reveal().to_owned(),
            token_id,
            provisioner,
            admin,
            admin_url,
            service_url,
            blobs: tempfile::tempdir().expect("a temporary folder"),
            stop: None,
            task: None,
        }
    }

    /// Starts the service, on `port` or on a free one.
    pub async fn resume(&mut self, port: Option<u16>) {
        let app = App::start(&self.settings())
            .await
            .expect("the service starts");
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], port.unwrap_or(0))))
            .await
            .expect("a free port");
        self.url = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel();
        self.task = Some(tokio::spawn(app.serve(listener, async move {
            let _ = stopped.await;
        })));
        self.stop = Some(stop);
    }

    /// Stops the service in order; the database stays. Answers its port.
    pub async fn pause(&mut self) -> u16 {
        drop(self.stop.take());
        if let Some(task) = self.task.take() {
            task.await
                .expect("the service does not panic")
                .expect("the service ends well");
        }
        self.url
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok())
            .expect("a port")
    }

    /// The same inventory, restored into another cluster's database. The
    /// service is to be paused before, and resumed after.
    pub fn stands_in(&mut self, cluster: &PrivateCluster, database: &str) {
        self.admin_url = cluster.url("postgres", database);
        self.service_url = cluster.url("dramatis_service", database);
        self.provisioner = Provisioner::open(&self.admin_url).expect("the URL is ours");
        self.admin = PgPool::connect_lazy(&self.admin_url).expect("the URL is ours");
    }

    /// A second, real process over the same database.
    pub async fn process(&self, failpoint: Option<&str>) -> ServiceProcess {
        ServiceProcess::start(&self.service_url, self.blobs.path(), failpoint).await
    }

    /// A new token for the creator.
    pub async fn another_token(&self) -> String {
        self.token_for(self.account, &scopes(), None)
            .await
            .1
            .reveal()
            .to_owned()
    }

    /// A new token for an account.
    pub async fn token_for(
        &self,
        account: AccountId,
        scopes: &[String],
        expires: Option<time::OffsetDateTime>,
    ) -> (Uuid, Token) {
        self.provisioner
            .create_token(self.tenant, account, "another", scopes, expires)
            .await
            .expect("a token")
    }

    /// Another creator of the tenant: account and token.
    pub async fn another_creator(&self, handle: &str, roles: &[&str]) -> (AccountId, String) {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let handle = handle.parse().expect("a handle");
        let account = self
            .provisioner
            .create_creator(self.tenant, &handle, handle.as_str(), &roles)
            .await
            .expect("a creator");
        let (_, token) = self.token_for(account, &scopes(), None).await;
        (account, token.reveal().to_owned())
    }

    /// The database's address as its administrator.
    #[must_use]
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// The database's address as the service uses it.
    #[must_use]
    pub fn service_url(&self) -> &str {
        &self.service_url
    }

    /// The folder where its files lie.
    #[must_use]
    pub fn blobs(&self) -> &std::path::Path {
        self.blobs.path()
    }

    /// The database's address as the background work uses it.
    #[must_use]
    pub fn worker_url(&self) -> String {
        self.service_url
            .replacen("dramatis_service", "dramatis_worker", 1)
    }

    /// The database's address as orders of erasure use it.
    #[must_use]
    pub fn eraser_url(&self) -> String {
        self.service_url
            .replacen("dramatis_service", "dramatis_eraser", 1)
    }

    /// What a service of this inventory is started with.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            database_url: self.service_url.clone(),
            read_database_url: None,
            worker_database_url: None,
            blobs: BlobStore::Folder(self.blobs.path().to_owned()),
            name: "Test".into(),
            connections: 20,
            rate: 0,
            webhooks: WebhookSettings::default(),
            patience: crate::Patience::default(),
        }
    }
}

/// Every command of `dramatis-inventory` by its words, from its definition.
#[must_use]
pub fn commands() -> Vec<String> {
    crate::cli::commands()
}

/// Runs other migrations than those compiled in, as `migrate` would.
///
/// # Errors
/// As [`crate::migrate`].
pub async fn migrate_with(
    url: &str,
    migrations: &sqlx::migrate::Migrator,
) -> Result<(), crate::MigrateFault> {
    crate::migrate::run(url, migrations).await.map(drop)
}

impl Drop for Inventory {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

fn scopes() -> Vec<String> {
    vec!["read".into(), "write".into()]
}
