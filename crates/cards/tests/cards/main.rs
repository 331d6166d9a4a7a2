//! The room from outside: small cards generated here cover every deviation and
//! every bad file that the design names; real ones are read where they are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod containers;
mod converting;
mod deviations;
mod editing;
mod make;
mod pictures;
mod properties;
mod real_cards;
mod repaired;
mod taking;
mod token_counts;
