//! The library, and what is brought into it.

use crate::{
    Studio, StudioError,
    clock::shown,
    import::{self, CardFile, CardImported},
    samples, show,
    store::Db,
    table::{self, account::Account, blob, draft::Listed, item::Item},
    view,
};
use dramatis_cards::CardDocument;
use dramatis_domain::Digest;
use serde_json::json;

impl Studio {
    /// Every character, the last edited first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn list_characters(&self) -> Result<Vec<view::CharacterSummary>, StudioError> {
        let mut db = self.store().snapshot().await?;
        let account = self.account(&mut db).await?;
        let mut list = Vec::new();
        for draft in table::draft::list(&mut db).await? {
            list.push(summary(&mut db, draft, account.as_ref()).await?);
        }
        Ok(list)
    }

    /// The characters that come with the studio.
    ///
    /// # Errors
    /// Where a sample cannot be read.
    pub async fn list_samples(&self) -> Result<Vec<view::Sample>, StudioError> {
        Ok(samples::shown()?
            .iter()
            .map(|(sample, _)| sample.clone())
            .collect())
    }

    /// A new character with nothing but a name (V2). Gives its id.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn create_character(&self, name: &str) -> Result<String, StudioError> {
        let card = CardDocument::parse(blank_card(name))?;
        let mut write = self.noted(self.store().begin().await)?;
        let added = import::add_character(&mut write, &card, None, self.now()).await;
        let id = self.noted(added)?;
        self.noted(write.commit().await)?;
        Ok(id)
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
        import::preview(self, file_name, bytes).await
    }

    /// The same for a character that comes with the studio.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn preview_sample(&self, sample: &str) -> Result<view::ImportPreview, StudioError> {
        let sample = samples::SAMPLES.iter().find(|one| one.id == sample);
        import::preview_sample(
            self,
            sample.ok_or(StudioError::NotFound { what: "sample" })?,
        )
        .await
    }

    /// Does what was chosen for a preview; gives the character, or none for *skip*.
    ///
    /// # Errors
    /// `preview_gone`, `not_found`, and where the store cannot be written; the
    /// preview can then be committed again.
    pub async fn commit_import(
        &self,
        preview: &str,
        choice: view::ImportChoice,
    ) -> Result<Option<String>, StudioError> {
        let chosen = [(preview.to_owned(), choice)];
        let mut done = self.commit_imports(&chosen).await?;
        Ok(done.pop().flatten())
    }

    /// Does what was chosen for several previews, all in one transaction or
    /// none of it: how a folder is brought in.
    ///
    /// # Errors
    /// As [`commit_import`](Self::commit_import), for all of them.
    pub async fn commit_imports(
        &self,
        chosen: &[(String, view::ImportChoice)],
    ) -> Result<Vec<Option<String>>, StudioError> {
        import::commit(self, chosen).await
    }

    /// Brings in any number of files as new characters: read on all cores,
    /// written many at a time. What became of each comes in their order; one
    /// that cannot be read stops no other. A card whose very document is here
    /// already is left out unless `known_again`.
    pub async fn import_files(
        &self,
        files: Vec<CardFile>,
        known_again: bool,
    ) -> Vec<Result<CardImported, StudioError>> {
        import::import_many(self, files, known_again).await
    }

    /// The file that a character was last imported from: its name, and its
    /// bytes as they were.
    ///
    /// # Errors
    /// `not_found` where it was not imported.
    pub async fn original_file(&self, character: &str) -> Result<(String, Vec<u8>), StudioError> {
        import::original(self, character).await
    }

    /// A picture's bytes by its hash, for the window's own address scheme:
    /// portraits of drafts, releases, samples and previews. Always a PNG.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn portrait(&self, hash: &str) -> Result<Option<Vec<u8>>, StudioError> {
        let hash = hash.strip_prefix("sha256:").unwrap_or(hash);
        let mut db = self.store().reader().await?;
        if let Some(bytes) = blob::get_as(&mut db, hash, blob::PNG).await? {
            // A window keeps what it gets under this name for good.
            let whole = Digest::of(&bytes).hex() == hash;
            if !whole {
                tracing::error!(hash, "a picture in the store is damaged");
            }
            return Ok(whole.then_some(bytes));
        }
        if let Some(bytes) = self.inner.previews.picture(hash) {
            return Ok(Some(bytes));
        }
        let sample = samples::shown()?
            .iter()
            .find(|(sample, _)| sample.portrait == hash);
        Ok(sample.map(|(_, picture)| picture.clone()))
    }
}

async fn summary(
    db: &mut Db,
    draft: Listed,
    account: Option<&Account>,
) -> Result<view::CharacterSummary, StudioError> {
    let item = match account {
        Some(account) => table::item::of(db, &draft.character, account).await?,
        None => None,
    };
    let (waiting, needs_you) = table::outbox::counts(db, Some(&draft.character)).await?;
    let latest = match &item {
        Some(item) => latest(db, item).await?,
        None => None,
    };
    let base = item.as_ref();
    Ok(view::CharacterSummary {
        unpublished_changes: show::unpublished(
            &draft.sha256,
            draft.portrait.as_deref(),
            base.and_then(|item| item.base_card.as_deref()),
            base.and_then(|item| item.base_portrait.as_deref()),
        ),
        creator: item.map(|item| item.creator),
        id: draft.character,
        name: draft.name,
        slug: draft.slug,
        portrait: draft.portrait,
        tags: serde_json::from_str(&draft.tags).unwrap_or_default(),
        updated_at: shown(draft.saved_at),
        latest,
        waiting,
        needs_you,
        excerpt: draft.excerpt,
    })
}

async fn latest(db: &mut Db, item: &Item) -> Result<Option<view::ReleaseRef>, StudioError> {
    let Some(release) = table::release::newest(db, &item.id).await? else {
        return Ok(None);
    };
    let channels = table::release::channels(db, &item.id).await?;
    show::release_ref(&release, &channels).map(Some)
}

/// Every field that V2 requires, empty (`spec_v2.md`).
fn blank_card(name: &str) -> String {
    let card = json!({
        "spec": "chara_card_v2",
        "spec_version": "2.0",
        "data": {
            "name": name,
            "description": "",
            "personality": "",
            "scenario": "",
            "first_mes": "",
            "mes_example": "",
            "creator_notes": "",
            "system_prompt": "",
            "post_history_instructions": "",
            "alternate_greetings": [],
            "tags": [],
            "creator": "",
            "character_version": "",
            "extensions": {},
        },
    });
    format!("{card:#}")
}
