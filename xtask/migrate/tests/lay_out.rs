//! The runner applies what is in a folder, from nothing, each time.
//!
//! (These tests are also why `cargo test --workspace` builds the runner, so
//! that `cargo xtask test` needs no second build for it.)

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn lay_out(database: &Path, folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask-migrate"))
        .arg(format!("sqlite:{}", database.display()))
        .arg(folder)
        .output()
        .expect("the runner starts")
}

#[test]
fn the_drafts_schema_is_laid_out_and_laid_out_anew() {
    let scratch = tempfile::tempdir().unwrap();
    let database = scratch.path().join("drafts.sqlite");
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/drafts");
    for _ in 0..2 {
        let done = lay_out(&database, &migrations);
        assert!(done.status.success(), "{done:?}");
        assert!(fs::metadata(&database).unwrap().len() > 0);
    }
}

#[test]
fn what_does_not_apply_is_named() {
    let scratch = tempfile::tempdir().unwrap();
    fs::write(
        scratch.path().join("0001_broken.sql"),
        "CREATE TABEL x (y);",
    )
    .unwrap();
    let done = lay_out(&scratch.path().join("x.sqlite"), scratch.path());
    assert!(!done.status.success());
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(
        said.contains("do not apply") && said.contains("TABEL"),
        "{said}"
    );
}
