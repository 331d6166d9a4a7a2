//! The window's side of the boundary is what the commands say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{env, fs, path::Path};

#[test]
fn the_committed_bindings_are_fresh() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/lib/bindings.ts");
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("bindings.ts");
    dramatis_studio::typescript(&made).expect("every type has its TypeScript");
    let made = fs::read_to_string(made).unwrap();
    if env::var_os("UPDATE_BINDINGS").is_some() {
        fs::write(&committed, &made).unwrap();
    }
    let committed = fs::read_to_string(committed).unwrap();
    assert!(
        committed == made,
        "ui/src/lib/bindings.ts is stale: UPDATE_BINDINGS=1 cargo test -p dramatis-studio --test bindings"
    );
}
