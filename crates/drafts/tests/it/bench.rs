//! A studio over a temporary folder, with a clock the test sets.

use dramatis_drafts::{Clock, Studio, StudioOptions, view::*};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions,
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tempfile::TempDir;

/// 2026-11-21T12:00:00Z.
const START: i64 = 1_795_262_400_000_000;

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) time: Arc<AtomicI64>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            time: Arc::new(AtomicI64::new(START)),
        }
    }

    pub(crate) fn store_dir(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.store_dir().join("drafts.db")
    }

    pub(crate) fn options(&self) -> StudioOptions {
        let time = self.time.clone();
        StudioOptions {
            clock: Clock::from_fn(move || time.fetch_add(1, Ordering::Relaxed)),
            ..options(&self.store_dir(), &self.folder.path().join("exports"))
        }
    }

    pub(crate) async fn open(&self) -> Studio {
        Studio::open(self.options()).await.unwrap()
    }

    pub(crate) fn pass_seconds(&self, seconds: i64) {
        self.time.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

pub(crate) fn options(store: &Path, exports: &Path) -> StudioOptions {
    StudioOptions::new(store, exports, "studio-laptop")
}

/// Imports a sample as a new character.
pub(crate) async fn mirelle(studio: &Studio) -> String {
    let preview = studio.preview_sample("mirelle").await.unwrap();
    studio
        .commit_import(&preview.id, ImportChoice::New)
        .await
        .unwrap()
        .unwrap()
}

pub(crate) fn text(field: &str, text: &str) -> FieldEdit {
    FieldEdit::Text {
        field: field.into(),
        text: text.into(),
    }
}

/// Writes a field on the newest revision.
pub(crate) async fn write(studio: &Studio, character: &str, field: &str, value: &str) -> Saved {
    let revision = studio.open_character(character).await.unwrap().revision;
    studio
        .edit_field(character, revision, text(field, value))
        .await
        .unwrap()
}

pub(crate) async fn read(studio: &Studio, character: &str, field: &str) -> String {
    let character = studio.open_character(character).await.unwrap();
    character
        .fields
        .into_iter()
        .find(|one| one.key == field)
        .unwrap()
        .text
}

/// The document itself, through an export as it stands.
pub(crate) async fn document(studio: &Studio, character: &str) -> String {
    let exported = studio
        .export_card(
            character,
            VersionRef::Draft,
            ExportContainer::Json,
            ExportFormat::AsIs,
            false,
        )
        .await
        .unwrap();
    std::fs::read_to_string(exported.file.unwrap()).unwrap()
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, dramatis_drafts::StudioError>) -> String {
    result.unwrap_err().to_ipc().code
}

/// The database itself, as another program would open it.
pub(crate) async fn raw(bench: &Bench) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(bench.database())
        .connect()
        .await
        .unwrap()
}

/// Runs a statement on it; leaves everything in the main file.
pub(crate) async fn sql(bench: &Bench, statement: &str) {
    let mut db = raw(bench).await;
    sqlx::query(AssertSqlSafe(statement.to_owned()))
        .execute(&mut db)
        .await
        .unwrap();
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
}
