//! What has been kept long enough goes, class by class; what is held stays.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::Digest;
use dramatis_inventory::{
    Class, Database, DbRole, Eraser, collect, open_store, replay, testing::Inventory, verify,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::time::Duration;
use support::*;

/// A release and a file that none names, then everything made as old as wanted: also behind the triggers
/// and the chain, which this file does not verify where it did so.
async fn aged(days: i32) -> Inventory {
    let inventory = Inventory::start().await;
    let request = publish(item(), "mirelle", None, "a");
    let sent = publishing(&client(), &inventory.url, &inventory.token, key(), &request);
    assert_eq!(send(sent).await.unwrap().status, 201);
    let picture = png("named by nothing");
    upload(&inventory, Digest::of(&picture), picture).await;
    until_sql(&inventory, "SELECT count(*) FROM api_token_use").await;
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    let sql = format!(
        "SET session_replication_role = replica;
         UPDATE event SET at = at - interval '{days} days';
         UPDATE api_token_use SET last_used_at = last_used_at - interval '{days} days';
         UPDATE account SET created_at = created_at - interval '{days} days'"
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut db)
        .await
        .unwrap();
    inventory
}

fn eraser(inventory: &Inventory) -> Eraser {
    Eraser::open(&inventory.eraser_url()).unwrap()
}

const DEVICES: &str = "SELECT count(*) FROM personal_field WHERE field = 'device_name'";
const USES: &str = "SELECT count(*) FROM api_token_use";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_its_class_is_kept_goes_by_an_order_of_its_own() {
    let inventory = aged(731).await;
    let eraser = eraser(&inventory);
    let planned = eraser.retain(inventory.tenant, true).await.unwrap();
    assert_eq!(planned.erased.took.get("device_name"), Some(&1));
    assert_eq!((planned.erased.order, planned.token_uses), (None, 1));
    assert_eq!(
        (
            count(&inventory, DEVICES).await,
            count(&inventory, USES).await
        ),
        (1, 1)
    );
    let done = eraser.retain(inventory.tenant, false).await.unwrap();
    assert_eq!(done.erased.order, Some(1));
    assert_eq!(
        (
            count(&inventory, DEVICES).await,
            count(&inventory, USES).await
        ),
        (0, 0)
    );
    // Ana still has a role and a token: her name stays.
    assert!(!done.erased.took.contains_key("actor_name"));
    let again = eraser.retain(inventory.tenant, false).await.unwrap();
    assert_eq!((again.erased.order, again.token_uses), (None, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_younger_stays_and_a_tenants_own_rule_goes_before_the_default() {
    let inventory = aged(100).await;
    let (eraser, tenant) = (eraser(&inventory), inventory.tenant);
    let none = eraser.retain(tenant, false).await.unwrap();
    assert_eq!((none.erased.order, none.token_uses), (None, 0));
    let set = |class: &'static str, days| inventory.provisioner.set_retention(tenant, class, days);
    set("device_name", Some(90)).await.unwrap();
    set("token_use", None).await.unwrap();
    assert!(set("no such class", None).await.is_err());
    let rules = eraser.rules(tenant).await.unwrap();
    assert_eq!(rules.len(), Class::ALL.len());
    assert!(rules.contains(&("device_name", Some(90))) && rules.contains(&("token_use", None)));
    let done = eraser.retain(tenant, false).await.unwrap();
    assert_eq!((done.erased.order, done.token_uses), (Some(1), 0));
    assert_eq!(
        (
            count(&inventory, DEVICES).await,
            count(&inventory, USES).await
        ),
        (0, 1)
    );
    let ground: String = sqlx::query_scalar("SELECT ground FROM erasure_order")
        .fetch_one(&inventory.admin)
        .await
        .unwrap();
    assert!(ground.contains("device_name after 90 days"), "{ground}");
    assert_eq!(
        count(
            &inventory,
            "SELECT count(*) FROM event WHERE action = 'retention.set'"
        )
        .await,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_one_who_left_goes_and_a_studio_that_comes_back_is_named_anew() {
    let inventory = aged(400).await;
    let (tenant, operator) = (inventory.tenant, &inventory.provisioner);
    let eraser = eraser(&inventory);
    operator
        .set_retention(tenant, "device_name", Some(1))
        .await
        .unwrap();
    operator
        .revoke_token(tenant, inventory.token_id)
        .await
        .unwrap();
    operator
        .take_away(tenant, inventory.account, "creator")
        .await
        .unwrap();
    // She left a moment ago.
    let soon = eraser.retain(tenant, true).await.unwrap();
    assert!(!soon.erased.took.contains_key("actor_name"), "{soon:?}");
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    let age =
        "SET session_replication_role = replica; UPDATE event SET at = at - interval '366 days'";
    sqlx::raw_sql(age).execute(&mut db).await.unwrap();
    let done = eraser.retain(tenant, false).await.unwrap();
    assert_eq!(done.erased.took.get("actor_name"), Some(&1), "{done:?}");
    let accounts = operator.accounts(tenant).await.unwrap();
    assert!(
        accounts
            .iter()
            .any(|one| one.id == inventory.account.0 && one.name == "erased person")
    );
    assert_eq!(count(&inventory, DEVICES).await, 0);

    let (_, token) = inventory.another_creator("bea", &[]).await;
    let request = publish(item(), "bela", None, "b");
    let sent = publishing(&client(), &inventory.url, &token, key(), &request);
    assert_eq!(send(sent).await.unwrap().status, 201);
    assert_eq!(count(&inventory, DEVICES).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_neither_expires_nor_is_collected() {
    let inventory = aged(731).await;
    let (tenant, operator) = (inventory.tenant, &inventory.provisioner);
    let hold = operator
        .hold_account(tenant, "ana", "a dispute")
        .await
        .unwrap();
    let eraser = eraser(&inventory);
    let done = eraser.retain(tenant, false).await.unwrap();
    assert_eq!((done.erased.order, done.token_uses), (None, 0));
    assert!(
        done.held.get(&hold).is_some_and(|kept| *kept > 0),
        "{done:?}"
    );
    assert_eq!(
        (
            count(&inventory, DEVICES).await,
            count(&inventory, USES).await
        ),
        (1, 1)
    );
    let worker = Database::open(&inventory.worker_url(), DbRole::Worker, 1).unwrap();
    let store = open_store(&inventory.settings().blobs).unwrap();
    let now = Duration::ZERO;
    let kept = collect(&worker, store.as_ref(), now, false).await.unwrap();
    assert_eq!((kept.unnamed, files(inventory.blobs()).len()), (0, 1));

    operator.release_hold(tenant, hold).await.unwrap();
    assert!(operator.release_hold(tenant, hold).await.is_err());
    let done = eraser.retain(tenant, false).await.unwrap();
    assert_eq!((done.erased.order, done.token_uses), (Some(1), 1));
    let gone = collect(&worker, store.as_ref(), now, false).await.unwrap();
    assert_eq!((gone.unnamed, files(inventory.blobs()).len()), (1, 0));
}

/// Nothing made older here: history verifies and is replayed after holds, rules
/// and a retention of what is due at once.
#[tokio::test(flavor = "multi_thread")]
async fn history_stays_whole_through_holds_rules_and_retention() {
    let inventory = Inventory::start().await;
    let (tenant, operator) = (inventory.tenant, &inventory.provisioner);
    let request = publish(item(), "mirelle", None, "a");
    let sent = publishing(&client(), &inventory.url, &inventory.token, key(), &request);
    assert_eq!(send(sent).await.unwrap().status, 201);
    let hold = operator
        .hold_item(tenant, "ana/mirelle", "a dispute")
        .await
        .unwrap();
    operator
        .set_retention(tenant, "device_name", Some(1))
        .await
        .unwrap();
    operator
        .set_retention(tenant, "device_name", Some(2))
        .await
        .unwrap();
    operator.release_hold(tenant, hold).await.unwrap();
    eraser(&inventory).retain(tenant, false).await.unwrap();
    verify(inventory.admin_url(), None).await.unwrap();
    let done = replay(inventory.admin_url(), |_| {}).await.unwrap();
    for table in ["legal_hold", "retention_policy"] {
        assert!(done.tables.contains(&(table, 1)), "{done}");
    }
    // A hold is released once, by hand neither.
    for sql in [
        "UPDATE legal_hold SET released_at = NULL, release_event_id = NULL",
        "UPDATE legal_hold SET reason = 'x'",
        "DELETE FROM legal_hold",
    ] {
        let fault = sqlx::raw_sql(sql)
            .execute(&inventory.admin)
            .await
            .unwrap_err();
        let fault = fault.as_database_error().unwrap();
        assert_eq!(
            fault.constraint(),
            Some("legal_hold_is_append_only"),
            "{sql}"
        );
    }
}
