//! A desktop session without a desktop: a bus, an unlocked keychain, a
//! display and a home folder, all of them gone when the program ends.

use std::{
    env,
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    fault::{About, Fault},
    needs,
};

/// The keychain must be open before the program asks for it, and the display
/// is the size that the window's pictures are compared at.
const INSIDE: &str = "printf 'session\\n' \
    | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null \
    && exec xvfb-run -a -s '-screen 0 1440x900x24' \"$@\"";

/// The session's own folders.
pub(crate) struct Session {
    folder: PathBuf,
}

impl Session {
    /// Brings what it needs and makes its folders.
    pub(crate) fn new() -> Result<Self, Fault> {
        needs::bring(&[&needs::HEADLESS])?;
        let name = format!("dramatis-session-{}", std::process::id());
        let folder = env::temp_dir().join(name);
        for part in ["home", "run"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).about("create", &path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))
                .about("close off", &path)?;
        }
        Ok(Self { folder })
    }

    /// `program` with `arguments`, to be run inside.
    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new("dbus-run-session");
        command
            .args(["--", "sh", "-c", INSIDE, "session"])
            .arg(program)
            .args(arguments)
            .env("HOME", self.folder.join("home"))
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            // The studio must be looked at where it is drawn.
            .env("GDK_BACKEND", "x11")
            .env_remove("WAYLAND_DISPLAY");
        for unset in [
            "XDG_DATA_HOME",
            "XDG_CONFIG_HOME",
            "XDG_CACHE_HOME",
            "XDG_STATE_HOME",
        ] {
            command.env_remove(unset);
        }
        // Cargo and rustup look below the home that was just replaced.
        for (name, usual) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            let home = env::home_dir().map(|home| home.join(usual));
            if let (None, Some(home)) = (env::var_os(name), home.filter(|h| Path::exists(h))) {
                command.env(name, home);
            }
        }
        command
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}
