//! What is kept about people: taken away by an order, after its time, or given
//! out; and what a hold keeps whatever anybody orders (docs/operate.md).
//!
//! Chains and manifests name texts by salted hash. An erasure takes text or
//! bytes and leaves the hash, with a row that says by which order.

mod answers;
mod erase;
mod export;
mod holds;
mod order;
mod retain;

pub use erase::Request;
pub use export::Exported;
pub use order::Erased;
pub(crate) use order::{NOBODY, digest};
pub use retain::{Class, Retained};

use crate::{
    audit::chain::Circumstances,
    db::{Database, DbRole, Tx},
    provision::{self, ProvisionFault},
    table,
};
use dramatis_domain::{AccountId, TenantId};

/// Why nothing was erased, or not everything.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyFault {
    /// Postgres.
    #[error("the database refused, and nothing was changed: {0}")]
    Database(#[from] sqlx::Error),
    /// Nothing by that name, or it would change nothing.
    #[error("{0}")]
    Refused(String),
    /// A hold keeps it.
    #[error(
        "hold {0} keeps this. Nothing was changed; `dramatis-inventory hold list` says why, and who may release it"
    )]
    Held(i32),
    /// The database is done, a file is not.
    #[error(
        "the order was carried out in the database, but a file could not be deleted: {0}. `dramatis-inventory collect` deletes it later"
    )]
    Files(#[from] object_store::Error),
    /// A file of an export.
    #[error("the export could not be written: {0}")]
    Io(#[from] std::io::Error),
}

impl From<ProvisionFault> for PrivacyFault {
    fn from(fault: ProvisionFault) -> Self {
        match fault {
            ProvisionFault::Database(fault) => Self::Database(fault),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// The database as the one role that may take texts and bytes away.
#[derive(Clone, Debug)]
pub struct Eraser {
    db: Database,
}

impl Eraser {
    /// Over a URL that may act as `dramatis_eraser`.
    ///
    /// # Errors
    /// Where the URL cannot be read.
    pub fn open(url: &str) -> Result<Self, sqlx::Error> {
        Ok(Self {
            db: Database::open(url, DbRole::Eraser, 1)?,
        })
    }

    /// The tenant called `slug`.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn tenant(&self, slug: &str) -> Result<TenantId, PrivacyFault> {
        let found = table::tenant::find(self.db.pool(), slug).await?;
        found
            .map(|tenant| TenantId(tenant.id))
            .ok_or_else(|| PrivacyFault::Refused(format!("there is no tenant “{slug}”")))
    }

    /// Every tenant.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn tenants(&self) -> Result<Vec<(String, TenantId)>, PrivacyFault> {
        let all = table::tenant::list(self.db.pool()).await?;
        Ok(all
            .into_iter()
            .map(|tenant| (tenant.slug, TenantId(tenant.id)))
            .collect())
    }

    /// A transaction that may take as long as reading everything takes.
    async fn begin(&self, tenant: TenantId) -> Result<Tx, sqlx::Error> {
        let mut tx = self.db.append(tenant).await?;
        sqlx::raw_sql(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        )
        .execute(&mut *tx)
        .await?;
        Ok(tx)
    }
}

/// The tenant's operator, as the actor of an event; whoever asks may read accounts.
async fn operator(tx: &mut Tx, tenant: TenantId) -> Result<Circumstances, PrivacyFault> {
    let accounts = table::account::list(tx, tenant).await?;
    Ok(provision::operator_of(tenant, accounts)?)
}

/// The account of that handle or id.
async fn account(tx: &mut Tx, tenant: TenantId, name: &str) -> Result<AccountId, PrivacyFault> {
    table::personal::find(tx, tenant, name)
        .await?
        .ok_or_else(|| PrivacyFault::Refused(format!("there is no account “{name}”")))
}

/// The first hold that keeps one of these.
async fn held(tx: &mut Tx, tenant: TenantId, sha256: &[Vec<u8>]) -> Result<(), PrivacyFault> {
    let kept = table::hold::keeps(tx, tenant, sha256).await?;
    match kept.into_iter().map(|(_, number)| number).min() {
        None => Ok(()),
        Some(number) => Err(PrivacyFault::Held(number)),
    }
}
