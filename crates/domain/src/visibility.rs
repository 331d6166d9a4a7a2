//! Who reads a release in which state (product.md, Lifecycle of a release:
//! *fetched by exact hash*). Its card, its files and all else that it is made
//! of are seen by whoever sees the release.

use crate::lifecycle::ReleaseState;

/// Who reads a release, besides its owners, who always do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Everybody.
    All,
    /// Accounts that hold one of these roles.
    Holding(&'static [&'static str]),
}

/// The column, state by state. Operators are in it where the table does not
/// name them and they have to act: on what waits for a stage of theirs, and on
/// what they withheld (docs/decisions.md).
#[must_use]
pub const fn readers(state: ReleaseState) -> Readers {
    match state {
        ReleaseState::Draft => Readers::Holding(&[]),
        ReleaseState::Submitted | ReleaseState::Quarantined => {
            Readers::Holding(&["reviewer", "operator"])
        }
        ReleaseState::Rejected | ReleaseState::Withdrawn => Readers::Holding(&["reviewer"]),
        ReleaseState::Published | ReleaseState::Deprecated | ReleaseState::Archived => Readers::All,
        ReleaseState::Revoked => Readers::Holding(&["auditor"]),
    }
}

impl Readers {
    /// Whether an account with those roles is among them.
    #[must_use]
    pub fn include<R: AsRef<str>>(self, roles: &[R]) -> bool {
        match self {
            Self::All => true,
            Self::Holding(needed) => roles.iter().any(|role| needed.contains(&role.as_ref())),
        }
    }
}
