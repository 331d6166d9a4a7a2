//! What is here: the creator's drafts, the journal of edits, the outbox and
//! what was seen of the inventory's history (studio.md).
//!
//! [`Studio`] is the whole of it: a window or a command line opens one over a
//! folder, and any number of them may have the same folder open.

mod clock;
mod commands;
mod connection;
mod draft;
mod error;
mod export;
mod folders;
mod freeze;
mod import;
mod link;
pub mod local;
mod outbox;
mod remote;
mod samples;
pub mod secrets;
mod session;
mod show;
mod store;
mod studio;
mod sync;
mod table;
mod version;
pub mod view;

/// What the inventory answers, as it says it.
pub use dramatis_api::{
    Problem,
    item::Release,
    lineage::{Lineage, Relative},
    listing::{Listed, Listing},
    publish::{PublishOutcome, Published},
};

pub use clock::{Clock, Micros};
pub use commands::{Document, Fetched, Form, FrozenDocument, Search, Sent};
pub use connection::{Connection, Token};
pub use error::StudioError;
pub use folders::{Folders, default_device_name};
pub use import::{CardFile, CardImported};
pub use outbox::Sender;
pub use session::{Reached, Session, SessionOptions};
pub use studio::{Studio, StudioOptions};
