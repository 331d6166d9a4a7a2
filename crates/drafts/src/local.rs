//! *This computer*: the inventory that runs beside the studio, as
//! `dramatis-inventory local --data DIR` (inventory.md, Service).
//!
//! One process serves any number of studios and command lines: whoever comes
//! first starts it, whoever comes later finds it by its lock file, the last one
//! to leave stops it. When it dies it is started again.

mod announcement;
mod binary;
mod keeper;
mod minter;
mod process;
mod users;

use std::{path::PathBuf, time::Duration};

pub use announcement::Announcement;
pub use binary::{BINARY_VARIABLE, find_binary};
pub use minter::Minter;
use tokio::{sync::watch, task::JoinHandle};

/// How long the first start may take: a cluster is created and migrated.
const START_PATIENCE: Duration = Duration::from_secs(120);

/// Where this computer's inventory stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalState {
    /// It is being started.
    Starting,
    /// It serves.
    Running(Announcement),
    /// It could not be started, in words for people; it is tried again.
    Failed(String),
    /// It was let go.
    Stopped,
}

/// Why this computer's inventory cannot be used, in words for people.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The program is not there.
    #[error(
        "the inventory's program is missing: it should lie beside the studio's as {0}, or {BINARY_VARIABLE} should name it"
    )]
    NoBinary(PathBuf),
    /// The program could not be run.
    #[error("{program} could not be run: {source}")]
    Run {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended before it served, or a command of it failed.
    #[error("this computer's inventory could not start: {0}")]
    Refused(String),
    /// It did not say that it serves.
    #[error("this computer's inventory did not start within {} seconds", START_PATIENCE.as_secs())]
    Silent,
    /// It said something else than expected.
    #[error("this computer's inventory answered something this studio does not know ({0})")]
    Unknown(String),
    /// Its folder cannot be used.
    #[error("the folder {folder} cannot be used: {source}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Our hold on this computer's inventory.
#[derive(Debug)]
pub struct Local {
    minter: Minter,
    state: watch::Receiver<LocalState>,
    leave: watch::Sender<bool>,
    keeper: JoinHandle<()>,
}

impl Local {
    /// Starts to keep the inventory of the folder `data` running, in the
    /// background; `program` is usually what [`find_binary`] answers. Must be
    /// called within a tokio runtime.
    #[must_use]
    pub fn start(program: PathBuf, data: PathBuf) -> Self {
        let (tell, state) = watch::channel(LocalState::Starting);
        let (leave, left) = watch::channel(false);
        let minter = Minter::new(program.clone(), data.clone());
        let keeper = tokio::spawn(keeper::keep(program, data, tell, left));
        Self {
            minter,
            state,
            leave,
            keeper,
        }
    }

    /// Where it stands, now and whenever that changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<LocalState> {
        self.state.clone()
    }

    /// What makes tokens for it.
    #[must_use]
    pub fn minter(&self) -> Minter {
        self.minter.clone()
    }

    /// Leaves it; when nobody else uses it, it is stopped, and this waits for
    /// that end.
    pub async fn stop(self) {
        // An error means that the keeper has ended already.
        let _ = self.leave.send(true);
        if let Err(why) = self.keeper.await {
            tracing::error!(error = %why, "the keeper of this computer's inventory failed");
        }
    }
}
