//! The studio's core, opened over a folder.

use crate::{Clock, Connection, StudioError, view};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::broadcast;

/// What a studio is opened with.
#[derive(Clone, Debug)]
pub struct StudioOptions {
    /// The folder of the local store; made where it is missing.
    pub store_dir: PathBuf,
    /// Where exports are written; made with the first one.
    pub export_dir: PathBuf,
    /// What events call this installation, until the person says otherwise.
    pub device_name: String,
    /// The program's version, for the settings view.
    pub app_version: String,
    /// Where the time comes from.
    pub clock: Clock,
    /// The most pages of 4 KiB that the database may have; none: as the disk allows.
    pub max_pages: Option<u32>,
}

impl StudioOptions {
    /// Options with the computer's clock and no bound but the disk.
    #[must_use]
    pub fn new(
        store_dir: impl Into<PathBuf>,
        export_dir: impl Into<PathBuf>,
        device_name: impl Into<String>,
    ) -> Self {
        Self {
            store_dir: store_dir.into(),
            export_dir: export_dir.into(),
            device_name: device_name.into(),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            clock: Clock::system(),
            max_pages: None,
        }
    }
}

/// Drafts, journal, outbox and seen history, with everything that is done to
/// them. Cloning it is cheap and gives the same studio.
#[derive(Clone, Debug)]
pub struct Studio {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {}

impl Studio {
    /// Opens the store in a folder, or makes it. A damaged store is put aside
    /// whole and what can be read of it is taken over; `status().store` says so.
    ///
    /// # Errors
    /// `store_newer` where a newer version wrote the store, which is then left
    /// untouched; `store_folder` and `store` where it cannot be read or written.
    pub async fn open(options: StudioOptions) -> Result<Self, StudioError> {
        todo!("{options:?}")
    }

    /// Tags of what has changed, after the store has changed: `status`,
    /// `settings`, `library`, `outbox`, `character:ID`, `timeline:ID`. Changes
    /// of other processes come too, once [`run_sender`](Self::run_sender) runs.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Vec<String>> {
        todo!()
    }

    /// Says how to reach the inventory; `None`: not at all, for now.
    pub fn set_connection(&self, connection: Option<Connection>) {
        drop(connection);
    }

    /// Says what the shell knows about an inventory that is not connected:
    /// it is being started, or why it cannot be.
    pub fn set_connection_state(&self, state: view::ConnectionState, detail: Option<String>) {
        drop((state, detail));
    }

    /// Says where the token lies, for the status line and the settings.
    pub fn set_keychain(&self, keychain: view::KeychainState) {
        drop(keychain);
    }

    /// Starts sending what is due, and telling of other processes' changes,
    /// until the handle is dropped or aborted.
    #[must_use = "the sender stops when the handle is dropped"]
    pub fn run_sender(&self) -> Sender {
        todo!()
    }

    /// Sends everything that is due now, and returns when nothing more is.
    /// Entries whose time has not come stay.
    ///
    /// # Errors
    /// Where the store cannot be read or written. A request that fails is no
    /// error here: its entry says so.
    pub async fn settle_once(&self) -> Result<(), StudioError> {
        todo!()
    }

    /// Closes the store, so that the folder may be moved or deleted.
    pub async fn close(&self) {}
}

/// A running sender; dropping it stops it after the request on the wire.
#[derive(Debug)]
pub struct Sender {}
