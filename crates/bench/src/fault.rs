//! Why nothing was measured.

use std::io;

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Cluster(#[from] dramatis_inventory::ClusterFault),
    #[error("the database could not be set up: {0}")]
    Migrate(#[from] dramatis_inventory::MigrateFault),
    #[error("the tenant could not be set up: {0}")]
    Provision(#[from] dramatis_inventory::ProvisionFault),
    #[error("the database refuses: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the inventory does not answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the studio: {0}")]
    Studio(#[from] dramatis_drafts::StudioError),
    #[error("a sample card: {0}")]
    Card(#[from] dramatis_cards::CardError),
    #[error("{what}: {cause}")]
    Io { what: String, cause: io::Error },
    #[error("{program} failed: {said}")]
    Program { program: &'static str, said: String },
    #[error("{what}: the inventory answered {status}: {body}")]
    Answer {
        what: &'static str,
        status: u16,
        body: String,
    },
    #[error("the floor is not a floor for this: {0}")]
    Unlike(String),
    #[error(
        "{folder} lies in memory, where a sync costs nothing. Name a folder on a disk with --folder."
    )]
    InMemory { folder: String },
    #[error("{0}")]
    Made(String),
    #[error("stopped; nothing was measured to its end.")]
    Stopped,
}

impl Fault {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |cause| Self::Io { what, cause }
    }

    /// Something that the bench makes itself could not be made.
    pub(crate) fn made(cause: impl std::fmt::Display) -> Self {
        Self::Made(cause.to_string())
    }
}
