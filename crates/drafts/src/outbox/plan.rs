//! What is next: decided from the entries alone (house.md, principle 1).
//!
//! Entries of one item go one after the other, oldest first. One that needs the
//! person holds up only what cannot happen without it, so that a refused
//! publish never stands in the way of revoking another release.

use crate::{
    Micros,
    table::{account::Account, outbox::Entry},
    view::{IpcError, OutboxState},
};
use std::collections::HashSet;

/// The next thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Put the entry's files and then the entry itself on the wire.
    Send(String),
    /// Ask the inventory to cancel it.
    Cancel(String),
    /// Hold it until the person decides.
    Wedge(String, IpcError),
    /// Let it go on: what held it is over.
    Free(String),
}

/// The next step for this account at this time, and the time at which there is
/// something to do again. `open` are all open entries, oldest first.
pub(super) fn next(open: &[Entry], me: &Account, now: Micros) -> (Option<Step>, Option<Micros>) {
    let unsettled: HashSet<&str> = open.iter().map(|entry| entry.key.as_str()).collect();
    let mut busy: HashSet<&str> = HashSet::new();
    let mut due: Option<Micros> = None;
    for entry in open {
        let mismatch = stranger(entry, me);
        if entry.state() == OutboxState::NeedsYou {
            let waits_for_account = entry.answer_status.is_none()
                && entry.last_error().is_some_and(|error| {
                    matches!(error.code.as_str(), "other_inventory" | "other_account")
                });
            if waits_for_account && mismatch.is_none() {
                return (Some(Step::Free(entry.key.clone())), None);
            }
            continue;
        }
        if let Some(error) = mismatch {
            return (Some(Step::Wedge(entry.key.clone(), error)), None);
        }
        let held = entry.needs_parent == 1
            && entry
                .after_key
                .as_deref()
                .is_some_and(|parent| unsettled.contains(parent));
        if held {
            continue;
        }
        if !busy.insert(entry.item.as_str()) {
            continue;
        }
        if entry.next_attempt_at > now {
            due = Some(due.map_or(entry.next_attempt_at, |due| due.min(entry.next_attempt_at)));
            continue;
        }
        let step = if entry.cancelling == 1 {
            Step::Cancel(entry.key.clone())
        } else {
            Step::Send(entry.key.clone())
        };
        return (Some(step), None);
    }
    (None, due)
}

/// Why an entry is not sent to whom is there: it is sent only to the inventory
/// and as the account it was frozen for (inventory.md, Idempotency contract, 10).
pub(super) fn stranger(entry: &Entry, me: &Account) -> Option<IpcError> {
    if entry.inventory != me.inventory {
        let message = format!(
            "This was made for the inventory “{}”; the studio is connected to “{}”.",
            entry.inventory_name, me.inventory_name
        );
        return Some(IpcError::new(
            "other_inventory",
            message,
            &[
                "It was not sent there.",
                "It goes on by itself once you are back on its inventory, or cancel it.",
            ],
        ));
    }
    if entry.tenant != me.tenant || entry.account != me.id {
        let message = format!(
            "This was made as “{}”; “{}” is signed in.",
            entry.account_handle, me.handle
        );
        return Some(IpcError::new(
            "other_account",
            message,
            &[
                "It was not sent.",
                "It goes on by itself once that account is signed in again, or cancel it.",
            ],
        ));
    }
    (entry.epoch != me.epoch).then(|| restored(&entry.inventory_name))
}

/// The inventory was restored from a backup since the entry was frozen.
pub(super) fn restored(inventory: &str) -> IpcError {
    IpcError::new(
        "inventory_restored",
        format!("The inventory “{inventory}” was restored from a backup after this was made."),
        &[
            "Nothing is sent until you decide.",
            "Look at the history first; then try again, which sends the same request to the restored inventory, or cancel it.",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Account {
        Account {
            place: "p".into(),
            inventory: "i".into(),
            epoch: 1,
            inventory_name: "Team".into(),
            tenant: "t".into(),
            tenant_name: "T".into(),
            id: "a".into(),
            handle: "ana".into(),
            name: "Ana".into(),
            token_prefix: String::new(),
            rule_set: String::new(),
            signed_in: 1,
        }
    }

    fn entry(key: &str, item: &str, state: &str, due: Micros) -> Entry {
        Entry {
            seq: 0,
            key: key.into(),
            character: String::new(),
            item: item.into(),
            character_name: String::new(),
            operation: "publish".into(),
            summary: String::new(),
            release: String::new(),
            parent_release: None,
            parent_manifest: None,
            manifest_sha256: None,
            card: None,
            portrait: None,
            after_key: None,
            needs_parent: 0,
            path: String::new(),
            body: String::new(),
            inventory: "i".into(),
            epoch: 1,
            inventory_name: "Team".into(),
            tenant: "t".into(),
            account: "a".into(),
            account_handle: "ana".into(),
            state: state.into(),
            attempts: 0,
            ever_sent: 0,
            cancelling: 0,
            fence: None,
            created_at: 0,
            next_attempt_at: due,
            settled_at: None,
            error: None,
            outcome: None,
            answer_status: None,
            answer: None,
            replaced_by: None,
        }
    }

    fn send(key: &str) -> (Option<Step>, Option<Micros>) {
        (Some(Step::Send(key.into())), None)
    }

    #[test]
    fn one_item_goes_in_order_and_another_does_not_wait_for_it() {
        let open = [
            entry("1", "x", "retrying", 50),
            entry("2", "x", "waiting", 0),
            entry("3", "y", "waiting", 0),
        ];
        assert_eq!(next(&open, &me(), 10), send("3"));
        assert_eq!(next(&open[..2], &me(), 10), (None, Some(50)));
        assert_eq!(next(&open[..2], &me(), 50), send("1"));
    }

    #[test]
    fn what_needs_the_person_holds_up_only_what_needs_it() {
        let mut child = entry("2", "x", "waiting", 0);
        child.after_key = Some("1".into());
        child.needs_parent = 1;
        let mut revoke = entry("3", "x", "waiting", 0);
        revoke.after_key = Some("2".into());
        let open = [entry("1", "x", "needs_you", 0), child, revoke];
        assert_eq!(next(&open, &me(), 10), send("3"));
    }

    #[test]
    fn nothing_goes_to_a_stranger() {
        let open = [entry("1", "x", "waiting", 0)];
        for (change, code) in [
            (
                (|me: &mut Account| me.inventory = "j".into()) as fn(&mut Account),
                "other_inventory",
            ),
            (|me| me.id = "b".into(), "other_account"),
            (|me| me.tenant = "u".into(), "other_account"),
            (|me| me.epoch = 2, "inventory_restored"),
        ] {
            let mut stranger = me();
            change(&mut stranger);
            let (step, _) = next(&open, &stranger, 10);
            assert!(
                matches!(step, Some(Step::Wedge(key, error)) if key == "1" && error.code == code)
            );
        }
    }
}
