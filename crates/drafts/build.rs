//! Cargo does not know that `sqlx::migrate!` reads a folder.
#![allow(clippy::print_stdout)]

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/drafts");
}
