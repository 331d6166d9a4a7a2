//! The questions, each with its answer read.

use super::Remote;
use crate::{Form, StudioError};
use dramatis_api::{
    Code,
    account::WhoAmI,
    audit::Events,
    item::{Item, Items, Release, Resolved},
    lineage::Lineage,
    listing::Listing,
    owners::{Offers, Owners},
    publish::{PublishRequest, Published},
    reading::{ResolveRequest, ResolvedMany},
    review::{Review, Reviews},
};
use dramatis_client::{
    Answer, Bytes, Frozen, Request,
    operations::{
        self, AuditEventsQuery, ItemsLineageQuery, ItemsListQuery, ReadingCardQuery,
        ReadingListingQuery, ReviewsListQuery,
    },
};
use dramatis_domain::{Digest, IdempotencyKey, InventoryId, address::Address};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// How many events are asked for at once.
const PAGE: u64 = 200;

impl Remote {
    pub(crate) async fn who_am_i(&self) -> Result<WhoAmI, StudioError> {
        let answer = self.read(operations::account_whoami()).await;
        answer.map_err(|error| match &error {
            StudioError::Answer { detail } => self.no_inventory(detail),
            StudioError::Inventory(problem) if problem.status == 404 => {
                self.no_inventory(&problem.detail)
            }
            _ => error,
        })
    }

    /// Every inventory knows who asks: what answers here has another address.
    fn no_inventory(&self, said: &str) -> StudioError {
        let url = &self.connection().base_url;
        StudioError::NoInventory {
            detail: format!("something answers at {url}, but not as an inventory: {said}"),
        }
    }

    pub(crate) async fn item(&self, item: &str) -> Result<Item, StudioError> {
        self.read(operations::items_show(id(item)?)).await
    }

    /// Events after `seq`, a page of them.
    pub(crate) async fn events(&self, item: &str, seq: i64) -> Result<Events, StudioError> {
        let asked = AuditEventsQuery {
            after: u64::try_from(seq).ok(),
            limit: Some(PAGE),
        };
        self.read(operations::audit_events(id(item)?, asked)).await
    }

    /// A release's card, its exact bytes.
    pub(crate) async fn card(&self, release: &str) -> Result<Vec<u8>, StudioError> {
        let asked = ReadingCardQuery::default();
        self.bytes(operations::reading_card(release, asked)).await
    }

    pub(crate) async fn blob(&self, sha256: &str) -> Result<Vec<u8>, StudioError> {
        self.bytes(operations::blobs_get(sha256)).await
    }

    /// All that waits for approval, page after page.
    pub(crate) async fn reviews(&self) -> Result<Vec<Review>, StudioError> {
        let (mut all, mut after) = (Vec::new(), None::<String>);
        loop {
            let asked = ReviewsListQuery {
                after: after.as_deref(),
                limit: None,
            };
            let page: Reviews = self.read(operations::reviews_list(asked)).await?;
            all.extend(page.reviews);
            match page.next {
                None => return Ok(all),
                // No inventory says that; one that did would never end.
                next if next == after => {
                    return Err(StudioError::Answer {
                        detail: "a page of what waits names itself as the next one".to_owned(),
                    });
                }
                next => after = next,
            }
        }
    }

    pub(crate) async fn owners(&self, item: &str) -> Result<Owners, StudioError> {
        self.read(operations::owners_show(id(item)?)).await
    }

    /// What is offered to this account.
    pub(crate) async fn offers(&self) -> Result<Offers, StudioError> {
        self.read(operations::owners_offers()).await
    }

    /// A page of what has this creator's handle in its address.
    pub(crate) async fn items_of(
        &self,
        creator: &str,
        after: Option<&str>,
    ) -> Result<Items, StudioError> {
        let asked = ItemsListQuery {
            creator: Some(creator),
            after,
            limit: None,
        };
        self.read(operations::items_list(asked)).await
    }

