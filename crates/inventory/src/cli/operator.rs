//! What an operator does: tenants, creators, tokens. Answers are one JSON
//! value a line.

use super::{
    Anything,
    token::{self, Token},
    webhook,
};
use crate::provision::{PolicyStage, Provisioner};
use clap::{Args, Subcommand};
use dramatis_domain::{
    lifecycle::Role,
    names::{Handle, Slug},
};
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Database {
    /// Postgres, as an administrator of the database
    #[arg(long, env = "INVENTORY_DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum Operator {
    /// Tenants: one provider's inventory each
    #[command(subcommand)]
    Tenant(Tenant),
    /// Creators: who owns characters
    #[command(subcommand)]
    Creator(Creator),
    /// Roles of accounts
    #[command(subcommand)]
    Member(Member),
    /// Tokens: what studios and apps sign in with
    #[command(subcommand)]
    Token(Token),
    /// Webhooks: who is told of what was published, taken back or moved
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// Say that the database was restored from a backup, before it is served:
    /// raises the epoch, and studios ask their people about what is under way
    Restored {
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Tenant {
    /// Make a tenant
    Create {
        /// Its name in addresses
        slug: Slug,
        /// What people call it
        #[arg(long)]
        name: Option<String>,
        /// Releases wait for a reviewer's approval
        #[arg(long)]
        requires_approval: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Say who approves releases before they are published
    #[command(subcommand)]
    Approvals(Approvals),
    /// List tenants
    List {
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Approvals {
    /// Name the stages, in order; what waits keeps the stages it was submitted under
    Set {
        /// The tenant's slug
        tenant: String,
        /// NAME=ROLE, once a stage; roles are reviewer and operator
        #[arg(long = "stage", required = true)]
        stages: Vec<String>,
        #[command(flatten)]
        database: Database,
    },
    /// Publish without approval from now on
    Off {
        /// The tenant's slug
        tenant: String,
        #[command(flatten)]
        database: Database,
    },
    /// Show the stages and how many people could decide each
    Show {
        /// The tenant's slug
        tenant: String,
        #[command(flatten)]
        database: Database,
    },
}

/// Which role of whom.
#[derive(Debug, Args)]
pub(super) struct Membership {
    /// The tenant's slug
    #[arg(long)]
    tenant: String,
    /// Whose, by handle
    account: String,
    /// creator, reviewer, operator, auditor or app
    role: String,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Subcommand)]
pub(super) enum Member {
    /// Grant a role
    Grant(Membership),
    /// Take a role away
    Revoke(Membership),
}

#[derive(Debug, Subcommand)]
pub(super) enum Creator {
    /// Make a creator
    Create {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// The creator's name in addresses
        handle: Handle,
        /// What people call them
        #[arg(long)]
        name: Option<String>,
        /// Further roles: reviewer, operator, auditor, app
        #[arg(long)]
        role: Vec<String>,
        #[command(flatten)]
        database: Database,
    },
    /// List a tenant's accounts
    List {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        #[command(flatten)]
        database: Database,
    },
}

pub(super) async fn carry_out(command: Operator) -> Result<ExitCode, Anything> {
    match command {
        Operator::Tenant(command) => tenant(command).await?,
        Operator::Creator(command) => creator(command).await?,
        Operator::Member(command) => member(command).await?,
        Operator::Token(command) => token::carry_out(command).await?,
        Operator::Webhook(command) => webhook::carry_out(command).await?,
        Operator::Restored { database } => {
            let epoch = open(&database)?.restored().await?;
            say(&json!({ "epoch": epoch }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn tenant(command: Tenant) -> Result<(), Anything> {
    match command {
        Tenant::Create {
            slug,
            name,
            requires_approval,
            database,
        } => {
            let name = name.as_deref().unwrap_or(slug.as_str());
            let id = open(&database)?
                .create_tenant(&slug, name, requires_approval)
                .await?;
            say(&json!({ "id": id, "slug": slug, "name": name }))
        }
        Tenant::Approvals(command) => approvals(command).await,
        Tenant::List { database } => {
            let all = open(&database)?.tenants().await?;
            all.iter().try_for_each(|tenant| {
                say(&json!({ "id": tenant.id, "slug": tenant.slug, "name": tenant.name }))
            })
        }
    }
}

async fn approvals(command: Approvals) -> Result<(), Anything> {
    let (slug, database, stages) = match command {
        Approvals::Set {
            tenant,
            stages,
            database,
        } => {
            let stages = stages.iter().map(|text| stage(text)).collect();
            (tenant, database, Some(stages))
        }
        Approvals::Off { tenant, database } => (tenant, database, Some(Ok(Vec::new()))),
        Approvals::Show { tenant, database } => (tenant, database, None),
    };
    let provisioner = open(&database)?;
    let tenant = provisioner.tenant(&slug).await?;
    if let Some(stages) = stages {
        let stages: Vec<PolicyStage> = stages?;
        provisioner.set_approvals(tenant, &stages).await?;
    }
    let policy = provisioner.approvals(tenant).await?;
    let stages: Vec<_> = policy
        .stages
        .iter()
        .map(|(name, role, holders)| json!({ "name": name, "role": role, "people": holders }))
        .collect();
    say(&json!({
        "tenant": slug, "required": policy.required, "version": policy.version, "stages": stages,
    }))
}

fn stage(text: &str) -> Result<PolicyStage, Anything> {
    let (name, role) = text
        .split_once('=')
        .ok_or("--stage is NAME=ROLE, like legal=reviewer")?;
    let role: Role = role.parse()?;
    if name.trim().is_empty() || role == Role::Creator {
        return Err("--stage needs a name, and a role that is reviewer or operator".into());
    }
    Ok(PolicyStage {
        name: name.to_owned(),
        role,
    })
}

async fn member(command: Member) -> Result<(), Anything> {
    let (grants, which) = match command {
        Member::Grant(which) => (true, which),
        Member::Revoke(which) => (false, which),
    };
    let provisioner = open(&which.database)?;
    let tenant = provisioner.tenant(&which.tenant).await?;
    let account = provisioner.creator(tenant, &which.account).await?;
    if grants {
        provisioner.grant(tenant, account, &which.role).await?;
    } else {
        provisioner.take_away(tenant, account, &which.role).await?;
    }
    say(&json!({ "account": which.account, "role": which.role, "granted": grants }))
}

async fn creator(command: Creator) -> Result<(), Anything> {
    match command {
        Creator::Create {
            tenant,
            handle,
            name,
            role,
            database,
        } => {
            let provisioner = open(&database)?;
            let tenant = provisioner.tenant(&tenant).await?;
            let name = name.as_deref().unwrap_or(handle.as_str());
            let id = provisioner
                .create_creator(tenant, &handle, name, &role)
                .await?;
            say(&json!({ "id": id, "handle": handle, "name": name }))
        }
        Creator::List { tenant, database } => {
            let provisioner = open(&database)?;
            let tenant = provisioner.tenant(&tenant).await?;
            provisioner.accounts(tenant).await?.iter().try_for_each(|account| {
                say(&json!({ "id": account.id, "kind": account.kind, "handle": account.handle, "name": account.name }))
            })
        }
    }
}

pub(super) fn open(database: &Database) -> Result<Provisioner, Anything> {
    Ok(Provisioner::open(&database.database_url)?)
}

/// One JSON value on a line of standard output.
pub(super) fn say(value: &Value) -> Result<(), Anything> {
    use std::io::Write as _;
    let mut out = std::io::stdout();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}
