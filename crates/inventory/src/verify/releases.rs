//! One item: its chain, its releases against their manifests, its states
//! against their transitions, its channels against their moves, and all of
//! them against the events.

use super::{VerifyFault, chains, channels, ownership};
use dramatis_api::audit::EventRecord;
use dramatis_domain::{Digest, ItemId, Manifest, TenantId, event::Stream, lifecycle::ReleaseState};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// An item to verify.
pub(super) struct Item {
    pub(super) id: Uuid,
    slug: String,
    creator: Option<String>,
    release_count: i32,
}

/// The items after `after`, at most `limit`, in the order of ids.
pub(super) async fn items(
    db: &mut PgConnection,
    tenant: TenantId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Item>, sqlx::Error> {
    sqlx::query_as!(
        Item,
        "SELECT i.id, i.slug, a.handle AS creator, i.release_count
         FROM item i JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.creator_id
         WHERE i.tenant_id = $1 AND i.id > $2 ORDER BY i.id LIMIT $3",
        tenant.0,
        after,
        limit,
    )
    .fetch_all(db)
    .await
}

/// What an event says of its subject, as far as rows repeat it.
pub(super) struct Said {
    pub(super) action: String,
    pub(super) subject: Option<Uuid>,
    reason: Option<String>,
    pub(super) after: serde_json::Value,
}

/// Verifies the item. Answers how many releases and events it has.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    item: &Item,
    place: &str,
) -> Result<(u64, u64), VerifyFault> {
    let place = format!(
        "{place}, item {}/{} ({})",
        item.creator.as_deref().unwrap_or("?"),
        item.slug,
        item.id
    );
    let mut said: HashMap<Uuid, Said> = HashMap::new();
    let events = chains::verify(
        db,
        tenant,
        Stream::Item(ItemId(item.id)),
        &place,
        |record| {
            said.insert(record.id, read(record));
            Ok(())
        },
    )
    .await?;
    let releases = releases(db, tenant, item, &place, &said).await?;
    transitions(db, tenant, item, &place, &said).await?;
    channels::verify(db, tenant, item, &place, &said).await?;
    ownership::verify(db, tenant, item, &place, &said).await?;
    Ok((releases, events))
}

fn read(record: &EventRecord) -> Said {
    Said {
        action: record.action.clone(),
        subject: record.subject,
        reason: record.reason.as_ref().map(|reason| reason.sha256.clone()),
        after: record
            .after
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default(),
    }
}

async fn releases(
    db: &mut PgConnection,
    tenant: TenantId,
    item: &Item,
    place: &str,
    said: &HashMap<Uuid, Said>,
) -> Result<u64, VerifyFault> {
    let rows = sqlx::query!(
        "SELECT id, number, manifest, manifest_sha256, parent_sha256, card_sha256, notes_sha256, rule_set_sha256
         FROM release WHERE tenant_id = $1 AND item_id = $2 ORDER BY number",
        tenant.0,
        item.id,
    )
    .fetch_all(db)
    .await?;
    let mut expected = 0;
    for row in &rows {
        expected += 1;
        let place = format!("{place}, release {}", row.number);
        if row.number != expected {
            return Err(VerifyFault::off(
                &place,
                format!("release {expected} is missing"),
            ));
        }
        let digest = Digest::of(&row.manifest);
        if digest.0 != row.manifest_sha256[..] {
            return Err(VerifyFault::off(
                &place,
                "its manifest was changed after it was written: it does not fit its hash",
            ));
        }
        let manifest = Manifest::parse_canonical(&row.manifest)
            .map_err(|fault| VerifyFault::off(&place, fault))?;
        let same = |one: Option<Digest>, stored: Option<&Vec<u8>>| {
            one.map(|digest| digest.0.to_vec()).as_ref() == stored
        };
        let fits = manifest.release.0 == row.id
            && manifest.item.0 == item.id
            && same(manifest.parent, row.parent_sha256.as_ref())
            && same(Some(manifest.card), Some(&row.card_sha256))
            && same(manifest.notes, row.notes_sha256.as_ref())
            && same(Some(manifest.rule_set), Some(&row.rule_set_sha256));
        if !fits {
            return Err(VerifyFault::off(
                &place,
                "its row says something else than its manifest",
            ));
        }
        let announced = said.values().any(|event| {
            event.action == "release.submitted"
                && event.subject == Some(row.id)
                && event.after["manifest"] == digest.to_string()
                && event.after["number"] == row.number
        });
        if !announced {
            return Err(VerifyFault::off(
                &place,
                "no event of the item's history names this release with this manifest and number",
            ));
        }
    }
    if expected != item.release_count {
        return Err(VerifyFault::off(
            place,
            format!(
                "{} releases were made, {expected} are there",
                item.release_count
            ),
        ));
    }
    let submitted = said
        .values()
        .filter(|event| event.action == "release.submitted")
        .count();
    if submitted != rows.len() {
        return Err(VerifyFault::off(
            place,
            format!("the history tells of {submitted} releases, {expected} are there"),
        ));
    }
    Ok(rows.len() as u64)
}

