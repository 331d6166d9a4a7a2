//! An item's channels against their moves, and both against its history.

use super::{
    VerifyFault,
    releases::{Item, Said},
};
use dramatis_domain::TenantId;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Every move follows from the one before it and is told of; the pointer is
/// where the last one left it.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    item: &Item,
    place: &str,
    said: &HashMap<Uuid, Said>,
) -> Result<(), VerifyFault> {
    let rows = sqlx::query!(
        r#"SELECT m.name, m.seq, m.from_release_id, m.to_release_id, m.event_id, c.seq AS "now_seq?", c.release_id AS "now?",
                  lead(m.seq) OVER (PARTITION BY m.name ORDER BY m.seq) AS next_seq
           FROM channel_move m
           LEFT JOIN channel c ON c.tenant_id = $1 AND c.item_id = m.item_id AND c.name = m.name
           WHERE m.tenant_id = $1 AND m.item_id = $2
           ORDER BY m.name, m.seq"#,
        tenant.0,
        item.id,
    )
    .fetch_all(db)
    .await?;
    let moves = rows.len();
    let mut last: (String, i32, Option<Uuid>) = (String::new(), 0, None);
    for row in rows {
        let place = format!("{place}, channel {}, move {}", row.name, row.seq);
        if last.0 != row.name {
            last = (row.name.clone(), 0, None);
        }
        if row.seq != last.1 + 1 || row.from_release_id != last.2 {
            return Err(VerifyFault::off(
                &place,
                "it does not follow from the move before it",
            ));
        }
        let told = said.get(&row.event_id).is_some_and(|event| {
            event.action == "channel.moved"
                && event.after["channel"] == row.name.as_str()
                && event.after["release"] == row.to_release_id.to_string()
        });
        if !told {
            return Err(VerifyFault::off(
                &place,
                "the item's history does not tell of it",
            ));
        }
        if row.next_seq.is_none()
            && (row.now_seq, row.now) != (Some(row.seq), Some(row.to_release_id))
        {
            return Err(VerifyFault::off(
                &place,
                "the channel does not point where it was moved last",
            ));
        }
        last = (row.name, row.seq, Some(row.to_release_id));
    }
    let told = said
        .values()
        .filter(|event| event.action == "channel.moved")
        .count();
    if told != moves {
        return Err(VerifyFault::off(
            place,
            format!("the history tells of {told} channel moves, {moves} are there"),
        ));
    }
    Ok(())
}
