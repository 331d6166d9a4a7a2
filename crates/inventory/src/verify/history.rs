//! What the verified events of an item say, for the rows that repeat it.

use super::VerifyFault;
use dramatis_domain::{Digest, event::Event};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// One event, as far as rows repeat it.
pub(super) struct Said {
    pub(super) action: String,
    pub(super) subject: Option<Uuid>,
    pub(super) actor: Uuid,
    pub(super) time_us: i64,
    pub(super) reason: Option<Digest>,
    after: Option<String>,
}

impl Said {
    /// What it left, or null.
    pub(super) fn after(&self) -> Value {
        self.after
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Whether its reason is the text with this hash, or neither has one.
    pub(super) fn has_reason(&self, sha256: Option<&[u8]>) -> bool {
        self.reason.as_ref().map(|digest| digest.0.as_slice()) == sha256
    }

    /// Whether what it left has this member.
    pub(super) fn left(&self, member: &str) -> bool {
        self.after
            .as_deref()
            .is_some_and(|text| text.contains(&format!("\"{member}\":")))
    }
}

/// The events of one item.
#[derive(Default)]
pub(super) struct History {
    events: HashMap<Uuid, Said>,
    /// By release, the event that submitted it.
    submitted: HashMap<Uuid, Uuid>,
}

impl History {
    /// Takes up an event that is verified.
    pub(super) fn keep(&mut self, event: Event) {
        if event.action == "release.submitted"
            && let Some(release) = event.subject
        {
            self.submitted.insert(release, event.id.0);
        }
        let said = Said {
            action: event.action,
            subject: event.subject,
            actor: event.actor.0,
            time_us: event.time_us,
            reason: event.reason,
            after: event.after,
        };
        self.events.insert(event.id.0, said);
    }

    /// What the event with this id says.
    pub(super) fn event(&self, id: Uuid) -> Option<&Said> {
        self.events.get(&id)
    }

    /// What the event says that submitted this release.
    pub(super) fn submission(&self, release: Uuid) -> Option<&Said> {
        self.events.get(self.submitted.get(&release)?)
    }

    /// That as many rows are there as events of their kind.
    pub(super) fn tells_of(
        &self,
        rows: usize,
        what: &str,
        place: &str,
        is: impl Fn(&Said) -> bool,
    ) -> Result<(), VerifyFault> {
        let told = self.events.values().filter(|said| is(said)).count();
        if told == rows {
            return Ok(());
        }
        Err(VerifyFault::off(
            place,
            format!("the history tells of {told} {what}, {rows} are there"),
        ))
    }
}
