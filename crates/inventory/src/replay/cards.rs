//! A release's name in lists is the name in its document.

use crate::verify::VerifyFault;
use dramatis_domain::{Manifest, face::Face};
use futures::TryStreamExt as _;
use sqlx::{PgConnection, Row as _};

/// Streams every release with its card.
pub(super) async fn names(db: &mut PgConnection) -> Result<(), VerifyFault> {
    let mut rows = sqlx::query(
        "SELECT r.id::text, r.name, c.bytes, encode(r.card_sha256, 'hex'), r.manifest, c.sha256 IS NOT NULL FROM release r
         LEFT JOIN content c ON c.tenant_id = r.tenant_id AND c.sha256 = r.card_sha256
         ORDER BY r.tenant_id, r.item_id, r.number",
    )
    .fetch(db);
    while let Some(row) = rows.try_next().await? {
        let (id, name): (String, String) = (row.get(0), row.get(1));
        // Erased by an order: `verify` has asked which.
        if row.get(5) && row.get::<Option<Vec<u8>>, _>(2).is_none() && name == "erased" {
            continue;
        }
        let Some(bytes) = row.get::<Option<Vec<u8>>, _>(2) else {
            return Err(VerifyFault::Off {
                place: format!("release {id}"),
                what: format!("its card {} is not there", row.get::<String, _>(3)),
            });
        };
        let manifest = Manifest::parse_canonical(row.get(4)).ok();
        let on_card = std::str::from_utf8(&bytes)
            .ok()
            .zip(manifest)
            .and_then(|(text, manifest)| Face::of(&manifest, text).ok())
            .map(|face| face.name);
        if on_card.as_ref() != Some(&name) {
            return Err(VerifyFault::Off {
                place: format!("release {id}"),
                what: format!(
                    "it is listed as “{name}”, its card says “{}”",
                    on_card.unwrap_or_default()
                ),
            });
        }
    }
    Ok(())
}
