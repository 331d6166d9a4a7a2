//! Rate limits, per token and per account, in each process. No request writes
//! to the database for it (inventory.md, Publish); [`counts`] tells operators.

pub(crate) mod counts;

use crate::{error::Fault, token::Token};
use counts::Counts;
use dramatis_api::{Code, Problem};
use dramatis_domain::{AccountId, Digest, TenantId};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use std::{hash::Hash, num::NonZeroU32, sync::Arc, time::Duration};
use uuid::Uuid;

struct Limiters {
    /// Before anything is looked up: whoever it claims to be.
    token: DefaultKeyedRateLimiter<Digest>,
    /// All tokens of one account together.
    account: DefaultKeyedRateLimiter<(TenantId, AccountId)>,
}

/// How fast one token, and one account with all its tokens, may ask.
#[derive(Clone)]
pub(crate) struct Limits {
    limiter: Option<Arc<Limiters>>,
    /// How often it is told that a token which has ended was used.
    told: Arc<DefaultKeyedRateLimiter<Uuid>>,
    pub(crate) counts: Counts,
}

impl Limits {
    /// `per_second` requests on average, bursts of four seconds' worth; 0 for none.
    pub(crate) fn new(per_second: u32) -> Self {
        let limiter = NonZeroU32::new(per_second).map(|rate| {
            let burst = rate.saturating_mul(NonZeroU32::new(4).unwrap_or(NonZeroU32::MIN));
            let quota = Quota::per_second(rate).allow_burst(burst);
            Arc::new(Limiters {
                token: RateLimiter::keyed(quota),
                account: RateLimiter::keyed(quota),
            })
        });
        Self {
            limiter,
            told: Arc::new(RateLimiter::keyed(Quota::per_hour(NonZeroU32::MIN))),
            counts: Counts::default(),
        }
    }

    /// Counts one request of a token.
    pub(crate) fn check(&self, token: &Token) -> Result<(), Fault> {
        match &self.limiter {
            Some(limiter) => within(&limiter.token, &token.sha256(), "token")
                .inspect_err(|_| self.counts.limited(token)),
            None => Ok(()),
        }
    }

    /// Counts one request of an account, whichever token it came with.
    pub(crate) fn check_account(&self, tenant: TenantId, account: AccountId) -> Result<(), Fault> {
        let done = match &self.limiter {
            Some(limiter) => within(&limiter.account, &(tenant, account), "account"),
            None => Ok(()),
        };
        self.counts.request(tenant, account, done.is_err());
        done
    }

    /// Whether the use of a token that has ended is worth a look at the
    /// database: once an hour and token, so that nobody floods it.
    pub(crate) fn tells(&self, token: Uuid) -> bool {
        self.told.check_key(&token).is_ok()
    }

    /// Forgets tokens that have been quiet; run now and then.
    pub(crate) async fn sweep(self) {
        let mut tick = tokio::time::interval(Duration::from_secs(60));
        loop {
            tick.tick().await;
            self.told.retain_recent();
            let Some(limiter) = &self.limiter else {
                continue;
            };
            limiter.token.retain_recent();
            limiter.token.shrink_to_fit();
            limiter.account.retain_recent();
            limiter.account.shrink_to_fit();
        }
    }
}

fn within<K: Hash + Eq + Clone>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
    what: &'static str,
) -> Result<(), Fault> {
    let Err(refused) = limiter.check_key(key) else {
        return Ok(());
    };
    metrics::counter!("dramatis_rate_limited_total", "what" => what).increment(1);
    let wait = refused.wait_time_from(governor::clock::DefaultClock::default().now());
    let seconds = u32::try_from(wait.as_secs())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let detail = format!(
        "This {what} asks faster than it may. Nothing was done; send the same request again in {seconds} s."
    );
    Err(Fault::from(Problem {
        retry_after: Some(seconds),
        ..Problem::new(Code::RateLimited, detail)
    }))
}
