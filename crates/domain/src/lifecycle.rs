//! The lifecycle of a release: states, legal edges, roles and reasons
//! (product.md, Lifecycle of a release). The same edges stand in the table
//! `lifecycle_edge`; a test of the inventory asserts that they are equal.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The version of [`EDGES`]. An edge is retired by a new version, never deleted.
pub const LIFECYCLE_VERSION: i16 = 1;

/// A stored word that this version does not know; shown, never guessed at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{word}” is no {what} that this version knows")]
pub struct UnknownWord {
    /// What kind of word was expected.
    pub what: &'static str,
    /// The word found.
    pub word: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// All of them, in the order of the table in product.md.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it is stored and sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { what: $what, word: word.to_owned() }),
                }
            }
        }
    };
}

words! {
    /// A state of a release.
    ReleaseState, "state of a release" {
        /// Only on the device; the from-state of a first transition.
        Draft = "draft",
        /// Frozen and sent, not yet decided.
        Submitted = "submitted",
        /// Found by channel, search and hash.
        Published = "published",
        /// A reviewer said no.
        Rejected = "rejected",
        /// The creator took the submission back.
        Withdrawn = "withdrawn",
        /// Still found, with a message and perhaps a successor.
        Deprecated = "deprecated",
        /// Hidden by an operator; channels keep pointing.
        Quarantined = "quarantined",
        /// Gone, for good.
        Revoked = "revoked",
        /// Fetched by exact hash only.
        Archived = "archived",
    }
}

words! {
    /// Who may take an edge.
    Role, "role" {
        /// The account that owns the item.
        Creator = "creator",
        /// Decides submissions.
        Reviewer = "reviewer",
        /// Runs the inventory.
        Operator = "operator",
    }
}

words! {
    /// Why a release was revoked.
    ReasonCode, "reason" {
        /// The release is faulty.
        Error = "error",
        /// Somebody else's rights.
        Rights = "rights",
        /// It can hurt people.
        Safety = "safety",
        /// It can be misused against a system.
        Security = "security",
        /// A newer release takes its place.
        Superseded = "superseded",
        /// The message says it.
        Other = "other",
    }
}

/// What a transition has to bring besides its actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A message.
    Message,
    /// A reason code and a message.
    Reason,
}

impl Needs {
    /// The word as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Message => "message",
            Self::Reason => "reason",
        }
    }
}

/// One legal step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The state before.
    pub from: ReleaseState,
    /// The state after.
    pub to: ReleaseState,
    /// Who may take it.
    pub role: Role,
    /// What it has to bring.
    pub needs: Needs,
}

const fn edge(from: ReleaseState, to: ReleaseState, role: Role, needs: Needs) -> Edge {
    Edge {
        from,
        to,
        role,
        needs,
    }
}

use Needs::{Message, Nothing, Reason};
use ReleaseState::{
    Archived, Deprecated, Draft, Published, Quarantined, Rejected, Revoked, Submitted, Withdrawn,
};
use Role::{Creator, Operator, Reviewer};

/// Every legal step of [`LIFECYCLE_VERSION`].
///
/// Where a tenant asks for no approval the creator takes `submitted →
/// published`; where it does, the inventory additionally asks for the
/// approval, bound to the manifest.
pub const EDGES: &[Edge] = &[
    edge(Draft, Submitted, Creator, Nothing),
    edge(Submitted, Published, Creator, Nothing),
    edge(Submitted, Published, Reviewer, Nothing),
    edge(Submitted, Published, Operator, Nothing),
    edge(Submitted, Rejected, Reviewer, Message),
    edge(Submitted, Rejected, Operator, Message),
    edge(Submitted, Withdrawn, Creator, Nothing),
    edge(Published, Deprecated, Creator, Message),
    edge(Deprecated, Published, Creator, Nothing),
    edge(Published, Archived, Creator, Nothing),
    edge(Deprecated, Archived, Creator, Nothing),
    edge(Archived, Published, Creator, Nothing),
    edge(Published, Quarantined, Operator, Message),
    edge(Deprecated, Quarantined, Operator, Message),
    edge(Archived, Quarantined, Operator, Message),
    edge(Quarantined, Published, Operator, Message),
    edge(Quarantined, Deprecated, Operator, Message),
    edge(Quarantined, Archived, Operator, Message),
    edge(Published, Revoked, Creator, Reason),
    edge(Deprecated, Revoked, Creator, Reason),
    edge(Archived, Revoked, Creator, Reason),
    edge(Published, Revoked, Operator, Reason),
    edge(Deprecated, Revoked, Operator, Reason),
    edge(Archived, Revoked, Operator, Reason),
    edge(Quarantined, Revoked, Operator, Reason),
];

