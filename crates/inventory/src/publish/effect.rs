//! What a publish writes, behind the savepoint.

use super::{Submission, base::against_base, facts::release_effect};
use crate::{
    audit::chain::Happened,
    error::Fault,
    exchange::{Command, Effect, Reply, Scene, Success},
    failpoint,
    table::{
        self,
        facts::Facts,
        item::NewItem,
        release::{Base, NewRelease},
    },
};
use dramatis_api::{
    Code, Problem,
    item::Release,
    publish::{PublishOutcome, Published},
};
use dramatis_domain::ReleaseId;
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
