//! The real binary as a child process: for tests that kill it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// A service process. Killed when dropped.
pub struct ServiceProcess {
    /// The root of its API.
    pub url: String,
    child: Child,
}

impl ServiceProcess {
    /// Starts the binary over a database; `failpoint` as in `DRAMATIS_FAILPOINT`.
    pub async fn start(service_url: &str, blobs: &Path, failpoint: Option<&str>) -> Self {
        Self::spawn(Self::command(service_url, blobs, failpoint)).await
    }

    /// What starts it, for a test that sets more.
    #[must_use]
    pub fn command(service_url: &str, blobs: &Path, failpoint: Option<&str>) -> Command {
        let mut command = Command::new(binary());
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--rate", "0", "--blobs"])
            .arg(blobs)
            .env("INVENTORY_DATABASE_URL", service_url)
            .env("DRAMATIS_LOG", "error")
            .env_remove("DRAMATIS_FAILPOINT");
        if let Some(failpoint) = failpoint {
            command.env("DRAMATIS_FAILPOINT", failpoint);
        }
        command
    }

    /// Runs a command that serves, and waits until it says where.
    pub async fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("the binary runs");
        let out = child.stdout.take().expect("a pipe");
        let line = BufReader::new(out)
            .lines()
            .next_line()
            .await
            .expect("it speaks")
            .expect("it says where it serves");
        let said: serde_json::Value = serde_json::from_str(&line).expect("one line of JSON");
        Self {
            url: said["url"].as_str().expect("a URL").to_owned(),
            child,
        }
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> i32 {
        let id = self.child.id().expect("it was not waited for");
        i32::try_from(id).expect("a process")
    }

    /// kill -9.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        let pid = nix::unistd::Pid::from_raw(pid.expect("it runs"));
        nix::sys::signal::kill(pid, signal).expect("it runs");
    }

    /// Waits until it ends by itself; whether it ended well.
    pub async fn wait(&mut self) -> bool {
        self.child
            .wait()
            .await
            .expect("it can be waited for")
            .success()
    }
}

/// `dramatis-inventory` beside the test that runs: `target/debug/` or what
/// `DRAMATIS_INVENTORY_BIN` names.
///
/// # Panics
/// Where it was not built.
#[must_use]
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("DRAMATIS_INVENTORY_BIN") {
        return named.into();
    }
    let mut folder = std::env::current_exe().expect("a test has a path");
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let path = folder.join("dramatis-inventory");
    assert!(
        path.is_file(),
        "{} is missing: build it with `cargo build -p dramatis-inventory --features testing`",
        path.display()
    );
    path
}
