//! Constraint names are part of the code (inventory.md, schema rule 2): what
//! the database refuses is said in words a person can use.

use dramatis_api::{Code, Problem};

/// The problem a violated constraint stands for, where a request can cause it.
#[must_use]
pub(crate) fn problem(constraint: &str) -> Option<Problem> {
    let (code, detail) = match constraint {
        "item_slug_is_unique_per_creator" => (
            Code::SlugTaken,
            "Something else of yours has that slug already. Choose another slug and publish again.",
        ),
        "release_asset_blob" => (
            Code::BlobMissing,
            "A file that the manifest names is not in the inventory. Upload it, then publish again.",
        ),
        "release_pkey"
        | "release_face_pkey"
        | "release_manifest_is_unique"
        | "release_manifest_of_item"
        | "release_of_item" => (
            Code::ManifestRefused,
            "A release with that identity is already in the inventory. Freeze the draft again to get a new one.",
        ),
        "release_rule_set" => (
            Code::ManifestRefused,
            "The manifest was checked with rules that this inventory does not know. Update the studio or the inventory.",
        ),
        "release_parent" => (
            Code::BaseOutdated,
            "The release this one was made from is not in the inventory.",
        ),
        "release_pin_is_offered" | "release_pin_is_of_its_release" | "release_pin_pinned" => (
            Code::PinRefused,
            "A release that this one refers to is not in the inventory under that hash, or is neither published nor deprecated by now. Nothing was published.",
        ),
        "release_fork_is_of_its_origin" | "release_fork_origin" => (
            Code::ManifestRefused,
            "The release that this one is said to be forked from is not in the inventory under that hash. Nothing was published.",
        ),
        "release_transition_is_an_edge"
        | "release_transition_continues"
        | "release_transition_first_leaves_draft"
        | "release_transition_says_why"
        | "release_transition_names_reason"
        | "release_transition_successor"
        | "release_transition_successor_is_another" => {
            (Code::StepRefused, "The lifecycle does not allow that step.")
        }
        "release_is_approved" => (
            Code::ApprovalMissing,
            "This inventory asks for approval, and this release has not all of it. Nothing was published; send it again to submit it.",
        ),
        "approval_is_not_of_ones_own" | "approval_one_stage_a_person" => (
            Code::AnotherPerson,
            "Another person has to decide this. Nothing was decided.",
        ),
        "approval_is_by_its_role" => (
            Code::Forbidden,
            "This stage is decided by somebody with another role. Nothing was decided.",
        ),
        "approval_is_of_what_was_submitted" | "submission_is_of_its_release" => (
            Code::ManifestChanged,
            "The decision is on other bytes than those that wait. Nothing was decided.",
        ),
        "approval_follows_the_stage_before" | "approval_has_its_stage" | "approval_pkey" => (
            Code::StateChanged,
            "Another stage waits by now. Nothing was decided.",
        ),
        "approval_rejection_says_why" => (
            Code::StepRefused,
            "Say why, in a few words: the message is missing.",
        ),
        "item_ownership_is_of_a_creator" => (
            Code::OwnershipRefused,
            "Only a creator can own what is published; that account has not the role. Nothing was changed.",
        ),
        "item_ownership_is_of_its_owner"
        | "item_ownership_offer"
        | "item_ownership_offer_is_answered_once"
        | "item_ownership_one_offer_at_a_time"
        | "item_ownership_removes_a_co_owner"
        | "item_co_owner_pkey" => (
            Code::OwnershipChanged,
            "Its owners have changed in between. Look at them again; nothing was changed.",
        ),
        "channel_move_target_is_offered" | "channel_move_target" => (
            Code::StepRefused,
            "A channel is moved to a release of the same item that is published or deprecated.",
        ),
        _ => return None,
    };
    Some(Problem::new(code, detail))
}
