//! What `dramatis-inventory local` says of itself: one line on its standard
//! output once it serves, and the same in a lock file for whoever comes later.

use std::path::Path;

use dramatis_client::{Client, operations};
use serde::Deserialize;
use url::Url;

/// The lock file's name in the inventory's folder.
const LOCK_FILE: &str = "local.json";

/// An inventory that serves on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Announcement {
    /// Its root, on loopback.
    pub url: Url,
    /// Its process.
    pub pid: u32,
}

impl Announcement {
    /// What a line of JSON announces; `None` when it announces nothing.
    pub(super) fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// The inventory that serves the folder `data` now, whoever started it.
    /// A lock file whose process does not answer is one a crash left behind.
    pub(super) async fn found(data: &Path) -> Option<Self> {
        let found = Self::written(data).await?;
        found.answers().await.then_some(found)
    }

    /// Whether the lock file of the folder `data` still names it.
    pub(super) async fn stands_in(&self, data: &Path) -> bool {
        Self::written(data).await.as_ref() == Some(self)
    }

    async fn written(data: &Path) -> Option<Self> {
        let text = tokio::fs::read_to_string(data.join(LOCK_FILE)).await.ok()?;
        Self::parse(&text)
    }

    /// Whether it answers now.
    pub(super) async fn answers(&self) -> bool {
        let Ok(client) = Client::of_this_computer() else {
            return false;
        };
        let asked = client.send(&self.url, None, operations::status_health());
        matches!(asked.await, Ok(answer) if answer.is_success())
    }
}
