//! What the commands act on: a studio that is opened behind the window.

use std::sync::Arc;

use dramatis_drafts::{
    Folders, Session, SessionOptions, Studio, StudioOptions, default_device_name, view::IpcError,
};
use tauri::AppHandle;
use tokio::sync::watch;
use url::Url;

use crate::{changes, error::Refusal};

/// The studio behind the window, once it is open, or why it could not be
/// opened: a damaged or newer store is told in the window, with every command.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    opened: watch::Receiver<Option<Result<Arc<Open>, IpcError>>>,
}

/// An open studio that is sending what is due.
#[derive(Debug)]
pub(crate) struct Open {
    session: Session,
    sender: std::sync::Mutex<Option<dramatis_drafts::Sender>>,
}

impl Desk {
    /// Begins to open the studio.
    pub(crate) fn open(app: AppHandle, folders: Folders, inventory: Option<Url>) -> Self {
        let (tell, opened) = watch::channel(None);
        tauri::async_runtime::spawn(async move {
            let result = open(&folders, inventory).await.map_err(|refusal| {
                tracing::error!(
                    code = refusal.0.code,
                    message = refusal.0.message,
                    "the store could not be opened"
                );
                refusal.0
            });
            if let Ok(open) = &result {
                changes::forward(app, open.session.studio().clone());
            }
            tell.send_replace(Some(result));
        });
        Self { opened }
    }

    /// The studio, as soon as it is open.
    pub(crate) async fn studio(&self) -> Result<Studio, Refusal> {
        Ok(self.open_one().await?.session.studio().clone())
    }

    /// Its connection, as soon as it is open.
    pub(crate) async fn session(&self) -> Result<Session, Refusal> {
        Ok(self.open_one().await?.session.clone())
    }

    /// Stops sending, lets the inventory go and closes the store. Returns when
    /// all of it has ended.
    pub(crate) async fn close(&self) {
        if let Ok(open) = self.open_one().await {
            let sender = open
                .sender
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .take();
            drop(sender);
            open.session.close().await;
        }
    }

    async fn open_one(&self) -> Result<Arc<Open>, Refusal> {
        let mut opened = self.opened.clone();
        let known = opened.wait_for(Option::is_some).await;
        match known.as_deref() {
            Ok(Some(Ok(open))) => Ok(Arc::clone(open)),
            Ok(Some(Err(why))) => Err(Refusal(why.clone())),
            Ok(None) | Err(_) => Err(Refusal::new(
                "not_open",
                "The studio could not be opened.",
                &["Start it again; its log says more."],
            )),
        }
    }
}

async fn open(folders: &Folders, inventory: Option<Url>) -> Result<Arc<Open>, Refusal> {
    let studio = Studio::open(StudioOptions::new(
        &folders.store,
        &folders.exports,
        default_device_name(),
    ))
    .await?;
    let session = Session::new(
        studio.clone(),
        SessionOptions {
            inventory,
            token: None,
            local_dir: folders.inventory.clone(),
        },
    );
    let sender = std::sync::Mutex::new(Some(studio.run_sender()));
    let connecting = session.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(why) = connecting.connect().await {
            tracing::error!(error = %why, "no connection could be begun");
        }
    });
    Ok(Arc::new(Open { session, sender }))
}
