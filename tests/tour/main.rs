//! The tour: the whole main job in the real window, over a real store, the real
//! inventory, a real Postgres and a real keychain.
//!
//! `cargo xtask run --tour` starts it with what it needs. Each scene waits for
//! conditions, tells what it did and saw, and takes pictures of the screen. The
//! first scene that fails ends the tour with status 1.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod driver;
mod page;
mod scenes;
mod team;
mod transcript;
mod walk;

use std::{env, path::PathBuf, process::ExitCode};

/// What `cargo xtask run --tour` says.
pub(crate) struct Given {
    /// The studio's program.
    pub(crate) studio: PathBuf,
    /// The inventory's program.
    pub(crate) inventory: PathBuf,
    /// The folder for pictures and transcript.
    pub(crate) folder: PathBuf,
}

fn main() -> ExitCode {
    let Some(given) = given() else {
        println!("tour: skipped; `cargo xtask run --tour` takes it");
        return ExitCode::SUCCESS;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    match runtime.block_on(scenes::all(given)) {
        Ok(scenes) => {
            println!("tour: {scenes} scenes, all of them as they should be");
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("tour: FAILED: {why}");
            ExitCode::FAILURE
        }
    }
}

/// All three, or none: a tour that is half asked for is a mistake.
fn given() -> Option<Given> {
    let folder = env::var_os("DRAMATIS_TOUR_DIR")?;
    let program =
        |name| PathBuf::from(env::var_os(name).unwrap_or_else(|| panic!("{name} is not set")));
    Some(Given {
        studio: program("DRAMATIS_STUDIO_BIN"),
        inventory: program("DRAMATIS_INVENTORY_BIN"),
        folder: folder.into(),
    })
}
