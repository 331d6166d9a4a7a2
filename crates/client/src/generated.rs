// Generated from docs/openapi.json by `cargo xtask generate client`; not to be edited.

use crate::{
    answer::Bytes,
    request::{Frozen, Request, segment},
};
use dramatis_api::review::Decided;
use dramatis_api::review::DecisionRequest;
use dramatis_api::audit::Events;
use dramatis_api::feed::Feed;
use dramatis_api::item::Item;
use dramatis_api::item::Items;
use dramatis_api::lineage::Lineage;
use dramatis_api::listing::Listing;
use dramatis_api::owners::Offers;
use dramatis_api::owners::Owners;
use dramatis_api::ownership::Ownership;
use dramatis_api::owners::OwnershipRequest;
use dramatis_api::command::PromoteRequest;
use dramatis_api::command::Promoted;
use dramatis_api::publish::PublishRequest;
use dramatis_api::publish::Published;
use dramatis_api::receipt::Receipt;
use dramatis_api::item::Release;
use dramatis_api::reading::ResolveRequest;
use dramatis_api::item::Resolved;
use dramatis_api::reading::ResolvedMany;
use dramatis_api::review::Reviews;
use dramatis_api::command::StepRequest;
use dramatis_api::command::Stepped;
use dramatis_api::history::Steps;
use dramatis_api::account::WhoAmI;
use dramatis_domain::IdempotencyKey;
use reqwest::Method;
use uuid::Uuid;

/// `GET /health`
///
/// Alive; asks nobody.
pub fn status_health() -> Request<Bytes> {
    Request::new(Method::GET, "/health".to_owned())
}

/// `GET /metrics`
///
/// Prometheus text.
pub fn status_metrics() -> Request<Bytes> {
    Request::new(Method::GET, "/metrics".to_owned())
}

/// `GET /ready`
///
/// Able to serve.
pub fn status_ready() -> Request<Bytes> {
    Request::new(Method::GET, "/ready".to_owned())
}

/// `GET /v1/blobs/{sha256}`
///
/// A file's bytes, for whoever sees a release that has it; one that no release
/// has yet, for those who may write. `HEAD` tells whether it is there.
pub fn blobs_get(sha256: &str) -> Request<Bytes> {
    Request::new(Method::GET, format!("/v1/blobs/{}", segment(sha256)))
}

/// `PUT /v1/blobs/{sha256}`
///
/// Uploads a file; verified while it streams in.
pub fn blobs_put(sha256: &str, body: Vec<u8>) -> Request<Bytes> {
    Request::new(Method::PUT, format!("/v1/blobs/{}", segment(sha256)))
        .bytes("image/png", body)
}

/// What [`audit_tenant_events`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditTenantEventsQuery {
    /// After this number.
    pub after: Option<u64>,
    /// At most so many: 100, at most 500.
    pub limit: Option<u64>,
}

/// `GET /v1/events`
///
/// The tenant's own events: for operators and auditors.
pub fn audit_tenant_events(asked: AuditTenantEventsQuery) -> Request<Events> {
    Request::new(Method::GET, "/v1/events".to_owned())
        .asking("after", asked.after)
        .asking("limit", asked.limit)
}

/// What [`reading_feed`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadingFeedQuery<'a> {
    /// `next` of the answer before; from the beginning without it.
    pub after: Option<&'a str>,
    /// At most so many: 100, at most 500.
    pub limit: Option<u64>,
    /// Where nothing is new: wait so many seconds for something, at most 20.
    pub wait: Option<u64>,
}

/// `GET /v1/feed`
///
/// What was published, taken back or moved, in one order.
pub fn reading_feed(asked: ReadingFeedQuery<'_>) -> Request<Feed> {
    Request::new(Method::GET, "/v1/feed".to_owned())
        .asking("after", asked.after)
        .asking("limit", asked.limit)
        .asking("wait", asked.wait)
}

