//! `Dramatis-Position`: what an answer to a change says and a read may bring,
//! said once here instead of at each route.

use utoipa::{
    Modify,
    openapi::{
        HeaderBuilder, ObjectBuilder, OpenApi, RefOr, Required, Schema, Type,
        path::{Operation, ParameterBuilder, ParameterIn},
    },
};

const NAME: &str = "Dramatis-Position";
/// Where many are looked up at once: a read, whatever its method.
const READ_BY_POST: &str = "reading_resolve_many";

/// Adds the header to changes' answers and to reads. Comes after the names.
pub(super) struct Position;

impl Modify for Position {
    fn modify(&self, api: &mut OpenApi) {
        for item in api.paths.paths.values_mut() {
            if let Some(get) = &mut item.get {
                brought(get);
            }
            for operation in [
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.patch,
            ]
            .into_iter()
            .flatten()
            {
                if operation.operation_id.as_deref() == Some(READ_BY_POST) {
                    brought(operation);
                } else {
                    told(operation);
                }
            }
        }
    }
}

fn brought(operation: &mut Operation) {
    // `security(())` at a route says that it needs no token, and reads nothing.
    if operation.security.is_some() {
        return;
    }
    let parameter = ParameterBuilder::new()
        .name(NAME)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "As the answer to a change gave it: whoever answers has come as far",
        ))
        .schema(Some(value()))
        .build();
    operation.parameters.get_or_insert_default().push(parameter);
}

fn told(operation: &mut Operation) {
    let header = HeaderBuilder::new()
        .schema(value())
        .description(Some(
            "How far the inventory had come by this answer, where it reads from a replica: bring it with the next read",
        ))
        .build();
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            response.headers.insert(NAME.to_owned(), header.clone());
        }
    }
}

/// [`dramatis_api::Position`], as it is written.
fn value() -> Schema {
    let written = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}$"));
    Schema::Object(written.build())
}
