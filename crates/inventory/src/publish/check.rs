//! What a publish has to fulfil before any row is looked at: the very rules the
//! studio ran, every failure listed.

use dramatis_api::{Code, Problem, publish::PublishRequest};
use dramatis_domain::{
    Digest, Manifest,
    face::Face,
    names::{ChannelName, Slug},
    pins::{self, Pin},
    rules::{self, Candidate, Failure},
    salted::Salted,
};

/// A publish whose parts fit together and follow the rules.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) slug: Slug,
    pub(crate) channel: Option<ChannelName>,
    pub(crate) manifest: Manifest,
    pub(crate) manifest_text: String,
    pub(crate) manifest_sha256: Digest,
    pub(crate) card: String,
    pub(crate) face: Face,
    pub(crate) pins: Vec<Pin>,
    pub(crate) notes: Option<Salted>,
}

/// Reads and checks everything that needs no database.
pub(crate) fn check(request: PublishRequest) -> Result<Submission, Box<Problem>> {
    let refused = |detail: String| Box::new(Problem::new(Code::ManifestRefused, detail));
    let manifest = Manifest::parse_canonical(request.manifest.as_bytes())
        .map_err(|fault| refused(fault.to_string()))?;
    // An older or newer rule set is the database's to know or refuse.
    if let Some(kind) = rules::kind_of(manifest.rule_set).filter(|kind| *kind != manifest.kind) {
        return Err(refused(format!(
            "The manifest is of a {} and names the rules of a {}.",
            manifest.kind.as_str(),
            kind.as_str()
        )));
    }
    if manifest.forked_from.is_some() && manifest.parent.is_some() {
        return Err(refused(
            "What an item was forked from stands in its first manifest, not in a later one.".into(),
        ));
    }
    if manifest.card != Digest::of(request.card.as_bytes()) {
        return Err(refused(
            "The document that was sent is not the one the manifest names.".into(),
        ));
    }
    let notes = match &request.notes {
        Some(text) => {
            let mut salt = [0; 16];
            hex::decode_to_slice(&text.salt, &mut salt).map_err(|_| {
                Box::new(Problem::new(
                    Code::BadRequest,
                    "notes: the salt has to be 16 bytes in hex.",
                ))
            })?;
            Some(Salted::new(salt, text.value.clone()))
        }
        None => None,
    };
    if manifest.notes != notes.as_ref().map(Salted::digest) {
        return Err(refused(
            "The notes that were sent are not those the manifest names.".into(),
        ));
    }
    let order = |asset: &dramatis_domain::manifest::Asset| (asset.role.clone(), asset.sha256);
    if !manifest.assets.is_sorted_by_key(order) {
        return Err(refused(
            "The manifest's assets are not sorted by role and digest.".into(),
        ));
    }

    let candidate = Candidate {
        kind: manifest.kind,
        card: &request.card,
        notes: notes.as_ref().map(|notes| notes.value.as_str()),
        assets: &manifest.assets,
    };
    let mut failures = rules::check(&candidate);
    let slug = request.slug.parse::<Slug>().map_err(|fault| {
        failures.push(Failure::new(
            "slug",
            "slug",
            format!("The slug cannot be used: {fault}."),
        ));
    });
    let channel = request
        .channel
        .as_deref()
        .map(str::parse::<ChannelName>)
        .transpose()
        .map_err(|fault| {
            failures.push(Failure::new(
                "channel",
                "channel",
                format!("The channel cannot be used: {fault}."),
            ));
        });
    if notes
        .as_ref()
        .is_some_and(|notes| notes.value.contains('\0'))
    {
        failures.push(Failure::new(
            "notes_control",
            "notes",
            "The notes hold a NUL character.",
        ));
    }
    let (Ok(slug), Ok(channel), true) = (slug, channel, failures.is_empty()) else {
        return Err(Box::new(invalid(failures)));
    };
    let face = Face::of(&manifest, &request.card).map_err(|fault| refused(fault.to_string()))?;
    let pins = pins::of(&manifest, &request.card).map_err(|fault| refused(fault.to_string()))?;
    Ok(Submission {
        slug,
        channel,
        manifest_sha256: Digest::of(request.manifest.as_bytes()),
        manifest,
        manifest_text: request.manifest,
        card: request.card,
        face,
        pins,
        notes,
    })
}

fn invalid(failures: Vec<Failure>) -> Problem {
    let count = failures.len();
    let detail = match count {
        1 => "One thing is missing or wrong; nothing was published and the draft is unchanged."
            .to_owned(),
        _ => format!(
            "{count} things are missing or wrong; nothing was published and the draft is unchanged."
        ),
    };
    Problem {
        failures,
        ..Problem::new(Code::Invalid, detail)
    }
}
