//! Names of inventories and accounts, and repairs, as they are shown.

use crate::{
    table::account::{Account, THIS_COMPUTER},
    view::{AccountRef, InventoryKind, InventoryRef, Repair},
};
use url::Url;

pub(crate) fn account_ref(account: &Account) -> AccountRef {
    AccountRef {
        handle: account.handle.clone(),
        name: account.name.clone(),
        tenant: account.tenant_name.clone(),
    }
}

/// The inventory at a place, by the name it gave itself where it was asked.
pub(crate) fn inventory_ref(place: &str, account: Option<&Account>) -> InventoryRef {
    if place == THIS_COMPUTER {
        return InventoryRef {
            kind: InventoryKind::ThisComputer,
            name: "This computer".to_owned(),
            url: None,
        };
    }
    let host = || {
        Url::parse(place)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
    };
    let name = account
        .map(|account| account.inventory_name.clone())
        .or_else(host);
    InventoryRef {
        kind: InventoryKind::Shared,
        name: name.unwrap_or_else(|| place.to_owned()),
        url: Some(place.to_owned()),
    }
}

pub(crate) fn repair(repair: &dramatis_cards::Repair) -> Repair {
    Repair {
        code: repair.code.as_str().to_owned(),
        path: repair.path.clone(),
        message: repair.message.clone(),
    }
}
