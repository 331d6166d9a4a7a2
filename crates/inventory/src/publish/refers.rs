//! What a release refers to, all or nothing: every pin is had at this moment,
//! and a fork's origin is what it is said to be. Every one that is not is said.

use super::Submission;
use crate::{
    auth::Caller,
    error::Fault,
    table::{
        self,
        pin::{NewPin, Standing},
    },
};
use dramatis_api::{Code, Problem, item::Pinned};
use dramatis_domain::{
    Digest, ItemKind, TenantId,
    lifecycle::ReleaseState,
    manifest::Origin,
    pins::{Pin, PinUse},
    rules::Failure,
};
use sqlx::PgConnection;
use std::collections::HashMap;

/// Looks at everything the release refers to. Reads nothing where it refers to
/// nothing: most releases do.
pub(super) async fn check(
    db: &mut PgConnection,
    caller: &Caller,
    submission: &Submission,
) -> Result<Vec<NewPin>, Fault> {
    let origin = submission.manifest.forked_from;
    let named: Vec<Digest> = submission
        .pins
        .iter()
        .map(|pin| pin.manifest)
        .chain(origin.map(|origin| origin.manifest))
        .collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let standing = table::pin::standing(db, caller.tenant, &named).await?;
    let known = Known { standing, caller };
    let (mut pins, mut failures) = (Vec::new(), Vec::new());
    for pin in &submission.pins {
        match known.pin(pin) {
            Ok(pin) => pins.push(pin),
            Err(failure) => failures.push(failure),
        }
    }
    if let Some(origin) = origin {
        failures.extend(known.origin(&origin, submission).err());
    }
    if failures.is_empty() {
        return Ok(pins);
    }
    Err(refused(
        failures,
        "Nothing was published and nothing was changed.",
    ))
}

/// Whether everything a release refers to is still offered: asked again when
/// the last stage of its approval publishes it.
pub(crate) fn still_offered(pins: &[Pinned]) -> Result<(), Fault> {
    let failures: Vec<_> = pins
        .iter()
        .enumerate()
        .filter(|(_, pin)| !matches!(pin.state.as_str(), "published" | "deprecated"))
        .map(|(index, pin)| not_offered(format!("pins/{index}"), &pin.state))
        .collect();
    if failures.is_empty() {
        return Ok(());
    }
    Err(refused(
        failures,
        "Nothing was decided; the release still waits.",
    ))
}

/// Keeps what the release refers to.
pub(super) async fn keep(
    db: &mut PgConnection,
    tenant: TenantId,
    submission: &Submission,
    pins: &[NewPin],
) -> Result<(), Fault> {
    if !pins.is_empty() {
        table::pin::insert(db, tenant, submission.manifest.release, pins).await?;
    }
    if let Some(origin) = submission.manifest.forked_from {
        table::fork::insert(db, tenant, &submission.manifest, &origin).await?;
    }
    Ok(())
}

struct Known<'a> {
    standing: HashMap<Digest, Standing>,
    caller: &'a Caller,
}

impl Known<'_> {
    /// The release with that manifest, as far as this account may know of it.
    fn get(&self, manifest: Digest) -> Option<&Standing> {
        self.standing.get(&manifest).filter(|found| {
            found
                .state
                .parse::<ReleaseState>()
                .is_ok_and(|state| state.was_published() || self.caller.sees(state, &found.owners))
        })
    }

    fn pin(&self, pin: &Pin) -> Result<NewPin, Failure> {
        let field = || pin.field.clone();
        let Some(found) = self.get(pin.manifest) else {
            let message = format!(
                "There is no release {} in this inventory, or it is not published.",
                pin.manifest
            );
            return Err(Failure::new("pin_unknown", field(), message));
        };
        let other = pin.item.is_some_and(|item| item != found.item)
            || pin.release.is_some_and(|release| release != found.release);
        if other {
            return Err(Failure::new(
                "pin_of_another",
                field(),
                "The manifest with that hash is of another item or release than the one named beside it.",
            ));
        }
        if pin.used_as == PinUse::Runtime && found.kind != ItemKind::Runtime.as_str() {
            let message = format!(
                "What a target runs on is a runtime; this is a {}.",
                found.kind
            );
            return Err(Failure::new("pin_not_a_runtime", field(), message));
        }
        if !matches!(found.state.as_str(), "published" | "deprecated") {
            return Err(not_offered(field(), &found.state));
        }
        Ok(NewPin {
            used_as: pin.used_as,
            role: pin.role.clone(),
            item: found.item,
            release: found.release,
            manifest: pin.manifest,
        })
    }

    /// In whatever state it is: that something began as it stays true.
    fn origin(&self, origin: &Origin, submission: &Submission) -> Result<(), Failure> {
        let wrong = |code: &str, message: &str| Failure::new(code, "forked_from", message);
        let found = self.get(origin.manifest);
        if found.is_some_and(|found| found.item == submission.manifest.item) {
            return Err(wrong(
                "fork_of_itself",
                "A fork began as a release of another item.",
            ));
        }
        match (origin.release, found) {
            (None, _) => Ok(()),
            (Some(release), Some(found)) if found.release == release => Ok(()),
            (Some(_), _) => Err(wrong(
                "origin_unknown",
                "There is no such release with that manifest in this inventory. One from outside is named by its hash alone.",
            )),
        }
    }
}

fn not_offered(field: String, state: &str) -> Failure {
    let message =
        format!("The release it refers to is {state}; it has to be published or deprecated.");
    Failure::new("pin_not_offered", field, message)
}

fn refused(failures: Vec<Failure>, safe: &str) -> Fault {
    let detail = format!(
        "{} of the releases that this one refers to cannot be had as it says, each listed. {safe}",
        failures.len()
    );
    Fault::from(Problem {
        failures,
        ..Problem::new(Code::PinRefused, detail)
    })
}
