//! What a publish writes, behind the savepoint.

use super::Submission;
use crate::{
    audit::chain::Happened,
    error::Fault,
    exchange::{Command, Effect, Reply, Scene, Success},
    failpoint,
    table::{
        self,
        channel::Pointer,
        facts::{Facts, Move, Transition},
        item::NewItem,
        release::{Base, NewRelease},
    },
};
use dramatis_api::{
    Code, Problem,
    item::Release,
    publish::{PublishOutcome, Published, SaltedText},
    timestamp,
};
use dramatis_domain::{
    Digest, EventId, Manifest, ReleaseId,
    lifecycle::{ReleaseState, Role, step},
    salted::Salted,
};
use serde_json::json;
use sqlx::PgConnection;

/// A publish, checked; or why it is refused whatever the database holds.
pub(super) struct Publish {
    pub(super) submission: Result<Box<Submission>, Box<Problem>>,
}

impl Command for Publish {
    async fn decide(&self, db: &mut PgConnection, mut scene: Scene<'_>) -> Result<Effect, Fault> {
        let submission = self
            .submission
            .as_ref()
            .map_err(|problem| Fault::from((**problem).clone()))?;
        let manifest = &submission.manifest;
        let caller = &scene.about.caller;
        let tenant = caller.tenant;

        let base = match scene.item {
            Some(item) => {
                if item.creator != caller.account {
                    return Err(Fault::new(
                        Code::Forbidden,
                        "This character belongs to somebody else.",
                    ));
                }
                if item.slug != submission.slug.as_str() {
                    let detail = format!(
                        "This character was published as “{}” and keeps that slug.",
                        item.slug
                    );
                    return Err(Fault::new(Code::SlugChanged, detail));
                }
                table::release::base(db, tenant, manifest.item).await?
            }
            None => None,
        };
        if let Some(unchanged) = against_base(submission, base.as_ref())? {
            return unchanged_effect(submission, unchanged, scene);
        }
        let missing = table::blob::missing(db, tenant, &manifest.assets).await?;
        if !missing.is_empty() {
            return Err(blobs_missing(&missing));
        }

        if scene.item.is_none() {
            let Some(handle) = caller.handle.as_deref() else {
                return Err(Fault::new(
                    Code::Forbidden,
                    "Only creators own characters; this account has no handle.",
                ));
            };
            let new = NewItem {
                tenant,
                id: manifest.item,
                kind: manifest.kind.as_str(),
                creator: caller.account,
                slug: submission.slug.as_str(),
                created_us: scene.now_us,
            };
            table::item::insert(db, &new).await?;
            scene.chain.push(Happened {
                action: "item.created",
                subject: Some(manifest.item.0),
                after: Some(json!({ "creator": handle, "kind": manifest.kind.as_str(), "slug": submission.slug })),
                ..Happened::default()
            });
        }
        failpoint::reach("publish.after_item").await;

        let number = scene.item.map_or(0, |item| item.release_count) + 1;
        let new = NewRelease {
            tenant,
            manifest,
            manifest_bytes: submission.manifest_text.as_bytes(),
            manifest_sha256: submission.manifest_sha256,
            number,
            card: submission.card.as_bytes(),
            name: &submission.name,
            submitted_by: caller.account,
            created_us: scene.now_us,
        };
        table::release::insert(db, &new).await?;
        failpoint::reach("publish.after_release").await;
        let pointer = match (&submission.channel, scene.item) {
            (Some(channel), Some(_)) => {
                table::channel::pointer(db, tenant, manifest.item, channel.as_str()).await?
            }
            _ => None,
        };
        release_effect(submission, number, pointer, scene)
    }
}

