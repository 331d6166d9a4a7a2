//! The queue of requests.

use crate::{Micros, StudioError, store::Db, view::IpcError};

/// An entry as it is stored. What is sent was fixed when it was frozen.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) key: String,
    pub(crate) character: String,
    pub(crate) item: String,
    pub(crate) character_name: String,
    pub(crate) operation: String,
    pub(crate) summary: String,
    /// The release it makes or moves.
    pub(crate) release: String,
    pub(crate) parent_release: Option<String>,
    pub(crate) parent_manifest: Option<String>,
    pub(crate) manifest_sha256: Option<String>,
    pub(crate) card: Option<String>,
    pub(crate) portrait: Option<String>,
    /// The entry before it, of the same item.
    pub(crate) after_key: Option<String>,
    /// Whether it cannot happen unless the one before it did.
    pub(crate) needs_parent: i64,
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) inventory: String,
    pub(crate) epoch: i64,
    pub(crate) inventory_name: String,
    pub(crate) tenant: String,
    pub(crate) account: String,
    pub(crate) account_handle: String,
    pub(crate) state: String,
    pub(crate) attempts: i64,
    pub(crate) ever_sent: i64,
    pub(crate) cancelling: i64,
    pub(crate) fence: Option<i64>,
    pub(crate) created_at: Micros,
    pub(crate) next_attempt_at: Micros,
    pub(crate) settled_at: Option<Micros>,
    /// JSON of [`IpcError`].
    pub(crate) error: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) answer_status: Option<i64>,
    pub(crate) answer: Option<String>,
    pub(crate) replaced_by: Option<String>,
}

macro_rules! entries {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(Entry, "SELECT seq, key, character, item, character_name, operation, summary, release, parent_release,
            parent_manifest, manifest_sha256, card, portrait, after_key, needs_parent, path, body, inventory, epoch,
            inventory_name, tenant, account, account_handle, state, attempts, ever_sent, cancelling, fence, created_at,
            next_attempt_at, settled_at, error, outcome, answer_status, answer, replaced_by FROM outbox " + $rest $(, $argument)*)
    };
}

pub(crate) async fn get(db: &mut Db, key: &str) -> Result<Entry, StudioError> {
    entries!("WHERE key = ?", key)
        .fetch_optional(db)
        .await?
        .ok_or(StudioError::NotFound { what: "request" })
}

/// The newest 500: what a view shows.
pub(crate) async fn list(db: &mut Db) -> Result<Vec<Entry>, StudioError> {
    Ok(entries!("ORDER BY seq DESC LIMIT 500")
        .fetch_all(db)
        .await?)
}

/// Entries that have not come to their end, oldest first.
pub(crate) async fn open(db: &mut Db) -> Result<Vec<Entry>, StudioError> {
    Ok(
        entries!("WHERE state IN ('waiting', 'sending', 'retrying', 'needs_you') ORDER BY seq")
            .fetch_all(db)
            .await?,
    )
}

/// The same, of one item.
pub(crate) async fn open_of(db: &mut Db, item: &str) -> Result<Vec<Entry>, StudioError> {
    Ok(entries!(
        "WHERE item = ? AND state IN ('waiting', 'sending', 'retrying', 'needs_you') ORDER BY seq",
        item
    )
    .fetch_all(db)
    .await?)
}

/// Entries that cannot happen unless `key` did.
pub(crate) async fn needing(db: &mut Db, key: &str) -> Result<Vec<Entry>, StudioError> {
    Ok(
        entries!("WHERE after_key = ? AND needs_parent = 1 ORDER BY seq", key)
            .fetch_all(db)
            .await?,
    )
}

/// The publish that makes a release, where it was frozen here.
pub(crate) async fn publish_of(db: &mut Db, release: &str) -> Result<Option<Entry>, StudioError> {
    Ok(entries!(
        "WHERE release = ? AND operation = 'publish' ORDER BY seq DESC LIMIT 1",
        release
    )
    .fetch_optional(db)
    .await?)
}

