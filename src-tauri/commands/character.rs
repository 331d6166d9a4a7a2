//! One character: reading it and writing it.

use dramatis_drafts::view::{
    Character, ExportContainer, ExportFormat, Exported, FieldEdit, Saved, SideChoice, TakenIn,
    VersionRef,
};

use super::{Answer, OurDesk, bytes};

/// A character as its editor shows it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_character(desk: OurDesk<'_>, character: String) -> Answer<Character> {
    Ok(desk.studio().await?.open_character(&character).await?)
}

/// Writes one field; `revision` is the one it was typed on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn edit_field(
    desk: OurDesk<'_>,
    character: String,
    revision: u32,
    edit: FieldEdit,
) -> Answer<Saved> {
    Ok(desk
        .studio()
        .await?
        .edit_field(&character, revision, edit)
        .await?)
}

/// Sets the name in addresses.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_slug(desk: OurDesk<'_>, character: String, slug: String) -> Answer<Saved> {
    Ok(desk.studio().await?.set_slug(&character, &slug).await?)
}

/// Sets the portrait, a PNG.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_portrait(
    desk: OurDesk<'_>,
    character: String,
    base64: String,
) -> Answer<Saved> {
    Ok(desk
        .studio()
        .await?
        .set_portrait(&character, bytes(&base64)?)
        .await?)
}

/// Takes the last edit back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn undo(desk: OurDesk<'_>, character: String) -> Answer<Character> {
    Ok(desk.studio().await?.undo(&character).await?)
}

/// Does the last undone edit again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn redo(desk: OurDesk<'_>, character: String) -> Answer<Character> {
    Ok(desk.studio().await?.redo(&character).await?)
}

/// Takes one field from a version into the draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn restore_field(
    desk: OurDesk<'_>,
    character: String,
    from: VersionRef,
    path: String,
) -> Answer<Character> {
    Ok(desk
        .studio()
        .await?
        .restore_field(&character, from, &path)
        .await?)
}

/// Takes the newest release in, which was published elsewhere in between.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_in(desk: OurDesk<'_>, character: String) -> Answer<TakenIn> {
    Ok(desk.studio().await?.take_in(&character).await?)
}

/// Says which side stands in a field that both sides had changed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settle_overlap(
    desk: OurDesk<'_>,
    character: String,
    path: String,
    choice: SideChoice,
) -> Answer<Character> {
    Ok(desk
        .studio()
        .await?
        .settle_overlap(&character, &path, choice)
        .await?)
}

/// Writes a version as a file, or says what the format cannot hold.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_card(
    desk: OurDesk<'_>,
    character: String,
    version: VersionRef,
    container: ExportContainer,
    format: ExportFormat,
    dry_run: bool,
) -> Answer<Exported> {
    Ok(desk
        .studio()
        .await?
        .export_card(&character, version, container, format, dry_run)
        .await?)
}
