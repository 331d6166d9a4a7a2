//! Publishing a document that is no draft: a file of any kind, straight to the
//! inventory. What is sent is frozen first and kept by whoever asked for it,
//! so that the same request can be sent again until there is an answer.

use crate::{
    Studio, StudioError,
    freeze::{Scene, portrait_asset, salt, salted_text},
    link::Reach,
    outbox,
    table::account::Account,
};
use dramatis_api::{
    Problem,
    item::Item,
    publish::{PublishRequest, Published},
};
use dramatis_domain::{
    Digest, IdempotencyKey, ItemId, ItemKind, Manifest, ReleaseId,
    address::Address,
    lifecycle::ReleaseState,
    manifest::{Asset, Origin, SCHEMA},
    names::{ChannelName, Slug},
    rules::{self, Candidate},
    salted::Salted,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A document to publish.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it is.
    pub kind: ItemKind,
    /// Its exact text.
    pub text: String,
    /// The item's name in addresses: a new item, or the next release of the
    /// one that has it.
    pub slug: Slug,
    /// The channel that moves to it.
    pub channel: Option<ChannelName>,
    /// What this release is about.
    pub notes: Option<String>,
    /// An SPDX expression.
    pub licence: Option<String>,
    /// A PNG that shows it.
    pub portrait: Option<Vec<u8>>,
    /// The release that a new item began as: one of this inventory by any
    /// address, or one from outside by its hash.
    pub forked_from: Option<Address>,
}

impl Document {
    /// What its manifest names beside the text.
    ///
    /// # Errors
    /// Never in practice: a digest that was just made can be read.
    pub fn assets(&self) -> Result<Vec<Asset>, StudioError> {
        let Some(bytes) = &self.portrait else {
            return Ok(Vec::new());
        };
        let size = i64::try_from(bytes.len()).ok();
        portrait_asset(&Digest::of(bytes).hex(), size).map(|asset| vec![asset])
    }
}

/// A request that never changes any more, with whom it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenDocument {
    key: Uuid,
    inventory: String,
    epoch: i64,
    account: String,
    request: PublishRequest,
}

impl FrozenDocument {
    /// Whether that very text and picture are what it publishes.
    #[must_use]
    pub fn is_of(&self, text: &str, portrait: Option<&[u8]>) -> bool {
        self.request.card == text && self.portrait() == portrait.map(Digest::of)
    }

    /// The picture that its manifest names.
    fn portrait(&self) -> Option<Digest> {
        let manifest = Manifest::parse_canonical(self.request.manifest.as_bytes()).ok()?;
        manifest.assets.first().map(|asset| asset.sha256)
    }
}

/// What came of sending.
#[derive(Debug)]
pub enum Sent {
    /// Published, submitted, or unchanged.
    Published(Box<Published>),
    /// Refused for good: a new request is needed.
    Refused(Box<Problem>),
    /// Not decided: the same request is to be sent again.
    Open(StudioError),
}

impl Studio {
    /// Fixes everything that the request will say. Nothing is sent.
    ///
    /// # Errors
    /// `not_publishable` with every failure; `slug_taken` where another kind
    /// of item has it; `offline`, `not_signed_in`.
    pub async fn freeze_document(
        &self,
        document: &Document,
    ) -> Result<FrozenDocument, StudioError> {
        let assets = document.assets()?;
        let failures = rules::check(&Candidate {
            kind: document.kind,
            card: &document.text,
            notes: document.notes.as_deref(),
            assets: &assets,
        });
        if !failures.is_empty() {
            return Err(StudioError::NotPublishable(failures));
        }
        let (reach, account) = self.sure(outbox::confirm_anew(self).await?)?;
        let before = standing(&reach, &account, document).await?;
        let origin = match &document.forked_from {
            Some(address) => Some(origin(&reach, address).await?),
            None => None,
        };
        let notes = document.notes.as_deref().map(salt);
        let (item, parent) = match before {
            Some((item, parent)) => (item, parent),
            None => (ItemId(Uuid::now_v7()), None),
        };
        let mut manifest = Manifest {
            schema: SCHEMA.to_owned(),
            kind: document.kind,
            item,
            release: ReleaseId(Uuid::now_v7()),
            parent,
            card: Digest::of(document.text.as_bytes()),
            assets,
            targets: Vec::new(),
            licence: document.licence.clone(),
            notes: notes.as_ref().map(Salted::digest),
            rule_set: rules::current(document.kind)?.1,
            forked_from: origin,
        };
        manifest.schema = manifest.schema_due().to_owned();
        let mut db = self.store().reader().await?;
        let scene = Scene::of(&mut db, Some(account.clone()), self.now()).await?;
        Ok(FrozenDocument {
            key: Uuid::now_v7(),
            inventory: account.inventory,
            epoch: account.epoch,
            account: account.id,
            request: PublishRequest {
                slug: document.slug.to_string(),
                manifest: String::from_utf8(manifest.canonical_bytes()?)
                    .map_err(|_| StudioError::Unreadable { what: "a manifest" })?,
                card: document.text.clone(),
                notes: notes.as_ref().map(salted_text),
                channel: document.channel.as_ref().map(ToString::to_string),
                device: scene.device,
            },
        })
    }

