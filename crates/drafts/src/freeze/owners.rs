//! Freezing a change of an item's owners.

use super::{Scene, frozen, salt, salted_text};
use crate::{
    StudioError,
    store::Write,
    table::{self, outbox::Entry},
    view::Operation,
};
use dramatis_api::owners::{OwnershipChange, OwnershipRequest};
use dramatis_client::operations;
use dramatis_domain::limits;

/// An item by its address.
pub(crate) struct Addressed {
    pub(crate) item: String,
    pub(crate) creator: String,
    pub(crate) slug: String,
}

/// What becomes of its owners.
pub(crate) struct NewOwners<'a> {
    pub(crate) of: &'a Addressed,
    pub(crate) change: OwnershipChange,
    pub(crate) account: Option<&'a str>,
    pub(crate) message: Option<&'a str>,
}

/// Freezes the change and puts it into the outbox.
pub(crate) async fn owners(
    write: &mut Write<'_>,
    scene: &Scene,
    wanted: &NewOwners<'_>,
) -> Result<Entry, StudioError> {
    let NewOwners {
        of,
        change,
        account,
        message,
    } = wanted;
    let length = message.map_or(0, str::len);
    if length > limits::REASON {
        return Err(StudioError::TooLong {
            what: "message",
            length,
            limit: limits::REASON,
        });
    }
    let character = super::known(write, scene, &of.item, &of.creator, &of.slug).await?;
    let body = frozen(&OwnershipRequest {
        change: *change,
        account: account.map(str::to_owned),
        message: message.map(|text| salted_text(&salt(text))),
        device: scene.device.clone(),
    })?;
    let open = table::outbox::open_of(write.db(), &of.item).await?;
    let name = format!("{}/{}", of.creator, of.slug);
    let entry = Entry {
        summary: summary(*change, &name, account.unwrap_or_default()),
        after_key: open.last().map(|entry| entry.key.clone()),
        ..scene.entry(&character, &of.item, &name, Operation::Owners)
    };
    let id = of.item.parse().map_err(|_| StudioError::Unreadable {
        what: "an id of the inventory",
    })?;
    let entry = entry.asking(|key| operations::owners_change(id, key, body))?;
    table::outbox::add(write.db(), &entry).await?;
    crate::outbox::tag(write, &entry);
    Ok(entry)
}

fn summary(change: OwnershipChange, name: &str, account: &str) -> String {
    match change {
        OwnershipChange::Add => format!("Share {name} with {account}"),
        OwnershipChange::Remove => format!("End sharing {name} with {account}"),
        OwnershipChange::Offer => format!("Offer {name} to {account}"),
        OwnershipChange::EndOffer => format!("End the offer of {name}"),
        OwnershipChange::Accept => format!("Take over {name}"),
        OwnershipChange::Impose => format!("Hand {name} to {account}"),
    }
}
