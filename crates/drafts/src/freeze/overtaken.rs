//! Whether somebody else's release has overtaken what a draft was made from.

use crate::{
    StudioError,
    store::Db,
    table::{self, item::Item, outbox::Entry, release::Release},
};

/// The newest release, where the draft was not made from it. None while a
/// publish of ours is on its way: its answer comes first.
pub(crate) async fn newer(db: &mut Db, item: &Item) -> Result<Option<Release>, StudioError> {
    let Some(newest) = table::release::newest(db, &item.id).await? else {
        return Ok(None);
    };
    if item.base_manifest.as_deref() == Some(newest.manifest_sha256.as_str())
        || is_under_way(db, item).await?
    {
        return Ok(None);
    }
    // What the draft was made from may itself have been taken out of the line
    // since (rejected, withdrawn): the newest is then older, and nothing new.
    let made_from = match &item.base_release {
        Some(release) => table::release::get(db, &item.id, release).await?,
        None => None,
    };
    Ok(match made_from {
        Some(base) if base.number > newest.number => None,
        _ => Some(newest),
    })
}

/// Whether a publish of ours may still happen.
pub(crate) async fn is_under_way(db: &mut Db, item: &Item) -> Result<bool, StudioError> {
    let open = table::outbox::open_of(db, &item.id).await?;
    Ok(open.iter().any(super::is_live_publish))
}

/// The newest release that came from elsewhere after what a frozen publish
/// stands on: its text does not have in it what that release brought, and is
/// not to be frozen again as it is.
pub(crate) async fn overtaken_by(
    db: &mut Db,
    entry: &Entry,
) -> Result<Option<Release>, StudioError> {
    let mut below = entry.parent_release.clone();
    let mut since = 0;
    while let Some(release) = below {
        if let Some(seen) = table::release::get(db, &entry.item, &release).await? {
            since = seen.number;
            break;
        }
        below = table::outbox::publish_of(db, &release)
            .await?
            .and_then(|frozen| frozen.parent_release);
    }
    for release in table::release::list(db, &entry.item)
        .await?
        .into_iter()
        .rev()
    {
        if release.number <= since {
            break;
        }
        let left_the_line = matches!(release.state.as_str(), "rejected" | "withdrawn");
        if !left_the_line && table::outbox::publish_of(db, &release.id).await?.is_none() {
            return Ok(Some(release));
        }
    }
    Ok(None)
}
