//! The studio without a window.
fn main() {}