/// Looks at the base: none is expected and none is there, or the parent is the
/// newest release and its state allows a next one. The base itself, where it
/// already says the same.
fn against_base<'a>(
    submission: &Submission,
    base: Option<&'a Base>,
) -> Result<Option<&'a Base>, Fault> {
    let parent = submission.manifest.parent;
    let Some(base) = base else {
        return match parent {
            None => Ok(None),
            Some(_) => Err(Fault::new(
                Code::BaseOutdated,
                "The release this one was made from is not in the inventory. Nothing was published.",
            )),
        };
    };
    if parent.is_none_or(|parent| parent.0 != base.manifest_sha256[..]) {
        let detail = format!(
            "Release {} came in between. Nothing was published and the draft is unchanged; merge that release and publish again.",
            base.number
        );
        return Err(Fault::new(Code::BaseOutdated, detail));
    }
    let state: ReleaseState = base.state.parse().map_err(Fault::internal)?;
    if !state.can_be_base() {
        let detail = format!(
            "Release {}, which this one is based on, is {state}; it has to be decided first.",
            base.number
        );
        return Err(Fault::new(Code::BaseBlocked, detail));
    }
    let said = Manifest::parse_canonical(&base.manifest).map_err(Fault::internal)?;
    let same = state == ReleaseState::Published && said.same_content(&submission.manifest);
    Ok(same.then_some(base))
}

fn blobs_missing(missing: &[&dramatis_domain::manifest::Asset]) -> Fault {
    let failures = missing
        .iter()
        .map(|asset| {
            let message = format!(
                "The {} ({}) is not in the inventory yet.",
                asset.role,
                asset.sha256.short()
            );
            dramatis_domain::rules::Failure::new(
                "blob_missing",
                format!("assets/{}", asset.sha256.hex()),
                message,
            )
        })
        .collect();
    let detail = "Files of this release are not in the inventory yet. Upload them, then send the same request again.";
    Fault::from(Problem {
        failures,
        ..Problem::new(Code::BlobMissing, detail)
    })
}

/// One event, no release.
fn unchanged_effect(
    submission: &Submission,
    base: &Base,
    mut scene: Scene<'_>,
) -> Result<Effect, Fault> {
    let release = ReleaseId(base.id);
    scene.chain.push(Happened {
        action: "release.unchanged",
        subject: Some(base.id),
        after: Some(json!({ "manifest": submission.manifest_sha256, "number": base.number })),
        ..Happened::default()
    });
    let facts = Facts {
        links: scene.chain.links().to_vec(),
        release_count: scene.item.map_or(0, |item| item.release_count),
        ..Facts::default()
    };
    let rest = json!({
        "slug": submission.slug,
        "creator": scene.about.caller.handle.clone().unwrap_or_default(),
        "item": submission.manifest.item,
    });
    let write = |release: Release, rest: &serde_json::Value| {
        let text = |key: &str| rest[key].as_str().unwrap_or_default().to_owned();
        serde_json::to_vec(&Published {
            outcome: PublishOutcome::Unchanged,
            item: release.item,
            release,
            slug: text("slug"),
            creator: text("creator"),
        })
    };
    Ok(Effect {
        facts,
        answer: Success {
            status: 200,
            outcome: "unchanged",
            release: Some(release),
            body: Reply::Shows(release, write, rest),
        },
    })
}

/// Steps, channel, news and the answer of a new release.
fn release_effect(
    submission: &Submission,
    number: i32,
    pointer: Option<Pointer>,
    mut scene: Scene<'_>,
) -> Result<Effect, Fault> {
    let manifest = &submission.manifest;
    let release = manifest.release;
    let caller = scene.about.caller.clone();
    let mut facts = Facts {
        release_count: number,
        ..Facts::default()
    };

    let mut path = vec![(ReleaseState::Submitted, "release.submitted")];
    if !caller.requires_approval {
        path.push((ReleaseState::Published, "release.published"));
    }
    let mut state = ReleaseState::Draft;
    for (seq, (to, action)) in (1..).zip(path) {
        let edge = step(state, to, &[Role::Creator], None, None)
            .map_err(|all| Fault::internal(format!("{all:?}")))?;
        let mut after = json!({ "number": number, "state": to });
        if to == ReleaseState::Submitted {
            after["manifest"] = json!(submission.manifest_sha256);
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
        },
        slug: submission.slug.to_string(),
        creator: caller.handle.unwrap_or_default(),
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
