use crate::{bench::*, peer::*};
use dramatis_api::{Code, publish::PublishRequest};
use dramatis_domain::{Digest, Manifest};
use dramatis_drafts::view::*;

fn manifest(heard: &Heard) -> (PublishRequest, Manifest) {
    let request: PublishRequest = serde_json::from_slice(&heard.body).unwrap();
    let manifest = Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
    (request, manifest)
}

#[tokio::test]
async fn import_edit_check_publish_send_settle() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    write(&studio, &id, "personality", "calm").await;
    let check = studio.publish_check(&id, "stable").await.unwrap();
    assert_eq!(
        (
            check.next_number,
            check.failures.len(),
            check.blocked,
            check.online
        ),
        (Some(1), 0, None, true)
    );
    let entry = studio.publish(&id, "stable", "First").await.unwrap();
    assert_eq!(
        (entry.state, entry.ever_sent),
        (OutboxState::Waiting, false)
    );
    studio.settle_once().await.unwrap();
    let entry = studio.outbox_entry(&entry.key).await.unwrap();
    assert_eq!((entry.state, entry.attempts), (OutboxState::Settled, 1));
    assert_eq!(entry.outcome.as_deref(), Some("Published as release 1."));

    // The picture went before the request that names it.
    let paths = peer.paths();
    assert!(
        paths[0].starts_with("/v1/blobs/") && paths[1] == "/v1/releases",
        "{paths:?}"
    );
    let (request, manifest) = manifest(&peer.requests()[0]);
    assert_eq!(
        manifest.card,
        Digest::of(document(&studio, &id).await.as_bytes())
    );
    assert_eq!(
        (
            request.slug.as_str(),
            manifest.parent,
            manifest.assets.len()
        ),
        ("mirelle", None, 1)
    );
    assert_eq!(request.device.name.value, "studio-laptop");
    let listed = &studio.list_characters().await.unwrap()[0];
    assert!(
        !listed.unpublished_changes
            && listed
                .latest
                .as_ref()
                .is_some_and(|latest| latest.number == 1)
    );
    assert_eq!(code(studio.set_slug(&id, "other").await), "slug_locked");
    assert_eq!(code(studio.publish(&id, "stable", "").await), "unchanged");
}

#[tokio::test]
async fn several_offline_publishes_chain_by_parent_hash_and_arrive_in_order() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    studio.set_connection(Some(nobody()));
    let id = mirelle(&studio).await;
    let first = studio.publish(&id, "stable", "").await.unwrap();
    write(&studio, &id, "personality", "calm").await;
    let check = studio.publish_check(&id, "stable").await.unwrap();
    assert_eq!(
        (check.next_number, check.changes.len(), check.online),
        (Some(2), 1, false)
    );
    let second = studio.publish(&id, "stable", "Calmer").await.unwrap();
    assert_eq!(second.after_key.as_deref(), Some(first.key.as_str()));
    studio.settle_once().await.unwrap();
    let waiting = studio.timeline(&id).await.unwrap().waiting;
    assert_eq!(
        waiting
            .iter()
            .map(|entry| (entry.state, entry.ever_sent))
            .collect::<Vec<_>>(),
        [(OutboxState::Waiting, false); 2]
    );
    assert_eq!(
        studio.status().await.unwrap().connection,
        ConnectionState::Offline
    );
    studio.close().await;

    // After a restart, with the inventory back.
    let studio = bench.open().await;
    studio.set_connection(Some(peer.connection("token")));
    studio.settle_once().await.unwrap();
    let heard = peer.requests();
    let ((_, one), (_, two)) = (manifest(&heard[0]), manifest(&heard[1]));
    assert_eq!(heard.len(), 2);
    assert_eq!(
        two.parent,
        Some(Digest::of(&one.canonical_bytes().unwrap()))
    );
    assert_eq!((one.item, one.parent), (two.item, None));
    let states: Vec<_> = studio
        .list_outbox()
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.state)
        .collect();
    assert_eq!(states, [OutboxState::Settled; 2]);
}

#[tokio::test]
async fn publish_with_required_fields_missing_lists_every_failure_and_freezes_nothing() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = studio.create_character("").await.unwrap();
    let check = studio.publish_check(&id, "stable").await.unwrap();
    let fields: Vec<_> = check
        .failures
        .iter()
        .map(|failure| failure.field.as_str())
        .collect();
    assert_eq!(fields, ["name", "description", "first_mes"]);
    assert_eq!(
        code(studio.publish(&id, "stable", "").await),
        "not_publishable"
    );
    assert!(studio.list_outbox().await.unwrap().is_empty());
    assert!(!studio.open_character(&id).await.unwrap().slug_locked);
}

