//! Bad days with tokens: the queue pauses and asks to sign in; it drops nothing
//! and sends nothing as somebody else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_drafts::view::{ConnectionState, OutboxState};
use dramatis_inventory::testing::Inventory;
use support::{
    Desk, assert_releases, desk_with_mirelle,
    wire::{Weather, Wire},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_refused_and_nothing_changes() {
    let inventory = Inventory::start().await;
    let desk = Desk::new().await;
    let mut wrong = inventory.token.clone();
    let last = wrong.pop().unwrap();
    wrong.push(if last == '0' { '1' } else { '0' });
    let why = desk.sign_in(&inventory.url, &wrong).await.unwrap_err();
    assert_eq!(why.code(), "unauthorized");
    assert!(desk.studio.settings().await.unwrap().account.is_none());
}

/// The publish has happened, its answer was lost, the token is revoked, a new
/// one retries: the key belongs to the account, so it is one release.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_pauses_the_queue_and_a_new_one_finds_the_release() {
    let inventory = Inventory::start().await;
    let wire = Wire::to(&inventory.url).await;
    let (desk, id) = desk_with_mirelle(&wire.url, &inventory.token).await;
    wire.set(Weather::AnswersLost);
    let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
    desk.studio.settle_once().await.unwrap();
    assert!(wire.unheard() > 0, "the request went out");
    assert_releases(&inventory, 1).await;

    let (tenant, token) = (inventory.tenant, inventory.token_id);
    inventory
        .provisioner
        .revoke_token(tenant, token)
        .await
        .unwrap();
    wire.set(Weather::Fair);
    desk.studio.outbox_send_now().await.unwrap();
    desk.studio.settle_once().await.unwrap();
    let paused = desk.entry(&entry.key).await;
    assert!(
        matches!(
            paused.state,
            OutboxState::Waiting | OutboxState::Retrying | OutboxState::NeedsYou
        ),
        "a 401 settles nothing: {paused:#?}"
    );
    assert_eq!(
        desk.studio.status().await.unwrap().connection,
        ConnectionState::SignedOut
    );

    desk.sign_in(&wire.url, &inventory.another_token().await)
        .await
        .unwrap();
    desk.settled(&entry).await;
    assert_releases(&inventory, 1).await;
    assert_eq!(desk.timeline(&id).await.releases.len(), 1);
}

/// A token of another tenant: what was frozen for the first is not sent there.
#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_token_sends_nothing_that_was_frozen_for_the_first() {
    let inventory = Inventory::start().await;
    let slug = "elsewhere".parse().unwrap();
    let other = inventory
        .provisioner
        .create_tenant(&slug, "Elsewhere", false)
        .await
        .unwrap();
    let handle = "ana".parse().unwrap();
    let ana = inventory
        .provisioner
        .create_creator(other, &handle, "Ana", &[])
        .await
        .unwrap();
    let scopes = ["read".to_owned(), "write".to_owned()];
    let (_, theirs) = inventory
        .provisioner
        .create_token(other, ana, "t", &scopes, None)
        .await
        .unwrap();

    let wire = Wire::to(&inventory.url).await;
    let (desk, id) = desk_with_mirelle(&wire.url, &inventory.token).await;
    wire.set(Weather::Cut);
    let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
    wire.set(Weather::Fair);
    desk.sign_in(&wire.url, theirs.reveal()).await.unwrap();
    desk.studio.outbox_send_now().await.unwrap();
    desk.studio.settle_once().await.unwrap();
    assert_releases(&inventory, 0).await;
    let waiting = desk.entry(&entry.key).await;
    assert_ne!(waiting.state, OutboxState::Settled, "{waiting:#?}");

    desk.sign_in(&wire.url, &inventory.token).await.unwrap();
    desk.settled(&entry).await;
    assert_releases(&inventory, 1).await;
    let strangers =
        "SELECT count(*) FROM release r JOIN tenant t ON t.id = r.tenant_id WHERE t.slug <> 'test'";
    assert_eq!(support::count(&inventory, strangers).await, 0);
}
