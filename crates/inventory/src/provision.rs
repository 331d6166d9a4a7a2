//! Making tenants, accounts and tokens: what an operator does, each with its
//! event in the tenant's stream.

use crate::{
    audit::{
        chain::{Circumstances, Happened},
        tenant_stream,
    },
    auth::Caller,
    db::{Database, DbRole},
    table::{self, account::NewAccount},
    token::Token,
};
use dramatis_domain::{
    AccountId, TenantId,
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

    /// Makes a tenant with its operator.
    ///
    /// # Errors
    /// Where the slug is taken.
    pub async fn create_tenant(&self, slug: &Slug, name: &str) -> Result<TenantId, ProvisionFault> {
        let tenant = TenantId(Uuid::now_v7());
        table::tenant::insert(self.owner.pool(), tenant, slug.as_str(), name)
            .await
            .map_err(|fault| taken(fault, "tenant", slug.as_str()))?;
        let operator = self
            .make_account(tenant, "operator", None, OPERATOR, &["operator".to_owned()])
            .await?;
        let what = Happened {
            action: "tenant.created",
            subject: Some(tenant.0),
            after: Some(json!({ "slug": slug, "operator": operator })),
            ..Happened::default()
        };
        self.note(tenant, what).await?;
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
    /// Where the handle is taken.
    pub async fn create_creator(
        &self,
        tenant: TenantId,
        handle: &Handle,
        name: &str,
        roles: &[String],
    ) -> Result<AccountId, ProvisionFault> {
        let mut all = vec!["creator".to_owned()];
        all.extend(roles.iter().filter(|role| *role != "creator").cloned());
        let account = self
            .make_account(tenant, "person", Some(handle), name, &all)
            .await
            .map_err(|fault| taken(fault, "creator", handle.as_str()))?;
        let what = Happened {
            action: "account.created",
            subject: Some(account.0),
            after: Some(json!({ "handle": handle, "kind": "person", "roles": all })),
            ..Happened::default()
        };
        self.note(tenant, what).await?;
        Ok(account)
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

    /// Makes a token; its text is to be shown once.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn create_token(
        &self,
        tenant: TenantId,
        account: AccountId,
        label: &str,
        scopes: &[String],
        expires_at: Option<time::OffsetDateTime>,
    ) -> Result<(Uuid, Token), ProvisionFault> {
        let (id, token) = (Uuid::now_v7(), Token::mint(tenant, rand::random()));
        let about = self.operator(tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        table::token::insert(&mut tx, &token, id, account, label, scopes, expires_at).await?;
        let what = Happened {
            action: "token.created",
            subject: Some(id),
            after: Some(json!({ "account": account, "scopes": scopes })),
            ..Happened::default()
        };
        tenant_stream::append_in(&mut tx, about, what).await?;
        tx.commit().await?;
        Ok((id, token))
    }

    /// Ends a token at once.
    ///
    /// # Errors
    /// Where there is none by that id that is still good.
    pub async fn revoke_token(&self, tenant: TenantId, id: Uuid) -> Result<(), ProvisionFault> {
        let about = self.operator(tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        if !table::token::revoke(&mut tx, tenant, id).await? {
            return Err(ProvisionFault::Missing {
                what: "valid token",
                name: id.to_string(),
            });
        }
        let what = Happened {
            action: "token.revoked",
            subject: Some(id),
            ..Happened::default()
        };
        tenant_stream::append_in(&mut tx, about, what).await?;
        Ok(tx.commit().await?)
    }

    /// Every token of a tenant, without secrets.
    ///
    /// # Errors
    /// Where the database refuses.
    pub(crate) async fn tokens(
        &self,
        tenant: TenantId,
    ) -> Result<Vec<table::token::Listed>, ProvisionFault> {
        let mut tx = self.service.read(tenant).await?;
        Ok(table::token::list(&mut tx, tenant).await?)
    }

    async fn make_account(
        &self,
        tenant: TenantId,
        kind: &str,
        handle: Option<&Handle>,
        name: &str,
        roles: &[String],
    ) -> Result<AccountId, sqlx::Error> {
        let id = AccountId(Uuid::now_v7());
        let name = Salted::new(rand::random(), name);
        let new = NewAccount {
            tenant,
            id,
            kind,
            handle: handle.map(Handle::as_str),
            name: &name,
            roles,
        };
        let mut tx = self.service.append(tenant).await?;
        table::account::insert(&mut tx, &new).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn note(&self, tenant: TenantId, what: Happened) -> Result<(), ProvisionFault> {
        let about = self.operator(tenant).await?;
        Ok(tenant_stream::append(&self.service, about, what).await?)
    }

    /// The tenant's operator, as the actor of an event.
    async fn operator(&self, tenant: TenantId) -> Result<Circumstances, ProvisionFault> {
        let operator = self
            .accounts(tenant)
            .await?
            .into_iter()
            .find(|account| account.kind == "operator")
            .ok_or_else(|| ProvisionFault::Missing {
                what: "operator of tenant",
                name: tenant.to_string(),
            })?;
        let name_sha256 = operator.name_digest()?;
        let caller = Caller {
            tenant,
            tenant_slug: String::new(),
            tenant_name: String::new(),
            requires_approval: false,
            account: AccountId(operator.id),
            kind: operator.kind,
            handle: None,
            name: operator.name,
            name_sha256,
            roles: vec!["operator".to_owned()],
            token: Uuid::nil(),
            token_label: String::new(),
            token_expires_at: None,
            scopes: Vec::new(),
        };
        Ok(Circumstances {
            caller,
            device: None,
            request_id: format!("command-{}", Uuid::now_v7()),
            key: None,
        })
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
