//! Who sees which release (product.md, Lifecycle of a release).

use crate::{
    auth::{Caller, Scope},
    error::Fault,
    table::{
        address, blob, channel,
        release::{self, Found, Name},
    },
};
use dramatis_api::{Code, Problem, item::Release};
use dramatis_domain::{Digest, address::Address, lifecycle::ReleaseState};
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

/// A release asked for by its id or hash.
pub(crate) fn by_hash(caller: &Caller, found: Found) -> Result<Release, Fault> {
    let may = may_see(caller, &found, unknown);
    may.map(|_| found.release)
}

/// The state of a release that the account sees; else why it does not. One that
/// was never published is for others as if it were not there: `nothing`.
pub(crate) fn may_see(
    caller: &Caller,
    found: &Found,
    nothing: impl FnOnce() -> Fault,
) -> Result<ReleaseState, Fault> {
    let state = state(found)?;
    match state {
        _ if caller.sees(state, &found.owners) => Ok(state),
        ReleaseState::Revoked => Err(gone(&found.release)),
        ReleaseState::Quarantined => Err(withheld(&found.release)),
        _ => Err(nothing()),
    }
}

/// A file that the account sees, for it sees a release that names it, and that
/// one's state. What no release names yet is for those who could make one that does.
pub(crate) async fn file(
    db: &mut PgConnection,
    caller: &Caller,
    sha256: Digest,
) -> Result<(blob::Known, ReleaseState), Fault> {
    let tenant = caller.tenant;
    let known = blob::find(db, tenant, sha256).await?.ok_or_else(no_file)?;
    if blob::is_open(db, tenant, sha256).await? {
        return Ok((known, ReleaseState::Published));
    }
    let states = caller.states_of_others();
    let state = match blob::best_named_by(db, tenant, sha256, caller.account, &states).await? {
        Some(release) => {
            let found = release::find(db, tenant, Name::Id(release)).await?;
            may_see(caller, &found.ok_or_else(no_file)?, no_file)?
        }
        None => {
            caller.may(Scope::Write).map_err(|_| no_file())?;
            ReleaseState::Draft
        }
    };
    Ok((known, state))
}

fn no_file() -> Fault {
    Fault::new(
        Code::NotFound,
        "There is no such file in this inventory, or no release that is published has it.",
    )
}

/// A release that a channel points at: the channel answers the same to
/// everybody, its owner included (inventory.md, Channels).
pub(crate) fn by_channel(found: Found) -> Result<Release, Fault> {
    match state(&found)? {
        ReleaseState::Published | ReleaseState::Deprecated => Ok(found.release),
        ReleaseState::Revoked => Err(gone(&found.release)),
        ReleaseState::Quarantined => Err(withheld(&found.release)),
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

fn gone(release: &Release) -> Fault {
    let detail = format!(
        "Release {} was revoked and is not to be used any more.",
        release.number
    );
    Fault::from(Problem {
        notice: release.notice.clone(),
        ..Problem::new(Code::Gone, detail)
    })
}

fn withheld(release: &Release) -> Fault {
    let detail = format!(
        "Release {} is withheld by the operator for now.",
        release.number
    );
    Fault::from(Problem {
        notice: release.notice.clone(),
        ..Problem::new(Code::Quarantined, detail)
    })
}
