//! Running the inventory's program.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{Announcement, LocalError, START_PATIENCE};

/// Its log in the inventory's folder; written anew when it has grown past this.
const LOG_FILE: &str = "inventory.log";
const LOG_LIMIT: u64 = 8 << 20;
/// How long it may take to end: open requests and then Postgres end first.
const END_PATIENCE: Duration = Duration::from_secs(30);

/// Starts the inventory of `data`.
pub(super) fn spawn(program: &Path, data: &Path) -> Result<Child, LocalError> {
    let log = log_file(data).map_err(|source| LocalError::Folder {
        folder: data.to_owned(),
        source,
    })?;
    let mut command = Command::new(program);
    command
        .args(["local", "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log);
    // A Ctrl-C in the studio's terminal is for the studio, which then stops it.
    #[cfg(unix)]
    command.process_group(0);
    command.spawn().map_err(|source| LocalError::Run {
        program: program.to_owned(),
        source,
    })
}

/// Waits until the process just started says that it serves; one that takes
/// too long is ended.
pub(super) async fn serving(child: &mut Child, data: &Path) -> Result<Announcement, LocalError> {
    match timeout(START_PATIENCE, announced(child)).await {
        Ok(Some(announcement)) => Ok(announcement),
        Ok(None) => {
            let end = timeout(END_PATIENCE, child.wait()).await;
            tracing::error!(?end, "this computer's inventory ended before it served");
            Err(LocalError::Refused(last_words(data)))
        }
        Err(_) => {
            end(child).await;
            Err(LocalError::Silent)
        }
    }
}

/// Asks it to end, and waits; a process that does not is killed.
pub(super) async fn end(child: &mut Child) {
    if let Some(pid) = child.id() {
        ask_to_end(pid);
    }
    if timeout(END_PATIENCE, child.wait()).await.is_err() {
        tracing::error!("this computer's inventory did not end and is killed");
        if let Err(why) = child.kill().await {
            tracing::error!(error = %why, "and could not be");
        }
    }
}

/// Asks a process that is not our child to end, and waits until it has: it
/// stops answering first, and takes its lock file away last.
pub(super) async fn end_other(data: &Path, announcement: &Announcement) {
    ask_to_end(announcement.pid);
    let gone = async {
        while announcement.stands_in(data).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if timeout(END_PATIENCE, gone).await.is_err() {
        tracing::error!(
            pid = announcement.pid,
            "this computer's inventory did not end"
        );
    }
}

/// The announcement on its standard output; `None` when it ended without one.
async fn announced(child: &mut Child) -> Option<Announcement> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(announcement) = Announcement::parse(&line) {
            // Keeps reading, so that a later line never meets a closed pipe.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some(announcement);
        }
    }
    None
}

fn log_file(data: &Path) -> io::Result<File> {
    std::fs::create_dir_all(data)?;
    let path = data.join(LOG_FILE);
    let grown = std::fs::metadata(&path).is_ok_and(|log| log.len() > LOG_LIMIT);
    if grown {
        std::fs::rename(&path, path.with_extension("log.1"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// The last thing it wrote, for the person.
fn last_words(data: &Path) -> String {
    let log = std::fs::read_to_string(data.join(LOG_FILE)).unwrap_or_default();
    last_line(&log)
}

pub(super) fn last_line(text: &str) -> String {
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    last.unwrap_or("it said nothing").trim().to_owned()
}

#[cfg(unix)]
fn ask_to_end(pid: u32) {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };
    let Ok(pid) = i32::try_from(pid) else { return };
    if let Err(why) = kill(Pid::from_raw(pid), Signal::SIGTERM) {
        tracing::warn!(pid, error = %why, "this computer's inventory could not be asked to end");
    }
}

#[cfg(not(unix))]
fn ask_to_end(pid: u32) {
    tracing::warn!(pid, "a process can only be killed here");
}
