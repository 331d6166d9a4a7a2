//! Every point at which a change can be cut off: before and after every round
//! trip to Postgres, the service killed, Postgres killed, the connection
//! dropped. Afterwards the same key settles it, once (inventory.md, Proof).

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod commands;
mod house;
mod mutations;
mod operations;
#[path = "../support/studio.rs"]
mod studio;
#[path = "../support/mod.rs"]
mod support;

use dramatis_inventory::testing::{Counted, Inventory, Plan, PrivateCluster, SIDES, Side};
use house::House;
use mutations::{CHANGE_NOTHING, MUTATIONS, Mutation, Ready};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::Row as _;
use studio::{Once, once, settle};

/// What is cut off.
enum Victim<'a> {
    Service,
    Connection,
    Postgres(&'a mut PrivateCluster),
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_dies_at_every_round_trip_of_every_change_and_the_same_key_settles_it() {
    let mut house = House::over(Inventory::without_service().await).await;
    let mut crashes = 0;
    for mutation in MUTATIONS {
        crashes += exhaust(&mut house, mutation, &mut Victim::Service).await;
    }
    println!("exhaustion: {crashes} times the service was killed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_drops_at_every_round_trip_of_every_change_and_the_same_key_settles_it() {
    let mut house = House::over(Inventory::without_service().await).await;
    let mut crashes = 0;
    for mutation in MUTATIONS {
        crashes += exhaust(&mut house, mutation, &mut Victim::Connection).await;
    }
    println!("exhaustion: {crashes} times the connection was dropped");
}

/// At every round trip of a publish, and around the COMMIT of every other
/// change: each time costs a recovery.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_dies_at_every_round_trip_of_a_publish_and_around_every_commit() {
    let mut cluster = PrivateCluster::start().await;
    let mut house = House::over(Inventory::on(&cluster).await).await;
    let mut crashes = 0;
    for mutation in MUTATIONS {
        let victim = &mut Victim::Postgres(&mut cluster);
        crashes += if mutation.name.starts_with("publish, the") {
            exhaust(&mut house, mutation, victim).await
        } else {
            around_the_commit(&mut house, mutation, victim).await
        };
    }
    println!("exhaustion: {crashes} times Postgres was killed");
}

#[test]
fn every_operation_that_changes_something_is_exhausted() {
    let text = include_str!("../../../../docs/openapi.json");
    let document: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut left: Vec<String> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let operation = format!("{method} {path}");
            let changes = matches!(method.as_str(), "post" | "put" | "patch" | "delete");
            // Files are idempotent by their hash, and have no key.
            let is_file = path.starts_with("/v1/blobs/");
            let known = CHANGE_NOTHING.contains(&operation.as_str())
                || MUTATIONS.iter().any(|one| one.operation == operation);
            if changes && !is_file && !known {
                left.push(operation);
            }
        }
    }
    assert_eq!(left, [""; 0], "give each a row in exhaustion/mutations.rs");
}

/// Every point: both sides of the first round trip, of the second, and so on
/// until one is asked for that is not there. How many there were.
async fn exhaust(house: &mut House, mutation: &Mutation, victim: &mut Victim<'_>) -> u32 {
    let (mut trips, _) = dry_run(house, mutation).await;
    let mut crashes = 0;
    for side in SIDES {
        let mut at = 1;
        while cut_off(house, mutation, victim, at, side).await {
            at += 1;
        }
        // Where Postgres had it run again, or a connection was made for it on a
        // busy machine, it was counted longer than it is; more than once where
        // that goes on. What is really left out is counted so every time.
        for _ in 0..6 {
            if at > trips {
                break;
            }
            trips = trips.min(dry_run(house, mutation).await.0);
        }
        assert!(at > trips, "{}: points were left out", mutation.name);
        crashes += at - 1;
    }
    println!(
        "exhaustion: {}: {trips} round trips, {crashes} points",
        mutation.name
    );
    verified(house, mutation).await;
    crashes
}

/// The round trip before COMMIT, COMMIT, and the one after it.
async fn around_the_commit(house: &mut House, mutation: &Mutation, victim: &mut Victim<'_>) -> u32 {
    let (_, commit) = dry_run(house, mutation).await;
    let mut crashes = 0;
    for side in SIDES {
        for at in commit - 1..=commit + 1 {
            crashes += u32::from(cut_off(house, mutation, victim, at, side).await);
        }
    }
    assert!(crashes >= 4, "{}: COMMIT was not reached", mutation.name);
    verified(house, mutation).await;
    crashes
}

