//! Who is on the other side: asked once per connection, and again whenever it
//! was lost.

use crate::{
    Studio, StudioError,
    link::{Came, Reach, place_of},
    table::{self, account::Account},
    view::ConnectionState,
};

/// The inventory's answer to *who am I*, kept in the store; none where nobody
/// is signed in or nobody answers, which the status then says.
pub(crate) async fn confirm(studio: &Studio) -> Result<Option<(Reach, Account)>, StudioError> {
    let link = &studio.inner.link;
    let Some(reach) = link.reach() else {
        return Ok(None);
    };
    if let (Some(me), (ConnectionState::Online, _)) = (&reach.confirmed, link.state()) {
        let me = me.clone();
        return Ok(Some((reach, me)));
    }
    confirm_anew(studio).await
}

/// The same, asking even where the inventory answered last time.
pub(crate) async fn confirm_anew(studio: &Studio) -> Result<Option<(Reach, Account)>, StudioError> {
    let Some(reach) = studio.inner.link.reach() else {
        return Ok(None);
    };
    match ask(studio, &reach).await {
        Ok(me) => Ok(Some((reach, me))),
        Err(StudioError::Offline { detail } | StudioError::Answer { detail }) => {
            came(studio, &reach, Came::Lost(detail));
            Ok(None)
        }
        Err(StudioError::NoInventory { detail }) => {
            came(studio, &reach, Came::Stranger(detail));
            Ok(None)
        }
        Err(StudioError::Inventory(problem)) if problem.status == 401 => {
            came(studio, &reach, Came::Unauthorized(problem.detail));
            Ok(None)
        }
        Err(StudioError::Inventory(problem)) => {
            came(studio, &reach, Came::Lost(problem.detail));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Asks, and remembers the answer.
pub(crate) async fn ask(studio: &Studio, reach: &Reach) -> Result<Account, StudioError> {
    let who = reach.remote.who_am_i().await?;
    let me = Account::of(&place_of(reach.remote.connection()), &who);
    let known = {
        let mut db = studio.store().reader().await?;
        table::account::get(&mut db, &me.place).await?
    };
    if known.as_ref() != Some(&me) {
        let mut write = studio.store().begin().await?;
        table::account::put(write.db(), &me, studio.now()).await?;
        write.tag("status");
        write.tag("settings");
        write.commit().await?;
    }
    came(studio, reach, Came::Confirmed(Box::new(me.clone())));
    Ok(me)
}

/// Remembers what came of asking, and tells where that is news.
pub(crate) fn came(studio: &Studio, reach: &Reach, outcome: Came) {
    if studio.inner.link.came(reach.turn, outcome) {
        studio.tell(&["status"]);
    }
}
