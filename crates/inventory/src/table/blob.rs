//! Assets whose bytes lie in the object store.

use crate::blobs::Place;
use dramatis_domain::{AccountId, Digest, TenantId, manifest::Asset};
use sqlx::{PgConnection, PgPool};
use std::time::Duration;
use uuid::Uuid;

/// A blob's row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) place: Place,
    pub(crate) size: i64,
    pub(crate) erased: bool,
}

/// Where a blob lies, and its size; none where it was not uploaded.
pub(crate) async fn find(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: Digest,
) -> Result<Option<Known>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT size, generation, erased FROM blob WHERE tenant_id = $1 AND sha256 = $2",
        tenant.0,
        sha256.as_bytes().as_slice(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let place = Place {
            tenant,
            sha256,
            generation: row.generation,
        };
        Known {
            place,
            size: row.size,
            erased: row.erased,
        }
    }))
}

/// Whether a release that everybody sees names it: asked by itself, for it ends
/// at the first one.
pub(crate) async fn is_open(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: Digest,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM release_asset a
               JOIN current_state s ON s.tenant_id = $1 AND s.release_id = a.release_id
               WHERE a.tenant_id = $1 AND a.sha256 = $2 AND s.state IN ('published', 'deprecated', 'archived')
           ) AS "open!""#,
        tenant.0,
        sha256.as_bytes().as_slice(),
    )
    .fetch_one(db)
    .await
}

/// Of the releases that name it, the one by which `viewer` gets most: one of its
/// own or in one of `states`, else one that was withheld, else a revoked one.
/// None where no release names it.
pub(crate) async fn best_named_by(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: Digest,
    viewer: AccountId,
    states: &[String],
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT a.release_id FROM release_asset a
         JOIN current_state s ON s.tenant_id = $1 AND s.release_id = a.release_id
         JOIN item i ON i.tenant_id = $1 AND i.id = s.item_id
         WHERE a.tenant_id = $1 AND a.sha256 = $2
         ORDER BY s.state = ANY($4) DESC,
                  (coalesce(i.owner_id, i.creator_id) = $3
                   OR EXISTS (SELECT FROM item_co_owner p
                              WHERE p.tenant_id = $1 AND p.item_id = i.id AND p.account_id = $3)) DESC,
                  s.state = 'quarantined' DESC, s.state = 'revoked' DESC, a.release_id
         LIMIT 1",
        tenant.0,
        sha256.as_bytes().as_slice(),
        viewer.0,
        states,
    )
    .fetch_optional(db)
    .await
}

/// Remembers a blob whose bytes lie in the store; says whether this is the one
/// that counts, and not one that was remembered before.
pub(crate) async fn insert(
    db: &mut PgConnection,
    place: &Place,
    size: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO blob (tenant_id, sha256, size, generation) VALUES ($1, $2, $3, $4)
         ON CONFLICT ON CONSTRAINT blob_pkey DO NOTHING",
        place.tenant.0,
        place.sha256.as_bytes().as_slice(),
        size,
        place.generation,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Blobs of all tenants that are older than `keep` and that no release names,
/// a hundred at a time in the order of their keys. Seen by the worker. Nothing
/// says whose an unnamed file is: while anything of a tenant is held, all of
/// its files stay.
pub(crate) async fn unnamed(
    pool: &PgPool,
    keep: Duration,
    after: Option<(TenantId, Digest)>,
) -> Result<Vec<Place>, sqlx::Error> {
    let (tenant, sha256) = after.map_or((Uuid::nil(), Vec::new()), |(tenant, sha256)| {
        (tenant.0, sha256.0.to_vec())
    });
    let rows = sqlx::query!(
        "SELECT b.tenant_id, b.sha256, b.generation FROM blob b
         WHERE (b.tenant_id, b.sha256) > ($1, $2)
           AND b.created_at < clock_timestamp() - make_interval(secs => $3)
           AND NOT EXISTS (
               SELECT FROM release_asset a WHERE a.tenant_id = b.tenant_id AND a.sha256 = b.sha256
           )
           AND NOT EXISTS (
               SELECT FROM legal_hold h WHERE h.tenant_id = b.tenant_id AND h.released_at IS NULL
           )
         ORDER BY b.tenant_id, b.sha256 LIMIT 100",
        tenant,
        sha256,
        keep.as_secs_f64(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Place {
                tenant: TenantId(row.tenant_id),
                sha256: Digest::from_slice(&row.sha256)
                    .map_err(|fault| sqlx::Error::Decode(fault.into()))?,
                generation: row.generation,
            })
        })
        .collect()
}

/// Takes a blob's row away; says no, and does nothing, where a release names
/// it by now or it is another upload's. The key of `release_asset` decides.
pub(crate) async fn remove(
    pool: &PgPool,
    place: &Place,
    keep: Duration,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "DELETE FROM blob WHERE tenant_id = $1 AND sha256 = $2 AND generation IS NOT DISTINCT FROM $3
           AND created_at < clock_timestamp() - make_interval(secs => $4)",
        place.tenant.0,
        place.sha256.as_bytes().as_slice(),
        place.generation,
        keep.as_secs_f64(),
    )
    .execute(pool)
    .await;
    match done {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(fault)
            if fault
                .as_database_error()
                .is_some_and(|fault| fault.constraint() == Some("release_asset_blob")) =>
        {
            Ok(false)
        }
        Err(fault) => Err(fault),
    }
}

/// Whether a row says that its file lies at this very place. One that was
/// erased lies nowhere.
pub(crate) async fn is_named(pool: &PgPool, place: &Place) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM blob WHERE tenant_id = $1 AND sha256 = $2 AND generation IS NOT DISTINCT FROM $3 AND NOT erased
           ) AS "named!""#,
        place.tenant.0,
        place.sha256.as_bytes().as_slice(),
        place.generation,
    )
    .fetch_one(pool)
    .await
}

/// The assets that are not there, or there with another size.
pub(crate) async fn missing<'a>(
    db: &mut PgConnection,
    tenant: TenantId,
    assets: &'a [Asset],
) -> Result<Vec<&'a Asset>, sqlx::Error> {
    if assets.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<Vec<u8>> = assets.iter().map(|asset| asset.sha256.0.to_vec()).collect();
    let rows = sqlx::query!(
        "SELECT sha256, size FROM blob WHERE tenant_id = $1 AND sha256 = ANY($2) AND NOT erased",
        tenant.0,
        &wanted,
    )
    .fetch_all(db)
    .await?;
    let there = |asset: &Asset| {
        rows.iter()
            .any(|row| row.sha256 == asset.sha256.0 && row.size == i64::from(asset.size))
    };
    Ok(assets.iter().filter(|asset| !there(asset)).collect())
}
