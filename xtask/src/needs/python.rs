//! Programs that come from PyPI, pinned, each in an environment of its own
//! below `target`.

use std::{path::PathBuf, process::Command};

use crate::{fault::Fault, house, shell};

/// One program, and the version that is known to work.
pub(crate) struct Package {
    name: &'static str,
    version: &'static str,
}

/// Tries an API against its OpenAPI description.
pub(crate) const SCHEMATHESIS: Package = Package {
    name: "schemathesis",
    version: "4.32.5",
};

impl Package {
    /// The folder that has it, after installing it where that is needed.
    pub(crate) fn bring(&self) -> Result<PathBuf, Fault> {
        let place = house::scratch()
            .join("tools")
            .join(format!("{}-{}", self.name, self.version));
        // Made last, so that half an installation is not taken for a whole one.
        let whole = place.join("installed");
        let programs = place.join("bin");
        if whole.exists() {
            return Ok(programs);
        }
        let doing = format!("Installing {} {} (once)", self.name, self.version);
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&place);
        shell::logged(self.name, "Making room for it", &mut make)?.success(&doing)?;
        let mut install = Command::new(programs.join("pip"));
        install
            .args(["install", "--disable-pip-version-check"])
            .arg(format!("{}=={}", self.name, self.version));
        shell::logged(self.name, &doing, &mut install)?.success(&doing)?;
        std::fs::write(&whole, self.version)
            .map_err(|cause| Fault::new(format!("{}: {cause}", whole.display())))?;
        Ok(programs)
    }
}
