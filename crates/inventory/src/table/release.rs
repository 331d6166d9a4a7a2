//! Releases: what never changes about them, and how they are shown.

use crate::{
    db::{self, Database},
    table::{as_text, channel::Pointer, pin},
};
use dramatis_api::item::{Notice, Release, ReleaseRef};
use dramatis_domain::{AccountId, Digest, ItemId, Manifest, ReleaseId, TenantId, face::Face};
use sqlx::PgConnection;
use uuid::Uuid;

/// A release to keep.
pub(crate) struct NewRelease<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) manifest: &'a Manifest,
    pub(crate) manifest_bytes: &'a [u8],
    pub(crate) manifest_sha256: Digest,
    pub(crate) number: i32,
    pub(crate) card: &'a [u8],
    pub(crate) face: &'a Face,
    pub(crate) submitted_by: AccountId,
    pub(crate) created_us: i64,
}

/// Keeps card, release, its face and its list of assets in one statement. Says
/// whether the card is new here: one that is not may have been erased.
pub(crate) async fn insert(
    db: &mut PgConnection,
    new: &NewRelease<'_>,
) -> Result<bool, sqlx::Error> {
    let manifest = new.manifest;
    let assets = &manifest.assets;
    let targets = &new.face.targets;
    sqlx::query_scalar!(
        r#"WITH card AS (
               INSERT INTO content (tenant_id, sha256, bytes) VALUES ($1, $8, $9)
               ON CONFLICT ON CONSTRAINT content_pkey DO NOTHING
               RETURNING 1
           ), frozen AS (
               INSERT INTO release (tenant_id, id, item_id, number, manifest, manifest_sha256, parent_sha256,
                                    card_sha256, notes_sha256, rule_set_sha256, name, submitted_by, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11, $12, $13, $14)
           ), shown AS (
               INSERT INTO release_face (tenant_id, release_id, item_id, name, about, vertical, tags, apps)
               VALUES ($1, $2, $3, $12, $15, $16, $17, $18)
           ), targets AS (
               INSERT INTO release_target (tenant_id, release_id, position, app, min_version, max_version)
               SELECT $1, $2, t.position, t.app, t.min::bigint[], t.max::bigint[]
               FROM unnest($19::smallint[], $18::text[], $20::text[], $21::text[]) AS t (position, app, min, max)
           ), assets AS (
               INSERT INTO release_asset (tenant_id, item_id, release_id, position, role, sha256)
               SELECT $1, $3, $2, * FROM unnest($22::smallint[], $23::text[], $24::bytea[])
           )
           SELECT EXISTS (SELECT FROM card) AS "fresh!""#,
        new.tenant.0,
        manifest.release.0,
        manifest.item.0,
        new.number,
        new.manifest_bytes,
        new.manifest_sha256.as_bytes().as_slice(),
        manifest.parent.as_ref().map(|digest| digest.0.as_slice()),
        manifest.card.as_bytes().as_slice(),
        new.card,
        manifest.notes.as_ref().map(|digest| digest.0.as_slice()),
        manifest.rule_set.as_bytes().as_slice(),
        new.face.name,
        new.submitted_by.0,
        db::moment(new.created_us),
        new.face.about,
        new.face.vertical,
        &new.face.tags,
        &targets.iter().map(|range| range.app.clone()).collect::<Vec<_>>(),
        &(0..targets.len()).filter_map(|index| i16::try_from(index).ok()).collect::<Vec<_>>(),
        &targets.iter().map(|range| range.min.as_deref().map(array)).collect::<Vec<_>>() as &[Option<String>],
        &targets.iter().map(|range| range.max.as_deref().map(array)).collect::<Vec<_>>() as &[Option<String>],
        &(0..assets.len()).filter_map(|index| i16::try_from(index).ok()).collect::<Vec<_>>(),
        &assets.iter().map(|asset| asset.role.clone()).collect::<Vec<_>>(),
        &assets.iter().map(|asset| asset.sha256.0.to_vec()).collect::<Vec<_>>(),
    )
    .fetch_one(db)
    .await
}

/// Numbers as Postgres reads an array of them: arrays of arrays are no type there.
pub(crate) fn array(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

/// What the next release has to be based on.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) id: Uuid,
    pub(crate) number: i32,
    pub(crate) state: String,
    pub(crate) manifest: Vec<u8>,
    pub(crate) manifest_sha256: Vec<u8>,
}

