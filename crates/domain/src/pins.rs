//! What a release refers to by the hash of a manifest, and has to be had with
//! it: a pack's members, and the runtimes of targets.

use crate::{
    Digest, ItemId, ItemKind, Manifest, ReleaseId,
    json::{JsonFault, Tree},
    kinds::pack,
};

/// What a pin is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinUse {
    /// A pack's member.
    Member,
    /// What a target runs on.
    Runtime,
}

impl PinUse {
    /// The word as it is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Runtime => "runtime",
        }
    }
}

/// A release that another one refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// What for.
    pub used_as: PinUse,
    /// Where it stands: `members/0`, `targets/1/runtime`.
    pub field: String,
    /// The hash of its manifest.
    pub manifest: Digest,
    /// Whose release it is said to be; none where only the hash is said.
    pub item: Option<ItemId>,
    /// Which release it is said to be.
    pub release: Option<ReleaseId>,
    /// What a member is in its pack.
    pub role: Option<String>,
}

/// Every pin of a release: members in their order, then targets in theirs.
///
/// # Errors
/// Where the document cannot be read, which its publish had refused.
pub fn of(manifest: &Manifest, document: &str) -> Result<Vec<Pin>, JsonFault> {
    let members = match manifest.kind {
        ItemKind::Pack => pack::members(&Tree::parse_strict(document)?),
        ItemKind::Character | ItemKind::Lorebook | ItemKind::Runtime => Vec::new(),
    };
    let members = members.into_iter().enumerate().map(|(index, member)| Pin {
        used_as: PinUse::Member,
        field: format!("members/{index}"),
        manifest: member.manifest,
        item: Some(member.item),
        release: Some(member.release),
        role: member.role,
    });
    let runtimes = manifest
        .targets
        .iter()
        .enumerate()
        .filter_map(|(index, target)| {
            Some(Pin {
                used_as: PinUse::Runtime,
                field: format!("targets/{index}/runtime"),
                manifest: target.runtime?,
                item: None,
                release: None,
                role: None,
            })
        });
    Ok(members.chain(runtimes).collect())
}
