//! What a publish is based on.

use super::Submission;
use crate::{error::Fault, table::release::Base};
use dramatis_api::Code;
use dramatis_domain::{Manifest, lifecycle::ReleaseState};

/// Looks at the base: none is expected and none is there, or the parent is the
/// newest release and its state allows a next one. The base itself, where it
/// already says the same and is published; where it says the same and is not,
/// its state refuses (inventory.md, Publish).
pub(super) fn against_base<'a>(
    submission: &Submission,
    base: Option<&'a Base>,
) -> Result<Option<&'a Base>, Fault> {
    let parent = submission.manifest.parent;
    let Some(base) = base else {
        return match parent {
            None => Ok(None),
            Some(_) => Err(Fault::new(
                Code::BaseOutdated,
                "The release this one was made from is not in the inventory. Nothing was published.",
            )),
        };
    };
    if parent.is_none_or(|parent| parent.0 != base.manifest_sha256[..]) {
        let detail = format!(
            "Release {} came in between. Nothing was published and the draft is unchanged; merge that release and publish again.",
            base.number
        );
        return Err(Fault::new(Code::BaseOutdated, detail));
    }
    let state: ReleaseState = base.state.parse().map_err(Fault::internal)?;
    if !state.can_be_base() {
        let detail = format!(
            "Release {}, which this one is based on, is {state}; it has to be decided first.",
            base.number
        );
        return Err(Fault::new(Code::BaseBlocked, detail));
    }
    let said = Manifest::parse_canonical(&base.manifest).map_err(Fault::internal)?;
    if !said.same_content(&submission.manifest) {
        return Ok(None);
    }
    if state != ReleaseState::Published {
        let detail = format!(
            "Release {} says the very same and is {state}. Nothing was published; bring that release back where its state allows it, or change something first.",
            base.number
        );
        return Err(Fault::new(Code::BaseBlocked, detail));
    }
    Ok(Some(base))
}
