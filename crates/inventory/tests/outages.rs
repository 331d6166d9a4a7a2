//! Bad days of the database: whoever asks is told *not now*, within a bound,
//! and what was sent again under its key happened once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::Digest;
use dramatis_inventory::testing::{Inventory, PrivateCluster, ServiceProcess};
use futures::StreamExt as _;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{RequestBuilder, Response};
use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use support::{
    load::{Seen, publishers, readers, until},
    *,
};

/// Above every time-out that these tests set, with room for a busy machine.
const BOUND: Duration = Duration::from_secs(12);

/// The real binary with short patience.
async fn impatient(
    inventory: &Inventory,
    connections: u32,
    failpoint: Option<&str>,
) -> ServiceProcess {
    let mut command =
        ServiceProcess::command(inventory.service_url(), inventory.blobs(), failpoint);
    command
        .args(["--connections", &connections.to_string()])
        .args(["--connection-timeout", "1"])
        .args(["--statement-timeout", "2"])
        .args(["--request-timeout", "6"]);
    ServiceProcess::spawn(command).await
}

/// 503 with its code and `Retry-After`, in time.
async fn assert_not_now(what: &str, asked: RequestBuilder) {
    let started = Instant::now();
    let response = asked.send().await.unwrap();
    let took = started.elapsed();
    assert_eq!(response.status(), 503, "{what}");
    assert!(took < BOUND, "{what}: {took:?}");
    assert_comes_back(what, &response);
    let problem: serde_json::Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "unavailable", "{what}: {problem}");
}

fn assert_comes_back(what: &str, response: &Response) {
    let headers = response.headers();
    assert_eq!(
        headers["content-type"], "application/problem+json",
        "{what}"
    );
    let seconds: u32 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(seconds > 0, "{what}");
}

