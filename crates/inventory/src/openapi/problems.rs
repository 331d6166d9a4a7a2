//! What every operation may answer besides its own: said once here instead of
//! at each route. That nothing else is answered is checked from outside, by
//! `cargo xtask test fuzz`.

use dramatis_api::Code;
use utoipa::{
    Modify,
    openapi::{
        Content, OpenApi, Ref, RefOr, Response, ResponseBuilder, path::Operation, schema::Schema,
    },
};

const PROBLEM_JSON: &str = "application/problem+json";
const JSON: &str = "application/json";
const PROBLEM: &str = "Problem";

/// Of any request that a handler sees.
const ALWAYS: &[Code] = &[Code::BadRequest, Code::Unavailable];
/// Of one that needs a token.
const WITH_TOKEN: &[Code] = &[Code::Unauthorized, Code::Forbidden, Code::RateLimited];
/// Of one that brings something.
const WITH_BODY: &[Code] = &[Code::TooLarge, Code::UnsupportedType];

/// Adds those answers, and gives every problem the media type it is sent with
/// (RFC 9457, 3).
pub(super) struct Problems;

impl Modify for Problems {
    fn modify(&self, api: &mut OpenApi) {
        for item in api.paths.paths.values_mut() {
            for operation in super::operations(item) {
                complete(operation);
            }
        }
    }
}

fn complete(operation: &mut Operation) {
    // `security(())` at a route says that it needs no token.
    let with_token = operation.security.is_none();
    let mut codes: Vec<&Code> = Vec::new();
    if with_token {
        codes.extend(ALWAYS.iter().chain(WITH_TOKEN));
    }
    if operation.request_body.is_some() {
        codes.extend(WITH_BODY);
    }
    let responses = &mut operation.responses.responses;
    for code in codes {
        responses
            .entry(code.status().to_string())
            .or_insert_with(|| RefOr::T(problem(*code)));
    }
    for response in responses.values_mut() {
        if let RefOr::T(response) = response {
            retype(response);
        }
    }
}

fn problem(code: Code) -> Response {
    ResponseBuilder::new()
        .description(code.as_str())
        .content(
            PROBLEM_JSON,
            Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(PROBLEM)))),
        )
        .build()
}

fn retype(response: &mut Response) {
    let is_problem = response.content.get(JSON).is_some_and(|content| {
        matches!(&content.schema, Some(RefOr::Ref(named)) if named.ref_location.ends_with("/Problem"))
    });
    if is_problem && let Some(content) = response.content.shift_remove(JSON) {
        response.content.insert(PROBLEM_JSON.to_owned(), content);
    }
}
