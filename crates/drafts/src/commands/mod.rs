//! What a person can do, a file a noun.

mod character;
mod document;
mod library;
mod outbox;
mod owners;
mod publish;
mod reading;
mod release;
mod review;
mod settings;
mod steps;
pub(crate) mod take_in;

pub use document::{Document, FrozenDocument, Sent};
pub use reading::{Fetched, Form, Search};
