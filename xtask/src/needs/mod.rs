//! What each command needs on this computer, and how to bring it.

mod debian;

use crate::fault::Fault;

/// A Postgres server.
pub(crate) fn postgres() -> Result<(), Fault> {
    debian::bring(&["postgresql"])
}
