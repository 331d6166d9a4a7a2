//! `dramatis-bench`: how fast is it? Every measurement stands beside its
//! floor, the least that the same disk and database take for the same facts,
//! measured in turns in the same run (docs/benchmarks.md).

// Talking to the person at the terminal is what this program is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod fault;
mod ground;
mod import;
mod machine;
mod plan;
mod publish;
mod reads;
mod save;
mod soak;
mod stored;
mod table;
mod turns;
mod verify;

use arguments::{Arguments, Measure};
use clap::Parser as _;
use fault::Fault;
use ground::Server;
use machine::Machine;
use plan::Plan;
use publish::Filled;
use std::{path::Path, process::ExitCode};
use table::Table;

fn main() -> ExitCode {
    // The inventory in a process of its own, where no other one was named:
    // the very command line that `dramatis-inventory` has.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == "serve" || word == "verify")
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
    let mut plan = if arguments.quick {
        Plan::QUICK
    } else {
        Plan::FULL
    };
    plan.stored.1 = arguments.stored.unwrap_or(plan.stored.1);
    plan.soak = arguments.soak().unwrap_or(plan.soak);
    let folder = arguments.folder()?;
    let mut table = Table::new(Machine::look(&folder)?);
    let at_the_inventory = [
        Measure::Publish,
        Measure::Verify,
        Measure::Soak,
        Measure::Scale,
        Measure::Reads,
    ];
    if arguments.wants_any(&at_the_inventory) {
        eprintln!("· a private Postgres");
        let server = Server::start(&folder).await?;
        let measured = Box::pin(inventory(arguments, &plan, &folder, &server, &mut table)).await;
        let stopped = server.stop().await;
        measured?;
        stopped?;
    }
    if arguments.wants(Measure::Save) {
        save::measure(&plan, &folder, &mut table).await?;
    }
    if arguments.wants(Measure::Import) {
        import::measure(&plan, &folder, &mut table).await?;
    }
    Ok(table)
}

/// Everything that needs the service.
async fn inventory(
    arguments: &Arguments,
    plan: &Plan,
    folder: &Path,
    server: &Server,
    table: &mut Table,
) -> Result<(), Fault> {
    if arguments.wants_any(&[Measure::Publish, Measure::Verify, Measure::Soak]) {
        let filled = Filled::make(server, plan).await?;
        // First: the floor of a publish makes up the hashes of its events.
        if arguments.wants(Measure::Verify) {
            verify::measure(plan, &filled.ground, table).await?;
        }
        if arguments.wants(Measure::Publish) {
            publish::measure(plan, folder, server, &filled, table).await?;
        }
        if arguments.wants(Measure::Soak) {
            soak::measure(plan, &filled, table).await?;
        }
        server.clear(filled.ground).await?;
    }
    if arguments.wants_any(&[Measure::Scale, Measure::Reads]) {
        let large = stored::large(server, plan, table).await?;
        if arguments.wants(Measure::Reads) {
            reads::measure(plan, &large.ground, table).await?;
        }
        if arguments.wants(Measure::Scale) {
            stored::measure(plan, server, &large, table).await?;
        }
        server.clear(large.ground).await?;
    }
    Ok(())
}

fn failed(fault: &Fault) -> ExitCode {
    eprintln!("dramatis-bench: {fault}");
    ExitCode::FAILURE
}
