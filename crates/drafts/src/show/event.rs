//! Events as lines of the audit trail.

use crate::view::EventLine;
use dramatis_api::audit::{EventRecord, Personal};
use serde_json::Value;
use std::collections::HashMap;

/// One event; `numbers` are the releases' numbers by id.
pub(super) fn line(record: &EventRecord, numbers: &HashMap<String, u32>) -> EventLine {
    let text = |personal: &Option<Personal>| {
        personal
            .as_ref()
            .and_then(|personal| personal.text.as_ref())
            .map(|text| text.value.clone())
    };
    let erased = [&record.actor_name, &record.device_name, &record.reason]
        .into_iter()
        .flatten()
        .find_map(|personal| personal.erased_by.clone());
    EventLine {
        id: record.id.to_string(),
        seq: u32::try_from(record.seq).unwrap_or(u32::MAX),
        at: record.time.clone(),
        action: record.action.clone(),
        actor: text(&record.actor_name).unwrap_or_default(),
        device: text(&record.device_name).unwrap_or_default(),
        reason_code: record.reason_code.clone(),
        reason: text(&record.reason),
        detail: erased.map(|order| format!("texts erased by order {order}")),
        before: record
            .before
            .as_deref()
            .and_then(|json| words(json, numbers)),
        after: record
            .after
            .as_deref()
            .and_then(|json| words(json, numbers)),
        request_id: record.request_id.clone(),
        hash: record.hash.clone(),
        key: record.key.map(|key| key.to_string()),
    }
}

/// A state in a word or two: `published`, `stable: 3`; none where there was none.
fn words(json: &str, numbers: &HashMap<String, u32>) -> Option<String> {
    let value: Value = serde_json::from_str(json).ok()?;
    if let Some(channel) = value.get("channel").and_then(Value::as_str) {
        let release = value.get("release").and_then(Value::as_str)?;
        return Some(match numbers.get(release) {
            Some(number) => format!("{channel}: {number}"),
            None => channel.to_owned(),
        });
    }
    match value.get("state").and_then(Value::as_str) {
        Some(state) => Some(state.to_owned()),
        None => Some(json.to_owned()),
    }
}
