//! `dramatis`: the studio's core without a window, for scripts and for support.
//!
//! The same store, outbox and keychain as the window; both may run at once.

mod args;
mod commands;
mod connect;
mod exit;
mod files;
mod find;
mod output;
mod when;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let json = args.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = exit::Failure::new(
                "no_runtime",
                format!("The program could not start its threads: {error}"),
            );
            return output::failed(&failure, json);
        }
    };
    match runtime.block_on(Box::pin(commands::run(args))) {
        Ok(exit) => exit.into(),
        Err(failure) => output::failed(&failure, json),
    }
}
