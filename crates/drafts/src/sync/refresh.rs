//! One character's history, brought up to date: what extends what was seen is
//! taken over, anything else is an alarm and leaves what was seen in place.

use super::{check, fetch, release_row};
use crate::{
    Studio, StudioError,
    link::Reach,
    table::{self, item::Item, release::Channel},
};
use dramatis_api::{audit::EventRecord, item};
use dramatis_domain::{Digest, ItemId, TenantId, chain::Head, event::Stream};

/// What the inventory says of an item now.
pub(super) struct Said {
    pub(super) item: item::Item,
    /// The events after the pinned one.
    pub(super) fresh: Vec<EventRecord>,
}

/// Fetches, checks and keeps one item's history.
///
/// # Errors
/// `history_alarm` where it does not continue what was seen, after both were kept.
pub(crate) async fn refresh_item(
    studio: &Studio,
    reach: &Reach,
    id: &str,
) -> Result<(), StudioError> {
    let known = load(studio, id).await?;
    let Some(said) = ask(reach, &known).await? else {
        return Ok(());
    };
    match judge(studio, &known, &said).await {
        Ok(head) => keep(studio, &known, &said, head).await,
        Err(Doubt::Store(error)) => Err(error),
        Err(Doubt::Alarm(message)) => raise(studio, &known, &said, message).await,
    }
}

/// Why a history was not taken over.
pub(super) enum Doubt {
    Store(StudioError),
    Alarm(String),
}

impl From<StudioError> for Doubt {
    fn from(error: StudioError) -> Self {
        Self::Store(error)
    }
}

impl From<String> for Doubt {
    fn from(message: String) -> Self {
        Self::Alarm(message)
    }
}

async fn load(studio: &Studio, id: &str) -> Result<Item, StudioError> {
    let mut db = studio.store().reader().await?;
    table::item::get(&mut db, id)
        .await?
        .ok_or(StudioError::NotFound { what: "character" })
}

/// What the inventory says; none where the character was never published there.
async fn ask(reach: &Reach, known: &Item) -> Result<Option<Said>, StudioError> {
    let item = match reach.remote.item(&known.id).await {
        Ok(item) => item,
        Err(StudioError::Inventory(problem)) if problem.code == "not_found" => {
            if known.pinned_seq == 0 {
                return Ok(None);
            }
            // Gone altogether: an item without anything says so.
            item::Item {
                id: parse(&known.id)?,
                kind: String::new(),
                creator: known.creator.clone(),
                slug: known.slug.clone().unwrap_or_default(),
                releases: Vec::new(),
                channels: Vec::new(),
                head: dramatis_api::audit::Head {
                    seq: 0,
                    hash: String::new(),
                },
            }
        }
        Err(error) => return Err(error),
    };
    // From the pinned event itself on: its hash shows whether the chain was
    // rewritten below it.
    let fresh = if item.head.seq > known.pinned_seq {
        fetch::events_after(reach, &known.id, known.pinned_seq).await?
    } else {
        Vec::new()
    };
    Ok(Some(Said { item, fresh }))
}

/// Whether it continues what was seen; the new head where it does.
pub(super) async fn judge(studio: &Studio, known: &Item, said: &Said) -> Result<Head, Doubt> {
    let pinned = pinned(known)?;
    let shown = i64::try_from(pinned.seq).unwrap_or(i64::MAX);
    if said.item.head.seq < shown {
        return Err(Doubt::Alarm(format!(
            "it ends at event {}, and event {shown} was seen before: its end was cut off",
            said.item.head.seq
        )));
    }
    let (tenant, item) = (TenantId(parse(&known.tenant)?), ItemId(parse(&known.id)?));
    let head = check::chain(pinned, tenant, item, &said.fresh)?;
    if said.fresh.is_empty()
        && said.item.head.seq == shown
        && head.hash.to_string() != said.item.head.hash
    {
        return Err(Doubt::Alarm(format!(
            "event {shown} is not the one that was seen before: the history was rewritten"
        )));
    }
    if i64::try_from(head.seq).unwrap_or(0) < said.item.head.seq {
        return Err(Doubt::Alarm(format!(
            "events after {} are missing",
            head.seq
        )));
    }
    if let Some(at_head) = said
        .fresh
        .iter()
        .find(|event| event.seq == said.item.head.seq)
        && at_head.hash != said.item.head.hash
    {
        return Err(Doubt::Alarm(format!(
            "event {} is not the one the history is said to end with",
            at_head.seq
        )));
    }
    check::lineage(&said.item.releases, &known.id)?;
    against_cache(studio, known, said).await?;
    Ok(head)
}

