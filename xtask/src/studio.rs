//! Building the studio: the window's pages, then the programs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use crate::{
    fault::{About, Fault},
    house, needs, shell,
};

/// Folders in `ui/` that are made from the others.
const MADE: [&str; 6] = [
    "node_modules",
    "build",
    "build-fake",
    ".svelte-kit",
    "test-results",
    "playwright-report",
];

/// The studio's programs, beside each other as when they are installed.
pub(crate) struct Studio {
    pub(crate) window: PathBuf,
    pub(crate) inventory: PathBuf,
}

/// Compiles all tests, and the programs they start.
pub(crate) fn build_tests() -> Result<(), Fault> {
    let mut build = house::cargo();
    build.args(["build", "--workspace", "--all-targets"]);
    build.env("SQLX_OFFLINE", "true");
    let ran = shell::logged("rust-build", "Compiling the tests", &mut build)?;
    let stale = ran.output()?.contains("no cached data for this query");
    match ran.success("Compiling the tests") {
        Err(fault) if stale => Err(fault.fix("Run `cargo xtask sqlx prepare` and commit .sqlx.")),
        other => other.map(drop),
    }
}

/// Builds the window's pages if anything they are made of is newer.
pub(crate) fn build_pages() -> Result<(), Fault> {
    needs::ui_modules()?;
    let ui = house::root().join("ui");
    let built = fs::metadata(ui.join("build/index.html")).and_then(|m| m.modified());
    if built.is_ok_and(|built| newest(&ui).is_some_and(|source| source < built)) {
        return Ok(());
    }
    let mut build = Command::new("npm");
    build.args(["run", "build"]).current_dir(&ui);
    shell::logged("ui-build", "Building the window's pages", &mut build)?
        .success("Building the window's pages")?;
    Ok(())
}

/// Builds the studio from what is here, and lays its programs side by side in
/// `target/studio`: there the studio finds the inventory, and no later build
/// changes them. They are compiled without what only tests switch on.
pub(crate) fn build() -> Result<Studio, Fault> {
    build_pages()?;
    let mut build = house::cargo();
    build.args(["build", "--workspace", "--bins"]);
    build.env("SQLX_OFFLINE", "true");
    shell::logged("build", "Compiling the studio", &mut build)?.success("Compiling the studio")?;
    let folder = house::target().join("studio");
    fs::create_dir_all(&folder).about("create", &folder)?;
    Ok(Studio {
        window: lay("dramatis-studio", &folder)?,
        inventory: lay("dramatis-inventory", &folder)?,
    })
}

fn lay(name: &str, folder: &Path) -> Result<PathBuf, Fault> {
    let from = house::target().join("debug").join(name);
    let to = folder.join(name);
    // A program that is running cannot be written to, only replaced.
    let fresh = folder.join(format!("{name}.new"));
    fs::copy(&from, &fresh).about("copy", &from)?;
    fs::rename(&fresh, &to).about("replace", &to)?;
    Ok(to)
}

fn newest(folder: &Path) -> Option<SystemTime> {
    fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            match entry.file_type().ok()?.is_dir() {
                true if MADE.iter().any(|made| name == *made) => None,
                true => newest(&entry.path()),
                false => entry.metadata().ok()?.modified().ok(),
            }
        })
        .max()
}
