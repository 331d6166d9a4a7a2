//! A version of a character: its draft, or one of its releases.

use crate::{Studio, StudioError, sync, table, view::VersionRef};

/// A version's content.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) card: String,
    pub(crate) portrait: Option<String>,
    /// What people call it: `Draft`, `Release 3`.
    pub(crate) label: String,
}

/// Loads a version; a release's card is fetched once and kept.
pub(crate) async fn load(
    studio: &Studio,
    character: &str,
    version: &VersionRef,
) -> Result<Version, StudioError> {
    let mut db = studio.store().reader().await?;
    match version {
        VersionRef::Draft => {
            let draft = table::draft::get(&mut db, character).await?;
            Ok(Version {
                card: draft.document,
                portrait: draft.portrait,
                label: "Draft".to_owned(),
            })
        }
        VersionRef::Release { release } => {
            let account = studio.account(&mut db).await?;
            let account = account.ok_or(StudioError::NotFound { what: "release" })?;
            let item = table::item::of(&mut db, character, &account)
                .await?
                .ok_or(StudioError::NotFound { what: "release" })?;
            let release = table::release::get(&mut db, &item.id, release)
                .await?
                .ok_or(StudioError::NotFound { what: "release" })?;
            drop(db);
            Ok(Version {
                card: sync::card_text(studio, &release).await?,
                label: format!("Release {}", release.number),
                portrait: release.portrait,
            })
        }
    }
}
