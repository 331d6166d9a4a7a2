//! Numbered news, as apps read them.

use crate::db;
use dramatis_api::{feed::FeedEntry, timestamp};
use dramatis_domain::{Digest, TenantId};
use sqlx::PgConnection;

/// What apps are told of. What waits for approval, or was turned down, is
/// between its creator and the reviewers.
const FOR_APPS: [&str; 6] = [
    "release.published",
    "release.deprecated",
    "release.archived",
    "release.quarantined",
    "release.revoked",
    "channel.moved",
];

/// The names of what apps are told of.
pub(crate) fn for_apps() -> Vec<String> {
    FOR_APPS.map(str::to_owned).to_vec()
}

/// News of some topics after a number, in the order of numbers.
pub(crate) async fn page(
    db: &mut PgConnection,
    tenant: TenantId,
    topics: &[String],
    after: i64,
    limit: i64,
) -> Result<Vec<FeedEntry>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT o.feed_number AS "number!", o.topic, i.id AS item, i.kind, i.slug, a.handle, r.id AS release,
                  r.number AS release_number, r.manifest_sha256, e.after, e.reason_code, w.value AS "message?", e.at
           FROM (SELECT n.feed_number, n.topic, n.event_id, n.item_id
                 FROM outbox n
                 WHERE n.tenant_id = $1 AND n.feed_number > $2 AND n.topic = ANY($3)
                 ORDER BY n.feed_number
                 LIMIT $4) o
           JOIN event e ON e.tenant_id = $1 AND e.id = o.event_id
           JOIN item i ON i.tenant_id = $1 AND i.id = o.item_id
           JOIN account a ON a.tenant_id = $1 AND a.id = i.creator_id
           JOIN release r ON r.tenant_id = $1 AND r.id = e.subject_id
           LEFT JOIN personal_field w ON w.tenant_id = $1 AND w.sha256 = e.reason_sha256
           ORDER BY o.feed_number"#,
        tenant.0,
        after,
        topics,
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let hash = Digest::from_slice(&row.manifest_sha256)
                .map_err(|_| sqlx::Error::Decode("a manifest's hash".into()))?;
            Ok(FeedEntry {
                number: row.number,
                channel: row.after.as_deref().and_then(channel),
                what: row.topic,
                item: row.item,
                kind: row.kind,
                creator: row.handle.unwrap_or_default(),
                slug: row.slug,
                release: row.release,
                release_number: row.release_number,
                manifest_sha256: hash.to_string(),
                reason_code: row.reason_code,
                message: row.message,
                at: timestamp::from_micros(db::micros(row.at)).unwrap_or_default(),
            })
        })
        .collect()
}

fn channel(after: &str) -> Option<String> {
    let after: serde_json::Value = serde_json::from_str(after).ok()?;
    after["channel"].as_str().map(str::to_owned)
}
