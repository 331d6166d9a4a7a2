//! The questions, each with its answer read.

use super::{Answer, Ask, Remote, problem};
use crate::{Form, StudioError};
use dramatis_api::{
    account::WhoAmI,
    audit::Events,
    item::{Item, Items, Release, Resolved},
    lineage::Lineage,
    listing::Listing,
    owners::{Offers, Owners},
    paths,
    publish::{PublishRequest, Published},
    reading::{ResolveRequest, ResolvedMany},
    review::Reviews,
};
use dramatis_domain::address::Address;
use reqwest::Method;
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

    pub(crate) async fn owners(&self, item: &str) -> Result<Owners, StudioError> {
        self.read(Ask::get(&paths::ITEM_OWNERS.replace("{item}", item)))
            .await
    }

    /// What is offered to this account.
    pub(crate) async fn offers(&self) -> Result<Offers, StudioError> {
        self.read(Ask::get(paths::OFFERS)).await
    }

    /// A page of what has this creator's handle in its address.
    pub(crate) async fn items_of(
        &self,
        creator: &str,
        after: Option<&str>,
    ) -> Result<Items, StudioError> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("creator", creator);
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        let query = query.finish();
        self.read(Ask {
            query: Some(&query),
            ..Ask::get(paths::ITEMS)
        })
        .await
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

    /// What is listed and found.
    pub(crate) async fn listing(&self, query: &str) -> Result<Listing, StudioError> {
        self.read(Ask {
            query: Some(query),
            ..Ask::get(paths::LISTING)
        })
        .await
    }

    /// The release at an address.
    pub(crate) async fn at(&self, address: &Address) -> Result<Release, StudioError> {
        let request = ResolveRequest {
            addresses: vec![address.to_string()],
        };
        let ask = Ask {
            method: Method::POST,
            body: Some((JSON, body(&request)?)),
            ..Ask::get(paths::RESOLVE_MANY)
        };
        let many: ResolvedMany = self.read(ask).await?;
        let one = many.answers.into_iter().next();
        match one.map(|one| (one.release, one.problem)) {
            Some((Some(release), _)) => Ok(release),
            Some((None, Some(problem))) => Err(StudioError::Inventory(Box::new(problem))),
            _ => Err(StudioError::Answer {
                detail: "neither a release nor a reason".to_owned(),
            }),
        }
    }

    /// A release in a form, and what that form cannot hold.
    pub(crate) async fn file(
        &self,
        release: &str,
        form: Form,
    ) -> Result<(Vec<u8>, Vec<String>), StudioError> {
        let (path, query) = match form {
            Form::Exact => (paths::RELEASE_CARD, None),
            Form::V2 => (paths::RELEASE_CARD, Some("as=v2")),
            Form::V3 => (paths::RELEASE_CARD, Some("as=v3")),
            Form::Png => (paths::RELEASE_PNG, None),
            Form::Manifest => (paths::RELEASE_MANIFEST, None),
            Form::Ownership => (paths::RELEASE_OWNERSHIP, None),
        };
        let path = path.replace("{release}", release);
        let answer = self
            .ask(Ask {
                query,
                ..Ask::get(&path)
            })
            .await?;
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        let losses = answer.head.losses.as_deref().unwrap_or_default();
        let losses = losses
            .split(", ")
            .filter(|loss| !loss.is_empty())
            .map(ToOwned::to_owned)
            .collect();
        Ok((answer.body, losses))
    }

    pub(crate) async fn lineage(
        &self,
        item: &str,
        after: Option<&str>,
    ) -> Result<Lineage, StudioError> {
        let query = after.map(|after| format!("after={after}"));
        self.read(Ask {
            query: query.as_deref(),
            ..Ask::get(&paths::ITEM_LINEAGE.replace("{item}", item))
        })
        .await
    }

    /// Sends a publish with its key.
    pub(crate) async fn publish(
        &self,
        key: &str,
        expect: String,
        request: &PublishRequest,
    ) -> Result<Published, StudioError> {
        self.read(Ask {
            method: Method::POST,
            key: Some(key),
            expect: Some(expect),
            body: Some((JSON, body(request)?)),
            ..Ask::get(paths::RELEASES)
        })
        .await
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

const JSON: &str = "application/json";

fn body<T: serde::Serialize>(request: &T) -> Result<Vec<u8>, StudioError> {
    serde_json::to_vec(request).map_err(|error| StudioError::Canonical(error.into()))
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