/// What [`items_list`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemsListQuery<'a> {
    /// Whose, by the handle in their addresses; what the account owns or shares
    /// in without it.
    pub creator: Option<&'a str>,
    /// Where the page before ended.
    pub after: Option<&'a str>,
    /// At most so many: 100, at most 500.
    pub limit: Option<u64>,
}

/// `GET /v1/items`
///
/// Items, newest change first.
pub fn items_list(asked: ItemsListQuery<'_>) -> Request<Items> {
    Request::new(Method::GET, "/v1/items".to_owned())
        .asking("creator", asked.creator)
        .asking("after", asked.after)
        .asking("limit", asked.limit)
}

/// `GET /v1/items/{item}`
///
/// An item with all that this account may see of it.
pub fn items_show(item: Uuid) -> Request<Item> {
    Request::new(Method::GET, format!("/v1/items/{}", item))
}

/// `POST /v1/items/{item}/channels/{channel}`
///
/// Points a channel at a release.
pub fn channels_promote(item: Uuid, channel: &str, idempotency_key: IdempotencyKey, body: Frozen<PromoteRequest>) -> Request<Promoted> {
    Request::new(Method::POST, format!("/v1/items/{}/channels/{}", item, segment(channel)))
        .keyed(idempotency_key)
        .json(body)
}

/// What [`audit_events`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditEventsQuery {
    /// After this number.
    pub after: Option<u64>,
    /// At most so many: 100, at most 500.
    pub limit: Option<u64>,
}

/// `GET /v1/items/{item}/events`
///
/// An item's events, oldest first: for its owner, reviewers, operators and auditors.
pub fn audit_events(item: Uuid, asked: AuditEventsQuery) -> Request<Events> {
    Request::new(Method::GET, format!("/v1/items/{}/events", item))
        .asking("after", asked.after)
        .asking("limit", asked.limit)
}

/// What [`items_lineage`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemsLineageQuery {
    /// Where the page before ended.
    pub after: Option<Uuid>,
    /// At most so many forks: 100, at most 500.
    pub limit: Option<u64>,
}

/// `GET /v1/items/{item}/lineage`
///
/// What an item began as, nearest first, and what began as one of its releases.
pub fn items_lineage(item: Uuid, asked: ItemsLineageQuery) -> Request<Lineage> {
    Request::new(Method::GET, format!("/v1/items/{}/lineage", item))
        .asking("after", asked.after)
        .asking("limit", asked.limit)
}

/// `GET /v1/items/{item}/owners`
///
/// Who owns an item: for its owners, whom it is offered to, reviewers,
/// operators and auditors.
pub fn owners_show(item: Uuid) -> Request<Owners> {
    Request::new(Method::GET, format!("/v1/items/{}/owners", item))
}

/// `POST /v1/items/{item}/owners`
///
/// Shares an item, offers it, takes it over: one change of its owners. Its
/// address stays what it was.
pub fn owners_change(item: Uuid, idempotency_key: IdempotencyKey, body: Frozen<OwnershipRequest>) -> Request<Owners> {
    Request::new(Method::POST, format!("/v1/items/{}/owners", item))
        .keyed(idempotency_key)
        .json(body)
}

/// What [`reading_listing`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadingListingQuery<'a> {
    /// `character` (without it), `lorebook`, `pack` or `runtime`.
    pub kind: Option<&'a str>,
    /// Words in name, tags, creator or description; `"a phrase"`, `or`, `-not`.
    pub q: Option<&'a str>,
    /// Tags, parted by commas: all of them.
    pub tags: Option<&'a str>,
    /// Whose, by handle.
    pub creator: Option<&'a str>,
    /// What it is for.
    pub vertical: Option<&'a str>,
    /// An app it names.
    pub app: Option<&'a str>,
    /// A version of that app, as dotted numbers: within what the release names.
    pub app_version: Option<&'a str>,
    /// `published` or `deprecated`; both without it.
    pub state: Option<&'a str>,
    /// Only what has changed since: RFC 3339, as `updated_at` is given.
    pub since: Option<&'a str>,
    /// `next` of the page before, with the very same query.
    pub after: Option<&'a str>,
    /// At most so many: 50, at most 100.
    pub limit: Option<u64>,
}

