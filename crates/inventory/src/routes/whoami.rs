//! Who is asking whom.

use crate::{app::App, auth::Caller, db, error::Fault};
use axum::{Json, extract::State};
use dramatis_api::{
    Problem,
    account::{Account, Inventory, Tenant, Token, WhoAmI},
    paths, timestamp,
};

/// Inventory, tenant, account and token.
#[utoipa::path(get, path = paths::WHOAMI, tag = "account", responses((status = 200, body = WhoAmI), (status = 401, body = Problem)))]
pub(crate) async fn whoami(State(app): State<App>, caller: Caller) -> Result<Json<WhoAmI>, Fault> {
    let expires_at = caller
        .token_expires_at
        .and_then(|at| timestamp::from_micros(db::micros(at)));
    Ok(Json(WhoAmI {
        inventory: Inventory {
            id: app.identity.id.0,
            epoch: app.identity.epoch,
            name: app.name.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        token: Token {
            id: caller.token,
            prefix: format!("dmt_{}…", &caller.tenant.0.simple().to_string()[..8]),
            label: caller.token_label,
            expires_at,
        },
        tenant: Tenant {
            id: caller.tenant.0,
            slug: caller.tenant_slug,
            name: caller.tenant_name,
        },
        account: Account {
            id: caller.account.0,
            handle: caller.handle.unwrap_or_default(),
            name: caller.name,
            kind: caller.kind,
            roles: caller.roles,
        },
        rule_set: app.rule_set.to_string(),
    }))
}
