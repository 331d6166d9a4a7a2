//! What a random round is made of. Picks are indices taken modulo what is
//! there, so that a sequence stays meaningful when it is made shorter.

use dramatis_inventory::testing::Side;
use proptest::prelude::*;

/// A tenant's life.
#[derive(Clone, Debug)]
pub struct Round {
    /// How many stages of approval its tenant asks for.
    pub stages: usize,
    pub ops: Vec<Op>,
}

/// Somebody does something, and something may go wrong meanwhile.
#[derive(Clone, Debug)]
pub struct Op {
    /// One of [`crate::reference::PEOPLE`].
    pub who: usize,
    pub act: Act,
    pub how: How,
}

#[derive(Clone, Debug)]
pub enum Act {
    Publish {
        /// None: a new item.
        item: Option<usize>,
        base: Base,
        word: u8,
        channel: Option<&'static str>,
        /// Another item's slug, or one that the item does not have.
        other_slug: bool,
    },
    Step {
        release: usize,
        to: &'static str,
        /// Says another state than it is in.
        stale: bool,
        message: bool,
        reason: bool,
        successor: Option<usize>,
        back: Option<usize>,
    },
    Promote {
        release: usize,
        channel: &'static str,
    },
    Decide {
        release: usize,
        yes: bool,
        /// Another stage than the one that waits.
        other_stage: bool,
        other_bytes: bool,
        message: bool,
    },
    /// Cancels a key that nothing was sent with, then sends something with it.
    CancelFirst { release: usize },
    /// Cancels a key that something was sent with.
    CancelLate { earlier: usize },
    /// Sends what was sent before, or something else with its key.
    Again { earlier: usize, other: bool },
    /// The token is revoked and refused; a new one takes its place.
    NewToken,
    Read {
        release: usize,
        channel: &'static str,
    },
}

#[derive(Clone, Copy, Debug)]
pub enum Base {
    Newest,
    None,
    Some(usize),
}

#[derive(Clone, Debug)]
pub enum How {
    Once,
    /// Twice at the same time, to two service processes.
    Twice,
    Crash {
        victim: Victim,
        at: u32,
        side: Side,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    Service,
    Connection,
    Postgres,
}

/// Rounds.
pub fn round() -> impl Strategy<Value = Round> {
    let stages = prop_oneof![3 => Just(0), 2 => Just(1), 2 => Just(2)];
    (stages, prop::collection::vec(op(), 8..20)).prop_map(|(stages, ops)| Round { stages, ops })
}

fn op() -> impl Strategy<Value = Op> {
    let mostly_ana = prop_oneof![6 => Just(0_usize), 1 => Just(1), 1 => Just(2), 2 => Just(3)];
    let mostly_reviewers = prop_oneof![1 => Just(0_usize), 4 => Just(2), 4 => Just(3)];
    let what = prop_oneof![
        8 => (mostly_ana.clone(), publish()),
        6 => (mostly_ana.clone(), step()),
        2 => (mostly_ana.clone(), promote()),
        6 => (mostly_reviewers, decide()),
        1 => (mostly_ana.clone(), any::<usize>().prop_map(|release| Act::CancelFirst { release })),
        1 => (mostly_ana.clone(), any::<usize>().prop_map(|earlier| Act::CancelLate { earlier })),
        3 => (mostly_ana.clone(), (any::<usize>(), prop::bool::weighted(0.3))
            .prop_map(|(earlier, other)| Act::Again { earlier, other })),
        1 => (mostly_ana.clone(), Just(Act::NewToken)),
        2 => (0..4_usize, (any::<usize>(), channel()).prop_map(|(release, channel)| Act::Read { release, channel })),
    ];
    (what, how()).prop_map(|((who, act), how)| Op { who, act, how })
}

fn channel() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just("stable"), 1 => Just("beta")]
}

fn publish() -> impl Strategy<Value = Act> {
    let base = prop_oneof![
        6 => Just(Base::Newest),
        1 => Just(Base::None),
        1 => any::<usize>().prop_map(Base::Some),
    ];
    (
        prop::option::weighted(0.75, any::<usize>()),
        base,
        0..3_u8,
        prop::option::weighted(0.8, channel()),
        prop::bool::weighted(0.08),
    )
        .prop_map(|(item, base, word, channel, other_slug)| Act::Publish {
            item,
            base,
            word,
            channel,
            other_slug,
        })
}

fn step() -> impl Strategy<Value = Act> {
    let to = prop_oneof![
        3 => Just("deprecated"),
        3 => Just("published"),
        3 => Just("archived"),
        2 => Just("quarantined"),
        2 => Just("revoked"),
        2 => Just("withdrawn"),
        1 => Just("rejected"),
        1 => Just("submitted"),
    ];
    (
        any::<usize>(),
        to,
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.85),
        prop::bool::weighted(0.85),
        prop::option::weighted(0.2, any::<usize>()),
        prop::option::weighted(0.2, any::<usize>()),
    )
        .prop_map(
            |(release, to, stale, message, reason, successor, back)| Act::Step {
                release,
                to,
                stale,
                message,
                reason,
                successor,
                back,
            },
        )
}

fn promote() -> impl Strategy<Value = Act> {
    (any::<usize>(), channel()).prop_map(|(release, channel)| Act::Promote { release, channel })
}

fn decide() -> impl Strategy<Value = Act> {
    (
        any::<usize>(),
        prop::bool::weighted(0.75),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.8),
    )
        .prop_map(
            |(release, yes, other_stage, other_bytes, message)| Act::Decide {
                release,
                yes,
                other_stage,
                other_bytes,
                message,
            },
        )
}

fn how() -> impl Strategy<Value = How> {
    let victim = prop_oneof![
        6 => Just(Victim::Connection),
        4 => Just(Victim::Service),
        1 => Just(Victim::Postgres),
    ];
    let side = prop_oneof![Just(Side::Before), Just(Side::After)];
    let crash =
        (victim, 1..14_u32, side).prop_map(|(victim, at, side)| How::Crash { victim, at, side });
    prop_oneof![5 => Just(How::Once), 2 => Just(How::Twice), 5 => crash]
}
