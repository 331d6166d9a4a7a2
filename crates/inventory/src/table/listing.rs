//! What is published, in lists and by search. The database builds the statement
//! from the filters that are given, so that each shape has the plan of its own
//! index.

use crate::db;
use dramatis_api::{
    item::{Notice, ReleaseRef},
    listing::{Listed, Listing},
    timestamp,
};
use dramatis_domain::{AccountId, Digest, ItemKind, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

/// What is looked for: everything that is given has to fit.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) kind: ItemKind,
    pub(crate) creator: Option<AccountId>,
    /// Words as people type them: `"of the salt" -road`.
    pub(crate) text: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) vertical: Option<String>,
    pub(crate) app: Option<String>,
    /// A version that the app's range has to hold.
    pub(crate) app_version: Option<Vec<i64>>,
    pub(crate) state: Option<String>,
}

/// Where a page ended, and of which query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    query: [u8; 8],
    updated_us: i64,
    item: Uuid,
}

impl Cursor {
    /// Reads what a page of this very query gave.
    pub(crate) fn parse(text: &str, filter: &Filter) -> Result<Self, ()> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| ())?;
        let part = |from: usize| -> [u8; 8] { std::array::from_fn(|index| bytes[from + index]) };
        let item: [u8; 16] = std::array::from_fn(|index| bytes[16 + index]);
        let cursor = Self {
            query: part(0),
            updated_us: i64::from_be_bytes(part(8)),
            item: Uuid::from_bytes(item),
        };
        (cursor.query == filter.print()).then_some(cursor).ok_or(())
    }

    fn text(self) -> String {
        let mut bytes = Vec::with_capacity(32);
        bytes.extend_from_slice(&self.query);
        bytes.extend_from_slice(&self.updated_us.to_be_bytes());
        bytes.extend_from_slice(self.item.as_bytes());
        hex::encode(bytes)
    }
}

impl Filter {
    /// What tells this query from every other.
    fn print(&self) -> [u8; 8] {
        let digest = Digest::of(format!("{self:?}").as_bytes());
        std::array::from_fn(|index| digest.0[index])
    }
}

/// A page, newest change first. Time and item make the order whole, so that a
/// line that did not change is never on two pages and never on none; one that
/// changed meanwhile is at the front. What is older than `since` ends the list:
/// nothing after it is newer.
pub(crate) async fn page(
    db: &mut PgConnection,
    tenant: TenantId,
    filter: &Filter,
    since: Option<i64>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Listing, sqlx::Error> {
    let mut rows = sqlx::query!(
        r#"SELECT l.item_id AS "item_id!", l.kind AS "kind!", l.name AS "name!", l.release_id AS "release_id!",
                  l.number AS "number!", l.state AS "state!", l.vertical AS "vertical?", l.tags AS "tags!", l.apps AS "apps!",
                  l.updated_at AS "updated_at!", i.slug, a.handle, r.manifest_sha256,
                  t.reason_code AS "reason_code?", w.value AS "message?",
                  u.release_id AS "successor_id?", u.number AS "successor_number?", u.state AS "successor_state?"
           FROM listing_found($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) l
           JOIN item i ON i.tenant_id = $1 AND i.id = l.item_id
           JOIN account a ON a.tenant_id = $1 AND a.id = l.creator_id
           JOIN release r ON r.tenant_id = $1 AND r.id = l.release_id
           LEFT JOIN current_state s ON s.tenant_id = $1 AND s.release_id = l.release_id AND l.state = 'deprecated'
           LEFT JOIN release_transition t ON t.tenant_id = $1 AND t.release_id = l.release_id AND t.seq = s.seq
           LEFT JOIN personal_field w ON w.tenant_id = $1 AND w.sha256 = t.message_sha256
           LEFT JOIN current_state u ON u.tenant_id = $1 AND u.release_id = t.successor_id
           ORDER BY l.updated_at DESC, l.item_id DESC"#,
        tenant.0,
        filter.kind.as_str(),
        filter.creator.map(|creator| creator.0),
        filter.vertical,
        filter.state,
        filter.text,
        &filter.tags,
        filter.app,
        filter.app_version.as_deref(),
        after.map(|cursor| db::moment(cursor.updated_us)),
        after.map(|cursor| cursor.item),
        limit + 1,
    )
    .fetch_all(db)
    .await?;
    if let Some(since) = since {
        rows.retain(|row| db::micros(row.updated_at) >= since);
    }
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| {
        Cursor {
            query: filter.print(),
            updated_us: db::micros(row.updated_at),
            item: row.item_id,
        }
        .text()
    });
    let entries = rows
        .into_iter()
        .map(|row| {
            let hash = Digest::from_slice(&row.manifest_sha256)
                .map_err(|_| sqlx::Error::Decode("a manifest's hash".into()))?;
            let successor = match (row.successor_id, row.successor_number, row.successor_state) {
                (Some(id), Some(number), Some(state)) => Some(ReleaseRef { id, number, state }),
                _ => None,
            };
            let notice = (row.state == "deprecated").then_some(Notice {
                code: row.reason_code,
                message: row.message,
                successor,
            });
            Ok(Listed {
                item: row.item_id,
                kind: row.kind,
                creator: row.handle.unwrap_or_default(),
                slug: row.slug,
                name: row.name,
                release: ReleaseRef {
                    id: row.release_id,
                    number: row.number,
                    state: row.state,
                },
                manifest_sha256: hash.to_string(),
                vertical: row.vertical,
                tags: row.tags,
                apps: row.apps,
                updated_at: timestamp::from_micros(db::micros(row.updated_at)).unwrap_or_default(),
                notice,
            })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    Ok(Listing { entries, next })
}
