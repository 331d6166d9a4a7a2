//! Freezing a lifecycle step or a channel's move.

use super::{Scene, frozen, salt, salted_text};
use crate::{
    StudioError,
    store::{Db, Write},
    table::{self, item::Item, outbox::Entry, release::Release},
    view::Operation,
};
use dramatis_api::{
    command::{PromoteRequest, Repoint, StepRequest},
    publish::PublishRequest,
};
use dramatis_client::{Bytes, Request, operations};
use dramatis_domain::{
    IdempotencyKey,
    lifecycle::{ReasonCode, ReleaseState, Role, step as decide},
    limits,
    names::ChannelName,
};
use uuid::Uuid;

/// What is wanted of a release.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// Another state.
    Step {
        operation: Operation,
        to: ReleaseState,
        code: Option<ReasonCode>,
        message: Option<String>,
        successor: Option<String>,
        repoint: Vec<(ChannelName, String)>,
    },
    /// A channel that points at it.
    Promote {
        channel: ChannelName,
        message: Option<String>,
    },
}

/// The release it is wanted of, with what goes with the request.
pub(crate) struct Ask<'a> {
    pub(crate) item: &'a Item,
    pub(crate) character_name: &'a str,
    pub(crate) release: &'a Release,
}

/// The request that it comes to, under a key.
type Asked = Box<dyn FnOnce(IdempotencyKey) -> Request<Bytes> + Send>;

/// Checks a step by the lifecycle's own rules, freezes it, and puts it into
/// the outbox.
pub(crate) async fn step(
    write: &mut Write<'_>,
    scene: &Scene,
    ask: &Ask<'_>,
    wanted: Wanted,
) -> Result<Entry, StudioError> {
    let open = table::outbox::open_of(write.db(), &ask.item.id).await?;
    let (from, behind) = expected_state(&open, ask.release)?;
    let (operation, summary, request): (_, _, Asked) = match wanted {
        Wanted::Step {
            operation,
            to,
            code,
            message,
            successor,
            repoint,
        } => {
            check_text("message", message.as_deref())?;
            decide(from, to, &[Role::Creator], code, message.as_deref())
                .map_err(StudioError::Step)?;
            let successor = match &successor {
                Some(id) => Some(known(write.db(), ask.item, id).await?),
                None => None,
            };
            let mut moves = Vec::new();
            for (channel, release) in repoint {
                moves.push(Repoint {
                    channel: channel.to_string(),
                    release: known(write.db(), ask.item, &release).await?,
                });
            }
            let summary = summary(operation, ask);
            let body = frozen(&StepRequest {
                to: to.as_str().to_owned(),
                from: from.as_str().to_owned(),
                reason_code: code.map(|code| code.as_str().to_owned()),
                message: message.as_deref().map(|text| salted_text(&salt(text))),
                successor,
                repoint: moves,
                device: scene.device.clone(),
            })?;
            let release = ask.release.id.clone();
            let request = move |key| operations::releases_step(&release, key, body).untyped();
            (operation, summary, Box::new(request))
        }
        Wanted::Promote { channel, message } => {
            check_text("reason", message.as_deref())?;
            if !from.is_offered() {
                return Err(StudioError::NotOffered {
                    number: number(ask.release),
                    state: from.as_str(),
                });
            }
            if pointer(write.db(), ask.item, &open, &channel)
                .await?
                .as_deref()
                == Some(ask.release.id.as_str())
            {
                return Err(StudioError::PointsThere {
                    channel: channel.to_string(),
                    number: number(ask.release),
                });
            }
            let body = frozen(&PromoteRequest {
                release: parse(&ask.release.id)?,
                message: message.as_deref().map(|text| salted_text(&salt(text))),
                device: scene.device.clone(),
            })?;
            let item = parse(&ask.item.id)?;
            let summary = format!(
                "Point {channel} of {} at {}",
                ask.character_name,
                number(ask.release)
            );
            let request = move |key| {
                operations::channels_promote(item, channel.as_str(), key, body).untyped()
            };
            (Operation::Promote, summary, Box::new(request))
        }
    };
    let entry = Entry {
        summary,
        release: ask.release.id.clone(),
        after_key: behind
            .clone()
            .or_else(|| open.last().map(|entry| entry.key.clone())),
        needs_parent: i64::from(behind.is_some()),
        ..scene.entry(
            &ask.item.character,
            &ask.item.id,
            ask.character_name,
            operation,
        )
    };
    let entry = entry.asking(request)?;
    table::outbox::add(write.db(), &entry).await?;
    crate::outbox::tag(write, &entry);
    Ok(entry)
}