/// How many round trips it takes, and which is COMMIT, when all is well.
async fn dry_run(house: &mut House, mutation: &Mutation) -> (u32, u32) {
    let ready = mutation.ready(house).await;
    let before = found(house, &ready).await;
    house.wire.hang_up().await;
    house.wire.count(Counted::Writes);
    let answer = settle(&house.client, &house.process.url, &ready.asked).await;
    let seen = house.wire.seen();
    assert_eq!(
        answer.status, mutation.status,
        "{}: {}",
        mutation.name, answer.body
    );
    happened_once(house, mutation, &ready, before, mutation.name).await;
    (seen.trips, seen.commit.expect("it commits"))
}

/// Cuts one request off at one point and settles it as the studio would;
/// whether there was such a point.
async fn cut_off(
    house: &mut House,
    mutation: &Mutation,
    victim: &mut Victim<'_>,
    at: u32,
    side: Side,
) -> bool {
    let place = format!("{}, {side:?} round trip {at}", mutation.name);
    let ready = mutation.ready(house).await;
    let before = found(house, &ready).await;
    house.wire.hang_up().await;
    house.wire.arm(Plan {
        at,
        side,
        counted: Counted::Writes,
        strike: match victim {
            Victim::Connection => Box::new(|| {}),
            Victim::Postgres(cluster) => Box::new(cluster.killer()),
            Victim::Service => {
                let pid = Pid::from_raw(house.process.pid());
                Box::new(move || kill(pid, Signal::SIGKILL).expect("it runs"))
            }
        },
    });
    let first = once(&house.client, &house.process.url, &ready.asked).await;
    let struck = house.wire.seen().struck;
    match victim {
        Victim::Service if struck => house.restart().await,
        Victim::Postgres(cluster) if struck => cluster.restart().await,
        _ => {}
    }
    let answer = settle(&house.client, &house.process.url, &ready.asked).await;
    assert_eq!(answer.status, mutation.status, "{place}: {}", answer.body);
    if let Once::Settled(first) = first {
        assert_eq!(first.body, answer.body, "{place}");
    } else {
        assert!(struck, "{place}: not cut off, and {first:?}");
    }
    for _ in 0..2 {
        let again = settle(&house.client, &house.process.url, &ready.asked).await;
        assert_eq!(again.replayed, ready.asked.key.is_some(), "{place}");
        assert_eq!(
            (again.status, &again.body),
            (answer.status, &answer.body),
            "{place}"
        );
    }
    happened_once(house, mutation, &ready, before, &place).await;
    struck
}

/// What an item has of everything that a change may add to, the length of its
/// chain, and how many claims and receipts its key has.
async fn found(house: &House, ready: &Ready) -> Vec<i64> {
    let sql = "
        SELECT (SELECT count(*) FROM release WHERE item_id = $1),
               (SELECT count(*) FROM release_transition t JOIN release r ON r.tenant_id = t.tenant_id AND r.id = t.release_id
                WHERE r.item_id = $1),
               (SELECT count(*) FROM channel_move WHERE item_id = $1),
               (SELECT count(*) FROM approval a JOIN release r ON r.tenant_id = a.tenant_id AND r.id = a.release_id
                WHERE r.item_id = $1),
               (SELECT count(*) FROM outbox WHERE item_id = $1),
               (SELECT count(*) FROM event WHERE item_id = $1),
               (SELECT coalesce(max(seq), 0) FROM event WHERE item_id = $1),
               (SELECT count(*) FROM outbox WHERE item_id = $1) - (SELECT count(DISTINCT event_id) FROM outbox WHERE item_id = $1),
               (SELECT count(*) FROM item_ownership WHERE item_id = $1)
                   - (SELECT count(*) FROM event WHERE item_id = $1 AND action LIKE 'item.%' AND action <> 'item.created'),
               (SELECT count(*) FROM idempotency_key WHERE key = $2),
               (SELECT count(*) FROM receipt WHERE key = $2)";
    let row = sqlx::query(sql)
        .bind(ready.item.0)
        .bind(ready.key)
        .fetch_one(&house.inventory.admin)
        .await
        .unwrap();
    (0..row.len()).map(|column| row.get(column)).collect()
}

/// One effect, one unbroken chain, one row of the outbox an event, one claim,
/// one receipt.
async fn happened_once(
    house: &House,
    mutation: &Mutation,
    ready: &Ready,
    before: Vec<i64>,
    place: &str,
) {
    let after = found(house, ready).await;
    let added: Vec<i64> = before.iter().zip(&after).map(|(b, a)| a - b).collect();
    let events = mutation.adds[5];
    assert_eq!(added[..6], mutation.adds, "{place}: effects");
    assert_eq!(
        added[6..],
        [events, 0, 0, 1, 1],
        "{place}: chain, news, steps of ownership, claim, receipt"
    );
}

async fn verified(house: &House, mutation: &Mutation) {
    let replayed = dramatis_inventory::replay(house.inventory.admin_url(), |_| {}).await;
    replayed.unwrap_or_else(|fault| panic!("{}: {fault}", mutation.name));
}
