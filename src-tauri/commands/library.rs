//! The library and what is brought into it.

use dramatis_drafts::view::{CharacterSummary, ChosenImport, ImportPreview, Sample};

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

/// Imports what was previewed, as was chosen, all of it or nothing; gives the
/// characters, none for what was skipped.
#[tauri::command]
#[specta::specta]
pub(crate) async fn commit_imports(
    desk: OurDesk<'_>,
    chosen: Vec<ChosenImport>,
) -> Answer<Vec<Option<String>>> {
    let chosen: Vec<_> = chosen
        .into_iter()
        .map(|one| (one.preview, one.choice))
        .collect();
    Ok(desk.studio().await?.commit_imports(&chosen).await?)
}
