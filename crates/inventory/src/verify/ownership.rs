//! Who owns an item: every step has its event, which says the same, and every
//! event its step; owner and co-owners are where the last steps left them.

use super::{
    VerifyFault,
    releases::{Item, Said},
};
use dramatis_domain::TenantId;
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// The events of ownership.
const ACTIONS: [&str; 5] = [
    "item.co_owner_added",
    "item.co_owner_removed",
    "item.transfer_offered",
    "item.transfer_ended",
    "item.transferred",
];

/// Verifies the ownership of an item, whose events are verified before.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    item: &Item,
    place: &str,
    said: &HashMap<Uuid, Said>,
) -> Result<(), VerifyFault> {
    let stands = sqlx::query!(
        r#"SELECT i.creator_id, i.owner_id,
                  ARRAY(SELECT c.account_id FROM item_co_owner c WHERE c.tenant_id = $1 AND c.item_id = $2) AS "co_owners!"
           FROM item i WHERE i.tenant_id = $1 AND i.id = $2"#,
        tenant.0,
        item.id,
    )
    .fetch_one(&mut *db)
    .await?;
    let steps = sqlx::query!(
        "SELECT seq, step, account_id, owner_id, offer_seq, event_id FROM item_ownership
         WHERE tenant_id = $1 AND item_id = $2 ORDER BY seq",
        tenant.0,
        item.id,
    )
    .fetch_all(db)
    .await?;
    let mut owner = stands.creator_id;
    let mut co_owners: BTreeSet<Uuid> = BTreeSet::new();
    for (index, step) in (1..).zip(&steps) {
        let place = format!("{place}, step {} of its ownership", step.seq);
        if step.seq != index || step.owner_id != owner {
            return Err(VerifyFault::off(
                &place,
                "it does not follow from the step before it",
            ));
        }
        let told = said.get(&step.event_id).is_some_and(|event| {
            ACTIONS.contains(&event.action.as_str())
                && event.subject == Some(step.account_id)
                && event.after["step"] == step.step.as_str()
                && event.after["offer"] == serde_json::json!(step.offer_seq)
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
    let told = said
        .values()
        .filter(|event| ACTIONS.contains(&event.action.as_str()))
        .count();
    if told != steps.len() {
        return Err(VerifyFault::off(
            place,
            format!(
                "the history tells of {told} changes of its owners, {} are there",
                steps.len()
            ),
        ));
    }
    let held: BTreeSet<Uuid> = stands.co_owners.into_iter().collect();
    if stands.owner_id.unwrap_or(stands.creator_id) != owner || held != co_owners {
        return Err(VerifyFault::off(
            place,
            "its owner or co-owners are not those its history ends with",
        ));
    }
    Ok(())
}
