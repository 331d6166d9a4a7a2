//! Every path, in one place. `{…}` are parameters.

/// Alive (no database asked).
pub const HEALTH: &str = "/health";
/// Able to serve: the database answers and its migrations match.
pub const READY: &str = "/ready";
/// Prometheus text.
pub const METRICS: &str = "/metrics";
/// This API as OpenAPI 3.1.
pub const OPENAPI: &str = "/v1/openapi.json";
/// GET: inventory, tenant, account and token ([`crate::account::WhoAmI`]).
pub const WHOAMI: &str = "/v1/whoami";
/// PUT, GET, HEAD: a file by the hex of its SHA-256.
pub const BLOB: &str = "/v1/blobs/{sha256}";
/// POST: publish ([`crate::publish::PublishRequest`]).
pub const RELEASES: &str = "/v1/releases";
/// GET: a release ([`crate::item::Release`]) by id, or by `sha256:` of its manifest.
pub const RELEASE: &str = "/v1/releases/{release}";
/// GET: its document's exact bytes: the card, or `?as=v2|v3` of it.
pub const RELEASE_CARD: &str = "/v1/releases/{release}/card";
/// GET: its manifest's exact bytes.
pub const RELEASE_MANIFEST: &str = "/v1/releases/{release}/manifest";
/// GET: its card in its portrait, as a PNG.
pub const RELEASE_PNG: &str = "/v1/releases/{release}/png";
/// GET: its EIP-721 metadata ([`crate::ownership::Ownership`]).
pub const RELEASE_OWNERSHIP: &str = "/v1/releases/{release}/ownership";
/// GET: the steps it took ([`crate::history::Steps`]); POST: a lifecycle step
/// ([`crate::command::StepRequest`]).
pub const RELEASE_STEPS: &str = "/v1/releases/{release}/steps";
/// GET: what waits for approval ([`crate::review::Reviews`]).
pub const REVIEWS: &str = "/v1/reviews";
/// POST: a reviewer's word on a release that waits ([`crate::review::DecisionRequest`]).
pub const RELEASE_DECISIONS: &str = "/v1/releases/{release}/decisions";
/// GET: items of the account, or of `?creator=`, paged ([`crate::item::Items`]).
pub const ITEMS: &str = "/v1/items";
/// GET: published items by text, tags, creator, vertical and app, newest change
/// first, paged ([`crate::listing::Listing`]).
pub const LISTING: &str = "/v1/listing";
/// GET: an item with all releases and channels ([`crate::item::Item`]).
pub const ITEM: &str = "/v1/items/{item}";
/// GET: an item's events, `?after=SEQ&limit=N` ([`crate::audit::Events`]).
pub const ITEM_EVENTS: &str = "/v1/items/{item}/events";
/// GET: what an item began as, and its forks ([`crate::lineage::Lineage`]).
pub const ITEM_LINEAGE: &str = "/v1/items/{item}/lineage";
/// GET: who owns an item ([`crate::owners::Owners`]); POST: change it
/// ([`crate::owners::OwnershipRequest`]).
pub const ITEM_OWNERS: &str = "/v1/items/{item}/owners";
/// GET: items that are offered to the account ([`crate::owners::Offers`]).
pub const OFFERS: &str = "/v1/offers";
/// POST: move a channel ([`crate::command::PromoteRequest`]).
pub const ITEM_CHANNEL: &str = "/v1/items/{item}/channels/{channel}";
/// GET: what a channel points at ([`crate::item::Resolved`]); 410 where it is gone.
pub const RESOLVE: &str = "/v1/resolve/{creator}/{slug}/{channel}";
/// GET: a release by its number ([`crate::item::Release`]).
pub const NUMBERED: &str = "/v1/resolve/{creator}/{slug}/releases/{number}";
/// GET: the EIP-721 metadata of a release by its number.
pub const NUMBERED_OWNERSHIP: &str = "/v1/resolve/{creator}/{slug}/releases/{number}/ownership";
/// POST: many addresses at once ([`crate::reading::ResolveRequest`]); changes nothing.
pub const RESOLVE_MANY: &str = "/v1/resolve";
/// GET: what was published, taken back or moved ([`crate::feed::Feed`]).
pub const FEED: &str = "/v1/feed";
/// GET: the tenant's own events, `?after=SEQ&limit=N`.
pub const EVENTS: &str = "/v1/events";
/// GET: the receipt of a key ([`crate::receipt::Receipt`]).
pub const RECEIPT: &str = "/v1/receipts/{key}";
/// POST: cancel what a key names, unless it already has a receipt.
pub const RECEIPT_CANCEL: &str = "/v1/receipts/{key}/cancel";
/// GET: a rule set by hash, or `current`.
pub const RULE_SET: &str = "/v1/rule-sets/{hash}";
