//! Freezing: everything that a request will say is fixed here, in the very
//! transaction that puts it into the outbox (studio.md; inventory.md, What is
//! hashed).

mod decision;
mod overtaken;
mod owners;
mod publish;
mod standing;
mod step;

pub(crate) use decision::{Foreign, decision};
pub(crate) use overtaken::{is_under_way, newer, overtaken_by};
pub(crate) use owners::{Addressed, NewOwners, owners};
pub(crate) use publish::{Content, portrait_asset, publish};
pub(crate) use standing::{Standing, is_live_publish, standing};
pub(crate) use step::{Ask, Wanted, expected_state, step};

use crate::{
    StudioError,
    store::{Db, Write},
    table::{self, account::Account, outbox::Entry},
    view::Operation,
};
use dramatis_api::{audit::Device, publish::SaltedText};
use dramatis_client::{Frozen, Request};
use dramatis_domain::{IdempotencyKey, salted::Salted};

/// Who freezes, from which studio, when.
pub(crate) struct Scene {
    pub(crate) account: Account,
    pub(crate) device: Device,
    pub(crate) now: crate::Micros,
}

impl Scene {
    /// The account that is chosen, where it is signed in.
    pub(crate) async fn of(
        db: &mut Db,
        account: Option<Account>,
        now: crate::Micros,
    ) -> Result<Self, StudioError> {
        let account = account
            .filter(|account| account.signed_in == 1)
            .ok_or(StudioError::NotSignedIn)?;
        let device = table::device::get(db)
            .await?
            .ok_or(StudioError::Unreadable {
                what: "the name of this device",
            })?;
        let device = Device {
            id: device.id.parse().map_err(|_| StudioError::Unreadable {
                what: "the id of this device",
            })?,
            name: salted_text(&salt(&device.name)),
        };
        Ok(Self {
            account,
            device,
            now,
        })
    }

    /// An entry that waits, with the parts every one has.
    fn entry(
        &self,
        character: &str,
        item: &str,
        character_name: &str,
        operation: Operation,
    ) -> Entry {
        Entry {
            seq: 0,
            key: uuid::Uuid::now_v7().to_string(),
            character: character.to_owned(),
            item: item.to_owned(),
            character_name: character_name.to_owned(),
            operation: operation.as_str().to_owned(),
            summary: String::new(),
            release: String::new(),
            parent_release: None,
            parent_manifest: None,
            manifest_sha256: None,
            card: None,
            portrait: None,
            after_key: None,
            needs_parent: 0,
            path: String::new(),
            body: String::new(),
            inventory: self.account.inventory.clone(),
            epoch: self.account.epoch,
            inventory_name: self.account.inventory_name.clone(),
            tenant: self.account.tenant.clone(),
            account: self.account.id.clone(),
            account_handle: self.account.handle.clone(),
            state: "waiting".to_owned(),
            attempts: 0,
            ever_sent: 0,
            cancelling: 0,
            fence: None,
            created_at: self.now,
            next_attempt_at: self.now,
            settled_at: None,
            error: None,
            outcome: None,
            answer_status: None,
            answer: None,
            replaced_by: None,
        }
    }
}

/// The character of an item in this store. Somebody else's character has no
/// draft here and is in no library: its row only holds what is sent about it
/// and what is seen of its history.
async fn known(
    write: &mut Write<'_>,
    scene: &Scene,
    item: &str,
    creator: &str,
    slug: &str,
) -> Result<String, StudioError> {
    if let Some(item) = table::item::get(write.db(), item).await? {
        return Ok(item.character);
    }
    // The item's own id as the slug: no character of this studio can have it.
    table::character::add(write.db(), item, item, scene.now).await?;
    table::item::add(write.db(), item, item, &scene.account).await?;
    crate::sync::remember_names(write.db(), item, creator, slug).await?;
    Ok(item.to_owned())
}

/// A text with a salt drawn at random.
pub(crate) fn salt(value: &str) -> Salted {
    Salted::new(rand::random(), value)
}

pub(crate) fn salted_text(salted: &Salted) -> SaltedText {
    SaltedText {
        salt: hex::encode(salted.salt),
        value: salted.value.clone(),
    }
}

/// A body as the exact bytes that are sent every time.
fn frozen<T: serde::Serialize>(body: &T) -> Result<Frozen<T>, StudioError> {
    Frozen::of(body).map_err(|error| StudioError::Canonical(error.into()))
}

impl Entry {
    /// The same entry, asking for this: where it goes, and every byte of it.
    fn asking<T>(
        mut self,
        request: impl FnOnce(IdempotencyKey) -> Request<T>,
    ) -> Result<Self, StudioError> {
        let unreadable = StudioError::Unreadable { what: "a request" };
        let Ok(key) = self.key.parse() else {
            return Err(unreadable);
        };
        let (path, body) = request(key).into_path_and_body();
        self.path = path;
        self.body = String::from_utf8(body).map_err(|_| unreadable)?;
        Ok(self)
    }
}
