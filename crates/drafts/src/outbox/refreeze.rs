//! Trying again. Where nothing stands against the very same request, it is
//! sent with its key. Where the inventory has refused it for good, or what it
//! stood on did not happen, the same content is frozen anew under a new key on
//! what is there now; the old entry ends and names the new one.
//!
//! Content that a release from elsewhere has overtaken is never frozen again as
//! it is: that would take back, unsaid, what that release brought. The draft,
//! which has taken it in, goes out in its place.

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
    let going_on = if entry.is_frozen_again() {
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
    let overtaken = freeze::overtaken_by(write.db(), old).await?;
    if overtaken.is_none() && is_outdated(old) {
        return Err(StudioError::CannotRetry {
            why: "the release that came in between is not known here yet; ask the inventory first",
        });
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
    let mut content = Content {
        character_name: old.character_name.clone(),
        card: request.card,
        portrait: old.portrait.clone(),
        notes: request.notes.map(|notes| notes.value),
        channel,
        slug,
    };
    if overtaken.is_some() {
        let draft = table::draft::get(write.db(), &old.character).await?;
        standing.refuse_the_same(&draft.sha256, draft.portrait.as_deref())?;
        content.character_name = draft.name;
        content.card = draft.document;
        content.portrait = draft.portrait;
        // Every later text is in the draft as well.
        for mut later in open
            .into_iter()
            .filter(|other| other.seq > old.seq && other.is_publish() && other.is_frozen_again())
        {
            let (state, _) = ending(&later);
            finish(
                &mut later,
                state,
                "Its text went on as the draft.",
                scene.now,
            );
            table::outbox::save(write.db(), &later).await?;
            tag(write, &later);
        }
    }
    // It ends before the new one is frozen, so that the new one stands on what lives.
    let (state, outcome) = ending(old);
    finish(old, state, outcome, scene.now);
    table::outbox::save(write.db(), old).await?;
    let fresh = freeze::publish(write, scene, &item, &standing, content).await?;
    old.replaced_by = Some(fresh.key.clone());
    table::outbox::save(write.db(), old).await?;
    Ok(fresh)
}

fn is_outdated(entry: &Entry) -> bool {
    entry
        .last_error()
        .is_some_and(|error| error.code == "base_outdated")
}

/// How an entry ends whose place another one takes.
fn ending(entry: &Entry) -> (OutboxState, &'static str) {
    if entry.is_refused() {
        (
            OutboxState::Refused,
            "Refused by the inventory; tried again as a new request.",
        )
    } else {
        (
            OutboxState::Cancelled,
            "Never sent; tried again as a new request.",
        )
    }
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
