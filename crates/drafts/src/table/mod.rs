//! A file a table: its rows, and the statements that read and write them.

pub(crate) mod account;
pub(crate) mod alarm;
pub(crate) mod attempt;
pub(crate) mod blob;
pub(crate) mod character;
pub(crate) mod device;
pub(crate) mod draft;
pub(crate) mod edit;
pub(crate) mod event;
pub(crate) mod field_revision;
pub(crate) mod item;
pub(crate) mod kept_text;
pub(crate) mod lease;
pub(crate) mod news;
pub(crate) mod original;
pub(crate) mod outbox;
pub(crate) mod overlap;
pub(crate) mod release;
pub(crate) mod save;
pub(crate) mod setting;
pub(crate) mod taken_in;
