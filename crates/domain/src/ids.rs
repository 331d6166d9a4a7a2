//! Newtypes for every identity, so that one is never passed for another
//! (house.md, principle 2). All are UUIDs made by whoever creates the thing
//! (inventory.md, schema rule 1), version 7 where order helps an index.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// One inventory; changes only when a new one is created.
    InventoryId
);
id!(
    /// One provider's inventory; every row belongs to one.
    TenantId
);
id!(
    /// A person or a service account in a tenant.
    AccountId
);
id!(
    /// A studio installation, as named in events.
    DeviceId
);
id!(
    /// A stable identity that an inventory releases.
    ItemId
);
id!(
    /// One release of an item.
    ReleaseId
);
id!(
    /// One audit row.
    EventId
);
id!(
    /// Names one request for good: the outbox entry and the inventory's receipt
    /// (IETF draft-ietf-httpapi-idempotency-key-header).
    IdempotencyKey
);
