//! Events as they were seen and verified.

use crate::{StudioError, store::Db};
use dramatis_api::audit::EventRecord;

/// Keeps an event; one that is here already stays as it was seen.
pub(crate) async fn add(db: &mut Db, item: &str, record: &EventRecord) -> Result<(), StudioError> {
    let subject = record.subject.map(|id| id.to_string());
    let text =
        serde_json::to_string(record).map_err(|_| StudioError::Unreadable { what: "an event" })?;
    sqlx::query!(
        "INSERT INTO event (item, seq, hash, subject, record) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        item,
        record.seq,
        record.hash,
        subject,
        text
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Events of an item, oldest first.
pub(crate) async fn list(db: &mut Db, item: &str) -> Result<Vec<EventRecord>, StudioError> {
    let rows = sqlx::query_scalar!("SELECT record FROM event WHERE item = ? ORDER BY seq", item)
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|text| {
            serde_json::from_str(text).map_err(|_| StudioError::Unreadable { what: "an event" })
        })
        .collect()
}
