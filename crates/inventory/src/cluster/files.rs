//! A cluster's folders, its creation, and who gets in.

use super::{Binaries, ClusterFault, Flavour, Owner, Place};
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    process::Stdio,
};
use tokio::process::Command;

/// The roles of the schema that log in, and the administrator.
const LOGINS: &[&str] = &[
    "postgres",
    "dramatis_service",
    "dramatis_worker",
    "dramatis_auditor",
    "dramatis_backup",
];

/// Makes the folders; each is its owner's alone.
pub(super) fn prepare(place: &Place, owner: &Owner) -> Result<(), ClusterFault> {
    if let Some(parent) = place.folder().parent() {
        fs::create_dir_all(parent)
            .map_err(ClusterFault::io(format!("the folder {}", parent.display())))?;
    }
    for folder in [place.folder(), &place.data(), place.socket()] {
        private(folder, owner)
            .map_err(ClusterFault::io(format!("the folder {}", folder.display())))?;
    }
    Ok(())
}

fn private(folder: &Path, owner: &Owner) -> std::io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => owner.give(folder)?,
        Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {
            // In a shared temporary folder somebody else could have made it first.
            let found = fs::symlink_metadata(folder)?;
            let me = nix::unistd::geteuid();
            if !found.is_dir() || !(me.is_root() || found.uid() == me.as_raw()) {
                return Err(std::io::Error::other("it belongs to somebody else"));
            }
        }
        Err(fault) => return Err(fault),
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700))
}

/// Creates the cluster. What a crash left half-made is thrown away first: a
/// whole cluster has its `PG_VERSION`, which initdb writes early, so it works in
/// a folder beside and is moved when it is done.
pub(super) async fn init(
    place: &Place,
    owner: &Owner,
    binaries: &Binaries,
    flavour: Flavour,
) -> Result<(), ClusterFault> {
    let fresh = place.folder().join("data.new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)
            .map_err(ClusterFault::io(format!("the folder {}", fresh.display())))?;
    }
    let mut command = Command::new(binaries.program("initdb"));
    command
        .arg("-D")
        .arg(&fresh)
        .args([
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
            "--auth-host=reject",
        ])
        .current_dir(place.folder())
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    match flavour {
        Flavour::Lasting => command.args(["--auth-local=peer", "--data-checksums"]),
        Flavour::Passing => command.args(["--auth-local=trust", "--no-sync"]),
    };
    owner.act(&mut command);
    let output = command.output().await.map_err(ClusterFault::io("initdb"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(ClusterFault::Program {
            program: "initdb",
            said,
        });
    }
    fs::remove_dir(place.data()).map_err(ClusterFault::io("the empty data folder"))?;
    fs::rename(&fresh, place.data()).map_err(ClusterFault::io("the new cluster"))?;
    Ok(())
}

/// Says who gets in: users of this computer by the peer check of the socket,
/// as the schema's roles, and nobody from the network.
pub(super) fn access(place: &Place, owner: &Owner, flavour: Flavour) -> Result<(), ClusterFault> {
    let method = match flavour {
        Flavour::Lasting => "peer map=dramatis",
        Flavour::Passing => "trust",
    };
    let mut access =
        format!("# Written by dramatis-inventory at every start.\nlocal all all {method}\n");
    if flavour == Flavour::Passing {
        access.push_str("local replication postgres trust\n");
    }
    let mut map = String::from("# Written by dramatis-inventory at every start.\n");
    for name in owner.names() {
        for login in LOGINS {
            map.push_str(&format!("dramatis \"{name}\" {login}\n"));
        }
    }
    for (name, text) in [("pg_hba.conf", access), ("pg_ident.conf", map)] {
        let path = place.data().join(name);
        fs::write(&path, text)
            .and_then(|()| owner.give(&path))
            .map_err(ClusterFault::io(format!("the file {}", path.display())))?;
    }
    Ok(())
}
