//! Lifecycle steps and channel moves.

use super::release::channel_name;
use crate::{
    Studio, StudioError,
    freeze::{self, Ask, Scene, Wanted},
    table,
    view::{self, Operation},
};
use dramatis_domain::lifecycle::{ReasonCode, ReleaseState};

impl Studio {
    /// Asks to deprecate a release.
    ///
    /// # Errors
    /// `step_refused` with every reason, `not_found`, `not_signed_in`.
    pub async fn deprecate(
        &self,
        character: &str,
        release: &str,
        message: &str,
        successor: Option<&str>,
    ) -> Result<view::OutboxEntry, StudioError> {
        let wanted = Wanted::Step {
            operation: Operation::Deprecate,
            to: ReleaseState::Deprecated,
            code: None,
            message: Some(message.to_owned()),
            successor: successor.map(str::to_owned),
            repoint: Vec::new(),
        };
        self.ask_for(character, release, wanted).await
    }

    /// Asks to take a deprecation back.
    ///
    /// # Errors
    /// As [`deprecate`](Self::deprecate).
    pub async fn undeprecate(
        &self,
        character: &str,
        release: &str,
    ) -> Result<view::OutboxEntry, StudioError> {
        self.ask_for(
            character,
            release,
            plain(Operation::Undeprecate, ReleaseState::Published),
        )
        .await
    }

    /// Asks to take a submission back before it is decided.
    ///
    /// # Errors
    /// As [`deprecate`](Self::deprecate).
    pub async fn withdraw(
        &self,
        character: &str,
        release: &str,
    ) -> Result<view::OutboxEntry, StudioError> {
        self.ask_for(
            character,
            release,
            plain(Operation::Withdraw, ReleaseState::Withdrawn),
        )
        .await
    }

    /// Asks to archive a release.
    ///
    /// # Errors
    /// As [`deprecate`](Self::deprecate).
    pub async fn archive(
        &self,
        character: &str,
        release: &str,
    ) -> Result<view::OutboxEntry, StudioError> {
        self.ask_for(
            character,
            release,
            plain(Operation::Archive, ReleaseState::Archived),
        )
        .await
    }

    /// Asks to bring a release back from the archive.
    ///
    /// # Errors
    /// As [`deprecate`](Self::deprecate).
    pub async fn unarchive(
        &self,
        character: &str,
        release: &str,
    ) -> Result<view::OutboxEntry, StudioError> {
        self.ask_for(
            character,
            release,
            plain(Operation::Unarchive, ReleaseState::Published),
        )
        .await
    }

    /// Asks to revoke a release for good; `repoint` moves channels with it.
    ///
    /// # Errors
    /// As [`deprecate`](Self::deprecate).
    pub async fn revoke(
        &self,
        character: &str,
        release: &str,
        code: view::ReasonCode,
        message: &str,
        successor: Option<&str>,
        repoint: Vec<view::Repoint>,
    ) -> Result<view::OutboxEntry, StudioError> {
        let code: ReasonCode = code
            .as_str()
            .parse()
            .map_err(|_| StudioError::NotFound { what: "reason" })?;
        let mut moves = Vec::new();
        for one in repoint {
            moves.push((channel_name(&one.channel)?, one.release));
        }
        let wanted = Wanted::Step {
            operation: Operation::Revoke,
            to: ReleaseState::Revoked,
            code: Some(code),
            message: Some(message.to_owned()),
            successor: successor.map(str::to_owned),
            repoint: moves,
        };
        self.ask_for(character, release, wanted).await
    }

    /// Asks to point a channel at a release.
    ///
    /// # Errors
    /// `step_refused`, `channel_invalid`, `not_found`, `not_signed_in`.
    pub async fn promote(
        &self,
        character: &str,
        release: &str,
        channel: &str,
        reason: &str,
    ) -> Result<view::OutboxEntry, StudioError> {
        let message = (!reason.trim().is_empty()).then(|| reason.to_owned());
        let wanted = Wanted::Promote {
            channel: channel_name(channel)?,
            message,
        };
        self.ask_for(character, release, wanted).await
    }

    /// Freezes what is wanted of a release.
    async fn ask_for(
        &self,
        character: &str,
        release: &str,
        wanted: Wanted,
    ) -> Result<view::OutboxEntry, StudioError> {
        let entry = self.noted(self.freeze_step(character, release, wanted).await)?;
        self.inner.wake.notify_one();
        Ok(entry)
    }

    async fn freeze_step(
        &self,
        character: &str,
        release: &str,
        wanted: Wanted,
    ) -> Result<view::OutboxEntry, StudioError> {
        let mut write = self.store().begin().await?;
        let account = self.account(write.db()).await?;
        let scene = Scene::of(write.db(), account, self.now()).await?;
        let name = table::draft::get(write.db(), character).await?.name;
        let missing = StudioError::NotFound { what: "release" };
        let Some(item) = table::item::of(write.db(), character, &scene.account).await? else {
            return Err(missing);
        };
        let release = table::release::get(write.db(), &item.id, release)
            .await?
            .ok_or(missing)?;
        let ask = Ask {
            item: &item,
            character_name: &name,
            release: &release,
        };
        let entry = freeze::step(&mut write, &scene, &ask, wanted).await?;
        write.commit().await?;
        Ok(entry.view())
    }
}

fn plain(operation: Operation, to: ReleaseState) -> Wanted {
    Wanted::Step {
        operation,
        to,
        code: None,
        message: None,
        successor: None,
        repoint: Vec::new(),
    }
}
