//! The steps of `cargo xtask test`, in the order that finds the most first
//! and compiles the least twice.

use std::{fs, path::PathBuf, process::Command};

use super::{count::Count, fuzz};
use crate::{
    fault::{About, Fault},
    house, needs, run,
    session::Session,
    shell::{self, Ran},
    sqlx, studio,
};

/// One step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) run: fn() -> Result<Checked, Fault>,
}

/// What a step found.
pub(crate) struct Checked {
    pub(crate) count: Count,
    pub(crate) fault: Option<Fault>,
}

pub(crate) const STEPS: [Step; 12] = [
    Step {
        name: "fmt",
        what: "rustfmt",
        run: fmt,
    },
    Step {
        name: "pages",
        what: "the window's pages build",
        run: pages,
    },
    Step {
        name: "svelte",
        what: "svelte-check",
        run: || npm("svelte", "check"),
    },
    Step {
        name: "lint",
        what: "eslint and prettier",
        run: || npm("lint", "lint"),
    },
    Step {
        name: "vitest",
        what: "the UI's own tests",
        run: vitest,
    },
    Step {
        name: "sqlx",
        what: "every query against real databases; .sqlx is fresh",
        run: queries,
    },
    Step {
        name: "clippy",
        what: "clippy, no warnings",
        run: clippy,
    },
    Step {
        name: "rust",
        what: "cargo test, with a keychain and a display",
        run: rust,
    },
    Step {
        name: "fuzz",
        what: "the API against its description, from outside",
        run: fuzz::fuzz,
    },
    Step {
        name: "deny",
        what: "licences, sources and bans of all dependencies",
        run: deny,
    },
    Step {
        name: "browser",
        what: "the UI in Chromium, with axe",
        run: browser,
    },
    Step {
        name: "window",
        what: "the tour: the main job in the real window",
        run: window,
    },
];

fn fmt() -> Result<Checked, Fault> {
    let mut fmt = house::cargo();
    fmt.args(["fmt", "--all", "--check", "--", "--color", "never"]);
    one(&mut fmt, "fmt")
}

fn pages() -> Result<Checked, Fault> {
    studio::build_pages()?;
    Ok(Checked {
        count: Count::ONE,
        fault: None,
    })
}

fn npm(name: &str, script: &str) -> Result<Checked, Fault> {
    needs::ui_modules()?;
    one(ui("npm").args(["run", script]), name)
}

fn vitest() -> Result<Checked, Fault> {
    needs::ui_modules()?;
    let report = report("vitest.json")?;
    let mut tests = ui("npx");
    tests.args(["vitest", "run", "--reporter=default", "--reporter=json"]);
    tests.arg(format!("--outputFile.json={}", report.display()));
    let ran = shell::logged("vitest", "vitest", &mut tests)?;
    let written = fs::read_to_string(&report).unwrap_or_default();
    counted(ran, Count::of_vitest(&written), "vitest")
}

fn queries() -> Result<Checked, Fault> {
    needs::bring(&[&needs::WEBVIEW])?;
    sqlx::check()?;
    Ok(Checked {
        count: Count::ONE,
        fault: None,
    })
}

fn clippy() -> Result<Checked, Fault> {
    needs::bring(&[&needs::WEBVIEW])?;
    let mut clippy = house::cargo();
    clippy.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    one(clippy.env("SQLX_OFFLINE", "true"), "clippy")
}

fn rust() -> Result<Checked, Fault> {
    needs::bring(&[&needs::WEBVIEW, &needs::POSTGRES])?;
    studio::build_tests()?;
    let session = Session::new()?;
    let mut tests = session.command(
        house::cargo().get_program(),
        ["test", "--workspace", "--no-fail-fast"],
    );
    tests.current_dir(house::root()).env("SQLX_OFFLINE", "true");
    house::forget_xtask(&mut tests);
    let ran = shell::logged("rust", "cargo test --workspace", &mut tests)?;
    let output = ran.output()?;
    // With so many test programs, the end of the log is not where they are.
    for line in output.lines().filter(|line| line.ends_with("... FAILED")) {
        println!("    {line}");
    }
    counted(ran, Count::of_cargo(&output), "cargo test")
}

fn deny() -> Result<Checked, Fault> {
    let program = needs::CARGO_DENY.bring()?.join("cargo-deny");
    let mut deny = Command::new(program);
    deny.args(["--workspace", "check", "bans", "licenses", "sources"])
        .current_dir(house::root());
    one(&mut deny, "deny")
}

fn browser() -> Result<Checked, Fault> {
    needs::ui_modules()?;
    needs::bring(&[&needs::BROWSER])?;
    let report = report("playwright.json")?;
    let mut build = ui("npm");
    build.args(["run", "build:fake"]);
    shell::logged(
        "browser-build",
        "Building the pages for the tests",
        &mut build,
    )?
    .success("Building the pages for the tests")?;
    let mut tests = ui("npx");
    tests
        .args(["playwright", "test", "--reporter=list,json"])
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    let ran = shell::logged("browser", "playwright test", &mut tests)?;
    let written = fs::read_to_string(&report).unwrap_or_default();
    counted(ran, Count::of_playwright(&written), "playwright test")
}

fn window() -> Result<Checked, Fault> {
    needs::bring_to_build(&needs::TOUR)?;
    let studio = studio::build()?;
    let (mut walk, _session) = run::tour_command(&studio)?;
    let ran = shell::logged("window", "The tour", &mut walk)?;
    let count = Count::of_tour(&ran.output()?);
    counted(ran, count, "The tour")
}

/// A command that is one check.
fn one(command: &mut Command, name: &str) -> Result<Checked, Fault> {
    let ran = shell::logged(name, name, command)?;
    counted(ran, Count::ONE, name)
}

/// What a runner counted, unless it failed or tested nothing at all.
fn counted(ran: Ran, count: Count, doing: &str) -> Result<Checked, Fault> {
    if !ran.status.success() {
        let count = if count == Count::ONE {
            Count::default()
        } else {
            count
        };
        let fault = ran.success(doing).err();
        return Ok(Checked { count, fault });
    }
    if count.passed == 0 {
        return Err(Fault::new(format!("{doing} ended well but ran no test.")));
    }
    Ok(Checked { count, fault: None })
}

fn ui(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(house::root().join("ui"))
        .env("CI", "true");
    command
}

/// Where a runner writes its report; an old one must not be read as new.
fn report(name: &str) -> Result<PathBuf, Fault> {
    let folder = house::scratch();
    fs::create_dir_all(&folder).about("create", &folder)?;
    let path = folder.join(name);
    if path.exists() {
        fs::remove_file(&path).about("remove", &path)?;
    }
    Ok(path)
}
