//! Where the system keeps Postgres.

use super::ClusterFault;
use std::{
    env,
    path::{Path, PathBuf},
};

/// Folders that hold a `VERSION/bin`, in the order of what packages do.
const ROOTS: &[&str] = &[
    "/usr/lib/postgresql",
    "/usr/pgsql",
    "/opt/homebrew/opt",
    "/usr/local/opt",
];

/// The folder with `initdb` and `postgres`.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The newest version there is; `DRAMATIS_POSTGRES_BIN` goes first.
    pub(super) fn find() -> Result<Self, ClusterFault> {
        let named = env::var_os("DRAMATIS_POSTGRES_BIN").map(PathBuf::from);
        let paths: Vec<PathBuf> = env::var_os("PATH")
            .map(|path| env::split_paths(&path).collect())
            .unwrap_or_default();
        named
            .into_iter()
            .chain(versions())
            .chain(paths)
            .find(|folder| is_whole(folder))
            .map(|folder| Self { folder })
            .ok_or_else(|| ClusterFault::Missing {
                looked: ROOTS.join(", "),
            })
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn is_whole(folder: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|name| folder.join(name).is_file())
}

/// Every `ROOT/VERSION/bin`, the highest version first.
fn versions() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = ROOTS
        .iter()
        .filter_map(|root| std::fs::read_dir(root).ok())
        .flatten()
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let digits: String = name.chars().filter(char::is_ascii_digit).collect();
            (digits.parse().unwrap_or(0), entry.path().join("bin"))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, path)| path).collect()
}
