//! What a next release would stand on: the newest request of the character
//! that is on its way, or the newest release that is known.

use crate::{
    StudioError,
    store::Db,
    table::{
        self,
        item::{Base, Item},
        outbox::Entry,
        release::Release,
    },
    view::OutboxState,
};
use dramatis_domain::lifecycle::ReleaseState;

/// What a next release follows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// What its manifest names as parent.
    pub(crate) base: Base,
    /// The publish on its way that it is chained on.
    pub(crate) behind: Option<String>,
    /// The number it would get, as far as is known here.
    pub(crate) next_number: u32,
    /// Number and state of a base that is not published: content equal to its
    /// own would be published a second time.
    pub(crate) base_not_published: Option<(u32, ReleaseState)>,
    /// What people call the base.
    pub(crate) base_label: String,
}

impl Standing {
    /// Refuses content that says what the base says: nothing new where that is
    /// published, and its state where it is not (inventory.md, Publish).
    pub(crate) fn refuse_the_same(
        &self,
        card: &str,
        portrait: Option<&str>,
    ) -> Result<(), StudioError> {
        let same =
            self.base.card.as_deref() == Some(card) && self.base.portrait.as_deref() == portrait;
        match self.base_not_published {
            _ if !same => Ok(()),
            Some((number, state)) => Err(StudioError::SaysTheSame {
                number,
                state: state.as_str().to_owned(),
            }),
            None => Err(StudioError::Unchanged {
                version: self.base_label.clone(),
            }),
        }
    }
}

/// Finds out, or says what forbids a next release.
pub(crate) async fn standing(db: &mut Db, item: Option<&Item>) -> Result<Standing, StudioError> {
    let Some(item) = item else {
        return Ok(Standing {
            next_number: 1,
            ..Standing::default()
        });
    };
    let newest = table::release::newest(db, &item.id).await?;
    let highest = table::release::list(db, &item.id)
        .await?
        .last()
        .map_or(0, |release| release.number);
    let pending: Vec<Entry> = table::outbox::open_of(db, &item.id)
        .await?
        .into_iter()
        .filter(is_live_publish)
        .collect();
    let ahead = i64::try_from(pending.len()).unwrap_or(0);
    let next_number = u32::try_from(highest + ahead + 1).unwrap_or(u32::MAX);
    if let Some(last) = pending.last() {
        return Ok(Standing {
            base: base_of(last),
            behind: Some(last.key.clone()),
            next_number,
            base_not_published: None,
            base_label: "the publish that is waiting".to_owned(),
        });
    }
    let Some(newest) = newest else {
        return Ok(Standing {
            next_number,
            ..Standing::default()
        });
    };
    // A base that was rejected or withdrawn leaves the line: the draft goes on
    // from what that one was made from, which is the newest again.
    let left_the_line = match &item.base_release {
        Some(base) => table::release::get(db, &item.id, base)
            .await?
            .is_some_and(|base| {
                base.number > newest.number
                    && matches!(base.state.as_str(), "rejected" | "withdrawn")
            }),
        None => false,
    };
    on_release(item, &newest, next_number, left_the_line)
}

fn on_release(
    item: &Item,
    newest: &Release,
    next_number: u32,
    left_the_line: bool,
) -> Result<Standing, StudioError> {
    let number = u32::try_from(newest.number).unwrap_or(u32::MAX);
    let state: ReleaseState = newest.state.parse().map_err(|_| StudioError::Unreadable {
        what: "a state of a release",
    })?;
    if !left_the_line && item.base_manifest.as_deref() != Some(newest.manifest_sha256.as_str()) {
        return Err(StudioError::BaseOutdated { number });
    }
    if !state.can_be_base() {
        return Err(StudioError::BaseBlocked {
            number,
            state: newest.state.clone(),
        });
    }
    Ok(Standing {
        base: Base {
            release: Some(newest.id.clone()),
            manifest: Some(newest.manifest_sha256.clone()),
            card: Some(newest.card.clone()),
            portrait: newest.portrait.clone(),
        },
        behind: None,
        next_number,
        base_not_published: (state != ReleaseState::Published).then_some((number, state)),
        base_label: format!("release {number}"),
    })
}

/// What a frozen publish will be, seen as a base.
pub(crate) fn base_of(entry: &Entry) -> Base {
    Base {
        release: Some(entry.release.clone()),
        manifest: entry.manifest_sha256.clone(),
        card: entry.card.clone(),
        portrait: entry.portrait.clone(),
    }
}

/// A publish that may still happen.
pub(crate) fn is_live_publish(entry: &Entry) -> bool {
    let dead =
        entry.state() == OutboxState::NeedsYou && (entry.is_refused() || entry.lost_its_parent());
    entry.is_publish() && !dead
}
