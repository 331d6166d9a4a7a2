//! Requests that the inventory has to acknowledge.

use super::IpcError;

super::words! {
    /// What a request asks for.
    pub enum Operation {
        /// A release.
        Publish = "publish",
        /// A step to deprecated.
        Deprecate = "deprecate",
        /// A step back from it.
        Undeprecate = "undeprecate",
        /// A step to archived.
        Archive = "archive",
        /// A step back from it.
        Unarchive = "unarchive",
        /// A step to revoked.
        Revoke = "revoke",
        /// A step to withdrawn.
        Withdraw = "withdraw",
        /// A reviewer's yes.
        Approve = "approve",
        /// A reviewer's no.
        Reject = "reject",
        /// A channel's move.
        Promote = "promote",
        /// A change of the owners.
        Owners = "owners",
    }

    /// Where a request stands.
    pub enum OutboxState {
        /// Not sent, or not sent again, for reasons that pass by themselves.
        Waiting = "waiting",
        /// On the wire.
        Sending = "sending",
        /// To be sent again at a set time.
        Retrying = "retrying",
        /// Held until the person decides.
        NeedsYou = "needs_you",
        /// Acknowledged.
        Settled = "settled",
        /// The inventory said no, and the person has seen it.
        Refused = "refused",
        /// It did not and will not happen.
        Cancelled = "cancelled",
    }
}

super::views! {
    /// One request.
    pub struct OutboxEntry {
        /// Its idempotency key.
        pub key: String,
        /// Whose.
        pub character: String,
        /// That character's name when it was frozen.
        pub character_name: String,
        /// The release it is about.
        pub release: String,
        /// What it asks for.
        pub operation: Operation,
        /// In a few words.
        pub summary: String,
        /// What tells a publish from another one of the same character: the
        /// first line of its notes, or what it changes.
        pub about: Option<String>,
        /// Where it stands.
        pub state: OutboxState,
        /// The request it comes after.
        pub after_key: Option<String>,
        /// How often it was sent.
        pub attempts: u32,
        /// Whether any byte of it may have left this device.
        pub ever_sent: bool,
        /// When it was frozen, RFC 3339.
        pub created_at: String,
        /// When it is sent again, RFC 3339.
        pub next_attempt_at: Option<String>,
        /// When it came to its end, RFC 3339.
        pub settled_at: Option<String>,
        /// The last failure.
        pub last_error: Option<IpcError>,
        /// What it came to, in a sentence.
        pub outcome: Option<String>,
        /// The inventory's exact answer.
        pub answer: Option<String>,
        /// The inventory it is for.
        pub inventory: String,
        /// The account it is from.
        pub account: String,
        /// Whether the inventory is being asked to cancel it.
        pub cancelling: bool,
        /// Whether `outbox_cancel` can be asked for.
        pub can_cancel: bool,
        /// Whether `outbox_retry` can be asked for.
        pub can_retry: bool,
        /// The number of a release from elsewhere that its text does not have
        /// in it. Where it can be tried again, the draft, which has taken that
        /// release in, is published in its place.
        pub overtaken_by: Option<u32>,
    }
}
