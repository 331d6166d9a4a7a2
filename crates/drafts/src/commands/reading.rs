//! Reading the inventory as an app does: search, releases by their addresses,
//! and where they come from.

use crate::{Studio, StudioError, outbox};
use dramatis_api::{item::Release, lineage::Lineage, listing::Listing};
use dramatis_client::operations::ReadingListingQuery;
use dramatis_domain::{ItemKind, address::Address};

/// What to look for: everything that is given has to fit.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Words in name, tags, creator or description.
    pub text: Option<String>,
    /// `character` where left out.
    pub kind: Option<ItemKind>,
    /// All of them.
    pub tags: Vec<String>,
    /// Whose, by handle.
    pub creator: Option<String>,
    /// What it is for.
    pub vertical: Option<String>,
    /// An app it names.
    pub app: Option<String>,
    /// A version of that app.
    pub app_version: Option<String>,
    /// `published` or `deprecated`.
    pub state: Option<String>,
    /// Only what has changed since: RFC 3339.
    pub since: Option<String>,
    /// Where the page before ended.
    pub after: Option<String>,
    /// At most so many.
    pub limit: Option<u16>,
}

impl Search {
    /// `tags` are all of them in one word, as they are asked for.
    fn asked<'a>(&'a self, tags: Option<&'a str>) -> ReadingListingQuery<'a> {
        ReadingListingQuery {
            kind: self.kind.map(ItemKind::as_str),
            q: self.text.as_deref(),
            tags,
            creator: self.creator.as_deref(),
            vertical: self.vertical.as_deref(),
            app: self.app.as_deref(),
            app_version: self.app_version.as_deref(),
            state: self.state.as_deref(),
            since: self.since.as_deref(),
            after: self.after.as_deref(),
            limit: self.limit.map(u64::from),
        }
    }
}

/// As what a release is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Its document, byte for byte.
    Exact,
    /// Its card as `chara_card_v2`.
    V2,
    /// Its card as `chara_card_v3`.
    V3,
    /// Its card in its portrait.
    Png,
    /// Its manifest, byte for byte.
    Manifest,
    /// Its EIP-721 metadata.
    Ownership,
}

/// A release in one form.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The release as it stands.
    pub release: Release,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What that form cannot hold: `code=path`.
    pub losses: Vec<String>,
}

impl Studio {
    /// What the inventory lists and finds.
    ///
    /// # Errors
    /// `offline`, `unauthorized`, `not_signed_in`; what the inventory refuses.
    pub async fn search(&self, search: &Search) -> Result<Listing, StudioError> {
        let (reach, _) = self.sure(outbox::confirm_anew(self).await?)?;
        let tags = (!search.tags.is_empty()).then(|| search.tags.join(","));
        reach.remote.listing(search.asked(tags.as_deref())).await
    }

    /// A release by its address, in a form.
    ///
    /// # Errors
    /// `gone` and `quarantined` with their notice, `not_found`; `offline`, `not_signed_in`.
    pub async fn fetch(&self, address: &Address, form: Form) -> Result<Fetched, StudioError> {
        let (reach, _) = self.sure(outbox::confirm_anew(self).await?)?;
        let release = reach.remote.at(address).await?;
        let (bytes, losses) = reach.remote.file(&release.id.to_string(), form).await?;
        Ok(Fetched {
            release,
            bytes,
            losses,
        })
    }

    /// What the item at an address began as, and what began as it.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn lineage(
        &self,
        address: &Address,
        after: Option<&str>,
    ) -> Result<Lineage, StudioError> {
        let (reach, _) = self.sure(outbox::confirm_anew(self).await?)?;
        let release = reach.remote.at(address).await?;
        let after = after.map(str::parse).transpose();
        let after = after.map_err(|_| StudioError::NotFound { what: "page" })?;
        reach.remote.lineage(release.item, after).await
    }
}
