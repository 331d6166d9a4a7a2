//! Bad days on the wire: the inventory is gone before, during or after a
//! request; an answer is lost; a cancel meets an unknown outcome.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_drafts::view::{OutboxEntry, OutboxState};
use dramatis_inventory::testing::Inventory;
use support::{
    Desk, PATIENCE, assert_releases, count, desk_with_mirelle,
    wire::{Weather, Wire},
};

async fn start() -> (Inventory, Wire, Desk, String) {
    let inventory = Inventory::start().await;
    let wire = Wire::to(&inventory.url).await;
    let (desk, id) = desk_with_mirelle(&wire.url, &inventory.token).await;
    (inventory, wire, desk, id)
}

fn open(entry: &OutboxEntry) -> bool {
    matches!(
        entry.state,
        OutboxState::Waiting | OutboxState::Retrying | OutboxState::Sending
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_is_gone_before_the_request() {
    let (inventory, wire, desk, id) = start().await;
    wire.set(Weather::Cut);
    let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
    desk.studio.settle_once().await.unwrap();
    let waiting = desk.entry(&entry.key).await;
    assert!(open(&waiting), "{waiting:#?}");
    assert!(
        waiting.next_attempt_at.is_some(),
        "the next attempt is set down: {waiting:#?}"
    );
    assert_releases(&inventory, 0).await;

    // Also over a restart.
    let desk = desk.reopened().await;
    assert!(open(&desk.entry(&entry.key).await));
    wire.set(Weather::Fair);
    desk.connect(&wire.url, &inventory.token);
    desk.settled(&entry).await;
    assert_releases(&inventory, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_goes_during_the_request() {
    let (mut inventory, wire, desk, id) = start().await;
    wire.set(Weather::AnswersHeld);
    let before = wire.unheard();
    let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
    let sending = tokio::spawn({
        let studio = desk.studio.clone();
        async move { studio.settle_once().await }
    });
    tokio::time::timeout(PATIENCE, wire.unheard_after(before))
        .await
        .unwrap();
    let sent = desk.entry(&entry.key).await;
    assert_eq!(sent.state, OutboxState::Sending, "{sent:#?}");
    assert!(sent.ever_sent);
    let port = inventory.pause().await;
    wire.set(Weather::Cut);
    sending.await.unwrap().unwrap();
    assert!(open(&desk.entry(&entry.key).await), "unknown is not failed");

    inventory.resume(Some(port)).await;
    wire.set(Weather::Fair);
    desk.settled(&entry).await;
    assert_releases(&inventory, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_dropped_after_the_commit_is_found_by_the_same_key() {
    let (inventory, wire, desk, id) = start().await;
    wire.set(Weather::AnswersLost);
    let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
    desk.studio.settle_once().await.unwrap();
    assert!(wire.unheard() > 0);
    assert_releases(&inventory, 1).await;
    let unknown = desk.entry(&entry.key).await;
    assert!(open(&unknown) && unknown.ever_sent, "{unknown:#?}");
    assert!(
        desk.timeline(&id).await.releases.is_empty(),
        "nothing is called published"
    );

    let desk = desk.reopened().await;
    wire.set(Weather::Fair);
    desk.connect(&wire.url, &inventory.token);
    let settled = desk.settled(&entry).await;
    assert!(settled.attempts >= 2, "{settled:#?}");
    assert_eq!(desk.timeline(&id).await.releases.len(), 1);
    assert_releases(&inventory, 1).await;
    let claims = "SELECT count(*) FROM idempotency_key";
    assert_eq!(count(&inventory, claims).await, 1, "one key, claimed once");
}

/// It was published, and nobody knows: the cancel comes too late and says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_after_an_unheard_commit_ends_published() {
    let (inventory, wire, desk, id) = start().await;
    wire.set(Weather::AnswersLost);
    let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
    desk.studio.settle_once().await.unwrap();
    assert_releases(&inventory, 1).await;
    let cancelling = desk.studio.outbox_cancel(&entry.key).await.unwrap();
    assert!(
        cancelling.cancelling,
        "it was sent, so only the inventory can say: {cancelling:#?}"
    );
    assert_ne!(cancelling.state, OutboxState::Cancelled);

    wire.set(Weather::Fair);
    let end = decided(&desk, &entry).await;
    assert_eq!(end.state, OutboxState::Settled, "{end:#?}");
    assert!(end.outcome.is_some(), "the window says which: {end:#?}");
    assert_releases(&inventory, 1).await;
    assert_eq!(desk.timeline(&id).await.releases.len(), 1);
}

/// It left this device and never arrived: the cancel wins, and the request can
/// never happen any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_of_what_never_arrived_ends_cancelled_for_good() {
    let (inventory, wire, desk, id) = start().await;
    wire.set(Weather::RequestsLost);
    let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
    desk.studio.settle_once().await.unwrap();
    assert!(wire.unheard() > 0, "it left this device");
    let unknown = desk.entry(&entry.key).await;
    assert!(open(&unknown) && unknown.ever_sent, "{unknown:#?}");
    let cancelling = desk.studio.outbox_cancel(&entry.key).await.unwrap();
    assert!(cancelling.cancelling, "{cancelling:#?}");

    wire.set(Weather::Fair);
    let end = decided(&desk, &entry).await;
    assert_eq!(end.state, OutboxState::Cancelled, "{end:#?}");
    assert!(end.outcome.is_some(), "the window says which: {end:#?}");
    assert_releases(&inventory, 0).await;
    assert_eq!(
        count(
            &inventory,
            "SELECT count(*) FROM receipt WHERE outcome = 'cancelled'"
        )
        .await,
        1
    );

    // The draft is free again, and publishing it anew gives release 1.
    let anew = desk.studio.publish(&id, "stable", "").await.unwrap();
    assert_ne!(anew.key, entry.key);
    desk.settled(&anew).await;
    assert_releases(&inventory, 1).await;
}

/// Sends until the request is decided, one way or the other.
async fn decided(desk: &Desk, entry: &OutboxEntry) -> OutboxEntry {
    let deciding = async {
        loop {
            desk.studio.outbox_send_now().await.unwrap();
            desk.studio.settle_once().await.unwrap();
            let now = desk.entry(&entry.key).await;
            if matches!(
                now.state,
                OutboxState::Settled | OutboxState::Cancelled | OutboxState::Refused
            ) {
                return now;
            }
        }
    };
    tokio::time::timeout(PATIENCE, deciding)
        .await
        .expect("it is decided")
}
