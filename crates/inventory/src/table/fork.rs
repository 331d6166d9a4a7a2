//! What forks began as, and what began as a release.

use dramatis_api::{
    item::ReleaseRef,
    lineage::{Fork, Relative},
};
use dramatis_domain::{AccountId, Digest, Manifest, TenantId, manifest};
use sqlx::PgConnection;
use uuid::Uuid;

/// Keeps what a first release says that it began as.
pub(crate) async fn insert(
    db: &mut PgConnection,
    tenant: TenantId,
    manifest: &Manifest,
    origin: &manifest::Origin,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO release_fork (tenant_id, release_id, item_id, origin_sha256, origin_release_id)
         VALUES ($1, $2, $3, $4, $5)",
        tenant.0,
        manifest.release.0,
        manifest.item.0,
        origin.manifest.0.as_slice(),
        origin.release.map(|release| release.0),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A release with all that deciding who sees it needs.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) owners: Vec<AccountId>,
    pub(crate) relative: Relative,
}

/// What an item began as: the hash in its first manifest, and the release of
/// this inventory that has it. None where the item is no fork.
pub(crate) async fn origin(
    db: &mut PgConnection,
    tenant: TenantId,
    item: Uuid,
) -> Result<Option<(Digest, Option<Origin>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT f.origin_sha256, o.id AS "id?", o.item_id AS "item?", o.number AS "number?", o.name AS "name?",
                  i.kind AS "kind?", i.slug AS "slug?", CASE WHEN i.id IS NOT NULL THEN
                      array_prepend(coalesce(i.owner_id, i.creator_id),
                                    ARRAY(SELECT p.account_id FROM item_co_owner p
                                          WHERE p.tenant_id = $1 AND p.item_id = i.id)) END AS "owners?", a.handle AS "handle?", s.state AS "state?"
           FROM release_fork f
           JOIN current_state c ON c.tenant_id = $1 AND c.release_id = f.release_id
           LEFT JOIN release o ON o.tenant_id = $1 AND o.manifest_sha256 = f.origin_sha256
           LEFT JOIN item i ON i.tenant_id = $1 AND i.id = o.item_id
           LEFT JOIN account a ON a.tenant_id = $1 AND a.id = i.creator_id
           LEFT JOIN current_state s ON s.tenant_id = $1 AND s.release_id = o.id
           WHERE f.tenant_id = $1 AND f.item_id = $2 AND c.state NOT IN ('rejected', 'withdrawn')
           ORDER BY c.number DESC
           LIMIT 1"#,
        tenant.0,
        item,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let origin = match (row.id, row.item, row.number, row.state, row.owners) {
        (Some(id), Some(item), Some(number), Some(state), Some(owners)) => Some(Origin {
            owners: owners.into_iter().map(AccountId).collect(),
            relative: Relative {
                item,
                kind: row.kind.unwrap_or_default(),
                creator: row.handle.unwrap_or_default(),
                slug: row.slug.unwrap_or_default(),
                name: row.name.unwrap_or_default(),
                release: ReleaseRef { id, number, state },
            },
        }),
        _ => None,
    };
    Ok(Some((digest(&row.origin_sha256)?, origin)))
}

/// Items that began as a release of this one, in the order of those first
/// releases: those of `viewer`, and those with a release in one of `states`.
pub(crate) async fn of_item(
    db: &mut PgConnection,
    tenant: TenantId,
    item: Uuid,
    viewer: AccountId,
    states: &[String],
    after: Option<Uuid>,
    limit: i64,
) -> Result<(Vec<Fork>, Option<Uuid>), sqlx::Error> {
    let mut rows = sqlx::query!(
        r#"SELECT f.release_id, f.origin_sha256, f.item_id, i.kind, i.slug, a.handle,
                  n.release_id AS "shown_id!", n.number AS "number!", n.state AS "state!", n.name AS "name!"
           FROM release o
           JOIN release_fork f ON f.tenant_id = $1 AND f.origin_sha256 = o.manifest_sha256
           JOIN current_state c ON c.tenant_id = $1 AND c.release_id = f.release_id AND c.state NOT IN ('rejected', 'withdrawn')
           JOIN item i ON i.tenant_id = $1 AND i.id = f.item_id
           JOIN account a ON a.tenant_id = $1 AND a.id = i.creator_id
           JOIN LATERAL (
               SELECT s.release_id, s.number, s.state, r.name
               FROM current_state s
               JOIN release r ON r.tenant_id = $1 AND r.id = s.release_id
               WHERE s.tenant_id = $1 AND s.item_id = f.item_id
                 AND (coalesce(i.owner_id, i.creator_id) = $3
                      OR EXISTS (SELECT FROM item_co_owner p
                                 WHERE p.tenant_id = $1 AND p.item_id = i.id AND p.account_id = $3)
                      OR s.state = ANY($4))
               ORDER BY s.number DESC
               LIMIT 1
           ) n ON true
           WHERE o.tenant_id = $1 AND o.item_id = $2 AND f.release_id > coalesce($5, '00000000-0000-0000-0000-000000000000'::uuid)
           ORDER BY f.release_id
           LIMIT $6"#,
        tenant.0,
        item,
        viewer.0,
        states,
        after,
        limit + 1,
    )
    .fetch_all(db)
    .await?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| row.release_id);
    let forks = rows
        .into_iter()
        .map(|row| {
            Ok(Fork {
                forked_from: digest(&row.origin_sha256)?.to_string(),
                release: Relative {
                    item: row.item_id,
                    kind: row.kind,
                    creator: row.handle.unwrap_or_default(),
                    slug: row.slug,
                    name: row.name,
                    release: ReleaseRef {
                        id: row.shown_id,
                        number: row.number,
                        state: row.state,
                    },
                },
            })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    Ok((forks, next))
}

fn digest(bytes: &[u8]) -> Result<Digest, sqlx::Error> {
    Digest::from_slice(bytes).map_err(|_| sqlx::Error::Decode("a manifest's hash".into()))
}
