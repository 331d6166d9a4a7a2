//! kill -9 of the service at every failpoint that a step or a channel's move
//! passes: afterwards the same key settles it, once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::testing::{FAILPOINTS, Inventory};
use serde_json::{Value, json};
use support::*;

/// These lie within what only a publish does.
const OF_PUBLISH: &[&str] = &["publish.after_item", "publish.after_release"];

#[tokio::test(flavor = "multi_thread")]
async fn a_step_and_a_move_cut_off_at_every_failpoint_happen_once_by_the_same_key() {
    let client = client();
    let mut inventory = Inventory::start().await;
    for failpoint in FAILPOINTS.iter().filter(|name| !OF_PUBLISH.contains(name)) {
        let request = publish(
            item(),
            &format!("mirelle-{}", uuid::Uuid::new_v4().simple()),
            None,
            "a",
        );
        let published = send(publishing(
            &client,
            &inventory.url,
            &inventory.token,
            key(),
            &request,
        ))
        .await
        .unwrap();
        assert_eq!(published.status, 201, "{}", published.body);
        let said = published.json();
        let (item, release) = (
            said["item"].as_str().unwrap(),
            said["release"]["id"].as_str().unwrap(),
        );
        let promote = json!({ "release": release, "device": device() });
        let deprecate = json!({
            "from": "published", "to": "deprecated", "device": device(),
            "message": { "salt": "02".repeat(16), "value": "Not kept up." },
        });
        let commands = [
            (format!("/v1/items/{item}/channels/beta"), promote),
            (format!("/v1/releases/{release}/steps"), deprecate),
        ];
        for (path, body) in commands {
            let before = counts(&inventory).await;
            let key = key();
            let ask = |url: &str, body: &Value| {
                mutation(&client, url, &path, &inventory.token, key, body)
            };
            let mut process = inventory.process(Some(&format!("{failpoint}=abort"))).await;
            let lost = send(ask(&process.url, &body)).await;
            assert!(
                lost.is_err(),
                "{failpoint} {path}: an answer came: {lost:?}"
            );
            assert!(
                !process.wait().await,
                "{failpoint}: the service did not die"
            );
            let settled = send(ask(&inventory.url, &body)).await.unwrap();
            assert_eq!(settled.status, 200, "{failpoint}: {}", settled.body);
            let committed = matches!(*failpoint, "publish.after_commit" | "publish.before_answer");
            assert_eq!(settled.replayed, committed, "{failpoint} {path}");
            let again = send(ask(&inventory.url, &body)).await.unwrap();
            assert_eq!(
                (again.replayed, &again.body),
                (true, &settled.body),
                "{failpoint} {path}"
            );
            let after = counts(&inventory).await;
            let effect: Vec<i64> = before
                .iter()
                .zip(&after)
                .map(|(before, after)| after - before)
                .collect();
            // A step or a move, one event, one outbox row, one claim, one receipt.
            assert_eq!(effect, [1, 1, 1, 1, 1], "{failpoint} {path}");
        }
    }
    dramatis_inventory::replay(inventory.admin_url(), |_| {})
        .await
        .unwrap();
    inventory.pause().await;
}

async fn counts(inventory: &Inventory) -> Vec<i64> {
    let mut all = Vec::new();
    for sql in [
        "SELECT (SELECT count(*) FROM release_transition) + (SELECT count(*) FROM channel_move)",
        "SELECT count(*) FROM event WHERE item_id IS NOT NULL",
        "SELECT count(*) FROM outbox",
        "SELECT count(*) FROM idempotency_key",
        "SELECT count(*) FROM receipt",
    ] {
        all.push(count(inventory, sql).await);
    }
    all
}
