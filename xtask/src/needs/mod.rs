//! What each command needs on this computer, and how to bring it.

mod debian;
mod modules;
mod programs;
mod python;
mod tools;

use std::path::Path;

use crate::{fault::Fault, postgres, shell};

pub(crate) use modules::ui_modules;
pub(crate) use python::SCHEMATHESIS;
pub(crate) use tools::{CARGO_DENY, TAURI_DRIVER};

/// Something the distribution brings.
pub(crate) struct Need {
    /// What it is, for computers whose packages have other names.
    what: &'static str,
    present: fn() -> bool,
    /// Its packages on Debian and Ubuntu.
    packages: &'static [&'static str],
}

/// What the studio's window is made with.
pub(crate) const WEBVIEW: Need = Need {
    what: "WebKitGTK 4.1 with its headers, and pkg-config",
    present: || {
        cfg!(target_os = "macos")
            || shell::answer("pkg-config", &["--exists", "webkit2gtk-4.1"]).is_some()
    },
    packages: &["pkg-config", "libwebkit2gtk-4.1-dev"],
};

/// What the inventory keeps its rows in.
pub(crate) const POSTGRES: Need = Need {
    what: "PostgreSQL 15 or newer, the server, with its programs on the PATH",
    present: || postgres::programs().is_ok(),
    packages: &["postgresql"],
};

/// A display and a keychain where there is no desktop.
pub(crate) const HEADLESS: Need = Need {
    what: "Xvfb with xvfb-run and xauth, D-Bus with dbus-run-session, gnome-keyring-daemon",
    present: || {
        let programs = [
            "xvfb-run",
            "xauth",
            "dbus-run-session",
            "gnome-keyring-daemon",
        ];
        programs.into_iter().all(programs::on_path)
    },
    packages: &["xvfb", "xauth", "dbus-x11", "gnome-keyring"],
};

/// What drives the real window, and takes its picture.
pub(crate) const WINDOW_DRIVER: Need = Need {
    what: "WebKitWebDriver, and ImageMagick's `import`",
    present: || {
        ["WebKitWebDriver", "import"]
            .into_iter()
            .all(programs::on_path)
    },
    packages: &["webkit2gtk-driver", "imagemagick"],
};

/// What runs the window's pages without the studio.
pub(crate) const BROWSER: Need = Need {
    what: "Chromium as /usr/bin/chromium",
    present: || Path::new("/usr/bin/chromium").exists(),
    packages: &["chromium"],
};

/// What programs from PyPI run in.
pub(crate) const PYTHON: Need = Need {
    what: "Python 3.10 or newer with its venv module",
    present: || {
        let with_pip = "import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 10))";
        shell::answer("python3", &["-c", with_pip]).is_some()
    },
    packages: &["python3", "python3-venv"],
};

/// Everything that any command needs.
pub(crate) const ALL: [&Need; 6] = [
    &WEBVIEW,
    &POSTGRES,
    &HEADLESS,
    &WINDOW_DRIVER,
    &BROWSER,
    &PYTHON,
];

/// What the studio is built and run with.
pub(crate) const STUDIO: [&Need; 2] = [&WEBVIEW, &POSTGRES];

/// What the tour needs as well.
pub(crate) const TOUR: [&Need; 4] = [&WEBVIEW, &POSTGRES, &HEADLESS, &WINDOW_DRIVER];

/// What a person has to bring, and then all of `needs`: checked in one go, so
/// that nothing is asked for after something long.
pub(crate) fn bring_to_build(needs: &[&Need]) -> Result<(), Fault> {
    c_compiler()?;
    programs::node()?;
    bring(needs)
}

/// Brings all of `needs`, or names everything that is missing.
pub(crate) fn bring(needs: &[&Need]) -> Result<(), Fault> {
    let missing: Vec<&Need> = needs.iter().copied().filter(|n| !(n.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !debian::is_debian() {
        let list: Vec<String> = missing.iter().map(|n| format!("  - {}", n.what)).collect();
        return Err(
            Fault::new(format!("This computer lacks:\n{}", list.join("\n"))).fix(
                "Install them with this computer's package manager and run the command again. \
             (Only on Debian and Ubuntu are they installed for you.)",
            ),
        );
    }
    let packages: Vec<&str> = missing.iter().flat_map(|n| n.packages).copied().collect();
    debian::install(&packages)?;
    match missing.iter().find(|need| !(need.present)()) {
        None => Ok(()),
        Some(still) => Err(Fault::new(format!(
            "The packages {} are installed, yet this is not there: {}.",
            still.packages.join(" "),
            still.what
        ))),
    }
}

/// The compiler that crates with C in them are built with. (Rust's own
/// version is checked by cargo, against `rust-version`, before this runs.)
fn c_compiler() -> Result<(), Fault> {
    if programs::on_path("cc") {
        return Ok(());
    }
    Err(Fault::new("There is no C compiler here (`cc`).").fix(
        "Install one: on Debian and Ubuntu `apt-get install build-essential`, \
         on macOS `xcode-select --install`.",
    ))
}
