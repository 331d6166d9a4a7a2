//! Erasing what is kept about a person.

use super::{Erased, Eraser, PrivacyFault, account, order, order::Taking};
use crate::{
    audit::{chain::Happened, tenant_stream},
    blobs::Place,
    db::Tx,
    table,
};
use dramatis_domain::{AccountId, Digest, TenantId};
use object_store::{ObjectStore, ObjectStoreExt as _};
use uuid::Uuid;

/// Whose data goes, and on what ground.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The account, by handle or id.
    pub account: String,
    /// The legal ground, naming nobody.
    pub ground: String,
    /// Items whose cards and files go too: the account's by slug, or any by id.
    pub contents: Vec<String>,
}

impl Eraser {
    /// Erases an account's texts, ends its tokens, and takes the cards and files
    /// of the items named. The handle stays: it is an address others have. With
    /// `dry_run` only says what would go.
    ///
    /// # Errors
    /// Where a hold keeps any of it, an item can still be read, or the database
    /// refuses; then nothing was erased.
    pub async fn erase(
        &self,
        tenant: TenantId,
        request: &Request,
        store: Option<&dyn ObjectStore>,
        dry_run: bool,
    ) -> Result<Erased, PrivacyFault> {
        if request.ground.trim().is_empty() {
            return Err(PrivacyFault::Refused("an order needs its ground".into()));
        }
        let mut tx = self.begin(tenant).await?;
        let account = account(&mut tx, tenant, &request.account).await?;
        let (mut taking, places) = contents(&mut tx, tenant, account, &request.contents).await?;
        if !places.is_empty() && store.is_none() && !dry_run {
            return Err(PrivacyFault::Refused(
                "these items have files: say with --blobs where they are kept. Nothing was changed"
                    .into(),
            ));
        }
        taking.texts = table::personal::of_account(&mut tx, tenant, account).await?;
        super::held(&mut tx, tenant, &taking.hashes()).await?;
        let taking = taking.with_answers(&mut tx, tenant).await?;
        if dry_run || taking.hashes().is_empty() {
            return Ok(taking.told(None));
        }
        let about = super::operator(&mut tx, tenant).await?;
        for token in table::erasure::valid_tokens(&mut tx, tenant, account).await? {
            table::token::revoke(&mut tx, tenant, token).await?;
            let what = Happened {
                action: "token.revoked",
                subject: Some(token),
                ..Happened::default()
            };
            tenant_stream::append_in(&mut tx, about.clone(), what).await?;
        }
        table::erasure::label_tokens(&mut tx, tenant, account).await?;
        let done =
            order::carry_out(&mut tx, about, Some(account), &request.ground, &taking).await?;
        tx.commit().await?;
        if let Some(store) = store {
            for place in places {
                delete(store, &place).await?;
            }
        }
        Ok(done)
    }
}

/// The cards and files of the items, all of which have to be out of reach and
/// nobody else's.
async fn contents(
    tx: &mut Tx,
    tenant: TenantId,
    owner: AccountId,
    names: &[String],
) -> Result<(Taking, Vec<Place>), PrivacyFault> {
    let mut items: Vec<Uuid> = Vec::new();
    for name in names {
        let item = table::personal::find_item(tx, tenant, Some(owner), name).await?;
        items
            .push(item.ok_or_else(|| PrivacyFault::Refused(format!("there is no item “{name}”")))?);
    }
    if items.is_empty() {
        return Ok((Taking::default(), Vec::new()));
    }
    if let Some((slug, number, state)) = table::erasure::readable(tx, tenant, &items).await? {
        return Err(PrivacyFault::Refused(format!(
            "release {number} of “{slug}” is {state}. Revoke it first, so that apps are told; nothing was changed"
        )));
    }
    let cards = table::erasure::cards(tx, tenant, &items).await?;
    if let Some(other) = cards.iter().find_map(|card| card.other) {
        return Err(PrivacyFault::Refused(format!(
            "a card of these items is, byte for byte, also one of item {other}. Name that item as well; nothing was changed"
        )));
    }
    // A picture that another item shows as well is left where it is.
    let files = table::erasure::files(tx, tenant, &items).await?;
    let mut places = Vec::new();
    for file in files.iter().filter(|file| file.other.is_none()) {
        places.push(Place {
            tenant,
            sha256: Digest::from_slice(&file.sha256)
                .map_err(|fault| sqlx::Error::Decode(fault.into()))?,
            generation: file.generation,
        });
    }
    let taking = Taking {
        cards: cards.into_iter().map(|card| card.sha256).collect(),
        files: places.iter().map(|place| place.sha256.0.to_vec()).collect(),
        ..Taking::default()
    };
    Ok((taking, places))
}

async fn delete(store: &dyn ObjectStore, place: &Place) -> object_store::Result<()> {
    match store.delete(&place.path()).await {
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        done => done,
    }
}
