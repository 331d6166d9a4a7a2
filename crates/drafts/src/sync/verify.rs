//! Proving a history: everything is fetched again from the first event and the
//! first byte, recomputed, and compared with what this studio saw before.

use super::{
    check, fetch,
    refresh::{Doubt, Said, genesis, judge, parse, raise_with},
};
use crate::{
    Studio, StudioError,
    clock::shown,
    link::Reach,
    table::{self, item::Item},
    view::{VerifyLine, VerifyReport},
};
use dramatis_api::{audit::EventRecord, item};
use dramatis_domain::{Digest, ItemId, Manifest, TenantId};

/// Recomputes everything of one character.
pub(crate) async fn verify(
    studio: &Studio,
    reach: &Reach,
    known: &Item,
) -> Result<VerifyReport, StudioError> {
    let item = reach.remote.item(&known.id).await?;
    let events = fetch::events_after(reach, &known.id, 0).await?;
    let mut lines = Vec::new();
    for release in &item.releases {
        lines.push(release_line(reach, &known.id, release).await?);
    }
    lines.push(line("Lineage", check::lineage(&item.releases, &known.id).map(|()| {
        "Releases are numbered without gaps, and each names the manifest of the one it was made from.".to_owned()
    })));
    lines.push(chain_line(known, &events)?);
    lines.push(line(
        "States and channels",
        check::projections(&item, &events)
            .map(|()| "Every state and every channel is what the events lead to.".to_owned()),
    ));
    lines.push(seen_line(studio, known, &item, &events).await?);

    let report = VerifyReport {
        ok: lines.iter().all(|line| line.ok),
        at: shown(studio.now()),
        lines,
    };
    mark(studio, known, &item, &events, &report).await?;
    Ok(report)
}

async fn release_line(
    reach: &Reach,
    item: &str,
    release: &item::Release,
) -> Result<VerifyLine, StudioError> {
    let what = format!("Release {}", release.number);
    let manifest = match check::release(release, item) {
        Ok(manifest) => manifest,
        Err(fault) => return Ok(line(&what, Err(fault))),
    };
    let faults = match bytes_faults(reach, release, &manifest).await {
        Ok(faults) => faults,
        // The owner reads a revoked release too; where an answer is refused,
        // that is said and not taken for a fault of the bytes.
        Err(StudioError::Inventory(problem)) => {
            return Ok(line(
                &what,
                Err(format!(
                    "its card or files cannot be fetched: {}",
                    problem.detail
                )),
            ));
        }
        Err(error) => return Err(error),
    };
    Ok(line(
        &what,
        match faults {
            None => Ok("Manifest, card and files have the hashes that were published.".to_owned()),
            Some(fault) => Err(fault),
        },
    ))
}

async fn bytes_faults(
    reach: &Reach,
    release: &item::Release,
    manifest: &Manifest,
) -> Result<Option<String>, StudioError> {
    let card = reach.remote.card(&release.id.to_string()).await?;
    if Digest::of(&card) != manifest.card {
        return Ok(Some(format!(
            "release {}: its card is not the one the manifest names",
            release.number
        )));
    }
    for asset in &manifest.assets {
        if Digest::of(&reach.remote.blob(&asset.sha256.hex()).await?) != asset.sha256 {
            return Ok(Some(format!(
                "release {}: its {} is not the one the manifest names",
                release.number, asset.role
            )));
        }
    }
    Ok(None)
}

fn chain_line(known: &Item, events: &[EventRecord]) -> Result<VerifyLine, StudioError> {
    let (tenant, item) = (TenantId(parse(&known.tenant)?), ItemId(parse(&known.id)?));
    let checked = check::chain(genesis(known)?, tenant, item, events);
    Ok(line(
        "Event chain",
        checked.map(|head| {
            format!(
                "{} events, each hashed over the one before; none is missing.",
                head.seq
            )
        }),
    ))
}

/// Event by event against what was seen, and the rest as a refresh judges it.
async fn seen_line(
    studio: &Studio,
    known: &Item,
    item: &item::Item,
    events: &[EventRecord],
) -> Result<VerifyLine, StudioError> {
    const WHAT: &str = "What this studio saw before";
    let cached = {
        let mut db = studio.store().reader().await?;
        table::event::list(&mut db, &known.id).await?
    };
    for seen in &cached {
        let now = events.iter().find(|event| event.seq == seen.seq);
        let fault = match now {
            None => format!("event {} was seen before and is no longer there", seen.seq),
            Some(now) if now.hash != seen.hash => {
                format!("event {} is not the one that was seen before", seen.seq)
            }
            Some(_) => continue,
        };
        return Ok(line(WHAT, Err(fault)));
    }
    let fresh: Vec<_> = events
        .iter()
        .filter(|event| event.seq > known.pinned_seq)
        .cloned()
        .collect();
    match judge(
        studio,
        known,
        &Said {
            item: item.clone(),
            fresh,
        },
    )
    .await
    {
        Ok(_) if known.pinned_seq == 0 => Ok(line(
            WHAT,
            Ok("Nothing was seen before; from now on it is.".to_owned()),
        )),
        Ok(_) => Ok(line(
            WHAT,
            Ok(format!(
                "The history continues event {}, which was seen before.",
                known.pinned_seq
            )),
        )),
        Err(Doubt::Alarm(fault)) => Ok(line(WHAT, Err(fault))),
        Err(Doubt::Store(error)) => Err(error),
    }
}

/// Remembers what was found: per release, and as an alarm of the whole.
async fn mark(
    studio: &Studio,
    known: &Item,
    item: &item::Item,
    events: &[EventRecord],
    report: &VerifyReport,
) -> Result<(), StudioError> {
    let now = studio.now();
    let mut write = studio.store().begin().await?;
    for (release, line) in item.releases.iter().zip(&report.lines) {
        let fault = (!line.ok).then_some(line.detail.as_str());
        table::release::mark(write.db(), &known.id, &release.id.to_string(), now, fault).await?;
    }
    if report.ok {
        table::alarm::clear(write.db(), &known.id, true, now).await?;
        table::item::set_verified(write.db(), &known.id, now).await?;
    }
    write.tag("status");
    write.tag(format!("timeline:{}", known.character));
    write.commit().await?;
    if let Some(bad) = report.lines.iter().find(|line| !line.ok) {
        let theirs = serde_json::to_string(&(item, events))
            .map_err(|_| StudioError::Unreadable { what: "a history" })?;
        raise_with(
            studio,
            known,
            &theirs,
            &format!("{}: {}", bad.what, bad.detail),
            true,
        )
        .await?;
    }
    Ok(())
}

fn line(what: &str, checked: Result<String, String>) -> VerifyLine {
    match checked {
        Ok(detail) => VerifyLine {
            ok: true,
            what: what.to_owned(),
            detail,
        },
        Err(fault) => VerifyLine {
            ok: false,
            what: what.to_owned(),
            detail: format!("{}.", capital(&fault)),
        },
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
