//! Every item of a tenant, a range of them on every core at a time; each kind
//! of row is read for the whole range at once. What is off is named in the
//! order of items all the same.

use super::{
    Off, Verified, VerifyFault, approvals,
    chains::{self, Chain},
    channels,
    erasures::Erasures,
    history::History,
    joined, ownership,
    releases::{self, Release},
    snapshot::Snapshot,
    steps,
};
use crate::db::Tx;
use dramatis_domain::{ItemId, TenantId, event::Stream};
use futures::{StreamExt as _, stream};
use sqlx::PgConnection;
use std::sync::Arc;
use uuid::Uuid;

/// As many items are handed to a core at once: enough that asking costs
/// nothing beside the rows, few enough that the cores end together.
const ITEMS: i64 = 128;
/// Fewer, where they have more events together than this: they are in memory.
const EVENTS: i64 = 8_192;

/// An item, and what was verified of it so far.
pub(super) struct Item {
    pub(super) row: Row,
    pub(super) history: History,
    pub(super) releases: Vec<Release>,
}

/// An item's own row.
pub(super) struct Row {
    pub(super) id: Uuid,
    slug: String,
    handle: Option<String>,
    pub(super) creator_id: Uuid,
    pub(super) owner_id: Option<Uuid>,
    pub(super) co_owners: Vec<Uuid>,
    pub(super) release_count: i32,
    last_event_seq: i64,
    last_event_hash: Option<Vec<u8>>,
}

/// Items that are verified together, in the order of their ids.
pub(super) struct Range {
    pub(super) tenant: TenantId,
    pub(super) place: Arc<str>,
    pub(super) items: Vec<Item>,
}

impl Range {
    /// The first id and the last one.
    pub(super) fn ends(&self) -> (Uuid, Uuid) {
        let id = |item: Option<&Item>| item.map_or(Uuid::nil(), |item| item.row.id);
        (id(self.items.first()), id(self.items.last()))
    }

    /// What a person finds an item by.
    pub(super) fn name(
        &self,
        Row {
            id, slug, handle, ..
        }: &Row,
    ) -> String {
        let handle = handle.as_deref().unwrap_or("?");
        format!("{}, item {handle}/{slug} ({id})", self.place)
    }

    /// Leaves the items before the one that is off: one of them may be off in
    /// what is looked at later.
    fn cut(&mut self, off: Off) -> VerifyFault {
        self.items.truncate(off.at);
        off.fault
    }
}

/// Verifies all of them, adds them to `count` and tells of it range by range.
pub(super) async fn verify(
    snapshot: &Snapshot,
    readers: usize,
    first: &mut Tx,
    (tenant, place): (TenantId, &str),
    erasures: &Arc<Erasures>,
    count: &mut Verified,
    mut progress: impl FnMut(&Verified),
) -> Result<(), VerifyFault> {
    let place: Arc<str> = place.into();
    let ranges = stream::try_unfold((first, Uuid::nil()), |(db, after)| async move {
        let rows = behind(db, tenant, after).await?;
        let last = rows.last().map(|row| row.id);
        Ok::<_, VerifyFault>(last.map(|last| (rows, (db, last))))
    });
    let done = ranges
        .map(|rows| {
            let (snapshot, place, erasures) =
                (snapshot.clone(), Arc::clone(&place), Arc::clone(erasures));
            async move {
                let items = rows?.into_iter().map(|row| Item {
                    row,
                    history: History::default(),
                    releases: Vec::new(),
                });
                let range = Range {
                    tenant,
                    place,
                    items: items.collect(),
                };
                joined(tokio::spawn(together(snapshot, range, erasures)).await)
            }
        })
        .buffered(readers);
    let mut done = std::pin::pin!(done);
    while let Some(some) = done.next().await {
        let some = some?;
        count.items += some.items;
        count.releases += some.releases;
        count.events += some.events;
        progress(count);
    }
    Ok(())
}

