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
    /// Releases that are stored, few and many.
    pub(crate) stored: (u32, u32),
    /// Turns of reading, how long each counts, and how many connections ask.
    pub(crate) read_turns: usize,
    pub(crate) read_counted: Duration,
    pub(crate) connections: u32,
    /// Turns of verifying.
    pub(crate) verify_turns: usize,
    /// How long a soak goes on, and how long it takes to find its rate.
    pub(crate) soak: Duration,
    pub(crate) soak_probe: Duration,
    /// Between two looks at the service's memory.
    pub(crate) soak_look: Duration,
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
        stored: (10_000, 1_000_000),
        read_turns: 3,
        read_counted: Duration::from_secs(4),
        connections: 32,
        verify_turns: 3,
        soak: Duration::from_secs(600),
        soak_probe: Duration::from_secs(10),
        soak_look: Duration::from_secs(5),
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
        stored: (512, 1024),
        read_turns: 1,
        read_counted: Duration::from_millis(500),
        connections: 4,
        verify_turns: 1,
        soak: Duration::from_secs(2),
        soak_probe: Duration::from_millis(500),
        soak_look: Duration::from_millis(100),
        compared: 60,
        saves: 5,
        cards: 5,
        import_turns: 1,
    };
}
