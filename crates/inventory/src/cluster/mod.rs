//! A private Postgres cluster: made, started, adopted, restarted and stopped by
//! this program, from the system's own binaries (inventory.md, Service).

mod binaries;
mod files;
mod owner;
mod place;
mod postmaster;

use binaries::Binaries;
use owner::Owner;
pub use place::Place;
use postmaster::Postmaster;
use std::{io, path::Path, time::Duration};

/// What the cluster is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Data to keep: every commit is on the disk, and only this computer's user
    /// gets in, by the peer check of the socket.
    Lasting,
    /// Tests: no fsync, no passwords.
    Passing,
}

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterFault {
    /// The system has no Postgres.
    #[error(
        "PostgreSQL is not installed on this computer: initdb and postgres were looked for in PATH and in {looked}. \
         Install it (Debian and Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql`), then start again. Nothing is lost."
    )]
    Missing {
        /// Where it was looked for.
        looked: String,
    },
    /// A file or folder.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A program of Postgres failed.
    #[error("{program} failed: {said}")]
    Program {
        /// Which.
        program: &'static str,
        /// Its last words.
        said: String,
    },
    /// It does not come up.
    #[error("Postgres did not become ready within {} s. Its log is {log}", .after.as_secs())]
    NotReady {
        /// How long it was given.
        after: Duration,
        /// Where to look.
        log: String,
    },
    /// As root without a user to run Postgres as.
    #[error(
        "Postgres does not run as root, and this computer has neither a user `postgres` nor `nobody` to run it as"
    )]
    NoUser,
    /// The database inside refuses.
    #[error("the cluster's database refuses: {0}")]
    Database(#[from] sqlx::Error),
}

impl ClusterFault {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    pub(crate) place: Place,
    flavour: Flavour,
    binaries: Binaries,
    owner: Owner,
    postmaster: Postmaster,
}

impl Cluster {
    /// Makes the cluster where there is none, adopts one that still runs after
    /// a crash of ours, or starts it; returns when it answers.
    ///
    /// # Errors
    /// In words for the person at this computer.
    pub async fn start(place: Place, flavour: Flavour) -> Result<Self, ClusterFault> {
        let binaries = Binaries::find()?;
        let owner = Owner::choose()?;
        files::prepare(&place, &owner)?;
        if !place.data().join("PG_VERSION").exists() {
            files::init(&place, &owner, &binaries, flavour).await?;
        }
        files::access(&place, &owner, flavour)?;
        let mut postmaster = Postmaster::none();
        postmaster
            .bring_up(&place, &owner, &binaries, flavour)
            .await?;
        Ok(Self {
            place,
            flavour,
            binaries,
            owner,
            postmaster,
        })
    }

    /// Makes the cluster of what a command, run as its owner, leaves in its
    /// data folder: a copy of another one.
    #[cfg(feature = "testing")]
    pub(crate) async fn copy(
        place: Place,
        mut command: tokio::process::Command,
    ) -> Result<Self, ClusterFault> {
        let owner = Owner::choose()?;
        files::prepare(&place, &owner)?;
        owner.act(&mut command);
        command.current_dir(place.folder());
        let output = command.output().await.map_err(ClusterFault::io("a copy"))?;
        if !output.status.success() {
            return Err(ClusterFault::Program {
                program: "pg_basebackup",
                said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            });
        }
        Self::start(place, Flavour::Passing).await
    }

    /// The address of a database in it, as one of the schema's roles or as the
    /// administrator `postgres`.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        self.place.url(role, database)
    }

    /// Its server process.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.postmaster.pid()
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.place.folder()
    }

    /// Where a program of its Postgres lies: `pgbench`, `pg_dump`. It may be
    /// packaged apart, and missing.
    #[must_use]
    pub fn program(&self, name: &str) -> std::path::PathBuf {
        self.binaries.program(name)
    }

    /// Makes the database where there is none.
    ///
    /// # Errors
    /// Where the cluster refuses.
    pub async fn ensure_database(&self, name: &'static str) -> Result<(), ClusterFault> {
        use sqlx::Connection as _;
        let mut admin = sqlx::PgConnection::connect(&self.url("postgres", "postgres")).await?;
        let found: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
            .bind(name)
            .fetch_optional(&mut admin)
            .await?;
        if found.is_none() {
            sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
                .execute(&mut admin)
                .await?;
        }
        admin.close().await?;
        Ok(())
    }

    /// Waits until the server process is gone.
    pub async fn gone(&mut self) {
        self.postmaster.gone().await;
    }

    /// Starts the server again after it is gone.
    ///
    /// # Errors
    /// Where it does not come up.
    pub async fn restart(&mut self) -> Result<(), ClusterFault> {
        self.postmaster
            .bring_up(&self.place, &self.owner, &self.binaries, self.flavour)
            .await
    }

    /// Stops the server: it ends what is under way, writes everything down and
    /// is gone when this returns.
    ///
    /// # Errors
    /// Where it does not end.
    pub async fn stop(mut self) -> Result<(), ClusterFault> {
        self.postmaster.stop().await
    }
}
