//! Recomputes everything that can be recomputed, over the whole inventory, and
//! names the first row that is off (inventory.md, Audit).
//!
//! What this does not prove: whoever can write every table can rewrite a whole
//! chain with everything that hangs on it. The studio's pinned heads are what
//! finds that.

mod approvals;
mod bytes;
mod chains;
mod channels;
mod erasures;
mod listing;
mod members;
mod ownership;
mod releases;

use crate::db::{Database, DbRole};
use dramatis_domain::{TenantId, event::Stream};
use object_store::ObjectStore;
use std::fmt;

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Tenants.
    pub tenants: u64,
    /// Items.
    pub items: u64,
    /// Releases.
    pub releases: u64,
    /// Events.
    pub events: u64,
    /// Card documents.
    pub contents: u64,
    /// Files, where the object store was given.
    pub blobs: u64,
    /// What is missing because it was erased, a line for each order.
    pub erased: Vec<String>,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tenants, {} items, {} releases, {} events, {} cards, {} files",
            self.tenants, self.items, self.releases, self.events, self.contents, self.blobs
        )
    }
}

/// Why the inventory does not verify.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFault {
    /// A row is not what it was.
    #[error("{place}: {what}")]
    Off {
        /// Which row.
        place: String,
        /// What is wrong with it.
        what: String,
    },
    /// It could not be looked at.
    #[error("the database does not answer: {0}")]
    Database(#[from] sqlx::Error),
}

impl VerifyFault {
    fn off(place: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self::Off {
            place: place.to_string(),
            what: what.to_string(),
        }
    }

    /// A row that cannot even be read is off; a database that does not answer is not.
    fn reading(place: &str) -> impl FnOnce(sqlx::Error) -> Self {
        move |fault| match fault {
            sqlx::Error::Decode(cause) => Self::off(place, cause),
            other => Self::Database(other),
        }
    }
}

/// Verifies the whole inventory in one snapshot, tenant by tenant, item by
/// item; never more than a page of a chain is in memory.
///
/// # Errors
/// The first row that is off, in the order of tenants and items.
pub async fn verify(url: &str, blobs: Option<&dyn ObjectStore>) -> Result<Verified, VerifyFault> {
    let db = Database::open(url, DbRole::Auditor, 1)?;
    let mut tx = db
        .pool()
        .begin_with(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0",
        )
        .await?;
    let mut count = Verified::default();
    let tenants = sqlx::query!("SELECT id, slug FROM tenant ORDER BY slug")
        .fetch_all(&mut *tx)
        .await?;
    for row in tenants {
        let tenant = TenantId(row.id);
        count.tenants += 1;
        let place = format!("tenant {}", row.slug);
        bytes::personal(&mut tx, tenant, &place).await?;
        count.events += chains::verify(&mut tx, tenant, Stream::Tenant, &place, |_| Ok(())).await?;
        let (erasures, lines) = erasures::verify(&mut tx, tenant, &place).await?;
        count.erased.extend(lines);
        erasures::texts(&mut tx, tenant, &place, &erasures).await?;
        count.contents += bytes::contents(&mut tx, tenant, &place, &erasures).await?;
        count.blobs += bytes::files(&mut tx, tenant, &place, blobs, &erasures).await?;
        approvals::verify(&mut tx, tenant, &place).await?;
        members::verify(&mut tx, tenant, &place).await?;
        let mut after = uuid::Uuid::nil();
        while let Some(item) = releases::next_item(&mut tx, tenant, after).await? {
            after = item.id;
            count.items += 1;
            let (releases, events) = releases::verify(&mut tx, tenant, &item, &place).await?;
            listing::verify(&mut tx, tenant, &item, &place).await?;
            count.releases += releases;
            count.events += events;
        }
    }
    Ok(count)
}
