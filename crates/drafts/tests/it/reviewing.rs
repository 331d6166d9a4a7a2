//! A reviewer's side: what waits, whole, and a word on it.

use crate::{bench::*, peer::*, shown::Shown};
use dramatis_api::{
    item::Release,
    publish::PublishOutcome,
    review::{Review, Stage},
};
use dramatis_drafts::{Studio, view::*};
use serde_json::json;

/// Somebody's two releases, the second of which waits at its first stage.
async fn submitted(bench: &Bench, peer: &Peer) -> (Release, Release) {
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    studio.publish(&id, "stable", "First").await.unwrap();
    write(&studio, &id, "personality", "calm").await;
    studio.publish(&id, "stable", "Calmer").await.unwrap();
    studio.settle_once().await.unwrap();
    studio.close().await;
    let heard = peer.requests();
    let release = |at: usize| published(&heard[at].body, at as i32 + 1, PublishOutcome::Published);
    let (one, two) = (release(0).release, release(1).release);
    let mut script = peer.script.lock().unwrap();
    script.shown = Some(Shown::of(one.clone(), "mirelle"));
    script.found = vec![one.clone()];
    script.reviews = vec![waits(&two, 1)];
    drop(script);
    (one, two)
}

fn waits(release: &Release, next: i16) -> Review {
    let stage = |stage: i16, name: &str| Stage {
        stage,
        name: name.into(),
        role: "reviewer".into(),
        approved_by: (stage < next).then(|| "Ben".into()),
    };
    Review {
        release: Release {
            state: "submitted".into(),
            ..release.clone()
        },
        name: "Mirelle".into(),
        creator: "ana".into(),
        slug: "mirelle".into(),
        channel: Some("stable".into()),
        stages: vec![stage(1, "editor"), stage(2, "rights")],
        next,
        why_not: None,
    }
}

/// A reviewer's own studio, whose store has nothing of the creator's.
async fn reviewer(bench: &Bench, peer: &Peer) -> Studio {
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    studio
}

#[tokio::test]
async fn a_review_shows_the_whole_card_and_what_it_changes() {
    let (writing, reading, peer) = (Bench::new(), Bench::new(), Peer::start().await);
    let (_, two) = submitted(&writing, &peer).await;
    let studio = reviewer(&reading, &peer).await;
    let row = &studio.reviews().await.unwrap()[0];
    assert_eq!(
        (row.number, row.next, row.notes.as_deref()),
        (2, 1, Some("Calmer"))
    );
    let whole = studio.review(&row.release).await.unwrap();
    assert_eq!(whole.review, *row);
    assert_eq!(whole.review.manifest_sha256, two.manifest_sha256);
    assert_eq!(whole.kind, "character");
    let personality = whole.fields.iter().find(|one| one.key == "personality");
    assert_eq!(personality.unwrap().text, "calm");
    let diff = whole.changes.unwrap();
    let paths: Vec<_> = diff.fields.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(
        (diff.a.as_str(), diff.b.as_str(), paths),
        ("Release 1", "Release 2", vec!["personality"])
    );
    // The picture is there to be shown, and nothing came into the library.
    let portrait = whole.portrait.unwrap();
    assert!(studio.portrait(&portrait).await.unwrap().is_some());
    assert!(studio.list_characters().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_picture_that_the_inventory_lost_is_told_as_that_and_not_as_being_offline() {
    let (writing, reading, peer) = (Bench::new(), Bench::new(), Peer::start().await);
    let (_, two) = submitted(&writing, &peer).await;
    let studio = reviewer(&reading, &peer).await;
    peer.script.lock().unwrap().files_lost = true;
    let error = studio.review(&two.id.to_string()).await.unwrap_err();
    assert_eq!(error.code(), "file_missing", "{error}");
    assert!(error.to_string().contains("said file_missing"), "{error}");
}

#[tokio::test]
async fn what_waits_is_read_to_its_last_page() {
    let (writing, reading, peer) = (Bench::new(), Bench::new(), Peer::start().await);
    let (one, two) = submitted(&writing, &peer).await;
    let studio = reviewer(&reading, &peer).await;
    peer.script.lock().unwrap().reviews = vec![waits(&one, 1), waits(&two, 1), waits(&two, 2)];
    let rows = studio.reviews().await.unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row.number, row.next)).collect();
    assert_eq!(rows, [(1, 1), (2, 1), (2, 2)]);
    assert!(studio.review("ana/mirelle#2").await.is_ok());
}