    /// Sends it: now, or again, with the very same bytes and key; the picture
    /// that it names first, where that is at hand. Goes to the inventory and as
    /// the account it was frozen for, and nowhere else.
    ///
    /// # Errors
    /// `other_inventory` where it was frozen for another one, or for another account; `offline`, `not_signed_in`.
    pub async fn send_document(
        &self,
        frozen: &FrozenDocument,
        portrait: Option<&[u8]>,
    ) -> Result<Sent, StudioError> {
        let (reach, account) = self.sure(outbox::confirm_anew(self).await?)?;
        if (&account.inventory, &account.id) != (&frozen.inventory, &frozen.account) {
            return Err(StudioError::OtherInventory);
        }
        let unreadable = StudioError::Unreadable {
            what: "a frozen request",
        };
        let (Ok(inventory), Ok(epoch)) = (frozen.inventory.parse(), frozen.epoch.try_into()) else {
            return Err(unreadable);
        };
        if let (Some(named), Some(bytes)) = (frozen.portrait(), portrait)
            && named == Digest::of(bytes)
        {
            let taken = reach.remote.upload((inventory, epoch), named, bytes).await;
            match taken {
                Ok(()) => {}
                // The picture is not taken: nothing was published, and it is not
                // by trying again.
                Err(StudioError::Inventory(problem)) if is_final(&problem) => {
                    return Ok(Sent::Refused(problem));
                }
                Err(error) => return Ok(Sent::Open(error)),
            }
        }
        let sent = reach
            .remote
            .publish(
                IdempotencyKey(frozen.key),
                (inventory, epoch),
                &frozen.request,
            )
            .await;
        Ok(match sent {
            Ok(published) => Sent::Published(Box::new(published)),
            Err(StudioError::Inventory(problem)) if is_final(&problem) => Sent::Refused(problem),
            Err(error) => Sent::Open(error),
        })
    }
}

/// Whether the same request will always be answered so: what the inventory
/// keeps as the key's answer, and what it cannot read.
fn is_final(problem: &Problem) -> bool {
    use dramatis_api::Code;
    let code = problem.code.parse::<Code>().ok();
    let passing = matches!(
        code,
        Some(Code::BlobMissing | Code::WrongInventory | Code::Forbidden | Code::Unauthorized)
    ) || code.is_some_and(Code::is_retryable);
    (400..500).contains(&problem.status) && !passing
}

/// The account's own item by that slug, and the release that a next one is
/// based on; none where there is no such item.
async fn standing(
    reach: &Reach,
    account: &Account,
    document: &Document,
) -> Result<Option<(ItemId, Option<Digest>)>, StudioError> {
    let handle = account
        .handle
        .parse()
        .map_err(|_| StudioError::NotACreator)?;
    let first = Address::Number(handle, document.slug.clone(), 1);
    let first = match reach.remote.at(&first).await {
        Ok(release) => release,
        Err(StudioError::Inventory(problem)) if problem.code == "not_found" => return Ok(None),
        Err(error) => return Err(error),
    };
    let item: Item = reach.remote.item(&first.item.to_string()).await?;
    if item.kind != document.kind.as_str() {
        return Err(StudioError::SlugOfAnotherKind {
            slug: item.slug,
            kind: item.kind,
        });
    }
    let stands = |state: &str| {
        !matches!(
            state.parse(),
            Ok(ReleaseState::Rejected | ReleaseState::Withdrawn)
        )
    };
    let base = item
        .releases
        .iter()
        .rev()
        .find(|release| stands(&release.state));
    let parent = base
        .map(|release| release.manifest_sha256.parse())
        .transpose()
        .map_err(|_| StudioError::Unreadable { what: "a digest" })?;
    Ok(Some((ItemId(item.id), parent)))
}

/// A release of this inventory; one named by a hash that it does not know is
/// from outside.
async fn origin(reach: &Reach, address: &Address) -> Result<Origin, StudioError> {
    match (reach.remote.at(address).await, address) {
        (Ok(release), _) => Ok(Origin {
            manifest: release
                .manifest_sha256
                .parse()
                .map_err(|_| StudioError::Unreadable { what: "a digest" })?,
            release: Some(ReleaseId(release.id)),
        }),
        (Err(StudioError::Inventory(problem)), Address::Manifest(manifest))
            if problem.code == "not_found" =>
        {
            Ok(Origin {
                manifest: *manifest,
                release: None,
            })
        }
        (Err(error), _) => Err(error),
    }
}
