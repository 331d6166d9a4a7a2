//! Opening a store, whatever state it is in.

use super::{FILE, Store, backup, damage, salvage};
use crate::{Clock, StudioError, table};
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::Duration,
};
use uuid::Uuid;

/// Every step of the schema, oldest first.
pub(super) static STEPS: Migrator = sqlx::migrate!("../../migrations/drafts");

/// Readers of one process; writing has a connection of its own.
const READERS: u32 = 4;

impl Store {
    /// Opens the store in `dir`, or makes it.
    pub(crate) async fn open(
        dir: &Path,
        max_pages: Option<u32>,
        device_name: &str,
        clock: &Clock,
    ) -> Result<Self, StudioError> {
        make_private(dir)?;
        let path = dir.join(FILE);
        let in_use = lock_file(dir, "in-use.lock")?;
        let opening = Opening {
            dir,
            path: &path,
            max_pages,
            clock,
        };
        let alone = one_at_a_time(dir).await?;
        let recovered = opening.bring_up(&in_use).await?;
        drop(alone);

        let write = SqlitePoolOptions::new()
            .max_connections(1)
            // A file in this very process does not go away between two uses.
            .test_before_acquire(false)
            .connect_with(options(&path, max_pages))
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_with(options(&path, max_pages))
            .await?;
        let news = table::news::newest(&mut *read.acquire().await?).await?;
        let store = Self {
            dir: dir.to_owned(),
            read,
            write,
            origin: Uuid::now_v7().to_string(),
            tags: tokio::sync::broadcast::channel(256).0,
            full: AtomicBool::new(false),
            recovered,
            news,
            in_use,
        };
        let mut reader = store.reader().await?;
        if table::device::get(&mut reader).await?.is_none() {
            let mut write = store.begin().await?;
            table::device::make(write.db(), &Uuid::now_v7().to_string(), device_name).await?;
            write.commit().await?;
        }
        Ok(store)
    }
}

/// A store on its way to be opened.
pub(super) struct Opening<'a> {
    pub(super) dir: &'a Path,
    pub(super) path: &'a Path,
    pub(super) max_pages: Option<u32>,
    pub(super) clock: &'a Clock,
}

impl Opening<'_> {
    /// Leaves a healthy database of this version's schema; says so where a
    /// damaged one had to be put aside for it.
    async fn bring_up(&self, in_use: &File) -> Result<Option<String>, StudioError> {
        if !self.path.exists() {
            share(self.dir, in_use)?;
            self.migrate().await?;
            return Ok(None);
        }
        match self.look().await {
            Ok(found) => {
                share(self.dir, in_use)?;
                self.update(found).await?;
                Ok(None)
            }
            Err(error) if damage::is_damage(&error) => {
                let aside = damage::put_aside(self, in_use)?;
                self.migrate().await?;
                let told = salvage::take_over(self, &aside).await?;
                share(self.dir, in_use)?;
                Ok(Some(told))
            }
            Err(error) => Err(error),
        }
    }

    /// Reads a database that is there without writing a byte of it: the newest
    /// step it has, where it is whole and not newer than this version.
    async fn look(&self) -> Result<Found, StudioError> {
        let mut db = SqliteConnectOptions::new()
            .filename(self.path)
            .read_only(true)
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging()
            .connect()
            .await?;
        let looked = look_at(&mut db).await;
        db.close().await.ok();
        looked
    }

    async fn update(&self, found: Found) -> Result<(), StudioError> {
        if !found.is_complete {
            if found.newest > 0 {
                backup::make(self, found.newest).await?;
            }
            self.migrate().await?;
        }
        Ok(())
    }

    pub(super) async fn migrate(&self) -> Result<(), StudioError> {
        let mut db = options(self.path, self.max_pages).connect().await?;
        // Not `run`: through its bound on `Acquire` the compiler cannot see that
        // the future may move between threads, as a window's has to.
        STEPS.run_direct(None, &mut db, false).await?;
        db.close().await?;
        Ok(())
    }
}

/// The steps of the schema that a database has.
struct Found {
    newest: i64,
    /// Whether it has every step that this version knows. Numbers may leave
    /// gaps, and a step may be added below one that is there already.
    is_complete: bool,
}

async fn look_at(db: &mut SqliteConnection) -> Result<Found, StudioError> {
    let whole: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut *db)
        .await?;
    if whole != "ok" {
        return Err(damage::found(&whole));
    }
    let tracked: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut *db)
            .await?;
    let taken: Vec<i64> = if tracked == 0 {
        Vec::new()
    } else {
        sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
            .fetch_all(db)
            .await?
    };
    let found = taken.iter().copied().max().unwrap_or(0);
    let known = newest_known();
    if found > known {
        return Err(StudioError::StoreNewer { found, known });
    }
    Ok(Found {
        newest: found,
        is_complete: STEPS.iter().all(|step| taken.contains(&step.version)),
    })
}

pub(super) fn newest_known() -> i64 {
    STEPS.iter().map(|step| step.version).max().unwrap_or(0)
}

/// The pragmas of studio.md, Local store.
pub(super) fn options(path: &Path, max_pages: Option<u32>) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .disable_statement_logging();
    match max_pages {
        Some(pages) => options.pragma("max_page_count", pages.to_string()),
        None => options,
    }
}

/// Two processes that make or mend the same store would do it twice.
async fn one_at_a_time(dir: &Path) -> Result<File, StudioError> {
    let file = lock_file(dir, "opening.lock")?;
    let dir = dir.to_owned();
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await?;
    locked.map_err(|source| StudioError::Folder { path: dir, source })
}

fn lock_file(dir: &Path, name: &str) -> Result<File, StudioError> {
    let path = dir.join(name);
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| StudioError::Folder { path, source })
}

fn share(dir: &Path, in_use: &File) -> Result<(), StudioError> {
    in_use.lock_shared().map_err(|source| StudioError::Folder {
        path: dir.to_owned(),
        source,
    })
}

/// The store is its owner's alone.
fn make_private(dir: &Path) -> Result<(), StudioError> {
    let fault = |source| StudioError::Folder {
        path: PathBuf::from(dir),
        source,
    };
    fs::create_dir_all(dir).map_err(fault)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(fault)?;
    }
    Ok(())
}
