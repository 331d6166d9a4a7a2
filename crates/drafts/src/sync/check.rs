//! Recomputing what the inventory says, without I/O. Every fault is a sentence
//! that names the first thing that is off.

use dramatis_api::{
    audit::{EventRecord, Personal},
    item::{self, Item},
};
use dramatis_domain::{
    Digest, ItemId, Manifest, TenantId, chain::Head, event::Stream, salted::Salted,
};
use serde_json::Value;
use std::collections::HashMap;

/// A release by itself: its manifest's hash and form, and the notes.
pub(super) fn release(release: &item::Release, item: &str) -> Result<Manifest, String> {
    let number = release.number;
    let bytes = release.manifest.as_bytes();
    if Digest::of(bytes).to_string() != release.manifest_sha256 {
        return Err(format!(
            "release {number}: its manifest does not have the hash it is named by"
        ));
    }
    let manifest =
        Manifest::parse_canonical(bytes).map_err(|fault| format!("release {number}: {fault}"))?;
    if manifest.item.to_string() != item
        || manifest.release.0 != release.id
        || release.item.to_string() != item
    {
        return Err(format!(
            "release {number}: its manifest is about another character or release"
        ));
    }
    if let Some(notes) = &release.notes {
        let mut salt = [0; 16];
        let fits = hex::decode_to_slice(&notes.salt, &mut salt).is_ok()
            && manifest.notes == Some(Salted::new(salt, notes.value.clone()).digest());
        if !fits {
            return Err(format!(
                "release {number}: its notes are not those the manifest commits to"
            ));
        }
    }
    Ok(manifest)
}

/// All releases together: numbered without gaps, each from a parent that is there.
pub(super) fn lineage(releases: &[item::Release], item: &str) -> Result<(), String> {
    let mut seen: Vec<Digest> = Vec::new();
    for (index, one) in releases.iter().enumerate() {
        let manifest = release(one, item)?;
        if usize::try_from(one.number) != Ok(index + 1) {
            return Err(format!(
                "release {} stands where release {} should",
                one.number,
                index + 1
            ));
        }
        match manifest.parent {
            None if index > 0 && seen.is_empty() => {
                return Err(format!("release {}: its parent is missing", one.number));
            }
            Some(parent) if !seen.contains(&parent) => {
                return Err(format!(
                    "release {}: the release it was made from is not in the history",
                    one.number
                ));
            }
            _ => {}
        }
        seen.push(Digest::of(one.manifest.as_bytes()));
    }
    Ok(())
}

/// The next events of a chain, each checked behind the one before; gives the
/// new head.
pub(super) fn chain(
    mut head: Head,
    tenant: TenantId,
    item: ItemId,
    records: &[EventRecord],
) -> Result<Head, String> {
    let stream = Stream::Item(item);
    for record in records {
        let (event, prev, hash) = record
            .to_event(tenant, Some(item))
            .map_err(|fault| fault.to_string())?;
        head = head
            .verify_next(tenant, stream, &event, prev, hash)
            .map_err(|fault| fault.to_string())?;
        for (text, what) in [
            (&record.actor_name, "actor’s name"),
            (&record.device_name, "device’s name"),
            (&record.reason, "reason"),
        ] {
            personal(text.as_ref(), record.seq, what)?;
        }
    }
    Ok(head)
}

/// A text is the one the event commits to, unless it was erased by an order.
fn personal(text: Option<&Personal>, seq: i64, what: &str) -> Result<(), String> {
    let Some(Personal {
        sha256,
        text: Some(salted),
        ..
    }) = text
    else {
        return Ok(());
    };
    let mut salt = [0; 16];
    let fits = hex::decode_to_slice(&salted.salt, &mut salt).is_ok()
        && Salted::new(salt, salted.value.clone()).digest().to_string() == *sha256;
    if fits {
        Ok(())
    } else {
        Err(format!(
            "event {seq}: the {what} is not the one it commits to"
        ))
    }
}

/// The states and channels that are shown are the ones the events lead to.
pub(super) fn projections(item: &Item, events: &[EventRecord]) -> Result<(), String> {
    let mut states: HashMap<String, String> = HashMap::new();
    let mut channels: HashMap<String, String> = HashMap::new();
    for event in events {
        let after: Value = event
            .after
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let text = |key: &str| after.get(key).and_then(Value::as_str).map(str::to_owned);
        if event.action == "channel.moved"
            && let (Some(channel), Some(release)) = (text("channel"), text("release"))
        {
            channels.insert(channel, release);
        } else if let (Some(subject), Some(state)) = (event.subject, text("state")) {
            states.insert(subject.to_string(), state);
        }
    }
    for release in &item.releases {
        let told = states.get(&release.id.to_string());
        if told != Some(&release.state) {
            let told = told.map_or("nothing", String::as_str);
            return Err(format!(
                "release {} is shown as {}, and its events say {told}",
                release.number, release.state
            ));
        }
    }
    for channel in &item.channels {
        if channels.get(&channel.name) != Some(&channel.release.to_string()) {
            return Err(format!(
                "the channel {} points elsewhere than its events say",
                channel.name
            ));
        }
    }
    Ok(())
}
