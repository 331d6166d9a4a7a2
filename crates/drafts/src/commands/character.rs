//! One character: reading it and writing it.

use crate::{Studio, StudioError, view};

impl Studio {
    /// A character as its editor shows it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn open_character(&self, character: &str) -> Result<view::Character, StudioError> {
        todo!("{character}")
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
        todo!("{character} {revision} {edit:?}")
    }

    /// Sets the name in addresses; until the first publish is frozen.
    ///
    /// # Errors
    /// `slug_invalid`, `slug_taken`, `slug_locked`.
    pub async fn set_slug(&self, character: &str, slug: &str) -> Result<view::Saved, StudioError> {
        todo!("{character} {slug}")
    }

    /// Sets the portrait, a PNG. A card inside it is taken out.
    ///
    /// # Errors
    /// `picture_not_png`, `picture_too_large`.
    pub async fn set_portrait(
        &self,
        character: &str,
        bytes: Vec<u8>,
    ) -> Result<view::Saved, StudioError> {
        todo!("{character} {}", bytes.len())
    }

    /// Takes the last edit back.
    ///
    /// # Errors
    /// `nothing_to_undo`.
    pub async fn undo(&self, character: &str) -> Result<view::Character, StudioError> {
        todo!("{character}")
    }

    /// Does the last undone edit again.
    ///
    /// # Errors
    /// `nothing_to_redo`.
    pub async fn redo(&self, character: &str) -> Result<view::Character, StudioError> {
        todo!("{character}")
    }

    /// Takes one field (a path of [`view::DiffField`]) from a version into the
    /// draft. It publishes nothing and deletes nothing.
    ///
    /// # Errors
    /// `not_found`, `not_restorable`.
    pub async fn restore_field(
        &self,
        character: &str,
        from: view::VersionRef,
        path: &str,
    ) -> Result<view::Character, StudioError> {
        todo!("{character} {from:?} {path}")
    }

    /// Writes a version as a file into the export folder, atomically and never
    /// over another file; a dry run only says what the format cannot hold.
    ///
    /// # Errors
    /// `no_portrait`, `export_folder`, `offline` for a release never fetched.
    pub async fn export_card(
        &self,
        character: &str,
        version: view::VersionRef,
        container: view::ExportContainer,
        format: view::ExportFormat,
        dry_run: bool,
    ) -> Result<view::Exported, StudioError> {
        todo!("{character} {version:?} {container} {format} {dry_run}")
    }
}