/// `GET /v1/listing`
///
/// Published items, newest change first: by text, tags, creator, vertical and app.
pub fn reading_listing(asked: ReadingListingQuery<'_>) -> Request<Listing> {
    Request::new(Method::GET, "/v1/listing".to_owned())
        .asking("kind", asked.kind)
        .asking("q", asked.q)
        .asking("tags", asked.tags)
        .asking("creator", asked.creator)
        .asking("vertical", asked.vertical)
        .asking("app", asked.app)
        .asking("app_version", asked.app_version)
        .asking("state", asked.state)
        .asking("since", asked.since)
        .asking("after", asked.after)
        .asking("limit", asked.limit)
}

/// `GET /v1/offers`
///
/// What is offered to the account.
pub fn owners_offers() -> Request<Offers> {
    Request::new(Method::GET, "/v1/offers".to_owned())
}

/// `GET /v1/receipts/{key}`
///
/// The receipt of a key of this account: for people.
pub fn receipts_show(key: Uuid) -> Request<Receipt> {
    Request::new(Method::GET, format!("/v1/receipts/{}", key))
}

/// `POST /v1/receipts/{key}/cancel`
///
/// Cancels what a key names, unless it already has a receipt; the path's key
/// makes this idempotent by itself.
pub fn receipts_cancel(key: Uuid) -> Request<Receipt> {
    Request::new(Method::POST, format!("/v1/receipts/{}/cancel", key))
}

/// `POST /v1/releases`
///
/// Publishes: one transaction, exactly once.
pub fn releases_publish(idempotency_key: IdempotencyKey, body: Frozen<PublishRequest>) -> Request<Published> {
    Request::new(Method::POST, "/v1/releases".to_owned())
        .keyed(idempotency_key)
        .json(body)
}

/// `GET /v1/releases/{release}`
///
/// A release, by id or by `sha256:` of its manifest.
pub fn releases_show(release: &str) -> Request<Release> {
    Request::new(Method::GET, format!("/v1/releases/{}", segment(release)))
}

/// What [`reading_card`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadingCardQuery<'a> {
    /// `v2` or `v3`; its exact bytes without it.
    pub as_: Option<&'a str>,
}

/// `GET /v1/releases/{release}/card`
///
/// A release's document: its exact bytes, or a card written as V2 or V3.
pub fn reading_card(release: &str, asked: ReadingCardQuery<'_>) -> Request<Bytes> {
    Request::new(Method::GET, format!("/v1/releases/{}/card", segment(release)))
        .asking("as", asked.as_)
}

/// `POST /v1/releases/{release}/decisions`
///
/// Decides the stage that waits. The last yes publishes and moves the channel
/// in the same transaction.
pub fn reviews_decide(release: Uuid, idempotency_key: IdempotencyKey, body: Frozen<DecisionRequest>) -> Request<Decided> {
    Request::new(Method::POST, format!("/v1/releases/{}/decisions", release))
        .keyed(idempotency_key)
        .json(body)
}

/// `GET /v1/releases/{release}/manifest`
///
/// A release's manifest, byte for byte.
pub fn reading_manifest(release: &str) -> Request<Bytes> {
    Request::new(Method::GET, format!("/v1/releases/{}/manifest", segment(release)))
}

/// `GET /v1/releases/{release}/ownership`
///
/// A release's ownership metadata (EIP-721), by id or by `sha256:` of its manifest.
pub fn reading_ownership(release: &str) -> Request<Ownership> {
    Request::new(Method::GET, format!("/v1/releases/{}/ownership", segment(release)))
}

/// `GET /v1/releases/{release}/png`
///
/// A release as a PNG card: the portrait, with the card in it.
pub fn reading_png(release: &str) -> Request<Bytes> {
    Request::new(Method::GET, format!("/v1/releases/{}/png", segment(release)))
}

