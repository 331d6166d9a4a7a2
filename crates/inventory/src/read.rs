//! Who sees which release (product.md, Lifecycle of a release).

use crate::{
    auth::Caller,
    error::Fault,
    table::{
        address, channel,
        release::{self, Found, Name},
    },
};
use dramatis_api::{Code, Problem, item::Release};
use dramatis_domain::{address::Address, lifecycle::ReleaseState};
use sqlx::PgConnection;

/// The release at an address, as this account may see it.
pub(crate) async fn at(
    db: &mut PgConnection,
    caller: &Caller,
    address: &str,
) -> Result<Release, Fault> {
    let address: Address = address
        .parse()
        .map_err(|fault| Fault::new(Code::BadRequest, format!("{fault}.")))?;
    let tenant = caller.tenant;
    let id = match &address {
        Address::Channel(creator, slug, name) => {
            let (creator, slug) = (creator.as_str(), slug.as_str());
            channel::resolve(db, tenant, creator, slug, name.as_str()).await?
        }
        Address::Number(creator, slug, number) => {
            address::numbered(db, tenant, creator.as_str(), slug.as_str(), *number).await?
        }
        Address::Manifest(digest) => address::id_of(db, tenant, *digest).await?,
        Address::Id(id) => Some(*id),
    };
    let found = match id {
        Some(id) => release::find(db, tenant, Name::Id(id)).await?,
        None => None,
    };
    let found = found.ok_or_else(unknown)?;
    if matches!(address, Address::Channel(..)) {
        return by_channel(found);
    }
    by_hash(caller, found)
}

/// A release asked for by its id or hash: owner, reviewers, operators and
/// auditors see it in every state; others what was published and not taken back.
pub(crate) fn by_hash(caller: &Caller, found: Found) -> Result<Release, Fault> {
    if caller.sees_all_of(&found.owners) {
        return Ok(found.release);
    }
    match state(&found)? {
        ReleaseState::Published | ReleaseState::Deprecated | ReleaseState::Archived => {
            Ok(found.release)
        }
        ReleaseState::Revoked => Err(gone(found.release)),
        ReleaseState::Quarantined => Err(withheld(found.release)),
        ReleaseState::Draft
        | ReleaseState::Submitted
        | ReleaseState::Rejected
        | ReleaseState::Withdrawn => Err(unknown()),
    }
}

/// A release that a channel points at: the channel answers the same to
/// everybody, its owner included (inventory.md, Channels).
pub(crate) fn by_channel(found: Found) -> Result<Release, Fault> {
    match state(&found)? {
        ReleaseState::Published | ReleaseState::Deprecated => Ok(found.release),
        ReleaseState::Revoked => Err(gone(found.release)),
        ReleaseState::Quarantined => Err(withheld(found.release)),
        ReleaseState::Archived
        | ReleaseState::Draft
        | ReleaseState::Submitted
        | ReleaseState::Rejected
        | ReleaseState::Withdrawn => Err(Fault::new(
            Code::NotFound,
            "The channel points at a release that is archived. It can still be had by its exact hash.",
        )),
    }
}

/// There is nothing by that name, or nothing for this account.
pub(crate) fn unknown() -> Fault {
    Fault::new(
        Code::NotFound,
        "There is no such release in this inventory, or it is not published.",
    )
}

fn state(found: &Found) -> Result<ReleaseState, Fault> {
    found.release.state.parse().map_err(Fault::internal)
}

fn gone(release: Release) -> Fault {
    let detail = format!(
        "Release {} was revoked and is not to be used any more.",
        release.number
    );
    Fault::from(Problem {
        notice: release.notice,
        ..Problem::new(Code::Gone, detail)
    })
}

fn withheld(release: Release) -> Fault {
    let detail = format!(
        "Release {} is withheld by the operator for now.",
        release.number
    );
    Fault::from(Problem {
        notice: release.notice,
        ..Problem::new(Code::Quarantined, detail)
    })
}
