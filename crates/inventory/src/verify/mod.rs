//! Recomputes everything that can be recomputed, over the whole inventory, and
//! names the first row that is off (inventory.md, Audit).
//!
//! What this does not prove: whoever can write every table can rewrite a whole
//! chain with everything that hangs on it. The studio's pinned heads are what
//! finds that.

mod answers;
mod approvals;
mod bytes;
mod chains;
mod channels;
mod erasures;
mod history;
mod items;
mod members;
mod ownership;
mod releases;
mod snapshot;
mod steps;
mod strays;

use dramatis_domain::TenantId;
use object_store::ObjectStore;
use snapshot::Snapshot;
use std::{fmt, sync::Arc, thread::available_parallelism};

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
    /// Files; none where no object store was given to look at.
    pub blobs: Option<u64>,
    /// What is missing because it was erased, a line for each order.
    pub erased: Vec<String>,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tenants, {} items, {} releases, {} events, {} cards, ",
            self.tenants, self.items, self.releases, self.events, self.contents
        )?;
        match self.blobs {
            Some(files) => write!(f, "{files} files"),
            // Not to be read as: there are none.
            None => f.write_str("files not looked at (--blobs)"),
        }
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

/// The first of some items that is off, by its place among them.
struct Off {
    at: usize,
    fault: VerifyFault,
}

impl From<sqlx::Error> for Off {
    fn from(fault: sqlx::Error) -> Self {
        let fault = VerifyFault::Database(fault);
        Self { at: 0, fault }
    }
}

/// What a task of ours came to; one that was torn down saw nothing.
fn joined<T>(
    done: Result<Result<T, VerifyFault>, tokio::task::JoinError>,
) -> Result<T, VerifyFault> {
    done.unwrap_or_else(|fault| {
        Err(VerifyFault::Database(sqlx::Error::Io(
            std::io::Error::other(fault),
        )))
    })
}

/// Verifies the whole inventory in one snapshot, tenant by tenant, items and
/// their cards on all cores. Never more than the history of some items is in
/// memory, nor more cards than cores. What lists and search read is
/// [`crate::replay`]'s to compare.
///
/// # Errors
/// The first row that is off, in the order of tenants and items.
pub async fn verify(url: &str, blobs: Option<&dyn ObjectStore>) -> Result<Verified, VerifyFault> {
    verify_telling(url, blobs, |_| ()).await
}

/// As [`verify`]; `progress` is told what was looked at so far, every few items.
///
/// # Errors
/// As [`verify`].
pub async fn verify_telling(
    url: &str,
    blobs: Option<&dyn ObjectStore>,
    mut progress: impl FnMut(&Verified),
) -> Result<Verified, VerifyFault> {
    let readers = available_parallelism().map_or(1, usize::from);
    let (snapshot, mut tx) = Snapshot::take(url, readers + 1).await?;
    let mut count = Verified {
        blobs: blobs.map(|_| 0),
        ..Verified::default()
    };
    let tenants = sqlx::query!("SELECT id, slug FROM tenant ORDER BY slug")
        .fetch_all(&mut *tx)
        .await?;
    for row in tenants {
        let tenant = TenantId(row.id);
        count.tenants += 1;
        let place = format!("tenant {}", row.slug);
        let before = (count.events, count.releases);
        bytes::personal(&mut tx, tenant, &place).await?;
        let (orders, erasures) = erasures::read(&mut tx, tenant).await?;
        count.events += chains::of_tenant(&mut tx, tenant, &place, &erasures).await?;
        let lines = erasures::verify(&mut tx, tenant, &place, &orders).await?;
        count.erased.extend(lines);
        erasures::texts(&mut tx, tenant, &place, &erasures).await?;
        count.contents += bytes::contents(&mut tx, tenant, &place, &erasures).await?;
        progress(&count);
        let files = bytes::files(&mut tx, tenant, &place, blobs, &erasures).await?;
        count.blobs = count.blobs.map(|so_far| so_far + files);
        approvals::verify(&mut tx, tenant, &place).await?;
        members::verify(&mut tx, tenant, &place).await?;
        let erasures = Arc::new(erasures);
        let mut reader = snapshot.reader().await?;
        let kept = answers::verify(&mut reader, tenant, &place);
        let items = items::verify(
            &snapshot,
            readers,
            &mut tx,
            (tenant, place.as_str()),
            &erasures,
            &mut count,
            &mut progress,
        );
        // Beside each other, and named in this order.
        let (items, kept) = futures::join!(items, kept);
        items.and(kept)?;
        snapshot.done_with(reader);
        let found = (count.events - before.0, count.releases - before.1);
        strays::verify(&mut tx, tenant, &place, found).await?;
    }
    Ok(count)
}
