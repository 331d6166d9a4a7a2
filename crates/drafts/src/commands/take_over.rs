//! Taking a newer release over into the draft.

use crate::{
    Studio, StudioError,
    draft::{
        change::{self, Change},
        journal,
        merge::merge,
    },
    sync,
    table::{
        self, blob,
        item::{Base, Item},
        release::Release,
    },
    view::TakenOver,
};
use dramatis_cards::CardDocument;

impl Studio {
    /// Merges the newest release, which somebody else published in between,
    /// into the draft: what only one side changed is taken, what both changed
    /// stays as the draft has it and is named. The draft then stands on that
    /// release. One undo takes the merged text back.
    ///
    /// # Errors
    /// `not_found` where there is no release; `offline` where its card was
    /// never fetched.
    pub async fn take_over(&self, character: &str) -> Result<TakenOver, StudioError> {
        let (item, newest) = self.newest_release(character).await?;
        if item.base_manifest.as_deref() == Some(newest.manifest_sha256.as_str()) {
            return Ok(TakenOver {
                character: self.open_character(character).await?,
                overlaps: Vec::new(),
            });
        }
        let theirs = CardDocument::parse(sync::card_text(self, &newest).await?)?;
        if let Some(portrait) = &newest.portrait {
            sync::picture(self, portrait).await?;
        }
        let overlaps = self.noted(self.merge_in(character, &item, &newest, &theirs).await)?;
        Ok(TakenOver {
            character: self.open_character(character).await?,
            overlaps,
        })
    }

    async fn newest_release(&self, character: &str) -> Result<(Item, Release), StudioError> {
        let missing = || StudioError::NotFound { what: "release" };
        let mut db = self.store().snapshot().await?;
        let account = self.account(&mut db).await?.ok_or_else(missing)?;
        let item = table::item::of(&mut db, character, &account)
            .await?
            .ok_or_else(missing)?;
        let newest = table::release::newest(&mut db, &item.id)
            .await?
            .ok_or_else(missing)?;
        Ok((item, newest))
    }

    async fn merge_in(
        &self,
        character: &str,
        item: &Item,
        newest: &Release,
        theirs: &CardDocument,
    ) -> Result<Vec<String>, StudioError> {
        let now = self.now();
        let mut write = self.store().begin().await?;
        let draft = table::draft::get(write.db(), character).await?;
        let mine = CardDocument::parse(draft.document.clone())?;
        let base = match &item.base_card {
            Some(card) => blob::text(write.db(), card).await?,
            None => None,
        };
        // Without a common base everything that differs was changed by both.
        let base = base.map_or_else(|| Ok(theirs.clone()), CardDocument::parse)?;
        let mut merged = merge(&base, &mine, theirs)?;
        let portrait = if draft.portrait == item.base_portrait {
            newest.portrait.clone()
        } else {
            if newest.portrait != item.base_portrait && newest.portrait != draft.portrait {
                merged.overlaps.push(journal::PORTRAIT.to_owned());
            }
            draft.portrait.clone()
        };
        if merged.card.text() != draft.document || portrait != draft.portrait {
            let change = Change {
                field: journal::DOCUMENT,
                card: &merged.card,
                portrait,
                coalesce: false,
            };
            change::make(&mut write, &draft, change, self.store().origin(), now).await?;
        }
        let base = Base {
            release: Some(newest.id.clone()),
            manifest: Some(newest.manifest_sha256.clone()),
            card: Some(newest.card.clone()),
            portrait: newest.portrait.clone(),
        };
        table::item::set_base(write.db(), &item.id, &base).await?;
        write.tag("library");
        write.tag(format!("character:{character}"));
        write.commit().await?;
        Ok(merged.overlaps)
    }
}
