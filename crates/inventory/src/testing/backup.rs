//! A backup and its restore, with the commands that docs/operate.md names.

use super::{Inventory, PrivateCluster, binary};
use std::{path::Path, process::Command};

/// A backup of one database, in a folder of its own.
pub struct Backup {
    folder: tempfile::TempDir,
}

impl Backup {
    /// Takes it as `dramatis_backup`, while the service goes on.
    #[must_use]
    pub fn take(inventory: &Inventory, cluster: &PrivateCluster) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = inventory
            .service_url()
            .replacen("dramatis_service", "dramatis_backup", 1);
        run(Command::new(cluster.program("pg_dumpall"))
            .args(["--roles-only", "--no-role-passwords", "--dbname", &url])
            .arg("--file")
            .arg(folder.path().join("roles.sql")));
        run(Command::new(cluster.program("pg_dump"))
            .args(["--format", "custom", "--dbname", &url])
            .arg("--file")
            .arg(folder.path().join("inventory.dump")));
        Self { folder }
    }

    /// Restores it into a cluster that has nothing, not even roles, as the
    /// database `dramatis`. What has to follow is the command `restored`.
    pub fn restore(&self, cluster: &PrivateCluster) {
        let admin = cluster.url("postgres", "postgres");
        let roles = self.folder.path().join("roles.sql");
        // The administrator is there already, which is said and passed over.
        run(Command::new(cluster.program("psql"))
            .args(["--quiet", "--dbname", &admin, "--file"])
            .arg(roles));
        run(Command::new(cluster.program("createdb")).args([
            "--maintenance-db",
            &admin,
            "dramatis",
        ]));
        run(Command::new(cluster.program("pg_restore"))
            .args(["--exit-on-error", "--dbname"])
            .arg(cluster.url("postgres", "dramatis"))
            .arg(self.folder.path().join("inventory.dump")));
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Runs the real binary over the database as its administrator; what it says.
pub fn command(inventory: &Inventory, arguments: &[&str]) -> serde_json::Value {
    let done = Command::new(binary())
        .args(arguments)
        .env("INVENTORY_DATABASE_URL", inventory.admin_url())
        .env("INVENTORY_ERASER_DATABASE_URL", inventory.eraser_url())
        .output()
        .expect("the binary runs");
    assert!(
        done.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    serde_json::from_slice(&done.stdout).unwrap_or_default()
}

fn run(command: &mut Command) {
    let done = command.output().expect("Postgres' own programs are there");
    assert!(
        done.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}
