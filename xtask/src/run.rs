//! `cargo xtask run`: the studio in its window, or on tour.

use std::{env, fs, process::Command};

use crate::{
    fault::{About, Fault},
    house, needs,
    session::Session,
    shell,
    studio::{self, Studio},
};

/// Opens the window; without a display, or when asked to, takes the tour.
pub(crate) fn command(words: &[&str]) -> Result<(), Fault> {
    match words {
        ["--tour"] => tour(),
        [] if has_display() => open(),
        [] => {
            println!("There is no display here, so the studio goes on tour.");
            tour()
        }
        _ => Err(Fault::new("Usage: cargo xtask run [--tour]")),
    }
}

/// Walks the main job in the real window, against fresh data.
pub(crate) fn tour() -> Result<(), Fault> {
    needs::bring_to_build(&needs::TOUR)?;
    let studio = studio::build()?;
    let (mut walk, _session) = tour_command(&studio)?;
    let outcome = shell::shown_run("The tour", &mut walk);
    println!("Pictures and transcript: {}", shell::shown(&tour_folder()));
    outcome
}

/// The tour as a command, with the session it runs in.
pub(crate) fn tour_command(studio: &Studio) -> Result<(Command, Session), Fault> {
    let driver = needs::TAURI_DRIVER.bring()?;
    let mut build = house::cargo();
    build.args(["test", "--workspace", "--test", "tour", "--no-run"]);
    build.env("SQLX_OFFLINE", "true");
    shell::logged("tour-build", "Compiling the tour", &mut build)?.success("Compiling the tour")?;

    let folder = tour_folder();
    if folder.exists() {
        fs::remove_dir_all(&folder).about("remove", &folder)?;
    }
    fs::create_dir_all(&folder).about("create", &folder)?;

    let session = Session::new()?;
    let cargo = house::cargo();
    let mut walk = session.command(
        cargo.get_program(),
        ["test", "--quiet", "--workspace", "--test", "tour"],
    );
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(std::iter::once(driver).chain(env::split_paths(&path)))
        .map_err(|error| Fault::new(format!("PATH cannot be added to: {error}.")))?;
    walk.current_dir(house::root())
        .env("PATH", path)
        .env("SQLX_OFFLINE", "true")
        .env("DRAMATIS_STUDIO_BIN", &studio.window)
        .env("DRAMATIS_INVENTORY_BIN", &studio.inventory)
        .env("DRAMATIS_TOUR_DIR", &folder);
    house::forget_xtask(&mut walk);
    Ok((walk, session))
}

fn tour_folder() -> std::path::PathBuf {
    house::target().join("tour")
}

fn open() -> Result<(), Fault> {
    needs::bring_to_build(&needs::STUDIO)?;
    let studio = studio::build()?;
    println!("Opening the window …");
    shell::shown_run("The studio", &mut Command::new(&studio.window))
}

fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
