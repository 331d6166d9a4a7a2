//! Who owns a character, and changing it, through the same outbox as
//! everything else.

use crate::{
    Studio, StudioError,
    freeze::{self, Addressed, NewOwners, Scene},
    link::Reach,
    outbox, table, view,
};
use dramatis_api::owners::{Offers, Owners, OwnershipChange};

impl Studio {
    /// Who owns a character: one of this library by its id, any other by its
    /// address `creator/slug`.
    ///
    /// # Errors
    /// `not_found`, also where it is not for this account to see; `offline`,
    /// `not_signed_in`.
    pub async fn owners(&self, character: &str) -> Result<view::Owners, StudioError> {
        let (reach, _) = self.sure(outbox::confirm_anew(self).await?)?;
        let of = self.addressed(&reach, character).await?;
        Ok(shown(&reach.remote.owners(&of.item).await?))
    }

    /// What is offered to this account, longest first.
    ///
    /// # Errors
    /// `offline`, `unauthorized`, `not_signed_in`.
    pub async fn offers(&self) -> Result<Vec<view::Owners>, StudioError> {
        let (reach, _) = self.sure(outbox::confirm_anew(self).await?)?;
        let Offers { offers } = reach.remote.offers().await?;
        Ok(offers.iter().map(shown).collect())
    }

    /// Changes the owners of a character; `account` is whom it is about, by
    /// handle, and left out to end or accept the offer that stands.
    ///
    /// # Errors
    /// As [`owners`](Self::owners).
    pub async fn change_owners(
        &self,
        character: &str,
        change: OwnershipChange,
        account: Option<&str>,
        message: Option<&str>,
    ) -> Result<view::OutboxEntry, StudioError> {
        let (reach, _) = self.sure(outbox::confirm_anew(self).await?)?;
        let of = self.addressed(&reach, character).await?;
        let mut write = self.store().begin().await?;
        let me = self.account(write.db()).await?;
        let scene = Scene::of(write.db(), me, self.now()).await?;
        let wanted = NewOwners {
            of: &of,
            change,
            account,
            message,
        };
        let entry = freeze::owners(&mut write, &scene, &wanted).await?;
        write.commit().await?;
        self.inner.wake.notify_one();
        Ok(entry.view())
    }

    /// The item a word names: what lies in the library, what is offered to the
    /// account, what the inventory lists under that address.
    async fn addressed(&self, reach: &Reach, word: &str) -> Result<Addressed, StudioError> {
        let unknown = || StudioError::NotFound { what: "character" };
        let Some((creator, slug)) = word.split_once('/') else {
            let mut db = self.store().reader().await?;
            let me = self
                .account(&mut db)
                .await?
                .ok_or(StudioError::NotSignedIn)?;
            let item = table::item::of(&mut db, word, &me)
                .await?
                .ok_or_else(unknown)?;
            return Ok(Addressed {
                slug: item.slug.ok_or_else(unknown)?,
                creator: item.creator,
                item: item.id,
            });
        };
        let named = |item: uuid::Uuid| Addressed {
            item: item.to_string(),
            creator: creator.to_owned(),
            slug: slug.to_owned(),
        };
        let Offers { offers } = reach.remote.offers().await?;
        if let Some(one) = offers
            .iter()
            .find(|one| one.creator == creator && one.slug == slug)
        {
            return Ok(named(one.item));
        }
        let mut after = None;
        loop {
            let page = reach.remote.items_of(creator, after.as_deref()).await?;
            if let Some(item) = page.items.iter().find(|item| item.slug == slug) {
                return Ok(named(item.id));
            }
            after = Some(page.next.ok_or_else(unknown)?);
        }
    }
}

fn shown(owners: &Owners) -> view::Owners {
    view::Owners {
        item: owners.item.to_string(),
        address: format!("{}/{}", owners.creator, owners.slug),
        owner: owners.owner.handle.clone(),
        co_owners: owners
            .co_owners
            .iter()
            .map(|owner| owner.handle.clone())
            .collect(),
        offered_to: owners.offer.as_ref().map(|offer| offer.to.handle.clone()),
        offered_at: owners.offer.as_ref().map(|offer| offer.since.clone()),
    }
}
