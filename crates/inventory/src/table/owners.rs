//! Who owns an item: steps that are appended, and where they lead.

use crate::db;
use dramatis_api::{
    owners::{Offer, Owner, Owners},
    timestamp,
};
use dramatis_domain::{AccountId, EventId, ItemId, TenantId, salted::Salted};
use sqlx::PgConnection;
use uuid::Uuid;

/// Every way an item's ownership moves; the word is the one that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Added,
    Removed,
    Offered,
    Ended,
    Accepted,
    Imposed,
}

impl Step {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Offered => "offered",
            Self::Ended => "ended",
            Self::Accepted => "accepted",
            Self::Imposed => "imposed",
        }
    }
}

/// How an item's ownership stands, as far as deciding needs it.
pub(crate) struct Standing {
    pub(crate) owner: AccountId,
    pub(crate) co_owners: Vec<Uuid>,
    /// The offer that stands: its number and its receiver.
    pub(crate) offer: Option<(i32, AccountId)>,
    /// The last step's number.
    pub(crate) seq: i32,
}

/// How the ownership of an item stands; none where there is no such item.
pub(crate) async fn standing(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
) -> Result<Option<Standing>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT coalesce(i.owner_id, i.creator_id) AS "owner!",
                  ARRAY(SELECT c.account_id FROM item_co_owner c WHERE c.tenant_id = $1 AND c.item_id = $2) AS "co_owners!",
                  o.seq AS "offer?", o.account_id AS "receiver?",
                  coalesce((SELECT max(s.seq) FROM item_ownership s WHERE s.tenant_id = $1 AND s.item_id = $2), 0) AS "seq!"
           FROM item i
           LEFT JOIN item_ownership o ON o.tenant_id = $1 AND o.item_id = $2 AND o.step = 'offered'
                AND NOT EXISTS (SELECT FROM item_ownership a
                                WHERE a.tenant_id = $1 AND a.item_id = $2 AND a.offer_seq = o.seq)
           WHERE i.tenant_id = $1 AND i.id = $2"#,
        tenant.0,
        item.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Standing {
        owner: AccountId(row.owner),
        co_owners: row.co_owners,
        offer: row.offer.zip(row.receiver.map(AccountId)),
        seq: row.seq,
    }))
}

/// Whether an account is a co-owner.
pub(crate) async fn is_shared_with(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
    account: AccountId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM item_co_owner
                          WHERE tenant_id = $1 AND item_id = $2 AND account_id = $3) AS "shared!""#,
        tenant.0,
        item.0,
        account.0,
    )
    .fetch_one(db)
    .await
}

/// The owner of an item and its co-owners; empty where there is no such item.
pub(crate) async fn of_item(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
) -> Result<Vec<AccountId>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        r#"SELECT coalesce(owner_id, creator_id) AS "account!" FROM item WHERE tenant_id = $1 AND id = $2
           UNION ALL
           SELECT account_id FROM item_co_owner WHERE tenant_id = $1 AND item_id = $2"#,
        tenant.0,
        item.0,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(AccountId).collect())
}

/// An item that an account owned once, and to whom it went from there.
pub(crate) struct HandedOver {
    pub(crate) creator: String,
    pub(crate) slug: String,
    pub(crate) to: String,
}

/// To whom an account handed an item over, or whom an operator gave it: the
/// last time, and not who owns it since.
pub(crate) async fn handed_over(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
    by: AccountId,
) -> Result<Option<HandedOver>, sqlx::Error> {
    sqlx::query_as!(
        HandedOver,
        r#"SELECT coalesce(c.handle, '') AS "creator!", i.slug AS "slug!", coalesce(a.handle, '') AS "to!"
           FROM item_ownership s
           JOIN item i ON i.tenant_id = $1 AND i.id = $2
           JOIN account c ON c.tenant_id = $1 AND c.id = i.creator_id
           JOIN account a ON a.tenant_id = $1 AND a.id = s.account_id
           WHERE s.tenant_id = $1 AND s.item_id = $2 AND s.owner_id = $3 AND s.step IN ('accepted', 'imposed')
           ORDER BY s.seq DESC
           LIMIT 1"#,
        tenant.0,
        item.0,
        by.0,
    )
    .fetch_optional(db)
    .await
}

