//! How often accounts ask: counted in memory, written once a minute by a task
//! of its own. A process that is killed loses the last minute's counts, and
//! nothing else.

use crate::{db::Database, table, token::Token};
use dramatis_domain::{AccountId, Digest, TenantId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Between two writings.
const MINUTE: Duration = Duration::from_secs(60);
/// Whoever invents tokens does not fill our memory.
const MOST_UNKNOWN: usize = 10_000;

/// Requests, and how many of them were told to come back later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) requests: i64,
    pub(crate) limited: i64,
}

/// What was counted of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) accounts: HashMap<AccountId, Count>,
    /// Limited before they were looked up; whose they are is asked when they
    /// are written.
    pub(crate) tokens: HashMap<Digest, i64>,
}

/// What was counted since it was last written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    all: Arc<Mutex<HashMap<TenantId, Tally>>>,
}

impl Counts {
    /// One request of an account.
    pub(super) fn request(&self, tenant: TenantId, account: AccountId, limited: bool) {
        let mut all = self.lock();
        let count = all
            .entry(tenant)
            .or_default()
            .accounts
            .entry(account)
            .or_default();
        count.requests += 1;
        count.limited += i64::from(limited);
    }

    /// One request that was limited before anything was looked up.
    pub(super) fn limited(&self, token: &Token) {
        let mut all = self.lock();
        let known: usize = all.values().map(|tally| tally.tokens.len()).sum();
        let tokens = &mut all.entry(token.tenant()).or_default().tokens;
        match tokens.get_mut(&token.sha256()) {
            Some(count) => *count += 1,
            None if known < MOST_UNKNOWN => {
                tokens.insert(token.sha256(), 1);
            }
            None => {}
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, Tally>> {
        // Counts are whole at every step: a panic elsewhere does not spoil them.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was counted, tenant by tenant.
    pub(crate) async fn write(&self, db: &Database) {
        let all = std::mem::take(&mut *self.lock());
        for (tenant, tally) in all {
            if let Err(fault) = table::rate::add(db, tenant, &tally).await {
                tracing::warn!(%fault, %tenant, "how fast accounts ask was not noted");
            }
        }
    }

    /// Writes once a minute, until it is dropped.
    pub(crate) async fn run(self, db: Database) {
        loop {
            // Several processes that started together need not write together.
            tokio::time::sleep(MINUTE.mul_f64(rand::random_range(0.8..1.2))).await;
            self.write(&db).await;
        }
    }
}
