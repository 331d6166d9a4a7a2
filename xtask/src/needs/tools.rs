//! Programs that come as crates, pinned. A version that is already installed
//! is used; otherwise it is built below `target`, so that nothing of the
//! person's own is replaced.

use std::path::PathBuf;

use crate::{fault::Fault, house, shell};

/// One program, and the version that is known to work.
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Stands between WebDriver and the studio's window.
pub(crate) const TAURI_DRIVER: Tool = Tool {
    name: "tauri-driver",
    version: "2.1.0",
};

/// Checks licences, sources and doubles of all dependencies.
pub(crate) const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};

impl Tool {
    /// The folder that has it, after building it where that is needed.
    pub(crate) fn bring(&self) -> Result<PathBuf, Fault> {
        let ours = house::scratch().join("tools");
        let theirs = std::env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
        for root in theirs.iter().chain([&ours]) {
            if self.installed_in(root) {
                return Ok(root.join("bin"));
            }
        }
        let doing = format!("Building {} {} (once, minutes)", self.name, self.version);
        let mut install = house::cargo();
        install
            .args([
                "install",
                "--locked",
                self.name,
                "--version",
                self.version,
                "--root",
            ])
            .arg(&ours);
        shell::logged(self.name, &doing, &mut install)?.success(&doing)?;
        Ok(ours.join("bin"))
    }

    /// Cargo lists what it has installed beside the programs.
    fn installed_in(&self, root: &std::path::Path) -> bool {
        let listed = std::fs::read_to_string(root.join(".crates.toml")).unwrap_or_default();
        listed.contains(&format!("\"{} {} ", self.name, self.version))
            && root.join("bin").join(self.name).is_file()
    }
}