/// The newest release of an item that is not rejected or withdrawn.
pub(crate) async fn base(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
) -> Result<Option<Base>, sqlx::Error> {
    sqlx::query_as!(
        Base,
        "SELECT r.id, r.number, s.state, r.manifest, r.manifest_sha256
         FROM current_state s
         JOIN release r ON r.tenant_id = s.tenant_id AND r.id = s.release_id
         WHERE s.tenant_id = $1 AND s.item_id = $2 AND s.state NOT IN ('rejected', 'withdrawn')
         ORDER BY s.number DESC
         LIMIT 1",
        tenant.0,
        item.0,
    )
    .fetch_optional(db)
    .await
}

/// What a publish goes on from, read before its transaction.
#[derive(Clone, Debug)]
pub(crate) struct Glimpse {
    pub(crate) last_event_seq: u64,
    pub(crate) base: Option<Base>,
    pub(crate) pointer: Option<Pointer>,
}

/// Reads base and channel in one round trip and outside of any serializable
/// transaction; they stand as long as the item has no newer event. None where
/// there is no such item.
pub(crate) async fn glimpse(
    db: &Database,
    tenant: TenantId,
    item: ItemId,
    channel: Option<&str>,
) -> Result<Option<Glimpse>, sqlx::Error> {
    let row = db
        .fresh(|| {
            sqlx::query!(
                r#"SELECT last_event_seq AS "last_event_seq!", base_id, base_number, base_state, base_manifest,
                          base_manifest_sha256, channel_seq, channel_release_id
                   FROM glimpse($1, $2, $3)"#,
                tenant.0,
                item.0,
                channel,
            )
            .fetch_optional(db.pool())
        })
        .await?;
    let Some(row) = row else { return Ok(None) };
    let base = match (
        row.base_id,
        row.base_number,
        row.base_state,
        row.base_manifest,
        row.base_manifest_sha256,
    ) {
        (Some(id), Some(number), Some(state), Some(manifest), Some(manifest_sha256)) => {
            Some(Base {
                id,
                number,
                state,
                manifest,
                manifest_sha256,
            })
        }
        _ => None,
    };
    let pointer = match (row.channel_seq, row.channel_release_id) {
        (Some(seq), Some(release)) => Some(Pointer {
            seq,
            release: ReleaseId(release),
        }),
        _ => None,
    };
    let last_event_seq = u64::try_from(row.last_event_seq).unwrap_or_default();
    Ok(Some(Glimpse {
        last_event_seq,
        base,
        pointer,
    }))
}

/// How a request names a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    /// By its identity.
    Id(Uuid),
    /// By its manifest's hash.
    Manifest(Digest),
}

/// A release with its owner and state, as far as deciding needs it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) release: Release,
    /// Its item's owner and co-owners.
    pub(crate) owners: Vec<AccountId>,
    pub(crate) creator: String,
    pub(crate) slug: String,
    pub(crate) kind: String,
    /// The number of its last transition.
    pub(crate) seq: i32,
    /// The state before its last transition.
    pub(crate) came_from: String,
}

struct Row {
    id: Uuid,
    item_id: Uuid,
    number: i32,
    state: String,
    seq: i32,
    came_from: String,
    manifest: Vec<u8>,
    manifest_sha256: Vec<u8>,
    created_at: time::OffsetDateTime,
    owners: Vec<Uuid>,
    creator: Option<String>,
    slug: String,
    kind: String,
    notes_salt: Option<Vec<u8>>,
    notes: Option<String>,
    reason_code: Option<String>,
    message: Option<String>,
    message_sha256: Option<Vec<u8>>,
    successor_id: Option<Uuid>,
    successor_number: Option<i32>,
    successor_state: Option<String>,
    channels: Vec<String>,
}

