//! A release's name in lists is the name on its card.

use crate::verify::VerifyFault;
use dramatis_domain::{card::CardView, json::Tree};
use futures::TryStreamExt as _;
use sqlx::{PgConnection, Row as _};

/// Streams every release with its card.
pub(super) async fn names(db: &mut PgConnection) -> Result<(), VerifyFault> {
    let mut rows = sqlx::query(
        "SELECT r.id::text, r.name, c.bytes, encode(r.card_sha256, 'hex') FROM release r
         LEFT JOIN content c ON c.tenant_id = r.tenant_id AND c.sha256 = r.card_sha256
         ORDER BY r.tenant_id, r.item_id, r.number",
    )
    .fetch(db);
    while let Some(row) = rows.try_next().await? {
        let (id, name): (String, String) = (row.get(0), row.get(1));
        let Some(bytes) = row.get::<Option<Vec<u8>>, _>(2) else {
            return Err(VerifyFault::Off {
                place: format!("release {id}"),
                what: format!("its card {} is not there", row.get::<String, _>(3)),
            });
        };
        let on_card = std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| Tree::parse_strict(text).ok())
            .map(|tree| CardView::new(&tree).name().into_owned());
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
