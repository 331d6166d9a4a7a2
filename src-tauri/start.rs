//! What the studio is started with.

use std::path::PathBuf;

use clap::Parser;
use dramatis_drafts::Folders;

/// A studio for people who write characters.
#[derive(Clone, Debug, Parser)]
#[command(name = "dramatis-studio", version)]
pub(crate) struct Arguments {
    /// The folder of the local store, in place of this person's own.
    #[arg(long, env = "DRAMATIS_STORE")]
    store: Option<PathBuf>,
    /// The address of a shared inventory, in place of the one in the settings.
    #[arg(long, env = "DRAMATIS_INVENTORY_URL")]
    pub(crate) inventory: Option<url::Url>,
}

impl Arguments {
    /// Where everything lies.
    pub(crate) fn folders(&self) -> Folders {
        Folders::of(self.store.as_deref())
    }
}
