//! Writing drafts: edits, the journal, undo.

pub(crate) mod change;
pub(crate) mod edit;
pub(crate) mod facts;
pub(crate) mod journal;
pub(crate) mod merge;
mod splice;
