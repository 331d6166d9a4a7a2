//! History that was seen, against what the inventory says now.

use crate::{bench::*, peer::*, shown::Shown};
use dramatis_api::{audit::Head, item::Release};
use dramatis_drafts::{Studio, view::*};
use serde_json::json;
use uuid::Uuid;

/// A studio that has published twice and seen both.
async fn seen(bench: &Bench, peer: &Peer) -> (Studio, String, Shown) {
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    studio.publish(&id, "stable", "First").await.unwrap();
    write(&studio, &id, "personality", "calm").await;
    studio.publish(&id, "stable", "Calmer").await.unwrap();
    studio.settle_once().await.unwrap();
    let heard = peer.requests();
    let published = |index: usize| {
        let outcome = dramatis_api::publish::PublishOutcome::Published;
        crate::peer::published(&heard[index].body, index as i32 + 1, outcome).release
    };
    let mut shown = Shown::of(published(0), "mirelle");
    shown.publish(published(1));
    peer.script.lock().unwrap().shown = Some(shown.clone());
    studio.refresh(Some(&id)).await.unwrap();
    (studio, id, shown)
}

#[tokio::test]
async fn the_timeline_shows_releases_events_and_channels_offline() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, id, _) = seen(&bench, &peer).await;
    studio.close().await;
    let studio = bench.open().await;
    let timeline = studio.timeline(&id).await.unwrap();
    let numbers: Vec<_> = timeline
        .releases
        .iter()
        .map(|node| (node.number, node.events.len(), node.verification.state))
        .collect();
    assert_eq!(
        numbers,
        [
            (2, 3, VerificationState::Verified),
            (1, 3, VerificationState::Verified)
        ]
    );
    assert_eq!(
        (
            timeline.channels[0].name.as_str(),
            timeline.channels[0].number
        ),
        ("stable", 2)
    );
    assert_eq!(timeline.releases[0].notes.as_deref(), Some("Calmer"));
    assert_eq!(timeline.verification.state, HistoryState::Verified);
    let moved = &timeline.releases[0].events[2];
    assert_eq!(
        (moved.before.as_deref(), moved.after.as_deref()),
        (None, Some("stable: 2"))
    );
    let release = |node: &ReleaseNode| VersionRef::Release {
        release: node.id.clone(),
    };
    let diff = studio
        .diff(
            &id,
            release(&timeline.releases[1]),
            release(&timeline.releases[0]),
        )
        .await
        .unwrap();
    assert_eq!(
        (
            diff.a.as_str(),
            diff.b.as_str(),
            diff.fields.len(),
            diff.fields[0].path.as_str()
        ),
        ("Release 1", "Release 2", 1, "personality")
    );
    // Restoring makes a draft; it publishes nothing.
    let restored = studio
        .restore_field(&id, release(&timeline.releases[1]), "personality")
        .await
        .unwrap();
    assert_eq!(restored.changes.len(), 1);
    assert_eq!(studio.list_outbox().await.unwrap().len(), 2);
}

#[tokio::test]
async fn history_that_does_not_extend_what_was_seen_is_an_alarm_and_both_are_kept() {
    type Forge = fn(&mut Shown);
    let forgeries: &[(&str, Forge)] = &[
        ("its end was cut off", |shown| {
            shown.events.truncate(3);
            shown.item.head = Head {
                seq: 3,
                hash: shown.events[2].hash.clone(),
            };
        }),
        ("the history was rewritten", |shown| {
            shown.events[1].request_id = "another".into();
            shown.rehash();
        }),
        ("the link between them is broken", |shown| {
            shown.events[1].request_id = "another".into();
            shown.rehash();
            let release = shown.item.releases[1].clone();
            let subject = release.id;
            shown.happen(
                "release.deprecated",
                subject,
                &json!({"state": "published"}),
                &json!({"state": "deprecated"}),
            );
        }),
        ("release 1 is no longer there", |shown| {
            let second = shown.item.releases.remove(1);
            shown.item.releases = vec![Release {
                number: 1,
                ..second
            }];
        }),
        ("its manifest does not have the hash", |shown| {
            shown.item.releases[0].manifest =
                shown.item.releases[0].manifest.replace("character", "pack");
        }),
        (
            "is shown as archived, and its events say published",
            |shown| shown.item.releases[1].state = "archived".into(),
        ),
        ("points elsewhere", |shown| {
            shown.item.channels[0].release = shown.item.releases[0].id;
        }),
        ("its notes are not those", |shown| {
            if let Some(notes) = &mut shown.item.releases[1].notes {
                notes.value = "Other".into();
            }
        }),
    ];
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, id, honest) = seen(&bench, &peer).await;
    for (expected, forge) in forgeries {
        let before = studio.timeline(&id).await.unwrap();
        let mut forged = honest.clone();
        forge(&mut forged);
        peer.script.lock().unwrap().shown = Some(forged);
        let error = studio
            .refresh(Some(&id))
            .await
            .expect_err(expected)
            .to_ipc();
        assert_eq!(error.code, "history_alarm");
        if *expected != "release 1 is no longer there" {
            assert!(
                error.message.contains(expected),
                "{expected}: {}",
                error.message
            );
        }
        let now = studio.timeline(&id).await.unwrap();
        assert_eq!(
            (now.verification.state, &now.releases),
            (HistoryState::Alarm, &before.releases),
            "{expected}"
        );
        assert_eq!(
            studio.status().await.unwrap().history.state,
            HistoryState::Alarm
        );
        assert!(!studio.verify(&id).await.unwrap().ok, "{expected}");
        // The alarm ends when the inventory shows again what was seen.
        // What a whole verification found, only another one ends.
        peer.script.lock().unwrap().shown = Some(honest.clone());
        studio.refresh(Some(&id)).await.unwrap();
        assert_eq!(
            studio.status().await.unwrap().history.state,
            HistoryState::Alarm
        );
        assert!(studio.verify(&id).await.unwrap().ok);
        assert_eq!(
            studio.status().await.unwrap().history.state,
            HistoryState::Verified
        );
    }
}

