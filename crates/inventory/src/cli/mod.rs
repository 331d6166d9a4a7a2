//! The command line of `dramatis-inventory`. Results go to standard output,
//! everything else to standard error.

mod log;
mod operator;
mod patience;
mod privacy;
mod refused;
mod said;
mod signals;
mod token;
mod webhook;

use crate::{
    app::App,
    blobs::{BlobStore, collect::collect, open_store},
    db::{Database, DbRole},
    local, migrate,
    replay::replay,
    serve, traces,
    verify::{Verified, verify_telling},
    webhook::WebhookSettings,
};
use clap::{CommandFactory as _, Parser, Subcommand};
use object_store::ObjectStore;
use patience::PatienceArguments;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

/// The inventory of Dramatis: releases, kept by Postgres, served over HTTP.
#[derive(Debug, Parser)]
#[command(name = "dramatis-inventory", version)]
struct Arguments {
    /// How the log on standard error is written; what is in it says `DRAMATIS_LOG`
    #[arg(
        long,
        global = true,
        env = "DRAMATIS_LOG_FORMAT",
        default_value = "text"
    )]
    log_format: log::Format,
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
        /// A streaming replica of it, as the same login: reads go there
        #[arg(long, env = "INVENTORY_READ_DATABASE_URL", hide_env_values = true)]
        read_database_url: Option<String>,
        /// Postgres, as a login that may act as `dramatis_worker`; without it this
        /// process only answers, and apps hear of nothing unless another one has it
        #[arg(long, env = "INVENTORY_WORKER_DATABASE_URL", hide_env_values = true)]
        worker_database_url: Option<String>,
        /// Where files are kept: a folder, or s3://BUCKET/PREFIX
        #[arg(long, env = "INVENTORY_BLOBS", default_value = "./blobs")]
        blobs: BlobStore,
        /// What people call this inventory
        #[arg(long, env = "INVENTORY_NAME", default_value = "Inventory")]
        name: String,
        /// The most connections to Postgres
        #[arg(long, default_value_t = 32)]
        connections: u32,
        /// Requests per second that one token may make on average; 0 for no limit
        #[arg(long, default_value_t = 100)]
        rate: u32,
        /// The key that webhooks' secrets are sealed under; without it this
        /// process leaves webhooks to others
        #[arg(long, env = "INVENTORY_WEBHOOK_KEY_FILE")]
        webhook_key_file: Option<PathBuf>,
        #[command(flatten)]
        webhooks: webhook::Allow,
        #[command(flatten)]
        patience: PatienceArguments,
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
        /// Where files are kept, to hash them too: a folder, or s3://BUCKET/PREFIX
        #[arg(long, env = "INVENTORY_BLOBS")]
        blobs: Option<BlobStore>,
        /// This computer's own inventory, which has to be running
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Rebuild releases, states, channels and projections from manifests and
    /// events alone; name the first row that is off
    Replay {
        /// Postgres, as a login that may act as `dramatis_auditor`
        #[arg(
            long,
            env = "INVENTORY_DATABASE_URL",
            hide_env_values = true,
            required_unless_present = "data"
        )]
        database_url: Option<String>,
        /// This computer's own inventory, which has to be running
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Take away files that no release names and that are older than a week
    Collect {
        /// Postgres, as a login that may act as `dramatis_worker`
        #[arg(long, env = "INVENTORY_WORKER_DATABASE_URL", hide_env_values = true)]
        worker_database_url: String,
        /// Where files are kept: a folder, or s3://BUCKET/PREFIX
        #[arg(long, env = "INVENTORY_BLOBS")]
        blobs: BlobStore,
        /// How many days a file may lie unnamed. Keep it above the age of the
        /// oldest backup you would restore
        #[arg(long, default_value_t = 7)]
        keep_days: u16,
        /// Only count
        #[arg(long)]
        dry_run: bool,
    },
    #[command(flatten)]
    Operator(operator::Operator),
    #[command(flatten)]
    Privacy(privacy::Privacy),
}

/// Runs the command line. 0 is success, 1 is a failed command or check, 2 is
/// wrong usage.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(fault) => refused::with_variables(fault, &Arguments::command()).exit(),
    };
    // Whoever runs the other commands sees how long they take.
    let traces = match arguments.command {
        Command::Serve { .. } => traces::asked_for(),
        _ => Ok(None),
    };
    let export = log::begin(arguments.log_format, traces);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(fault) => return failed(&fault),
    };
    let code = match runtime.block_on(carry_out(arguments.command)) {
        Ok(code) => code,
        Err(fault) => failed(fault.as_ref()),
    };
    if let Some(export) = export {
        export.end();
    }
    code
}

