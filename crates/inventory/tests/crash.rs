//! kill -9 of the service at every failpoint: afterwards the same key settles
//! it, with one release, one chain, one outbox row (inventory.md, Proof).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::testing::{FAILPOINTS, Inventory, PrivateCluster};
use std::time::Duration;
use support::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_service_dies_at_every_failpoint_and_the_same_key_settles_it() {
    let client = client();
    for failpoint in FAILPOINTS {
        let mut inventory = Inventory::without_service().await;
        let (key, request) = (key(), publish(item(), "mirelle", None, "a"));
        let mut process = inventory.process(Some(&format!("{failpoint}=abort"))).await;
        let lost = send(publishing(
            &client,
            &process.url,
            &inventory.token,
            key,
            &request,
        ))
        .await;
        assert!(lost.is_err(), "{failpoint}: an answer came: {lost:?}");
        assert!(
            !process.wait().await,
            "{failpoint}: the service did not die"
        );

        inventory.resume(None).await;
        let settled = send(publishing(
            &client,
            &inventory.url,
            &inventory.token,
            key,
            &request,
        ))
        .await
        .unwrap();
        assert_eq!(settled.status, 201, "{failpoint}: {}", settled.body);
        let committed = matches!(*failpoint, "publish.after_commit" | "publish.before_answer");
        assert_eq!(settled.replayed, committed, "{failpoint}");
        assert_exactly_one_release(&inventory).await;
        let again = send(publishing(
            &client,
            &inventory.url,
            &inventory.token,
            key,
            &request,
        ))
        .await
        .unwrap();
        assert_eq!(again.body, settled.body, "{failpoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_dies_at_every_failpoint_and_the_same_key_settles_it() {
    let client = client();
    let mut cluster = PrivateCluster::start().await;
    for failpoint in FAILPOINTS {
        let inventory = Inventory::on(&cluster).await;
        let (key, request) = (key(), publish(item(), "mirelle", None, "a"));
        let folder = tempfile::tempdir().unwrap();
        let held = folder.path().join("held");
        let process = inventory
            .process(Some(&format!("{failpoint}=hold:{}", held.display())))
            .await;
        let pending = tokio::spawn(send(publishing(
            &client,
            &process.url,
            &inventory.token,
            key,
            &request,
        )));
        until(|| held.exists()).await;
        cluster.kill_and_restart().await;
        std::fs::remove_file(&held).unwrap();
        // Whatever the answer is, it is one: success, or *not available right now*.
        let first = pending.await.unwrap().unwrap();
        assert!(
            matches!(first.status, 201 | 503),
            "{failpoint}: {} {}",
            first.status,
            first.body
        );

        let settled = send(publishing(
            &client,
            &process.url,
            &inventory.token,
            key,
            &request,
        ))
        .await
        .unwrap();
        assert_eq!(settled.status, 201, "{failpoint}: {}", settled.body);
        if first.status == 201 {
            assert_eq!(first.body, settled.body, "{failpoint}");
        }
        assert_exactly_one_release(&inventory).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_at_any_moment_finds_one_release() {
    let inventory = Inventory::start().await;
    let (client, key, request) = (client(), key(), publish(item(), "mirelle", None, "a"));
    for wait in 0..40 {
        let pending = tokio::spawn(send(publishing(
            &client,
            &inventory.url,
            &inventory.token,
            key,
            &request,
        )));
        tokio::time::sleep(Duration::from_micros(wait * 250)).await;
        pending.abort();
        let _ = pending.await;
    }
    let settled = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(settled.status, 201, "{}", settled.body);
    assert_exactly_one_release(&inventory).await;
}

/// The answer is lost after the commit: the same key brings the same bytes.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_dropped_after_the_commit_comes_again_byte_for_byte() {
    let mut inventory = Inventory::without_service().await;
    let (client, key, request) = (client(), key(), publish(item(), "mirelle", None, "a"));
    let folder = tempfile::tempdir().unwrap();
    let held = folder.path().join("held");
    let mut process = inventory
        .process(Some(&format!(
            "publish.before_answer=hold:{}",
            held.display()
        )))
        .await;
    let pending = tokio::spawn(send(publishing(
        &client,
        &process.url,
        &inventory.token,
        key,
        &request,
    )));
    until(|| held.exists()).await;
    pending.abort();
    process.kill().await;
    let kept: Vec<u8> = sqlx::query_scalar("SELECT body FROM receipt")
        .fetch_one(&inventory.admin)
        .await
        .unwrap();

    inventory.resume(None).await;
    let again = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    assert!(again.replayed);
    assert_eq!(again.body.as_bytes(), kept);
    assert_exactly_one_release(&inventory).await;
}

async fn until(there: impl Fn() -> bool) {
    tokio::time::timeout(Duration::from_secs(30), async {
        while !there() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .expect("it happens within thirty seconds");
}