/// What [`releases_steps`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReleasesStepsQuery<'a> {
    /// Only those into this state: none, where it has never been in it.
    pub to: Option<&'a str>,
    /// Only those up to this moment, RFC 3339; `state` is then the one it was in.
    pub at: Option<&'a str>,
    /// After this number.
    pub after: Option<u64>,
    /// At most so many: 100, at most 500.
    pub limit: Option<u64>,
}

/// `GET /v1/releases/{release}/steps`
///
/// The steps a release took, oldest first: for its owners, reviewers, operators
/// and auditors.
pub fn releases_steps(release: &str, asked: ReleasesStepsQuery<'_>) -> Request<Steps> {
    Request::new(Method::GET, format!("/v1/releases/{}/steps", segment(release)))
        .asking("to", asked.to)
        .asking("at", asked.at)
        .asking("after", asked.after)
        .asking("limit", asked.limit)
}

/// `POST /v1/releases/{release}/steps`
///
/// Takes one lifecycle step.
pub fn releases_step(release: &str, idempotency_key: IdempotencyKey, body: Frozen<StepRequest>) -> Request<Stepped> {
    Request::new(Method::POST, format!("/v1/releases/{}/steps", segment(release)))
        .keyed(idempotency_key)
        .json(body)
}

/// `POST /v1/resolve`
///
/// Many releases at once, each with its own answer or problem.
pub fn reading_resolve_many(body: Frozen<ResolveRequest>) -> Request<ResolvedMany> {
    Request::new(Method::POST, "/v1/resolve".to_owned())
        .json(body)
}

/// `GET /v1/resolve/{creator}/{slug}/releases/{number}`
///
/// A release by its number.
pub fn reading_numbered(creator: &str, slug: &str, number: i64) -> Request<Release> {
    Request::new(Method::GET, format!("/v1/resolve/{}/{}/releases/{}", segment(creator), segment(slug), number))
}

/// `GET /v1/resolve/{creator}/{slug}/releases/{number}/ownership`
///
/// The same of a release by its number: a number stands for one release for good.
pub fn reading_numbered_ownership(creator: &str, slug: &str, number: i64) -> Request<Ownership> {
    Request::new(Method::GET, format!("/v1/resolve/{}/{}/releases/{}/ownership", segment(creator), segment(slug), number))
}

/// `GET /v1/resolve/{creator}/{slug}/{channel}`
///
/// Resolves `creator/slug` at a channel.
pub fn channels_resolve(creator: &str, slug: &str, channel: &str) -> Request<Resolved> {
    Request::new(Method::GET, format!("/v1/resolve/{}/{}/{}", segment(creator), segment(slug), segment(channel)))
}

/// What [`reviews_list`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReviewsListQuery<'a> {
    /// `next` of the page before.
    pub after: Option<&'a str>,
    /// At most so many: 200, at most 200.
    pub limit: Option<u64>,
}

/// `GET /v1/reviews`
///
/// What waits for a decision, longest first: all of it for reviewers and
/// operators, their own for others.
pub fn reviews_list(asked: ReviewsListQuery<'_>) -> Request<Reviews> {
    Request::new(Method::GET, "/v1/reviews".to_owned())
        .asking("after", asked.after)
        .asking("limit", asked.limit)
}

/// What [`rule_sets_show`] asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuleSetsShowQuery<'a> {
    /// The kind that `current` is meant for: `character` without it,
    /// `lorebook`, `pack` or `runtime`.
    pub kind: Option<&'a str>,
}

/// `GET /v1/rule-sets/{hash}`
///
/// A rule set's document, by hash or `current`.
pub fn rule_sets_show(hash: &str, asked: RuleSetsShowQuery<'_>) -> Request<Bytes> {
    Request::new(Method::GET, format!("/v1/rule-sets/{}", segment(hash)))
        .asking("kind", asked.kind)
}

/// `GET /v1/whoami`
///
/// Inventory, tenant, account and token.
pub fn account_whoami() -> Request<WhoAmI> {
    Request::new(Method::GET, "/v1/whoami".to_owned())
}
