//! The inventory that is chosen now.

use tokio::task::JoinHandle;
use url::Url;

use super::Session;
use crate::{
    StudioError,
    local::{Local, LocalState},
    view::InventoryKind,
};

/// The inventory that is chosen now.
#[derive(Debug)]
pub(super) enum Current {
    /// None yet, or none any more.
    None,
    /// This computer's own; why there is none, where it could not be begun.
    ThisComputer {
        local: Result<Local, String>,
        /// Follows its state.
        follower: Option<JoinHandle<()>>,
    },
    /// One at an address.
    Shared { base_url: Url },
}

impl Current {
    /// Its address, where it is known.
    pub(super) fn address(&self) -> Result<(Url, InventoryKind), StudioError> {
        let offline = |detail: &str| StudioError::Offline {
            detail: detail.to_owned(),
        };
        match self {
            Self::None => Err(offline("no inventory is chosen yet")),
            Self::Shared { base_url } => Ok((base_url.clone(), InventoryKind::Shared)),
            Self::ThisComputer {
                local: Err(why), ..
            } => Err(offline(why)),
            Self::ThisComputer {
                local: Ok(local), ..
            } => match &*local.state().borrow() {
                LocalState::Running(serving) => {
                    Ok((serving.url.clone(), InventoryKind::ThisComputer))
                }
                LocalState::Failed(why) => Err(offline(why)),
                LocalState::Starting => Err(offline("this computer's inventory is starting")),
                LocalState::Stopped => Err(offline("this computer's inventory was stopped")),
            },
        }
    }

    /// What its token is called in the keychain.
    pub(super) fn name(&self, session: &Session) -> String {
        match self {
            Self::Shared { base_url } => base_url.to_string(),
            Self::None | Self::ThisComputer { .. } => {
                let folder = &session.inner.options.local_dir;
                let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
                format!("this computer: {}", whole.display())
            }
        }
    }

    /// Lets go of it.
    pub(super) async fn end(&mut self) {
        if let Self::ThisComputer { local, follower } = std::mem::replace(self, Self::None) {
            if let Some(follower) = follower {
                follower.abort();
            }
            if let Ok(local) = local {
                local.stop().await;
            }
        }
    }
}
