//! The timeline: releases with their events, from what was seen last.

use super::event;
use crate::{
    Micros, StudioError,
    clock::shown,
    freeze::expected_state,
    store::Db,
    table::{
        self,
        account::Account,
        item::Item,
        outbox::Entry,
        release::{Channel, Release},
    },
    view::{
        self, Action, ActionState, HistoryHealth, HistoryState, Notice, ReleaseNode, ReleaseRef,
        Timeline, Verification, VerificationState,
    },
};
use dramatis_api::{audit::EventRecord, item};
use dramatis_domain::lifecycle::{ReasonCode, ReleaseState, Role, step};
use std::collections::HashMap;

/// What is recomputed of every release when it is fetched.
const CHECKED: &[&str] = &[
    "The manifest has the hash it is named by, and names this character.",
    "The release it was made from is in the history.",
    "Its state is the one its events lead to.",
];

pub(crate) fn release_ref(
    release: &Release,
    channels: &[Channel],
) -> Result<ReleaseRef, StudioError> {
    Ok(ReleaseRef {
        id: release.id.clone(),
        number: number(release.number),
        state: state(release)?,
        channels: names_of(channels, &release.id),
    })
}

/// The history of a character as the given account sees it.
pub(crate) async fn timeline(
    db: &mut Db,
    character: &str,
    account: Option<&Account>,
) -> Result<Timeline, StudioError> {
    let item = match account {
        Some(account) => table::item::of(db, character, account).await?,
        None => None,
    };
    let Some(item) = item else {
        return Ok(Timeline {
            releases: Vec::new(),
            waiting: Vec::new(),
            channels: Vec::new(),
            verification: HistoryHealth {
                state: HistoryState::Unknown,
                at: None,
                message: None,
            },
            fetched_at: None,
        });
    };
    let releases = table::release::list(db, &item.id).await?;
    let channels = table::release::channels(db, &item.id).await?;
    let events = table::event::list(db, &item.id).await?;
    let open = table::outbox::open_of(db, &item.id).await?;
    let mut waiting = Vec::new();
    for entry in &open {
        waiting.push(entry.view_in(db).await?);
    }
    let alarm = table::alarm::standing(db)
        .await?
        .into_iter()
        .find(|alarm| alarm.item == item.id);
    let scene = Scene {
        numbers: releases
            .iter()
            .map(|release| (release.id.clone(), number(release.number)))
            .collect(),
        channels: &channels,
        events: &events,
        open: &open,
        signed_in: account.is_some_and(|account| account.signed_in == 1),
    };
    let nodes: Result<Vec<_>, _> = releases
        .iter()
        .rev()
        .map(|release| node(release, &scene))
        .collect();
    Ok(Timeline {
        releases: nodes?,
        waiting,
        channels: channels
            .iter()
            .map(|channel| view::ChannelRef {
                name: channel.name.clone(),
                release: channel.release.clone(),
                number: number(channel.number),
            })
            .collect(),
        verification: health(&item, alarm.map(|alarm| (alarm.message, alarm.raised_at))),
        fetched_at: item.fetched_at.map(shown),
    })
}

struct Scene<'a> {
    numbers: HashMap<String, u32>,
    channels: &'a [Channel],
    events: &'a [EventRecord],
    open: &'a [Entry],
    signed_in: bool,
}

fn node(release: &Release, scene: &Scene<'_>) -> Result<ReleaseNode, StudioError> {
    Ok(ReleaseNode {
        id: release.id.clone(),
        number: number(release.number),
        state: state(release)?,
        channels: names_of(scene.channels, &release.id),
        notes: release.notes.clone(),
        manifest_sha256: release.manifest_sha256.clone(),
        card_sha256: format!("sha256:{}", release.card),
        published_at: release.created_at.clone(),
        notice: notice(release),
        events: events_of(release, scene),
        verification: verification(release),
        actions: actions(release, scene)?,
    })
}

/// A release's own events; the first release shows those of the character too.
fn events_of(release: &Release, scene: &Scene<'_>) -> Vec<view::EventLine> {
    scene
        .events
        .iter()
        .filter(
            |record| match record.subject.map(|subject| subject.to_string()) {
                Some(subject) if scene.numbers.contains_key(&subject) => subject == release.id,
                _ => release.number == 1,
            },
        )
        .map(|record| event::line(record, &scene.numbers))
        .collect()
}

