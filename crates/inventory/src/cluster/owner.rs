//! Whom Postgres runs as. It refuses to run as root.

use super::ClusterFault;
use nix::unistd::{Uid, User, geteuid};
use std::{io, os::unix::fs::chown, path::Path};
use tokio::process::Command;

/// The user of the server process.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    /// Set where we are root and Postgres runs as somebody else.
    other: Option<(u32, u32)>,
    /// The names that may connect: ours, and the server's own.
    names: Vec<String>,
}

impl Owner {
    pub(super) fn choose() -> Result<Self, ClusterFault> {
        let me = User::from_uid(geteuid())
            .ok()
            .flatten()
            .map(|user| user.name);
        if geteuid() != Uid::from_raw(0) {
            return Ok(Self {
                other: None,
                names: me.into_iter().collect(),
            });
        }
        let user = ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten());
        let user = user.ok_or(ClusterFault::NoUser)?;
        let mut names: Vec<String> = me.into_iter().collect();
        names.push(user.name.clone());
        Ok(Self {
            other: Some((user.uid.as_raw(), user.gid.as_raw())),
            names,
        })
    }

    /// The users of this computer that get in by the peer check.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Hands a file or folder over.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        match self.other {
            Some((user, group)) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// Has the command run as the owner.
    pub(super) fn act(&self, command: &mut Command) {
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
    }
}
