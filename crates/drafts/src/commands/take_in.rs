//! Taking a newer release in to the draft, and saying which side stands where
//! both changed the same.

use crate::{
    Studio, StudioError,
    draft::{
        change::{self, Change},
        edit, journal,
        merge::merge,
    },
    freeze, show,
    store::Write,
    sync,
    table::{
        self, blob,
        item::{Base, Item},
        release::Release,
    },
    version,
    view::{self, ChangedField, SideChoice, TakenIn, VersionRef},
};
use dramatis_cards::CardDocument;
use std::sync::Arc;

impl Studio {
    /// Merges the newest release, which was published elsewhere in between,
    /// into the draft: what only one side changed is taken, what both changed
    /// stays as the draft has it and waits for [`settle_overlap`]; both texts
    /// are kept. The draft is then made from that release. One undo takes all
    /// of it back.
    ///
    /// [`settle_overlap`]: Self::settle_overlap
    ///
    /// # Errors
    /// `not_found` where there is no release; `nothing_newer`; `under_way`
    /// while a publish of the draft is not answered; `offline` where the
    /// release's card was never fetched.
    pub async fn take_in(&self, character: &str) -> Result<TakenIn, StudioError> {
        let (item, newest) = self.newer_release(character).await?;
        let theirs = CardDocument::parse(sync::card_text(self, &newest).await?)?;
        if let Some(portrait) = &newest.portrait {
            sync::picture(self, portrait).await?;
        }
        let taken = self.noted(self.merge_in(character, &item, &newest, &theirs).await)?;
        Ok(TakenIn {
            character: self.open_character(character).await?,
            number: u32::try_from(newest.number).unwrap_or(u32::MAX),
            taken,
        })
    }

    /// Says which side stands in a field that both had changed. *Mine* leaves
    /// the draft as it reads now; *theirs* takes the release's own, as one edit.
    ///
    /// # Errors
    /// `not_found` where nothing is to be decided there; `not_restorable`;
    /// `offline` where the release's card is not here.
    pub async fn settle_overlap(
        &self,
        character: &str,
        path: &str,
        choice: SideChoice,
    ) -> Result<view::Character, StudioError> {
        let missing = StudioError::NotFound {
            what: "field that both sides changed",
        };
        let open = {
            let mut db = self.store().snapshot().await?;
            let account = self.account(&mut db).await?;
            show::open_overlaps(&mut db, character, account.as_ref()).await?
        };
        let overlap = open
            .into_iter()
            .rev()
            .find(|overlap| overlap.path == path)
            .ok_or(missing)?;
        if choice == SideChoice::Theirs {
            let release = VersionRef::Release {
                release: overlap.release.clone(),
            };
            let source = version::load(self, character, &release).await?;
            self.noted(edit::restore(self, character, &source, path).await)?;
        }
        let now = self.now();
        let mut write = self.store().begin().await?;
        table::overlap::settle(write.db(), overlap.id, choice.as_str(), now).await?;
        write.tag(format!("character:{character}"));
        self.noted(write.commit().await)?;
        self.open_character(character).await
    }

    async fn newer_release(&self, character: &str) -> Result<(Item, Release), StudioError> {
        let missing = || StudioError::NotFound { what: "release" };
        let mut db = self.store().snapshot().await?;
        let account = self.account(&mut db).await?.ok_or_else(missing)?;
        let item = table::item::of(&mut db, character, &account)
            .await?
            .ok_or_else(missing)?;
        match freeze::newer(&mut db, &item).await? {
            Some(newest) => Ok((item, newest)),
            None if freeze::is_under_way(&mut db, &item).await? => Err(StudioError::UnderWay),
            None => Err(StudioError::NothingNewer),
        }
    }

    /// Merges in one transaction; gives what the draft took from the release.
    async fn merge_in(
        &self,
        character: &str,
        item: &Item,
        newest: &Release,
        theirs: &CardDocument,
    ) -> Result<Vec<ChangedField>, StudioError> {
        let now = self.now();
        let mut write = self.store().begin().await?;
        // What was looked at before the release was fetched may have moved.
        let item = table::item::get(write.db(), &item.id)
            .await?
            .ok_or(StudioError::NotFound { what: "release" })?;
        if freeze::is_under_way(write.db(), &item).await? {
            return Err(StudioError::UnderWay);
        }
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
        let taken = show::changes(
            &merged.card,
            portrait.as_deref(),
            Some(&show::Against {
                card: Arc::new(mine.tree().clone()),
                portrait: draft.portrait.clone(),
            }),
        );
        // Also where no byte of the draft is another one: it is made from that
        // release now, and one undo has to take that back too.
        let change = Change {
            field: journal::DOCUMENT,
            card: &merged.card,
            portrait,
            coalesce: false,
        };
        let next = change::make(&mut write, &draft, change, self.store().origin(), now).await?;
        let before = Base {
            release: item.base_release.clone(),
            manifest: item.base_manifest.clone(),
            card: item.base_card.clone(),
            portrait: item.base_portrait.clone(),
        };
        let new = table::taken_in::New {
            character,
            item: &item.id,
            release: &newest.id,
            number: newest.number,
            before: &before,
            edit: (next.undo_seq, now),
            at: now,
        };
        let id = table::taken_in::add(write.db(), &new).await?;
        let portraits = (draft.portrait.as_deref(), newest.portrait.as_deref());
        for side in show::sides(&mine, theirs, portraits, &merged.overlaps) {
            table::overlap::add(
                write.db(),
                id,
                &side.path,
                &side.label,
                &side.mine,
                &side.theirs,
            )
            .await?;
        }
        stand_on(&mut write, &item.id, newest).await?;
        write.tag("library");
        write.tag("outbox");
        write.tag(format!("character:{character}"));
        write.commit().await?;
        Ok(taken)
    }
}

/// The draft is made from this release now.
async fn stand_on(write: &mut Write<'_>, item: &str, release: &Release) -> Result<(), StudioError> {
    let base = Base {
        release: Some(release.id.clone()),
        manifest: Some(release.manifest_sha256.clone()),
        card: Some(release.card.clone()),
        portrait: release.portrait.clone(),
    };
    table::item::set_base(write.db(), item, &base).await
}

/// An edit of the journal is about to be taken back, or was done again: where
/// it had taken a release in, what the draft is made from goes with it. A
/// publish that was frozen in between stays what the draft is made from.
pub(crate) async fn walked_over(
    write: &mut Write<'_>,
    character: &str,
    seq: i64,
    undone: bool,
) -> Result<(), StudioError> {
    let Some(edit) = table::edit::get(write.db(), character, seq).await? else {
        return Ok(());
    };
    let Some(merge) = table::taken_in::by_edit(write.db(), character, seq, edit.began_at).await?
    else {
        return Ok(());
    };
    let Some(item) = table::item::get(write.db(), &merge.item).await? else {
        return Ok(());
    };
    let stood = if undone {
        Some(&merge.release)
    } else {
        merge.before_release.as_ref()
    };
    if item.base_release.as_ref() == stood {
        match table::release::get(write.db(), &item.id, &merge.release).await? {
            Some(release) if !undone => stand_on(write, &item.id, &release).await?,
            _ => table::item::set_base(write.db(), &item.id, &merge.before()).await?,
        }
    }
    table::taken_in::set_undone(write.db(), merge.id, undone).await?;
    write.tag("outbox");
    Ok(())
}
