//! The client's `generated.rs` is what `docs/openapi.json` says, and nothing
//! else. It is made here, so that a client which does not fit any more stands in
//! nobody's way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod generate;

use std::{fs, path::PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_client_is_generated_from_the_description_of_the_api() {
    let description = fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    let description = serde_json::from_str(&description).unwrap();
    let text = generate::client(
        &description,
        &generate::homes(&root().join("crates/api/src")),
    );
    let path = root().join("crates/client/src/generated.rs");
    if std::env::var_os("DRAMATIS_UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(
        committed == text,
        "crates/client/src/generated.rs is not what docs/openapi.json says; run `cargo xtask generate client`"
    );
}

/// Nothing is dropped in silence: every operation of the description has its
/// function, and each name stands for one.
#[test]
fn every_operation_has_a_function_of_its_own() {
    let description = fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    let description: serde_json::Value = serde_json::from_str(&description).unwrap();
    let operations: usize = description["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|methods| methods.as_object().unwrap().len())
        .sum();
    let text = generate::client(
        &description,
        &generate::homes(&root().join("crates/api/src")),
    );
    let mut names: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next())
        .collect();
    assert_eq!(names.len(), operations);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), operations);
}
