//! What is kept about people: erased, given out, held, and kept no longer than
//! its time.

use super::{
    Anything, existing_store,
    operator::{Database, open, say},
};
use crate::{
    blobs::BlobStore,
    privacy::{Eraser, Request},
};
use clap::{Args, Subcommand};
use dramatis_api::timestamp;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};

/// Where texts and bytes are taken away.
#[derive(Debug, Args)]
pub(super) struct EraserDatabase {
    /// Postgres, as a login that may act as `dramatis_eraser`
    #[arg(long, env = "INVENTORY_ERASER_DATABASE_URL", hide_env_values = true)]
    eraser_database_url: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum Privacy {
    /// Erase what is kept about a person: names, notes and reasons; their
    /// hashes, and the handle, stay. Ends their tokens
    Erase {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// Whose, by handle or id
        #[arg(long)]
        account: String,
        /// On what ground; name nobody in it
        #[arg(long)]
        ground: String,
        /// Also the cards and files of this character, by slug or id; once each
        #[arg(long = "content")]
        contents: Vec<String>,
        /// Where files are kept: a folder, or s3://BUCKET/PREFIX
        #[arg(long, env = "INVENTORY_BLOBS")]
        blobs: Option<BlobStore>,
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        database: EraserDatabase,
    },
    /// Write everything kept about a person into a new folder
    Export {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// Whose, by handle or id
        #[arg(long)]
        account: String,
        /// The folder to make
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        database: Database,
    },
    /// Holds: what is neither erased nor collected, whatever anybody orders
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Take what has been kept long enough, in every tenant
    Retain {
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
        /// Only say for how many days each class is kept
        #[arg(long)]
        show: bool,
        #[command(flatten)]
        database: EraserDatabase,
    },
    /// Say for how many days a tenant keeps a class of data
    Retention {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// device_name, actor_name, reason, notes, token_use or webhook_delivery
        class: String,
        /// Days; without it the class is kept for good
        #[arg(long)]
        days: Option<i32>,
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum HoldCommand {
    /// Hold everything about an account or an item
    Add {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// The account, by handle or id
        #[arg(long, required_unless_present = "item", conflicts_with = "item")]
        account: Option<String>,
        /// The item, by id or as CREATOR/SLUG
        #[arg(long)]
        item: Option<String>,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        database: Database,
    },
    /// End a hold
    Release {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// The hold's number
        number: i32,
        #[command(flatten)]
        database: Database,
    },
    /// List holds
    List {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        #[command(flatten)]
        database: Database,
    },
}

pub(super) async fn carry_out(command: Privacy) -> Result<ExitCode, Anything> {
    match command {
        Privacy::Erase {
            tenant,
            account,
            ground,
            contents,
            blobs,
            dry_run,
            database,
        } => {
            let eraser = Eraser::open(&database.eraser_database_url)?;
            let store = blobs.as_ref().map(existing_store).transpose()?;
            let request = Request {
                account,
                ground,
                contents,
            };
            let tenant = eraser.tenant(&tenant).await?;
            let done = eraser
                .erase(tenant, &request, store.as_deref(), dry_run)
                .await?;
            say(&json!({ "erased": done, "dry_run": dry_run }))?;
        }
        Privacy::Export {
            tenant,
            account,
            out,
            database,
        } => {
            let provisioner = open(&database)?;
            let tenant = provisioner.tenant(&tenant).await?;
            let done = provisioner.export(tenant, &account, &out).await?;
            say(&json!({ "exported": done, "folder": out }))?;
        }
        Privacy::Hold(command) => hold(command).await?,
        Privacy::Retain {
            dry_run,
            show,
            database,
        } => retain(&database, dry_run, show).await?,
        Privacy::Retention {
            tenant,
            class,
            days,
            database,
        } => {
            let provisioner = open(&database)?;
            let id = provisioner.tenant(&tenant).await?;
            provisioner.set_retention(id, &class, days).await?;
            say(&json!({ "tenant": tenant, "class": class, "days": days }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn retain(database: &EraserDatabase, dry_run: bool, show: bool) -> Result<(), Anything> {
    let eraser = Eraser::open(&database.eraser_database_url)?;
    for (slug, tenant) in eraser.tenants().await? {
        if show {
            for (class, days) in eraser.rules(tenant).await? {
                say(&json!({ "tenant": slug, "class": class, "days": days }))?;
            }
        } else {
            let done = eraser.retain(tenant, dry_run).await?;
            say(&json!({ "tenant": slug, "retained": done, "dry_run": dry_run }))?;
        }
    }
    Ok(())
}

async fn hold(command: HoldCommand) -> Result<(), Anything> {
    match command {
        HoldCommand::Add {
            tenant,
            account,
            item,
            reason,
            database,
        } => {
            let provisioner = open(&database)?;
            let id = provisioner.tenant(&tenant).await?;
            let number = match (&account, &item) {
                (Some(account), _) => provisioner.hold_account(id, account, &reason).await?,
                (None, Some(item)) => provisioner.hold_item(id, item, &reason).await?,
                (None, None) => return Err("a hold is on an account or on an item".into()),
            };
            say(&json!({ "hold": number, "account": account, "item": item }))
        }
        HoldCommand::Release {
            tenant,
            number,
            database,
        } => {
            let provisioner = open(&database)?;
            let id = provisioner.tenant(&tenant).await?;
            provisioner.release_hold(id, number).await?;
            say(&json!({ "hold": number, "released": true }))
        }
        HoldCommand::List { tenant, database } => {
            let provisioner = open(&database)?;
            let id = provisioner.tenant(&tenant).await?;
            let text = |at: time::OffsetDateTime| timestamp::from_micros(crate::db::micros(at));
            provisioner
                .holds(id)
                .await?
                .into_iter()
                .try_for_each(|hold| {
                    say(&json!({
                        "hold": hold.number,
                        "account": hold.account,
                        "item": hold.item_id,
                        "reason": hold.reason,
                        "at": text(hold.at),
                        "released_at": hold.released_at.and_then(text),
                    }))
                })
        }
    }
}
