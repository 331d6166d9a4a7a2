//! The studio and an inventory that was restored from an older backup: what is
//! under way waits for the person, and happens once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dramatis_drafts::{
    Connection, Studio, StudioOptions, Token,
    view::{ImportChoice, InventoryKind, OutboxEntry, OutboxState},
};
use dramatis_inventory::{
    testing::{Backup, Inventory, PrivateCluster, command},
    verify,
};
use std::path::Path;

async fn entry(studio: &Studio, key: &str) -> OutboxEntry {
    let all = studio.list_outbox().await.unwrap();
    all.into_iter().find(|entry| entry.key == key).unwrap()
}

/// Sends until the entry stands as wanted.
async fn until(studio: &Studio, key: &str, wanted: OutboxState) -> OutboxEntry {
    let sending = async {
        loop {
            studio.outbox_send_now().await.unwrap();
            studio.settle_once().await.unwrap();
            let entry = entry(studio, key).await;
            if entry.state == wanted {
                return entry;
            }
            tokio::task::yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(60);
    match tokio::time::timeout(patience, sending).await {
        Ok(entry) => entry,
        Err(_) => panic!("never {wanted:?}: {:#?}", entry(studio, key).await),
    }
}

async fn releases(inventory: &Inventory) -> u64 {
    let verified = verify(inventory.admin_url(), None).await.unwrap();
    verified.releases
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_frozen_before_a_restore_waits_for_the_person_and_is_published_once() {
    let (first, second) = (PrivateCluster::start().await, PrivateCluster::empty().await);
    let mut inventory = Inventory::on(&first).await;
    inventory.resume(None).await;
    let folder = tempfile::tempdir().unwrap();
    let options = StudioOptions::new(folder.path(), folder.path().join("exports"), "test-desk");
    let studio = Studio::open(options).await.unwrap();
    studio.use_inventory(Some(&inventory.url)).await.unwrap();
    let connection = Connection {
        base_url: inventory.url.parse().unwrap(),
        token: Token::new(&inventory.token),
        kind: InventoryKind::Shared,
    };
    studio.sign_in(connection.clone()).await.unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/mirelle.png");
    let bytes = std::fs::read(sample).unwrap();
    let preview = studio.preview_import("mirelle.png", bytes).await.unwrap();
    let imported = studio.commit_import(&preview.id, ImportChoice::New).await;
    let character = imported.unwrap().unwrap();

    let backup = Backup::take(&inventory, &first);
    let port = inventory.pause().await;
    let frozen = studio.publish(&character, "stable", "").await.unwrap();
    studio.settle_once().await.unwrap();
    assert_ne!(
        entry(&studio, &frozen.key).await.state,
        OutboxState::Settled
    );

    backup.restore(&second);
    inventory.stands_in(&second, "dramatis");
    assert_eq!(command(&inventory, &["restored"])["epoch"], 2);
    inventory.resume(Some(port)).await;

    let held = until(&studio, &frozen.key, OutboxState::NeedsYou).await;
    assert_eq!(held.last_error.unwrap().code, "inventory_restored");
    assert_eq!(releases(&inventory).await, 0);
    // The person decides: the same request by the same key, once.
    let again = studio.outbox_retry(&frozen.key).await.unwrap();
    assert_eq!(again.key, frozen.key);
    until(&studio, &frozen.key, OutboxState::Settled).await;
    studio.outbox_send_now().await.unwrap();
    studio.settle_once().await.unwrap();
    assert_eq!(releases(&inventory).await, 1);
    verify(inventory.admin_url(), None).await.unwrap();
}
