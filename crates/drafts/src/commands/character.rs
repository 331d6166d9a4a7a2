//! One character: reading it and writing it.

use super::take_in;
use crate::{
    Studio, StudioError,
    draft::{
        change::{self, Change},
        desk::Open,
        edit, journal, save,
    },
    export::{self, Form},
    import, show,
    table::{self, blob},
    version, view,
};
use dramatis_cards::{CardDocument, picture_size};
use dramatis_domain::{limits, names::Slug};
use std::sync::Arc;

impl Studio {
    /// A character as its editor shows it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn open_character(&self, character: &str) -> Result<view::Character, StudioError> {
        let mut db = self.store().snapshot().await?;
        let account = self.account(&mut db).await?;
        show::character(self, &mut db, character, account.as_ref()).await
    }

    /// Writes one field. `revision` is the one the edit was typed on: an edit
    /// of another field in between is merged, one of the same field refused.
    ///
    /// # Errors
    /// `edit_conflict` (both texts are kept), `store_full`, `not_found`, `card_…`.
    pub async fn edit_field(
        &self,
        character: &str,
        revision: u32,
        edit: view::FieldEdit,
    ) -> Result<view::Saved, StudioError> {
        let saved = self.noted(save::in_one(self, character, revision, &edit).await)?;
        if let Some(saved) = saved {
            return Ok(saved);
        }
        let field = edit::key(&edit).to_owned();
        let written = self.noted(edit::apply(self, character, revision, &edit).await)?;
        self.saved(character, &field, written).await
    }

    /// Texts of this character that were refused as a conflict, the newest
    /// first: field, text, and when (RFC 3339).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn kept_texts(
        &self,
        character: &str,
    ) -> Result<Vec<(String, String, String)>, StudioError> {
        let mut db = self.store().reader().await?;
        let kept = table::kept_text::list(&mut db, character).await?;
        Ok(kept
            .into_iter()
            .map(|(field, text, at)| (field, text, crate::clock::shown(at)))
            .collect())
    }

    /// Sets the name in addresses; until the first publish is frozen.
    ///
    /// # Errors
    /// `slug_invalid`, `slug_taken`, `slug_locked`.
    pub async fn set_slug(&self, character: &str, slug: &str) -> Result<view::Saved, StudioError> {
        let slug: Slug = slug.parse().map_err(|fault| StudioError::Name {
            what: "slug",
            name: slug.to_owned(),
            fault,
        })?;
        self.noted(self.put_slug(character, &slug).await)?;
        self.saved(character, "name", None).await
    }

    /// Sets the portrait, a PNG. A card inside it is taken out.
    ///
    /// # Errors
    /// `picture_not_png`, `picture_too_large`, `too_long`.
    pub async fn set_portrait(
        &self,
        character: &str,
        bytes: Vec<u8>,
    ) -> Result<view::Saved, StudioError> {
        if bytes.len() > limits::BLOB {
            return Err(StudioError::TooLong {
                what: "picture",
                length: bytes.len(),
                limit: limits::BLOB,
            });
        }
        let (_, picture) = tokio::task::spawn_blocking(move || {
            picture_size(&bytes)?;
            import::bare_picture(&bytes)
        })
        .await??;
        self.noted(self.put_portrait(character, &picture).await)?;
        self.saved(character, "name", None).await
    }

    /// Takes the last edit back.
    ///
    /// # Errors
    /// `nothing_to_undo`.
    pub async fn undo(&self, character: &str) -> Result<view::Character, StudioError> {
        self.noted(self.walk(character, true).await)?;
        self.open_character(character).await
    }

    /// Does the last undone edit again.
    ///
    /// # Errors
    /// `nothing_to_redo`.
    pub async fn redo(&self, character: &str) -> Result<view::Character, StudioError> {
        self.noted(self.walk(character, false).await)?;
        self.open_character(character).await
    }

    /// Takes one field (a path of [`view::DiffField`]) from a version into the
    /// draft. It publishes nothing and deletes nothing; one undo takes it back.
    ///
    /// # Errors
    /// `not_found`, `not_restorable`.
    pub async fn restore_field(
        &self,
        character: &str,
        from: view::VersionRef,
        path: &str,
    ) -> Result<view::Character, StudioError> {
        let source = version::load(self, character, &from).await?;
        self.noted(edit::restore(self, character, &source, path).await)?;
        self.open_character(character).await
    }

    /// Writes a version as a file into the export folder, atomically and never
    /// over another file; a dry run only says what the format cannot hold.
    ///
    /// # Errors
    /// `folder`, `not_found`, `offline` for a release that was never fetched.
    pub async fn export_card(
        &self,
        character: &str,
        version: view::VersionRef,
        container: view::ExportContainer,
        format: view::ExportFormat,
        dry_run: bool,
    ) -> Result<view::Exported, StudioError> {
        let version = version::load(self, character, &version).await?;
        let card = CardDocument::parse(version.card.clone())?;
        let form = Form { container, format };
        if dry_run {
            return Ok(view::Exported {
                file: None,
                losses: export::lost(&card, &version, form),
            });
        }
        export::write(self, &version, card, form).await
    }

    pub(crate) async fn saved(
        &self,
        character: &str,
        field: &str,
        written: Option<Open>,
    ) -> Result<view::Saved, StudioError> {
        let open = match written {
            Some(written) => written,
            None => Open::load(&mut *self.store().snapshot().await?, character).await?,
        };
        let open = Arc::new(open);
        self.inner.desk.lay(Arc::clone(&open));
        show::saved(self, open, field).await
    }

    async fn put_slug(&self, character: &str, slug: &Slug) -> Result<(), StudioError> {
        let mut write = self.store().begin().await?;
        if table::character::slug(write.db(), character).await? == slug.as_str() {
            return Ok(());
        }
        if table::item::has_slug(write.db(), character).await? {
            return Err(StudioError::SlugLocked);
        }
        if table::character::with_slug(write.db(), slug.as_str(), character)
            .await?
            .is_some()
        {
            return Err(StudioError::SlugTaken {
                slug: slug.to_string(),
            });
        }
        table::character::set_slug(write.db(), character, slug.as_str()).await?;
        write.tag("library");
        write.tag(format!("character:{character}"));
        write.commit().await
    }

    async fn put_portrait(&self, character: &str, picture: &[u8]) -> Result<(), StudioError> {
        let now = self.now();
        let mut write = self.store().begin().await?;
        let draft = table::draft::get(write.db(), character).await?;
        let portrait = Some(blob::put(write.db(), picture, blob::PNG, now).await?);
        if portrait == draft.portrait {
            return Ok(());
        }
        let card = CardDocument::parse(draft.document.clone())?;
        let change = Change {
            field: journal::PORTRAIT,
            card: &card,
            portrait,
            coalesce: false,
        };
        change::make(&mut write, &draft, change, self.store().origin(), now).await?;
        write.commit().await
    }

    async fn walk(&self, character: &str, back: bool) -> Result<(), StudioError> {
        let mut write = self.store().begin().await?;
        let draft = table::draft::get(write.db(), character).await?;
        if back {
            journal::undo(&mut write, &draft, self.now()).await?;
            take_in::walked_over(&mut write, character, draft.undo_seq, true).await?;
        } else {
            journal::redo(&mut write, &draft, self.now()).await?;
            take_in::walked_over(&mut write, character, draft.undo_seq + 1, false).await?;
        }
        write.commit().await
    }
}
