//! Deciding on what others submitted, through the same outbox as everything else.

use crate::{
    Studio, StudioError,
    freeze::{self, Foreign, Scene},
    link::Reach,
    outbox, show,
    sync::{self, Checked},
    version::Version,
    view,
};
use dramatis_api::review::{Decision, Review};
use dramatis_domain::{Digest, address::Address};

impl Studio {
    /// What waits for approval, as the inventory says now: longest first.
    ///
    /// # Errors
    /// `offline`, `unauthorized`, `not_signed_in`.
    pub async fn reviews(&self) -> Result<Vec<view::Review>, StudioError> {
        let (_, waiting) = self.waiting().await?;
        Ok(waiting.iter().map(shown).collect())
    }

    /// What waits under that name, whole, and what it changes.
    ///
    /// # Errors
    /// `not_found` where nothing by that name waits; `bad_answer` where manifest,
    /// card or picture do not have the hashes they are named by; `offline`,
    /// `not_signed_in`.
    pub async fn review(&self, release: &str) -> Result<view::Submission, StudioError> {
        let (reach, waiting) = self.waiting().await?;
        let review = named(&waiting, release)?;
        let after = sync::version(self, &review.release).await?;
        let (before, not_compared) = match base(self, &reach, &after).await? {
            Base::There(before) => (Some(before), None),
            Base::Not(why) => (None, Some(why)),
        };
        let review = shown(review);
        let whole = move || show::submission(review, &after, before.as_ref().ok_or(not_compared));
        tokio::task::spawn_blocking(whole).await?
    }

    /// Says yes to the stage that waits, of exactly the bytes that wait now;
    /// `stage` is the one that was looked at.
    ///
    /// # Errors
    /// `not_found` where nothing by that name waits; `state_changed` where
    /// another stage does; `offline`, `not_signed_in`.
    pub async fn approve(
        &self,
        release: &str,
        stage: Option<u32>,
    ) -> Result<view::OutboxEntry, StudioError> {
        self.decide(release, stage, Decision::Approved, None).await
    }

    /// Says no, with the reason.
    ///
    /// # Errors
    /// As [`approve`](Self::approve); `step_refused` without a message.
    pub async fn reject(
        &self,
        release: &str,
        message: &str,
        stage: Option<u32>,
    ) -> Result<view::OutboxEntry, StudioError> {
        self.decide(release, stage, Decision::Rejected, Some(message))
            .await
    }

    async fn decide(
        &self,
        release: &str,
        stage: Option<u32>,
        decision: Decision,
        message: Option<&str>,
    ) -> Result<view::OutboxEntry, StudioError> {
        let (_, waiting) = self.waiting().await?;
        let review = named(&waiting, release)?;
        let waits = count(review.next);
        if let Some(seen) = stage.filter(|&seen| seen != waits) {
            return Err(StudioError::StageDecided { seen, waits });
        }
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

    async fn waiting(&self) -> Result<(Reach, Vec<Review>), StudioError> {
        let (reach, _) = self.sure(outbox::confirm_anew(self).await?)?;
        let waiting = reach.remote.reviews().await?;
        Ok((reach, waiting))
    }
}

/// The release that a submission was made from.
enum Base {
    There(Version),
    /// Why there is none to compare with, as a sentence.
    Not(String),
}

async fn base(studio: &Studio, reach: &Reach, after: &Checked) -> Result<Base, StudioError> {
    let Some(parent) = after.manifest.parent else {
        return Ok(Base::Not("It is the first release.".to_owned()));
    };
    let address = Address::Manifest(parent);
    let release = match reach.remote.at(&address).await {
        Ok(release) => release,
        // Withheld, gone or not for this account: the submission itself is still read.
        Err(StudioError::Inventory(problem)) if problem.status != 401 => {
            return Ok(Base::Not(format!(
                "The release it was made from cannot be read: {}",
                problem.detail
            )));
        }
        Err(error) => return Err(error),
    };
    let before = sync::version(studio, &release).await?;
    if Digest::of(release.manifest.as_bytes()) != parent {
        return Err(StudioError::Answer {
            detail: "the release it was made from is not the one its manifest names".to_owned(),
        });
    }
    Ok(Base::There(before.version))
}

fn named<'a>(waiting: &'a [Review], word: &str) -> Result<&'a Review, StudioError> {
    waiting
        .iter()
        .find(|one| is_named(one, word))
        .ok_or(StudioError::NotFound {
            what: "release that waits",
        })
}

/// `creator/slug#2`, a release's id, or the hash of its manifest.
fn is_named(review: &Review, word: &str) -> bool {
    let release = &review.release;
    let name = format!("{}/{}#{}", review.creator, review.slug, release.number);
    word == name || word == release.id.to_string() || word == release.manifest_sha256
}

fn count(number: i16) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

fn shown(review: &Review) -> view::Review {
    view::Review {
        release: review.release.id.to_string(),
        creator: review.creator.clone(),
        slug: review.slug.clone(),
        name: review.name.clone(),
        number: u32::try_from(review.release.number).unwrap_or_default(),
        manifest_sha256: review.release.manifest_sha256.clone(),
        submitted_at: review.release.created_at.clone(),
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
