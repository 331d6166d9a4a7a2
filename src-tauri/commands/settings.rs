//! Status line, settings, signing in.

use dramatis_drafts::view::{Settings, Status};

use super::{Answer, OurDesk};

/// The status line.
#[tauri::command]
#[specta::specta]
pub(crate) async fn status(desk: OurDesk<'_>) -> Answer<Status> {
    Ok(desk.studio().await?.status().await?)
}

/// The settings.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settings(desk: OurDesk<'_>) -> Answer<Settings> {
    Ok(desk.studio().await?.settings().await?)
}

/// Names this installation.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_device_name(desk: OurDesk<'_>, name: String) -> Answer<Settings> {
    Ok(desk.studio().await?.set_device_name(&name).await?)
}

/// Chooses an inventory; none: this computer's own.
#[tauri::command]
#[specta::specta]
pub(crate) async fn use_inventory(desk: OurDesk<'_>, url: Option<String>) -> Answer<Settings> {
    Ok(desk.session().await?.use_inventory(url.as_deref()).await?)
}

/// Signs in with a token and keeps it in the keychain.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_in(desk: OurDesk<'_>, token: String) -> Answer<Settings> {
    Ok(desk.session().await?.sign_in(&token).await?)
}

/// Forgets the token.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_out(desk: OurDesk<'_>) -> Answer<Settings> {
    Ok(desk.session().await?.sign_out().await?)
}