async fn transitions(
    db: &mut PgConnection,
    tenant: TenantId,
    item: &Item,
    place: &str,
    said: &HashMap<Uuid, Said>,
) -> Result<(), VerifyFault> {
    let rows = sqlx::query!(
        r#"SELECT r.number, t.release_id, t.seq, t.from_state, t.to_state, t.message_sha256, t.event_id,
                  s.seq AS "now_seq?", s.state AS "now?",
                  lead(t.seq) OVER (PARTITION BY t.release_id ORDER BY t.seq) AS next_seq
           FROM release r
           JOIN release_transition t ON t.tenant_id = $1 AND t.release_id = r.id
           LEFT JOIN current_state s ON s.tenant_id = $1 AND s.release_id = r.id
           WHERE r.tenant_id = $1 AND r.item_id = $2
           ORDER BY r.number, t.seq"#,
        tenant.0,
        item.id,
    )
    .fetch_all(db)
    .await?;
    let mut state = (Uuid::nil(), 0, ReleaseState::Draft.as_str().to_owned());
    let mut steps = 0;
    for row in rows {
        steps += 1;
        let place = format!("{place}, release {}, step {}", row.number, row.seq);
        if state.0 != row.release_id {
            state = (row.release_id, 0, ReleaseState::Draft.as_str().to_owned());
        }
        if row.seq != state.1 + 1 || row.from_state != state.2 {
            return Err(VerifyFault::off(
                &place,
                "it does not follow from the step before it",
            ));
        }
        let told = said.get(&row.event_id).is_some_and(|event| {
            event.action == format!("release.{}", row.to_state)
                && event.subject == Some(row.release_id)
                && event.after["state"] == row.to_state.as_str()
                && event.reason
                    == row
                        .message_sha256
                        .as_deref()
                        .map(|hash| format!("sha256:{}", hex::encode(hash)))
        });
        if !told {
            return Err(VerifyFault::off(
                &place,
                "the item's history does not tell of it",
            ));
        }
        if row.next_seq.is_none()
            && (row.now_seq, row.now.as_deref()) != (Some(row.seq), Some(row.to_state.as_str()))
        {
            let now = row.now.unwrap_or_else(|| "missing".into());
            return Err(VerifyFault::off(
                &place,
                format!(
                    "the release is {} by this last step, but its state says {now}",
                    row.to_state
                ),
            ));
        }
        state = (row.release_id, row.seq, row.to_state);
    }
    let told = said
        .values()
        .filter(|event| {
            event
                .action
                .strip_prefix("release.")
                .is_some_and(|word| word.parse::<ReleaseState>().is_ok())
        })
        .count();
    if told != steps {
        return Err(VerifyFault::off(
            place,
            format!("the history tells of {told} steps, {steps} are there"),
        ));
    }
    Ok(())
}
