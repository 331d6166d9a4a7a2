//! What a publish writes, behind the savepoint.

use super::{Submission, base::against_base, facts::release_effect, refers};
use crate::{
    audit::chain::{Circumstances, Happened},
    auth::Caller,
    command::owned,
    db::Database,
    error::Fault,
    exchange::{Command, Effect, Reply, Scene, Success},
    failpoint,
    table::{
        self,
        approval::NewSubmission,
        facts::Facts,
        item::NewItem,
        release::{Base, Glimpse, NewRelease},
    },
};
use dramatis_api::{
    Code, Problem,
    item::Release,
    publish::{PublishOutcome, Published},
};
use dramatis_domain::{ReleaseId, TenantId, names::ChannelName};
use serde_json::json;
use sqlx::PgConnection;

/// A publish, checked; or why it is refused whatever the database holds.
pub(super) struct Publish {
    pub(super) submission: Result<Box<Submission>, Box<Problem>>,
}

impl Command for Publish {
    fn founds(&self, about: &Circumstances) -> Option<NewItem> {
        let submission = self.submission.as_ref().ok()?;
        let first = submission.manifest.parent.is_none()
            && about.caller.handle.is_some()
            && self.may(&about.caller).is_ok();
        first.then(|| new_item(submission, about))
    }

    async fn glimpse(&self, db: &Database, tenant: TenantId) -> Result<Option<Glimpse>, Fault> {
        let Ok(submission) = &self.submission else {
            return Ok(None);
        };
        let channel = submission.channel.as_ref().map(ChannelName::as_str);
        Ok(table::release::glimpse(db, tenant, submission.manifest.item, channel).await?)
    }

    fn may(&self, caller: &Caller) -> Result<(), Fault> {
        caller.creates()
    }

    async fn decide(&self, db: &mut PgConnection, mut scene: Scene<'_>) -> Result<Effect, Fault> {
        self.may(&scene.about.caller)?;
        let submission = self
            .submission
            .as_ref()
            .map_err(|problem| Fault::from((**problem).clone()))?;
        let manifest = &submission.manifest;
        let caller = &scene.about.caller;
        let tenant = caller.tenant;

        let base = match scene.item {
            Some(item) => {
                owned(db, caller, manifest.item, item).await?;
                if item.slug != submission.slug.as_str() {
                    let detail = format!(
                        "This {} was published as “{}” and keeps that slug.",
                        manifest.kind.as_str(),
                        item.slug
                    );
                    return Err(Fault::new(Code::SlugChanged, detail));
                }
                match &scene.glimpse {
                    Some(seen) => seen.base.clone(),
                    None => table::release::base(db, tenant, manifest.item).await?,
                }
            }
            None => None,
        };
        let creator = address_handle(db, &scene).await?;
        if let Some(unchanged) = against_base(submission, base.as_ref())? {
            return unchanged_effect(submission, unchanged, &creator, scene);
        }
        let missing = table::blob::missing(db, tenant, &manifest.assets).await?;
        if !missing.is_empty() {
            return Err(blobs_missing(&missing));
        }
        let pins = refers::check(db, caller, submission).await?;

        if scene.item.is_none() {
            let Some(handle) = caller.handle.as_deref() else {
                return Err(Fault::new(
                    Code::Forbidden,
                    format!(
                        "Only creators own a {}; this account has no handle.",
                        manifest.kind.as_str()
                    ),
                ));
            };
            if !scene.founded && !table::item::found(db, &new_item(submission, scene.about)).await?
            {
                return Err(Fault::new(
                    Code::Busy,
                    format!(
                        "Somebody else is just making this {}. Send the same request again.",
                        manifest.kind.as_str()
                    ),
                ));
            }
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
            face: &submission.face,
            submitted_by: caller.account,
            created_us: scene.now_us,
        };
        if !table::release::insert(db, &new).await?
            && table::erasure::card_is_gone(db, tenant, manifest.card.as_bytes()).await?
        {
            return Err(Fault::new(
                Code::Erased,
                "This card, byte for byte, was erased from the inventory by an order and is not taken again. Nothing was published.",
            ));
        }
        refers::keep(db, tenant, submission, &pins).await?;
        failpoint::reach("publish.after_release").await;
        let pointer = match (&submission.channel, scene.item, &scene.glimpse) {
            (_, _, Some(seen)) => seen.pointer,
            (Some(channel), Some(_), None) => {
                table::channel::pointer(db, tenant, manifest.item, channel.as_str()).await?
            }
            _ => None,
        };
        let policy = match caller.requires_approval {
            true => Some(submit(db, submission, scene.about).await?),
            false => None,
        };
        let shown = match pins.is_empty() {
            true => Vec::new(),
            false => table::pin::of_one(db, tenant, manifest.release).await?,
        };
        release_effect(submission, number, pointer, policy, shown, creator, scene)
    }
}

/// Keeps under which policy the release waits. Where no policy can be read it
/// is not taken: nobody could ever approve it.
async fn submit(
    db: &mut PgConnection,
    submission: &Submission,
    about: &Circumstances,
) -> Result<i32, Fault> {
    let tenant = about.caller.tenant;
    let Some(policy) = table::approval::version(db, tenant).await? else {
        return Err(Fault::new(
            Code::ApprovalBlocked,
            "This inventory asks for approval, but says nowhere by whom. Nothing was submitted and the draft is unchanged; its operator has to name the stages.",
        ));
    };
    let new = NewSubmission {
        release: submission.manifest.release,
        item: submission.manifest.item,
        policy,
        manifest: submission.manifest_sha256,
        by: about.caller.account,
        channel: submission.channel.as_ref().map(ChannelName::as_str),
    };
    table::approval::submit(db, tenant, &new).await?;
    failpoint::reach("publish.after_submission").await;
    Ok(policy)
}

/// The handle in the item's address: of whoever made it, whoever publishes now.
async fn address_handle(db: &mut PgConnection, scene: &Scene<'_>) -> Result<String, Fault> {
    let caller = &scene.about.caller;
    let handle = match scene.item {
        Some(item) if item.creator != caller.account => {
            table::owners::address_handle(db, caller.tenant, item.creator).await?
        }
        _ => caller.handle.clone(),
    };
    Ok(handle.unwrap_or_default())
}

/// One event, no release.
fn unchanged_effect(
    submission: &Submission,
    base: &Base,
    creator: &str,
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
        "creator": creator,
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

fn new_item(submission: &Submission, about: &Circumstances) -> NewItem {
    NewItem {
        tenant: about.caller.tenant,
        id: submission.manifest.item,
        kind: submission.manifest.kind.as_str(),
        creator: about.caller.account,
        slug: submission.slug.to_string(),
    }
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
