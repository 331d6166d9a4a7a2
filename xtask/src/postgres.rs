//! A private Postgres cluster for checking queries against. It trusts
//! everyone on this computer and does not sync: for tests, never for data.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    fault::{About, Fault},
    shell,
};

const START_LIMIT: Duration = Duration::from_secs(30);

/// A cluster in a folder of its own.
pub(crate) struct Cluster {
    folder: PathBuf,
    port: u16,
}

/// A cluster that ends, folder and all, when this value does.
pub(crate) struct Passing {
    cluster: Cluster,
    server: Child,
}

impl Cluster {
    /// The cluster in `folder`, if it is running.
    pub(crate) fn running(folder: &Path) -> Option<Self> {
        let pidfile = fs::read_to_string(folder.join("data/postmaster.pid")).ok()?;
        let lines: Vec<&str> = pidfile.lines().map(str::trim).collect();
        signal("0", lines.first()?)?;
        let ready = lines.get(7) == Some(&"ready");
        ready.then_some(Self {
            folder: folder.to_owned(),
            port: lines.get(3)?.parse().ok()?,
        })
    }

    /// Makes a new cluster in `folder` that outlives this program.
    pub(crate) fn start(folder: &Path) -> Result<Self, Fault> {
        let (cluster, mut server) = launch(folder, true)?;
        cluster.await_ready(&mut server)?;
        Ok(cluster)
    }

    /// Makes a new cluster for as long as the value lives.
    pub(crate) fn passing() -> Result<Passing, Fault> {
        let folder = env::temp_dir().join(format!("dramatis-check-{}", std::process::id()));
        let (cluster, server) = launch(&folder, false)?;
        let mut passing = Passing { cluster, server };
        passing.cluster.await_ready(&mut passing.server)?;
        Ok(passing)
    }

    /// Stops the cluster and removes its folder.
    pub(crate) fn stop(self) -> Result<(), Fault> {
        let pidfile = self.folder.join("data/postmaster.pid");
        let text = fs::read_to_string(&pidfile).about("read", &pidfile)?;
        let pid = text.lines().next().unwrap_or_default().trim().to_owned();
        signal("INT", &pid)
            .ok_or_else(|| Fault::new(format!("Postgres {pid} could not be stopped.")))?;
        until(START_LIMIT, || !pidfile.exists());
        fs::remove_dir_all(&self.folder).about("remove", &self.folder)
    }

    /// The address of a database in it.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn await_ready(&self, server: &mut Child) -> Result<(), Fault> {
        // A socket that can be connected to is not enough: line 8 of the
        // file says when the server takes statements.
        let pidfile = self.folder.join("data/postmaster.pid");
        let mut ended = false;
        let ready = until(START_LIMIT, || {
            ended = matches!(server.try_wait(), Ok(Some(_)));
            let text = fs::read_to_string(&pidfile).unwrap_or_default();
            ended || text.lines().nth(7).is_some_and(|l| l.trim() == "ready")
        });
        if ready && !ended {
            return Ok(());
        }
        let log = self.folder.join("log");
        Err(Fault::new(format!(
            "{}\nPostgres did not start.",
            shell::excerpt(&log)
        )))
    }
}

impl Passing {
    /// The address of a database in it.
    pub(crate) fn url(&self, database: &str) -> String {
        self.cluster.url(database)
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // Nothing in it is worth keeping, so nothing is gained by asking nicely.
        if signal("QUIT", &self.server.id().to_string()).is_some() {
            self.server.wait().ok();
        }
        fs::remove_dir_all(&self.cluster.folder).ok();
    }
}

fn launch(folder: &Path, outlive: bool) -> Result<(Cluster, Child), Fault> {
    let programs = programs()?;
    if folder.exists() {
        fs::remove_dir_all(folder).about("remove", folder)?;
    }
    fs::create_dir_all(folder).about("create", folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).about("close off", folder)?;
    let owner = owner(folder)?;
    let data = folder.join("data");

    let mut initdb = Command::new(programs.join("initdb"));
    initdb.args(["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]);
    initdb.args(["--locale=C", "-D"]).arg(&data);
    let made = as_owner(&mut initdb, owner, folder)
        .output()
        .about("start", programs.join("initdb"))?;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr);
        return Err(Fault::new(format!("{said}\ninitdb failed.")));
    }

    let port = free_port()?;
    let log = folder.join("log");
    let log = fs::File::create(&log).about("create", &log)?;
    let mut server = Command::new(programs.join("postgres"));
    server.args(["-F", "-h", "127.0.0.1", "-p", &port.to_string(), "-D"]);
    server.arg(&data).arg("-k").arg(folder);
    server
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    if outlive {
        server.process_group(0);
    }
    let child = as_owner(&mut server, owner, folder)
        .spawn()
        .about("start", programs.join("postgres"))?;
    let folder = folder.to_owned();
    Ok((Cluster { folder, port }, child))
}

/// The newest installed server's folder of programs.
pub(crate) fn programs() -> Result<PathBuf, Fault> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").exists())
        .collect();
    versions.sort();
    if let Some((_, newest)) = versions.pop() {
        return Ok(newest);
    }
    // Elsewhere the server's programs lie on the path.
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .find(|folder| folder.join("initdb").exists())
        .ok_or_else(|| {
            Fault::new("There is no Postgres server here (no `initdb`).")
                .fix("Install PostgreSQL 15 or newer, and put its programs on the PATH.")
        })
}

/// Postgres refuses to run as root, so root hands the folder to `postgres`.
fn owner(folder: &Path) -> Result<Option<(u32, u32)>, Fault> {
    if shell::answer("id", &["-u"]).as_deref() != Some("0") {
        return Ok(None);
    }
    let id = |flag| {
        shell::answer("id", &[flag, "postgres"])?
            .parse::<u32>()
            .ok()
    };
    let (Some(user), Some(group)) = (id("-u"), id("-g")) else {
        return Err(Fault::new(
            "Postgres does not run as root, and there is no user `postgres` here.",
        )
        .fix("Run this as another user, or install the distribution's own PostgreSQL."));
    };
    chown(folder, Some(user), Some(group)).about("hand over", folder)?;
    Ok(Some((user, group)))
}

fn as_owner<'c>(
    command: &'c mut Command,
    owner: Option<(u32, u32)>,
    folder: &Path,
) -> &'c mut Command {
    command.current_dir(folder);
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

fn free_port() -> Result<u16, Fault> {
    let listener = TcpListener::bind("127.0.0.1:0").about("listen on", "127.0.0.1")?;
    let address = listener.local_addr().about("listen on", "127.0.0.1")?;
    Ok(address.port())
}

/// Sends a signal by the shell's own `kill`: a bare system has no other.
fn signal(name: &str, pid: &str) -> Option<String> {
    shell::answer("sh", &["-c", "kill -s \"$1\" \"$2\"", "kill", name, pid])
}

/// Looks at `done` until it holds; false when `limit` came first.
fn until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if done() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}
