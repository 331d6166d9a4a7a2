//! The command line of `dramatis-inventory`. Results go to standard output,
//! everything else to standard error.

mod operator;
mod signals;

use crate::{app::App, local, migrate, serve, verify::verify};
use clap::{Parser, Subcommand};
use object_store::{ObjectStore, local::LocalFileSystem};
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

/// The inventory of Dramatis: releases, kept by Postgres, served over HTTP.
#[derive(Debug, Parser)]
#[command(name = "dramatis-inventory", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve an inventory over a Postgres that is already there
    Serve {
        /// Postgres, as a login that may act as `dramatis_service`
        #[arg(long, env = "INVENTORY_DATABASE_URL", hide_env_values = true)]
        database_url: String,
        /// Where to listen
        #[arg(long, env = "INVENTORY_LISTEN", default_value = "127.0.0.1:7070")]
        listen: SocketAddr,
        /// The folder for files
        #[arg(long, env = "INVENTORY_BLOBS", default_value = "./blobs")]
        blobs: PathBuf,
        /// What people call this inventory
        #[arg(long, env = "INVENTORY_NAME", default_value = "Inventory")]
        name: String,
        /// The most connections to Postgres
        #[arg(long, default_value_t = 32)]
        connections: u32,
        /// Requests per second that one token may make on average; 0 for no limit
        #[arg(long, default_value_t = 100)]
        rate: u32,
    },
    /// Serve this computer's own inventory from one folder, with a Postgres of its own
    Local {
        /// The folder
        #[arg(long)]
        data: PathBuf,
        /// End when standard input closes: when whoever started this is gone
        #[arg(long)]
        with_parent: bool,
    },
    /// Mint a token for this computer's own inventory, which has to be running
    LocalToken {
        /// The folder
        #[arg(long)]
        data: PathBuf,
        /// What the token is for
        #[arg(long)]
        name: String,
    },
    /// Bring the database up to date, seed data included
    Migrate {
        /// Postgres, as an administrator of the database
        #[arg(long, env = "INVENTORY_DATABASE_URL", hide_env_values = true)]
        database_url: String,
    },
    /// Recompute every hash, link, number and state; name the first row that is off
    Verify {
        /// Postgres, as a login that may act as `dramatis_auditor`
        #[arg(
            long,
            env = "INVENTORY_DATABASE_URL",
            hide_env_values = true,
            required_unless_present = "data"
        )]
        database_url: Option<String>,
        /// The folder for files, to hash them too
        #[arg(long, env = "INVENTORY_BLOBS")]
        blobs: Option<PathBuf>,
        /// This computer's own inventory, which has to be running
        #[arg(long)]
        data: Option<PathBuf>,
    },
    #[command(flatten)]
    Operator(operator::Operator),
}

/// Runs the command line. 0 is success, 1 is a failed command or check, 2 is
/// wrong usage.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("DRAMATIS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .with_ansi(false)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(fault) => return failed(&fault),
    };
    match runtime.block_on(carry_out(arguments.command)) {
        Ok(code) => code,
        Err(fault) => failed(fault.as_ref()),
    }
}

type Anything = Box<dyn std::error::Error + Send + Sync>;

async fn carry_out(command: Command) -> Result<ExitCode, Anything> {
    match command {
        Command::Serve {
            database_url,
            listen,
            blobs,
            name,
            connections,
            rate,
        } => {
            let stop = signals::stop(false);
            let app = App::start(&serve::Settings {
                database_url,
                blobs,
                name,
                connections,
                rate,
            })
            .await?;
            let listener = serve::bind(listen).await?;
            local::Notice::new(listener.local_addr()?).announce();
            app.serve(listener, stop).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Local { data, with_parent } => {
            local::run(&data, signals::stop(with_parent)).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::LocalToken { data, name } => {
            let token = local::mint(&data, &name).await?;
            operator::say(&serde_json::json!({ "token": token.reveal() }))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate { database_url } => {
            migrate::migrate(&database_url).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify {
            database_url,
            blobs,
            data,
        } => {
            let (url, blobs) = match data {
                Some(data) => (local::auditor_url(&data).await?, Some(local::blobs(&data))),
                None => (database_url.unwrap_or_default(), blobs),
            };
            let store = blobs.map(LocalFileSystem::new_with_prefix).transpose()?;
            let verified =
                verify(&url, store.as_ref().map(|store| store as &dyn ObjectStore)).await?;
            operator::say(&serde_json::json!({ "verified": verified.to_string() }))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Operator(command) => operator::carry_out(command).await,
    }
}

// Standard error is where a person, or whoever started us, reads it.
#[expect(clippy::print_stderr)]
fn failed(fault: &(dyn std::error::Error + 'static)) -> ExitCode {
    eprintln!("dramatis-inventory: {fault}");
    ExitCode::FAILURE
}
