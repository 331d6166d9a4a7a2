//! What a person can do, a file a noun.

mod character;
mod library;
mod outbox;
mod publish;
mod release;
mod review;
mod settings;
mod steps;
pub(crate) mod take_in;
