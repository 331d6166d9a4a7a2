//! The library and what is brought into it.

use dramatis_drafts::view::{CharacterSummary, ImportChoice, ImportPreview, Sample};

use super::{Answer, OurDesk, bytes};

/// Every character, the last edited first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_characters(desk: OurDesk<'_>) -> Answer<Vec<CharacterSummary>> {
    Ok(desk.studio().await?.list_characters().await?)
}

/// The characters that come with the studio.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_samples(desk: OurDesk<'_>) -> Answer<Vec<Sample>> {
    Ok(desk.studio().await?.list_samples().await?)
}

/// A new character; gives its id.
#[tauri::command]
#[specta::specta]
pub(crate) async fn create_character(desk: OurDesk<'_>, name: String) -> Answer<String> {
    Ok(desk.studio().await?.create_character(&name).await?)
}

/// What importing a file would bring.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_import(
    desk: OurDesk<'_>,
    file_name: String,
    base64: String,
) -> Answer<ImportPreview> {
    Ok(desk
        .studio()
        .await?
        .preview_import(&file_name, bytes(&base64)?)
        .await?)
}

/// What importing a sample would bring.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_sample(desk: OurDesk<'_>, sample: String) -> Answer<ImportPreview> {
    Ok(desk.studio().await?.preview_sample(&sample).await?)
}

/// Imports what was previewed, as was chosen.
#[tauri::command]
#[specta::specta]
pub(crate) async fn commit_import(
    desk: OurDesk<'_>,
    preview: String,
    choice: ImportChoice,
) -> Answer<Option<String>> {
    Ok(desk.studio().await?.commit_import(&preview, choice).await?)
}
