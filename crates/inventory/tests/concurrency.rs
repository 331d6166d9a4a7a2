//! Many at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{Digest, ItemId};
use dramatis_inventory::testing::Inventory;
use reqwest::Client;
use sqlx::{Connection as _, PgConnection};
use support::*;

/// Indexes whose entries lie in the order of time: all publishes write to the
/// same last page of each.
const WRITTEN_BY_ALL: &[&str] = &[
    "release_pkey",
    "release_face_pkey",
    "release_asset_pkey",
    "release_transition_pkey",
    "current_state_pkey",
    "current_state_by_creator",
    "current_state_waiting",
    "event_id_is_unique",
    "event_by_subject",
    "outbox_pkey",
    "outbox_one_row_per_event",
    "outbox_waiting",
    "outbox_without_number",
    "channel_by_release",
    "listing_by_time",
    "listing_by_creator",
    "listing_by_vertical",
    "listing_by_creator_and_vertical",
    "listing_by_words",
];

/// Publishes one version on whatever is newest, as often as somebody comes in
/// between; how often it was told so.
async fn land(client: &Client, url: &str, token: &str, item: ItemId, word: &str) -> u32 {
    for outdated in 0.. {
        let shown = send(
            client
                .get(format!("{url}/v1/items/{item}"))
                .bearer_auth(token),
        )
        .await
        .unwrap();
        let parent: Option<Digest> = shown.json()["releases"]
            .as_array()
            .and_then(|all| all.last())
            .map(|release| {
                release["manifest_sha256"]
                    .as_str()
                    .unwrap()
                    .parse()
                    .unwrap()
            });
        let request = publish(item, "mirelle", parent, word);
        let answer = send(publishing(client, url, token, key(), &request))
            .await
            .unwrap();
        match (answer.status, answer.code().as_str()) {
            (201, _) => return outdated,
            (409, "base_outdated" | "busy") => {}
            _ => panic!("{} {}", answer.status, answer.body),
        }
    }
    unreachable!()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_and_thirty_two_clients_on_one_item_land_every_publish_once() {
    let inventory = Inventory::without_service().await;
    let processes = [inventory.process(None).await, inventory.process(None).await];
    let (client, item) = (client(), item());
    let tasks: Vec<_> = (0..32)
        .map(|index| {
            let (client, token) = (client.clone(), inventory.token.clone());
            let url = processes[index % 2].url.clone();
            tokio::spawn(async move {
                land(&client, &url, &token, item, &format!("version {index}")).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let numbers: Vec<i32> = sqlx::query_scalar("SELECT number FROM release ORDER BY number")
        .fetch_all(&inventory.admin)
        .await
        .unwrap();
    assert_eq!(numbers, (1..=32).collect::<Vec<_>>());
    assert_eq!(
        count(
            &inventory,
            "SELECT count(DISTINCT card_sha256) FROM release"
        )
        .await,
        32
    );
    assert_eq!(count(&inventory, "SELECT count(*) FROM outbox").await, 32);
    let verified = dramatis_inventory::verify(inventory.admin_url(), None)
        .await
        .unwrap();
    assert_eq!(verified.releases, 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_keys_on_one_item_make_one_release_and_sixty_three_refusals() {
    let inventory = Inventory::start().await;
    let second = inventory.process(None).await;
    let (client, item) = (client(), item());
    let tasks: Vec<_> = (0..64)
        .map(|index| {
            let url = if index % 2 == 0 {
                &inventory.url
            } else {
                &second.url
            };
            let request = publish(item, "mirelle", None, &format!("version {index}"));
            tokio::spawn(send(publishing(
                &client,
                url,
                &inventory.token,
                key(),
                &request,
            )))
        })
        .collect();
    let mut published = 0;
    for task in tasks {
        let answer = task.await.unwrap().unwrap();
        match (answer.status, answer.code().as_str()) {
            (201, _) => published += 1,
            (409, "base_outdated") => {}
            _ => panic!("{} {}", answer.status, answer.body),
        }
    }
    assert_eq!(published, 1);
    assert_eq!(count(&inventory, "SELECT count(*) FROM receipt").await, 64);
    dramatis_inventory::verify(inventory.admin_url(), None)
        .await
        .unwrap();
}

/// Postgres keeps what a serializable transaction has read, page by page, as
/// long as one that began before its end is open.
#[tokio::test(flavor = "multi_thread")]
async fn a_publish_reads_no_page_that_every_publish_writes_to() {
    let inventory = Inventory::start().await;
    let (client, item) = (client(), item());
    land(&client, &inventory.url, &inventory.token, item, "first").await;

    let mut open = PgConnection::connect(inventory.admin_url()).await.unwrap();
    let begin = "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM inventory_identity";
    sqlx::raw_sql(begin).execute(&mut open).await.unwrap();
    land(&client, &inventory.url, &inventory.token, item, "second").await;
    // One with an asset: what it takes to look its release up is seen as well.
    let picture = png("read");
    upload(&inventory, Digest::of(&picture), picture.clone()).await;
    published(&inventory, &publish_with_portrait("another", &picture)).await;
    let read: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT l.relation::regclass::text FROM pg_locks l
         JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
         WHERE l.mode = 'SIReadLock'",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    assert!(
        read.iter().any(|name| name == "release_of_item"),
        "what is read by item is seen: {read:?}"
    );
    let by_all: Vec<_> = read
        .iter()
        .filter(|name| WRITTEN_BY_ALL.contains(&name.as_str()))
        .collect();
    assert!(by_all.is_empty(), "{by_all:?} of {read:?}");
}
