//! What was recomputed, and what an app would get.

use super::{ReasonCode, ReleaseState};

super::views! {
    /// What verifying a character came to.
    pub struct VerifyReport {
        /// Whether every line is well.
        pub ok: bool,
        /// When, RFC 3339.
        pub at: String,
        /// Line by line.
        pub lines: Vec<VerifyLine>,
    }

    /// One thing that was recomputed.
    pub struct VerifyLine {
        /// Whether it is well.
        pub ok: bool,
        /// What.
        pub what: String,
        /// How.
        pub detail: String,
    }

    /// What an app gets when it asks for a channel.
    pub struct Resolved {
        /// Whether it gets a release.
        pub ok: bool,
        /// Which.
        pub number: Option<u32>,
        /// In which state.
        pub state: Option<ReleaseState>,
        /// What it is told, for people.
        pub message: String,
        /// Why it was revoked, as a code.
        pub reason_code: Option<ReasonCode>,
        /// Why it is deprecated, withheld or revoked, in the words given then.
        pub reason: Option<String>,
        /// The number of the release to use instead.
        pub successor: Option<u32>,
    }
}
