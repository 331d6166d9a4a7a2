//! Releases and their audit trail, as they stand beside the text.

use super::{HistoryHealth, OutboxEntry};

super::words! {
    /// The state of a release that an inventory holds (product.md, Lifecycle).
    pub enum ReleaseState {
        /// Waits for approval.
        Submitted = "submitted",
        /// A reviewer said no.
        Rejected = "rejected",
        /// Taken back.
        Withdrawn = "withdrawn",
        /// Found by everybody.
        Published = "published",
        /// Found, with a message.
        Deprecated = "deprecated",
        /// Withheld by an operator.
        Quarantined = "quarantined",
        /// Gone for good.
        Revoked = "revoked",
        /// Fetched by hash only.
        Archived = "archived",
    }

    /// Why a release is revoked.
    pub enum ReasonCode {
        /// It is faulty.
        Error = "error",
        /// Somebody else's rights.
        Rights = "rights",
        /// It can hurt people.
        Safety = "safety",
        /// It can be misused against a system.
        Security = "security",
        /// A newer one takes its place.
        Superseded = "superseded",
        /// The message says it.
        Other = "other",
    }

    /// Whether a release was recomputed.
    pub enum VerificationState {
        /// It was, and fits.
        Verified = "verified",
        /// It was, and does not fit.
        Failed = "failed",
        /// It was not yet.
        Unchecked = "unchecked",
    }

    /// What can be done with a release.
    pub enum Action {
        /// Take it back from the reviewers.
        Withdraw = "withdraw",
        /// Say that another one is better.
        Deprecate = "deprecate",
        /// Take that back.
        Undeprecate = "undeprecate",
        /// Take it out of channels and search.
        Archive = "archive",
        /// Take that back.
        Unarchive = "unarchive",
        /// Take it away for good.
        Revoke = "revoke",
        /// Point a channel at it.
        Promote = "promote",
        /// Write it as a file.
        Export = "export",
        /// See it beside another.
        Compare = "compare",
    }
}

super::views! {
    /// A release, briefly.
    pub struct ReleaseRef {
        /// Its id.
        pub id: String,
        /// 1, 2, 3 … per character.
        pub number: u32,
        /// Its state.
        pub state: ReleaseState,
        /// Channels that point at it.
        pub channels: Vec<String>,
    }

    /// A channel that moves together with a revocation.
    pub struct Repoint {
        /// The channel.
        pub channel: String,
        /// Where it points then.
        pub release: String,
    }

    /// The history of a character.
    pub struct Timeline {
        /// Releases, newest first.
        pub releases: Vec<ReleaseNode>,
        /// Requests not yet acknowledged, in their order.
        pub waiting: Vec<OutboxEntry>,
        /// Channels.
        pub channels: Vec<ChannelRef>,
        /// Whether it continues what was seen before.
        pub verification: HistoryHealth,
        /// When the inventory was last asked with success, RFC 3339; none: never.
        pub fetched_at: Option<String>,
    }

    /// A channel, and where it points.
    pub struct ChannelRef {
        /// Its name.
        pub name: String,
        /// The release it points at.
        pub release: String,
        /// That release's number.
        pub number: u32,
    }

    /// A release with all that is shown of it.
    pub struct ReleaseNode {
        /// Its id.
        pub id: String,
        /// 1, 2, 3 … per character.
        pub number: u32,
        /// Its state.
        pub state: ReleaseState,
        /// Channels that point at it.
        pub channels: Vec<String>,
        /// Its notes.
        pub notes: Option<String>,
        /// `sha256:…` of its manifest.
        pub manifest_sha256: String,
        /// `sha256:…` of its card.
        pub card_sha256: String,
        /// When it came into the inventory, RFC 3339.
        pub published_at: String,
        /// Why it is deprecated, quarantined or revoked.
        pub notice: Option<Notice>,
        /// What happened to it, oldest first.
        pub events: Vec<EventLine>,
        /// What was recomputed of it.
        pub verification: Verification,
        /// What its state allows.
        pub actions: Vec<ActionState>,
    }

    /// Why a release is not what one would take.
    pub struct Notice {
        /// A revocation's reason.
        pub code: Option<ReasonCode>,
        /// In words.
        pub message: String,
        /// The number of the release to use instead.
        pub successor: Option<u32>,
    }

    /// One event of the audit trail.
    pub struct EventLine {
        /// Its id.
        pub id: String,
        /// Its place in the character's chain.
        pub seq: u32,
        /// When, RFC 3339.
        pub at: String,
        /// What was done, as the inventory writes it.
        pub action: String,
        /// Who; empty where the name was erased.
        pub actor: String,
        /// From which studio; empty where that is unknown or erased.
        pub device: String,
        /// Why, as a code.
        pub reason_code: Option<String>,
        /// Why, in words.
        pub reason: Option<String>,
        /// A further fact.
        pub detail: Option<String>,
        /// The state before, in a word or two.
        pub before: Option<String>,
        /// The state after, in a word or two.
        pub after: Option<String>,
        /// The request that caused it.
        pub request_id: String,
        /// `sha256:…` of its place in the chain.
        pub hash: String,
        /// That request's key.
        pub key: Option<String>,
    }

    /// What was recomputed of a release.
    pub struct Verification {
        /// In a word.
        pub state: VerificationState,
        /// When, RFC 3339.
        pub at: Option<String>,
        /// What, a sentence each.
        pub checked: Vec<String>,
    }

    /// Whether something can be done.
    pub struct ActionState {
        /// What.
        pub action: Action,
        /// Whether.
        pub allowed: bool,
        /// Why not.
        pub why_not: Option<String>,
    }
}
