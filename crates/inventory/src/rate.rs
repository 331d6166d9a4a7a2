//! Rate limits, per token and process. Nothing that requests share is written
//! to the database for it (inventory.md, Publish).

use crate::{error::Fault, token::Token};
use dramatis_api::{Code, Problem};
use dramatis_domain::Digest;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use std::{num::NonZeroU32, sync::Arc, time::Duration};

/// How fast one token may ask.
#[derive(Clone)]
pub(crate) struct Limits {
    limiter: Option<Arc<DefaultKeyedRateLimiter<Digest>>>,
}

impl Limits {
    /// `per_second` requests on average, bursts of four seconds' worth; 0 for none.
    pub(crate) fn new(per_second: u32) -> Self {
        let limiter = NonZeroU32::new(per_second).map(|rate| {
            let burst = rate.saturating_mul(NonZeroU32::new(4).unwrap_or(NonZeroU32::MIN));
            Arc::new(RateLimiter::keyed(
                Quota::per_second(rate).allow_burst(burst),
            ))
        });
        Self { limiter }
    }

    /// Counts one request.
    pub(crate) fn check(&self, token: &Token) -> Result<(), Fault> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        let Err(refused) = limiter.check_key(&token.sha256()) else {
            return Ok(());
        };
        let wait = refused.wait_time_from(governor::clock::DefaultClock::default().now());
        let seconds = u32::try_from(wait.as_secs())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let detail = format!(
            "This token asks faster than it may. Nothing was done; send the same request again in {seconds} s."
        );
        Err(Fault::from(Problem {
            retry_after: Some(seconds),
            ..Problem::new(Code::RateLimited, detail)
        }))
    }

    /// Forgets tokens that have been quiet; run now and then.
    pub(crate) async fn sweep(self) {
        let Some(limiter) = self.limiter else { return };
        let mut tick = tokio::time::interval(Duration::from_secs(60));
        loop {
            tick.tick().await;
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}
