//! Keeps this computer's inventory running: finds it, or starts it, watches
//! it, and starts again when it is gone.

use std::{io, path::PathBuf, time::Duration};

use tokio::{process::Child, sync::watch, time::sleep};

use super::{Announcement, LocalError, LocalState, process, users::User};

/// How often one that somebody else started is asked whether it lives.
const LOOK: Duration = Duration::from_secs(2);
/// The wait before it is started again, doubled up to the second.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Runs until `left` turns true.
pub(super) async fn keep(
    program: PathBuf,
    data: PathBuf,
    tell: watch::Sender<LocalState>,
    mut left: watch::Receiver<bool>,
) {
    let mut keeper = match Keeper::enter(program, data).await {
        Ok(keeper) => keeper,
        Err(why) => {
            tracing::error!(error = %why, "this computer's inventory cannot be used");
            tell.send_replace(LocalState::Failed(why.to_string()));
            return;
        }
    };
    let mut wait = FIRST_WAIT;
    loop {
        tokio::select! {
            () = leaving(&mut left) => break,
            gone = keeper.one_life(&tell) => match gone {
                Ok(()) => {
                    tracing::warn!("this computer's inventory is gone; it is started again");
                    wait = FIRST_WAIT;
                    tell.send_replace(LocalState::Starting);
                }
                Err(why) => {
                    tracing::error!(error = %why, "this computer's inventory could not be started");
                    tell.send_replace(LocalState::Failed(why.to_string()));
                }
            },
        }
        tokio::select! {
            () = leaving(&mut left) => break,
            () = sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
        }
    }
    if let Err(why) = keeper.leave().await {
        tracing::error!(error = %why, "this computer's inventory could not be left in order");
    }
    tell.send_replace(LocalState::Stopped);
}

struct Keeper {
    program: PathBuf,
    data: PathBuf,
    user: User,
    /// The inventory's process while it is our child.
    child: Option<Child>,
}

impl Keeper {
    async fn enter(program: PathBuf, data: PathBuf) -> Result<Self, LocalError> {
        let folder = data.clone();
        let user = off_thread(move || User::enter(&folder))
            .await
            .map_err(|source| LocalError::Folder {
                folder: data.clone(),
                source,
            })?;
        Ok(Self {
            program,
            data,
            user,
            child: None,
        })
    }

    /// From finding or starting the inventory until it is gone.
    async fn one_life(&mut self, tell: &watch::Sender<LocalState>) -> Result<(), LocalError> {
        if let Some(found) = Announcement::found(&self.data).await {
            return self.shared(&found, tell).await;
        }
        // Ours from the first moment: the wait may be cut short by leaving.
        let child = self
            .child
            .insert(process::spawn(&self.program, &self.data)?);
        let announcement = process::serving(child, &self.data).await?;
        if child.id() != Some(announcement.pid) {
            // Somebody was faster: it said where that one serves, and ended.
            let _ = child.wait().await;
            self.child = None;
            return self.shared(&announcement, tell).await;
        }
        self.user
            .has_started(announcement.pid)
            .map_err(|source| LocalError::Folder {
                folder: self.data.clone(),
                source,
            })?;
        tell.send_replace(LocalState::Running(announcement));
        let end = child.wait().await;
        tracing::warn!(?end, "this computer's inventory ended");
        self.child = None;
        Ok(())
    }

    /// Uses the one that somebody else started until it is gone.
    async fn shared(
        &self,
        found: &Announcement,
        tell: &watch::Sender<LocalState>,
    ) -> Result<(), LocalError> {
        tell.send_replace(LocalState::Running(found.clone()));
        while found.answers().await {
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Stops the inventory when a user started it and nobody is left.
    async fn leave(self) -> io::Result<()> {
        let user = self.user;
        let Some(mut last) = off_thread(move || user.leave()).await? else {
            return Ok(());
        };
        if let Some(mut child) = self.child {
            process::end(&mut child).await;
        } else if let Some(found) = Announcement::found(&self.data).await
            && last.started()? == Some(found.pid)
        {
            process::end_other(&self.data, &found).await;
        }
        Ok(())
    }
}

/// Ends when the studio leaves, or has let go of its hold without a word.
async fn leaving(left: &mut watch::Receiver<bool>) {
    let _ = left.wait_for(|left| *left).await;
}

async fn off_thread<T: Send + 'static>(
    ask: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(ask)
        .await
        .map_err(io::Error::other)?
}