/// Every command by its words, as the definition above has them.
#[cfg(feature = "testing")]
pub(crate) fn commands() -> Vec<String> {
    fn leaves(command: &clap::Command, words: &str, all: &mut Vec<String>) {
        for one in command.get_subcommands() {
            let words = format!("{words} {}", one.get_name());
            if one.has_subcommands() {
                leaves(one, &words, all);
            } else {
                all.push(words.trim_start().to_owned());
            }
        }
    }
    let mut all = Vec::new();
    leaves(&Arguments::command(), "", &mut all);
    all
}

/// How often a long command says how far it is.
const BETWEEN_WORDS: Duration = Duration::from_secs(5);

type Anything = Box<dyn std::error::Error + Send + Sync>;

async fn carry_out(command: Command) -> Result<ExitCode, Anything> {
    match command {
        Command::Serve {
            database_url,
            listen,
            read_database_url,
            worker_database_url,
            blobs,
            name,
            connections,
            rate,
            webhook_key_file,
            webhooks,
            patience,
        } => {
            let stop = signals::stop(false);
            let app = App::start(&serve::Settings {
                database_url,
                read_database_url,
                worker_database_url,
                blobs,
                name,
                connections,
                rate,
                webhooks: WebhookSettings {
                    key_file: webhook_key_file,
                    allowed: webhooks.into(),
                },
                patience: patience.into(),
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
            let migrated = migrate::migrate(&database_url).await?;
            operator::say(&serde_json::json!({
                "migrations_applied": migrated.applied, "schema": "up to date", "version": migrated.version,
            }))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify {
            database_url,
            blobs,
            data,
        } => {
            let (url, blobs) = match data {
                Some(data) => (
                    local::auditor_url(&data).await?,
                    Some(BlobStore::Folder(local::blobs(&data))),
                ),
                None => (database_url.unwrap_or_default(), blobs),
            };
            let store = blobs.as_ref().map(existing_store).transpose()?;
            let mut told = std::time::Instant::now();
            let progress = |so_far: &Verified| {
                if told.elapsed() > BETWEEN_WORDS {
                    told = std::time::Instant::now();
                    tracing::info!("verify: so far {so_far}");
                }
            };
            let verified = verify_telling(&url, store.as_deref(), progress).await?;
            operator::say(
                &serde_json::json!({ "verified": verified.to_string(), "erased": verified.erased }),
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Replay { database_url, data } => {
            let url = match data {
                Some(data) => local::auditor_url(&data).await?,
                None => database_url.unwrap_or_default(),
            };
            let replayed = replay(&url, |what| tracing::info!("replay: {what}")).await?;
            operator::say(&serde_json::json!({ "replayed": replayed.to_string() }))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Collect {
            worker_database_url,
            blobs,
            keep_days,
            dry_run,
        } => {
            let db = Database::open(&worker_database_url, DbRole::Worker, 1)?;
            let keep = Duration::from_secs(u64::from(keep_days) * 24 * 60 * 60);
            let done = collect(&db, existing_store(&blobs)?.as_ref(), keep, dry_run).await?;
            operator::say(&serde_json::json!({ "collected": done, "dry_run": dry_run }))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Operator(command) => operator::carry_out(command).await,
        Command::Privacy(command) => privacy::carry_out(command).await,
    }
}

/// Opens a store of files that is there: a folder whose name was mistyped is not
/// to be made, and then found empty.
fn existing_store(place: &BlobStore) -> Result<Arc<dyn ObjectStore>, Anything> {
    if let BlobStore::Folder(path) = place
        && !path.is_dir()
    {
        let path = path.display();
        let what = format!(
            "There is no folder {path} (--blobs). Nothing was looked at or changed: give the one that `serve` was given."
        );
        return Err(what.into());
    }
    Ok(open_store(place)?)
}

// Standard error is where a person, or whoever started us, reads it.
#[expect(clippy::print_stderr)]
fn failed(fault: &(dyn std::error::Error + 'static)) -> ExitCode {
    let said = refused::unmigrated(fault).unwrap_or_else(|| said::said(fault));
    eprintln!("dramatis-inventory: {said}");
    ExitCode::FAILURE
}
