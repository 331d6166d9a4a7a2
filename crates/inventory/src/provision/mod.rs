//! Making tenants, accounts and tokens: what an operator does, each with its
//! event in the tenant's stream.

mod approvals;
mod members;
mod restored;
mod tokens;
mod webhooks;

pub use crate::table::approval::PolicyStage;
pub use approvals::Policy;
pub(crate) use webhooks::disable_gone;

use crate::{
    audit::{
        chain::{Circumstances, Happened},
        tenant_stream,
    },
    auth::Caller,
    db::{Database, DbRole},
    table::{self, account::NewAccount},
};
use dramatis_domain::{
    AccountId, Digest, TenantId,
    lifecycle::Role,
    names::{Handle, Slug},
    salted::Salted,
};
use serde_json::json;
use uuid::Uuid;

/// The account that operators' commands act as; one a tenant.
const OPERATOR: &str = "Operator";

/// Why a command of an operator did nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionFault {
    /// Postgres.
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
    /// It would change nothing, or nobody could act on it.
    #[error("{0}")]
    Refused(String),
    /// Nothing by that name.
    #[error("there is no {what} “{name}”")]
    Missing {
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The name is in use.
    #[error("there already is a {what} “{name}”")]
    Taken {
        /// What it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
}

/// The database as operators use it.
#[derive(Clone, Debug)]
pub struct Provisioner {
    owner: Database,
    service: Database,
}

impl Provisioner {
    /// Over the database of an administrator's URL.
    ///
    /// # Errors
    /// Where the URL cannot be read.
    pub fn open(url: &str) -> Result<Self, sqlx::Error> {
        Ok(Self {
            owner: Database::open(url, DbRole::Owner, 1)?,
            service: Database::open(url, DbRole::Service, 1)?,
        })
    }

    /// Makes a tenant with its operator, in one transaction.
    ///
    /// # Errors
    /// Where the slug is taken.
    pub async fn create_tenant(
        &self,
        slug: &Slug,
        name: &str,
        requires_approval: bool,
    ) -> Result<TenantId, ProvisionFault> {
        let tenant = TenantId(Uuid::now_v7());
        let mut tx = self.owner.append(tenant).await?;
        table::tenant::insert(&mut tx, tenant, slug.as_str(), name, requires_approval)
            .await
            .map_err(|fault| taken(fault, "tenant", slug.as_str()))?;
        // What belongs to a tenant is written by the role that may.
        sqlx::raw_sql("SET LOCAL ROLE dramatis_service")
            .execute(&mut *tx)
            .await?;
        let name = Salted::new(rand::random(), OPERATOR);
        let operator = AccountId(Uuid::now_v7());
        let roles = ["operator".to_owned()];
        let new = NewAccount {
            tenant,
            id: operator,
            kind: "operator",
            handle: None,
            name: &name,
            roles: &roles,
        };
        table::account::insert(&mut tx, &new).await?;
        let what = Happened {
            action: "tenant.created",
            subject: Some(tenant.0),
            after: Some(
                json!({ "slug": slug, "operator": operator, "requires_approval": requires_approval }),
            ),
            ..Happened::default()
        };
        let about = acting(tenant, operator, OPERATOR.to_owned(), name.digest());
        tenant_stream::append_in(&mut tx, about.clone(), what).await?;
        if requires_approval {
            let stages = [PolicyStage {
                name: "review".to_owned(),
                role: Role::Reviewer,
            }];
            approvals::keep_policy(&mut tx, about, &stages).await?;
        }
        tx.commit().await?;
        Ok(tenant)
    }

    /// Every tenant.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn tenants(&self) -> Result<Vec<table::tenant::Tenant>, ProvisionFault> {
        Ok(table::tenant::list(self.owner.pool()).await?)
    }

    /// The tenant called `slug`.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn tenant(&self, slug: &str) -> Result<TenantId, ProvisionFault> {
        let found = table::tenant::find(self.owner.pool(), slug).await?;
        found
            .map(|tenant| TenantId(tenant.id))
            .ok_or_else(|| ProvisionFault::Missing {
                what: "tenant",
                name: slug.to_owned(),
            })
    }

    /// Makes a creator: a person with a handle.
    ///
    /// # Errors
    /// Where the handle is taken, or there is no such role.
    pub async fn create_creator(
        &self,
        tenant: TenantId,
        handle: &Handle,
        name: &str,
        roles: &[String],
    ) -> Result<AccountId, ProvisionFault> {
        roles.iter().try_for_each(|role| members::known(role))?;
        let mut all = vec!["creator".to_owned()];
        all.extend(roles.iter().filter(|role| *role != "creator").cloned());
        let about = self.operator(tenant).await?;
        let (id, name) = (AccountId(Uuid::now_v7()), Salted::new(rand::random(), name));
        let new = NewAccount {
            tenant,
            id,
            kind: "person",
            handle: Some(handle.as_str()),
            name: &name,
            roles: &all,
        };
        let mut tx = self.service.append(tenant).await?;
        table::account::insert(&mut tx, &new)
            .await
            .map_err(|fault| taken(fault, "creator", handle.as_str()))?;
        let what = Happened {
            action: "account.created",
            subject: Some(id.0),
            after: Some(json!({ "handle": handle, "kind": "person", "roles": all })),
            ..Happened::default()
        };
        tenant_stream::append_in(&mut tx, about, what).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Every account of a tenant.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn accounts(
        &self,
        tenant: TenantId,
    ) -> Result<Vec<table::account::Account>, ProvisionFault> {
        let mut tx = self.service.read(tenant).await?;
        Ok(table::account::list(&mut tx, tenant).await?)
    }

    /// The account with that handle.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn creator(
        &self,
        tenant: TenantId,
        handle: &str,
    ) -> Result<AccountId, ProvisionFault> {
        self.accounts(tenant)
            .await?
            .into_iter()
            .find(|account| account.handle.as_deref() == Some(handle))
            .map(|account| AccountId(account.id))
            .ok_or_else(|| ProvisionFault::Missing {
                what: "creator",
                name: handle.to_owned(),
            })
    }

    /// The tenant's operator, as the actor of an event.
    async fn operator(&self, tenant: TenantId) -> Result<Circumstances, ProvisionFault> {
        operator(&self.service, tenant).await
    }

    /// The database as commands in one tenant use it.
    pub(crate) const fn service(&self) -> &Database {
        &self.service
    }
}

