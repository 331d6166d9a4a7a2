//! Freezing a reviewer's word on somebody else's release.

use super::{Scene, frozen, salt, salted_text};
use crate::{
    StudioError,
    store::Write,
    table::{self, outbox::Entry},
    view::Operation,
};
use dramatis_api::review::{Decision, DecisionRequest, Review};
use dramatis_client::operations;
use dramatis_domain::{lifecycle::StepRefusal, limits};

/// A word on what waits.
pub(crate) struct Foreign<'a> {
    pub(crate) review: &'a Review,
    pub(crate) decision: Decision,
    pub(crate) message: Option<&'a str>,
}

/// Freezes the word, bound to the bytes and the stage that were seen, and puts
/// it into the outbox.
pub(crate) async fn decision(
    write: &mut Write<'_>,
    scene: &Scene,
    wanted: &Foreign<'_>,
) -> Result<Entry, StudioError> {
    let Foreign {
        review,
        decision,
        message,
    } = wanted;
    let length = message.map_or(0, str::len);
    if length > limits::REASON {
        return Err(StudioError::TooLong {
            what: "message",
            length,
            limit: limits::REASON,
        });
    }
    if *decision == Decision::Rejected && message.is_none_or(|text| text.trim().is_empty()) {
        return Err(StudioError::Step(vec![StepRefusal::MessageMissing]));
    }
    let release = &review.release;
    let item = release.item.to_string();
    let character = super::known(write, scene, &item, &review.creator, &review.slug).await?;
    let (operation, verb) = match decision {
        Decision::Approved => (Operation::Approve, "Approve"),
        Decision::Rejected => (Operation::Reject, "Reject"),
    };
    let body = frozen(&DecisionRequest {
        decision: *decision,
        stage: review.next,
        manifest_sha256: release.manifest_sha256.clone(),
        message: message.map(|text| salted_text(&salt(text))),
        device: scene.device.clone(),
    })?;
    let open = table::outbox::open_of(write.db(), &item).await?;
    let entry = Entry {
        summary: format!("{verb} {} of {}", release.number, review.name),
        release: release.id.to_string(),
        after_key: open.last().map(|entry| entry.key.clone()),
        ..scene.entry(&character, &item, &review.name, operation)
    };
    let entry = entry.asking(|key| operations::reviews_decide(release.id, key, body))?;
    table::outbox::add(write.db(), &entry).await?;
    crate::outbox::tag(write, &entry);
    Ok(entry)
}
