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
use sqlx::{AssertSqlSafe, PgPool};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// What is published through the service alone.
pub(crate) const BENCH: &str = "bench";
/// Few releases, and many.
pub(crate) const SMALL: &str = "bench_small";
pub(crate) const LARGE: &str = "bench_large";

/// What docs/operate.md asks of a server's Postgres; what Postgres comes with is
/// meant for a small machine.
const SERVER: [&str; 3] = [
    "shared_buffers = '2GB'",
    "wal_compression = 'lz4'",
    "max_wal_size = '4GB'",
];

/// The private Postgres.
pub(crate) struct Server {
    cluster: Cluster,
    folder: PathBuf,
}

/// A running inventory with a tenant, a creator and an app, each with a token.
pub(crate) struct Ground {
    database: &'static str,
    service: Child,
    pub(crate) url: String,
    /// The creator's.
    pub(crate) token: String,
    /// The app's: it only reads.
    pub(crate) app: String,
    pub(crate) tenant: TenantId,
    pub(crate) account: AccountId,
    /// The database as its administrator.
    pub(crate) admin: PgPool,
    /// The database's address as the service uses it.
    pub(crate) service_url: String,
    /// The database's address as an auditor uses it.
    pub(crate) auditor_url: String,
}

impl Server {
    /// Starts it, empty.
    pub(crate) async fn start(folder: &Path) -> Result<Self, Fault> {
        let cluster = Cluster::start(Place::of(folder)?, Flavour::Lasting).await?;
        // A run that was killed leaves its databases behind, and maybe its
        // Postgres, which was then adopted, with the settings of a filling.
        let admin = PgPool::connect(&cluster.url("postgres", "postgres")).await?;
        sqlx::raw_sql("ALTER SYSTEM RESET ALL")
            .execute(&admin)
            .await?;
        for setting in SERVER {
            sqlx::raw_sql(AssertSqlSafe(format!("ALTER SYSTEM SET {setting}")))
                .execute(&admin)
                .await?;
        }
        admin.close().await;
        cluster.stop().await?;
        let cluster = Cluster::start(Place::of(folder)?, Flavour::Lasting).await?;
        for database in [BENCH, SMALL, LARGE] {
            forget(&cluster, database).await?;
        }
        Ok(Self {
            cluster,
            folder: folder.to_owned(),
        })
    }

    /// A program of the same Postgres.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.cluster.program(name)
    }

    /// Where its files lie.
    pub(crate) fn folder(&self) -> &Path {
        self.cluster.folder()
    }

    /// Makes an inventory and starts the service over it.
    pub(crate) async fn ground(&self, database: &'static str) -> Result<Ground, Fault> {
        self.cluster.ensure_database(database).await?;
        let admin_url = self.cluster.url("postgres", database);
        migrate(&admin_url).await?;

        let provisioner = Provisioner::open(&admin_url)?;
        let tenant = provisioner
            .create_tenant(&"bench".parse().map_err(Fault::made)?, "Bench", false)
            .await?;
        let account = provisioner
            .create_creator(tenant, &"ana".parse().map_err(Fault::made)?, "Ana", &[])
            .await?;
        let reader = provisioner
            .create_creator(
                tenant,
                &"app".parse().map_err(Fault::made)?,
                "App",
                &["app".to_owned()],
            )
            .await?;
        let scopes = ["read".to_owned(), "write".to_owned()];
        let (_, token) = provisioner
            .create_token(tenant, account, "bench", &scopes, None)
            .await?;
        let (_, app) = provisioner
            .create_token(tenant, reader, "bench", &scopes[..1], None)
            .await?;

        let service_url = self.cluster.url("dramatis_service", database);
        let (service, url) = serve(&self.folder, database, &service_url).await?;
        let admin = PgPool::connect(&admin_url).await?;
        Ok(Ground {
            database,
            service,
            url,
            token: token.reveal().to_owned(),
            app: app.reveal().to_owned(),
            tenant,
            account,
            admin,
            service_url,
            auditor_url: self.cluster.url("dramatis_auditor", database),
        })
    }

    /// Ends the service and takes its database away.
    pub(crate) async fn clear(&self, mut ground: Ground) -> Result<(), Fault> {
        if let Some(pid) = ground.pid() {
            kill(pid, Signal::SIGTERM)
                .map_err(|cause| Fault::io("stopping the service")(cause.into()))?;
        }
        ground
            .service
            .wait()
            .await
            .map_err(Fault::io("stopping the service"))?;
        ground.admin.close().await;
        forget(&self.cluster, ground.database).await
    }

    /// Ends Postgres and takes the cluster away.
    pub(crate) async fn stop(self) -> Result<(), Fault> {
        let folder = self.cluster.folder().to_owned();
        self.cluster.stop().await?;
        std::fs::remove_dir_all(&folder)
            .map_err(Fault::io(format!("the folder {}", folder.display())))
    }
}

impl Ground {
    /// The service's process.
    pub(crate) fn pid(&self) -> Option<Pid> {
        let pid = self.service.id()?;
        i32::try_from(pid).ok().map(Pid::from_raw)
    }
}

async fn forget(cluster: &Cluster, database: &'static str) -> Result<(), Fault> {
    let admin = PgPool::connect(&cluster.url("postgres", "postgres")).await?;
    // The name is one of ours.
    let statement = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&admin)
        .await?;
    admin.close().await;
    Ok(())
}

/// `dramatis-inventory`: the program that was named, or this one.
pub(crate) fn inventory() -> Result<PathBuf, Fault> {
    match std::env::var_os("DRAMATIS_INVENTORY_BIN") {
        Some(named) => Ok(PathBuf::from(named)),
        None => std::env::current_exe().map_err(Fault::io("this program")),
    }
}

/// Starts `serve`.
async fn serve(
    folder: &Path,
    database: &str,
    database_url: &str,
) -> Result<(Child, String), Fault> {
    let program = inventory()?;
    let log = folder.join(format!("{database}.log"));
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
        said: format!("it does not say where it serves; see {database}.log"),
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
