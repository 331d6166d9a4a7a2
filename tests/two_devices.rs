//! One account, two devices, two stores, one inventory: a draft that another
//! device has overtaken goes on without anybody's words being lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::Path;

use dramatis_drafts::view::{Operation, OutboxEntry, OutboxState, ReasonCode, SideChoice};
use dramatis_inventory::testing::Inventory;
use support::{DEVICE, Desk, count, desk_with_mirelle, release};

const OTHER: &str = "train-laptop";

/// Two devices that both hold Mirelle as release 1: the second store began as
/// the first one's.
async fn two(inventory: &Inventory) -> (Desk, Desk, String) {
    let (first, id) = desk_with_mirelle(&inventory.url, &inventory.token).await;
    let entry = first.studio.publish(&id, "stable", "One.").await.unwrap();
    first.settled(&entry).await;
    first.studio.close().await;
    let second = tempfile::tempdir().unwrap();
    copy(first.folder.path(), second.path());
    let first = first.reopened().await;
    let second = Desk::over(second).await;
    second.studio.set_device_name(OTHER).await.unwrap();
    for desk in [&first, &second] {
        desk.connect(&inventory.url, &inventory.token);
    }
    (first, second, id)
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

async fn publish(desk: &Desk, id: &str, notes: &str) -> OutboxEntry {
    desk.studio.publish(id, "stable", notes).await.unwrap()
}

async fn text(desk: &Desk, id: &str, field: &str) -> String {
    let character = desk.character(id).await;
    let field = character.fields.into_iter().find(|one| one.key == field);
    field.expect("the field").text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_overtaken_by_another_device_takes_its_release_in_and_is_published() {
    let inventory = Inventory::start().await;
    let (first, second, id) = two(&inventory).await;
    first.write(&id, "scenario", "Theirs alone.").await;
    first.write(&id, "first_mes", "Theirs.").await;
    let two = publish(&first, &id, "Two.").await;
    first.settled(&two).await;

    // The second device knows nothing of it, and is told.
    second.write(&id, "personality", "Mine alone.").await;
    second.write(&id, "first_mes", "Mine.").await;
    let refused = publish(&second, &id, "Mine, too.").await;
    let refused = second.until(&refused.key, OutboxState::NeedsYou).await;
    assert_eq!(refused.last_error.unwrap().code, "base_outdated");
    assert_eq!((refused.overtaken_by, refused.can_retry), (Some(2), false));
    let newer = second.character(&id).await.newer.expect("it is said");
    assert_eq!(
        (newer.number, newer.actor.as_str(), newer.device.as_str()),
        (2, "Ana", DEVICE)
    );
    assert_eq!(newer.notes.as_deref(), Some("Two."));
    let again = second.studio.outbox_retry(&refused.key).await.unwrap_err();
    assert_eq!(
        again.code(),
        "base_outdated",
        "the old text is not sent again"
    );
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 2);

    // What only one side changed is taken; what both changed is asked about.
    let taken = second.studio.take_in(&id).await.unwrap();
    let labels: Vec<_> = taken.taken.iter().map(|one| one.path.as_str()).collect();
    assert_eq!((taken.number, labels), (2, vec!["scenario"]));
    let both = &taken.character.overlaps;
    assert_eq!(both.len(), 1, "{both:#?}");
    assert_eq!(
        (
            both[0].path.as_str(),
            both[0].mine.as_str(),
            both[0].theirs.as_str()
        ),
        ("first_mes", "Mine.", "Theirs.")
    );
    assert!(taken.character.newer.is_none());
    assert_eq!(text(&second, &id, "first_mes").await, "Mine.");
    assert_eq!(
        second.studio.take_in(&id).await.unwrap_err().code(),
        "nothing_newer"
    );

    // One undo takes all of it back, what the draft is made from included.
    let back = second.studio.undo(&id).await.unwrap();
    assert_eq!(back.newer.as_ref().map(|newer| newer.number), Some(2));
    assert_eq!(back.base.unwrap().number, 1);
    assert!(back.overlaps.is_empty(), "{:#?}", back.overlaps);
    assert_ne!(text(&second, &id, "scenario").await, "Theirs alone.");
    assert_eq!(
        second
            .studio
            .publish(&id, "stable", "")
            .await
            .unwrap_err()
            .code(),
        "base_outdated",
        "publishing would take back what the other device released"
    );
    let forth = second.studio.redo(&id).await.unwrap();
    assert_eq!((forth.overlaps.len(), forth.newer), (1, None));

    // The person takes the other's words; their own are one undo away.
    let settled = second
        .studio
        .settle_overlap(&id, "first_mes", SideChoice::Theirs)
        .await
        .unwrap();
    assert!(settled.overlaps.is_empty());
    assert_eq!(text(&second, &id, "first_mes").await, "Theirs.");
    second.studio.undo(&id).await.unwrap();
    assert_eq!(text(&second, &id, "first_mes").await, "Mine.");
    second.studio.redo(&id).await.unwrap();

    // The request that was refused goes on with the merged draft.
    let entry = second.entry(&refused.key).await;
    assert_eq!((entry.overtaken_by, entry.can_retry), (Some(2), true));
    let fresh = second.studio.outbox_retry(&refused.key).await.unwrap();
    second.settled(&fresh).await;
    second.assert_empty_outbox().await;
    support::assert_releases(&inventory, 3).await;
    let timeline = second.timeline(&id).await;
    assert_eq!(timeline.releases[0].notes.as_deref(), Some("Mine, too."));
    let (two, three) = (
        timeline.releases[1].id.clone(),
        timeline.releases[0].id.clone(),
    );
    let diff = second
        .studio
        .diff(&id, release(&two), release(&three))
        .await
        .unwrap();
    let paths: Vec<_> = diff.fields.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(
        paths,
        ["personality"],
        "nothing of release 2 was taken back"
    );
    assert!(second.studio.verify(&id).await.unwrap().ok);

    // And the first device is told in its turn.
    first.studio.refresh(Some(&id)).await.unwrap();
    let newer = first.character(&id).await.newer.expect("it is said");
    assert_eq!((newer.number, newer.device.as_str()), (3, OTHER));
    let taken = first.studio.take_in(&id).await.unwrap();
    assert!(taken.character.overlaps.is_empty() && taken.character.changes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_overtaken_publishes_goes_on_as_the_merged_draft_once() {
    let inventory = Inventory::start().await;
    let (first, second, id) = two(&inventory).await;
    first.write(&id, "scenario", "Theirs.").await;
    let two = publish(&first, &id, "Two.").await;
    first.settled(&two).await;

    second.write(&id, "personality", "Calm.").await;
    let one = publish(&second, &id, "Calm.").await;
    second.write(&id, "personality", "Calmer.").await;
    let other = publish(&second, &id, "Calmer.").await;
    assert_eq!(
        second.studio.take_in(&id).await.unwrap_err().code(),
        "under_way",
        "the answers come first"
    );
    second.until(&one.key, OutboxState::NeedsYou).await;
    let orphan = second.until(&other.key, OutboxState::NeedsYou).await;
    assert_eq!((orphan.overtaken_by, orphan.can_retry), (Some(2), false));
    second.studio.take_in(&id).await.unwrap();
    let fresh = second.studio.outbox_retry(&one.key).await.unwrap();
    second.settled(&fresh).await;
    second.assert_empty_outbox().await;
    let last = second.entry(&other.key).await;
    assert_eq!(
        (last.state, last.operation),
        (OutboxState::Cancelled, Operation::Publish)
    );
    support::assert_releases(&inventory, 3).await;
    assert_eq!(text(&second, &id, "personality").await, "Calmer.");
    assert_eq!(text(&second, &id, "scenario").await, "Theirs.");
    assert!(second.character(&id).await.changes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_not_pointed_to_where_it_points_already() {
    let inventory = Inventory::start().await;
    let (desk, id) = desk_with_mirelle(&inventory.url, &inventory.token).await;
    let one = publish(&desk, &id, "").await;
    desk.settled(&one).await;
    let one = desk.timeline(&id).await.releases[0].id.clone();
    let refused = desk.studio.promote(&id, &one, "stable", "").await;
    assert_eq!(refused.unwrap_err().code(), "points_there");
    let beta = desk.studio.promote(&id, &one, "beta", "").await.unwrap();
    let twice = desk.studio.promote(&id, &one, "beta", "").await;
    assert_eq!(
        twice.unwrap_err().code(),
        "points_there",
        "also while it waits"
    );
    desk.settled(&beta).await;
    assert_eq!(desk.studio.list_outbox().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_release_says_that_is_not_published_is_not_published_again() {
    let inventory = Inventory::start().await;
    let (desk, id) = desk_with_mirelle(&inventory.url, &inventory.token).await;
    let one = publish(&desk, &id, "").await;
    desk.settled(&one).await;
    let one = desk.timeline(&id).await.releases[0].id.clone();
    let deprecated = desk.studio.deprecate(&id, &one, "Old.", None).await;
    desk.settled(&deprecated.unwrap()).await;
    says_the_same(&desk, &id, "deprecated").await;
    let why = (ReasonCode::Error, "Wrong.");
    let revoked = desk
        .studio
        .revoke(&id, &one, why.0, why.1, None, Vec::new())
        .await;
    desk.settled(&revoked.unwrap()).await;
    says_the_same(&desk, &id, "revoked").await;
    // A changed card on top of a revoked release is a release like any other.
    desk.write(&id, "scenario", "Mended.").await;
    let mended = publish(&desk, &id, "").await;
    desk.settled(&mended).await;
    support::assert_releases(&inventory, 2).await;
}

/// The draft is refused by the state of the release that says the same, before
/// anything is sent.
async fn says_the_same(desk: &Desk, id: &str, state: &str) {
    let before = desk.studio.list_outbox().await.unwrap().len();
    let refused = desk.studio.publish(id, "stable", "").await.unwrap_err();
    assert_eq!(refused.code(), "base_blocked");
    assert!(refused.to_string().contains(state), "{refused}");
    let check = desk.studio.publish_check(id, "stable").await.unwrap();
    assert_eq!(check.blocked.unwrap().code, "base_blocked");
    assert_eq!(desk.studio.list_outbox().await.unwrap().len(), before);
}