/// Everything that stands against a step; all of it, not the first (seed 004).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepRefusal {
    /// No edge leads there for anybody.
    #[error("a release that is {from} cannot become {to}")]
    NoEdge {
        /// The state it is in.
        from: ReleaseState,
        /// The state asked for.
        to: ReleaseState,
    },
    /// An edge leads there, but not for this role.
    #[error("only {} may take a release from {from} to {to}", list(allowed))]
    Role {
        /// The state it is in.
        from: ReleaseState,
        /// The state asked for.
        to: ReleaseState,
        /// Who may.
        allowed: Vec<Role>,
    },
    /// A message is missing.
    #[error("say why, in a few words: the message is missing")]
    MessageMissing,
    /// A reason code is missing.
    #[error("choose a reason: the reason code is missing")]
    ReasonMissing,
}

fn list(roles: &[Role]) -> String {
    let names: Vec<_> = roles.iter().map(|role| format!("the {role}")).collect();
    names.join(" or ")
}

/// Decides a step: the edge taken, or every reason against it.
///
/// # Errors
/// All refusals at once.
pub fn step(
    from: ReleaseState,
    to: ReleaseState,
    roles: &[Role],
    reason: Option<ReasonCode>,
    message: Option<&str>,
) -> Result<Edge, Vec<StepRefusal>> {
    let candidates: Vec<_> = EDGES
        .iter()
        .filter(|edge| edge.from == from && edge.to == to)
        .collect();
    let Some(first) = candidates.first() else {
        return Err(vec![StepRefusal::NoEdge { from, to }]);
    };
    let taken = candidates.iter().find(|edge| roles.contains(&edge.role));
    let mut refusals = Vec::new();
    if taken.is_none() {
        refusals.push(StepRefusal::Role {
            from,
            to,
            allowed: candidates.iter().map(|edge| edge.role).collect(),
        });
    }
    let needs = taken.unwrap_or(first).needs;
    if needs != Nothing && message.is_none_or(|text| text.trim().is_empty()) {
        refusals.push(StepRefusal::MessageMissing);
    }
    if needs == Reason && reason.is_none() {
        refusals.push(StepRefusal::ReasonMissing);
    }
    match taken {
        Some(edge) if refusals.is_empty() => Ok(**edge),
        _ => Err(refusals),
    }
}

impl ReleaseState {
    /// Whether a release in this state may stand as the base of a next one:
    /// the newest that is not rejected or withdrawn counts, and it has to be
    /// one that was published and is not hidden (inventory.md, Publish).
    #[must_use]
    pub const fn can_be_base(self) -> bool {
        matches!(self, Published | Deprecated | Archived | Revoked)
    }

    /// Found by channel and search.
    #[must_use]
    pub const fn is_offered(self) -> bool {
        matches!(self, Published | Deprecated)
    }

    /// Whether everybody could see it once, whatever came after.
    #[must_use]
    pub const fn was_published(self) -> bool {
        matches!(
            self,
            Published | Deprecated | Archived | Quarantined | Revoked
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn revoked_rejected_and_withdrawn_are_final() {
        for last in [Revoked, Rejected, Withdrawn] {
            assert!(EDGES.iter().all(|edge| edge.from != last));
        }
    }

    #[test]
    fn every_state_is_reached_and_every_word_reads_back() {
        for state in ReleaseState::ALL {
            assert_eq!(state.as_str().parse::<ReleaseState>().unwrap(), *state);
            assert!(
                *state == Draft || EDGES.iter().any(|edge| edge.to == *state),
                "{state} is never reached"
            );
        }
        assert_eq!("lost".parse::<ReleaseState>().unwrap_err().word, "lost");
    }

    #[test]
    fn all_refusals_come_at_once() {
        let refusals = step(Published, Quarantined, &[Creator], None, Some(" ")).unwrap_err();
        assert_eq!(refusals.len(), 2);
        let refusals = step(Published, Revoked, &[Creator], None, None).unwrap_err();
        assert_eq!(
            refusals,
            [StepRefusal::MessageMissing, StepRefusal::ReasonMissing]
        );
        assert_eq!(
            step(Draft, Revoked, &[Creator], None, None).unwrap_err(),
            [StepRefusal::NoEdge {
                from: Draft,
                to: Revoked
            }]
        );
    }
}
