//! Status line, settings, signing in.

use crate::{Connection, Studio, StudioError, view};

impl Studio {
    /// The status line.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn status(&self) -> Result<view::Status, StudioError> {
        todo!()
    }

    /// The settings.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn settings(&self) -> Result<view::Settings, StudioError> {
        todo!()
    }

    /// Names this installation; events from now on carry the name.
    ///
    /// # Errors
    /// `device_name_invalid`, and where the store cannot be written.
    pub async fn set_device_name(&self, name: &str) -> Result<view::Settings, StudioError> {
        todo!("{name}")
    }

    /// Chooses an inventory by its address; none: this computer's own. The
    /// connection itself is the shell's to make.
    ///
    /// # Errors
    /// `bad_url`, and where the store cannot be written.
    pub async fn use_inventory(&self, url: Option<&str>) -> Result<view::Settings, StudioError> {
        todo!("{url:?}")
    }

    /// Asks the inventory who the token belongs to, keeps the answer, and
    /// connects. The token itself is the caller's to keep.
    ///
    /// # Errors
    /// `unauthorized`, `offline`, and where the store cannot be written.
    pub async fn sign_in(&self, connection: Connection) -> Result<view::Settings, StudioError> {
        todo!("{connection:?}")
    }

    /// Forgets who is signed in. Drafts, history and the outbox stay.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn sign_out(&self) -> Result<view::Settings, StudioError> {
        todo!()
    }

    /// The address chosen with [`use_inventory`](Self::use_inventory).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn inventory_url(&self) -> Result<Option<String>, StudioError> {
        todo!()
    }
}