/// The next items behind `after`, in the order of ids.
async fn behind(
    db: &mut PgConnection,
    tenant: TenantId,
    after: Uuid,
) -> Result<Vec<Row>, sqlx::Error> {
    let mut rows = sqlx::query_as!(
        Row,
        r#"SELECT i.id, i.slug, a.handle AS "handle?", i.creator_id, i.owner_id, i.release_count,
                  i.last_event_seq, i.last_event_hash,
                  ARRAY(SELECT c.account_id FROM item_co_owner c WHERE c.tenant_id = $1 AND c.item_id = i.id) AS "co_owners!"
           FROM item i LEFT JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.creator_id
           WHERE i.tenant_id = $1 AND i.id > $2 ORDER BY i.id LIMIT $3"#,
        tenant.0,
        after,
        ITEMS,
    )
    .fetch_all(db)
    .await?;
    let mut events: i64 = 0;
    let few = rows.iter().take_while(|row| {
        events = events.saturating_add(row.last_event_seq);
        events <= EVENTS
    });
    let few = few.count().max(1);
    rows.truncate(few);
    Ok(rows)
}

/// Each kind of row in turn. Behind the first item that is off, nothing more
/// is looked at.
async fn together(
    snapshot: Snapshot,
    mut range: Range,
    erasures: Arc<Erasures>,
) -> Result<Verified, VerifyFault> {
    let mut db = snapshot.reader().await?;
    let mut count = Verified {
        items: range.items.len() as u64,
        ..Verified::default()
    };
    let mut first_off = None;
    match histories(&mut db, &mut range, &erasures).await {
        Ok(events) => count.events = events,
        Err(off) => first_off = Some(range.cut(off)),
    }
    match releases::verify(&mut db, &mut range, &erasures).await {
        Ok(releases) => count.releases = releases,
        Err(off) => first_off = Some(range.cut(off)),
    }
    rows(&mut db, &range).await?;
    snapshot.done_with(db);
    first_off.map_or(Ok(count), Err)
}

async fn histories(
    db: &mut PgConnection,
    range: &mut Range,
    erasures: &Erasures,
) -> Result<u64, Off> {
    let chain = |item: &Item| Chain {
        stream: Stream::Item(ItemId(item.row.id)),
        place: range.name(&item.row),
        last_seq: item.row.last_event_seq,
        last_hash: item.row.last_event_hash.clone(),
    };
    let chains: Vec<Chain> = range.items.iter().map(chain).collect();
    chains::of_items(db, range.tenant, &chains, erasures, |at, event| {
        if let Some(item) = range.items.get_mut(at) {
            item.history.keep(event);
        }
    })
    .await
}

/// What is small is read whole, and compared with the histories item by item.
async fn rows(db: &mut PgConnection, range: &Range) -> Result<(), VerifyFault> {
    let steps = steps::read(db, range).await?;
    let moves = channels::read(db, range).await?;
    let owners = ownership::read(db, range).await?;
    let waiting = approvals::submissions::read(db, range).await?;
    let decided = approvals::decisions::read(db, range).await?;
    let (mut steps, mut moves, mut owners) = (&steps[..], &moves[..], &owners[..]);
    let (mut waiting, mut decided) = (&waiting[..], &decided[..]);
    for item in &range.items {
        let place = range.name(&item.row);
        let id = item.row.id;
        steps::verify(until(&mut steps, |row| row.item_id <= id), item, &place)?;
        channels::verify(until(&mut moves, |row| row.item_id <= id), item, &place)?;
        ownership::verify(until(&mut owners, |row| row.item_id <= id), item, &place)?;
        approvals::submissions::verify(until(&mut waiting, |row| row.of <= id), item, &place)?;
        approvals::decisions::verify(until(&mut decided, |row| row.of <= id), item, &place)?;
    }
    Ok(())
}

/// Takes the rows from the front that are one item's.
fn until<'a, R>(rows: &mut &'a [R], is: impl Fn(&R) -> bool) -> &'a [R] {
    let (its, others) = rows.split_at(rows.partition_point(is));
    *rows = others;
    its
}