/// The state a release will be in when what waits for it has happened, and the
/// request that brings it there.
pub(crate) fn expected_state(
    open: &[Entry],
    release: &Release,
) -> Result<(ReleaseState, Option<String>), StudioError> {
    let last = open.iter().rev().find_map(|entry| {
        let dead = entry.is_refused() || entry.lost_its_parent();
        if entry.release != release.id || dead {
            return None;
        }
        Some((target(entry.operation())?, entry.key.clone()))
    });
    match last {
        Some((state, key)) => Ok((state, Some(key))),
        None => Ok((
            release.state.parse().map_err(|_| StudioError::Unreadable {
                what: "a state of a release",
            })?,
            None,
        )),
    }
}

/// The release a channel will point at when what waits has happened.
async fn pointer(
    db: &mut Db,
    item: &Item,
    open: &[Entry],
    channel: &ChannelName,
) -> Result<Option<String>, StudioError> {
    let moved = open
        .iter()
        .rev()
        .filter(|entry| !(entry.is_refused() || entry.lost_its_parent()))
        .find_map(|entry| moves_to(entry, channel.as_str()));
    if moved.is_some() {
        return Ok(moved);
    }
    let channels = table::release::channels(db, &item.id).await?;
    Ok(channels
        .into_iter()
        .find(|one| one.name == channel.as_str())
        .map(|one| one.release))
}

/// Where a request that waits moves a channel to, where it moves it.
fn moves_to(entry: &Entry, channel: &str) -> Option<String> {
    match entry.operation() {
        Operation::Promote => {
            (entry.path.rsplit('/').next() == Some(channel)).then(|| entry.release.clone())
        }
        Operation::Publish => {
            let request: PublishRequest = serde_json::from_str(&entry.body).ok()?;
            (request.channel.as_deref() == Some(channel)).then(|| entry.release.clone())
        }
        Operation::Revoke => {
            let request: StepRequest = serde_json::from_str(&entry.body).ok()?;
            let moves = request.repoint.into_iter();
            moves
                .filter(|one| one.channel == channel)
                .map(|one| one.release.to_string())
                .next()
        }
        _ => None,
    }
}

/// The state a step leads to.
fn target(operation: Operation) -> Option<ReleaseState> {
    match operation {
        Operation::Deprecate => Some(ReleaseState::Deprecated),
        Operation::Undeprecate | Operation::Unarchive => Some(ReleaseState::Published),
        Operation::Archive => Some(ReleaseState::Archived),
        Operation::Revoke => Some(ReleaseState::Revoked),
        Operation::Withdraw => Some(ReleaseState::Withdrawn),
        // Whether a yes was the last one, only the inventory knows.
        Operation::Publish
        | Operation::Promote
        | Operation::Approve
        | Operation::Reject
        | Operation::Owners => None,
    }
}

fn summary(operation: Operation, ask: &Ask<'_>) -> String {
    let (number, name) = (number(ask.release), ask.character_name);
    match operation {
        Operation::Undeprecate => format!("Take back the deprecation of {number} of {name}"),
        Operation::Unarchive => format!("Bring back {number} of {name} from the archive"),
        Operation::Deprecate => format!("Deprecate {number} of {name}"),
        Operation::Withdraw => format!("Withdraw {number} of {name}"),
        Operation::Archive => format!("Archive {number} of {name}"),
        _ => format!("Revoke {number} of {name}"),
    }
}

fn number(release: &Release) -> u32 {
    u32::try_from(release.number).unwrap_or(u32::MAX)
}

async fn known(db: &mut Db, item: &Item, release: &str) -> Result<Uuid, StudioError> {
    table::release::get(db, &item.id, release)
        .await?
        .ok_or(StudioError::NotFound { what: "release" })?;
    parse(release)
}

fn parse(release: &str) -> Result<Uuid, StudioError> {
    release
        .parse()
        .map_err(|_| StudioError::NotFound { what: "release" })
}

fn check_text(what: &'static str, text: Option<&str>) -> Result<(), StudioError> {
    let length = text.map_or(0, str::len);
    if length > limits::REASON {
        return Err(StudioError::TooLong {
            what,
            length,
            limit: limits::REASON,
        });
    }
    Ok(())
}
