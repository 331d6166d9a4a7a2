//! The feed: nothing missed, nothing twice, whoever gives the numbers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::feed::Feed;
use dramatis_domain::ItemId;
use dramatis_inventory::{
    Database, DbRole, NumberFault, Sequencer,
    testing::{Inventory, ServiceProcess},
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::{collections::BTreeSet, time::Duration};
use support::*;

fn sequencer(inventory: &Inventory, lease: Duration) -> Sequencer {
    Sequencer::new(
        Database::open(&inventory.worker_url(), DbRole::Worker, 2).unwrap(),
        lease,
    )
}

async fn feed(inventory: &Inventory, query: &str) -> Feed {
    let answer = get(&client(), inventory, &format!("/v1/feed?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

async fn released(inventory: &Inventory, slug: &str) -> ItemId {
    let item = item();
    // A card of its own: the same bytes at the same moment wait for each other.
    let request = publish(item, slug, None, slug);
    let answer = send(publishing(
        &client(),
        &inventory.url,
        &inventory.token,
        key(),
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    item
}

/// Waits for a condition of the database, as its administrator.
async fn until(inventory: &Inventory, sql: &'static str) {
    while count(inventory, sql).await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_learns_of_every_publication_step_and_promotion_and_of_nothing_that_waits() {
    let inventory = Inventory::start().await;
    let item = item();
    let first = publish(item, "mirelle", None, "a");
    let sent = send(publishing(
        &client(),
        &inventory.url,
        &inventory.token,
        key(),
        &first,
    ))
    .await
    .unwrap();
    let release = sent.json()["release"]["id"].as_str().unwrap().to_owned();
    let words = serde_json::json!({ "salt": "02".repeat(16), "value": "Why." });
    let step = async |body: serde_json::Value| {
        let path = format!("/v1/releases/{release}/steps");
        let answer = send(mutation(
            &client(),
            &inventory.url,
            &path,
            &inventory.token,
            key(),
            &body,
        ))
        .await
        .unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    step(serde_json::json!({ "from": "published", "to": "deprecated", "message": words, "device": device() })).await;
    let path = format!("/v1/items/{item}/channels/beta");
    let promote = serde_json::json!({ "release": release, "device": device() });
    assert_eq!(
        send(mutation(
            &client(),
            &inventory.url,
            &path,
            &inventory.token,
            key(),
            &promote
        ))
        .await
        .unwrap()
        .status,
        200
    );
    step(serde_json::json!({ "from": "deprecated", "to": "revoked", "reason_code": "rights", "message": words, "device": device() })).await;

    // What has no number is not shown; and it waits no longer than it was asked to.
    assert!(feed(&inventory, "wait=0").await.entries.is_empty());
    sequencer(&inventory, Duration::from_secs(60))
        .all()
        .await
        .unwrap();
    let all = feed(&inventory, "").await;
    let said: Vec<_> = all
        .entries
        .iter()
        .map(|entry| entry.what.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "release.published",
            "release.deprecated",
            "channel.moved",
            "release.revoked"
        ]
    );
    assert!(all.entries.is_sorted_by_key(|entry| entry.number));
    let last = &all.entries[3];
    assert_eq!(
        (last.reason_code.as_deref(), last.message.as_deref()),
        (Some("rights"), Some("Why."))
    );
    assert_eq!(all.entries[2].channel.as_deref(), Some("beta"));
    assert_eq!(
        (
            last.slug.as_str(),
            last.creator.as_str(),
            last.release_number
        ),
        ("mirelle", "ana", 1)
    );
    assert!(
        feed(&inventory, &format!("after={}", all.next))
            .await
            .entries
            .is_empty()
    );

    // One by one is the same as at once.
    let (mut one_by_one, mut next) = (Vec::new(), String::from("1-0"));
    loop {
        let part = feed(&inventory, &format!("after={next}&limit=1")).await;
        next = part.next;
        let Some(entry) = part.entries.into_iter().next() else {
            break;
        };
        one_by_one.push(entry);
    }
    assert_eq!(one_by_one, all.entries);
    let restored = get(&client(), &inventory, "/v1/feed?after=7-1").await;
    assert_eq!(
        (restored.status, restored.code().as_str()),
        (409, "wrong_inventory")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_held_open_while_others_commit_is_neither_missed_nor_numbered_twice() {
    let inventory = Inventory::start().await;
    // The device's name is written with the first publish from it; until that
    // commits, the next ones wait for it.
    released(&inventory, "first").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("held");
    // Its news is written, and dated, before all the others; it commits last.
    let slow = inventory
        .process(Some(&format!(
            "publish.after_receipt=hold:{}",
            file.display()
        )))
        .await;
    let request = publish(item(), "slow", None, "a");
    let (url, token) = (slow.url.clone(), inventory.token.clone());
    let held = tokio::spawn(async move {
        send(publishing(&client(), &url, &token, key(), &request))
            .await
            .unwrap()
    });
    while !file.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let sequencer = sequencer(&inventory, Duration::from_secs(60));
    let (mut seen, mut next) = (Vec::new(), String::from("1-0"));
    for number in 0..6 {
        released(&inventory, &format!("quick-{number}")).await;
        sequencer.all().await.unwrap();
        let part = feed(&inventory, &format!("after={next}")).await;
        next = part.next;
        seen.extend(part.entries);
    }
    assert_eq!(seen.len(), 7);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(held.await.unwrap().status, 201);
    sequencer.all().await.unwrap();
    let part = feed(&inventory, &format!("after={next}")).await;
    assert_eq!(
        part.entries
            .iter()
            .map(|entry| entry.slug.as_str())
            .collect::<Vec<_>>(),
        ["slow"]
    );
    seen.extend(part.entries);
    let numbers: Vec<_> = seen.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
}

/// The clock may be put back between two changes; an item's own times never go
/// back, and numbers follow them.
#[tokio::test(flavor = "multi_thread")]
async fn news_carries_the_time_of_its_event() {
    let inventory = Inventory::start().await;
    released(&inventory, "mirelle").await;
    let apart = "SELECT count(*) FROM outbox o JOIN event e ON e.tenant_id = o.tenant_id AND e.id = o.event_id
                 WHERE o.created_at IS DISTINCT FROM e.at";
    assert_eq!(count(&inventory, apart).await, 0);
}

/// The same without the service, which may run a held publish again: news that
/// is dated before all others and commits after them.
#[tokio::test(flavor = "multi_thread")]
async fn news_that_commits_late_is_read_last_whatever_its_date() {
    let inventory = Inventory::start().await;
    released(&inventory, "first").await;
    let mut slow = inventory.admin.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO outbox (tenant_id, id, topic, item_id, event_id, created_at)
         SELECT tenant_id, '00000000-0000-7000-8000-000000000001', 'release.archived', item_id, event_id, created_at - interval '1 hour'
         FROM outbox WHERE topic = 'release.published'",
    )
    .execute(&mut *slow)
    .await
    .unwrap();
    let sequencer = sequencer(&inventory, Duration::from_secs(60));
    released(&inventory, "quick").await;
    sequencer.all().await.unwrap();
    let before = feed(&inventory, "").await;
    assert_eq!(before.entries.len(), 2);
    slow.commit().await.unwrap();
    sequencer.all().await.unwrap();
    let after = feed(&inventory, &format!("after={}", before.next)).await;
    assert_eq!(after.entries.len(), 1);
    assert_eq!(after.entries[0].what, "release.archived");
    assert!(after.entries[0].number > before.entries[1].number);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequencer_paused_beyond_its_lease_is_fenced_off_by_code_and_by_constraint() {
    let inventory = Inventory::start().await;
    released(&inventory, "one").await;
    let tenant = inventory.tenant.0;
    let (paused, other) = (
        sequencer(&inventory, Duration::from_millis(50)),
        sequencer(&inventory, Duration::from_secs(60)),
    );
    let old = paused.lease(tenant).await.unwrap().unwrap();
    let lease = loop {
        if let Some(lease) = other.lease(tenant).await.unwrap() {
            break lease;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(
        paused.lease(tenant).await.unwrap().is_none(),
        "the other's lease stands"
    );
    assert!(matches!(paused.number(old).await, Err(NumberFault::Fenced)));
    assert_eq!(other.number(lease).await.unwrap(), 1);
    released(&inventory, "two").await;
    assert!(matches!(paused.number(old).await, Err(NumberFault::Fenced)));
    // Whoever goes past the code meets the trigger: an old fence, a number
    // that was not taken, a second number, a number from the start.
    let mut db = PgConnection::connect(&inventory.worker_url())
        .await
        .unwrap();
    for (sql, constraint) in [
        (
            "UPDATE outbox SET feed_number = 2, feed_fence = 1 WHERE feed_number IS NULL",
            "outbox_number_is_fenced",
        ),
        (
            "UPDATE outbox SET feed_number = 2, feed_fence = 2 WHERE feed_number IS NULL",
            "outbox_number_is_fenced",
        ),
        (
            "UPDATE outbox SET feed_number = 9 WHERE feed_number = 1",
            "outbox_number_is_given_once",
        ),
        (
            "UPDATE outbox SET feed_number = NULL, feed_fence = NULL WHERE feed_number = 1",
            "outbox_number_is_given_once",
        ),
        ("UPDATE feed SET last_number = 0", "feed_only_rises"),
        ("UPDATE feed SET fence = 1", "feed_only_rises"),
    ] {
        let fault = sqlx::raw_sql(sql).execute(&mut db).await.unwrap_err();
        assert_eq!(
            fault.as_database_error().unwrap().constraint(),
            Some(constraint),
            "{sql}"
        );
    }
    let mut service = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("SET app.tenant = '{tenant}'")))
        .execute(&mut service)
        .await
        .unwrap();
    for (sql, code) in [
        ("UPDATE outbox SET feed_number = 2", "42501"),
        ("UPDATE feed SET fence = 9", "42501"),
        (
            "INSERT INTO outbox (tenant_id, id, topic, item_id, event_id, feed_number, feed_fence)
          SELECT tenant_id, gen_random_uuid(), 'x', item_id, event_id, 2, 2 FROM outbox",
            "23514",
        ),
    ] {
        let fault = sqlx::raw_sql(sql).execute(&mut service).await.unwrap_err();
        assert_eq!(
            fault.as_database_error().unwrap().code().as_deref(),
            Some(code),
            "{sql}"
        );
    }
    assert_eq!(other.number(lease).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sequencers_at_once_give_every_number_once() {
    let inventory = Inventory::start().await;
    let numbering: Vec<_> = (0..2)
        .map(|_| {
            let sequencer = sequencer(&inventory, Duration::from_millis(1));
            tokio::spawn(async move {
                loop {
                    sequencer.all().await.unwrap();
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for number in 0..20 {
        released(&inventory, &format!("item-{number}")).await;
    }
    until(
        &inventory,
        "SELECT count(*) FROM (SELECT FROM outbox HAVING count(*) = count(feed_number)) x",
    )
    .await;
    numbering.iter().for_each(tokio::task::JoinHandle::abort);
    let entries = feed(&inventory, "limit=500").await.entries;
    assert_eq!(
        entries.iter().map(|entry| entry.number).collect::<Vec<_>>(),
        (1..=20).collect::<Vec<_>>()
    );
    assert_eq!(
        entries
            .iter()
            .map(|entry| entry.item)
            .collect::<BTreeSet<_>>()
            .len(),
        20
    );
}

/// A real process with the background work, over this inventory.
async fn with_worker(inventory: &Inventory) -> ServiceProcess {
    let mut command = ServiceProcess::command(inventory.service_url(), inventory.blobs(), None);
    command.env("INVENTORY_WORKER_DATABASE_URL", inventory.worker_url());
    ServiceProcess::spawn(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequencer_killed_between_lease_and_commit_leaves_no_gap_and_no_number_twice() {
    let inventory = Inventory::start().await;
    released(&inventory, "one").await;
    // It takes its lease and the feed's row, and then waits for this one's lock.
    let mut lock = PgConnection::connect(inventory.admin_url()).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT FROM outbox FOR UPDATE")
        .execute(&mut lock)
        .await
        .unwrap();
    let mut killed = with_worker(&inventory).await;
    until(
        &inventory,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%feed_number%'",
    )
    .await;
    killed.kill().await;
    sqlx::raw_sql("ROLLBACK").execute(&mut lock).await.unwrap();
    released(&inventory, "two").await;
    let _second = with_worker(&inventory).await;
    until(
        &inventory,
        "SELECT count(*) FROM (SELECT FROM outbox HAVING count(*) = count(feed_number)) x",
    )
    .await;
    let entries = feed(&inventory, "wait=1").await.entries;
    let said: Vec<_> = entries
        .iter()
        .map(|entry| (entry.number, entry.slug.as_str()))
        .collect();
    assert_eq!(said, [(1, "one"), (2, "two")]);
}
