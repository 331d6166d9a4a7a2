//! A creator's desk and a team's inventory: what the end-to-end tests of the
//! studio's core share. Everything of it is real.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub(crate) mod wire;

use std::{path::Path, time::Duration};

use dramatis_drafts::{
    Connection, Studio, StudioError, StudioOptions, Token,
    view::{
        Character, FieldEdit, ImportChoice, InventoryKind, OutboxEntry, OutboxState, Timeline,
        VersionRef,
    },
};
use dramatis_inventory::testing::Inventory;
use tempfile::TempDir;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// What events call the desk.
pub(crate) const DEVICE: &str = "test-desk";

/// A studio over a folder of its own.
pub(crate) struct Desk {
    pub(crate) studio: Studio,
    pub(crate) folder: TempDir,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap()).await
    }

    /// A desk that is signed in.
    pub(crate) async fn at(url: &str, token: &str) -> Self {
        let desk = Self::new().await;
        let chosen = desk.studio.use_inventory(Some(url)).await;
        chosen.expect("an address");
        desk.sign_in(url, token)
            .await
            .expect("the inventory takes the token");
        desk
    }

    /// The same store, opened again.
    pub(crate) async fn reopened(self) -> Self {
        self.studio.close().await;
        let Self { studio, folder } = self;
        drop(studio);
        Self::over(folder).await
    }

    pub(crate) async fn over(folder: TempDir) -> Self {
        let studio = open(folder.path()).await.expect("the store opens");
        Self { studio, folder }
    }

    pub(crate) async fn sign_in(&self, url: &str, token: &str) -> Result<(), StudioError> {
        self.studio.sign_in(connection(url, token)).await.map(drop)
    }

    /// Says where the inventory is now, with the token as it was.
    pub(crate) fn connect(&self, url: &str, token: &str) {
        self.studio.set_connection(Some(connection(url, token)));
    }

    /// Brings in a file as a new character.
    pub(crate) async fn import(&self, name: &str, bytes: Vec<u8>) -> Result<String, StudioError> {
        let preview = self.studio.preview_import(name, bytes).await?;
        let id = self
            .studio
            .commit_import(&preview.id, ImportChoice::New)
            .await?;
        Ok(id.expect("a new character has an id"))
    }

    /// Writes one text field, whatever its revision is now.
    pub(crate) async fn write(&self, character: &str, field: &str, text: &str) {
        let revision = self.character(character).await.revision;
        let edit = FieldEdit::Text {
            field: field.to_owned(),
            text: text.to_owned(),
        };
        self.studio
            .edit_field(character, revision, edit)
            .await
            .expect("the edit is saved");
    }

    pub(crate) async fn character(&self, character: &str) -> Character {
        self.studio
            .open_character(character)
            .await
            .expect("the character opens")
    }

    pub(crate) async fn timeline(&self, character: &str) -> Timeline {
        self.studio.timeline(character).await.expect("the timeline")
    }

    pub(crate) async fn entry(&self, key: &str) -> OutboxEntry {
        let entries = self.studio.list_outbox().await.expect("the outbox");
        entries
            .into_iter()
            .find(|entry| entry.key == key)
            .expect("the entry is kept")
    }

    /// Makes everything due and sends until the entry stands as wanted.
    pub(crate) async fn until(&self, key: &str, wanted: OutboxState) -> OutboxEntry {
        let sending = async {
            loop {
                self.studio
                    .outbox_send_now()
                    .await
                    .expect("the store is written");
                self.studio
                    .settle_once()
                    .await
                    .expect("the store is written");
                let entry = self.entry(key).await;
                if entry.state == wanted {
                    return entry;
                }
                tokio::task::yield_now().await;
            }
        };
        match tokio::time::timeout(PATIENCE, sending).await {
            Ok(entry) => entry,
            Err(_) => panic!("never {wanted:?}: {:#?}", self.entry(key).await),
        }
    }

    pub(crate) async fn settled(&self, entry: &OutboxEntry) -> OutboxEntry {
        self.until(&entry.key, OutboxState::Settled).await
    }

    /// Nothing waits and nothing needs anybody.
    pub(crate) async fn assert_empty_outbox(&self) {
        for entry in self.studio.list_outbox().await.unwrap() {
            let done = matches!(
                entry.state,
                OutboxState::Settled | OutboxState::Refused | OutboxState::Cancelled
            );
            assert!(done, "{entry:#?}");
        }
    }
}

pub(crate) async fn open(folder: &Path) -> Result<Studio, StudioError> {
    Studio::open(StudioOptions::new(folder, folder.join("exports"), DEVICE)).await
}

pub(crate) fn connection(url: &str, token: &str) -> Connection {
    Connection {
        base_url: url.parse().expect("an address"),
        token: Token::new(token),
        kind: InventoryKind::Shared,
    }
}

/// A release as a version.
pub(crate) fn release(id: &str) -> VersionRef {
    VersionRef::Release {
        release: id.to_owned(),
    }
}

/// One of our own samples.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("samples/{name}.png"));
    std::fs::read(path).expect("our own sample")
}

/// A desk with a sample, ready to publish.
pub(crate) async fn desk_with_mirelle(url: &str, token: &str) -> (Desk, String) {
    let desk = Desk::at(url, token).await;
    let id = desk
        .import("mirelle.png", sample("mirelle"))
        .await
        .expect("our own sample");
    (desk, id)
}

/// A number from the database, as its administrator.
pub(crate) async fn count(inventory: &Inventory, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(&inventory.admin)
        .await
        .expect("Postgres answers")
}

/// Exactly so many releases, numbered without a gap, each with its claim and
/// its receipt, over one unbroken chain.
pub(crate) async fn assert_releases(inventory: &Inventory, wanted: i64) {
    assert_eq!(
        count(inventory, "SELECT count(*) FROM release").await,
        wanted,
        "releases"
    );
    let numbers = "SELECT coalesce(max(number), 0)::bigint FROM release";
    assert_eq!(count(inventory, numbers).await, wanted, "the newest number");
    let moves = "SELECT count(*) FROM event WHERE action = 'release.published'";
    assert_eq!(count(inventory, moves).await, wanted, "published events");
    let gaps = "SELECT count(*) FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS place \
                FROM event WHERE item_id IS NOT NULL) e WHERE seq <> place";
    assert_eq!(count(inventory, gaps).await, 0, "gaps in the chain");
}
