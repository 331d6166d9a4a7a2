//! What releases refer to: a pack's members, the runtimes of targets.

use super::release::Found;
use dramatis_api::item::{Notice, Pinned, ReleaseRef};
use dramatis_domain::{
    AccountId, Digest, ItemId, ReleaseId, TenantId, manifest::SCHEMA_2, pins::PinUse,
};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// A release by whatever another one names it.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) item: ItemId,
    pub(crate) release: ReleaseId,
    pub(crate) kind: String,
    pub(crate) owners: Vec<AccountId>,
    pub(crate) state: String,
}

/// How the releases with these manifests stand now.
pub(crate) async fn standing(
    db: &mut PgConnection,
    tenant: TenantId,
    manifests: &[Digest],
) -> Result<HashMap<Digest, Standing>, sqlx::Error> {
    let names: Vec<Vec<u8>> = manifests.iter().map(|digest| digest.0.to_vec()).collect();
    let rows = sqlx::query!(
        r#"SELECT r.manifest_sha256, r.id, r.item_id, i.kind, s.state,
                  array_prepend(coalesce(i.owner_id, i.creator_id),
                                ARRAY(SELECT p.account_id FROM item_co_owner p
                                      WHERE p.tenant_id = $1 AND p.item_id = i.id)) AS "owners!"
           FROM release r
           JOIN item i ON i.tenant_id = $1 AND i.id = r.item_id
           JOIN current_state s ON s.tenant_id = $1 AND s.release_id = r.id
           WHERE r.tenant_id = $1 AND r.manifest_sha256 = ANY($2)"#,
        tenant.0,
        &names,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let standing = Standing {
                item: ItemId(row.item_id),
                release: ReleaseId(row.id),
                kind: row.kind,
                owners: row.owners.into_iter().map(AccountId).collect(),
                state: row.state,
            };
            Ok((digest(&row.manifest_sha256)?, standing))
        })
        .collect()
}

/// A pin to keep.
#[derive(Clone, Debug)]
pub(crate) struct NewPin {
    pub(crate) used_as: PinUse,
    pub(crate) role: Option<String>,
    pub(crate) item: ItemId,
    pub(crate) release: ReleaseId,
    pub(crate) manifest: Digest,
}

/// Keeps what a new release refers to, in its order.
pub(crate) async fn insert(
    db: &mut PgConnection,
    tenant: TenantId,
    release: ReleaseId,
    pins: &[NewPin],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO release_pin (tenant_id, release_id, position, used_as, role, pinned_item_id, pinned_release_id, pinned_sha256)
         SELECT $1, $2, * FROM unnest($3::smallint[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::bytea[])",
        tenant.0,
        release.0,
        &(0..pins.len()).filter_map(|index| i16::try_from(index).ok()).collect::<Vec<_>>(),
        &pins.iter().map(|pin| pin.used_as.as_str().to_owned()).collect::<Vec<_>>(),
        &pins.iter().map(|pin| pin.role.clone()).collect::<Vec<_>>() as &[Option<String>],
        &pins.iter().map(|pin| pin.item.0).collect::<Vec<_>>(),
        &pins.iter().map(|pin| pin.release.0).collect::<Vec<_>>(),
        &pins.iter().map(|pin| pin.manifest.0.to_vec()).collect::<Vec<_>>(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What each of these releases refers to, as that stands now.
pub(crate) async fn of(
    db: &mut PgConnection,
    tenant: TenantId,
    releases: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Pinned>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT p.release_id, p.used_as, p.role, p.pinned_item_id, p.pinned_release_id, p.pinned_sha256,
                  i.kind, a.handle, i.slug, s.number, s.state,
                  t.reason_code AS "reason_code?", w.value AS "message?",
                  t.successor_id AS "successor_id?", u.number AS "successor_number?", u.state AS "successor_state?"
           FROM release_pin p
           JOIN item i ON i.tenant_id = $1 AND i.id = p.pinned_item_id
           JOIN account a ON a.tenant_id = $1 AND a.id = i.creator_id
           JOIN current_state s ON s.tenant_id = $1 AND s.release_id = p.pinned_release_id
           LEFT JOIN release_transition t ON t.tenant_id = $1 AND t.release_id = p.pinned_release_id AND t.seq = s.seq
                AND s.state IN ('deprecated', 'quarantined', 'revoked')
           LEFT JOIN personal_field w ON w.tenant_id = $1 AND w.sha256 = t.message_sha256
           LEFT JOIN current_state u ON u.tenant_id = $1 AND u.release_id = t.successor_id
           WHERE p.tenant_id = $1 AND p.release_id = ANY($2)
           ORDER BY p.release_id, p.position"#,
        tenant.0,
        releases,
    )
    .fetch_all(db)
    .await?;
    let mut all: HashMap<Uuid, Vec<Pinned>> = HashMap::new();
    for row in rows {
        let told = matches!(row.state.as_str(), "deprecated" | "quarantined" | "revoked");
        let successor = match (row.successor_id, row.successor_number, row.successor_state) {
            (Some(id), Some(number), Some(state)) => Some(ReleaseRef { id, number, state }),
            _ => None,
        };
        let notice = told.then_some(Notice {
            code: row.reason_code,
            message: row.message,
            successor,
        });
        all.entry(row.release_id).or_default().push(Pinned {
            used_as: row.used_as,
            role: row.role,
            item: row.pinned_item_id,
            release: row.pinned_release_id,
            manifest_sha256: digest(&row.pinned_sha256)?.to_string(),
            kind: row.kind,
            creator: row.handle.unwrap_or_default(),
            slug: row.slug,
            number: row.number,
            state: row.state,
            notice,
        });
    }
    Ok(all)
}

/// What one release refers to, as that stands now.
pub(crate) async fn of_one(
    db: &mut PgConnection,
    tenant: TenantId,
    release: ReleaseId,
) -> Result<Vec<Pinned>, sqlx::Error> {
    let all = of(db, tenant, &[release.0]).await?;
    Ok(all.into_values().next().unwrap_or_default())
}

/// Whether a release of that kind with that manifest may refer to others at
/// all; a canonical manifest says its schema in this form.
pub(crate) fn may_refer(kind: &str, manifest: &str) -> bool {
    kind == "pack" || manifest.contains(&format!("\"schema\":\"{SCHEMA_2}\""))
}

/// Puts into these releases what they refer to. Most cannot refer to any, and
/// nothing is read for them.
pub(crate) async fn fill(
    db: &mut PgConnection,
    tenant: TenantId,
    releases: &mut [Found],
) -> Result<(), sqlx::Error> {
    let may_refer: Vec<Uuid> = releases
        .iter()
        .filter(|found| may_refer(&found.kind, &found.release.manifest))
        .map(|found| found.release.id)
        .collect();
    if may_refer.is_empty() {
        return Ok(());
    }
    let mut pins = of(db, tenant, &may_refer).await?;
    for found in releases {
        found.release.pins = pins.remove(&found.release.id).unwrap_or_default();
    }
    Ok(())
}

fn digest(bytes: &[u8]) -> Result<Digest, sqlx::Error> {
    Digest::from_slice(bytes).map_err(|_| sqlx::Error::Decode("a manifest's hash".into()))
}
