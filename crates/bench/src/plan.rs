//! How much is measured.

use std::time::Duration;

/// Sizes of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Turns of each side; the median counts.
    pub(crate) turns: usize,
    /// How long a side publishes in one turn before it counts.
    pub(crate) warm: Duration,
    /// How long it then counts; whole seconds.
    pub(crate) counted: Duration,
    /// Publishes a second that are made before the clock runs; what is sent
    /// beyond them is made while it runs.
    pub(crate) ready: u32,
    /// Items, at least 64, and releases of each that are there before anything is measured.
    pub(crate) filled: (u32, u32),
    /// Publishes of each side that are compared row by row.
    pub(crate) compared: u32,
    /// Saves in one turn.
    pub(crate) saves: usize,
    /// Cards that are imported in one turn.
    pub(crate) cards: usize,
    /// Turns of importing.
    pub(crate) import_turns: usize,
}

impl Plan {
    /// What docs/benchmarks.md reports.
    pub(crate) const FULL: Self = Self {
        turns: 5,
        warm: Duration::from_secs(1),
        counted: Duration::from_secs(4),
        ready: 1000,
        filled: (1600, 5),
        compared: 100,
        saves: 400,
        cards: 1000,
        import_turns: 3,
    };

    /// A few seconds.
    pub(crate) const QUICK: Self = Self {
        turns: 1,
        warm: Duration::ZERO,
        counted: Duration::from_secs(1),
        ready: 200,
        filled: (64, 1),
        compared: 60,
        saves: 5,
        cards: 5,
        import_turns: 1,
    };
}
