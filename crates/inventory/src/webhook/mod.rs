//! Webhooks: news that has its number is brought to the addresses that a
//! tenant's operator named. Signed as Standard Webhooks say, at least once,
//! each item's news in its order.

mod attempt;
mod body;
mod claim;
mod fan_out;
pub(crate) mod guard;
mod held;
pub(crate) mod key;
pub(crate) mod measure;
mod schedule;
pub(crate) mod secret;
mod settle;
mod upkeep;

use crate::db::Database;
pub use attempt::Outcome;
pub(crate) use body::TOPICS;
pub use claim::Claim;
use guard::{Allowed, PublicOnly};
use held::Held;
use key::SealingKey;
pub use settle::{SettleFault, Settled};
use std::{collections::HashMap, path::PathBuf, time::Duration};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Between two looks for news and for what is due.
const PAUSE: Duration = Duration::from_millis(500);
/// The most deliveries under way in one process.
const SLOTS: usize = 32;
/// Of these, of one webhook: a slow receiver does not hold up the others.
const SLOTS_OF_ONE: usize = 4;
/// How long a delivery is its process's own; several times what a request may take.
pub(crate) const LEASE: Duration = Duration::from_secs(60);
/// What a request may take, connection and all.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How a process brings news to webhooks.
#[derive(Clone, Debug, Default)]
pub struct WebhookSettings {
    /// Where the key lies that secrets are sealed under; without it this
    /// process leaves webhooks to others.
    pub key_file: Option<PathBuf>,
    /// What is allowed beyond https to public addresses.
    pub allowed: Allowed,
}

/// One of those who may bring news to webhooks.
#[derive(Clone, Debug)]
pub struct Deliverer {
    /// What is due, in every tenant.
    worker: Database,
    /// What the news says, one tenant at a time.
    service: Database,
    key: SealingKey,
    client: reqwest::Client,
    allowed: Allowed,
    held: Held,
    me: Uuid,
    lease: Duration,
}

impl Deliverer {
    /// One with a name of its own. `worker` and `service` act as what they are
    /// called; whoever says nothing for `lease` may be taken for dead.
    ///
    /// # Errors
    /// Where no connection could ever be made: the system's roots of trust are missing.
    pub fn new(
        worker: Database,
        service: Database,
        key: SealingKey,
        allowed: Allowed,
        lease: Duration,
    ) -> reqwest::Result<Self> {
        // Without one the client panics; the program may have one already.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let client = reqwest::Client::builder()
            .user_agent(concat!("dramatis-inventory/", env!("CARGO_PKG_VERSION")))
            // A proxy would resolve names by itself, past the guard.
            .no_proxy()
            .dns_resolver(PublicOnly(allowed))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(TIMEOUT / 3)
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self {
            worker,
            service,
            key,
            client,
            allowed,
            held: Held::default(),
            me: Uuid::now_v7(),
            lease,
        })
    }

    /// One delivery from claim to result.
    async fn carry_out(self, claim: Claim) -> Uuid {
        let done = match self.attempt(&claim).await {
            Ok(outcome) => self.settle(&claim, outcome).await,
            Err(fault) => Err(fault.into()),
        };
        let webhook = claim.webhook();
        match done {
            Ok(settled) => {
                metrics::counter!("dramatis_webhook_attempts_total", "outcome" => settled.as_str())
                    .increment(1);
                tracing::debug!(%webhook, number = claim.number(), outcome = settled.as_str(), "webhook called");
            }
            Err(SettleFault::Fenced) => {
                metrics::counter!("dramatis_webhook_attempts_total", "outcome" => "fenced")
                    .increment(1);
                tracing::warn!(%webhook, number = claim.number(), "a delivery took longer than its lease; another goes on with it");
            }
            Err(fault) => {
                tracing::error!(%webhook, number = claim.number(), %fault, "what came of a delivery was not kept; it is made again");
            }
        }
        webhook
    }
}

/// Brings news until it is dropped; deliveries under way are dropped with it,
/// and made again by whoever finds their leases at an end.
pub(crate) async fn run(deliverer: Deliverer) {
    tokio::join!(deliver(&deliverer), deliverer.upkeep());
}

async fn deliver(deliverer: &Deliverer) {
    let mut under_way = JoinSet::new();
    let mut busy: HashMap<Uuid, usize> = HashMap::new();
    loop {
        if let Err(fault) = deliverer.fan_out().await {
            tracing::error!(%fault, "news was not given to webhooks; trying again");
        }
        let full: Vec<Uuid> = busy
            .iter()
            .filter(|(_, count)| **count >= SLOTS_OF_ONE)
            .map(|(webhook, _)| *webhook)
            .collect();
        match deliverer.claim(SLOTS - under_way.len(), &full).await {
            Ok(claims) => {
                for claim in claims {
                    *busy.entry(claim.webhook()).or_default() += 1;
                    under_way.spawn(deliverer.clone().carry_out(claim));
                }
            }
            Err(fault) => tracing::error!(%fault, "nothing was claimed; trying again"),
        }
        tokio::select! {
            Some(done) = under_way.join_next() => match done {
                Ok(webhook) => leave(&mut busy, webhook),
                // Whose it was is not said: all are counted anew as they come.
                Err(fault) => {
                    tracing::error!(%fault, "a delivery ended early; it is made again");
                    busy.clear();
                }
            },
            () = tokio::time::sleep(PAUSE.mul_f64(rand::random_range(0.5..1.5))) => {}
        }
    }
}

fn leave(busy: &mut HashMap<Uuid, usize>, webhook: Uuid) {
    if let Some(count) = busy.get_mut(&webhook) {
        *count -= 1;
        if *count == 0 {
            busy.remove(&webhook);
        }
    }
}
