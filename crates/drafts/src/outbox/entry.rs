//! An entry as a window shows it, and what can be done with it.

use super::{about, verdict::SUBMITTED_AS};
use crate::{
    StudioError,
    clock::shown,
    freeze,
    store::Db,
    table::{self, outbox::Entry},
    view::{Operation, OutboxEntry, OutboxState},
};

/// Refusals after which the same content may be frozen anew: what stood
/// against it lies outside of the card.
const WORTH_FREEZING_AGAIN: &[&str] = &[
    "slug_taken",
    "slug_changed",
    "base_blocked",
    "base_outdated",
    "idempotency_key_reused",
    "not_found",
];

impl Entry {
    pub(crate) fn state(&self) -> OutboxState {
        // The table's CHECK allows no other word; one from a newer version
        // needs somebody to look at it.
        self.state.parse().unwrap_or(OutboxState::NeedsYou)
    }

    pub(crate) fn set_state(&mut self, state: OutboxState) {
        self.state = state.as_str().to_owned();
    }

    pub(crate) fn operation(&self) -> Operation {
        self.operation.parse().unwrap_or(Operation::Publish)
    }

    pub(crate) fn is_publish(&self) -> bool {
        self.operation() == Operation::Publish
    }

    /// Whether the inventory has said no to it.
    pub(crate) fn is_refused(&self) -> bool {
        self.state() == OutboxState::NeedsYou && self.answer_status.is_some()
    }

    /// The request before it came to nothing.
    pub(crate) fn lost_its_parent(&self) -> bool {
        self.last_error()
            .is_some_and(|error| error.code.starts_with("parent_"))
    }

    pub(crate) fn can_cancel(&self) -> bool {
        let open = matches!(
            self.state(),
            OutboxState::Waiting
                | OutboxState::Sending
                | OutboxState::Retrying
                | OutboxState::NeedsYou
        );
        open && self.cancelling == 0
    }

    pub(crate) fn can_retry(&self) -> bool {
        if self.state() != OutboxState::NeedsYou || self.cancelling == 1 {
            return false;
        }
        if self.lost_its_parent() {
            return self.is_publish();
        }
        if self.is_refused() {
            let code = self
                .last_error()
                .map(|error| error.code)
                .unwrap_or_default();
            return self.is_publish() && WORTH_FREEZING_AGAIN.contains(&code.as_str());
        }
        true
    }

    /// How it stands, with what it is about and what has overtaken it, which is
    /// looked for only where it could be frozen again.
    pub(crate) async fn view_in(&self, db: &mut Db) -> Result<OutboxEntry, StudioError> {
        let mut view = self.view();
        view.about = about::of(db, self).await?;
        if let Some(outcome) = self.submission(db).await? {
            view.outcome = Some(outcome);
        }
        if !(self.is_publish() && view.can_retry && self.is_frozen_again()) {
            return Ok(view);
        }
        if let Some(newer) = freeze::overtaken_by(db, self).await? {
            view.overtaken_by = u32::try_from(newer.number).ok();
            // Its text goes on as the draft, once that has taken the release in.
            let item = table::item::get(db, &self.item).await?;
            let behind = match item {
                Some(item) => freeze::newer(db, &item).await?.is_some(),
                None => false,
            };
            view.can_retry = !behind;
        }
        Ok(view)
    }

    /// What became of a release that was submitted, as last seen; none for
    /// other requests.
    async fn submission(&self, db: &mut Db) -> Result<Option<String>, StudioError> {
        let outcome = self.outcome.as_deref().unwrap_or_default();
        let Some(number) = outcome.strip_prefix(SUBMITTED_AS) else {
            return Ok(None);
        };
        // Outcomes of earlier versions say more than the number.
        let number: String = number.chars().take_while(char::is_ascii_digit).collect();
        let seen = table::release::get(db, &self.item, &self.release).await?;
        let now = match seen.as_ref().map(|release| release.state.as_str()) {
            None => String::new(),
            Some("submitted") => " It waits for approval.".to_owned(),
            Some(state) => format!(" It is {state} now."),
        };
        Ok(Some(format!("{SUBMITTED_AS}{number}.{now}")))
    }

    /// Whether trying again makes another request of it.
    pub(crate) fn is_frozen_again(&self) -> bool {
        self.is_refused() || self.lost_its_parent()
    }

    pub(crate) fn view(&self) -> OutboxEntry {
        let retrying = self.state() == OutboxState::Retrying;
        OutboxEntry {
            key: self.key.clone(),
            character: self.character.clone(),
            character_name: self.character_name.clone(),
            release: self.release.clone(),
            operation: self.operation(),
            summary: self.summary.clone(),
            about: None,
            state: self.state(),
            after_key: self.after_key.clone(),
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            ever_sent: self.ever_sent == 1,
            created_at: shown(self.created_at),
            next_attempt_at: retrying.then(|| shown(self.next_attempt_at)),
            settled_at: self.settled_at.map(shown),
            last_error: self.last_error(),
            outcome: self.outcome.clone(),
            answer: self.answer.clone(),
            inventory: self.inventory_name.clone(),
            account: self.account_handle.clone(),
            cancelling: self.cancelling == 1,
            can_cancel: self.can_cancel(),
            can_retry: self.can_retry(),
            overtaken_by: None,
        }
    }
}
