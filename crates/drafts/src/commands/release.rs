//! Releases: what is known of them.

use crate::{
    Studio, StudioError,
    link::Reach,
    outbox, show, sync,
    table::{self, item::Item},
    version, view,
};
use dramatis_api::Code;
use dramatis_cards::CardDocument;
use dramatis_domain::names::ChannelName;

impl Studio {
    /// Releases and their audit trail, as they were last seen.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn timeline(&self, character: &str) -> Result<view::Timeline, StudioError> {
        let mut db = self.store().snapshot().await?;
        table::draft::get(&mut db, character).await?;
        let account = self.account(&mut db).await?;
        show::timeline(&mut db, character, account.as_ref()).await
    }

    /// Asks the inventory now, for one character or all. What came is in the
    /// store when this returns.
    ///
    /// # Errors
    /// `offline`, `unauthorized`; `history_alarm` where a history does not
    /// continue what was seen before, after the others were fetched;
    /// `handed_over` where the one that was asked for is another's now.
    pub async fn refresh(&self, character: Option<&str>) -> Result<(), StudioError> {
        let (reach, me) = self.sure(outbox::confirm_anew(self).await?)?;
        let items = {
            let mut db = self.store().reader().await?;
            match character {
                Some(character) => table::item::of(&mut db, character, &me)
                    .await?
                    .into_iter()
                    .collect(),
                None => table::item::list(&mut db, &me).await?,
            }
        };
        let mut alarm = Ok(());
        for item in items {
            match sync::refresh_item(self, &reach, &item.id).await {
                Err(error @ StudioError::HistoryAlarm { .. }) => alarm = Err(error),
                // One that is another's now keeps nobody from the others.
                Err(error) if error.code() == Code::HandedOver.as_str() => {
                    if character.is_some() {
                        alarm = Err(error);
                    }
                }
                other => self.noted(other)?,
            }
        }
        alarm
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
        let a = version::load(self, character, &a).await?;
        let b = version::load(self, character, &b).await?;
        let compared = tokio::task::spawn_blocking(move || {
            let before = CardDocument::parse(a.card.clone())?;
            let after = CardDocument::parse(b.card.clone())?;
            Ok::<_, StudioError>(show::compare(&a, &b, &before, &after))
        });
        compared.await?
    }

    /// Recomputes every manifest hash, card hash and event link from what the
    /// inventory returns now, against what was seen before.
    ///
    /// # Errors
    /// `offline`, `unauthorized`, `not_found`. What does not fit is no error
    /// but a line of the report.
    pub async fn verify(&self, character: &str) -> Result<view::VerifyReport, StudioError> {
        let (reach, item) = self.known_there(character).await?;
        let report = self.noted(sync::verify(self, &reach, &item).await)?;
        if report.ok {
            sync::refresh_item(self, &reach, &item.id).await?;
        }
        Ok(report)
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
        let channel = channel_name(channel)?;
        let (reach, item) = self.known_there(character).await?;
        let slug = item.slug.ok_or(StudioError::NotFound { what: "release" })?;
        match reach
            .remote
            .resolve(&item.creator, &slug, channel.as_str())
            .await
        {
            Ok(resolved) => {
                let number = u32::try_from(resolved.release.number).unwrap_or(u32::MAX);
                let notice = resolved.release.notice.as_ref();
                let message = match notice.and_then(|notice| notice.message.as_deref()) {
                    Some(text) => format!("Apps get release {number} with the message “{text}”."),
                    None => format!("Apps get release {number}."),
                };
                Ok(view::Resolved {
                    ok: true,
                    number: Some(number),
                    state: resolved.release.state.parse().ok(),
                    message,
                    reason_code: reason_code(notice),
                    reason: reason(notice),
                    successor: successor(notice),
                })
            }
            Err(StudioError::Inventory(problem)) if problem.status != 401 => {
                let pointed = self.pointed_at(&item.id, channel.as_str()).await?;
                Ok(view::Resolved {
                    ok: false,
                    number: pointed.as_ref().map(|(number, _)| *number),
                    state: pointed
                        .map(|(_, state)| state)
                        .filter(|_| problem.code != "not_found"),
                    reason_code: reason_code(problem.notice.as_ref()),
                    reason: reason(problem.notice.as_ref()),
                    successor: successor(problem.notice.as_ref()),
                    message: with_reason(&problem),
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Where a channel pointed when it was last seen.
    async fn pointed_at(
        &self,
        item: &str,
        channel: &str,
    ) -> Result<Option<(u32, view::ReleaseState)>, StudioError> {
        let mut db = self.store().reader().await?;
        let channels = table::release::channels(&mut db, item).await?;
        let Some(channel) = channels.iter().find(|one| one.name == channel) else {
            return Ok(None);
        };
        let release = table::release::get(&mut db, item, &channel.release).await?;
        Ok(release.and_then(|release| {
            Some((
                u32::try_from(release.number).ok()?,
                release.state.parse().ok()?,
            ))
        }))
    }

    /// The inventory and the account, made sure of.
    async fn confirmed(&self) -> Result<(Reach, table::account::Account), StudioError> {
        self.sure(outbox::confirm(self).await?)
    }

    pub(super) fn sure(
        &self,
        confirmed: Option<(Reach, table::account::Account)>,
    ) -> Result<(Reach, table::account::Account), StudioError> {
        match confirmed {
            Some(confirmed) => Ok(confirmed),
            // Says why: offline, or signed out.
            None => Err(match self.reach_now() {
                Err(error) => error,
                Ok(_) => self.inner.link.unanswered(),
            }),
        }
    }

    /// A character that the inventory knows.
    async fn known_there(&self, character: &str) -> Result<(Reach, Item), StudioError> {
        let (reach, me) = self.confirmed().await?;
        let mut db = self.store().reader().await?;
        let item = table::item::of(&mut db, character, &me).await?;
        Ok((
            reach,
            item.ok_or(StudioError::NotFound { what: "release" })?,
        ))
    }
}

pub(crate) fn channel_name(channel: &str) -> Result<ChannelName, StudioError> {
    channel.parse().map_err(|fault| StudioError::Name {
        what: "channel",
        name: channel.to_owned(),
        fault,
    })
}

fn successor(notice: Option<&dramatis_api::item::Notice>) -> Option<u32> {
    notice?
        .successor
        .as_ref()
        .and_then(|release| u32::try_from(release.number).ok())
}

fn reason_code(notice: Option<&dramatis_api::item::Notice>) -> Option<view::ReasonCode> {
    notice?.code.as_deref()?.parse().ok()
}

fn reason(notice: Option<&dramatis_api::item::Notice>) -> Option<String> {
    notice?.message.clone()
}

/// What apps are told, and why, where the inventory says so.
fn with_reason(problem: &dramatis_api::Problem) -> String {
    let reason = problem
        .notice
        .as_ref()
        .and_then(|notice| notice.message.as_deref());
    match reason {
        Some(reason) if !problem.detail.contains(reason) => {
            format!("{} The reason given: “{reason}”", problem.detail)
        }
        _ => problem.detail.clone(),
    }
}
