//! News for the window: the tags of what has changed, after the store has.

use dramatis_drafts::Studio;
use serde::{Deserialize, Serialize};
use tauri::AppHandle;
use tauri_specta::Event;
use tokio::sync::broadcast::error::RecvError;

/// Something changed: `status`, `settings`, `library`, `outbox`,
/// `character:ID`, `timeline:ID`. Sent after the store has changed, never before.
#[derive(Clone, Debug, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct Changed {
    tags: Vec<String>,
}

/// Carries a studio's news to every window until the studio is closed.
pub(crate) fn forward(app: AppHandle, studio: Studio) {
    let mut news = studio.subscribe();
    tauri::async_runtime::spawn(async move {
        loop {
            let tags = match news.recv().await {
                Ok(tags) => tags,
                Err(RecvError::Lagged(_)) => everything(&studio).await,
                Err(RecvError::Closed) => return,
            };
            if let Err(why) = (Changed { tags }).emit(&app) {
                tracing::warn!(error = %why, "the window could not be told");
            }
        }
    });
}

/// Every tag there is, for a window that missed some.
async fn everything(studio: &Studio) -> Vec<String> {
    let mut tags = ["status", "settings", "library", "outbox"]
        .map(str::to_owned)
        .to_vec();
    for character in studio.list_characters().await.unwrap_or_default() {
        tags.push(format!("character:{}", character.id));
        tags.push(format!("timeline:{}", character.id));
    }
    tags
}
