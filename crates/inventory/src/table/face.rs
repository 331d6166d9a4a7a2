//! Faces of releases that were published before there were any.

use super::release::array;
use dramatis_domain::{Manifest, face::Face};
use sqlx::PgPool;
use uuid::Uuid;

/// How many are made in one transaction.
const AT_ONCE: i64 = 200;

/// Makes every face that is missing, from manifest and card, and the listing of
/// its item. `pool` belongs to an administrator. Idempotent; ends where it was
/// broken off.
pub(crate) async fn make_missing(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut tx = pool
        .begin_with("BEGIN; SET LOCAL ROLE dramatis_owner")
        .await?;
    let tenants: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM tenant ORDER BY id")
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    for tenant in tenants {
        while make_some(pool, tenant).await? {}
    }
    Ok(())
}

async fn make_some(pool: &PgPool, tenant: Uuid) -> Result<bool, sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT set_config('app.tenant', $1, true)")
        .bind(tenant.to_string())
        .execute(&mut *tx)
        .await?;
    sqlx::query("SET LOCAL ROLE dramatis_service")
        .execute(&mut *tx)
        .await?;
    let rows: Vec<(Uuid, Uuid, Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "SELECT r.id, r.item_id, r.manifest, c.bytes
         FROM release r
         JOIN content c ON c.tenant_id = $1 AND c.sha256 = r.card_sha256
         WHERE r.tenant_id = $1
           AND NOT EXISTS (SELECT FROM release_face f WHERE f.tenant_id = $1 AND f.release_id = r.id)
         LIMIT $2",
    )
    .bind(tenant)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    for (release, item, manifest, card) in &rows {
        let unreadable =
            |cause: String| sqlx::Error::Decode(format!("release {release}: {cause}").into());
        let manifest =
            Manifest::parse_canonical(manifest).map_err(|fault| unreadable(fault.to_string()))?;
        let card = std::str::from_utf8(card).map_err(|fault| unreadable(fault.to_string()))?;
        let face = Face::of(&manifest, card).map_err(|fault| unreadable(fault.to_string()))?;
        let apps: Vec<String> = face.targets.iter().map(|range| range.app.clone()).collect();
        sqlx::query(
            "INSERT INTO release_face (tenant_id, release_id, item_id, name, about, vertical, tags, apps)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(tenant)
        .bind(release)
        .bind(item)
        .bind(&face.name)
        .bind(&face.about)
        .bind(&face.vertical)
        .bind(&face.tags)
        .bind(&apps)
        .execute(&mut *tx)
        .await?;
        for (position, range) in (0_i16..).zip(&face.targets) {
            sqlx::query(
                "INSERT INTO release_target (tenant_id, release_id, position, app, min_version, max_version)
                 VALUES ($1, $2, $3, $4, $5::text::bigint[], $6::text::bigint[])",
            )
            .bind(tenant)
            .bind(release)
            .bind(position)
            .bind(&range.app)
            .bind(range.min.as_deref().map(array))
            .bind(range.max.as_deref().map(array))
            .execute(&mut *tx)
            .await?;
        }
    }
    sqlx::query("SET LOCAL ROLE dramatis_owner")
        .execute(&mut *tx)
        .await?;
    for (_, item, ..) in &rows {
        sqlx::query("SELECT listing_refresh($1, $2)")
            .bind(tenant)
            .bind(item)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(!rows.is_empty())
}
