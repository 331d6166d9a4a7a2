//! The outbox.

use dramatis_drafts::view::OutboxEntry;

use super::{Answer, OurDesk};

/// Every request, the newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_outbox(desk: OurDesk<'_>) -> Answer<Vec<OutboxEntry>> {
    Ok(desk.studio().await?.list_outbox().await?)
}

/// Makes due what waits for its time.
#[tauri::command]
#[specta::specta]
pub(crate) async fn outbox_send_now(desk: OurDesk<'_>) -> Answer<()> {
    Ok(desk.studio().await?.outbox_send_now().await?)
}

/// Tries a request again that needs the person.
#[tauri::command]
#[specta::specta]
pub(crate) async fn outbox_retry(desk: OurDesk<'_>, key: String) -> Answer<OutboxEntry> {
    Ok(desk.studio().await?.outbox_retry(&key).await?)
}

/// Cancels a request, where it was sent by asking the inventory.
#[tauri::command]
#[specta::specta]
pub(crate) async fn outbox_cancel(desk: OurDesk<'_>, key: String) -> Answer<OutboxEntry> {
    Ok(desk.studio().await?.outbox_cancel(&key).await?)
}
