//! A team's inventory: a Postgres of its own and the real service, which the
//! tour starts and stops.

use std::{path::PathBuf, process::Stdio, time::Duration};

use dramatis_inventory::testing::{Inventory, PrivateCluster};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use crate::{driver::free_port, walk::until};

pub(crate) struct Team {
    pub(crate) url: String,
    pub(crate) token: String,
    program: PathBuf,
    blobs: tempfile::TempDir,
    port: u16,
    service: Option<Child>,
    inventory: Inventory,
    _cluster: PrivateCluster,
}

impl Team {
    /// Postgres, a tenant, a creator and a token; the service stands still.
    pub(crate) async fn found(program: PathBuf) -> Self {
        let cluster = PrivateCluster::start().await;
        let inventory = Inventory::on(&cluster).await;
        let team = &inventory.provisioner;
        let slug = "lantern-press".parse().expect("a slug");
        let tenant = team
            .create_tenant(&slug, "Lantern Press", false)
            .await
            .expect("a tenant");
        let handle = "ana".parse().expect("a handle");
        let ana = team
            .create_creator(tenant, &handle, "Ana Ferrer", &[])
            .await
            .expect("a creator");
        let scopes = ["read".to_owned(), "write".to_owned()];
        let (_, token) = team
            .create_token(tenant, ana, "tour", &scopes, None)
            .await
            .expect("a token");
        let port = free_port();
        Self {
            url: format!("http://127.0.0.1:{port}"),
            token: token.reveal().to_owned(),
            program,
            blobs: tempfile::tempdir().expect("a folder"),
            port,
            service: None,
            inventory,
            _cluster: cluster,
        }
    }

    /// Starts the service where it was before.
    pub(crate) async fn up(&mut self) -> Result<(), String> {
        let service = Command::new(&self.program)
            .args(["serve", "--name", "Lantern Press", "--listen"])
            .arg(format!("127.0.0.1:{}", self.port))
            .arg("--blobs")
            .arg(self.blobs.path())
            .env("INVENTORY_DATABASE_URL", self.inventory.service_url())
            .env("DRAMATIS_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|why| why.to_string())?;
        self.service = Some(service);
        until(
            "the inventory listens",
            Duration::from_secs(20),
            async || TcpStream::connect(("127.0.0.1", self.port)).await.ok(),
        )
        .await
        .map(drop)
    }

    /// Stops the service and waits until its process has ended.
    pub(crate) async fn down(&mut self) -> Result<(), String> {
        let mut service = self.service.take().ok_or("the inventory does not run")?;
        let pid = service
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .ok_or("it has ended by itself")?;
        kill(Pid::from_raw(pid), Signal::SIGTERM).map_err(|why| why.to_string())?;
        let ended = service.wait().await.map_err(|why| why.to_string())?;
        if ended.success() {
            Ok(())
        } else {
            Err(format!("the inventory ended with {ended}"))
        }
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &'static str) -> Result<i64, String> {
        let sql = match table {
            "item" => "SELECT count(*) FROM item",
            "release" => "SELECT count(*) FROM release",
            other => return Err(format!("no table {other} is counted here")),
        };
        sqlx::query_scalar(sql)
            .fetch_one(&self.inventory.admin)
            .await
            .map_err(|why| why.to_string())
    }
}
