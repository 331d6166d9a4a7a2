//! The one form of every failure at the edge.

super::views! {
    /// What went wrong, for programs and for people.
    pub struct IpcError {
        /// Stable; programs match on it.
        pub code: String,
        /// What happened, in a sentence.
        pub message: String,
        /// What is safe and what to do, a sentence each.
        pub hints: Vec<String>,
    }
}

impl IpcError {
    /// An error with hints.
    #[must_use]
    pub fn new(code: impl Into<String>, message: impl Into<String>, hints: &[&str]) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            hints: hints.iter().map(|&hint| hint.to_owned()).collect(),
        }
    }
}
