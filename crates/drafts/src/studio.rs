//! The studio's core, opened over a folder.

use crate::{
    Clock, Connection, Micros, StudioError,
    draft::desk::Desk,
    import::Previews,
    link::Link,
    outbox::Sender,
    store::{Db, Store},
    table::{self, account::Account},
    view,
};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::{Notify, broadcast};

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
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) options: StudioOptions,
    pub(crate) store: Store,
    pub(crate) link: Link,
    pub(crate) previews: Previews,
    pub(crate) desk: Desk,
    /// Wakes the sender.
    pub(crate) wake: Notify,
    /// One drain of the outbox at a time in this process.
    pub(crate) draining: tokio::sync::Mutex<()>,
}

impl Studio {
    /// Opens the store in a folder, or makes it. A damaged store is put aside
    /// whole and what can be read of it is taken over; `status().store` says so.
    ///
    /// # Errors
    /// `store_newer` where a newer version wrote the store, which is then left
    /// untouched; `folder` and `store` where it cannot be read or written.
    pub async fn open(options: StudioOptions) -> Result<Self, StudioError> {
        let store = Store::open(
            &options.store_dir,
            options.max_pages,
            &options.device_name,
            &options.clock,
        )
        .await?;
        let inner = Inner {
            options,
            store,
            link: Link::new(),
            previews: Previews::default(),
            desk: Desk::default(),
            wake: Notify::new(),
            draining: tokio::sync::Mutex::new(()),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Tags of what has changed, after the store has changed: `status`,
    /// `settings`, `library`, `outbox`, `character:ID`, `timeline:ID`. Changes
    /// of other processes come too, while [`run_sender`](Self::run_sender) runs.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Vec<String>> {
        self.inner.store.subscribe()
    }

    /// Says how to reach the inventory; `None`: not at all, for now. Whether it
    /// answers is found out by the sender.
    pub fn set_connection(&self, connection: Option<Connection>) {
        if let Err(error) = self.inner.link.set(connection) {
            let detail = error.to_string();
            self.inner
                .link
                .describe(view::ConnectionState::Offline, Some(detail));
        }
        self.tell(&["status", "settings"]);
        self.inner.wake.notify_one();
    }

    /// Says what the shell knows about an inventory that is not connected:
    /// it is being started, why it cannot be, or that there is no token.
    pub fn set_connection_state(&self, state: view::ConnectionState, detail: Option<String>) {
        self.inner.link.describe(state, detail);
        self.tell(&["status"]);
    }

    /// Says where the token lies, for the status line and the settings.
    pub fn set_keychain(&self, keychain: view::KeychainState) {
        self.inner.link.set_keychain(keychain);
        self.tell(&["status", "settings"]);
    }

    /// Starts sending what is due, and telling of other processes' changes,
    /// until the sender is dropped. Needs a running tokio runtime.
    #[must_use = "the sender stops when it is dropped"]
    pub fn run_sender(&self) -> Sender {
        Sender::run(self)
    }

    /// Sends everything that is due now, and returns when nothing more is.
    /// Entries whose time has not come stay; where another process is sending,
    /// it goes on doing so and this returns.
    ///
    /// # Errors
    /// Where the store cannot be read or written. A request that fails is no
    /// error here: its entry says so.
    pub async fn settle_once(&self) -> Result<(), StudioError> {
        crate::outbox::drain(self).await.map(drop)
    }

    /// Closes the store, so that the folder may be moved or deleted.
    pub async fn close(&self) {
        self.inner.store.close().await;
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn now(&self) -> Micros {
        self.inner.options.clock.now()
    }

    pub(crate) fn tell(&self, tags: &[&str]) {
        self.inner
            .store
            .tell(tags.iter().map(|&tag| tag.to_owned()).collect());
    }

    /// The account that is chosen, signed in or not: that of the connection
    /// where there is one, that of the settings otherwise.
    pub(crate) async fn account(&self, db: &mut Db) -> Result<Option<Account>, StudioError> {
        let place = match self.inner.link.place() {
            Some(place) => place,
            None => table::account::chosen_place(db).await?,
        };
        table::account::get(db, &place).await
    }

    /// Remembers that the store is full, or is not any more, and passes the
    /// result on.
    pub(crate) fn noted<T>(&self, result: Result<T, StudioError>) -> Result<T, StudioError> {
        if matches!(result, Err(StudioError::StoreFull)) && self.store().set_full(true) {
            self.tell(&["status"]);
        }
        result
    }
}
