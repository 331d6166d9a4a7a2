//! What the window can ask for, a file a noun. Each parses, calls the studio
//! and lets `?` map the failure; whatever is more is in the studio.

pub(crate) mod character;
pub(crate) mod library;
pub(crate) mod outbox;
pub(crate) mod release;
pub(crate) mod review;
pub(crate) mod settings;

use base64::{Engine, prelude::BASE64_STANDARD};
use tauri::State;

use crate::{error::Refusal, state::Desk};

/// The state every command acts on.
type OurDesk<'a> = State<'a, Desk>;
/// What every command answers.
type Answer<T> = Result<T, Refusal>;

/// Bytes that the window sent.
fn bytes(base64: &str) -> Answer<Vec<u8>> {
    Ok(BASE64_STANDARD.decode(base64)?)
}
