//! The house rules that a program can check: ARCHITECTURE.md's invariants
//! about what must not be there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod committed;
mod crates;
mod files;
mod guarantees;
mod pages;
mod readme;
mod words;
