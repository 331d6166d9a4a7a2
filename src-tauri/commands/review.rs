//! What waits for a reviewer's word, and giving it.

use dramatis_drafts::view::{OutboxEntry, Review, Submission};

use super::{Answer, OurDesk};

/// What waits for approval, longest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reviews(desk: OurDesk<'_>) -> Answer<Vec<Review>> {
    Ok(desk.studio().await?.reviews().await?)
}

/// One of it, whole, and what it changes.
#[tauri::command]
#[specta::specta]
pub(crate) async fn review(desk: OurDesk<'_>, release: String) -> Answer<Submission> {
    Ok(desk.studio().await?.review(&release).await?)
}

/// Says yes to the stage that was looked at.
#[tauri::command]
#[specta::specta]
pub(crate) async fn approve(desk: OurDesk<'_>, release: String, stage: u32) -> Answer<OutboxEntry> {
    let studio = desk.studio().await?;
    Ok(studio.approve(&release, Some(stage)).await?)
}

/// Says no to it, with the reason.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reject(
    desk: OurDesk<'_>,
    release: String,
    stage: u32,
    message: String,
) -> Answer<OutboxEntry> {
    let studio = desk.studio().await?;
    Ok(studio.reject(&release, &message, Some(stage)).await?)
}
