//! What is done to releases after they are there: lifecycle steps through one
//! path, and channel moves.

pub(crate) mod decide;
pub(crate) mod owners;
pub(crate) mod promote;
pub(crate) mod step;

use crate::{
    auth::Caller,
    error::Fault,
    exchange::Scene,
    read,
    table::{self, facts::Move, item::Locked, release::Found},
};
use dramatis_api::Code;
use dramatis_domain::{
    Digest, ItemId, ReleaseId, TenantId, lifecycle::ReleaseState, names::ChannelName,
    salted::Salted,
};
use sqlx::PgConnection;

/// Passes where the account owns the item at hand: as its owner or a co-owner.
pub(crate) async fn owned(
    db: &mut PgConnection,
    caller: &Caller,
    id: ItemId,
    item: &Locked,
) -> Result<(), Fault> {
    let tenant = caller.tenant;
    if item.owner == caller.account
        || table::owners::is_shared_with(db, tenant, id, caller.account).await?
    {
        return Ok(());
    }
    let handed = table::owners::handed_over(db, tenant, id, caller.account).await?;
    let detail = match handed {
        Some(table::owners::HandedOver { creator, slug, to }) => {
            format!("“{creator}/{slug}” was handed over to {to}. What you wrote stays with you.")
        }
        None => "It belongs to somebody else.".to_owned(),
    };
    Err(Fault::new(Code::Forbidden, detail))
}

/// A release of the item at hand.
async fn of_item(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
    release: ReleaseId,
) -> Result<Option<Found>, Fault> {
    let found = table::release::find(db, tenant, table::release::Name::Id(release.0)).await?;
    Ok(found.filter(|found| found.release.item == item.0))
}

/// A release as far as the account may see it: first of all, so that no refusal
/// tells of one that is not there for it.
fn seen(caller: &Caller, found: Option<Found>) -> Result<(Found, ReleaseState), Fault> {
    let found = found.ok_or_else(not_found)?;
    let state = read::may_see(caller, &found, not_found)?;
    Ok((found, state))
}

fn not_found() -> Fault {
    Fault::new(
        Code::NotFound,
        "There is no such release in this inventory. Nothing was changed.",
    )
}

fn state_of(found: &Found) -> Result<ReleaseState, Fault> {
    found.release.state.parse().map_err(Fault::internal)
}

fn channel_name(text: &str) -> Result<ChannelName, Fault> {
    text.parse().map_err(|fault| {
        Fault::new(
            Code::BadRequest,
            format!("“{text}” is no name for a channel: {fault}."),
        )
    })
}

/// Moves a channel of the item at hand to a release that is offered.
async fn move_to(
    db: &mut PgConnection,
    scene: &mut Scene<'_>,
    item: ItemId,
    channel: &ChannelName,
    to: &Found,
    reason: Option<(&Salted, Digest)>,
) -> Result<Move, Fault> {
    let tenant = scene.about.caller.tenant;
    let state = state_of(to)?;
    if !state.is_offered() {
        let detail = format!(
            "Release {} is {state}; a channel points at one that is published or deprecated.",
            to.release.number
        );
        return Err(Fault::new(Code::StepRefused, detail));
    }
    let pointer = table::channel::pointer(db, tenant, item, channel.as_str()).await?;
    if pointer.is_some_and(|pointer| pointer.release.0 == to.release.id) {
        let detail = format!(
            "“{channel}” already points at release {}.",
            to.release.number
        );
        return Err(Fault::new(Code::StepRefused, detail));
    }
    Ok(crate::publish::move_channel(
        scene,
        channel.as_str(),
        pointer,
        ReleaseId(to.release.id),
        reason,
    ))
}
