//! The questions, each with its answer read.

use super::{Answer, Ask, Remote, problem};
use crate::StudioError;
use dramatis_api::{
    account::WhoAmI,
    audit::Events,
    item::{Item, Resolved},
    paths,
    review::Reviews,
};
use serde::de::DeserializeOwned;

impl Remote {
    pub(crate) async fn who_am_i(&self) -> Result<WhoAmI, StudioError> {
        self.read(Ask::get(paths::WHOAMI)).await
    }

    pub(crate) async fn item(&self, item: &str) -> Result<Item, StudioError> {
        self.read(Ask::get(&paths::ITEM.replace("{item}", item)))
            .await
    }

    /// Events after `seq`, a page of them.
    pub(crate) async fn events(&self, item: &str, seq: i64) -> Result<Events, StudioError> {
        let query = format!("after={seq}&limit=200");
        self.read(Ask {
            query: Some(&query),
            ..Ask::get(&paths::ITEM_EVENTS.replace("{item}", item))
        })
        .await
    }

    /// A release's card, its exact bytes.
    pub(crate) async fn card(&self, release: &str) -> Result<Vec<u8>, StudioError> {
        self.bytes(Ask::get(&paths::RELEASE_CARD.replace("{release}", release)))
            .await
    }

    pub(crate) async fn blob(&self, sha256: &str) -> Result<Vec<u8>, StudioError> {
        self.bytes(Ask::get(&paths::BLOB.replace("{sha256}", sha256)))
            .await
    }

    /// What waits for approval.
    pub(crate) async fn reviews(&self) -> Result<Reviews, StudioError> {
        self.read(Ask::get(paths::REVIEWS)).await
    }

    pub(crate) async fn resolve(
        &self,
        creator: &str,
        slug: &str,
        channel: &str,
    ) -> Result<Resolved, StudioError> {
        let path = paths::RESOLVE
            .replace("{creator}", creator)
            .replace("{slug}", slug)
            .replace("{channel}", channel);
        self.read(Ask::get(&path)).await
    }

    async fn bytes(&self, ask: Ask<'_>) -> Result<Vec<u8>, StudioError> {
        let answer = self.ask(ask).await?;
        if answer.is_success() {
            Ok(answer.body)
        } else {
            Err(refusal(&answer))
        }
    }

    async fn read<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<T, StudioError> {
        let answer = self.ask(ask).await?;
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        serde_json::from_slice(&answer.body).map_err(|error| StudioError::Answer {
            detail: error.to_string(),
        })
    }
}

/// An answer that is no success, as an error.
fn refusal(answer: &Answer) -> StudioError {
    match problem(answer) {
        Some((problem, _)) if problem.status >= 500 => StudioError::Offline {
            detail: problem.detail,
        },
        Some((problem, _)) => StudioError::Inventory(Box::new(problem)),
        None if answer.head.status >= 500 => StudioError::Offline {
            detail: format!("it answered with status {}", answer.head.status),
        },
        None => StudioError::Answer {
            detail: format!("status {} without a reason", answer.head.status),
        },
    }
}
