//! Sending publishes, as a studio does: one connection, kept alive.

use crate::{fault::Fault, ground::Ground};
use bytes::Bytes;
use dramatis_api::{Code, Problem, headers, paths};
use dramatis_domain::{Digest, IdempotencyKey};
use reqwest::{Response, header::CONTENT_TYPE};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// After this long without an answer other than *busy* it is a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// One client with a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// What came of a publish.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// There is a new release; the answer.
    Landed(String),
    /// The publish that it names as its parent is not there yet.
    TooEarly,
}

impl Client {
    pub(crate) fn new(ground: &Ground) -> Result<Self, Fault> {
        // A second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            http,
            url: ground.url.clone(),
            token: ground.token.clone(),
        })
    }

    /// Publishes under a new key.
    pub(crate) async fn publish(&self, body: &Bytes) -> Result<Outcome, Fault> {
        let key = IdempotencyKey(Uuid::new_v4());
        let begun = Instant::now();
        loop {
            let response = self.send(body, key).await?;
            let status = response.status().as_u16();
            let said = response.text().await?;
            if status == 201 {
                return Ok(Outcome::Landed(said));
            }
            let problem: Option<Problem> = serde_json::from_str(&said).ok();
            match problem.and_then(|problem| problem.code.parse().ok()) {
                Some(Code::BaseOutdated) => return Ok(Outcome::TooEarly),
                // The same again, as the answer says.
                Some(Code::Busy) if begun.elapsed() < PATIENCE => {}
                _ => {
                    return Err(Fault::Answer {
                        what: "a publish",
                        status,
                        body: said,
                    });
                }
            }
        }
    }

    async fn send(&self, body: &Bytes, key: IdempotencyKey) -> Result<Response, Fault> {
        let request = self
            .http
            .post(format!("{}{}", self.url, paths::RELEASES))
            .bearer_auth(&self.token)
            .header(headers::IDEMPOTENCY_KEY, headers::quoted_key(key))
            .header(CONTENT_TYPE, "application/json")
            .body(body.clone());
        Ok(request.send().await?)
    }

    /// Uploads a picture that publishes name.
    pub(crate) async fn upload(&self, bytes: &[u8]) -> Result<(), Fault> {
        let path = paths::BLOB.replace("{sha256}", &Digest::of(bytes).hex());
        let request = self
            .http
            .put(format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        let response = request
            .header(CONTENT_TYPE, "image/png")
            .body(bytes.to_owned())
            .send()
            .await?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        Err(Fault::Answer {
            what: "an upload",
            status: status.as_u16(),
            body: response.text().await?,
        })
    }

    /// Transactions that the service ran again, so far.
    pub(crate) async fn restarts(&self) -> Result<u64, Fault> {
        let text = self
            .http
            .get(format!("{}{}", self.url, paths::METRICS))
            .send()
            .await?
            .text()
            .await?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("dramatis_restarts_total "));
        Ok(line
            .and_then(|number| number.trim().parse().ok())
            .unwrap_or(0))
    }
}
