//! Clusters for tests: one for all tests of this process, migrated once and
//! cloned per test; or one of its own for a test that kills it.

use crate::{Cluster, Flavour, Place, migrate};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

const TEMPLATE: &str = "template_inventory";

/// The cluster of this process.
pub(super) struct Shared {
    place: Place,
    next: AtomicU32,
    _watch: Child,
}

/// Started on first use, and stopped by a watcher when this process ends,
/// however it ends.
pub(super) fn cluster() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        // A thread of its own: the runtime that asks may end before the others.
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let shared = runtime.block_on(Shared::start());
            // The runtime stays for good: it holds the server's handle.
            std::mem::forget(runtime);
            shared
        })
        .join()
        .expect("the cluster starts")
    })
}

impl Shared {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("dramatis-test-{}", std::process::id()));
        let cluster = Cluster::start(Place::at(folder), Flavour::Passing)
            .await
            .expect("the cluster starts");
        let place = cluster.place.clone();
        let watch = watch(&cluster, cluster.folder());
        cluster
            .ensure_database(TEMPLATE)
            .await
            .expect("the template");
        migrate(&place.url("postgres", TEMPLATE))
            .await
            .expect("the migrations run");
        std::mem::forget(cluster);
        Self {
            place,
            next: AtomicU32::new(1),
            _watch: watch,
        }
    }

    pub(super) fn url(&self, role: &str, database: &str) -> String {
        self.place.url(role, database)
    }

    /// A clone of the migrated template, with an identity of its own.
    pub(super) async fn fresh_database(&self) -> String {
        clone(&self.place, self.next.fetch_add(1, Ordering::Relaxed)).await
    }
}

async fn clone(place: &Place, number: u32) -> String {
    let name = format!("test_{number}");
    let mut admin = PgConnection::connect(&place.url("postgres", "postgres"))
        .await
        .expect("the cluster answers");
    let statement = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}");
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut admin)
        .await
        .expect("a clone");
    admin.close().await.expect("the cluster answers");
    let mut fresh = PgConnection::connect(&place.url("postgres", &name))
        .await
        .expect("the clone answers");
    sqlx::raw_sql(
        "UPDATE inventory_identity SET inventory_id = gen_random_uuid(), home = inventory_home()",
    )
    .execute(&mut fresh)
    .await
    .expect("an identity");
    fresh.close().await.expect("the clone answers");
    name
}

/// A cluster of its own. Gone when this process is.
pub struct PrivateCluster {
    cluster: Cluster,
    watch: Child,
    pub(super) folder: PathBuf,
    next: AtomicU32,
}

impl PrivateCluster {
    /// Makes and starts it. Without fsync: a kill -9 takes nothing from the
    /// system's cache, and recovery would sync every file of every test's database.
    pub async fn start() -> Self {
        let own = Self::empty().await;
        let cluster = &own.cluster;
        cluster.ensure_database(TEMPLATE).await.expect("a database");
        migrate(&cluster.url("postgres", TEMPLATE))
            .await
            .expect("the migrations run");
        own
    }

    /// The same with nothing in it, not even roles.
    pub async fn empty() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("dramatis-own-")
            .tempdir()
            .expect("a folder")
            .keep();
        let place = Place::at(folder.join("pg"));
        // Postgres' user has to pass through the folder above.
        std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("our folder");
        let cluster = Cluster::start(place, Flavour::Passing)
            .await
            .expect("the cluster starts");
        let watch = watch(&cluster, &folder);
        Self {
            cluster,
            watch,
            folder,
            next: AtomicU32::new(1),
        }
    }

    /// The address of a database in it, as one of its roles.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        self.cluster.url(role, database)
    }

    pub(super) async fn fresh_database(&self) -> String {
        clone(
            &self.cluster.place,
            self.next.fetch_add(1, Ordering::Relaxed),
        )
        .await
    }

    /// kill -9, then the start that follows: recovery included.
    pub async fn kill_and_restart(&mut self) {
        self.end(Signal::SIGKILL).await;
        self.restart().await;
    }

    /// Sends its server a signal that ends it, and waits until it is gone:
    /// `SIGKILL` is a crash, `SIGINT` what an administrator does.
    pub async fn end(&mut self, signal: Signal) {
        kill(Pid::from_raw(self.cluster.pid()), signal).expect("it runs");
        self.cluster.gone().await;
    }

    /// Its server process.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.cluster.pid()
    }

    /// Where a program of its Postgres lies.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.cluster.program(name)
    }

    /// What kills it at once, wherever it is called: the server and, where the
    /// system names them, every process of it, so that none goes on for a
    /// moment alone.
    pub fn killer(&self) -> impl FnOnce() + Send + use<> {
        let server = self.cluster.pid();
        move || {
            let children =
                std::fs::read_to_string(format!("/proc/{server}/task/{server}/children"))
                    .unwrap_or_default();
            kill(Pid::from_raw(server), Signal::SIGKILL).expect("it runs");
            for child in children
                .split_whitespace()
                .filter_map(|pid| pid.parse().ok())
            {
                let _ = kill(Pid::from_raw(child), Signal::SIGKILL);
            }
        }
    }

    /// The start after a kill: recovery included.
    pub async fn restart(&mut self) {
        self.cluster.gone().await;
        self.cluster.restart().await.expect("it recovers");
        let _ = self.watch.kill();
        let _ = self.watch.wait();
        self.watch = watch(&self.cluster, &self.folder);
    }
}

/// Ends the server and removes its folder when this process is gone: the pipe
/// to it closes, whatever happened.
fn watch(cluster: &Cluster, folder: &Path) -> Child {
    let script = "cat >/dev/null; kill -QUIT \"$1\" 2>/dev/null; while kill -0 \"$1\" 2>/dev/null; do sleep 0.05; done; rm -rf \"$2\"";
    Command::new("sh")
        .args(["-c", script, "watch", &cluster.pid().to_string()])
        .arg(folder)
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell")
}
