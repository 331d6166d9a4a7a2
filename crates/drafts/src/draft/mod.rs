//! Writing drafts: edits, the journal, undo.

pub(crate) mod change;
pub(crate) mod desk;
pub(crate) mod edit;
pub(crate) mod facts;
pub(crate) mod journal;
pub(crate) mod merge;
pub(crate) mod save;
mod splice;
