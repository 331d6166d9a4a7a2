//! How the program ends. Scripts rely on these numbers; README.md lists them.

use dramatis_cards::CardError;
use dramatis_drafts::view::IpcError;
use serde::Serialize;
use std::process::ExitCode;

/// Every exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and where it concerns the inventory: confirmed by it.
    Done = 0,
    /// Not done; the message says why. Nothing was lost. (2 is clap's: a
    /// command line that cannot be read.)
    Failed = 1,
    /// Safely in the outbox, not yet answered: the inventory cannot be reached.
    Waiting = 3,
    /// In need of a decision: a request in the outbox, or a field that both
    /// sides changed.
    NeedsYou = 4,
    /// `verify` found something that does not fit.
    NotVerified = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command was not carried out.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) hints: Vec<String>,
}

impl Failure {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            hints: Vec::new(),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<IpcError> for Failure {
    fn from(error: IpcError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            hints: error.hints,
        }
    }
}

impl From<dramatis_drafts::StudioError> for Failure {
    fn from(error: dramatis_drafts::StudioError) -> Self {
        error.to_ipc().into()
    }
}

impl From<CardError> for Failure {
    fn from(error: CardError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.to_string(),
            hints: error.hints(),
        }
    }
}
