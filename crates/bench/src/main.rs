//! `dramatis-bench`: how fast is it? Every measurement stands beside its
//! floor, the least that the same disk and database take for the same facts,
//! measured in turns in the same run (docs/benchmarks.md).

// Talking to the person at the terminal is what this program is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod fault;
mod import;
mod machine;
mod plan;
mod publish;
mod save;
mod table;
mod turns;

use arguments::Arguments;
use clap::Parser as _;
use fault::Fault;
use machine::Machine;
use plan::Plan;
use std::process::ExitCode;
use table::Table;

fn main() -> ExitCode {
    // The inventory in a process of its own, where no other one was named:
    // the very command line that `dramatis-inventory` has.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == "serve")
    {
        return dramatis_inventory::command_line();
    }
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(cause) => return failed(&Fault::io("the program's threads")(cause)),
    };
    match runtime.block_on(Box::pin(until_stopped(&arguments))) {
        Ok(table) => {
            if arguments.json {
                println!("{}", table.json());
            } else {
                println!("{table}");
            }
            ExitCode::SUCCESS
        }
        Err(fault) => failed(&fault),
    }
}

/// Measures, and leaves nothing running where the person stops it.
async fn until_stopped(arguments: &Arguments) -> Result<Table, Fault> {
    tokio::select! {
        table = measure(arguments) => table,
        _ = tokio::signal::ctrl_c() => Err(Fault::Stopped),
    }
}

async fn measure(arguments: &Arguments) -> Result<Table, Fault> {
    let plan = if arguments.quick {
        Plan::QUICK
    } else {
        Plan::FULL
    };
    let folder = arguments.folder()?;
    let mut table = Table::new(Machine::look(&folder)?);
    if arguments.wants(arguments::Measure::Publish) {
        Box::pin(publish::measure(&plan, &folder, &mut table)).await?;
    }
    if arguments.wants(arguments::Measure::Save) {
        save::measure(&plan, &folder, &mut table).await?;
    }
    if arguments.wants(arguments::Measure::Import) {
        import::measure(&plan, &folder, &mut table).await?;
    }
    Ok(table)
}

fn failed(fault: &Fault) -> ExitCode {
    eprintln!("dramatis-bench: {fault}");
    ExitCode::FAILURE
}