/// The entry that `key` took the place of.
pub(crate) async fn replaced(db: &mut Db, key: &str) -> Result<Option<Entry>, StudioError> {
    Ok(entries!("WHERE replaced_by = ?", key)
        .fetch_optional(db)
        .await?)
}

pub(crate) async fn add(db: &mut Db, entry: &Entry) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO outbox (key, character, item, character_name, operation, summary, release, parent_release, parent_manifest,
            manifest_sha256, card, portrait, after_key, needs_parent, path, body, inventory, epoch, inventory_name, tenant,
            account, account_handle, state, created_at, next_attempt_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
        entry.key,
        entry.character,
        entry.item,
        entry.character_name,
        entry.operation,
        entry.summary,
        entry.release,
        entry.parent_release,
        entry.parent_manifest,
        entry.manifest_sha256,
        entry.card,
        entry.portrait,
        entry.after_key,
        entry.needs_parent,
        entry.path,
        entry.body,
        entry.inventory,
        entry.epoch,
        entry.inventory_name,
        entry.tenant,
        entry.account,
        entry.account_handle,
        entry.created_at,
        entry.next_attempt_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes where an entry stands. What was frozen is not touched.
pub(crate) async fn save(db: &mut Db, entry: &Entry) -> Result<(), StudioError> {
    sqlx::query!(
        "UPDATE outbox SET epoch = ?, state = ?, attempts = ?, ever_sent = ?, cancelling = ?, fence = ?, next_attempt_at = ?,
            settled_at = ?, error = ?, outcome = ?, answer_status = ?, answer = ?, replaced_by = ? WHERE key = ?",
        entry.epoch,
        entry.state,
        entry.attempts,
        entry.ever_sent,
        entry.cancelling,
        entry.fence,
        entry.next_attempt_at,
        entry.settled_at,
        entry.error,
        entry.outcome,
        entry.answer_status,
        entry.answer,
        entry.replaced_by,
        entry.key,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Requests on their way and requests that need the person, of a character or of all.
pub(crate) async fn counts(
    db: &mut Db,
    character: Option<&str>,
) -> Result<(u32, u32), StudioError> {
    let row = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE state IN ('waiting', 'sending', 'retrying')) AS "waiting!: u32",
            count(*) FILTER (WHERE state = 'needs_you') AS "needs_you!: u32"
         FROM outbox WHERE state IN ('waiting', 'sending', 'retrying', 'needs_you') AND (?1 IS NULL OR character = ?1)"#,
        character
    )
    .fetch_one(db)
    .await?;
    Ok((row.waiting, row.needs_you))
}

/// Files that still have to be uploaded before an entry is sent.
pub(crate) async fn missing_blobs(db: &mut Db, key: &str) -> Result<Vec<String>, StudioError> {
    Ok(sqlx::query_scalar!(
        "SELECT sha256 FROM outbox_blob WHERE key = ? AND uploaded = 0",
        key
    )
    .fetch_all(db)
    .await?)
}

pub(crate) async fn add_blob(db: &mut Db, key: &str, sha256: &str) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO outbox_blob (key, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING",
        key,
        sha256
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Marks a file as uploaded, or, where the inventory says it is not, as missing.
pub(crate) async fn set_uploaded(
    db: &mut Db,
    key: &str,
    sha256: Option<&str>,
    uploaded: bool,
) -> Result<(), StudioError> {
    sqlx::query!(
        "UPDATE outbox_blob SET uploaded = ?1 WHERE key = ?2 AND (?3 IS NULL OR sha256 = ?3)",
        uploaded,
        key,
        sha256
    )
    .execute(db)
    .await?;
    Ok(())
}

impl Entry {
    /// The last failure.
    pub(crate) fn last_error(&self) -> Option<IpcError> {
        self.error
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
    }

    /// Remembers a failure.
    pub(crate) fn set_error(&mut self, error: Option<&IpcError>) {
        self.error = error.and_then(|error| serde_json::to_string(error).ok());
    }
}
