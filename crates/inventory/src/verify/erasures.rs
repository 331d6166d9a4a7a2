//! What was erased: every order with its event, and exactly what it took.
//! Whatever is missing without an order is named where it is missed.

use super::VerifyFault;
use crate::{privacy, table, table::erasure::Order};
use dramatis_domain::{Digest, TenantId};
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// By which order something of a tenant was erased: the last one.
#[derive(Debug, Default)]
pub(super) struct Erasures(HashMap<(String, Vec<u8>), i32>);

impl Erasures {
    pub(super) fn order_of(&self, what: &str, sha256: &[u8]) -> Option<i32> {
        self.0.get(&(what.to_owned(), sha256.to_vec())).copied()
    }
}

/// A tenant's orders as their rows say, and what each took.
pub(super) async fn read(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<(Vec<Order>, Erasures), sqlx::Error> {
    let orders = table::erasure::orders(db, tenant).await?;
    let mut erasures = Erasures::default();
    for order in &orders {
        for (what, sha256) in order.what.iter().zip(&order.sha256) {
            let erased = (what.clone(), sha256.clone());
            erasures.0.insert(erased, order.number);
        }
    }
    Ok((orders, erasures))
}

/// Compares the orders with the tenant's stream, which is verified before.
/// Answers a line an order.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
    orders: &[Order],
) -> Result<Vec<String>, VerifyFault> {
    let told: HashMap<Uuid, (Uuid, Uuid, time::OffsetDateTime, serde_json::Value)> = sqlx::query!(
        r#"SELECT id, subject_id, actor_id, at, after FROM event
           WHERE tenant_id = $1 AND stream_id = $1 AND action = 'data.erased' ORDER BY seq"#,
        tenant.0,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|row| {
        let after = row
            .after
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let order = row.subject_id.unwrap_or_default();
        (order, (row.id, row.actor_id, row.at, after))
    })
    .collect();
    let mut lines = Vec::new();
    for (expected, order) in (1..).zip(orders) {
        let name = format!("{place}, order of erasure {} ({})", order.number, order.id);
        let list = order
            .what
            .iter()
            .map(String::as_str)
            .zip(order.sha256.iter().map(Vec::as_slice));
        let fits = told.get(&order.id).is_some_and(|(event, by, at, after)| {
            order.number == expected
                && order.at_once
                && (order.event, order.by, order.at) == (*event, *by, *at)
                && after["order"] == order.number
                && after["account"].as_str() == order.account.map(|id| id.to_string()).as_deref()
                && after["ground"] == Digest::of(order.ground.as_bytes()).to_string()
                && after["count"] == order.what.len()
                && after["erased"] == privacy::digest(list.clone()).to_string()
        });
        if !fits {
            let taken: Vec<String> = list
                .map(|(what, hash)| format!("{what} {}", hex::encode(hash)))
                .collect();
            return Err(VerifyFault::off(
                name,
                format!(
                    "the tenant's history tells of another order, or of none; it says it took {}",
                    taken.join(", ")
                ),
            ));
        }
        let mut count: BTreeMap<&str, u64> = BTreeMap::new();
        for (what, _) in list {
            *count.entry(what).or_default() += 1;
        }
        let count: Vec<_> = count
            .iter()
            .map(|(what, number)| format!("{number} {what}"))
            .collect();
        lines.push(format!(
            "{place}: {} erased by order {}",
            count.join(", "),
            order.number
        ));
    }
    if told.len() != orders.len() {
        return Err(VerifyFault::off(
            place,
            format!(
                "the history tells of {} orders of erasure, {} are there",
                told.len(),
                orders.len()
            ),
        ));
    }
    Ok(lines)
}

/// Names of accounts and notes of releases that are not there were erased; a
/// name that was erased is shown nowhere. Texts of events are looked at with
/// their chains.
pub(super) async fn texts(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
    erasures: &Erasures,
) -> Result<(), VerifyFault> {
    let rows = sqlx::query!(
        r#"SELECT a.name_sha256 AS "sha256!", 'account ' || a.id AS "name!", a.name AS shown, p.value AS "value?"
           FROM account a LEFT JOIN personal_field p ON p.tenant_id = $1 AND p.sha256 = a.name_sha256
           WHERE a.tenant_id = $1
           UNION ALL
           SELECT r.notes_sha256, 'release ' || r.id || ', its notes', NULL, NULL
           FROM release r
           WHERE r.tenant_id = $1 AND r.notes_sha256 IS NOT NULL
             AND NOT EXISTS (SELECT FROM personal_field p WHERE p.tenant_id = $1 AND p.sha256 = r.notes_sha256)"#,
        tenant.0,
    )
    .fetch_all(db)
    .await?;
    for row in rows {
        let name = format!("{place}, {}", row.name);
        if row.value.is_none() && erasures.order_of("personal_field", &row.sha256).is_none() {
            return Err(VerifyFault::off(
                name,
                format!(
                    "the text {} is not there, and no order erased it",
                    hex::encode(&row.sha256)
                ),
            ));
        }
        let wanted = row.value.as_deref().unwrap_or(privacy::NOBODY);
        if row.shown.as_deref().is_some_and(|shown| shown != wanted) {
            return Err(VerifyFault::off(
                name,
                "its name is another one than history knows it by",
            ));
        }
    }
    Ok(())
}
