//! An item's channels against their moves, and both against its history.

use super::{
    VerifyFault,
    items::{Item, Range},
};
use sqlx::PgConnection;
use uuid::Uuid;

/// A move, and where its channel points now.
pub(super) struct Row {
    pub(super) item_id: Uuid,
    name: String,
    seq: i32,
    from_release_id: Option<Uuid>,
    to_release_id: Uuid,
    event_id: Uuid,
    now_seq: Option<i32>,
    now: Option<Uuid>,
}

/// Every move of the items' channels, in the order of items and channels.
pub(super) async fn read(db: &mut PgConnection, range: &Range) -> Result<Vec<Row>, sqlx::Error> {
    let (first, last) = range.ends();
    sqlx::query_as!(
        Row,
        r#"SELECT m.item_id, m.name, m.seq, m.from_release_id, m.to_release_id, m.event_id,
                  c.seq AS "now_seq?", c.release_id AS "now?"
           FROM channel_move m
           LEFT JOIN channel c ON c.tenant_id = $1 AND c.item_id = m.item_id AND c.name = m.name
           WHERE m.tenant_id = $1 AND m.item_id BETWEEN $2 AND $3
           ORDER BY m.item_id, m.name, m.seq"#,
        range.tenant.0,
        first,
        last,
    )
    .fetch_all(db)
    .await
}

/// Every move of one item follows from the one before it and is told of; the
/// pointer is where the last one left it.
pub(super) fn verify(rows: &[Row], item: &Item, place: &str) -> Result<(), VerifyFault> {
    for moves in rows.chunk_by(|one, next| one.name == next.name) {
        let mut last: (i32, Option<Uuid>) = (0, None);
        for row in moves {
            let off = |what| {
                let place = format!("{place}, channel {}, move {}", row.name, row.seq);
                VerifyFault::off(place, what)
            };
            if row.seq != last.0 + 1 || row.from_release_id != last.1 {
                return Err(off("it does not follow from the move before it"));
            }
            let told = item.history.event(row.event_id).is_some_and(|event| {
                let after = event.after();
                event.action == "channel.moved"
                    && after["channel"] == row.name.as_str()
                    && after["release"] == row.to_release_id.to_string()
            });
            if !told {
                return Err(off("the item's history does not tell of it"));
            }
            last = (row.seq, Some(row.to_release_id));
        }
        if let Some(row) = moves.last()
            && (row.now_seq, row.now) != (Some(row.seq), Some(row.to_release_id))
        {
            return Err(VerifyFault::off(
                format!("{place}, channel {}, move {}", row.name, row.seq),
                "the channel does not point where it was moved last",
            ));
        }
    }
    item.history
        .tells_of(rows.len(), "channel moves", place, |said| {
            said.action == "channel.moved"
        })
}