/// A step to keep.
pub(crate) struct NewStep<'a> {
    pub(crate) seq: i32,
    pub(crate) step: Step,
    pub(crate) account: AccountId,
    pub(crate) owner: AccountId,
    pub(crate) actor: AccountId,
    pub(crate) offer: Option<i32>,
    pub(crate) message: Option<&'a Salted>,
    pub(crate) event: EventId,
    pub(crate) at_us: i64,
}

/// Keeps a step; owner and co-owners follow by its trigger.
pub(crate) async fn insert(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
    new: &NewStep<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO item_ownership (tenant_id, item_id, seq, step, account_id, owner_id, actor_id, offer_seq,
                                     message_sha256, event_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tenant.0,
        item.0,
        new.seq,
        new.step.as_str(),
        new.account.0,
        new.owner.0,
        new.actor.0,
        new.offer,
        new.message.map(|text| text.digest().0.to_vec()),
        new.event.0,
        db::moment(new.at_us),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Who owns an item, for people; none where there is no such item.
pub(crate) async fn shown(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
) -> Result<Option<Owners>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT w.part AS "part!", a.id AS "account!", coalesce(a.handle, '') AS "handle!", a.name AS "name!", w.since,
                  coalesce(c.handle, '') AS "creator!", i.slug AS "slug!"
           FROM item i
           JOIN account c ON c.tenant_id = $1 AND c.id = i.creator_id
           CROSS JOIN LATERAL (
               SELECT 'owner' AS part, coalesce(i.owner_id, i.creator_id) AS account, NULL::timestamptz AS since
               UNION ALL
               SELECT 'shared', s.account_id, s.since FROM item_co_owner s WHERE s.tenant_id = $1 AND s.item_id = $2
               UNION ALL
               SELECT 'offered', o.account_id, o.at FROM item_ownership o
               WHERE o.tenant_id = $1 AND o.item_id = $2 AND o.step = 'offered'
                 AND NOT EXISTS (SELECT FROM item_ownership e
                                 WHERE e.tenant_id = $1 AND e.item_id = $2 AND e.offer_seq = o.seq)
           ) w
           JOIN account a ON a.tenant_id = $1 AND a.id = w.account
           WHERE i.tenant_id = $1 AND i.id = $2
           ORDER BY a.handle"#,
        tenant.0,
        item.0,
    )
    .fetch_all(db)
    .await?;
    let mut owner = None;
    let (mut co_owners, mut offer, mut address) = (Vec::new(), None, None);
    for row in rows {
        let one = Owner {
            account: row.account,
            handle: row.handle,
            name: row.name,
        };
        match row.part.as_str() {
            "owner" => owner = Some(one),
            "shared" => co_owners.push(one),
            _ => {
                let since = row.since.map_or(0, db::micros);
                offer = Some(Offer {
                    to: one,
                    since: timestamp::from_micros(since).unwrap_or_default(),
                });
            }
        }
        address = Some((row.creator, row.slug));
    }
    Ok(owner.zip(address).map(|(owner, (creator, slug))| Owners {
        item: item.0,
        creator,
        slug,
        owner,
        co_owners,
        offer,
    }))
}

/// Items that are offered to an account, longest first.
pub(crate) async fn offered_to(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    limit: i64,
) -> Result<Vec<ItemId>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        "SELECT o.item_id FROM item_ownership o
         WHERE o.tenant_id = $1 AND o.account_id = $2 AND o.step = 'offered'
           AND NOT EXISTS (SELECT FROM item_ownership e
                           WHERE e.tenant_id = $1 AND e.item_id = o.item_id AND e.offer_seq = o.seq)
         ORDER BY o.at, o.item_id LIMIT $3",
        tenant.0,
        account.0,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(ItemId).collect())
}

/// The handle in an item's address.
pub(crate) async fn address_handle(
    db: &mut PgConnection,
    tenant: TenantId,
    creator: AccountId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT handle FROM account WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        creator.0,
    )
    .fetch_optional(db)
    .await
    .map(Option::flatten)
}
