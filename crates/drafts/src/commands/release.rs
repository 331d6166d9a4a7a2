//! Releases: what is known of them, and what is asked for them.

use crate::{Studio, StudioError, view};

impl Studio {
    /// Releases and their audit trail, as they were last seen.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn timeline(&self, character: &str) -> Result<view::Timeline, StudioError> {
        todo!("{character}")
    }

    /// Asks the inventory now, for one character or all. What came is in the
    /// store when this returns.
    ///
    /// # Errors
    /// `offline`, `unauthorized`; `history_alarm` where the history does not
    /// continue what was seen before.
    pub async fn refresh(&self, character: Option<&str>) -> Result<(), StudioError> {
        todo!("{character:?}")
    }

    /// Compares two versions.
    ///
    /// # Errors
    /// `not_found`; `offline` for a release whose card was never fetched.
    pub async fn diff(
        &self,
        character: &str,
        a: view::VersionRef,
        b: view::VersionRef,
    ) -> Result<view::Diff, StudioError> {
        todo!("{character} {a:?} {b:?}")
    }

    /// A dry run of publishing the draft, with the inventory's own rules.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn publish_check(
        &self,
        character: &str,
        channel: &str,
    ) -> Result<view::PublishCheck, StudioError> {
        todo!("{character} {channel}")
    }

    /// Freezes the draft and puts it into the outbox, in one transaction.
    ///
    /// # Errors
    /// `not_publishable` with every failed rule, `unchanged`, `base_blocked`,
    /// `base_outdated`, `not_signed_in`, `channel_invalid`.
    pub async fn publish(
        &self,
        character: &str,
        channel: &str,
        notes: &str,
    ) -> Result<view::OutboxEntry, StudioError> {
        todo!("{character} {channel} {notes}")
    }

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
        todo!("{character} {release} {message} {successor:?}")
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
        todo!("{character} {release}")
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
        todo!("{character} {release}")
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
        todo!("{character} {release}")
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
        todo!("{character} {release} {code} {message} {successor:?} {repoint:?}")
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
        todo!("{character} {release} {channel} {reason}")
    }

    /// Recomputes every manifest hash, card hash and event link from what the
    /// inventory returns now, against what was seen before.
    ///
    /// # Errors
    /// `offline`, `unauthorized`, `not_found`. What does not fit is no error
    /// but a line of the report.
    pub async fn verify(&self, character: &str) -> Result<view::VerifyReport, StudioError> {
        todo!("{character}")
    }

    /// What an app gets when it asks for the character by channel.
    ///
    /// # Errors
    /// `offline`, `unauthorized`, `not_found`.
    pub async fn resolve(
        &self,
        character: &str,
        channel: &str,
    ) -> Result<view::Resolved, StudioError> {
        todo!("{character} {channel}")
    }
}
