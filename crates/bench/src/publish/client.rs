//! Sending publishes, as a studio does: one connection, kept alive.

use super::{ground::Ground, lane::Lane};
use crate::fault::Fault;
use bytes::Bytes;
use dramatis_api::{Code, Problem, headers, paths};
use dramatis_domain::{Digest, IdempotencyKey};
use reqwest::{Response, header::CONTENT_TYPE};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// After this long a publish that does not land is a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// One client with a connection of its own.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// What one client brought about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Publishes answered while it counted.
    pub(super) counted: u32,
    /// Publishes sent again under a new key, since the one they name as their
    /// parent had not landed yet.
    pub(super) again: u32,
}

/// When answers count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from: Instant,
    pub(super) until: Instant,
}

impl Client {
    pub(super) fn new(ground: &Ground) -> Result<Self, Fault> {
        // A second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).tcp_nodelay(true).build()?;
        Ok(Self { http, url: ground.url.clone(), token: ground.token.clone() })
    }

    /// Publishes one after another until the window closes.
    pub(super) async fn publish_during(self, window: Window, lane: Arc<Mutex<Lane>>) -> Result<Tally, Fault> {
        let mut tally = Tally::default();
        while Instant::now() < window.until {
            let body = super::next(&lane)?;
            tally.again += self.land(body).await?.1;
            let now = Instant::now();
            if now >= window.from && now < window.until {
                tally.counted += 1;
            }
        }
        Ok(tally)
    }

    /// Publishes until it has landed: the answer, and how often it was sent again.
    pub(super) async fn land(&self, body: Bytes) -> Result<(String, u32), Fault> {
        let begun = Instant::now();
        let mut again = 0;
        let mut key = IdempotencyKey(Uuid::new_v4());
        loop {
            let response = self.send(&body, key).await?;
            let status = response.status().as_u16();
            let said = response.text().await?;
            if status == 201 {
                return Ok((said, again));
            }
            let problem: Option<Problem> = serde_json::from_str(&said).ok();
            let code = problem.and_then(|problem| problem.code.parse::<Code>().ok());
            match code {
                _ if begun.elapsed() > PATIENCE => return Err(Fault::Answer { what: "a publish", status, body: said }),
                // Several clients send one item's line at once: it came too early.
                Some(Code::BaseOutdated) => {
                    again += 1;
                    key = IdempotencyKey(Uuid::new_v4());
                }
                Some(Code::Busy) => {}
                _ => return Err(Fault::Answer { what: "a publish", status, body: said }),
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
    pub(super) async fn upload(&self, bytes: &[u8]) -> Result<(), Fault> {
        let path = paths::BLOB.replace("{sha256}", &Digest::of(bytes).hex());
        let request = self.http.put(format!("{}{path}", self.url)).bearer_auth(&self.token);
        let response = request.header(CONTENT_TYPE, "image/png").body(bytes.to_owned()).send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        Err(Fault::Answer { what: "an upload", status: status.as_u16(), body: response.text().await? })
    }

    /// Transactions that the service ran again, so far.
    pub(super) async fn restarts(&self) -> Result<u64, Fault> {
        let text = self.http.get(format!("{}{}", self.url, paths::METRICS)).send().await?.text().await?;
        let line = text.lines().find_map(|line| line.strip_prefix("dramatis_restarts_total "));
        Ok(line.and_then(|number| number.trim().parse().ok()).unwrap_or(0))
    }
}