#[tokio::test]
async fn a_studio_that_never_signed_in_says_so_and_one_that_has_freezes_offline() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    assert_eq!(
        code(studio.publish(&id, "stable", "").await),
        "not_signed_in"
    );
    peer.sign_in(&studio).await;
    studio.close().await;
    let studio = bench.open().await;
    studio.publish(&id, "stable", "").await.unwrap();
    studio.sign_out().await.unwrap();
    write(&studio, &id, "personality", "calm").await;
    assert_eq!(
        code(studio.publish(&id, "stable", "").await),
        "not_signed_in"
    );
}

#[tokio::test]
async fn a_refused_publish_needs_the_person_and_what_stands_on_it_is_frozen_anew() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    let first = studio.publish(&id, "stable", "").await.unwrap();
    write(&studio, &id, "personality", "calm").await;
    let second = studio.publish(&id, "stable", "Calmer").await.unwrap();
    peer.say(&[Say::No(Code::SlugTaken)]);
    studio.settle_once().await.unwrap();
    let first = studio.outbox_entry(&first.key).await.unwrap();
    assert_eq!(
        (
            first.state,
            first.last_error.unwrap().code.as_str(),
            first.can_retry
        ),
        (OutboxState::NeedsYou, "slug_taken", true)
    );
    let orphan = studio.outbox_entry(&second.key).await.unwrap();
    assert_eq!(
        (
            orphan.state,
            orphan.last_error.unwrap().code.as_str(),
            orphan.ever_sent
        ),
        (OutboxState::NeedsYou, "parent_refused", false)
    );
    // In order: the first one first.
    assert_eq!(code(studio.outbox_retry(&second.key).await), "cannot_retry");
    studio.set_slug(&id, "mirelle-2").await.unwrap();
    let again = studio.outbox_retry(&first.key).await.unwrap();
    assert_ne!(again.key, first.key);
    let orphan_again = studio.outbox_retry(&second.key).await.unwrap();
    assert_eq!(orphan_again.after_key.as_deref(), Some(again.key.as_str()));
    studio.settle_once().await.unwrap();

    let heard = peer.requests();
    let (request, one) = manifest(&heard[1]);
    let (_, two) = manifest(&heard[2]);
    assert_eq!(request.slug, "mirelle-2");
    assert_eq!(
        two.parent,
        Some(Digest::of(&one.canonical_bytes().unwrap()))
    );
    let states: Vec<_> = studio
        .list_outbox()
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.state)
        .collect();
    assert_eq!(
        states,
        [
            OutboxState::Settled,
            OutboxState::Settled,
            OutboxState::Cancelled,
            OutboxState::Refused
        ]
    );
}

#[tokio::test]
async fn a_refused_publish_puts_the_draft_back_on_what_was_there() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    studio.publish(&id, "stable", "").await.unwrap();
    studio.settle_once().await.unwrap();
    write(&studio, &id, "personality", "calm").await;
    let refused = studio.publish(&id, "stable", "").await.unwrap();
    peer.say(&[Say::No(Code::Invalid)]);
    studio.settle_once().await.unwrap();
    assert!(!studio.outbox_entry(&refused.key).await.unwrap().can_retry);
    let character = studio.open_character(&id).await.unwrap();
    assert_eq!(character.changes.len(), 1);
    assert_eq!(
        studio.outbox_cancel(&refused.key).await.unwrap().state,
        OutboxState::Refused
    );
    write(&studio, &id, "personality", "calmer").await;
    studio.publish(&id, "stable", "").await.unwrap();
    studio.settle_once().await.unwrap();
    let heard = peer.requests();
    let ((_, one), (_, three)) = (manifest(&heard[0]), manifest(&heard[2]));
    assert_eq!(
        three.parent,
        Some(Digest::of(&one.canonical_bytes().unwrap()))
    );
}

#[tokio::test]
async fn what_the_inventory_calls_unchanged_makes_no_release_here() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    studio.publish(&id, "stable", "").await.unwrap();
    studio.settle_once().await.unwrap();
    write(&studio, &id, "personality", "calm").await;
    let entry = studio.publish(&id, "stable", "").await.unwrap();
    peer.say(&[Say::Unchanged]);
    studio.settle_once().await.unwrap();
    let entry = studio.outbox_entry(&entry.key).await.unwrap();
    assert!(entry.outcome.unwrap().contains("already says the same"));
}
