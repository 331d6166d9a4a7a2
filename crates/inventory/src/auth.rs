//! Who is asking. Looked at anew for every request, before any replay
//! (inventory.md, Idempotency contract 2).

use crate::{app::App, audit::tenant_stream, error::Fault, replica, table, token::Token};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use dramatis_api::{Code, Position, headers};
use dramatis_domain::{
    AccountId, Digest, TenantId,
    lifecycle::{ReleaseState, Role},
    visibility,
};
use uuid::Uuid;

/// The account of a request's token.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The tenant of the token.
    pub tenant: TenantId,
    /// The tenant's name in addresses.
    pub tenant_slug: String,
    /// The tenant's name.
    pub tenant_name: String,
    /// Whether releases wait for approval there.
    pub requires_approval: bool,
    /// The account.
    pub account: AccountId,
    /// `person`, `service` or `operator`.
    pub kind: String,
    /// Its name in addresses, for creators.
    pub handle: Option<String>,
    /// Its name.
    pub name: String,
    /// The salted hash its name stands by in events.
    pub name_sha256: Digest,
    /// Its roles, as they are stored.
    pub roles: Vec<String>,
    /// The token.
    pub token: Uuid,
    /// What the token is for.
    pub token_label: String,
    /// When the token ends.
    pub token_expires_at: Option<time::OffsetDateTime>,
    /// What the token may do.
    pub scopes: Vec<String>,
    /// How far a server has to have come to answer this request.
    pub position: Option<Position>,
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Look.
    Read,
    /// Publish and change what the account owns.
    Write,
}

impl Scope {
    /// The word as it is stored.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl Caller {
    /// Passes where the token has the scope.
    ///
    /// # Errors
    /// `forbidden` where it has not.
    pub(crate) fn may(&self, scope: Scope) -> Result<(), Fault> {
        if self.scopes.iter().any(|have| have == scope.as_str()) {
            return Ok(());
        }
        let detail = format!(
            "This token may not {}. Use one with that scope.",
            scope.as_str()
        );
        Err(Fault::new(Code::Forbidden, detail))
    }

    /// Whether the account holds a role.
    #[must_use]
    pub(crate) fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|have| have == role)
    }

    /// Passes where the account is a creator: what it owns stays its own
    /// without the role, but it changes nothing of it.
    ///
    /// # Errors
    /// `forbidden` where it is not.
    pub(crate) fn creates(&self) -> Result<(), Fault> {
        if self.has_role(Role::Creator.as_str()) {
            return Ok(());
        }
        Err(Fault::new(
            Code::Forbidden,
            "Only creators do that, and this account does not hold that role. Nothing was changed and nothing is lost; an operator can grant it, then send the same request again.",
        ))
    }

    /// The roles the account acts in towards an item of `owners`.
    #[must_use]
    pub(crate) fn roles_towards(&self, owners: &[AccountId]) -> Vec<Role> {
        let mut roles = Vec::new();
        if owners.contains(&self.account) && self.has_role(Role::Creator.as_str()) {
            roles.push(Role::Creator);
        }
        for role in [Role::Reviewer, Role::Operator] {
            if self.has_role(role.as_str()) {
                roles.push(role);
            }
        }
        roles
    }

    /// Whether it reviews, runs or audits the inventory: histories and owners of
    /// all items are open to it, releases by their state ([`Self::sees`]).
    #[must_use]
    pub(crate) fn sees_all(&self) -> bool {
        ["reviewer", "operator", "auditor"]
            .iter()
            .any(|role| self.has_role(role))
    }

    /// Whether the history of an item of `owners` is open to the account: it is to
    /// them, and to who reviews, runs or audits the inventory.
    #[must_use]
    pub(crate) fn sees_all_of(&self, owners: &[AccountId]) -> bool {
        owners.contains(&self.account) || self.sees_all()
    }

    /// Whether the account sees a release in that state of an item of `owners`.
    #[must_use]
    pub(crate) fn sees(&self, state: ReleaseState, owners: &[AccountId]) -> bool {
        owners.contains(&self.account) || visibility::readers(state).include(&self.roles)
    }

    /// The states in which the account sees releases of others.
    #[must_use]
    pub(crate) fn states_of_others(&self) -> Vec<String> {
        let seen = ReleaseState::ALL
            .iter()
            .filter(|state| self.sees(**state, &[]));
        seen.map(|state| state.as_str().to_owned()).collect()
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        app.expects_this_inventory(&parts.headers)?;
        let position = replica::position(&parts.headers)?;
        let token = bearer(parts)?;
        app.limits.check(&token)?;
        let found = app.asks.tokens.ask(token.tenant(), token.sha256()).await?;
        let Some(mut found) = found else {
            return Err(unauthorized("This inventory does not know the token."));
        };
        app.limits
            .check_account(found.caller.tenant, found.caller.account)?;
        let ended = match (found.revoked, found.expired) {
            (true, _) => Some(("revoked", "The token was revoked.")),
            (_, true) => Some(("expired", "The token has expired.")),
            _ => None,
        };
        if let Some((why, said)) = ended {
            if app.limits.tells(found.caller.token) {
                tenant_stream::note_refused(app.db.clone(), found.caller, why);
            }
            return Err(unauthorized(said));
        }
        if found.use_is_old {
            table::token::note_use(app.db.clone(), found.caller.tenant, found.caller.token);
        }
        found.caller.position = position;
        Ok(found.caller)
    }
}

fn bearer(parts: &Parts) -> Result<Token, Fault> {
    let value = parts
        .headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| unauthorized("The request carries no token."))?;
    value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| token.trim().parse().ok())
        .ok_or_else(|| {
            unauthorized("The token is not whole. Copy it again from where it was shown.")
        })
}

fn unauthorized(what: &str) -> Fault {
    Fault::new(
        Code::Unauthorized,
        format!(
            "{what} Nothing was changed and nothing is lost; sign in again with a valid token."
        ),
    )
}

/// The idempotency key of a mutation, from its quoted header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key(pub dramatis_domain::IdempotencyKey);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let value = parts.headers.get(headers::IDEMPOTENCY_KEY).ok_or_else(|| {
            Fault::new(
                Code::KeyMissing,
                "Every change needs an Idempotency-Key: a UUID as a quoted string.",
            )
        })?;
        value
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix('"')?.strip_suffix('"'))
            .filter(|text| text.len() == 36)
            .and_then(|text| text.parse().ok())
            .map(Self)
            .ok_or_else(|| {
                Fault::new(
                    Code::KeyMalformed,
                    "Idempotency-Key has to be a UUID as a quoted string, like \"01923abc-…\".",
                )
            })
    }
}
