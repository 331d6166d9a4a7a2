//! Releases that wait for a reviewer's word.

use super::{CardFormat, Diff, Field, Lorebook, RestField, TokenTotals};

super::views! {
    /// One release that waits.
    pub struct Review {
        /// The release.
        pub release: String,
        /// Whose, by handle.
        pub creator: String,
        /// Its slug.
        pub slug: String,
        /// What its character is called.
        pub name: String,
        /// 1, 2, 3 … per character.
        pub number: u32,
        /// The hash a decision is bound to.
        pub manifest_sha256: String,
        /// When it was submitted, RFC 3339.
        pub submitted_at: String,
        /// What the creator says about it.
        pub notes: Option<String>,
        /// Where it goes when it is published.
        pub channel: Option<String>,
        /// The stages in order.
        pub stages: Vec<ReviewStage>,
        /// The stage that waits.
        pub next: u32,
        /// Why this account cannot decide it.
        pub why_not: Option<String>,
    }

    /// One stage.
    pub struct ReviewStage {
        /// Its place.
        pub stage: u32,
        /// What people call it.
        pub name: String,
        /// The role it asks for.
        pub role: String,
        /// Who said yes.
        pub approved_by: Option<String>,
    }

    /// A release that waits, whole: what would be published.
    pub struct Submission {
        /// How it waits.
        pub review: Review,
        /// `character`, `lorebook`, `pack`, `runtime`.
        pub kind: String,
        /// Its card's format; none where it is no character.
        pub format: Option<CardFormat>,
        /// Its portrait's hash.
        pub portrait: Option<String>,
        /// Its fields; of what is no character, the document as it stands.
        pub fields: Vec<Field>,
        /// Its lorebook.
        pub lorebook: Option<Lorebook>,
        /// Parts that have no field.
        pub rest: Vec<RestField>,
        /// Tokens of the whole.
        pub tokens: TokenTotals,
        /// What changes against the release it was made from.
        pub changes: Option<Diff>,
        /// Why there is nothing to compare it with.
        pub not_compared: Option<String>,
    }
}
