//! What a receiver is told: what happened to which release, and where to read
//! it. Small on purpose: words and bytes are read from the inventory.

use dramatis_api::{feed::FeedEntry, paths};
use serde::Serialize;
use uuid::Uuid;

/// What a webhook can be told of.
pub(crate) const TOPICS: [&str; 9] = [
    "release.submitted",
    "release.rejected",
    "release.withdrawn",
    "release.published",
    "release.deprecated",
    "release.archived",
    "release.quarantined",
    "release.revoked",
    "channel.moved",
];

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: &'a str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    number: i64,
    item: Uuid,
    kind: &'a str,
    creator: &'a str,
    slug: &'a str,
    release: Uuid,
    release_number: i32,
    manifest_sha256: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<&'a str>,
    addresses: Addresses,
}

/// Below the inventory's own address, which it does not know.
#[derive(Serialize)]
struct Addresses {
    release: String,
    manifest: String,
    item: String,
}

/// The body, as it is signed and sent.
pub(super) fn body(news: &FeedEntry) -> serde_json::Result<String> {
    let at = |path: &str, hole: &str, value: &str| path.replace(hole, value);
    let release = news.release.to_string();
    serde_json::to_string(&Body {
        r#type: &news.what,
        timestamp: &news.at,
        data: Data {
            number: news.number,
            item: news.item,
            kind: &news.kind,
            creator: &news.creator,
            slug: &news.slug,
            release: news.release,
            release_number: news.release_number,
            manifest_sha256: &news.manifest_sha256,
            state: news.what.strip_prefix("release."),
            channel: news.channel.as_deref(),
            reason_code: news.reason_code.as_deref(),
            addresses: Addresses {
                release: at(paths::RELEASE, "{release}", &release),
                manifest: at(paths::RELEASE_MANIFEST, "{release}", &news.manifest_sha256),
                item: at(paths::ITEM, "{item}", &news.item.to_string()),
            },
        },
    })
}

/// The same for every attempt, so that a receiver knows what it has seen.
pub(super) fn message_id(outbox: Uuid) -> String {
    format!("msg_{}", outbox.simple())
}