    pub(crate) async fn resolve(
        &self,
        creator: &str,
        slug: &str,
        channel: &str,
    ) -> Result<Resolved, StudioError> {
        self.read(operations::channels_resolve(creator, slug, channel))
            .await
    }

    /// What is listed and found.
    pub(crate) async fn listing(
        &self,
        asked: ReadingListingQuery<'_>,
    ) -> Result<Listing, StudioError> {
        self.read(operations::reading_listing(asked)).await
    }

    /// The release at an address.
    pub(crate) async fn at(&self, address: &Address) -> Result<Release, StudioError> {
        let request = frozen(&ResolveRequest {
            addresses: vec![address.to_string()],
        })?;
        let many: ResolvedMany = self.read(operations::reading_resolve_many(request)).await?;
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
        let card = |as_| operations::reading_card(release, ReadingCardQuery { as_ });
        let request = match form {
            Form::Exact => card(None),
            Form::V2 => card(Some("v2")),
            Form::V3 => card(Some("v3")),
            Form::Png => operations::reading_png(release),
            Form::Manifest => operations::reading_manifest(release),
            Form::Ownership => operations::reading_ownership(release).untyped(),
        };
        let answer = self.ask(request).await?;
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
        item: Uuid,
        after: Option<Uuid>,
    ) -> Result<Lineage, StudioError> {
        let asked = ItemsLineageQuery { after, limit: None };
        self.read(operations::items_lineage(item, asked)).await
    }

    /// Sends a publish with its key, to that inventory and epoch alone.
    pub(crate) async fn publish(
        &self,
        key: IdempotencyKey,
        (inventory, epoch): (InventoryId, i32),
        request: &PublishRequest,
    ) -> Result<Published, StudioError> {
        let request = operations::releases_publish(key, frozen(request)?);
        self.read(request.expecting(inventory, epoch)).await
    }

    /// Brings a file; the same bytes any number of times.
    pub(crate) async fn upload(
        &self,
        (inventory, epoch): (InventoryId, i32),
        digest: Digest,
        bytes: &[u8],
    ) -> Result<(), StudioError> {
        let request = operations::blobs_put(&digest.hex(), bytes.to_vec());
        self.bytes(request.expecting(inventory, epoch))
            .await
            .map(drop)
    }

    async fn bytes(&self, request: Request<Bytes>) -> Result<Vec<u8>, StudioError> {
        let answer = self.ask(request).await?;
        if answer.is_success() {
            Ok(answer.body)
        } else {
            Err(refusal(&answer))
        }
    }

    async fn read<T: DeserializeOwned>(&self, request: Request<T>) -> Result<T, StudioError> {
        let answer = self.ask(request).await?;
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        answer.read().map_err(|error| StudioError::Answer {
            detail: error.to_string(),
        })
    }
}

fn frozen<T: serde::Serialize>(body: &T) -> Result<Frozen<T>, StudioError> {
    Frozen::of(body).map_err(|error| StudioError::Canonical(error.into()))
}

/// An id that came from the inventory once.
fn id(text: &str) -> Result<Uuid, StudioError> {
    text.parse().map_err(|_| StudioError::Unreadable {
        what: "an id of the inventory",
    })
}

/// An answer that is no success, as an error.
fn refusal<T>(answer: &Answer<T>) -> StudioError {
    match answer.problem() {
        // One that asking again does not mend is told as it is.
        Some((problem, code)) if problem.status >= 500 && code.is_none_or(Code::is_retryable) => {
            StudioError::Offline {
                detail: problem.detail,
            }
        }
        Some((problem, _)) => StudioError::Inventory(Box::new(problem)),
        None if answer.head.status >= 500 => StudioError::Offline {
            detail: format!("it answered with status {}", answer.head.status),
        },
        None => StudioError::Answer {
            detail: format!("status {} without a reason", answer.head.status),
        },
    }
}