async fn status(url: &str, path: &str) -> u16 {
    let asked = client().get(format!("{url}{path}"));
    asked.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exhausted_pool_is_503_in_time_and_serves_again_when_it_is_free() {
    let inventory = Inventory::without_service().await;
    let folder = tempfile::tempdir().unwrap();
    let held = folder.path().join("held");
    let failpoint = format!("publish.after_lock=hold:{}", held.display());
    let process = impatient(&inventory, 1, Some(&failpoint)).await;
    let (client, url, token) = (client(), process.url.clone(), inventory.token.clone());
    let (first_key, first) = (key(), publish(item(), "first", None, "a"));
    // The only connection, with the item's row locked.
    let pending = tokio::spawn(send(publishing(&client, &url, &token, first_key, &first)));
    until("the lock is held", || held.exists()).await;

    let reading = client.get(format!("{url}/v1/listing")).bearer_auth(&token);
    assert_not_now("a read", reading).await;
    let (second_key, second) = (key(), publish(item(), "second", None, "b"));
    let asked = || publishing(&client, &url, &token, second_key, &second);
    assert_not_now("a publish", asked()).await;
    assert_not_now("readiness", client.get(format!("{url}/ready"))).await;
    assert_eq!(status(&url, "/health").await, 200);

    std::fs::remove_file(&held).unwrap();
    let done = pending.await.unwrap().unwrap();
    // Held longer than a request may take, it is told so; its key settles it.
    assert!(matches!(done.status, 201 | 503), "{}", done.body);
    let settled = send(publishing(&client, &url, &token, first_key, &first)).await;
    assert_eq!(settled.unwrap().status, 201);
    let retried = send(asked()).await.unwrap();
    assert_eq!((retried.status, retried.replayed), (201, false));
    assert_eq!(status(&url, "/ready").await, 200);
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_runs_out_of_time_is_503_and_the_same_key_has_one_effect() {
    let inventory = Inventory::without_service().await;
    let process = impatient(&inventory, 4, None).await;
    let (client, url, token) = (client(), process.url.clone(), inventory.token.clone());
    let (key, request) = (key(), publish(item(), "mirelle", None, "a"));
    let asked = || publishing(&client, &url, &token, key, &request);

    // What a careless ALTER TABLE does.
    let mut admin = inventory.admin.begin().await.unwrap();
    sqlx::query("LOCK TABLE release, current_state IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *admin)
        .await
        .unwrap();
    let reading = client
        .get(format!("{url}/v1/releases/{}", uuid::Uuid::nil()))
        .bearer_auth(&token);
    assert_not_now("a read", reading).await;
    let started = Instant::now();
    let response = asked().send().await.unwrap();
    assert!(started.elapsed() < BOUND);
    // Its locks have a bound of their own: *busy*.
    assert!(matches!(response.status().as_u16(), 409 | 503));
    assert_comes_back("a publish", &response);
    admin.rollback().await.unwrap();

    assert_eq!(send(asked()).await.unwrap().status, 201);
    assert!(send(asked()).await.unwrap().replayed);
    assert_exactly_one_release(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_killed_and_restarted_under_load_without_a_500_a_hang_or_a_duplicate() {
    let mut cluster = PrivateCluster::start().await;
    let inventory = Inventory::on(&cluster).await;
    let process = impatient(&inventory, 4, None).await;
    let (url, token) = (process.url.clone(), inventory.token.clone());
    let seen = Arc::new(Seen::default());
    let writers = publishers(&seen, 4, &url, &token);
    let readers = readers(&seen, 2, &url, &token);

    // A crash, an administrator's restart, and a crash again.
    for (round, signal) in [Signal::SIGKILL, Signal::SIGINT, Signal::SIGKILL]
        .into_iter()
        .enumerate()
    {
        let (published, read) = (
            seen.published.load(Ordering::SeqCst),
            seen.read.load(Ordering::SeqCst),
        );
        until("it serves", || {
            seen.published.load(Ordering::SeqCst) > published + 4
                && seen.read.load(Ordering::SeqCst) > read + 4
        })
        .await;
        cluster.end(signal).await;
        let told = seen.times(503);
        until("somebody is told to come back", || seen.times(503) > told).await;
        assert_not_now("readiness", client().get(format!("{url}/ready"))).await;
        assert_eq!(status(&url, "/health").await, 200, "round {round}");
        cluster.restart().await;
        // Without a restart of the service.
        let published = seen.published.load(Ordering::SeqCst);
        until("it serves again", || {
            seen.published.load(Ordering::SeqCst) > published + 4
        })
        .await;
        assert_eq!(status(&url, "/ready").await, 200, "round {round}");
    }
    seen.enough.store(true, Ordering::SeqCst);
    let mut published = 0;
    let client = client();
    for writer in writers {
        for (key, request, answer) in writer.await.unwrap() {
            published += 1;
            let again = send(publishing(&client, &url, &token, key, &request))
                .await
                .unwrap();
            assert!(again.replayed);
            assert_eq!(again.body, answer.body);
        }
    }
    for reader in readers {
        reader.await.unwrap();
    }
    let statuses = seen.statuses.lock().unwrap().clone();
    assert!(
        statuses
            .keys()
            .all(|status| matches!(status, 200 | 201 | 409 | 503)),
        "{statuses:?}"
    );
    let longest = *seen.longest.lock().unwrap();
    assert!(longest < BOUND, "{longest:?}");
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM release").await,
        published
    );
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM outbox").await,
        published
    );
    dramatis_inventory::verify(inventory.admin_url(), None)
        .await
        .unwrap();
}

/// Neither refused nor answered: the worst way to be away.
#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_hangs_is_503_in_time_and_serves_again_when_it_goes_on() {
    let cluster = PrivateCluster::start().await;
    let inventory = Inventory::on(&cluster).await;
    let process = impatient(&inventory, 2, None).await;
    let (client, url, token) = (client(), process.url.clone(), inventory.token.clone());
    let reading = || client.get(format!("{url}/v1/listing")).bearer_auth(&token);
    assert_eq!(reading().send().await.unwrap().status(), 200);
    let backends: Vec<i32> = sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    let all: Vec<Pid> = std::iter::once(cluster.pid())
        .chain(backends)
        .map(Pid::from_raw)
        .collect();
    for pid in &all {
        kill(*pid, Signal::SIGSTOP).unwrap();
    }
    let (key, request) = (key(), publish(item(), "mirelle", None, "a"));
    let asked = || publishing(&client, &url, &token, key, &request);
    // More than there are connections: the last ones wait for those that hang.
    let waits = (0..4).map(|_| assert_not_now("a read", reading()));
    futures::future::join_all(waits).await;
    assert_not_now("a publish", asked()).await;
    assert_not_now("readiness", client.get(format!("{url}/ready"))).await;
    assert_eq!(status(&url, "/health").await, 200);
    for pid in &all {
        kill(*pid, Signal::SIGCONT).unwrap();
    }
    let seen = Seen::default();
    load::publish_for_sure(&seen, &client, &url, &token, key, &request).await;
    assert_exactly_one_release(&inventory).await;
    assert_eq!(status(&url, "/ready").await, 200);
}

/// A request that held one connection while it waited for another would stop
/// every process whose pool is full.
#[tokio::test(flavor = "multi_thread")]
async fn one_connection_is_enough_for_every_kind_of_request() {
    let inventory = Inventory::without_service().await;
    let process = impatient(&inventory, 1, None).await;
    let (client, url, token) = (client(), process.url.clone(), inventory.token.clone());
    let picture = png("one");
    let request = publish_with_portrait("mirelle", &picture);
    let digest = dramatis_domain::Digest::of(&picture).hex();
    let key = key();
    let put = client
        .put(format!("{url}/v1/blobs/{digest}"))
        .bearer_auth(&token)
        .body(picture);
    assert_eq!(send(put).await.unwrap().status, 201);
    let published = send(publishing(&client, &url, &token, key, &request))
        .await
        .unwrap();
    assert_eq!(published.status, 201, "{}", published.body);
    let release = published.json()["release"].clone();
    let (id, item) = (
        release["id"].as_str().unwrap().to_owned(),
        release["item"].as_str().unwrap().to_owned(),
    );
    let body = serde_json::json!({ "device": device(), "from": "published", "to": "deprecated", "message": { "salt": "01".repeat(16), "value": "old" } });
    let path = format!("/v1/releases/{id}/steps");
    let step = mutation(&client, &url, &path, &token, support::key(), &body);
    assert_eq!(send(step).await.unwrap().status, 200);
    // Refused, and noted in the tenant's stream.
    let (_, stranger) = inventory.another_creator("eve", &[]).await;
    let step = mutation(&client, &url, &path, &stranger, support::key(), &body);
    assert!(matches!(
        send(step).await.unwrap().status,
        403 | 404 | 409 | 422
    ));
    for path in [
        "/v1/whoami".to_owned(),
        "/v1/listing".to_owned(),
        "/v1/feed".to_owned(),
        "/v1/items".to_owned(),
        format!("/v1/items/{item}"),
        format!("/v1/items/{item}/events"),
        format!("/v1/releases/{id}/png"),
        format!("/v1/releases/{id}/card"),
        format!("/v1/receipts/{key}"),
        "/v1/resolve/ana/mirelle/stable".to_owned(),
        format!("/v1/blobs/{digest}"),
    ] {
        let answer = send(client.get(format!("{url}{path}")).bearer_auth(&token)).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
}

/// The real binary, where a request may take two seconds and its body as long
/// as a slow line takes for it.
async fn hurried(inventory: &Inventory) -> ServiceProcess {
    let mut command = ServiceProcess::command(inventory.service_url(), inventory.blobs(), None);
    command.args(["--request-timeout", "2"]);
    ServiceProcess::spawn(command).await
}

/// An upload of 256 KiB, which may take eight seconds beside, whose parts come
/// as the line gives them.
fn uploading(
    inventory: &Inventory,
    process: &ServiceProcess,
    line: impl futures::Stream<Item = Vec<u8>> + Send + 'static,
) -> RequestBuilder {
    client()
        .put(format!("{}/v1/blobs/{}", process.url, large().1.hex()))
        .bearer_auth(&inventory.token)
        .body(reqwest::Body::wrap_stream(Box::pin(
            line.map(Ok::<_, std::io::Error>),
        )))
}

fn large() -> (Vec<u8>, Digest) {
    let picture = png(&"portrait".repeat(32 * 1024));
    let digest = Digest::of(&picture);
    (picture, digest)
}

/// A body has its time on the line beside a request's own.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_over_a_slow_line_is_taken_in_whole() {
    let inventory = Inventory::without_service().await;
    let process = hurried(&inventory).await;
    let (picture, _) = large();
    let (first, rest) = picture.split_at(picture.len() / 2);
    let line = futures::stream::iter([first.to_vec(), rest.to_vec()]).then(async |part| {
        // The line: twice this is longer than a request without a body may take.
        tokio::time::sleep(Duration::from_millis(1200)).await;
        part
    });
    let put = uploading(&inventory, &process, line).header("content-length", picture.len());
    let answer = send(put).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
}

/// One that falls silent, and one without an end: told to come again, which a
/// studio does by itself, and nothing of either stays.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_or_never_ends_is_not_refused_and_leaves_nothing() {
    let inventory = Inventory::without_service().await;
    let process = hurried(&inventory).await;
    let (picture, _) = large();
    let half = picture[..picture.len() / 2].to_vec();

    let silent = futures::stream::iter([half]).chain(futures::stream::pending());
    let put = uploading(&inventory, &process, silent).header("content-length", picture.len());
    assert_not_now("a line that falls silent", put).await;

    let parts = picture.chunks(64).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let endless = futures::stream::iter(parts).then(async |part| {
        tokio::time::sleep(Duration::from_millis(50)).await;
        part
    });
    assert_not_now(
        "a line without an end",
        uploading(&inventory, &process, endless),
    )
    .await;
    until("nothing is left", || files(inventory.blobs()).is_empty()).await;
    assert_eq!(count(&inventory, "SELECT count(*) FROM blob").await, 0);
}
