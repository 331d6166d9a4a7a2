//! Who owns a character.

use super::Wait;
use clap::{Args as ClapArgs, Subcommand};

/// A character, and whom the change is about.
#[derive(Debug, ClapArgs)]
pub(crate) struct Whose {
    /// One of the library, or CREATOR/SLUG.
    pub(crate) character: String,
    /// The other creator's handle.
    pub(crate) account: String,
    #[arg(long, short)]
    pub(crate) message: Option<String>,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

/// A character whose offer is answered.
#[derive(Debug, ClapArgs)]
pub(crate) struct Answered {
    /// One of the library, or CREATOR/SLUG.
    pub(crate) character: String,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OwnerAction {
    /// Share it: a co-owner may do all that you may, but change the owners.
    Add(Whose),
    /// End that; a co-owner may also leave.
    Remove(Whose),
}

#[derive(Debug, Subcommand)]
pub(crate) enum TransferAction {
    /// What is offered to you.
    List,
    /// Offer it; it stays yours until that creator accepts.
    Offer(Whose),
    /// Take over what is offered to you.
    Accept(Answered),
    /// Take your offer back, or decline one to you.
    End(Answered),
    /// Hand over what is not yours, as an operator, with the reason in --message.
    Impose(Whose),
}
