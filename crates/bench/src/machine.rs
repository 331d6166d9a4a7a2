//! What it was measured on: without that no number says anything.

use crate::fault::Fault;
use serde::Serialize;
use std::{fmt, fs, path::Path};

/// The computer, as far as it tells.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    cores: usize,
    processor: Option<String>,
    /// Processes that wanted to run, on average, in the minute before.
    load: Option<f64>,
    optimised: bool,
}

impl Machine {
    /// Looks at the computer; refuses a folder that lies in memory.
    pub(crate) fn look(folder: &Path) -> Result<Self, Fault> {
        if is_in_memory(folder)? {
            return Err(Fault::InMemory {
                folder: folder.display().to_string(),
            });
        }
        Ok(Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: processor(),
            load: load(),
            optimised: !cfg!(debug_assertions),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cores", self.cores)?;
        if let Some(processor) = &self.processor {
            write!(f, " of {processor}")?;
        }
        if let Some(load) = self.load {
            write!(f, ", load {load:.2} before the start")?;
        }
        if !self.optimised {
            write!(f, ". NOT OPTIMISED: these numbers mean nothing")?;
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn is_in_memory(folder: &Path) -> Result<bool, Fault> {
    use nix::sys::statfs::{TMPFS_MAGIC, statfs};
    let found = statfs(folder)
        .map_err(|cause| Fault::io(format!("the folder {}", folder.display()))(cause.into()))?;
    Ok(found.filesystem_type() == TMPFS_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> Result<bool, Fault> {
    Ok(false)
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg")
        .ok()?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}
