//! The UI's packages, as its lock file names them.

use std::{fs, process::Command};

use crate::{
    fault::{About, Fault},
    house, shell,
};

/// Runs `npm ci` unless the lock file is the one it last ran with.
pub(crate) fn ui_modules() -> Result<(), Fault> {
    super::programs::node()?;
    let ui = house::root().join("ui");
    let lock = ui.join("package-lock.json");
    let stamp = ui.join("node_modules/.installed-from.json");
    let wanted = fs::read(&lock).about("read", &lock)?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&ui);
    let doing = "Installing the window's packages (npm ci)";
    shell::logged("npm-ci", doing, &mut install)?.success(doing)?;
    fs::write(&stamp, wanted).about("write", &stamp)
}
