//! A release's states: every step follows from the one before it and is told
//! of; the release is where the last one led.

use super::{
    VerifyFault,
    history::History,
    items::{Item, Range},
    releases::Release,
};
use dramatis_domain::lifecycle::ReleaseState;
use sqlx::PgConnection;
use uuid::Uuid;

/// A step of a release.
pub(super) struct Row {
    pub(super) item_id: Uuid,
    release_id: Uuid,
    seq: i32,
    from_state: String,
    to_state: String,
    message_sha256: Option<Vec<u8>>,
    event_id: Uuid,
}

/// Every step of the items' releases, in the order of items and numbers.
pub(super) async fn read(db: &mut PgConnection, range: &Range) -> Result<Vec<Row>, sqlx::Error> {
    let (first, last) = range.ends();
    sqlx::query_as!(
        Row,
        "SELECT r.item_id, t.release_id, t.seq, t.from_state, t.to_state, t.message_sha256, t.event_id
         FROM release r
         JOIN release_transition t ON t.tenant_id = $1 AND t.release_id = r.id
         WHERE r.tenant_id = $1 AND r.item_id BETWEEN $2 AND $3
         ORDER BY r.item_id, r.number, t.seq",
        range.tenant.0,
        first,
        last,
    )
    .fetch_all(db)
    .await
}

/// Verifies the steps of one item.
pub(super) fn verify(rows: &[Row], item: &Item, place: &str) -> Result<(), VerifyFault> {
    let mut steps = rows
        .chunk_by(|one, next| one.release_id == next.release_id)
        .peekable();
    for release in &item.releases {
        let of_it = steps.next_if(|steps| {
            steps
                .first()
                .is_some_and(|row| row.release_id == release.id)
        });
        let place = format!("{place}, release {}", release.number);
        follow(of_it.unwrap_or_default(), release, &item.history, &place)?;
    }
    item.history.tells_of(rows.len(), "steps", place, |said| {
        said.action
            .strip_prefix("release.")
            .is_some_and(|word| word.parse::<ReleaseState>().is_ok())
    })
}

fn follow(
    steps: &[Row],
    release: &Release,
    history: &History,
    place: &str,
) -> Result<(), VerifyFault> {
    let (mut seq, mut state) = (0, ReleaseState::Draft.as_str());
    for row in steps {
        let off = |what| VerifyFault::off(format!("{place}, step {}", row.seq), what);
        if row.seq != seq + 1 || row.from_state != state {
            return Err(off("it does not follow from the step before it"));
        }
        let told = history.event(row.event_id).is_some_and(|event| {
            event.action.strip_prefix("release.") == Some(row.to_state.as_str())
                && event.subject == Some(row.release_id)
                && event.has_reason(row.message_sha256.as_deref())
                && event.after()["state"] == row.to_state.as_str()
        });
        if !told {
            return Err(off("the item's history does not tell of it"));
        }
        (seq, state) = (row.seq, row.to_state.as_str());
    }
    let now = release
        .now
        .as_ref()
        .map(|(seq, state)| (*seq, state.as_str()));
    if now == Some((seq, state)) {
        return Ok(());
    }
    let now = now.map_or("missing", |(_, state)| state);
    Err(VerifyFault::off(
        format!("{place}, step {seq}"),
        format!("the release is {state} by this last step, but its state says {now}"),
    ))
}
