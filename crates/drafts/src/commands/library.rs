//! The library, and what is brought into it.

use crate::{Studio, StudioError, view};

impl Studio {
    /// Every character, the last edited first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn list_characters(&self) -> Result<Vec<view::CharacterSummary>, StudioError> {
        todo!()
    }

    /// The characters that come with the studio.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn list_samples(&self) -> Result<Vec<view::Sample>, StudioError> {
        todo!()
    }

    /// A new character with nothing but a name (V2). Gives its id.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn create_character(&self, name: &str) -> Result<String, StudioError> {
        todo!("{name}")
    }

    /// Reads a file's bytes and says what importing it would bring. Nothing is
    /// stored before [`commit_import`](Self::commit_import).
    ///
    /// # Errors
    /// Every `card_…` code: a sentence on what the file is instead.
    pub async fn preview_import(
        &self,
        file_name: &str,
        bytes: Vec<u8>,
    ) -> Result<view::ImportPreview, StudioError> {
        todo!("{file_name} {}", bytes.len())
    }

    /// The same for a character that comes with the studio.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn preview_sample(&self, sample: &str) -> Result<view::ImportPreview, StudioError> {
        todo!("{sample}")
    }

    /// Does what was chosen for a preview; gives the character, or none for *skip*.
    ///
    /// # Errors
    /// `preview_gone`, `not_found`, and where the store cannot be written.
    pub async fn commit_import(
        &self,
        preview: &str,
        choice: view::ImportChoice,
    ) -> Result<Option<String>, StudioError> {
        todo!("{preview} {choice:?}")
    }

    /// A picture's bytes by its hash, for the window's own address scheme:
    /// portraits of drafts, releases, samples and previews. Always a PNG.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn portrait(&self, hash: &str) -> Result<Option<Vec<u8>>, StudioError> {
        todo!("{hash}")
    }
}
