//! Tokens: made, ended and listed.

use super::{ProvisionFault, Provisioner};
use crate::{
    audit::{chain::Happened, tenant_stream},
    db, table,
    token::Token,
};
use dramatis_api::timestamp;
use dramatis_domain::{AccountId, TenantId};
use serde_json::json;
use uuid::Uuid;

/// What a token can be for.
const SCOPES: [&str; 2] = ["read", "write"];

impl Provisioner {
    /// What a token of this account may do where nobody says it: an app only
    /// reads.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn usual_scopes(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Vec<String>, ProvisionFault> {
        let mut tx = self.service.read(tenant).await?;
        let roles = table::account::roles(&mut tx, tenant, account).await?;
        let is_app = roles.iter().any(|role| role == "app");
        let usual = if is_app { &SCOPES[..1] } else { &SCOPES[..] };
        Ok(usual.iter().map(|&scope| scope.to_owned()).collect())
    }

    /// Makes a token; its text is to be shown once.
    ///
    /// # Errors
    /// Where there is no such scope, or the database refuses.
    pub async fn create_token(
        &self,
        tenant: TenantId,
        account: AccountId,
        label: &str,
        scopes: &[String],
        expires_at: Option<time::OffsetDateTime>,
    ) -> Result<(Uuid, Token), ProvisionFault> {
        if let Some(unknown) = scopes
            .iter()
            .find(|scope| !SCOPES.contains(&scope.as_str()))
        {
            let detail = format!("“{unknown}” is no scope; there are {}", SCOPES.join(", "));
            return Err(ProvisionFault::Refused(detail));
        }
        let (id, token) = (Uuid::now_v7(), Token::mint(tenant, rand::random()));
        let about = self.operator(tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        table::token::insert(&mut tx, &token, id, account, label, scopes, expires_at).await?;
        let what = Happened {
            action: "token.created",
            subject: Some(id),
            after: Some(json!({
                "account": account,
                "expires_at": expires_at.and_then(|at| timestamp::from_micros(db::micros(at))),
                "scopes": scopes,
                "secret_sha256": token.sha256().hex(),
            })),
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

    /// How fast accounts asked in the last minutes.
    ///
    /// # Errors
    /// Where the database refuses.
    pub(crate) async fn rates(
        &self,
        tenant: TenantId,
        minutes: u16,
    ) -> Result<Vec<table::rate::Rate>, ProvisionFault> {
        let mut tx = self.service.read(tenant).await?;
        Ok(table::rate::list(&mut tx, tenant, i32::from(minutes)).await?)
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
}
