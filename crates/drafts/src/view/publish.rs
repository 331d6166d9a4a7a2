//! The dry run before a publish.

use super::{ChangedField, IpcError};

super::views! {
    /// A rule that is not fulfilled.
    pub struct CheckItem {
        /// Stable.
        pub code: String,
        /// The field it is about.
        pub field: String,
        /// For people.
        pub message: String,
    }

    /// What publishing the draft now would mean.
    pub struct PublishCheck {
        /// The number it would get, as far as is known here.
        pub next_number: Option<u32>,
        /// The release that already says the same.
        pub unchanged_from: Option<u32>,
        /// Rules that are not fulfilled, all of them.
        pub failures: Vec<CheckItem>,
        /// What differs from what was last frozen.
        pub changes: Vec<ChangedField>,
        /// Channels to choose from.
        pub channels: Vec<String>,
        /// A state of affairs that forbids it.
        pub blocked: Option<IpcError>,
        /// Whether it would be sent at once.
        pub online: bool,
        /// The rule set used, `sha256:…`.
        pub rule_set: String,
        /// Whether the inventory has another rule set than this studio.
        pub rule_set_differs: bool,
    }
}
