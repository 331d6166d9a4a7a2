//! Trying again. Where nothing stands against the very same request, it is
//! sent with its key. Where the inventory has refused it for good, or what it
//! stood on did not happen, the same content is frozen anew under a new key on
//! what is there now; the old entry ends and names the new one.

use super::settle::{finish, tag};
use crate::{
    Studio, StudioError,
    freeze::{self, Content, Scene},
    store::Write,
    table::{self, outbox::Entry},
    view::OutboxState,
};
use dramatis_api::publish::PublishRequest;

/// Tries an entry again; gives the entry that goes on.
pub(crate) async fn again(studio: &Studio, key: &str) -> Result<Entry, StudioError> {
    let now = studio.now();
    let mut write = studio.store().begin().await?;
    let mut entry = table::outbox::get(write.db(), key).await?;
    if !entry.can_retry() {
        return Err(StudioError::CannotRetry {
            why: "it needs another request, made from what is there now",
        });
    }
    let account = studio.account(write.db()).await?;
    let scene = Scene::of(write.db(), account, now).await?;
    if entry.inventory != scene.account.inventory
        || entry.tenant != scene.account.tenant
        || entry.account != scene.account.id
    {
        return Err(StudioError::CannotRetry {
            why: "it was made for another inventory or account than the one that is signed in",
        });
    }
    let going_on = if entry.is_refused() || entry.lost_its_parent() {
        anew(&mut write, &scene, &mut entry).await?
    } else {
        // The person has decided: also where the inventory was restored since.
        entry.epoch = scene.account.epoch;
        entry.set_state(OutboxState::Waiting);
        entry.set_error(None);
        entry.next_attempt_at = now;
        table::outbox::save(write.db(), &entry).await?;
        tag(&mut write, &entry);
        entry
    };
    write.commit().await?;
    studio.inner.wake.notify_one();
    Ok(going_on)
}

async fn anew(write: &mut Write<'_>, scene: &Scene, old: &mut Entry) -> Result<Entry, StudioError> {
    let open = table::outbox::open_of(write.db(), &old.item).await?;
    if open.iter().any(|other| {
        other.is_publish() && other.seq < old.seq && other.state() == OutboxState::NeedsYou
    }) {
        return Err(StudioError::CannotRetry {
            why: "an earlier publish of this character needs your decision first",
        });
    }
    let item = table::item::get(write.db(), &old.item)
        .await?
        .ok_or(StudioError::Unreadable { what: "a request" })?;
    let standing = freeze::standing(write.db(), Some(&item)).await?;
    for other in open.iter().filter(|other| freeze::is_live_publish(other)) {
        if first_frozen(write, other).await? > old.seq {
            return Err(StudioError::CannotRetry {
                why: "a later text of this character is on its way already",
            });
        }
    }
    let request: PublishRequest = serde_json::from_str(&old.body)
        .map_err(|_| StudioError::Unreadable { what: "a request" })?;
    let slug = match item.slug.clone().filter(|_| item.fetched_at.is_some()) {
        Some(slug) => slug,
        None => table::character::slug(write.db(), &old.character).await?,
    };
    let channel = match request.channel {
        Some(name) => Some(
            name.parse()
                .map_err(|_| StudioError::Unreadable { what: "a channel" })?,
        ),
        None => None,
    };
    // It ends before the new one is frozen, so that the new one stands on what lives.
    let (state, outcome) = if old.is_refused() {
        (
            OutboxState::Refused,
            "Refused by the inventory; tried again as a new request.",
        )
    } else {
        (
            OutboxState::Cancelled,
            "Never sent; tried again as a new request.",
        )
    };
    finish(old, state, outcome, scene.now);
    table::outbox::save(write.db(), old).await?;
    let content = Content {
        character_name: old.character_name.clone(),
        card: request.card,
        portrait: old.portrait.clone(),
        notes: request.notes.map(|notes| notes.value),
        channel,
        slug,
    };
    let fresh = freeze::publish(write, scene, &item, &standing, content).await?;
    old.replaced_by = Some(fresh.key.clone());
    table::outbox::save(write.db(), old).await?;
    Ok(fresh)
}

/// The place in the queue of the text itself: an entry that was frozen anew
/// stands where the one it took the place of stood.
async fn first_frozen(write: &mut Write<'_>, entry: &Entry) -> Result<i64, StudioError> {
    let mut first = entry.clone();
    while let Some(before) = table::outbox::replaced(write.db(), &first.key).await? {
        first = before;
    }
    Ok(first.seq)
}