#[tokio::test]
async fn a_review_of_a_first_release_or_of_one_whose_base_is_gone_says_so() {
    let (writing, reading, peer) = (Bench::new(), Bench::new(), Peer::start().await);
    let (one, two) = submitted(&writing, &peer).await;
    let studio = reviewer(&reading, &peer).await;
    peer.script.lock().unwrap().found.clear();
    let whole = studio.review(&two.id.to_string()).await.unwrap();
    assert_eq!(whole.changes, None);
    assert!(whole.not_compared.unwrap().ends_with("It was revoked."));
    peer.script.lock().unwrap().reviews = vec![waits(&one, 1)];
    let whole = studio.review("ana/mirelle#1").await.unwrap();
    assert_eq!(
        whole.not_compared.as_deref(),
        Some("It is the first release.")
    );
}

#[tokio::test]
async fn a_review_refuses_bytes_that_do_not_have_their_hash() {
    let (writing, reading, peer) = (Bench::new(), Bench::new(), Peer::start().await);
    let (_, two) = submitted(&writing, &peer).await;
    let studio = reviewer(&reading, &peer).await;
    let id = two.id.to_string();
    // Another card than the manifest names.
    let heard = std::mem::take(&mut peer.script.lock().unwrap().heard);
    peer.script.lock().unwrap().card = json!({"name": "Somebody"}).to_string();
    assert_eq!(code(studio.review(&id).await), "bad_answer");
    // Another manifest than the hash that a decision would be bound to.
    {
        let mut script = peer.script.lock().unwrap();
        script.heard = heard;
        script.reviews[0].release.manifest_sha256 = format!("sha256:{}", "0".repeat(64));
    }
    assert_eq!(code(studio.review(&id).await), "bad_answer");
    assert_eq!(code(studio.review("ana/mirelle#9").await), "not_found");
}

#[tokio::test]
async fn a_word_is_only_on_the_stage_that_was_looked_at() {
    let (writing, reading, peer) = (Bench::new(), Bench::new(), Peer::start().await);
    let (_, two) = submitted(&writing, &peer).await;
    let studio = reviewer(&reading, &peer).await;
    let id = two.id.to_string();
    peer.script.lock().unwrap().reviews = vec![waits(&two, 2)];
    assert_eq!(code(studio.approve(&id, Some(1)).await), "state_changed");
    assert_eq!(
        code(studio.reject(&id, "No", Some(1)).await),
        "state_changed"
    );
    assert!(studio.list_outbox().await.unwrap().is_empty());
    let entry = studio.approve(&id, Some(2)).await.unwrap();
    assert_eq!(
        (entry.operation, entry.release.as_str()),
        (Operation::Approve, id.as_str())
    );
}

#[tokio::test]
async fn what_one_submitted_can_be_withdrawn_until_it_is_asked_for() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    studio.publish(&id, "stable", "First").await.unwrap();
    studio.settle_once().await.unwrap();
    let mut one = published(&peer.requests()[0].body, 1, PublishOutcome::Published).release;
    one.state = "submitted".into();
    let mut shown = Shown::of(one.clone(), "mirelle");
    shown.events.truncate(1);
    shown.item.channels.clear();
    shown.item.head.seq = 1;
    shown.item.head.hash.clone_from(&shown.events[0].hash);
    peer.script.lock().unwrap().shown = Some(shown);
    studio.refresh(Some(&id)).await.unwrap();
    let withdraw = async || {
        let timeline = studio.timeline(&id).await.unwrap();
        let actions = timeline.releases[0].actions.clone();
        let found = actions.into_iter();
        found.into_iter().find(|one| one.action == Action::Withdraw)
    };
    assert!(withdraw().await.unwrap().allowed);
    let entry = studio.withdraw(&id, &one.id.to_string()).await.unwrap();
    assert_eq!(entry.operation, Operation::Withdraw);
    assert_eq!(
        withdraw().await.unwrap().why_not.as_deref(),
        Some("a release that is withdrawn cannot become withdrawn.")
    );
}
