//! One file a table: the only places that hold SQL.

pub(crate) mod account;
pub(crate) mod address;
pub(crate) mod approval;
pub(crate) mod blob;
pub(crate) mod channel;
pub(crate) mod event;
pub(crate) mod face;
pub(crate) mod facts;
pub(crate) mod feed;
pub(crate) mod fork;
pub(crate) mod identity;
pub(crate) mod item;
pub(crate) mod item_list;
pub(crate) mod listing;
pub(crate) mod ownership;
pub(crate) mod pin;
pub(crate) mod receipt;
pub(crate) mod release;
pub(crate) mod rule_set;
pub(crate) mod tenant;
pub(crate) mod token;
pub(crate) mod webhook;
