//! The API's description, made from the code (inventory.md, Service). The
//! committed copy is `docs/openapi.json`; a test compares them.

mod names;
mod position;
mod problems;

use crate::routes;
use names::Names;
use position::Position;
use problems::Problems;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        path::{Operation, PathItem},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dramatis inventory",
        description = "Releases of characters: published exactly once, never changed, traced to their bytes. \
                       Every change but a blob's upload carries an Idempotency-Key; the same key always gets the same answer. \
                       Every refusal is a problem (RFC 9457) with a stable code."
    ),
    paths(
        routes::status::health,
        routes::status::ready,
        routes::status::metrics,
        routes::whoami::whoami,
        routes::releases::publish,
        routes::releases::show,
        routes::reading::manifest,
        routes::reading::card,
        routes::reading::png,
        routes::reading::numbered,
        routes::ownership::of_release,
        routes::ownership::numbered,
        routes::reading::resolve_many,
        routes::feed::show,
        routes::releases::step,
        routes::history::steps,
        routes::reviews::list,
        routes::reviews::decide,
        routes::listing::list,
        routes::items::list,
        routes::items::show,
        routes::items::events,
        routes::lineage::show,
        routes::items::promote,
        routes::owners::show,
        routes::owners::change,
        routes::owners::offers,
        routes::items::tenant_events,
        routes::channels::resolve,
        routes::receipts::show,
        routes::receipts::cancel,
        routes::rule_sets::show,
        routes::blobs::put,
        routes::blobs::get,
    ),
    modifiers(&Token, &Problems, &Names, &Position),
    security(("token" = [])),
)]
struct Description;

struct Token;

impl Modify for Token {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme =
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        api.components
            .get_or_insert_default()
            .add_security_scheme("token", scheme);
    }
}

/// Each operation of a path.
fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
        &mut item.head,
    ]
    .into_iter()
    .flatten()
}

/// OpenAPI 3.1, as JSON.
///
/// # Errors
/// Never in practice: the description is made of plain values.
pub fn document() -> serde_json::Result<String> {
    let mut text = Description::openapi().to_pretty_json()?;
    text.push('\n');
    Ok(text)
}
