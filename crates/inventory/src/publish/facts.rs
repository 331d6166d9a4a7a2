//! Steps, channel, news and answer of a new release.

use super::Submission;
use crate::{
    audit::chain::Happened,
    error::Fault,
    exchange::{Effect, Reply, Scene, Success},
    table::{
        channel::Pointer,
        facts::{Facts, Move, Transition},
    },
};
use dramatis_api::{
    item::{Pinned, Release},
    publish::{PublishOutcome, Published, SaltedText},
    timestamp,
};
use dramatis_domain::{
    Digest, EventId, ReleaseId,
    lifecycle::{ReleaseState, Role, step},
    salted::Salted,
};
use serde_json::json;

/// Steps, channel, news and the answer of a new release.
pub(super) fn release_effect(
    submission: &Submission,
    number: i32,
    pointer: Option<Pointer>,
    policy: Option<i32>,
    pins: Vec<Pinned>,
    creator: String,
    mut scene: Scene<'_>,
) -> Result<Effect, Fault> {
    let manifest = &submission.manifest;
    let release = manifest.release;
    let mut facts = Facts {
        release_count: number,
        ..Facts::default()
    };

    let mut path = vec![(ReleaseState::Submitted, "release.submitted")];
    if policy.is_none() {
        path.push((ReleaseState::Published, "release.published"));
    }
    let mut state = ReleaseState::Draft;
    for (seq, (to, action)) in (1..).zip(path) {
        let edge = step(state, to, &[Role::Creator], None, None)
            .map_err(|all| Fault::internal(format!("{all:?}")))?;
        let mut after = json!({ "number": number, "state": to });
        if to == ReleaseState::Submitted {
            after["manifest"] = json!(submission.manifest_sha256);
            if let Some(policy) = policy {
                after["policy"] = json!(policy);
                after["to_channel"] = json!(submission.channel);
            }
        }
        let event = scene.chain.push(Happened {
            action,
            subject: Some(release.0),
            before: Some(json!({ "state": state })),
            after: Some(after),
            ..Happened::default()
        });
        let at_us = scene.chain.head().time_us;
        facts.transitions.push(Transition {
            release,
            seq,
            edge,
            reason: None,
            message: None,
            successor: None,
            event,
            at_us,
        });
        facts.news = vec![(action, event)];
        state = to;
    }
    let mut channels = Vec::new();
    if let (Some(channel), ReleaseState::Published) = (&submission.channel, state) {
        let moved = move_channel(&mut scene, channel.as_str(), pointer, release, None);
        facts.moves.push(moved);
        channels.push(channel.to_string());
    }
    facts.links = scene.chain.links().to_vec();
    facts.personal = submission
        .notes
        .iter()
        .map(|notes| ("notes", notes.clone()))
        .collect();

    let published = Published {
        outcome: if state == ReleaseState::Published {
            PublishOutcome::Published
        } else {
            PublishOutcome::Submitted
        },
        release: Release {
            id: release.0,
            item: manifest.item.0,
            number,
            state: state.as_str().to_owned(),
            manifest: submission.manifest_text.clone(),
            manifest_sha256: submission.manifest_sha256.to_string(),
            notes: submission.notes.as_ref().map(|notes| SaltedText {
                salt: hex::encode(notes.salt),
                value: notes.value.clone(),
            }),
            created_at: timestamp::from_micros(scene.now_us).unwrap_or_default(),
            notice: None,
            channels,
            pins,
        },
        slug: submission.slug.to_string(),
        creator,
        item: manifest.item.0,
    };
    let body = serde_json::to_vec(&published).map_err(Fault::internal)?;
    Ok(Effect {
        facts,
        answer: Success {
            status: 201,
            outcome: "done",
            release: Some(release),
            body: Reply::Ready(body),
        },
    })
}

/// Moves a channel: its event and its move.
pub(crate) fn move_channel(
    scene: &mut Scene<'_>,
    channel: &str,
    from: Option<Pointer>,
    to: ReleaseId,
    reason: Option<(&Salted, Digest)>,
) -> Move {
    let event: EventId = scene.chain.push(Happened {
        action: "channel.moved",
        subject: Some(to.0),
        reason: reason.map(|(_, digest)| digest),
        before: Some(json!({ "channel": channel, "release": from.map(|pointer| pointer.release) })),
        after: Some(json!({ "channel": channel, "release": to })),
        ..Happened::default()
    });
    Move {
        name: channel.to_owned(),
        seq: from.map_or(0, |pointer| pointer.seq) + 1,
        from: from.map(|pointer| pointer.release),
        to,
        event,
        at_us: scene.chain.head().time_us,
    }
}
