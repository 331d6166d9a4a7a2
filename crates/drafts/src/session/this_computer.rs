//! A session with this computer's own inventory: started in the background,
//! followed when it comes back at another address, signed in without asking.

use tokio::sync::watch;
use url::Url;

use super::{Reached, Session, current::Current};
use crate::{
    Connection, StudioError, Token,
    local::{Local, LocalState, Minter, find_binary},
    view::InventoryKind,
};

/// Starts it. Where its program is missing the status says so.
pub(super) fn begin(session: &Session) -> Current {
    match find_binary() {
        Ok(program) => {
            let local = Local::start(program, session.inner.options.local_dir.clone());
            let follower = tokio::spawn(follow(session.clone(), local.state(), local.minter()));
            Current::ThisComputer {
                local: Ok(local),
                follower: Some(follower),
            }
        }
        Err(why) => {
            tracing::error!(error = %why, "this computer's inventory cannot be started");
            session.now(Reached::Unreachable, Some(why.to_string()));
            Current::ThisComputer {
                local: Err(why.to_string()),
                follower: None,
            }
        }
    }
}

/// Tells the studio each state, and connects it each time the inventory serves.
async fn follow(session: Session, mut states: watch::Receiver<LocalState>, minter: Minter) {
    loop {
        let state = states.borrow_and_update().clone();
        match state {
            LocalState::Starting => session.now(Reached::Starting, None),
            LocalState::Failed(why) => session.now(Reached::Unreachable, Some(why)),
            LocalState::Running(serving) => {
                if let Err(why) = sign_in(&session, serving.url, &minter).await {
                    tracing::error!(error = %why, "this computer's inventory took no sign-in");
                    session.now(Reached::Unreachable, Some(why.to_string()));
                }
            }
            LocalState::Stopped => return,
        }
        if states.changed().await.is_err() {
            return;
        }
    }
}

/// Signs in with the token that is kept, or with a new one.
async fn sign_in(session: &Session, base_url: Url, minter: &Minter) -> Result<(), StudioError> {
    let studio = session.studio();
    let name = session.inner.current.lock().await.name(session);
    let connection = |token: Token| Connection {
        base_url: base_url.clone(),
        token,
        kind: InventoryKind::ThisComputer,
    };
    if let Some(token) = session.token(&name).await {
        match studio.sign_in(connection(token.clone())).await {
            Ok(_) => {
                session.connected(base_url, token, InventoryKind::ThisComputer);
                return Ok(());
            }
            // Its folder was made anew, or the token was revoked: both are the
            // person's own doing on their own computer.
            Err(StudioError::Inventory(problem)) if problem.status == 401 => {
                tracing::warn!(
                    "this computer's inventory no longer takes the token; a new one is made"
                );
            }
            Err(why) => return Err(why),
        }
    }
    let label = studio.settings().await?.device_name;
    let token = minter
        .mint_token(&label)
        .await
        .map_err(|why| StudioError::Offline {
            detail: why.to_string(),
        })?;
    studio.sign_in(connection(token.clone())).await?;
    session.keep_token(&name, token.clone()).await;
    session.connected(base_url, token, InventoryKind::ThisComputer);
    Ok(())
}
