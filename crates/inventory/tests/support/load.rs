//! Clients that publish and try again, as the studio does: the same bytes
//! under the same key, later, until there is an answer that settles it.

use super::{Answer, item, key, publish, publishing, send};
use dramatis_api::publish::PublishRequest;
use dramatis_domain::IdempotencyKey;
use reqwest::Client;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// What was seen by all clients together.
#[derive(Debug, Default)]
pub struct Seen {
    /// How often each status came; 0 stands for no answer at all.
    pub statuses: Mutex<BTreeMap<u16, usize>>,
    /// The longest any request took.
    pub longest: Mutex<Duration>,
    /// Publishes that are settled.
    pub published: AtomicUsize,
    /// Reads that were answered with 200.
    pub read: AtomicUsize,
    /// Set to end the load.
    pub enough: AtomicBool,
}

impl Seen {
    pub fn times(&self, status: u16) -> usize {
        self.statuses
            .lock()
            .unwrap()
            .get(&status)
            .copied()
            .unwrap_or(0)
    }

    /// Sends, and notes what came and how long it took.
    pub async fn watch(&self, request: reqwest::RequestBuilder) -> Option<Answer> {
        let started = Instant::now();
        let answer = send(request).await.ok();
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        *self.statuses.lock().unwrap().entry(status).or_default() += 1;
        let mut longest = self.longest.lock().unwrap();
        *longest = started.elapsed().max(*longest);
        if let Some(answer) = &answer
            && status >= 500
        {
            assert_eq!(
                (status, answer.code().as_str()),
                (503, "unavailable"),
                "{}",
                answer.body
            );
        }
        answer
    }
}

/// Publishes `request` until it is settled.
pub async fn publish_for_sure(
    seen: &Seen,
    client: &Client,
    url: &str,
    token: &str,
    key: IdempotencyKey,
    request: &PublishRequest,
) -> Answer {
    for attempt in 0_u32.. {
        let asked = publishing(client, url, token, key, request);
        match seen.watch(asked).await {
            Some(answer) if answer.status < 300 => {
                seen.published.fetch_add(1, Ordering::SeqCst);
                return answer;
            }
            Some(answer) if answer.status == 503 || answer.code() == "busy" => {}
            None => {}
            Some(answer) => panic!("{} {}", answer.status, answer.body),
        }
        // What the studio does, only sooner.
        let wait = rand_up_to(20 << attempt.min(5));
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
    unreachable!()
}

/// Clients that publish characters of their own, one after the other, until it
/// is enough; what each of them sent and got.
pub fn publishers(
    seen: &Arc<Seen>,
    count: usize,
    url: &str,
    token: &str,
) -> Vec<tokio::task::JoinHandle<Vec<(IdempotencyKey, PublishRequest, Answer)>>> {
    (0..count)
        .map(|number| {
            let (seen, url, token) = (Arc::clone(seen), url.to_owned(), token.to_owned());
            tokio::spawn(async move {
                let mut done = Vec::new();
                while !seen.enough.load(Ordering::SeqCst) {
                    // A connection of its own: a proxy spreads connections.
                    let client = super::client();
                    let slug = format!("c-{number}-{}", done.len());
                    let (key, request) = (key(), publish(item(), &slug, None, &slug));
                    let answer =
                        publish_for_sure(&seen, &client, &url, &token, key, &request).await;
                    done.push((key, request, answer));
                }
                done
            })
        })
        .collect()
}

/// Clients that read until it is enough.
pub fn readers(
    seen: &Arc<Seen>,
    count: usize,
    url: &str,
    token: &str,
) -> Vec<tokio::task::JoinHandle<()>> {
    (0..count)
        .map(|_| {
            let (seen, url, token) = (Arc::clone(seen), url.to_owned(), token.to_owned());
            tokio::spawn(async move {
                let client = super::client();
                while !seen.enough.load(Ordering::SeqCst) {
                    let asked = client.get(format!("{url}/v1/listing")).bearer_auth(&token);
                    if seen.watch(asked).await.is_some_and(|a| a.status == 200) {
                        seen.read.fetch_add(1, Ordering::SeqCst);
                    } else {
                        tokio::time::sleep(Duration::from_millis(rand_up_to(40))).await;
                    }
                }
            })
        })
        .collect()
}

/// Waits for a condition of what clients see.
pub async fn until(what: &str, there: impl Fn() -> bool) {
    tokio::time::timeout(Duration::from_secs(90), async {
        while !there() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("within ninety seconds: {what}"));
}

/// Jitter needs no good randomness.
fn rand_up_to(most: u64) -> u64 {
    u64::from(uuid::Uuid::new_v4().as_fields().0) % (most + 1)
}
