//! What apps are told of is made again from history: nobody is kept from
//! hearing of a revocation while everything else is whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::{
    Database, DbRole, PolicyStage, Sequencer, VerifyFault, replay, testing::Inventory,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::time::Duration;
use support::*;

async fn number(inventory: &Inventory) {
    let worker = Database::open(&inventory.worker_url(), DbRole::Worker, 1).unwrap();
    Sequencer::new(worker, Duration::from_secs(60))
        .all()
        .await
        .unwrap();
}

async fn post(inventory: &Inventory, path: &str, mut body: Value) {
    body["device"] = serde_json::to_value(device()).unwrap();
    let (client, url, token) = (client(), &inventory.url, &inventory.token);
    let answer = send(mutation(&client, url, path, token, key(), &body))
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{body}: {}", answer.body);
}

/// Publishes with and without a channel, a promotion, a revocation that points
/// a channel back, one that waits and is taken back.
async fn told() -> Inventory {
    let inventory = Inventory::start().await;
    let first = publish(item(), "mirelle", None, "a");
    let item = manifest_of(&first).item;
    let second = publish(item, "mirelle", Some(manifest_hash(&first)), "b");
    let mut third = publish(item, "mirelle", Some(manifest_hash(&second)), "c");
    third.channel = None;
    for request in [&first, &second, &third] {
        published(&inventory, request).await;
    }
    let beta = format!("/v1/items/{item}/channels/beta");
    for request in [&first, &third] {
        let to = json!({ "release": manifest_of(request).release });
        post(&inventory, &beta, to).await;
    }
    let path = format!("/v1/releases/{}/steps", manifest_of(&second).release);
    let revokes = json!({
        "from": "published", "to": "revoked", "reason_code": "rights",
        "message": { "salt": "02".repeat(16), "value": "Why." },
        "repoint": [{ "channel": "stable", "release": manifest_of(&first).release }],
    });
    post(&inventory, &path, revokes).await;
    let stage = PolicyStage {
        name: "review".into(),
        role: dramatis_domain::lifecycle::Role::Reviewer,
    };
    let (operator, tenant) = (&inventory.provisioner, inventory.tenant);
    operator.set_approvals(tenant, &[stage]).await.unwrap();
    let waits = publish(support::item(), "waits", None, "d");
    published(&inventory, &waits).await;
    let path = format!("/v1/releases/{}/steps", manifest_of(&waits).release);
    post(
        &inventory,
        &path,
        json!({ "from": "submitted", "to": "withdrawn" }),
    )
    .await;
    inventory
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_is_gone_retold_made_up_or_renumbered_is_named() {
    let inventory = told().await;
    // Before there are numbers, and after.
    replay(inventory.admin_url(), |_| {}).await.unwrap();
    number(&inventory).await;
    replay(inventory.admin_url(), |_| {}).await.unwrap();
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    let aside = "SET session_replication_role = replica;
                 CREATE SCHEMA aside; CREATE TABLE aside.outbox AS TABLE outbox; CREATE TABLE aside.feed AS TABLE feed";
    sqlx::raw_sql(aside).execute(&mut db).await.unwrap();
    for (sql, what) in [
        (
            "DELETE FROM outbox WHERE topic = 'release.revoked'",
            "history tells of it, but it is not there",
        ),
        (
            "UPDATE outbox SET topic = 'release.archived' WHERE topic = 'release.revoked'",
            "history makes it",
        ),
        (
            "UPDATE outbox SET delivered_at = now() WHERE topic = 'release.revoked'",
            "history makes it",
        ),
        (
            "INSERT INTO outbox (tenant_id, item_id, id, topic, event_id)
             SELECT tenant_id, item_id, gen_random_uuid(), action, id FROM event e
             WHERE action = 'channel.moved' AND NOT EXISTS (SELECT FROM outbox o WHERE o.event_id = e.id) LIMIT 1",
            "history does not tell of it",
        ),
        (
            "UPDATE outbox SET feed_number = feed_number + 1 WHERE feed_number = (SELECT max(feed_number) FROM outbox)",
            "of the feed comes",
        ),
        (
            "UPDATE outbox SET feed_number = 0 WHERE topic = 'release.revoked'",
            "of the feed comes",
        ),
        // A promotion and the revocation after it, the other way round.
        (
            "UPDATE outbox SET feed_number = -feed_number WHERE feed_number IN (5, 6);
             UPDATE outbox SET feed_number = 11 + feed_number WHERE feed_number < 0",
            "comes after the number of what happened to its item later",
        ),
        (
            "UPDATE outbox SET feed_number = NULL, feed_fence = NULL WHERE feed_number = (SELECT max(feed_number) FROM outbox)",
            "have a number, but the last one given is",
        ),
        (
            "UPDATE feed SET last_number = last_number + 1",
            "have a number, but the last one given is",
        ),
        ("DELETE FROM feed", "which nobody had then"),
        (
            "UPDATE outbox SET feed_fence = feed_fence + 1 WHERE topic = 'release.revoked'",
            "which nobody had then",
        ),
    ] {
        sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
        match replay(inventory.admin_url(), |_| {}).await {
            Err(VerifyFault::Off { place, what: said }) => {
                assert!(said.contains(what), "{sql}: {place}: {said}");
            }
            other => panic!("{sql}: {other:?}"),
        }
        let back = "DELETE FROM outbox; INSERT INTO outbox SELECT * FROM aside.outbox;
                    DELETE FROM feed; INSERT INTO feed SELECT * FROM aside.feed";
        sqlx::raw_sql(AssertSqlSafe(back))
            .execute(&mut db)
            .await
            .unwrap();
        replay(inventory.admin_url(), |_| {}).await.unwrap();
    }
}
