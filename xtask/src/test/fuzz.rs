//! The API as its description says it is, tried from outside by a program that
//! knows nothing else of it: no failure of ours, no answer that is not
//! described, on every operation.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{count::Count, steps::Checked};
use crate::{
    fault::{About, Fault},
    house, needs,
    postgres::Cluster,
    shell, studio,
};

/// What is looked at. Not `positive_data_acceptance`: that a request fits its
/// schema does not mean that the character may be published.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
response_headers_conformance,response_schema_conformance,negative_data_rejection,\
ignored_auth,unsupported_method,use_after_free";

/// Requests an operation and phase.
const EXAMPLES: &str = "40";

/// The step.
pub(super) fn fuzz() -> Result<Checked, Fault> {
    needs::bring(&[&needs::POSTGRES, &needs::PYTHON])?;
    let schemathesis = needs::SCHEMATHESIS.bring()?;
    studio::build_tests()?;
    let cluster = Cluster::passing()?;
    let inventory = Provisioned::new(cluster.url("postgres"))?;
    let service = Running::start(&inventory.database, &house::scratch().join("fuzz"))?;

    // Not by itself: its first line names the folder it was installed in, and
    // the whole of `target` may have moved since.
    let mut fuzzer = Command::new(schemathesis.join("python"));
    fuzzer
        .arg(schemathesis.join("schemathesis"))
        .arg("run")
        .arg(house::root().join("docs/openapi.json"))
        .args(["--url", &service.url, "--checks", CHECKS])
        .args(["--max-examples", EXAMPLES, "--continue-on-failure"])
        // The same requests every time: a failure here is the change's own.
        .args(["--seed", "1", "--generation-deterministic"])
        .arg("--no-color")
        .arg("--header")
        .arg(format!("Authorization: Bearer {}", inventory.token))
        .current_dir(house::scratch());
    let ran = shell::logged(
        "fuzz",
        "schemathesis against the running service",
        &mut fuzzer,
    )?;
    let count = tested(&ran.output()?);
    if !ran.status.success() {
        return Ok(Checked {
            count: Count::default(),
            fault: ran.success("schemathesis").err(),
        });
    }
    if count.passed == 0 {
        return Err(Fault::new(
            "schemathesis ended well but tested no operation.",
        ));
    }
    Ok(Checked { count, fault: None })
}

/// Operations that were tested, as the summary says it.
fn tested(output: &str) -> Count {
    let said = output
        .lines()
        .find_map(|line| line.trim().strip_prefix("Tested: "));
    Count {
        passed: said.and_then(|n| n.trim().parse().ok()).unwrap_or(0),
        failed: 0,
    }
}

/// A database with a tenant, a creator who may do everything, and a token:
/// made with the commands that an operator uses.
struct Provisioned {
    database: String,
    token: String,
}

impl Provisioned {
    fn new(database: String) -> Result<Self, Fault> {
        let lay_out = |words: &[&str]| operator(&database, words);
        lay_out(&["migrate"])?;
        lay_out(&["tenant", "create", "fuzz"])?;
        lay_out(&[
            "creator", "create", "ana", "--tenant", "fuzz", "--role", "operator", "--role",
            "reviewer", "--role", "auditor",
        ])?;
        let made = lay_out(&[
            "token",
            "create",
            "--tenant",
            "fuzz",
            "--creator",
            "ana",
            "--label",
            "fuzz",
        ])?;
        let token = text_of(&made, "token")?;
        Ok(Self { database, token })
    }
}

fn operator(database: &str, words: &[&str]) -> Result<String, Fault> {
    let output = program()
        .args(words)
        .env("INVENTORY_DATABASE_URL", database)
        .output()
        .about("start", "dramatis-inventory")?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Fault::new(format!(
        "{said}\n`dramatis-inventory {}` failed.",
        words.join(" ")
    )))
}

/// The service, running, for as long as the value lives.
struct Running {
    url: String,
    child: Child,
    blobs: PathBuf,
}

impl Running {
    fn start(database: &str, blobs: &Path) -> Result<Self, Fault> {
        let mut child = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--rate", "0", "--blobs"])
            .arg(blobs)
            .env("INVENTORY_DATABASE_URL", database)
            .env("DRAMATIS_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .about("start", "dramatis-inventory")?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out)
                .read_line(&mut line)
                .about("read", "what the service says")?;
        }
        Ok(Self {
            url: text_of(&line, "url")?,
            child,
            blobs: blobs.to_owned(),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_dir_all(&self.blobs).ok();
    }
}

fn program() -> Command {
    Command::new(house::target().join("debug/dramatis-inventory"))
}

/// One text of a flat JSON object that is known to hold no escapes.
fn text_of(json: &str, name: &str) -> Result<String, Fault> {
    json.split_once(&format!("\"{name}\":\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(text, _)| text.to_owned())
        .ok_or_else(|| Fault::new(format!("The inventory said no `{name}`: {json}")))
}
