//! `cargo xtask …`: set-up, run, test and bench, each of which brings what it
//! needs. Standard library only, so that it starts at once.

// Talking to the person at the terminal is what this program is for.
#![allow(clippy::print_stdout)]

#[cfg(not(unix))]
compile_error!("Dramatis is built on Linux and macOS; on Windows, use WSL.");

mod bench;
mod chaos;
mod databases;
mod fault;
mod generate;
mod house;
mod needs;
mod postgres;
mod run;
mod session;
mod shell;
mod sqlx;
mod studio;
mod test;

use std::process::ExitCode;

use fault::Fault;

const USAGE: &str = "\
cargo xtask <command>

  run                        build the studio and open its window
                             (the tour, where there is no display)
  run --tour                 walk the main job in the real window, headless;
                             pictures and a transcript go to target/tour
  test [STEP…] [--no-window] everything that is checked, or only the steps named
  bench                      measure what is fast or slow, each beside its floor
  chaos [--rounds N] [--seed S]
                             random operations, duplicates and crashes against the
                             live inventory and a reference; a failure names its seed
  generate [WHAT…]           write anew what is generated: sqlx, bindings, openapi, client
  sqlx prepare [-p CRATE]…   check every query against real databases and write .sqlx
  sqlx check                 the same, but only compare with the committed .sqlx
  db [drafts|inventory|stop] databases for writing queries against; prints what to export

Each brings what it needs, and says so first.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("\n{fault}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Result<(), Fault> {
    match words {
        ["run", rest @ ..] => run::command(rest),
        ["test", rest @ ..] => test::command(rest),
        ["bench", rest @ ..] => bench::command(rest),
        ["chaos", rest @ ..] => chaos::command(rest),
        ["generate", rest @ ..] => generate::command(rest),
        ["sqlx", rest @ ..] => sqlx::command(rest),
        ["db", rest @ ..] => databases::command(rest),
        [] | ["help" | "--help" | "-h", ..] => {
            println!("{USAGE}");
            Ok(())
        }
        [other, ..] => Err(Fault::new(format!("There is no command `{other}`.")).fix(USAGE)),
    }
}