/// The operator among a tenant's accounts, as the actor of an event.
pub(crate) fn operator_of(
    tenant: TenantId,
    accounts: Vec<table::account::Account>,
) -> Result<Circumstances, ProvisionFault> {
    let operator = accounts
        .into_iter()
        .find(|account| account.kind == "operator")
        .ok_or_else(|| ProvisionFault::Missing {
            what: "operator of tenant",
            name: tenant.to_string(),
        })?;
    let name_sha256 = operator.name_digest()?;
    Ok(acting(
        tenant,
        AccountId(operator.id),
        operator.name,
        name_sha256,
    ))
}

/// The tenant's operator, as the actor of an event. `service` acts as the service.
async fn operator(service: &Database, tenant: TenantId) -> Result<Circumstances, ProvisionFault> {
    let mut tx = service.read(tenant).await?;
    operator_of(tenant, table::account::list(&mut tx, tenant).await?)
}

/// A command of the tenant's operator.
fn acting(
    tenant: TenantId,
    account: AccountId,
    name: String,
    name_sha256: Digest,
) -> Circumstances {
    let caller = Caller {
        tenant,
        tenant_slug: String::new(),
        tenant_name: String::new(),
        requires_approval: false,
        account,
        kind: "operator".to_owned(),
        handle: None,
        name,
        name_sha256,
        roles: vec!["operator".to_owned()],
        token: Uuid::nil(),
        token_label: String::new(),
        token_expires_at: None,
        scopes: Vec::new(),
        position: None,
    };
    Circumstances {
        caller,
        device: None,
        request_id: format!("command-{}", Uuid::now_v7()),
        key: None,
    }
}

fn taken(fault: sqlx::Error, what: &'static str, name: &str) -> ProvisionFault {
    match fault
        .as_database_error()
        .and_then(|error| error.constraint())
    {
        Some("tenant_slug_is_unique" | "account_handle_is_unique") => ProvisionFault::Taken {
            what,
            name: name.to_owned(),
        },
        _ => ProvisionFault::Database(fault),
    }
}
