//! The server process: ours, or one that outlived us.

use super::{Binaries, ClusterFault, Flavour, Owner, Place};
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::{Child, Command};

/// Recovery after a crash may replay a good deal of the log.
const READY_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(20);
/// As long as an orphaned child of a killed server may take to end.
const CHILDREN_WITHIN: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(10);

/// The server of one cluster.
#[derive(Debug)]
pub(super) struct Postmaster {
    pid: Pid,
    /// None where it was adopted.
    child: Option<Child>,
    /// Whether it is known to have ended: its number may be another's by now.
    ended: bool,
}

impl Postmaster {
    /// None yet.
    pub(super) const fn none() -> Self {
        Self {
            pid: Pid::from_raw(0),
            child: None,
            ended: true,
        }
    }

    const fn of(pid: Pid, child: Option<Child>) -> Self {
        Self {
            pid,
            child,
            ended: false,
        }
    }

    /// An orphan that answers is adopted; one that is still starting or
    /// stopping is waited for; where there is none, one is started. What is
    /// being started is this value's at once, so that whoever gives up waiting
    /// can stop it.
    pub(super) async fn bring_up(
        &mut self,
        place: &Place,
        owner: &Owner,
        binaries: &Binaries,
        flavour: Flavour,
    ) -> Result<(), ClusterFault> {
        let since = Instant::now();
        while let Some(found) = PidFile::read(place) {
            if !found.is_alive() {
                break;
            }
            if found.is_ready() && answers(place).await {
                tracing::info!(
                    pid = found.pid.as_raw(),
                    "a Postgres that was still running is adopted"
                );
                // It read the access files before they were written anew.
                let _ = kill(found.pid, Signal::SIGHUP);
                *self = Self::of(found.pid, None);
                return Ok(());
            }
            if since.elapsed() > STOP_WITHIN {
                tracing::warn!(
                    pid = found.pid.as_raw(),
                    "a Postgres that does not answer is stopped"
                );
                Self::of(found.pid, None).stop().await?;
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        // After a kill -9 of the server its children need a moment to notice;
        // until then they hold its shared memory and a new one ends at once.
        let since = Instant::now();
        loop {
            *self = Self::spawn(place, owner, binaries, flavour)?;
            match self.ready(place).await {
                Err(ClusterFault::Program { said, .. }) if since.elapsed() < CHILDREN_WITHIN => {
                    tracing::debug!(said, "Postgres did not start; trying again");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                other => return other,
            }
        }
    }

    fn spawn(
        place: &Place,
        owner: &Owner,
        binaries: &Binaries,
        flavour: Flavour,
    ) -> Result<Self, ClusterFault> {
        let log_path = place.log();
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log_path)
            .map_err(ClusterFault::io(format!("the file {}", log_path.display())))?;
        let errors = log.try_clone().map_err(ClusterFault::io("the log"))?;
        let mut command = Command::new(binaries.program("postgres"));
        command
            .arg("-D")
            .arg(place.data())
            .arg("-k")
            .arg(place.socket())
            .args(["-p", &Place::port().to_string()])
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "unix_socket_permissions=0700",
            ])
            .args([
                "-c",
                "max_connections=100",
                "-c",
                "timezone=UTC",
                "-c",
                "log_timezone=UTC",
            ])
            .current_dir(place.data())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            // Ctrl-C in a terminal is for us; we stop it in order.
            .process_group(0);
        match flavour {
            Flavour::Lasting => command.args([
                "-c",
                "fsync=on",
                "-c",
                "synchronous_commit=on",
                "-c",
                "full_page_writes=on",
            ]),
            Flavour::Passing => command.args([
                "-F",
                "-c",
                "max_connections=400",
                "-c",
                "shared_buffers=64MB",
            ]),
        };
        owner.act(&mut command);
        let child = command.spawn().map_err(ClusterFault::io("postgres"))?;
        let pid = child
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .map(Pid::from_raw);
        let pid = pid.ok_or_else(|| ended(place))?;
        Ok(Self::of(pid, Some(child)))
    }

