//! Where things lie in the workspace.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    // xtask is only ever run from the checkout that it was built in.
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// Cargo's target folder, as the caller has set it.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |set| root().join(set))
}

/// Where logs and scratch files of these commands go.
pub(crate) fn scratch() -> PathBuf {
    target().join("xtask")
}

/// Cargo, to be run in the root.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    forget_xtask(&mut cargo);
    cargo
}

/// Takes out the variables by which `cargo run` has described xtask.
///
/// Build scripts watch them (ring's does): with them, every change between
/// `cargo build` and `cargo xtask` would compile those crates anew.
pub(crate) fn forget_xtask(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name.as_ref());
        }
    }
}
