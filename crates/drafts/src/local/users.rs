//! Who uses this computer's inventory: each user holds a shared lock on one
//! file for as long as it lives, so that a user that was killed is none. The
//! file's text is the process that a user started, which alone may be stopped:
//! one that somebody runs in a terminal is theirs.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
};

/// The file's name in the inventory's folder.
const FILE: &str = "users.lock";

/// One user's mark. Ends with the process.
#[derive(Debug)]
pub(super) struct User {
    file: File,
}

impl User {
    /// Marks this process as a user of the inventory in `data`.
    pub(super) fn enter(data: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(data)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(data.join(FILE))?;
        // Waits only for a last user that is just stopping the inventory.
        file.lock_shared()?;
        Ok(Self { file })
    }

    /// Says that a user has started the inventory as this process.
    pub(super) fn has_started(&mut self, pid: u32) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        write!(self.file, "{pid}")
    }

    /// Leaves; `Some` when this was the last user. As long as that answer is
    /// held nobody can enter, so the inventory can be stopped in peace.
    pub(super) fn leave(self) -> io::Result<Option<LastUser>> {
        self.file.unlock()?;
        match self.file.try_lock() {
            Ok(()) => Ok(Some(LastUser { file: self.file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(why)) => Err(why),
        }
    }
}

/// Proof that nobody uses the inventory, as long as it is held.
#[derive(Debug)]
pub(super) struct LastUser {
    file: File,
}

impl LastUser {
    /// The process that a user has started, whether or not it still runs.
    pub(super) fn started(&mut self) -> io::Result<Option<u32>> {
        let mut text = String::new();
        self.file.rewind()?;
        self.file.read_to_string(&mut text)?;
        Ok(text.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::User;

    #[test]
    fn only_the_last_one_to_leave_may_stop_it() {
        let data = tempfile::tempdir().unwrap();
        let mut first = User::enter(data.path()).unwrap();
        first.has_started(123_456).unwrap();
        first.has_started(77).unwrap();
        let second = User::enter(data.path()).unwrap();
        assert!(first.leave().unwrap().is_none());
        let mut last = second.leave().unwrap().expect("the last one");
        assert_eq!(last.started().unwrap(), Some(77));
        drop(last);
        User::enter(data.path()).unwrap();
    }
}
