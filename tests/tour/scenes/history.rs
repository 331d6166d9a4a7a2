//! Comparing, promoting, revoking, the audit trail, verifying.

use super::{act, offline};
use crate::{
    page::id,
    walk::{Walk, ensure},
};

const REASON: &str = "The second lantern line names a real ship.";

pub(super) async fn compare(walk: &mut Walk) -> Result<(), String> {
    walk.page.click(&id("pick-1")).await?;
    walk.page.click(&id("pick-2")).await?;
    walk.page.click(&id("compare-picked")).await?;
    walk.page.see(&id("diff")).await?;
    walk.page
        .read("[data-testid^=\"diff-field-\"]", offline::SECOND.trim())
        .await?;
    walk.page
        .see_count("[data-testid^=\"diff-field-\"]", 1)
        .await?;
    walk.did("Releases 1 and 2 were picked and compared.");
    walk.saw("Exactly one field differs, by the words typed in between.");
    walk.picture("compare").await?;
    walk.page.click(&id("diff-close")).await?;
    walk.page.see(&id("character")).await.map(drop)
}

pub(super) async fn promote(walk: &mut Walk) -> Result<(), String> {
    act(walk, 1, "promote").await?;
    walk.page.click(&id("channel-option-beta")).await?;
    walk.page
        .type_into(&id("promote-reason"), "For the testers")
        .await?;
    walk.page
        .click(&format!(
            "{}[aria-disabled=\"false\"]",
            id("promote-confirm")
        ))
        .await?;
    walk.page
        .see(&format!("{} {}", id("release-1"), id("channel-beta")))
        .await?;
    walk.did("beta was pointed to release 1.");
    let answer = resolve(walk, "beta", "true").await?;
    walk.saw(format!("An app that asks for beta gets: “{answer}”."));
    Ok(())
}

pub(super) async fn revoke(walk: &mut Walk) -> Result<(), String> {
    act(walk, 2, "revoke").await?;
    walk.page.click(&id("reason-rights")).await?;
    walk.page.type_into(&id("revoke-message"), REASON).await?;
    walk.picture("revoke").await?;
    walk.page
        .click(&format!(
            "{}[aria-disabled=\"false\"]",
            id("revoke-confirm")
        ))
        .await?;
    walk.page.read(&id("notice-2"), REASON).await?;
    walk.did("Release 2 was revoked for its rights, with a reason; stable was left where it was.");
    let answer = resolve(walk, "stable", "false").await?;
    ensure(answer.contains(REASON), || {
        format!("the reason is missing: {answer}")
    })?;
    walk.saw(format!("An app that asks for stable gets: “{answer}”."));
    walk.picture("revoked").await
}

pub(super) async fn point_back(walk: &mut Walk) -> Result<(), String> {
    act(walk, 1, "promote").await?;
    walk.page.click(&id("channel-option-stable")).await?;
    walk.page
        .type_into(&id("promote-reason"), "Back to the good one")
        .await?;
    walk.page
        .click(&format!(
            "{}[aria-disabled=\"false\"]",
            id("promote-confirm")
        ))
        .await?;
    walk.page
        .see(&format!("{} {}", id("release-1"), id("channel-stable")))
        .await?;
    walk.did("stable was pointed back to release 1.");
    let answer = resolve(walk, "stable", "true").await?;
    walk.saw(format!("An app that asks for stable gets: “{answer}”."));
    Ok(())
}

pub(super) async fn audit(walk: &mut Walk) -> Result<(), String> {
    for number in [2, 1] {
        walk.page.click(&id(&format!("unfold-{number}"))).await?;
        let events = format!("{} {}", id(&format!("unfolded-{number}")), id("event"));
        walk.page.see(&events).await?;
        let actors = walk.page.attributes(&events, "data-actor").await?;
        let devices = walk.page.attributes(&events, "data-device").await?;
        let actions = walk.page.attributes(&events, "data-action").await?;
        ensure(
            actors
                .iter()
                .all(|actor| actor.contains("Ana Ferrer") || actor == "ana"),
            || format!("somebody else acted: {actors:?}"),
        )?;
        ensure(devices.iter().all(|device| device == "tour-laptop"), || {
            format!("other devices: {devices:?}")
        })?;
        let times = walk
            .page
            .attributes(&format!("{events} time"), "datetime")
            .await?;
        ensure(
            times.len() >= actions.len() && times.iter().all(|time| !time.is_empty()),
            || format!("{} events have {} times", actions.len(), times.len()),
        )?;
        for sentence in walk.page.texts(&events).await? {
            walk.saw(sentence.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    let trail = walk.page.texts(&id("timeline")).await?.join(" ");
    for reason in [REASON, "For the testers", "Back to the good one"] {
        ensure(trail.contains(reason), || {
            format!("the trail does not say “{reason}”: {trail}")
        })?;
    }
    walk.picture("audit-trail").await
}

pub(super) async fn verify(walk: &mut Walk) -> Result<(), String> {
    walk.page.click(&id("verify")).await?;
    walk.page
        .see(&format!("{}[data-ok=\"true\"]", id("verify-report")))
        .await?;
    let lines = walk.page.texts(&id("verify-line")).await?;
    ensure(!lines.is_empty(), || "the report has no lines".into())?;
    for line in lines {
        walk.saw(line.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    walk.picture("verified").await?;
    walk.page.click(&id("verify-dialog-close")).await?;
    walk.page.see_no(&id("verify-dialog")).await?;
    walk.page
        .see(&format!("{}[data-history=\"verified\"]", id("status")))
        .await
        .map(drop)
}

/// Asks as an app would; gives the answer's words.
async fn resolve(walk: &mut Walk, channel: &str, ok: &str) -> Result<String, String> {
    walk.page.click(&id("open-palette")).await?;
    walk.page.click(&id("palette-resolve")).await?;
    walk.page.click(&id(&format!("resolve-{channel}"))).await?;
    let answered = walk
        .page
        .see(&format!("{}[data-ok=\"{ok}\"]", id("resolved")))
        .await?;
    let answer = answered.text().await.map_err(|why| why.to_string())?;
    walk.picture(&format!("resolve-{channel}")).await?;
    walk.page.click(&id("resolve-dialog-close")).await?;
    walk.page.see_no(&id("resolve-dialog")).await?;
    Ok(answer.split_whitespace().collect::<Vec<_>>().join(" "))
}
