//! One request to a receiver.

use super::{
    Claim, Deliverer, TIMEOUT, body,
    guard::{self, AddressFault},
    secret::Secret,
};
use crate::{failpoint, table, traces};
use reqwest::{StatusCode, header};
use std::{error::Error, time::Duration};
use tracing::Instrument as _;

/// As much of an error as is kept.
const TOLD: usize = 300;
/// The most a body weighs.
const LARGEST: usize = 16 * 1024;

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it: any 2xx.
    Delivered {
        /// What it answered.
        status: u16,
    },
    /// The receiver wants nothing any more: 410.
    Gone,
    /// This process may not call the address, or has not the key that signs;
    /// nothing was sent, and no attempt is counted.
    Held {
        /// Why, and what an operator can do.
        why: String,
    },
    /// Anything else; to be tried again.
    Failed {
        /// What it answered, if it did.
        status: Option<u16>,
        /// What went wrong, for people. Nothing of the answer's body.
        error: String,
        /// How long the receiver asks us to wait.
        retry_after: Option<Duration>,
    },
}

impl Outcome {
    /// What the guard forbids: held only where another process's flags may allow it.
    fn refused(fault: &AddressFault) -> Self {
        match fault {
            AddressFault::Scheme | AddressFault::Private(_) => {}
            AddressFault::Malformed(_) | AddressFault::Credentials | AddressFault::Length => {
                return Self::failed(fault.to_string());
            }
        }
        Self::held(fault)
    }

    /// What only this process lacks: a flag, or the key that the secret was made with.
    fn held(fault: &impl std::fmt::Display) -> Self {
        let why = format!(
            "not sent, and not counted as an attempt: {fault}. It goes on waiting: start the process with that, or disable the webhook"
        );
        Self::Held {
            why: why.chars().take(TOLD).collect(),
        }
    }

    fn failed(error: impl Into<String>) -> Self {
        Self::Failed {
            status: None,
            error: error.into().chars().take(TOLD).collect(),
            retry_after: None,
        }
    }
}

impl Deliverer {
    /// Tells the receiver. No transaction is open meanwhile.
    ///
    /// # Errors
    /// Where our own database does not answer: nothing was sent.
    pub async fn attempt(&self, claim: &Claim) -> Result<Outcome, sqlx::Error> {
        failpoint::reach("webhook.claimed").await;
        let Some(body) = self.body(claim).await? else {
            return Ok(Outcome::failed("there is nothing to tell of this news"));
        };
        let secrets = match self.secrets(claim).await? {
            Ok(secrets) => secrets,
            Err(fault) => return Ok(Outcome::held(&fault)),
        };
        let url = match guard::address(&claim.url, self.allowed) {
            Ok(url) => url,
            Err(fault) => return Ok(Outcome::refused(&fault)),
        };
        // Whoever was held up may find the delivery in another's hands.
        if claim.taken.elapsed() + TIMEOUT > self.lease {
            return Ok(Outcome::failed(
                "it came too late to be sent within its lease",
            ));
        }
        let id = body::message_id(claim.outbox);
        let timestamp = claim.at.unix_timestamp();
        let signatures: Vec<_> = secrets
            .iter()
            .map(|secret| secret.sign(&id, timestamp, &body))
            .collect();
        let span = traces::call(claim.webhook);
        let answer = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures.join(" "))
            // Beside what is signed: id, time and body.
            .headers(traces::headers(&span))
            .body(body)
            .send()
            .instrument(span.clone())
            .await;
        traces::called(&span, answer.as_ref().ok().map(reqwest::Response::status));
        drop(span);
        failpoint::reach("webhook.answered").await;
        Ok(match answer {
            Ok(answer) => judged(&answer),
            Err(fault) => match guard::refusal(&fault) {
                Some(refusal) => Outcome::refused(refusal),
                None => Outcome::failed(told(fault)),
            },
        })
    }

    /// What the news says, as the tenant itself would read it.
    async fn body(&self, claim: &Claim) -> Result<Option<String>, sqlx::Error> {
        let mut tx = self.service.read(claim.tenant).await?;
        let topics = [claim.topic.clone()];
        let found = table::feed::page(&mut tx, claim.tenant, &topics, claim.number - 1, 1).await?;
        let news = found.into_iter().find(|news| news.number == claim.number);
        Ok(news
            .and_then(|news| body::body(&news).ok())
            .filter(|body| body.len() <= LARGEST))
    }

    /// The secrets that sign now, the newest first.
    async fn secrets(
        &self,
        claim: &Claim,
    ) -> Result<Result<Vec<Secret>, super::key::KeyFault>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT sealed FROM webhook_secret
             WHERE tenant_id = $1 AND webhook_id = $2 AND (ends_at IS NULL OR ends_at > clock_timestamp())
             ORDER BY version DESC",
            claim.tenant.0,
            claim.webhook,
        )
        .fetch_all(self.worker.pool())
        .await?;
        Ok(rows
            .iter()
            .map(|row| Secret::open(&self.key, claim.tenant, claim.webhook, &row.sealed))
            .collect())
    }
}

fn judged(answer: &reqwest::Response) -> Outcome {
    let status = answer.status();
    if status.is_success() {
        return Outcome::Delivered {
            status: status.as_u16(),
        };
    }
    if status == StatusCode::GONE {
        return Outcome::Gone;
    }
    let retry_after = answer
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    Outcome::Failed {
        status: Some(status.as_u16()),
        error: format!("the receiver answered {status}"),
        retry_after,
    }
}

/// Down to the cause, which says most.
fn told(fault: reqwest::Error) -> String {
    if fault.is_timeout() {
        return format!("no answer within {} s", TIMEOUT.as_secs());
    }
    let fault = fault.without_url();
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(deeper) = cause {
        text = deeper.to_string();
        cause = deeper.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_flag_would_allow_is_held() {
        let private = AddressFault::Private("10.0.0.1".to_owned());
        for fault in [AddressFault::Scheme, private] {
            assert!(matches!(Outcome::refused(&fault), Outcome::Held { .. }));
        }
        let malformed = AddressFault::Malformed("mirelle".to_owned());
        for fault in [malformed, AddressFault::Credentials, AddressFault::Length] {
            let outcome = Outcome::refused(&fault);
            assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
        }
    }
}
