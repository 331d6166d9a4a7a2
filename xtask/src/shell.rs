//! Running programs: with their output in a log and a heartbeat on the
//! terminal, so that nothing long is silent.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{
    fault::{About, Fault},
    house,
};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// How much of a log is shown: programs say what is wrong first (npm) or last
/// (cargo).
const FIRST_LINES: usize = 12;
const LAST_LINES: usize = 60;

/// What one logged program left behind.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) log: PathBuf,
}

impl Ran {
    /// Everything the program wrote.
    pub(crate) fn output(&self) -> Result<String, Fault> {
        let bytes = fs::read(&self.log).about("read", &self.log)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Refuses a failed run, showing the end of what it wrote.
    pub(crate) fn success(self, doing: &str) -> Result<Self, Fault> {
        if self.status.success() {
            return Ok(self);
        }
        let fault = Fault::new(format!(
            "{}\n{doing} failed ({}).",
            excerpt(&self.log),
            self.status
        ));
        Err(fault.fix(format!("All of it is in {}.", shown(&self.log))))
    }
}

/// Runs `command` to its end. Output goes to `target/xtask/<name>.log`; the
/// terminal gets a line now and every [`HEARTBEAT`].
pub(crate) fn logged(name: &str, doing: &str, command: &mut Command) -> Result<Ran, Fault> {
    let folder = house::scratch();
    fs::create_dir_all(&folder).about("create", &folder)?;
    let log = folder.join(format!("{name}.log"));
    let file = File::create(&log).about("create", &log)?;
    let errors = file.try_clone().about("open", &log)?;

    println!("· {doing} …");
    let begun = Instant::now();
    let mut child = command
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .spawn()
        .about("start", command.get_program())?;
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(child.wait()));
    let status = loop {
        match end.recv_timeout(HEARTBEAT) {
            Ok(status) => break status.about("wait for", command.get_program())?,
            Err(mpsc::RecvTimeoutError::Timeout) => beat(begun, &log),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Fault::new(format!("Lost sight of: {doing}.")));
            }
        }
    };
    Ok(Ran { status, log })
}

/// Runs `command` on the terminal as it is.
pub(crate) fn shown_run(doing: &str, command: &mut Command) -> Result<(), Fault> {
    let status = command.status().about("start", command.get_program())?;
    if status.success() {
        Ok(())
    } else {
        Err(Fault::new(format!("{doing} failed ({status}).")))
    }
}

/// What `program` prints, or nothing where it is missing or fails.
pub(crate) fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// A path as a person would type it from the root.
pub(crate) fn shown(path: &Path) -> String {
    let short = path.strip_prefix(house::root()).unwrap_or(path);
    short.display().to_string()
}

/// The beginning and the end of a log.
pub(crate) fn excerpt(log: &Path) -> String {
    let text = fs::read(log).map_or_else(|_| String::new(), |b| plain(&b));
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() > FIRST_LINES + LAST_LINES {
        lines.splice(FIRST_LINES..lines.len() - LAST_LINES, ["[…]"]);
    }
    lines.join("\n")
}

fn beat(begun: Instant, log: &Path) {
    let text = fs::read(log).map_or_else(|_| String::new(), |b| plain(&b));
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    let last: String = last.unwrap_or_default().trim().chars().take(90).collect();
    println!("    {:>4} s  {last}", begun.elapsed().as_secs());
}

fn plain(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\r', "\n")
}