fn notice(release: &Release) -> Option<Notice> {
    let notice: item::Notice = serde_json::from_str(release.notice.as_deref()?).ok()?;
    Some(Notice {
        code: notice.code.as_deref().and_then(|code| code.parse().ok()),
        message: notice.message.unwrap_or_default(),
        successor: notice
            .successor
            .map(|successor| number(i64::from(successor.number))),
    })
}

fn verification(release: &Release) -> Verification {
    match &release.fault {
        Some(fault) => Verification {
            state: VerificationState::Failed,
            at: Some(shown(release.checked_at)),
            checked: vec![fault.clone()],
        },
        None => Verification {
            state: VerificationState::Verified,
            at: Some(shown(release.checked_at)),
            checked: CHECKED.iter().map(|&line| line.to_owned()).collect(),
        },
    }
}

fn health(item: &Item, alarm: Option<(String, Micros)>) -> HistoryHealth {
    let seen = item.fetched_at.max(item.verified_at);
    match (alarm, seen) {
        (Some((message, at)), _) => HistoryHealth {
            state: HistoryState::Alarm,
            at: Some(shown(at)),
            message: Some(message),
        },
        (None, Some(at)) if item.pinned_seq > 0 => HistoryHealth {
            state: HistoryState::Verified,
            at: Some(shown(at)),
            message: None,
        },
        _ => HistoryHealth {
            state: HistoryState::Unknown,
            at: None,
            message: None,
        },
    }
}

/// What the state that is to be expected allows the creator.
fn actions(release: &Release, scene: &Scene<'_>) -> Result<Vec<ActionState>, StudioError> {
    let (from, _) = expected_state(scene.open, release)?;
    let all = [
        (Action::Withdraw, Some(ReleaseState::Withdrawn)),
        (Action::Deprecate, Some(ReleaseState::Deprecated)),
        (Action::Undeprecate, Some(ReleaseState::Published)),
        (Action::Archive, Some(ReleaseState::Archived)),
        (Action::Unarchive, Some(ReleaseState::Published)),
        (Action::Revoke, Some(ReleaseState::Revoked)),
        (Action::Promote, None),
        (Action::Export, None),
        (Action::Compare, None),
    ];
    Ok(all
        .into_iter()
        .map(|(action, to)| {
            let why_not = why_not(action, from, to, scene.signed_in);
            ActionState {
                action,
                allowed: why_not.is_none(),
                why_not,
            }
        })
        .collect())
}

fn why_not(
    action: Action,
    from: ReleaseState,
    to: Option<ReleaseState>,
    signed_in: bool,
) -> Option<String> {
    let reads_only = matches!(action, Action::Export | Action::Compare);
    if !reads_only && !signed_in {
        return Some("Sign in first.".to_owned());
    }
    let needed = match action {
        Action::Undeprecate => Some(ReleaseState::Deprecated),
        Action::Unarchive => Some(ReleaseState::Archived),
        _ => None,
    };
    if needed.is_some_and(|needed| needed != from) {
        return Some(format!("The release is {from}."));
    }
    if action == Action::Promote && !from.is_offered() {
        return Some(format!(
            "The release is {from}; a channel can point at published and deprecated releases only."
        ));
    }
    // Reason and message are asked for by the dialog; here only the edge counts.
    let refusals = step(
        from,
        to?,
        &[Role::Creator],
        Some(ReasonCode::Other),
        Some("…"),
    )
    .err()?;
    let reasons: Vec<_> = refusals.iter().map(ToString::to_string).collect();
    Some(format!("{}.", reasons.join("; ")))
}

fn names_of(channels: &[Channel], release: &str) -> Vec<String> {
    channels
        .iter()
        .filter(|channel| channel.release == release)
        .map(|channel| channel.name.clone())
        .collect()
}

fn state(release: &Release) -> Result<view::ReleaseState, StudioError> {
    release.state.parse().map_err(|_| StudioError::Unreadable {
        what: "a state of a release",
    })
}

fn number(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