#[tokio::test]
async fn a_newer_release_is_not_published_over_but_merged_and_both_sides_are_kept() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, id, mut shown) = seen(&bench, &peer).await;
    // Somebody else's release on top of the second one: another scenario and
    // another first message.
    let card = document(&studio, &id).await;
    let card = dramatis_cards::CardDocument::parse(card).unwrap();
    let card = card
        .set("scenario", dramatis_cards::NewValue::Text("theirs"))
        .unwrap();
    let card = card
        .set("first_mes", dramatis_cards::NewValue::Text("theirs"))
        .unwrap();
    {
        let mut script = peer.script.lock().unwrap();
        (script.card, script.number) = (card.text().to_owned(), 3);
    }
    let second = &shown.item.releases[1];
    let manifest = dramatis_domain::Manifest {
        release: Uuid::from_u128(77).into(),
        parent: Some(second.manifest_sha256.parse().unwrap()),
        notes: None,
        card: dramatis_domain::Digest::of(card.text().as_bytes()),
        ..dramatis_domain::Manifest::parse_canonical(second.manifest.as_bytes()).unwrap()
    };
    let bytes = manifest.canonical_bytes().unwrap();
    shown.publish(Release {
        id: Uuid::from_u128(77),
        number: 3,
        manifest_sha256: dramatis_domain::Digest::of(&bytes).to_string(),
        manifest: String::from_utf8(bytes).unwrap(),
        notes: None,
        ..second.clone()
    });
    peer.script.lock().unwrap().shown = Some(shown.clone());
    write(&studio, &id, "personality", "mine").await;
    write(&studio, &id, "first_mes", "mine").await;
    studio.refresh(Some(&id)).await.unwrap();

    let check = studio.publish_check(&id, "stable").await.unwrap();
    assert_eq!(check.blocked.unwrap().code, "base_outdated");
    assert_eq!(
        code(studio.publish(&id, "stable", "").await),
        "base_outdated"
    );
    let taken = studio.take_in(&id).await.unwrap();
    let both: Vec<_> = taken
        .character
        .overlaps
        .iter()
        .map(|one| (one.path.as_str(), one.mine.as_str(), one.theirs.as_str()))
        .collect();
    assert_eq!(both, [("first_mes", "mine", "theirs")]);
    assert_eq!(taken.character.base.unwrap().number, 3);
    for (field, text) in [
        ("personality", "mine"),
        ("scenario", "theirs"),
        ("first_mes", "mine"),
    ] {
        assert_eq!(read(&studio, &id, field).await, text);
    }
    studio.publish(&id, "stable", "").await.unwrap();
    studio.settle_once().await.unwrap();
    let sent = peer.requests().pop().unwrap();
    let request: dramatis_api::publish::PublishRequest =
        serde_json::from_slice(&sent.body).unwrap();
    let parent = dramatis_domain::Manifest::parse_canonical(request.manifest.as_bytes())
        .unwrap()
        .parent;
    assert_eq!(
        parent.unwrap().to_string(),
        shown.item.releases[2].manifest_sha256
    );
}

#[tokio::test]
async fn steps_are_checked_by_the_lifecycle_and_wait_for_each_other() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, id, _) = seen(&bench, &peer).await;
    studio.set_connection(Some(nobody()));
    let timeline = studio.timeline(&id).await.unwrap();
    let (two, one) = (
        timeline.releases[0].id.clone(),
        timeline.releases[1].id.clone(),
    );
    assert_eq!(
        code(studio.deprecate(&id, &two, " ", None).await),
        "step_refused"
    );
    assert_eq!(code(studio.unarchive(&id, &two).await), "step_refused");
    let deprecated = studio
        .deprecate(&id, &two, "Use 1", Some(&one))
        .await
        .unwrap();
    // The next step starts from the state that is on its way.
    assert_eq!(
        code(studio.deprecate(&id, &two, "again", None).await),
        "step_refused"
    );
    let back = studio.undeprecate(&id, &two).await.unwrap();
    assert_eq!(back.after_key.as_deref(), Some(deprecated.key.as_str()));
    let repoint = vec![Repoint {
        channel: "stable".into(),
        release: one.clone(),
    }];
    studio
        .revoke(&id, &two, ReasonCode::Rights, "Not mine", None, repoint)
        .await
        .unwrap();
    assert_eq!(
        code(studio.promote(&id, &two, "beta", "").await),
        "step_refused"
    );
    studio.promote(&id, &one, "beta", "").await.unwrap();
    let actions = &studio.timeline(&id).await.unwrap().releases[0].actions;
    assert!(
        actions
            .iter()
            .all(|action| action.allowed
                == matches!(action.action, Action::Export | Action::Compare)),
        "{actions:?}"
    );
    let waiting: Vec<_> = studio
        .timeline(&id)
        .await
        .unwrap()
        .waiting
        .into_iter()
        .map(|entry| entry.operation)
        .collect();
    assert_eq!(
        waiting,
        [
            Operation::Deprecate,
            Operation::Undeprecate,
            Operation::Revoke,
            Operation::Promote
        ]
    );
}
