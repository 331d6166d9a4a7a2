//! Sending as the studio does: the same bytes with the same key, again and
//! again, until there is an answer that says what came of it.

// Shared by test programs that each use another part of it.
#![allow(dead_code, unreachable_pub)]

use super::support::Answer;
use dramatis_api::headers;
use dramatis_domain::IdempotencyKey;
use reqwest::{Client, header};
use std::time::Duration;

/// A request whose bytes are fixed.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub token: String,
    /// None where the path names what makes it happen once.
    pub key: Option<IdempotencyKey>,
    pub body: String,
}

/// What came of sending once.
#[derive(Debug)]
pub enum Once {
    /// An answer that is final.
    Settled(Answer),
    /// No answer, or one that says to come back.
    Again(String),
}

/// Sends once. No answer, a 5xx and a 409 with `Retry-After` are to be sent
/// again; everything else is final.
pub async fn once(client: &Client, url: &str, asked: &Asked) -> Once {
    let mut request = client
        .post(format!("{url}{}", asked.path))
        .bearer_auth(&asked.token)
        .header(header::CONTENT_TYPE, "application/json")
        .body(asked.body.clone());
    if let Some(key) = asked.key {
        request = request.header(headers::IDEMPOTENCY_KEY, headers::quoted_key(key));
    }
    let response = match request.send().await {
        Ok(response) => response,
        Err(fault) => return Once::Again(fault.to_string()),
    };
    let status = response.status().as_u16();
    let head = response.headers().clone();
    let body = match response.text().await {
        Ok(body) => body,
        Err(fault) => return Once::Again(fault.to_string()),
    };
    if status >= 500 || (status == 409 && head.contains_key(header::RETRY_AFTER)) {
        return Once::Again(format!("{status} {body}"));
    }
    Once::Settled(Answer {
        status,
        replayed: head
            .get(headers::IDEMPOTENCY_REPLAYED)
            .is_some_and(|value| value == "true"),
        body,
    })
}

/// Sends until it is settled.
///
/// # Panics
/// Where that takes longer than anybody waits.
pub async fn settle(client: &Client, url: &str, asked: &Asked) -> Answer {
    let mut last = String::new();
    for attempt in 0..60 {
        match once(client, url, asked).await {
            Once::Settled(answer) => return answer,
            Once::Again(why) => last = why,
        }
        tokio::time::sleep(Duration::from_millis(10 * attempt)).await;
    }
    panic!("{} is never settled: {last}", asked.path);
}
