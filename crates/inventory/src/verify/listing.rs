//! What lists and search read, made again from manifests, cards, steps and
//! channels.

use super::{VerifyFault, releases::Item};
use dramatis_domain::{
    ItemKind, Manifest, TenantId,
    face::{AppRange, Face},
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Every release has the face its manifest and card give; the item's line
/// shows what it has to, or is not there.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    item: &Item,
    place: &str,
) -> Result<(), VerifyFault> {
    let rows = sqlx::query!(
        r#"SELECT r.id, r.number, r.manifest, r.card_sha256, c.bytes AS "bytes?", c.sha256 IS NOT NULL AS "there!", f.name AS "name?", f.about AS "about?", f.vertical,
                  f.tags AS "tags?", f.apps AS "apps?", s.state AS "state?", s.since AS "since?",
                  ARRAY(SELECT t.app FROM release_target t
                        WHERE t.tenant_id = $1 AND t.release_id = r.id ORDER BY t.position) AS "target_apps!",
                  ARRAY(SELECT coalesce(t.min_version::text, '') FROM release_target t
                        WHERE t.tenant_id = $1 AND t.release_id = r.id ORDER BY t.position) AS "target_mins!",
                  ARRAY(SELECT coalesce(t.max_version::text, '') FROM release_target t
                        WHERE t.tenant_id = $1 AND t.release_id = r.id ORDER BY t.position) AS "target_maxs!"
           FROM release r
           LEFT JOIN content c ON c.tenant_id = $1 AND c.sha256 = r.card_sha256
           LEFT JOIN release_face f ON f.tenant_id = $1 AND f.release_id = r.id
           LEFT JOIN current_state s ON s.tenant_id = $1 AND s.release_id = r.id
           WHERE r.tenant_id = $1 AND r.item_id = $2
           ORDER BY r.number"#,
        tenant.0,
        item.id,
    )
    .fetch_all(&mut *db)
    .await?;
    let pointer = sqlx::query!(
        "SELECT release_id, moved_at FROM channel WHERE tenant_id = $1 AND item_id = $2 AND name = 'stable'",
        tenant.0,
        item.id,
    )
    .fetch_optional(&mut *db)
    .await?;
    let mut shown = None;
    for row in rows {
        let place = format!("{place}, release {}", row.number);
        let manifest = Manifest::parse_canonical(&row.manifest)
            .map_err(|fault| VerifyFault::off(&place, fault))?;
        if !row.there {
            let what = format!(
                "its document {} is not there",
                hex::encode(&row.card_sha256)
            );
            return Err(VerifyFault::off(&place, what));
        }
        let document = match &row.bytes {
            Some(bytes) => {
                std::str::from_utf8(bytes).map_err(|fault| VerifyFault::off(&place, fault))?
            }
            None => "{}",
        };
        let mut face =
            Face::of(&manifest, document).map_err(|fault| VerifyFault::off(&place, fault))?;
        let erased = row.bytes.is_none();
        if erased {
            face.name = "erased".into();
        }
        let texts = |side: fn(&AppRange) -> &Option<Vec<i64>>| -> Vec<String> {
            face.targets
                .iter()
                .map(|range| {
                    side(range)
                        .as_deref()
                        .map(crate::table::release::array)
                        .unwrap_or_default()
                })
                .collect()
        };
        let apps: Vec<String> = face.targets.iter().map(|range| range.app.clone()).collect();
        let fits = row.name.as_ref() == Some(&face.name)
            && row.about.as_ref() == Some(&face.about)
            && row.vertical == face.vertical
            && row.tags.as_ref() == Some(&face.tags)
            // A runtime's own range stood in its document.
            && (erased && manifest.kind == ItemKind::Runtime
                || row.apps.as_ref() == Some(&apps)
                    && row.target_apps == apps
                    && row.target_mins == texts(|range| &range.min)
                    && row.target_maxs == texts(|range| &range.max));
        if !fits {
            return Err(VerifyFault::off(
                &place,
                "what lists and search say of it is not what its manifest and card say",
            ));
        }
        let offered = matches!(row.state.as_deref(), Some("published" | "deprecated"));
        if offered
            && pointer
                .as_ref()
                .is_none_or(|pointer| pointer.release_id == row.id)
        {
            let moved = pointer.as_ref().map(|pointer| pointer.moved_at);
            shown = Some((row.id, row.state.unwrap_or_default(), row.since.max(moved)));
        }
    }
    line(db, tenant, item.id, place, shown).await
}

async fn line(
    db: &mut PgConnection,
    tenant: TenantId,
    item: Uuid,
    place: &str,
    shown: Option<(Uuid, String, Option<time::OffsetDateTime>)>,
) -> Result<(), VerifyFault> {
    let row = sqlx::query!(
        r#"SELECT l.release_id, l.state, l.updated_at,
                  (l.creator_id, l.kind, l.number, l.vertical, l.tags, l.apps, l.name, l.search)
                  IS NOT DISTINCT FROM
                  (d.creator_id, d.kind, d.number, d.vertical, d.tags, d.apps, d.name, d.search) AS "fits!"
           FROM listing l
           LEFT JOIN listing_due($1, $2) d ON true
           WHERE l.tenant_id = $1 AND l.item_id = $2"#,
        tenant.0,
        item,
    )
    .fetch_optional(db)
    .await?;
    let fits = row.as_ref().is_none_or(|row| row.fits);
    let stands = row.map(|row| (row.release_id, row.state, Some(row.updated_at)));
    if fits && stands == shown {
        return Ok(());
    }
    Err(VerifyFault::off(
        format!("{place}, item {item}"),
        "its line in the listing is not what its releases and channels make it",
    ))
}