/// A statement for each way to name them, so that each has the plan of its own
/// index.
macro_rules! rows {
    ($which:literal, $tenant:expr, $name:expr) => {
        sqlx::query_as!(
            Row,
            r#"SELECT r.id, r.item_id, r.number, s.state, s.seq, t.from_state AS came_from, r.manifest, r.manifest_sha256, r.created_at,
                  array_prepend(coalesce(i.owner_id, i.creator_id),
                                ARRAY(SELECT p.account_id FROM item_co_owner p
                                      WHERE p.tenant_id = $1 AND p.item_id = i.id)) AS "owners!",
                  a.handle AS creator, i.slug, i.kind,
                  n.salt AS "notes_salt?", n.value AS "notes?",
                  t.reason_code AS "reason_code?", w.value AS "message?", t.message_sha256 AS "message_sha256?",
                  t.successor_id AS "successor_id?", u.number AS "successor_number?", u.state AS "successor_state?",
                  ARRAY(SELECT c.name FROM channel c
                        WHERE c.tenant_id = $1 AND c.release_id = r.id ORDER BY c.name) AS "channels!"
           FROM release r
           JOIN item i ON i.tenant_id = $1 AND i.id = r.item_id
           JOIN account a ON a.tenant_id = $1 AND a.id = i.creator_id
           JOIN current_state s ON s.tenant_id = $1 AND s.release_id = r.id
           JOIN release_transition t ON t.tenant_id = $1 AND t.release_id = r.id AND t.seq = s.seq
           LEFT JOIN personal_field n ON n.tenant_id = $1 AND n.sha256 = r.notes_sha256
           LEFT JOIN personal_field w ON w.tenant_id = $1 AND w.sha256 = t.message_sha256
           LEFT JOIN current_state u ON u.tenant_id = $1 AND u.release_id = t.successor_id
           WHERE r.tenant_id = $1 AND "#
                + $which
                + " ORDER BY r.number",
            $tenant.0,
            $name,
        )
    };
}

/// One release.
pub(crate) async fn find(
    db: &mut PgConnection,
    tenant: TenantId,
    name: Name,
) -> Result<Option<Found>, sqlx::Error> {
    let row = match name {
        Name::Id(id) => {
            rows!("r.id = $2", tenant, id)
                .fetch_optional(&mut *db)
                .await?
        }
        Name::Manifest(digest) => {
            rows!("r.manifest_sha256 = $2", tenant, digest.0.as_slice())
                .fetch_optional(&mut *db)
                .await?
        }
    };
    let mut found: Vec<Found> = row.map(shown).transpose()?.into_iter().collect();
    pin::fill(db, tenant, &mut found).await?;
    Ok(found.pop())
}

/// Every release of an item, oldest first.
pub(crate) async fn of_item(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
) -> Result<Vec<Found>, sqlx::Error> {
    let rows = rows!("r.item_id = $2", tenant, item.0)
        .fetch_all(&mut *db)
        .await?;
    let mut all: Vec<Found> = rows.into_iter().map(shown).collect::<Result<_, _>>()?;
    pin::fill(db, tenant, &mut all).await?;
    Ok(all)
}

/// The item a release belongs to: never changes.
pub(crate) async fn item_of(
    db: &mut PgConnection,
    tenant: TenantId,
    release: Uuid,
) -> Result<Option<ItemId>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT item_id FROM release WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        release
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| ItemId(row.item_id)))
}

/// A release's card, byte for byte; none within where it was erased.
pub(crate) async fn card(
    db: &mut PgConnection,
    tenant: TenantId,
    release: ReleaseId,
) -> Result<Option<Option<Vec<u8>>>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT c.bytes FROM release r
         JOIN content c ON c.tenant_id = r.tenant_id AND c.sha256 = r.card_sha256
         WHERE r.tenant_id = $1 AND r.id = $2",
        tenant.0,
        release.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.bytes))
}

fn shown(row: Row) -> Result<Found, sqlx::Error> {
    let id = row.id;
    let notice =
        (row.message_sha256.is_some() || row.reason_code.is_some() || row.successor_id.is_some())
            .then_some(Notice {
                code: row.reason_code,
                message: row.message,
                successor: match (row.successor_id, row.successor_number, row.successor_state) {
                    (Some(id), Some(number), Some(state)) => Some(ReleaseRef { id, number, state }),
                    _ => None,
                },
            });
    let release = Release {
        id: row.id,
        item: row.item_id,
        number: row.number,
        // A notice belongs to a state that has one; going back to *published* ends it.
        notice: notice.filter(|_| {
            matches!(
                row.state.as_str(),
                "deprecated" | "quarantined" | "revoked" | "rejected"
            )
        }),
        state: row.state,
        manifest_sha256: as_text::digest(id, &row.manifest_sha256)?,
        manifest: as_text::manifest(id, row.manifest)?,
        notes: as_text::notes(row.notes_salt, row.notes),
        created_at: as_text::time(id, row.created_at)?,
        channels: row.channels,
        pins: Vec::new(),
    };
    Ok(Found {
        release,
        owners: row.owners.into_iter().map(AccountId).collect(),
        creator: row.creator.unwrap_or_default(),
        slug: row.slug,
        kind: row.kind,
        seq: row.seq,
        came_from: row.came_from,
    })
}
