//! A failure on its way to the window: `{code, message, hints}`.

use dramatis_drafts::{StudioError, view::IpcError};
use serde::Serialize;

/// What a command answers when it could not do what was asked.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(transparent)]
pub(crate) struct Refusal(pub(crate) IpcError);

impl Refusal {
    pub(crate) fn new(code: &str, message: &str, hints: &[&str]) -> Self {
        Self(IpcError::new(code, message, hints))
    }
}

impl From<StudioError> for Refusal {
    fn from(why: StudioError) -> Self {
        tracing::info!(code = why.code(), error = %why, "refused");
        Self(why.to_ipc())
    }
}

/// The window sends bytes as text; only a broken window sends anything else.
impl From<base64::DecodeError> for Refusal {
    fn from(why: base64::DecodeError) -> Self {
        tracing::error!(error = %why, "the window sent bytes that are no base64");
        Self::new(
            "bad_transfer",
            "The file did not arrive whole.",
            &["Nothing was changed.", "Choose the file again."],
        )
    }
}