    /// Waits until it takes connections.
    async fn ready(&mut self, place: &Place) -> Result<(), ClusterFault> {
        let since = Instant::now();
        loop {
            let end = self.child.as_mut().map(Child::try_wait).transpose();
            if end
                .map_err(ClusterFault::io("postgres"))?
                .flatten()
                .is_some()
            {
                self.ended = true;
                return Err(ended(place));
            }
            // A socket that can be connected to is not enough: recovery may be running.
            if PidFile::read(place).is_some_and(|found| found.pid == self.pid && found.is_ready()) {
                return Ok(());
            }
            if since.elapsed() > READY_WITHIN {
                let _ = kill(self.pid, Signal::SIGQUIT);
                return Err(ClusterFault::NotReady {
                    after: READY_WITHIN,
                    log: place.log().display().to_string(),
                });
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    pub(super) const fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Waits until the process is gone.
    pub(super) async fn gone(&mut self) {
        if self.ended {
            return;
        }
        match &mut self.child {
            Some(child) => {
                let end = child.wait().await;
                tracing::warn!(?end, "Postgres ended");
            }
            // Not our child: nothing tells us, so that we look.
            None => {
                while is_alive(self.pid) {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
        self.ended = true;
    }

    /// Fast shutdown; what does not end in time is told to quit at once, which
    /// loses no commit.
    pub(super) async fn stop(&mut self) -> Result<(), ClusterFault> {
        if self.ended {
            return Ok(());
        }
        for (signal, patience) in [
            (Signal::SIGINT, STOP_WITHIN),
            (Signal::SIGQUIT, STOP_WITHIN),
        ] {
            match kill(self.pid, signal) {
                Ok(()) => {}
                Err(Errno::ESRCH) => return Ok(()),
                Err(fault) => {
                    return Err(ClusterFault::Io {
                        what: "stopping Postgres".into(),
                        source: fault.into(),
                    });
                }
            }
            if tokio::time::timeout(patience, self.gone()).await.is_ok() {
                return Ok(());
            }
        }
        Err(ClusterFault::Program {
            program: "postgres",
            said: "it does not end".into(),
        })
    }
}

impl Drop for Postmaster {
    /// A value that is dropped without `stop` (a panic, a failed start) leaves
    /// no server behind.
    fn drop(&mut self) {
        if let Some(child) = &mut self.child
            && matches!(child.try_wait(), Ok(None))
        {
            let _ = kill(self.pid, Signal::SIGQUIT);
        }
    }
}

struct PidFile {
    pid: Pid,
    ready: bool,
    data: PathBuf,
}

impl PidFile {
    /// Line 1 is the process, line 2 the data folder, line 8 the state.
    fn read(place: &Place) -> Option<Self> {
        let text = fs::read_to_string(place.data().join("postmaster.pid")).ok()?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: Pid::from_raw(lines.first()?.parse().ok()?),
            data: PathBuf::from(lines.get(1)?),
            ready: lines.get(7) == Some(&"ready"),
        })
    }

    const fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether that process is this cluster's server, not another one that was
    /// given its number after a restart of the computer.
    fn is_alive(&self) -> bool {
        is_alive(self.pid) && runs_in(self.pid, &self.data)
    }
}

fn is_alive(pid: Pid) -> bool {
    // EPERM means that there is one, of somebody else.
    !matches!(kill(pid, None), Err(Errno::ESRCH)) && !is_zombie(pid)
}

fn is_zombie(pid: Pid) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return false;
    };
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
}

/// Where the system shows it (Linux), the server's working folder is its data folder.
fn runs_in(pid: Pid, data: &std::path::Path) -> bool {
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(folder) => folder == data,
        Err(_) => true,
    }
}

async fn answers(place: &Place) -> bool {
    use sqlx::Connection as _;
    let attempt = async {
        let connection = sqlx::PgConnection::connect(&place.url("postgres", "postgres")).await?;
        connection.close().await
    };
    matches!(
        tokio::time::timeout(Duration::from_secs(3), attempt).await,
        Ok(Ok(()))
    )
}

/// Why a server that was started is not there.
fn ended(place: &Place) -> ClusterFault {
    ClusterFault::Program {
        program: "postgres",
        said: last_words(place),
    }
}

fn last_words(place: &Place) -> String {
    let log = fs::read_to_string(place.log()).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}
