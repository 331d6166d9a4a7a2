//! A real streaming replica of a private cluster.

use super::PrivateCluster;
use crate::{Cluster, Place};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::process::Stdio;

/// A standby that replays what its primary writes. Gone when dropped.
pub struct Standby {
    cluster: Cluster,
}

impl PrivateCluster {
    /// Makes a standby of this cluster with `pg_basebackup` and starts it; its
    /// folder lies in this cluster's, and goes with it.
    pub async fn standby(&self) -> Standby {
        let place = Place::at(self.folder.join("standby"));
        let data = place.folder().join("data");
        let mut command = tokio::process::Command::new(self.program("pg_basebackup"));
        command
            .args(["--wal-method=stream", "--checkpoint=fast", "--no-sync"])
            .args(["--write-recovery-conf", "--pgdata"])
            .arg(&data)
            .arg("--dbname")
            .arg(self.url("postgres", "postgres"))
            .stdin(Stdio::null());
        let cluster = Cluster::copy(place, command).await.expect("a standby");
        Standby { cluster }
    }
}

impl Standby {
    /// The address of a database in it.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        self.cluster.url(role, database)
    }

    /// kill -9.
    pub async fn kill(&mut self) {
        kill(Pid::from_raw(self.cluster.pid()), Signal::SIGKILL).expect("it runs");
        self.cluster.gone().await;
    }

    /// Starts it again after it is gone.
    pub async fn restart(&mut self) {
        self.cluster.restart().await.expect("it starts");
    }
}
