//! What is published on: a private Postgres that syncs, and the service over
//! it in a process of its own, as *This computer* and a server run them.

use crate::fault::Fault;
use dramatis_domain::{AccountId, TenantId};
use dramatis_inventory::{Cluster, Flavour, Place, Provisioner, migrate};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::Deserialize;
use sqlx::PgPool;
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

const DATABASE: &str = "bench";

/// A running inventory with a tenant, a creator and a token.
pub(super) struct Ground {
    cluster: Cluster,
    service: Child,
    pub(super) url: String,
    pub(super) token: String,
    pub(super) tenant: TenantId,
    pub(super) account: AccountId,
    /// The database as its administrator.
    pub(super) admin: PgPool,
}

impl Ground {
    /// Makes all of it anew.
    pub(super) async fn start(folder: &Path) -> Result<Self, Fault> {
        let cluster = Cluster::start(Place::of(folder)?, Flavour::Lasting).await?;
        forget_the_last(&cluster).await?;
        cluster.ensure_database(DATABASE).await?;
        let admin_url = cluster.url("postgres", DATABASE);
        migrate(&admin_url).await?;

        let provisioner = Provisioner::open(&admin_url)?;
        let tenant = provisioner
            .create_tenant(&"bench".parse().map_err(Fault::made)?, "Bench", false)
            .await?;
        let account = provisioner
            .create_creator(tenant, &"ana".parse().map_err(Fault::made)?, "Ana", &[])
            .await?;
        let scopes = ["read".to_owned(), "write".to_owned()];
        let (_, token) = provisioner
            .create_token(tenant, account, "bench", &scopes, None)
            .await?;

        let (service, url) = serve(folder, &cluster.url("dramatis_service", DATABASE)).await?;
        let admin = PgPool::connect(&admin_url).await?;
        Ok(Self {
            cluster,
            service,
            url,
            token: token.reveal().to_owned(),
            tenant,
            account,
            admin,
        })
    }

    /// The database's address as the service uses it.
    pub(super) fn service_url(&self) -> String {
        self.cluster.url("dramatis_service", DATABASE)
    }

    /// A program of the same Postgres.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.cluster.program(name)
    }

    /// Ends the service, then Postgres, and takes the cluster away.
    pub(super) async fn stop(mut self) -> Result<(), Fault> {
        if let Some(pid) = self.service.id().and_then(|pid| i32::try_from(pid).ok()) {
            kill(Pid::from_raw(pid), Signal::SIGTERM)
                .map_err(|cause| Fault::io("stopping the service")(cause.into()))?;
        }
        self.service
            .wait()
            .await
            .map_err(Fault::io("stopping the service"))?;
        self.admin.close().await;
        let folder = self.cluster.folder().to_owned();
        self.cluster.stop().await?;
        std::fs::remove_dir_all(&folder)
            .map_err(Fault::io(format!("the folder {}", folder.display())))
    }
}

/// A run that was killed leaves its database behind, and maybe its Postgres,
/// which was then adopted.
async fn forget_the_last(cluster: &Cluster) -> Result<(), Fault> {
    let admin = PgPool::connect(&cluster.url("postgres", "postgres")).await?;
    sqlx::raw_sql("DROP DATABASE IF EXISTS bench WITH (FORCE)")
        .execute(&admin)
        .await?;
    admin.close().await;
    Ok(())
}

/// Starts `serve`: of the program that was named, or of this one.
async fn serve(folder: &Path, database_url: &str) -> Result<(Child, String), Fault> {
    let program = match std::env::var_os("DRAMATIS_INVENTORY_BIN") {
        Some(named) => PathBuf::from(named),
        None => std::env::current_exe().map_err(Fault::io("this program"))?,
    };
    let log = folder.join("service.log");
    let log = File::create(&log).map_err(Fault::io(format!("the file {}", log.display())))?;
    let mut child = Command::new(&program)
        .args(["serve", "--listen", "127.0.0.1:0", "--rate", "0", "--blobs"])
        .arg(folder.join("blobs"))
        .env("INVENTORY_DATABASE_URL", database_url)
        .env_remove("DRAMATIS_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        // Ctrl-C is for us; we stop it, or it ends with us.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(Fault::io(format!("starting {}", program.display())))?;
    let silent = || Fault::Program {
        program: "dramatis-inventory serve",
        said: "it does not say where it serves; see service.log".into(),
    };
    let out = child.stdout.take().ok_or_else(silent)?;
    let line = BufReader::new(out)
        .lines()
        .next_line()
        .await
        .map_err(Fault::io("the service"))?
        .ok_or_else(silent)?;
    let notice: Notice = serde_json::from_str(&line).map_err(Fault::made)?;
    Ok((child, notice.url))
}

#[derive(Deserialize)]
struct Notice {
    url: String,
}
