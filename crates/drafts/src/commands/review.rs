//! Deciding on what others submitted, through the same outbox as everything else.

use crate::{
    Studio, StudioError,
    freeze::{self, Foreign, Scene},
    outbox, view,
};
use dramatis_api::review::{Decision, Review};

impl Studio {
    /// What waits for approval, as the inventory says now: longest first.
    ///
    /// # Errors
    /// `offline`, `unauthorized`, `not_signed_in`.
    pub async fn reviews(&self) -> Result<Vec<view::Review>, StudioError> {
        Ok(self.waiting().await?.iter().map(shown).collect())
    }

    /// Says yes to the stage that waits: of exactly the bytes that wait now.
    ///
    /// # Errors
    /// `not_found` where nothing by that name waits; `offline`, `not_signed_in`.
    pub async fn approve(&self, release: &str) -> Result<view::OutboxEntry, StudioError> {
        self.decide(release, Decision::Approved, None).await
    }

    /// Says no, with the reason.
    ///
    /// # Errors
    /// As [`approve`](Self::approve); `step_refused` without a message.
    pub async fn reject(
        &self,
        release: &str,
        message: &str,
    ) -> Result<view::OutboxEntry, StudioError> {
        self.decide(release, Decision::Rejected, Some(message))
            .await
    }

    async fn decide(
        &self,
        release: &str,
        decision: Decision,
        message: Option<&str>,
    ) -> Result<view::OutboxEntry, StudioError> {
        let waiting = self.waiting().await?;
        let review =
            waiting
                .iter()
                .find(|one| is_named(one, release))
                .ok_or(StudioError::NotFound {
                    what: "release that waits",
                })?;
        let mut write = self.store().begin().await?;
        let account = self.account(write.db()).await?;
        let scene = Scene::of(write.db(), account, self.now()).await?;
        let wanted = Foreign {
            review,
            decision,
            message,
        };
        let entry = freeze::decision(&mut write, &scene, &wanted).await?;
        write.commit().await?;
        self.inner.wake.notify_one();
        Ok(entry.view())
    }

    async fn waiting(&self) -> Result<Vec<Review>, StudioError> {
        let (reach, _) = self.sure(outbox::confirm_anew(self).await?)?;
        Ok(reach.remote.reviews().await?.reviews)
    }
}

/// `creator/slug@2`, a release's id, or the hash of its manifest.
fn is_named(review: &Review, word: &str) -> bool {
    let release = &review.release;
    let name = format!("{}/{}@{}", review.creator, review.slug, release.number);
    word == name || word == release.id.to_string() || word == release.manifest_sha256
}

fn shown(review: &Review) -> view::Review {
    let count = |number: i16| u32::try_from(number).unwrap_or_default();
    view::Review {
        release: review.release.id.to_string(),
        creator: review.creator.clone(),
        slug: review.slug.clone(),
        name: review.name.clone(),
        number: u32::try_from(review.release.number).unwrap_or_default(),
        manifest_sha256: review.release.manifest_sha256.clone(),
        notes: review.release.notes.as_ref().map(|text| text.value.clone()),
        channel: review.channel.clone(),
        next: count(review.next),
        why_not: review.why_not.clone(),
        stages: review
            .stages
            .iter()
            .map(|stage| view::ReviewStage {
                stage: count(stage.stage),
                name: stage.name.clone(),
                role: stage.role.clone(),
                approved_by: stage.approved_by.clone(),
            })
            .collect(),
    }
}
