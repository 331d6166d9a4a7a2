//! Items in lists.

use crate::{db, table::cursor::Cursor};
use dramatis_api::{
    item::{ItemSummary, Items, ReleaseRef},
    timestamp,
};
use dramatis_domain::{AccountId, TenantId};
use sqlx::PgConnection;
use time::OffsetDateTime;

/// Which page of which items.
pub(crate) struct Asked {
    /// By the creator in their addresses; what `viewer` owns or shares in
    /// without it.
    pub(crate) creator: Option<AccountId>,
    pub(crate) viewer: AccountId,
    /// The states in which it is shown others' releases.
    pub(crate) states: Vec<String>,
    pub(crate) after: Option<Cursor>,
    pub(crate) limit: i64,
}

/// A page of items, newest change first: those of the viewer, and those with a
/// release in one of the states.
pub(crate) async fn page(
    db: &mut PgConnection,
    tenant: TenantId,
    asked: &Asked,
) -> Result<Items, sqlx::Error> {
    let limit = asked.limit;
    let mut rows = sqlx::query!(
        r#"WITH named AS (
               SELECT n.id FROM item n
               WHERE n.tenant_id = $1 AND n.creator_id = coalesce($2::uuid, $3::uuid) AND ($2::uuid IS NOT NULL OR n.owner_id IS NULL)
               UNION ALL
               SELECT n.id FROM item n WHERE $2::uuid IS NULL AND n.tenant_id = $1 AND n.owner_id = $3
               UNION ALL
               SELECT p.item_id FROM item_co_owner p WHERE $2::uuid IS NULL AND p.tenant_id = $1 AND p.account_id = $3
           )
           SELECT i.id, i.kind, i.slug, i.last_event_seq, i.last_event_at, a.handle,
                  l.release_id AS "release_id?", l.number AS "number?", l.state AS "state?", l.name AS "name?"
           FROM named
           JOIN item i ON i.tenant_id = $1 AND i.id = named.id
           JOIN account a ON a.tenant_id = $1 AND a.id = i.creator_id
           CROSS JOIN LATERAL (
               SELECT coalesce(i.owner_id, i.creator_id) = $3
                   OR EXISTS (SELECT FROM item_co_owner p
                              WHERE p.tenant_id = $1 AND p.item_id = i.id AND p.account_id = $3) AS all
           ) sees
           LEFT JOIN LATERAL (
               SELECT s.release_id, s.number, s.state, r.name
               FROM current_state s
               JOIN release r ON r.tenant_id = $1 AND r.id = s.release_id
               WHERE s.tenant_id = $1 AND s.item_id = i.id AND (sees.all OR s.state = ANY($4))
               ORDER BY s.number DESC
               LIMIT 1
           ) l ON true
           WHERE (sees.all OR l.release_id IS NOT NULL)
             AND (i.last_event_at, i.id) < (coalesce($5, 'infinity'::timestamptz), coalesce($6, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
           ORDER BY i.last_event_at DESC, i.id DESC
           LIMIT $7"#,
        tenant.0,
        asked.creator.map(|creator| creator.0),
        asked.viewer.0,
        &asked.states,
        asked.after.map(Cursor::at),
        asked.after.map(|cursor| cursor.id),
        limit + 1,
    )
    .fetch_all(db)
    .await?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
    if more {
        rows.pop();
    }
    let changed = |at: Option<OffsetDateTime>| at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| Cursor::new(changed(row.last_event_at), row.id).text());
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
            updated_at: timestamp::from_micros(db::micros(changed(row.last_event_at)))
                .unwrap_or_default(),
            last_event: row.last_event_seq,
        })
        .collect();
    Ok(Items { items, next })
}
