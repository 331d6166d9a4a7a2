//! Packages of Debian and Ubuntu; elsewhere, only what to look for.

use std::{fs, process::Command};

use crate::{fault::Fault, shell};

/// Installs `packages`, after saying which.
pub(crate) fn install(packages: &[&str]) -> Result<(), Fault> {
    let list = packages.join(" ");
    let Some(prefix) = rights() else {
        return Err(Fault::new(format!("These packages are missing: {list}"))
            .fix(format!("Install them: sudo apt-get install {list}")));
    };
    println!("Installing from the distribution: {list}");
    apt(prefix, &["update"])?;
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt(prefix, &install)
}

/// Whether packages here go by Debian's names.
pub(crate) fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let family = release
        .lines()
        .filter(|line| line.starts_with("ID=") || line.starts_with("ID_LIKE="))
        .collect::<Vec<_>>()
        .join(" ");
    family.contains("debian") || family.contains("ubuntu")
}

/// The words that let `apt-get` install: none for root, `sudo -n` where no
/// password is asked.
fn rights() -> Option<&'static [&'static str]> {
    if shell::answer("id", &["-u"]).as_deref() == Some("0") {
        return Some(&[]);
    }
    shell::answer("sudo", &["-n", "true"]).map(|_| ["sudo", "-n"].as_slice())
}

fn apt(prefix: &[&str], arguments: &[&str]) -> Result<(), Fault> {
    let words: Vec<&str> = prefix.iter().chain(&["env"]).copied().collect();
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .args(arguments);
    let doing = format!("apt-get {}", arguments[0]);
    shell::logged("apt", &doing, &mut command)?.success(&doing)?;
    Ok(())
}
