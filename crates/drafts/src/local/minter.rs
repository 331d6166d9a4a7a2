//! Tokens for this computer's inventory: on their own computer nobody has to be
//! asked for one.

use std::{path::PathBuf, process::Stdio};

use serde::Deserialize;
use tokio::process::Command;

use super::{LocalError, process::last_line};
use crate::Token;

/// Makes tokens for the account that this computer's inventory provisions.
#[derive(Clone, Debug)]
pub struct Minter {
    program: PathBuf,
    data: PathBuf,
}

#[derive(Deserialize)]
struct Minted {
    token: String,
}

impl Minter {
    pub(super) const fn new(program: PathBuf, data: PathBuf) -> Self {
        Self { program, data }
    }

    /// A new token; `label` says in the inventory's list whose it is, for
    /// example the device. It must be serving.
    ///
    /// # Errors
    /// When the inventory refuses or its program cannot be run.
    pub async fn mint_token(&self, label: &str) -> Result<Token, LocalError> {
        let output = Command::new(&self.program)
            .arg("local-token")
            .arg("--data")
            .arg(&self.data)
            .arg("--name")
            .arg(label)
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(|source| LocalError::Run {
                program: self.program.clone(),
                source,
            })?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            return Err(LocalError::Refused(last_line(&words)));
        }
        let minted: Minted = serde_json::from_slice(&output.stdout)
            .map_err(|why| LocalError::Unknown(why.to_string()))?;
        Ok(Token::new(minted.token))
    }
}
