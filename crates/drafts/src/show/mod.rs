//! Views, made from what is stored.

mod card;
mod character;
mod compare;
mod event;
mod history;
mod names;
mod overlap;
mod submission;

pub(crate) use card::{Against, changes, format_word, unpublished};
pub(crate) use character::{against, character, saved};
pub(crate) use compare::compare;
pub(crate) use history::{release_ref, timeline};
pub(crate) use names::{account_ref, inventory_ref, repair};
pub(crate) use overlap::{open_overlaps, sides};
pub(crate) use submission::submission;
