//! Freezing a publish.

use super::{Scene, Standing, frozen, salt, salted_text};
use crate::{
    StudioError,
    store::Write,
    table::{
        self, blob,
        item::{Base, Item},
        outbox::Entry,
    },
    view::Operation,
};
use dramatis_api::publish::PublishRequest;
use dramatis_client::operations;
use dramatis_domain::{
    Digest, ItemId, ItemKind, Manifest, ReleaseId,
    manifest::{Asset, SCHEMA},
    names::ChannelName,
    rules::{self, Candidate},
};
use uuid::Uuid;

/// What is to be released.
pub(crate) struct Content {
    pub(crate) character_name: String,
    pub(crate) card: String,
    pub(crate) portrait: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) channel: Option<ChannelName>,
    pub(crate) slug: String,
}

/// Freezes content on top of what it stands on, and puts it into the outbox.
pub(crate) async fn publish(
    write: &mut Write<'_>,
    scene: &Scene,
    item: &Item,
    standing: &Standing,
    content: Content,
) -> Result<Entry, StudioError> {
    let assets = assets(write, content.portrait.as_deref()).await?;
    let failures = rules::check(&Candidate {
        kind: ItemKind::Character,
        card: &content.card,
        notes: content.notes.as_deref(),
        assets: &assets,
    });
    if !failures.is_empty() {
        return Err(StudioError::NotPublishable(failures));
    }
    let notes = content.notes.as_deref().map(salt);
    let release = Uuid::now_v7();
    let manifest = Manifest {
        schema: SCHEMA.to_owned(),
        kind: ItemKind::Character,
        item: item
            .id
            .parse::<ItemId>()
            .map_err(|_| StudioError::Unreadable {
                what: "the id of a character",
            })?,
        release: ReleaseId(release),
        parent: parent(standing)?,
        card: Digest::of(content.card.as_bytes()),
        assets,
        targets: Vec::new(),
        licence: None,
        notes: notes.as_ref().map(dramatis_domain::salted::Salted::digest),
        rule_set: rules::current(ItemKind::Character)?.1,
        forked_from: None,
    };
    let manifest_bytes = manifest.canonical_bytes()?;
    let manifest_sha256 = Digest::of(&manifest_bytes).to_string();
    let card = blob::put(write.db(), content.card.as_bytes(), blob::JSON, scene.now).await?;
    let request = PublishRequest {
        slug: content.slug.clone(),
        manifest: String::from_utf8(manifest_bytes)
            .map_err(|_| StudioError::Unreadable { what: "a manifest" })?,
        card: content.card,
        notes: notes.as_ref().map(salted_text),
        channel: content.channel.as_ref().map(ToString::to_string),
        device: scene.device.clone(),
    };
    let to = content
        .channel
        .map_or_else(|| "no channel".to_owned(), |channel| channel.to_string());
    let entry = Entry {
        summary: format!("Publish {} to {to}", content.character_name),
        release: release.to_string(),
        parent_release: standing.base.release.clone(),
        parent_manifest: standing.base.manifest.clone(),
        manifest_sha256: Some(manifest_sha256.clone()),
        card: Some(card.clone()),
        portrait: content.portrait.clone(),
        after_key: after(write, &item.id, standing).await?,
        needs_parent: i64::from(standing.behind.is_some()),
        ..scene.entry(
            &item.character,
            &item.id,
            &content.character_name,
            Operation::Publish,
        )
    };
    let body = frozen(&request)?;
    let entry = entry.asking(|key| operations::releases_publish(key, body))?;
    table::outbox::add(write.db(), &entry).await?;
    if let Some(portrait) = &content.portrait {
        table::outbox::add_blob(write.db(), &entry.key, portrait).await?;
    }
    let base = Base {
        release: Some(entry.release.clone()),
        manifest: Some(manifest_sha256),
        card: Some(card),
        portrait: content.portrait,
    };
    table::item::set_base(write.db(), &item.id, &base).await?;
    table::item::set_slug(write.db(), &item.id, Some(&content.slug)).await?;
    crate::outbox::tag(write, &entry);
    write.tag(format!("character:{}", entry.character));
    Ok(entry)
}

fn parent(standing: &Standing) -> Result<Option<Digest>, StudioError> {
    let manifest = standing.base.manifest.as_deref();
    manifest
        .map(|digest| {
            digest
                .parse()
                .map_err(|_| StudioError::Unreadable { what: "a digest" })
        })
        .transpose()
}

/// The entry before it: the publish it is chained on, or any other of the item.
async fn after(
    write: &mut Write<'_>,
    item: &str,
    standing: &Standing,
) -> Result<Option<String>, StudioError> {
    if standing.behind.is_some() {
        return Ok(standing.behind.clone());
    }
    let open = table::outbox::open_of(write.db(), item).await?;
    Ok(open.last().map(|entry| entry.key.clone()))
}

/// The assets of a draft as a manifest names them.
pub(crate) async fn assets(
    write: &mut Write<'_>,
    portrait: Option<&str>,
) -> Result<Vec<Asset>, StudioError> {
    let Some(sha256) = portrait else {
        return Ok(Vec::new());
    };
    let size = blob::size(write.db(), sha256).await?;
    Ok(vec![portrait_asset(sha256, size)?])
}

/// A portrait as a manifest names it.
pub(crate) fn portrait_asset(sha256: &str, size: Option<i64>) -> Result<Asset, StudioError> {
    let unreadable = StudioError::Unreadable { what: "a portrait" };
    let (Some(size), Ok(digest)) = (size, sha256.parse()) else {
        return Err(unreadable);
    };
    Ok(Asset {
        role: "portrait".to_owned(),
        sha256: digest,
        size: u32::try_from(size).unwrap_or(u32::MAX),
        media_type: blob::PNG.to_owned(),
    })
}
