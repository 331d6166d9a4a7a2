//! What every request works with.

use crate::{
    asks::Asks, db::Database, error::Fault, exchange::lanes::Lanes, patience::Patience,
    rate::Limits, replica::Replica, table::identity::Identity, webhook::Deliverer,
};
use axum::http::HeaderMap;
use dramatis_api::{Code, headers};
use dramatis_domain::{AccountId, Digest, IdempotencyKey, ItemId, TenantId};
use metrics_exporter_prometheus::PrometheusHandle;
use object_store::ObjectStore;
use std::sync::Arc;
use tokio::sync::watch;

/// One service process. Stateless but for its queues: any number of processes
/// may stand over one Postgres (inventory.md, Service).
#[derive(Clone)]
pub struct App {
    pub(crate) db: Database,
    /// Where reads go that may be a moment old.
    pub(crate) replica: Option<Replica>,
    /// For the background work, where this process does it.
    pub(crate) worker: Option<Database>,
    /// For webhooks, where this process brings them news.
    pub(crate) deliverer: Option<Deliverer>,
    /// What many ask at the same moment.
    pub(crate) asks: Arc<Asks>,
    pub(crate) identity: Identity,
    pub(crate) name: Arc<str>,
    pub(crate) rule_set: Digest,
    pub(crate) blobs: Arc<dyn ObjectStore>,
    pub(crate) limits: Limits,
    pub(crate) patience: Patience,
    pub(crate) metrics: PrometheusHandle,
    /// Whether the process is about to end: whoever waits for news is answered.
    pub(crate) stopping: Arc<watch::Sender<bool>>,
    pub(crate) by_key: Lanes<(TenantId, AccountId, IdempotencyKey)>,
    pub(crate) by_item: Lanes<(TenantId, ItemId)>,
}

impl App {
    /// Passes where the request was made for this inventory and epoch, or says
    /// nothing about it (inventory.md, Idempotency contract 10).
    pub(crate) fn expects_this_inventory(&self, given: &HeaderMap) -> Result<(), Fault> {
        let Some(value) = given.get(headers::EXPECT_INVENTORY) else {
            return Ok(());
        };
        let expected = value
            .to_str()
            .ok()
            .and_then(headers::parse_inventory)
            .ok_or_else(|| {
                let detail = format!("{} has to be UUID;epoch=N.", headers::EXPECT_INVENTORY);
                Fault::new(Code::BadRequest, detail)
            })?;
        if expected == (self.identity.id, self.identity.epoch) {
            return Ok(());
        }
        let detail = if expected.0 == self.identity.id {
            "This inventory was restored from a backup since the request was made. Nothing was done; look at what it holds and decide."
        } else {
            "The request was made for another inventory. Nothing was done here."
        };
        Err(Fault::new(Code::WrongInventory, detail))
    }
}
