//! Items in lists.

use crate::db;
use dramatis_api::{
    item::{ItemSummary, Items, ReleaseRef},
    timestamp,
};
use dramatis_domain::{AccountId, ItemId, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Where a page ended: the time of the last change, and the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    changed_us: i64,
    item: Uuid,
}

impl Cursor {
    pub(crate) fn parse(text: &str) -> Result<Self, ()> {
        let (changed, item) = text.split_once('_').ok_or(())?;
        Ok(Self {
            changed_us: changed.parse().map_err(|_| ())?,
            item: item.parse().map_err(|_| ())?,
        })
    }

    fn text(self) -> String {
        format!("{}_{}", self.changed_us, self.item)
    }
}

/// A page of a creator's items, newest change first; `all` of them, or those
/// with a release that is offered.
pub(crate) async fn page(
    db: &mut PgConnection,
    tenant: TenantId,
    owner: AccountId,
    all: bool,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Items, sqlx::Error> {
    let mut rows = sqlx::query!(
        r#"SELECT i.id, i.kind, i.slug, i.last_event_seq, i.last_event_at, a.handle,
                  l.release_id AS "release_id?", l.number AS "number?", l.state AS "state?", l.name AS "name?"
           FROM item i
           JOIN account a ON a.tenant_id = $1 AND a.id = i.creator_id
           LEFT JOIN LATERAL (
               SELECT s.release_id, s.number, s.state, r.name
               FROM current_state s
               JOIN release r ON r.tenant_id = $1 AND r.id = s.release_id
               WHERE s.tenant_id = $1 AND s.item_id = i.id AND ($3 OR s.state IN ('published', 'deprecated'))
               ORDER BY s.number DESC
               LIMIT 1
           ) l ON true
           WHERE i.tenant_id = $1 AND i.creator_id = $2
             AND ($3 OR l.release_id IS NOT NULL)
             AND ($4::timestamptz IS NULL OR (i.last_event_at, i.id) < ($4, $5))
           ORDER BY i.last_event_at DESC, i.id DESC
           LIMIT $6"#,
        tenant.0,
        owner.0,
        all,
        after.map(|cursor| db::moment(cursor.changed_us)),
        after.map(|cursor| cursor.item),
        limit + 1,
    )
    .fetch_all(db)
    .await?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
    if more {
        rows.pop();
    }
    let changed = |at: Option<time::OffsetDateTime>| at.map_or(0, db::micros);
    let next = rows.last().filter(|_| more).map(|row| {
        Cursor {
            changed_us: changed(row.last_event_at),
            item: row.id,
        }
        .text()
    });
    let items = rows
        .into_iter()
        .map(|row| ItemSummary {
            id: row.id,
            kind: row.kind,
            creator: row.handle.unwrap_or_default(),
            slug: row.slug,
            name: row.name.unwrap_or_default(),
            latest: match (row.release_id, row.number, row.state) {
                (Some(id), Some(number), Some(state)) => Some(ReleaseRef { id, number, state }),
                _ => None,
            },
            updated_at: timestamp::from_micros(changed(row.last_event_at)).unwrap_or_default(),
            last_event: row.last_event_seq,
        })
        .collect();
    Ok(Items { items, next })
}

/// Who owns an item.
pub(crate) async fn owner(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
) -> Result<Option<AccountId>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT creator_id FROM item WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        item.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| AccountId(row.creator_id)))
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use uuid::Uuid;

    #[test]
    fn a_cursor_reads_back() {
        let cursor = Cursor {
            changed_us: 1_790_000_000_123_456,
            item: Uuid::from_u128(5),
        };
        assert_eq!(Cursor::parse(&cursor.text()), Ok(cursor));
        assert_eq!(Cursor::parse("x"), Err(()));
    }
}
