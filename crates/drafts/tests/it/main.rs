//! The studio's core over real stores in temporary folders. The network's
//! faults are played by an HTTP peer that gives canned answers; the real
//! inventory is met in the house's end-to-end tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
// What the killed process says, `crash` reads.
#![allow(clippy::print_stdout)]

mod bench;
mod cancels;
mod crash;
mod edits;
mod exports;
mod history;
mod imports;
mod many;
mod outbox;
mod peer;
mod publishing;
mod restoring;
mod reviewing;
mod shown;
mod stores;
mod strangers;
