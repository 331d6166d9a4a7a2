//! What went wrong, and what the person can do about it.

use std::{fmt, io, path::Path};

/// One failure, in words for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Fault {
    what: String,
    fix: Option<String>,
}

impl Fault {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        let what = what.into();
        Self { what, fix: None }
    }

    /// Adds what to do about it.
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.fix {
            Some(fix) => write!(f, "\n{fix}"),
            None => Ok(()),
        }
    }
}

/// Names the file or program an I/O error is about.
pub(crate) trait About<T> {
    /// `doing` completes “Could not …”, `to` is what it was done to.
    fn about(self, doing: &str, to: impl AsRef<Path>) -> Result<T, Fault>;
}

impl<T> About<T> for io::Result<T> {
    fn about(self, doing: &str, to: impl AsRef<Path>) -> Result<T, Fault> {
        self.map_err(|error| {
            Fault::new(format!(
                "Could not {doing} {}: {error}.",
                to.as_ref().display()
            ))
        })
    }
}
