//! Releases that wait for a reviewer's word.

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
}
