//! Releases: what is known of them, and what is asked for them.

use dramatis_drafts::view::{
    Diff, OutboxEntry, PublishCheck, ReasonCode, Repoint, Resolved, Timeline, VerifyReport,
    VersionRef,
};

use super::{Answer, OurDesk};

/// Releases and their audit trail, as last seen.
#[tauri::command]
#[specta::specta]
pub(crate) async fn timeline(desk: OurDesk<'_>, character: String) -> Answer<Timeline> {
    Ok(desk.studio().await?.timeline(&character).await?)
}

/// Asks the inventory now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn refresh(desk: OurDesk<'_>, character: Option<String>) -> Answer<()> {
    Ok(desk.studio().await?.refresh(character.as_deref()).await?)
}

/// Compares two versions.
#[tauri::command]
#[specta::specta]
pub(crate) async fn diff(
    desk: OurDesk<'_>,
    character: String,
    a: VersionRef,
    b: VersionRef,
) -> Answer<Diff> {
    Ok(desk.studio().await?.diff(&character, a, b).await?)
}

/// A dry run of publishing, with the inventory's own rules.
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish_check(
    desk: OurDesk<'_>,
    character: String,
    channel: String,
) -> Answer<PublishCheck> {
    Ok(desk
        .studio()
        .await?
        .publish_check(&character, &channel)
        .await?)
}

/// Freezes the draft and puts it into the outbox.
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish(
    desk: OurDesk<'_>,
    character: String,
    channel: String,
    notes: String,
) -> Answer<OutboxEntry> {
    Ok(desk
        .studio()
        .await?
        .publish(&character, &channel, &notes)
        .await?)
}

/// Asks to take a submission back before it is decided.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw(
    desk: OurDesk<'_>,
    character: String,
    release: String,
) -> Answer<OutboxEntry> {
    Ok(desk.studio().await?.withdraw(&character, &release).await?)
}

/// Asks to deprecate a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn deprecate(
    desk: OurDesk<'_>,
    character: String,
    release: String,
    message: String,
    successor: Option<String>,
) -> Answer<OutboxEntry> {
    Ok(desk
        .studio()
        .await?
        .deprecate(&character, &release, &message, successor.as_deref())
        .await?)
}

/// Asks to take a deprecation back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn undeprecate(
    desk: OurDesk<'_>,
    character: String,
    release: String,
) -> Answer<OutboxEntry> {
    Ok(desk
        .studio()
        .await?
        .undeprecate(&character, &release)
        .await?)
}

/// Asks to archive a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn archive(
    desk: OurDesk<'_>,
    character: String,
    release: String,
) -> Answer<OutboxEntry> {
    Ok(desk.studio().await?.archive(&character, &release).await?)
}

/// Asks to bring a release back from the archive.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unarchive(
    desk: OurDesk<'_>,
    character: String,
    release: String,
) -> Answer<OutboxEntry> {
    Ok(desk.studio().await?.unarchive(&character, &release).await?)
}

/// Asks to revoke a release for good; `repoint` moves channels with it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn revoke(
    desk: OurDesk<'_>,
    character: String,
    release: String,
    code: ReasonCode,
    message: String,
    successor: Option<String>,
    repoint: Vec<Repoint>,
) -> Answer<OutboxEntry> {
    Ok(desk
        .studio()
        .await?
        .revoke(
            &character,
            &release,
            code,
            &message,
            successor.as_deref(),
            repoint,
        )
        .await?)
}

/// Asks to point a channel at a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn promote(
    desk: OurDesk<'_>,
    character: String,
    release: String,
    channel: String,
    reason: String,
) -> Answer<OutboxEntry> {
    Ok(desk
        .studio()
        .await?
        .promote(&character, &release, &channel, &reason)
        .await?)
}

/// Recomputes every hash and link from what the inventory returns now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify(desk: OurDesk<'_>, character: String) -> Answer<VerifyReport> {
    Ok(desk.studio().await?.verify(&character).await?)
}

/// What an app gets when it asks by channel.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resolve(
    desk: OurDesk<'_>,
    character: String,
    channel: String,
) -> Answer<Resolved> {
    Ok(desk.studio().await?.resolve(&character, &channel).await?)
}
