//! Who owns an item: every step has its event, which says the same, and every
//! event its step; owner and co-owners are where the last steps left them.

use super::{
    VerifyFault,
    items::{Item, Range},
};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The events of ownership.
const ACTIONS: [&str; 5] = [
    "item.co_owner_added",
    "item.co_owner_removed",
    "item.transfer_offered",
    "item.transfer_ended",
    "item.transferred",
];

/// A step of an item's ownership.
pub(super) struct Row {
    pub(super) item_id: Uuid,
    seq: i32,
    step: String,
    account_id: Uuid,
    owner_id: Uuid,
    offer_seq: Option<i32>,
    event_id: Uuid,
}

/// Every step of the items, in order.
pub(super) async fn read(db: &mut PgConnection, range: &Range) -> Result<Vec<Row>, sqlx::Error> {
    let (first, last) = range.ends();
    sqlx::query_as!(
        Row,
        "SELECT item_id, seq, step, account_id, owner_id, offer_seq, event_id FROM item_ownership
         WHERE tenant_id = $1 AND item_id BETWEEN $2 AND $3 ORDER BY item_id, seq",
        range.tenant.0,
        first,
        last,
    )
    .fetch_all(db)
    .await
}

/// Verifies the ownership of one item.
pub(super) fn verify(steps: &[Row], item: &Item, place: &str) -> Result<(), VerifyFault> {
    let mut owner = item.row.creator_id;
    let mut co_owners: BTreeSet<Uuid> = BTreeSet::new();
    for (index, step) in (1..).zip(steps) {
        let place = format!("{place}, step {} of its ownership", step.seq);
        if step.seq != index || step.owner_id != owner {
            return Err(VerifyFault::off(
                &place,
                "it does not follow from the step before it",
            ));
        }
        let told = item.history.event(step.event_id).is_some_and(|event| {
            let after = event.after();
            ACTIONS.contains(&event.action.as_str())
                && event.subject == Some(step.account_id)
                && after["step"] == step.step.as_str()
                && after["offer"] == serde_json::json!(step.offer_seq)
        });
        if !told {
            return Err(VerifyFault::off(
                &place,
                "the item's history does not tell of it",
            ));
        }
        match step.step.as_str() {
            "added" => {
                co_owners.insert(step.account_id);
            }
            "removed" => {
                co_owners.remove(&step.account_id);
            }
            "accepted" | "imposed" => {
                co_owners.remove(&step.account_id);
                owner = step.account_id;
            }
            _ => {}
        }
    }
    item.history
        .tells_of(steps.len(), "changes of its owners", place, |said| {
            ACTIONS.contains(&said.action.as_str())
        })?;
    let held: BTreeSet<Uuid> = item.row.co_owners.iter().copied().collect();
    if item.row.owner_id.unwrap_or(item.row.creator_id) != owner || held != co_owners {
        return Err(VerifyFault::off(
            place,
            "its owner or co-owners are not those its history ends with",
        ));
    }
    Ok(())
}
