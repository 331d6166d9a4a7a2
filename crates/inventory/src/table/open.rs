//! What every account may have of releases, for many of them in one round trip.
//! What is not found here may be there in another state: [`super::release`].
//!
//! Each statement names its tenant itself, and is not a transaction of three
//! round trips for it. What is behind `OFFSET 0` is looked at only after the
//! tenant is set: before, the policies show nothing.

use super::{as_text, pin};
use crate::db::Database;
use dramatis_api::item::Release;
use dramatis_domain::{Digest, TenantId, lifecycle::ReleaseState};
use std::collections::HashMap;

/// A manifest, byte for byte, in a state in which everybody may have it.
#[derive(Clone, Debug)]
pub(crate) struct OpenManifest {
    pub(crate) bytes: Vec<u8>,
    pub(crate) state: ReleaseState,
}

/// The manifests of published, deprecated and archived releases, by their hashes.
pub(crate) async fn manifests(
    db: &Database,
    tenant: TenantId,
    hashes: &[Digest],
) -> Result<HashMap<Digest, OpenManifest>, sqlx::Error> {
    let asked: Vec<Vec<u8>> = hashes.iter().map(|digest| digest.0.to_vec()).collect();
    let mut connection = db.acquire().await?;
    let rows = sqlx::query!(
        r#"SELECT f.manifest_sha256 AS "manifest_sha256!", f.manifest AS "manifest!", f.state AS "state!"
               FROM set_config('app.tenant', ($1::uuid)::text, true) AS here (tenant)
               CROSS JOIN LATERAL (
                   SELECT r.manifest_sha256, r.manifest, s.state
                   FROM unnest($2::bytea[]) AS h (sha256)
                   JOIN release r ON r.tenant_id = $1 AND r.manifest_sha256 = h.sha256
                   JOIN current_state s ON s.tenant_id = $1 AND s.release_id = r.id
                   WHERE here.tenant IS NOT NULL AND s.state IN ('published', 'deprecated', 'archived')
                   OFFSET 0
               ) f"#,
        tenant.0,
        &asked,
    )
    .fetch_all(&mut *connection)
    .await?;
    let found = rows.into_iter().filter_map(|row| {
        let digest = Digest::from_slice(&row.manifest_sha256).ok()?;
        let state = row.state.parse().ok()?;
        let bytes = row.manifest;
        Some((digest, OpenManifest { bytes, state }))
    });
    Ok(found.collect())
}

/// `creator/slug@channel`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ChannelName {
    pub(crate) creator: String,
    pub(crate) slug: String,
    pub(crate) channel: String,
}

/// What channels point at, where that is published, and so has no notice, and
/// refers to no other release.
pub(crate) async fn channels(
    db: &Database,
    tenant: TenantId,
    names: &[ChannelName],
) -> Result<HashMap<ChannelName, Release>, sqlx::Error> {
    let column = |of: fn(&ChannelName) -> &String| -> Vec<String> {
        names.iter().map(|name| of(name).clone()).collect()
    };
    let mut connection = db.acquire().await?;
    let rows = sqlx::query!(
        r#"SELECT f.position AS "position!", f.id AS "id!", f.item_id AS "item_id!", f.number AS "number!",
                  f.manifest AS "manifest!", f.manifest_sha256 AS "manifest_sha256!", f.created_at AS "created_at!",
                  f.kind AS "kind!", f.salt AS "notes_salt?", f.value AS "notes?", f.channels AS "channels!"
           FROM set_config('app.tenant', ($1::uuid)::text, true) AS here (tenant)
           CROSS JOIN LATERAL (
               SELECT h.position, r.id, r.item_id, r.number, r.manifest, r.manifest_sha256, r.created_at,
                      i.kind, n.salt, n.value,
                      ARRAY(SELECT o.name FROM channel o
                            WHERE o.tenant_id = $1 AND o.release_id = r.id ORDER BY o.name) AS channels
               FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS h (creator, slug, channel, position)
               JOIN account a ON a.tenant_id = $1 AND a.handle = h.creator
               JOIN item i ON i.tenant_id = $1 AND i.creator_id = a.id AND i.slug = h.slug
               JOIN channel c ON c.tenant_id = $1 AND c.item_id = i.id AND c.name = h.channel
               JOIN release r ON r.tenant_id = $1 AND r.id = c.release_id
               JOIN current_state s ON s.tenant_id = $1 AND s.release_id = r.id AND s.state = 'published'
               LEFT JOIN personal_field n ON n.tenant_id = $1 AND n.sha256 = r.notes_sha256
               WHERE here.tenant IS NOT NULL
               OFFSET 0
           ) f"#,
        tenant.0,
        &column(|name| &name.creator),
        &column(|name| &name.slug),
        &column(|name| &name.channel),
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let place = usize::try_from(row.position - 1).unwrap_or(usize::MAX);
        // What cannot be read is no fault of those who asked beside it: the
        // longer way tells it to whoever asked for it.
        let (Some(name), Ok(manifest), Ok(manifest_sha256), Ok(created_at)) = (
            names.get(place),
            as_text::manifest(row.id, row.manifest),
            as_text::digest(row.id, &row.manifest_sha256),
            as_text::time(row.id, row.created_at),
        ) else {
            continue;
        };
        if pin::may_refer(&row.kind, &manifest) {
            continue;
        }
        let release = Release {
            id: row.id,
            item: row.item_id,
            number: row.number,
            state: ReleaseState::Published.as_str().to_owned(),
            manifest_sha256,
            manifest,
            notes: as_text::notes(row.notes_salt, row.notes),
            notice: None,
            created_at,
            channels: row.channels,
            pins: Vec::new(),
        };
        found.insert(name.clone(), release);
    }
    Ok(found)
}
