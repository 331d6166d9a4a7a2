//! What lists and search know of a release, made anew from its manifest and
//! its document: name, description, tags, apps and their versions. And the
//! lines of the listing, made anew from that.

use super::rebuilt::{ALL, Rebuilt};
use crate::{table::release::array, verify::VerifyFault};
use dramatis_domain::{
    ItemKind, Manifest,
    face::{AppRange, Face},
};
use futures::TryStreamExt as _;
use sqlx::PgConnection;
use uuid::Uuid;

/// Made of states, channels and faces, which are compared before.
pub(super) const LISTING: Rebuilt = Rebuilt {
    table: "listing",
    key: &["item_id"],
    query: "SELECT i.tenant_id, i.id AS item_id, d.* FROM item i CROSS JOIN LATERAL listing_due(i.tenant_id, i.id) d",
    kept: ALL,
};

/// Streams every release with its document.
pub(super) async fn compare(db: &mut PgConnection) -> Result<(), VerifyFault> {
    let mut rows = sqlx::query_as!(
        Row,
        r#"SELECT r.id, r.item_id, r.name AS listed, r.manifest, c.bytes AS "document?", c.sha256 IS NOT NULL AS "has_document!",
                  f.item_id AS "of_item?", f.name AS "name?", f.about AS "about?", f.vertical, f.tags AS "tags?", f.apps AS "apps?",
                  ARRAY(SELECT t.position FROM release_target t
                        WHERE t.tenant_id = r.tenant_id AND t.release_id = r.id ORDER BY t.position) AS "positions!",
                  ARRAY(SELECT t.app FROM release_target t
                        WHERE t.tenant_id = r.tenant_id AND t.release_id = r.id ORDER BY t.position) AS "target_apps!",
                  ARRAY(SELECT coalesce(t.min_version::text, '') FROM release_target t
                        WHERE t.tenant_id = r.tenant_id AND t.release_id = r.id ORDER BY t.position) AS "mins!",
                  ARRAY(SELECT coalesce(t.max_version::text, '') FROM release_target t
                        WHERE t.tenant_id = r.tenant_id AND t.release_id = r.id ORDER BY t.position) AS "maxs!"
           FROM release r
           LEFT JOIN content c ON c.tenant_id = r.tenant_id AND c.sha256 = r.card_sha256
           LEFT JOIN release_face f ON f.tenant_id = r.tenant_id AND f.release_id = r.id
           ORDER BY r.tenant_id, r.item_id, r.number"#
    )
    .fetch(db);
    while let Some(row) = rows.try_next().await? {
        let off = |what: String| VerifyFault::Off {
            place: format!("release {}", row.id),
            what,
        };
        if !row.has_document {
            return Err(off("its document is not there".to_owned()));
        }
        let manifest =
            Manifest::parse_canonical(&row.manifest).map_err(|fault| off(fault.to_string()))?;
        let face = row.face(&manifest).map_err(off)?;
        if row.listed != face.name {
            return Err(off(format!(
                "it is listed as “{}”, its card says “{}”",
                row.listed, face.name
            )));
        }
        if !row.shows(&face, manifest.kind) {
            return Err(off(
                "what lists and search say of it is not what its manifest and card say".to_owned(),
            ));
        }
    }
    Ok(())
}

struct Row {
    id: Uuid,
    item_id: Uuid,
    listed: String,
    manifest: Vec<u8>,
    document: Option<Vec<u8>>,
    has_document: bool,
    of_item: Option<Uuid>,
    name: Option<String>,
    about: Option<String>,
    vertical: Option<String>,
    tags: Option<Vec<String>>,
    apps: Option<Vec<String>>,
    positions: Vec<i16>,
    target_apps: Vec<String>,
    mins: Vec<String>,
    maxs: Vec<String>,
}

impl Row {
    /// The face it has to have. Of a document that was erased (`verify` has
    /// asked by which order), only the manifest's part is known.
    fn face(&self, manifest: &Manifest) -> Result<Face, String> {
        let document = self.document.as_deref().unwrap_or(b"{}");
        let text = std::str::from_utf8(document).map_err(|fault| fault.to_string())?;
        let mut face = Face::of(manifest, text).map_err(|fault| fault.to_string())?;
        if self.document.is_none() {
            face.name = "erased".into();
        }
        Ok(face)
    }

    fn shows(&self, face: &Face, kind: ItemKind) -> bool {
        let apps: Vec<String> = face.targets.iter().map(|range| range.app.clone()).collect();
        let texts = |side: fn(&AppRange) -> &Option<Vec<i64>>| -> Vec<String> {
            let text = |range: &AppRange| side(range).as_deref().map(array).unwrap_or_default();
            face.targets.iter().map(text).collect()
        };
        self.of_item == Some(self.item_id)
            && self.name.as_ref() == Some(&face.name)
            && self.about.as_ref() == Some(&face.about)
            && self.vertical == face.vertical
            && self.tags.as_ref() == Some(&face.tags)
            && (0..).zip(&self.positions).all(|(at, position)| at == *position)
            // A runtime's own range stood in its document.
            && (self.document.is_none() && kind == ItemKind::Runtime
                || self.apps.as_ref() == Some(&apps)
                    && self.target_apps == apps
                    && self.mins == texts(|range| &range.min)
                    && self.maxs == texts(|range| &range.max))
    }
}