/// Releases never change; those that were frozen here are the ones that were sent.
async fn against_cache(studio: &Studio, known: &Item, said: &Said) -> Result<(), Doubt> {
    let mut db = studio.store().snapshot().await?;
    for seen in table::release::list(&mut db, &known.id).await? {
        let now = said
            .item
            .releases
            .iter()
            .find(|release| release.id.to_string() == seen.id);
        let same = now.is_some_and(|now| {
            now.manifest_sha256 == seen.manifest_sha256 && i64::from(now.number) == seen.number
        });
        if !same {
            let what = if now.is_some() {
                "is not the one that was seen before"
            } else {
                "is no longer there"
            };
            return Err(Doubt::Alarm(format!("release {} {what}", seen.number)));
        }
    }
    for release in &said.item.releases {
        let frozen = table::outbox::publish_of(&mut db, &release.id.to_string()).await?;
        if frozen.is_some_and(|frozen| {
            frozen.manifest_sha256.as_deref() != Some(release.manifest_sha256.as_str())
        }) {
            return Err(Doubt::Alarm(format!(
                "release {} is not what this studio sent",
                release.number
            )));
        }
    }
    let mut events = table::event::list(&mut db, &known.id).await?;
    // A page may have come after the item: what is newer than the item's head
    // is not in its projections yet.
    events.extend(
        said.fresh
            .iter()
            .filter(|event| event.seq <= said.item.head.seq)
            .cloned(),
    );
    check::projections(&said.item, &events)?;
    Ok(())
}

async fn keep(studio: &Studio, known: &Item, said: &Said, head: Head) -> Result<(), StudioError> {
    let now = studio.now();
    let mut write = studio.store().begin().await?;
    // Another process may have gone further meanwhile: its pin stands.
    let current = table::item::get(write.db(), &known.id)
        .await?
        .ok_or(StudioError::NotFound { what: "character" })?;
    if current.pinned_seq > i64::try_from(head.seq).unwrap_or(0) {
        return Ok(());
    }
    for event in &said.fresh {
        table::event::add(write.db(), &known.id, event).await?;
    }
    for release in &said.item.releases {
        table::release::put(write.db(), &release_row(&known.id, release, now)).await?;
    }
    let channels: Vec<_> = said
        .item
        .channels
        .iter()
        .map(|channel| Channel {
            name: channel.name.clone(),
            release: channel.release.to_string(),
            number: i64::from(channel.number),
        })
        .collect();
    table::release::set_channels(write.db(), &known.id, &channels).await?;
    let seq = i64::try_from(head.seq).unwrap_or(i64::MAX);
    table::item::pin(
        write.db(),
        &known.id,
        seq,
        &head.hash.to_string(),
        head.time_us,
    )
    .await?;
    table::item::set_names(
        write.db(),
        &known.id,
        &said.item.creator,
        &said.item.slug,
        Some(now),
    )
    .await?;
    let cleared = table::alarm::clear(write.db(), &known.id, false, now).await?;
    write.tag(format!("timeline:{}", known.character));
    write.tag("status");
    if cleared > 0 || !said.fresh.is_empty() {
        write.tag("library");
        write.tag(format!("character:{}", known.character));
    }
    write.commit().await
}

/// Keeps what the inventory says beside what was seen, and says so.
async fn raise(
    studio: &Studio,
    known: &Item,
    said: &Said,
    message: String,
) -> Result<(), StudioError> {
    let theirs = serde_json::to_string(&(&said.item, &said.fresh))
        .map_err(|_| StudioError::Unreadable { what: "a history" })?;
    raise_with(studio, known, &theirs, &message, false).await?;
    let mut db = studio.store().reader().await?;
    let name = table::draft::get(&mut db, &known.character).await?.name;
    Err(StudioError::HistoryAlarm {
        name,
        detail: message,
    })
}

pub(super) async fn raise_with(
    studio: &Studio,
    known: &Item,
    theirs: &str,
    message: &str,
    by_verify: bool,
) -> Result<(), StudioError> {
    let now = studio.now();
    let mut write = studio.store().begin().await?;
    table::alarm::raise(write.db(), &known.id, message, theirs, by_verify, now).await?;
    write.tag("status");
    write.tag("library");
    write.tag(format!("timeline:{}", known.character));
    write.commit().await
}

/// The last event that was seen, as a head.
pub(super) fn pinned(known: &Item) -> Result<Head, StudioError> {
    match (&known.pinned_hash, known.pinned_us) {
        (Some(hash), Some(time_us)) => Ok(Head {
            seq: u64::try_from(known.pinned_seq).unwrap_or(0),
            hash: hash
                .parse::<Digest>()
                .map_err(|_| StudioError::Unreadable { what: "a digest" })?,
            time_us,
        }),
        _ => genesis(known),
    }
}

pub(super) fn genesis(known: &Item) -> Result<Head, StudioError> {
    Ok(Head::genesis(
        TenantId(parse(&known.tenant)?),
        Stream::Item(ItemId(parse(&known.id)?)),
    ))
}

pub(super) fn parse(id: &str) -> Result<uuid::Uuid, StudioError> {
    id.parse()
        .map_err(|_| StudioError::Unreadable { what: "an id" })
}
