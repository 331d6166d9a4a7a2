//! A copy of the store before its schema changes.

use super::open::{Opening, options};
use crate::StudioError;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Copies that are kept; the oldest goes first.
const KEPT: usize = 3;

/// Copies the store with SQLite's own `VACUUM INTO`, which takes part in its
/// locking, checks the copy, and drops the oldest ones.
pub(super) async fn make(opening: &Opening<'_>, step: i64) -> Result<PathBuf, StudioError> {
    let folder = opening.dir.join("backups");
    let fault = |source| StudioError::Folder {
        path: folder.clone(),
        source,
    };
    fs::create_dir_all(&folder).map_err(fault)?;
    let needed = size_of(opening.path) * 2;
    if fs4::available_space(&folder).map_err(fault)? < needed {
        return Err(StudioError::NoRoomForBackup { needed });
    }
    let target = folder.join(format!("step-{step}-{}.db", opening.clock.now()));
    let mut db = options(opening.path, None).connect().await?;
    // The path is ours and quoted as SQLite quotes text.
    let quoted = target.to_string_lossy().replace('\'', "''");
    sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{quoted}'")))
        .execute(&mut db)
        .await?;
    db.close().await?;
    verify(&target).await?;
    drop_oldest(&folder).map_err(fault)?;
    Ok(target)
}

async fn verify(copy: &Path) -> Result<(), StudioError> {
    let mut db = options(copy, None)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Delete)
        .connect()
        .await?;
    let whole: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut db)
        .await?;
    db.close().await?;
    if whole == "ok" {
        Ok(())
    } else {
        Err(super::damage::found(&whole))
    }
}

fn drop_oldest(folder: &Path) -> std::io::Result<()> {
    let mut copies: Vec<_> = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "db")
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    copies.sort();
    let surplus = copies.len().saturating_sub(KEPT);
    for (_, path) in copies.into_iter().take(surplus) {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn size_of(path: &Path) -> u64 {
    let wal = path.with_extension("db-wal");
    [path, &wal]
        .iter()
        .filter_map(|path| fs::metadata(path).ok())
        .map(|metadata| metadata.len())
        .sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Clock;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[tokio::test]
    async fn a_backup_is_checked_whole_and_three_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drafts.db");
        let time = AtomicI64::new(1);
        let clock = Clock::from_fn(move || time.fetch_add(1, Ordering::Relaxed));
        let opening = Opening {
            dir: folder.path(),
            path: &path,
            max_pages: None,
            clock: &clock,
        };
        opening.migrate().await.unwrap();
        let mut db = options(&path, None).connect().await.unwrap();
        sqlx::query("INSERT INTO setting (name, value) VALUES ('a', 'b')")
            .execute(&mut db)
            .await
            .unwrap();
        let mut last = PathBuf::new();
        for kept in [1, 2, 3, 3, 3] {
            last = make(&opening, 1).await.unwrap();
            assert_eq!(
                fs::read_dir(folder.path().join("backups")).unwrap().count(),
                kept
            );
        }
        let mut copy = options(&last, None).connect().await.unwrap();
        let value: String = sqlx::query_scalar("SELECT value FROM setting")
            .fetch_one(&mut copy)
            .await
            .unwrap();
        assert_eq!(value, "b");
    }
}
